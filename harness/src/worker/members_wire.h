/*
 * members_wire.h - members of a list (base/members.h) over the wire: WRITE and TAKE for the types
 * that several lists have. WRITE goes from `from` to `out`, TAKE from `wire` to `to`.
 */
#ifndef WORKER_MEMBERS_WIRE_H
#define WORKER_MEMBERS_WIRE_H

#include "base/mem.h"
#include "base/wire.h"

/* More than fits is as much as fits, which every limit refuses. */
static inline uint32_t members_take_whole32(struct wire *wire)
{
    uint64_t number = wire_take_number(wire);
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static inline char *members_take_own_text(struct wire *wire)
{
    const char *text = wire_take_text(wire);
    return text ? mem_text(text) : NULL;
}

/* clang-format off */
#define WRITE(type, member, ...) WRITE_##type(member)
#define WRITE_TEXT(member) wire_text(out, from->member);
#define WRITE_OWN_TEXT(member) wire_text(out, from->member);
#define WRITE_REAL(member) wire_real(out, from->member);
#define WRITE_WHOLE(member) wire_number(out, from->member);
#define WRITE_WHOLE32(member) wire_number(out, from->member);
#define WRITE_FLAG(member) wire_number(out, from->member);

#define TAKE(type, member, ...) TAKE_##type(member)
#define TAKE_TEXT(member) to->member = wire_take_text(wire);
#define TAKE_OWN_TEXT(member) to->member = members_take_own_text(wire);
#define TAKE_REAL(member) to->member = wire_take_real(wire);
#define TAKE_WHOLE(member) to->member = wire_take_number(wire);
#define TAKE_WHOLE32(member) to->member = members_take_whole32(wire);
#define TAKE_FLAG(member) to->member = wire_take_number(wire) != 0;
/* clang-format on */

#endif /* WORKER_MEMBERS_WIRE_H */
