/*
 * shared.h - memory that plugin and program both see: a file without a name, sealed against being
 * cut short, since reading beyond the end of a file kills.
 */
#ifndef PROCESS_SHARED_H
#define PROCESS_SHARED_H

#include <stdbool.h>
#include <stdint.h>

struct shared {
    unsigned char *bytes; /* [n]; NULL = none yet */
    uint64_t n;
    int fd; /* -1 or 0 with bytes == NULL */
};

/* False, with errno: not made; *shared is as it was. */
bool shared_make(uint64_t n, struct shared *ret_shared);
void shared_finish(struct shared *shared); /* twice is fine */

#endif /* PROCESS_SHARED_H */
