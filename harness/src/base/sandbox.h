/*
 * sandbox.h - what a process that runs a plugin may ask of the kernel: as little as it needs.
 *
 * Always: no new privileges (a set-uid program that it starts gains nothing), and, where the kernel
 * has Landlock with scopes (Linux 6.12), no signal to a process that it did not start itself.
 *
 * Confined, besides: no sockets, no processes, no look into other processes, no signal to them, no
 * System V memory that outlives it, no capability but those to read files (seccomp, Linux 3.17); no
 * file made, changed or removed but below the given folders (Landlock, Linux 5.13), and no mode,
 * time or attribute of one set, nor any call newer than Linux 5.17 (ENOSYS). Reading is not
 * restricted. A refused call fails with EPERM and is noted on the board; a file that may not be
 * written fails with EACCES, as files do.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/str.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* In memory that the one who watches shares: which calls were refused, by number. */
struct sandbox_board {
    _Atomic uint64_t refused[8];
};

struct sandbox {
    bool confined;
    const char *const *writable; /* [n_writable] folders and files that are there; others are left
                                    out */
    uint32_t n_writable;
    struct sandbox_board *board; /* NULL: no one reads it */
};

/* For this process and all that it starts, for ever; on its only thread (of others only the calls
 * are confined). What the kernel cannot do is left out: sandbox_lacks() says what that is. */
void sandbox_enter(const struct sandbox *sandbox);

/* What this kernel cannot do of all this, for people: "Landlock (files may be written anywhere)";
 * NULL if nothing. */
const char *sandbox_lacks(void);

/* "socket, fork" of a board; nothing where no call was refused. The board is not believed. */
void sandbox_describe(const struct sandbox_board *board, struct str *out);

#endif /* BASE_SANDBOX_H */
