/* Prints foreign texts with control characters made visible. */
#include "commands/say.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void print(FILE *out, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = mem_array((size_t)(n > 0 ? n : 0) + 1, 1);
    vsnprintf(text, (size_t)(n > 0 ? n : 0) + 1, format, args);
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        if (end) {
            *end = '\0';
        }
        text_make_printable(line);
        fputs(line, out);
        if (end) {
            fputc('\n', out);
        }
        line = end ? end + 1 : NULL;
    }
    free(text);
}

void vsay(const char *format, va_list args)
{
    print(stdout, format, args);
}

void say_to(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(out, format, args);
    va_end(args);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsay(format, args);
    va_end(args);
}
