#include "worker/wire.h"

#include <string.h>

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
    const char head[WIRE_FRAME_HEAD + 1] = {0, 0, 0, 0, (char)kind};
    str_append(out, head, sizeof head);
    return begun;
}

void wire_end(struct str *out, size_t begun)
{
    uint32_t n = (uint32_t)(out->n - begun - WIRE_FRAME_HEAD);
    memcpy(out->data + begun, &n, sizeof n);
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

bool wire_frame(const char *bytes, size_t n, uint8_t *ret_kind, struct wire *ret_values,
                size_t *ret_size)
{
    uint32_t follow;
    if (n < WIRE_FRAME_HEAD + 1) {
        return false;
    }
    memcpy(&follow, bytes, sizeof follow);
    if (follow == 0 || n - WIRE_FRAME_HEAD < follow) {
        return false;
    }
    *ret_kind = (uint8_t)bytes[WIRE_FRAME_HEAD];
    *ret_values = wire_of(bytes + WIRE_FRAME_HEAD + 1, follow - 1);
    *ret_size = WIRE_FRAME_HEAD + follow;
    return true;
}
