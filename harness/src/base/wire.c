/* Numbers, reals and texts into a byte row and back, and frames of such rows. */
#include "base/wire.h"

#include <string.h>

#define SIZE_BYTES 4u /* of a frame's head, what tells how many bytes follow */

void wire_number(struct str *out, uint64_t value)
{
    str_append(out, (const char *)&value, sizeof value);
}

void wire_real(struct str *out, double value)
{
    str_append(out, (const char *)&value, sizeof value);
}

void wire_text(struct str *out, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    wire_number(out, text ? n : UINT64_MAX);
    if (text) {
        str_append(out, text, n + 1);
    }
}

size_t wire_begin(struct str *out, uint8_t kind)
{
    size_t begun = out->n;
    const char head[WIRE_HEAD] = {[WIRE_HEAD - 1] = (char)kind};
    str_append(out, head, sizeof head);
    return begun;
}

void wire_end(struct str *out, size_t begun)
{
    uint32_t n = (uint32_t)(out->n - begun - SIZE_BYTES);
    memcpy(out->data + begun, &n, sizeof n);
}

void wire_stamp(struct str *frames, uint64_t token)
{
    uint32_t follow;
    for (size_t at = 0; at < frames->n; at += SIZE_BYTES + follow) {
        memcpy(&follow, frames->data + at, sizeof follow);
        memcpy(frames->data + at + SIZE_BYTES, &token, sizeof token);
    }
}

struct wire wire_of(const char *bytes, size_t n)
{
    return (struct wire){.at = bytes, .end = bytes + n};
}

static bool take(struct wire *wire, void *value, size_t n)
{
    if (wire->bad || (size_t)(wire->end - wire->at) < n) {
        wire->bad = true;
        return false;
    }
    memcpy(value, wire->at, n);
    wire->at += n;
    return true;
}

uint64_t wire_take_number(struct wire *wire)
{
    uint64_t value = 0;
    return take(wire, &value, sizeof value) ? value : 0;
}

double wire_take_real(struct wire *wire)
{
    double value = 0;
    return take(wire, &value, sizeof value) ? value : 0;
}

const char *wire_take_text(struct wire *wire)
{
    uint64_t n = wire_take_number(wire);
    if (wire->bad || n == UINT64_MAX) {
        return NULL;
    }
    if (n >= (size_t)(wire->end - wire->at) || wire->at[n] != '\0') {
        wire->bad = true;
        return NULL;
    }
    const char *text = wire->at;
    wire->at += n + 1;
    return text;
}

uint32_t wire_take_count(struct wire *wire)
{
    uint64_t n = wire_take_number(wire);
    if (n > UINT32_MAX || n > (size_t)(wire->end - wire->at)) {
        wire->bad = true;
    }
    return wire->bad ? 0 : (uint32_t)n;
}

size_t wire_frame_size(const char *bytes)
{
    uint32_t follow;
    memcpy(&follow, bytes, sizeof follow);
    return SIZE_BYTES + (size_t)follow;
}

enum wire_state wire_frame(const struct wire_rules *rules, const char *bytes, size_t n,
                           struct wire_frame *ret_frame)
{
    uint64_t token;
    struct wire_frame frame = {0};
    if (n < SIZE_BYTES) {
        return WIRE_PART;
    }
    frame.size = wire_frame_size(bytes);
    if (frame.size < WIRE_HEAD) {
        *ret_frame = frame;
        return WIRE_NO_SIZE;
    }
    if (n < WIRE_HEAD) {
        return WIRE_PART;
    }
    memcpy(&token, bytes + SIZE_BYTES, sizeof token);
    frame.kind = (uint8_t)bytes[WIRE_HEAD - 1];
    enum wire_state flaw = token != rules->token ? WIRE_NO_TOKEN
                           : frame.kind >= rules->n_kinds || rules->limits[frame.kind] == 0
                               ? WIRE_NO_KIND
                           : frame.size - WIRE_HEAD > rules->limits[frame.kind] ? WIRE_TOO_LONG
                                                                                : WIRE_PART;
    if (flaw != WIRE_PART) {
        *ret_frame = frame;
        return flaw;
    }
    if (n < frame.size) {
        return WIRE_PART;
    }
    frame.values = wire_of(bytes + WIRE_HEAD, frame.size - WIRE_HEAD);
    *ret_frame = frame;
    return WIRE_WHOLE;
}
