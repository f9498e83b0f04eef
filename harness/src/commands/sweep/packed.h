/*
 * packed.h - a unit's result packed and unpacked, file to file (data/zstd.h).
 */
#ifndef COMMANDS_SWEEP_PACKED_H
#define COMMANDS_SWEEP_PACKED_H

#include <stdio.h>

/* A file packed into a new one, which is on the disk when this returns. */
int packed_write(const char *from, const char *to);

/* What a packed file holds, in a file without a name that can be rewound: what a hostile one
 * unpacks to is no memory. ERR_REQUEST: it is not there, or is torn, with the byte. fclose() it. */
int packed_open(const char *path, FILE **ret_stream);

#endif /* COMMANDS_SWEEP_PACKED_H */
