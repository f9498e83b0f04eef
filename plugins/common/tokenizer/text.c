/* Rewrites a text while every byte keeps its place of origin. */
#include "tokenizer/text.h"

#include "base/unicode.h"

#include <stdlib.h>
#include <string.h>

void text_finish(struct text *text)
{
    free(text->bytes);
    free(text->origin);
    *text = (struct text){0};
}

bool grow_items(void *items, uint32_t *capacity, uint64_t need, size_t item_bytes)
{
    if (need <= *capacity) {
        return true;
    }
    if (need > UINT32_MAX / 2) {
        return false;
    }
    uint32_t grown = *capacity > need / 2 ? *capacity * 2 : (uint32_t)need;
    grown = grown < 64 ? 64 : grown;
    void *old;
    memcpy(&old, items, sizeof old);
    void *moved = realloc(old, grown * item_bytes);
    if (!moved) {
        return false;
    }
    memcpy(items, &moved, sizeof moved);
    *capacity = grown;
    return true;
}

static bool reserve(struct text *text, uint64_t n_bytes, bool with_origin)
{
    return grow_items(&text->bytes, &text->capacity, n_bytes, 1) &&
           (!with_origin ||
            grow_items(&text->origin, &text->origin_capacity, n_bytes, sizeof *text->origin));
}

/* Text with ill-formed sequences: each maximal subpart becomes one U+FFFD that stands for it. */
static bool assign_repaired(struct text *text, const char *bytes, uint32_t n_bytes)
{
    text->n = 0;
    text->mapped = true;
    for (uint32_t at = 0; at < n_bytes;) {
        uint32_t c;
        bool valid;
        char encoded[4];
        unsigned length = utf8_read(bytes + at, n_bytes - at, &c, &valid);
        unsigned n = utf8_put(c, encoded);
        if (!reserve(text, (uint64_t)text->n + n, true)) {
            return false;
        }
        memcpy(text->bytes + text->n, encoded, n);
        for (unsigned i = 0; i < n; i++) {
            text->origin[text->n + i] = (struct emb_span){at, at + length};
        }
        text->n += n;
        at += length;
    }
    return true;
}

bool text_assign(struct text *text, const char *bytes, uint32_t n_bytes)
{
    text->n_given = n_bytes;
    if (utf8_valid_prefix(bytes, n_bytes) < n_bytes) {
        return assign_repaired(text, bytes, n_bytes);
    }
    if (!reserve(text, n_bytes, false)) {
        return false;
    }
    if (n_bytes) {
        memcpy(text->bytes, bytes, n_bytes);
    }
    text->n = n_bytes;
    text->mapped = false;
    return true;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

struct emb_span text_origin(const struct text *text, uint32_t at)
{
    if (text->mapped) {
        return text->origin[at];
    }
    struct emb_span span = {at, at + 1};
    while (is_continuation(text->bytes[span.begin])) {
        span.begin--;
    }
    while (span.end < text->n && is_continuation(text->bytes[span.end])) {
        span.end++;
    }
    return span;
}

struct emb_span text_origin_range(const struct text *text, uint32_t begin, uint32_t end)
{
    return (struct emb_span){text_origin(text, begin).begin, text_origin(text, end - 1).end};
}

/* The origin of a code point put with this change. */
static struct emb_span origin_of_put(const struct rewrite *rewrite, int change)
{
    if (change <= 0 && rewrite->at < rewrite->end) {
        return text_origin(rewrite->old, rewrite->at);
    }
    if (rewrite->at > rewrite->begin) {
        return text_origin(rewrite->old, rewrite->at - 1);
    }
    uint32_t start = rewrite->at < rewrite->end ? text_origin(rewrite->old, rewrite->at).begin : 0;
    return (struct emb_span){start, start};
}

static void move_on(struct rewrite *rewrite, int change)
{
    for (; change <= 0 && rewrite->at < rewrite->end; change++) {
        utf8_next(rewrite->old->bytes, &rewrite->at);
    }
}

void rewrite_put(struct rewrite *rewrite, uint32_t c, int change)
{
    char encoded[4];
    rewrite_put_text(rewrite, encoded, utf8_put(c, encoded), change);
}

/* Room for n more bytes; false (and failed) if there is none, or more than a text may have. */
static bool make_space(struct rewrite *rewrite, uint32_t n)
{
    struct text *out = rewrite->out;
    uint64_t most = (uint64_t)TEXT_MOST_TIMES * rewrite->old->n_given + TEXT_MOST_MORE;
    rewrite->too_long = rewrite->too_long || (uint64_t)out->n + n > most;
    rewrite->failed =
        rewrite->failed || rewrite->too_long || !reserve(out, (uint64_t)out->n + n, true);
    return !rewrite->failed;
}

/* Append bytes of one origin. */
static void append(struct rewrite *rewrite, const char *bytes, uint32_t n_bytes,
                   struct emb_span origin)
{
    struct text *out = rewrite->out;
    if (!make_space(rewrite, n_bytes)) {
        return;
    }
    for (uint32_t i = 0; i < n_bytes; i++) {
        out->bytes[out->n + i] = bytes[i];
        out->origin[out->n + i] = origin;
    }
    out->n += n_bytes;
}

void rewrite_put_text(struct rewrite *rewrite, const char *bytes, uint32_t n_bytes, int change)
{
    append(rewrite, bytes, n_bytes, origin_of_put(rewrite, change));
    move_on(rewrite, change);
}

void rewrite_put_prefix(struct rewrite *rewrite, const char *bytes, uint32_t n_bytes, bool detached)
{
    struct emb_span origin = origin_of_put(rewrite, REWRITE_REPLACE);
    origin.end = detached ? origin.begin : origin.end;
    append(rewrite, bytes, n_bytes, origin);
}

void rewrite_keep(struct rewrite *rewrite, uint32_t n_bytes)
{
    struct text *out = rewrite->out;
    const struct text *old = rewrite->old;
    if (n_bytes == 0 || !make_space(rewrite, n_bytes)) {
        return;
    }
    memcpy(out->bytes + out->n, old->bytes + rewrite->at, n_bytes);
    if (old->mapped) {
        memcpy(out->origin + out->n, old->origin + rewrite->at, n_bytes * sizeof *out->origin);
    } else {
        for (uint32_t at = rewrite->at, end = at + n_bytes, to = out->n; at < end;) {
            uint32_t begin = at;
            utf8_next(old->bytes, &at);
            for (uint32_t i = begin; i < at; i++) {
                out->origin[to++] = (struct emb_span){begin, at};
            }
        }
    }
    out->n += n_bytes;
    rewrite->at += n_bytes;
}

void rewrite_skip(struct rewrite *rewrite, uint32_t n_bytes)
{
    rewrite->at += n_bytes;
}
