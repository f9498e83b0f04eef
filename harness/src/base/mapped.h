/*
 * mapped.h - files that shrink while they are mapped.
 *
 * Reading a page of a map beyond what is left of its file raises SIGBUS, and so does a disk that
 * fails. Nothing can be read instead, so the process ends; this says which file it was.
 */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stdbool.h>

/* From now on SIGBUS names the file on standard error, and then ends the process: with exit status
 * 3 if `exits`, else by that signal, for a parent to see. */
void mapped_watch(bool exits);

#endif /* BASE_MAPPED_H */
