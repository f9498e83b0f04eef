/* The last error message of each thread. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[4096];

int error_set(int status, const char *format, ...)
{
    char text[sizeof message]; /* the arguments may point into message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(message, sizeof message, "%s", text);
    return status;
}

int error_context(int status, const char *format, ...)
{
    char text[sizeof message];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof text - 3 ? (size_t)n : sizeof text - 3;
    size_t kept = strnlen(message, sizeof text - 3 - used); /* the far end is what gets lost */
    memmove(message + used + 2, message, kept);
    memcpy(message, text, used);
    memcpy(message + used, ": ", 2);
    message[used + 2 + kept] = '\0';
    return status;
}

const char *error_message(void)
{
    return message;
}
