/*
 * terminal.h - what can be shown where the program is read.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>

/* Is the user's locale one of UTF-8? By the rules of setlocale(3) (LC_ALL, LC_CTYPE, LANG, the
 * first that is set), which this program never calls: its numbers have points. */
bool terminal_speaks_utf8(void);

#endif /* BASE_TERMINAL_H */
