/* lower_host.c - the lines of standard input as the host lower-cases them, line by line. */
#include "data/unicode.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    struct str lower = {0};
    for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
        str_clear(&lower);
        unicode_lower(line, (size_t)n, &lower);
        fwrite(lower.data, 1, lower.n, stdout);
    }
    str_finish(&lower);
    free(line);
    return 0;
}
