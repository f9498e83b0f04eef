/*
 * protocol.h - the numbers of emb-process/1 (harness/doc/PROCESS.md), and the words that both files
 * of the program's start and the conversation need.
 */
#ifndef PROCESS_PROTOCOL_H
#define PROCESS_PROTOCOL_H

#define PROTOCOL_FIRST 1u /* versions that this plugin speaks */
#define PROTOCOL_LAST 1u

#define PROTOCOL_FD 3 /* the program's end of the conversation */
#define PROTOCOL_FD_NAME "HARNESS_EMBEDDER_FD"
#define PROTOCOL_FRAME_HEAD 4u /* bytes: how many follow, little-endian */
#define PROTOCOL_FRAME_MOST (256u << 20)

#define PROTOCOL_STATUS_NONE 0xFFu     /* what status bytes hold before the program writes them */
#define PROTOCOL_UNWRITTEN 0x7FC5BAD5u /* and floats, bit by bit: a NaN */

/* Between plugin and guard: the guard's end is this file, and it says one of these at most once. */
#define GUARD_FD 4
enum { GUARD_EXITED = 1, GUARD_SIGNALLED, GUARD_NOT_STARTED };
struct guard_report {
    int kind;  /* GUARD_* */
    int value; /* exit status, signal number, or errno */
};

#endif /* PROCESS_PROTOCOL_H */
