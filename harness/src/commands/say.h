/*
 * say.h - the one way in which commands print texts that are not their own: names, paths and
 * messages out of files and plugins. A terminal would obey what is hidden in them.
 */
#ifndef COMMANDS_SAY_H
#define COMMANDS_SAY_H

#include <stdarg.h>
#include <stdio.h>

/* printf, but control characters become '?' (text_make_printable), line ends and tabs aside. Not
 * for JSON, which escapes them. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_to(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vsay(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

#endif /* COMMANDS_SAY_H */
