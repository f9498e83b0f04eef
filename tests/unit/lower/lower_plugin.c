/* lower_plugin.c - the lines of standard input as plugins lower-case them, line by line. */
#include "base/unicode.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
        char *lower = malloc(EMB_LOWER_ROOM((size_t)n));
        if (!lower) {
            return 1;
        }
        fwrite(lower, 1, utf8_lower(line, (size_t)n, lower), stdout);
        free(lower);
    }
    free(line);
    return 0;
}
