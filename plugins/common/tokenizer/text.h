/*
 * text.h - a text being normalised, every byte of it tied to the place it came from.
 *
 * The alignment rule is that of Hugging Face's tokenizers, because offsets must equal theirs: a
 * code point that replaces another takes over its origin, one that is inserted shares the origin of
 * the code point before it, and what is removed is gone.
 */
#ifndef TOKENIZER_TEXT_H
#define TOKENIZER_TEXT_H

#include "embedder.h"

#include <stdbool.h>

struct text {
    char *bytes; /* [n], valid UTF-8 */
    /* [n] for each byte the bytes of the original code point it stands for; only if `mapped`. Not
     * mapped: each byte stands for itself. */
    struct emb_span *origin;
    uint32_t n;
    uint32_t n_given;         /* bytes that it had when it was assigned */
    uint32_t capacity;        /* of bytes */
    uint32_t origin_capacity; /* of origin */
    bool mapped;
};

/* The most bytes of a text: TIMES those it was given, and MORE. Normalisers each of which can
 * write ten letters for one would fill any memory. Unicode's own decompositions reach 11 times. */
enum { TEXT_MOST_TIMES = 64, TEXT_MOST_MORE = 65536 /* bytes */ };

void text_finish(struct text *text);

/* Make *items hold at least `need` items of item_bytes each. False: out of memory, nothing changed.
 */
bool grow_items(void *items, uint32_t *capacity, uint64_t need, size_t item_bytes);

/* Take over n_bytes arbitrary bytes as valid UTF-8 (see utf8_read). False: out of memory. */
bool text_assign(struct text *text, const char *bytes, uint32_t n_bytes);

/* The bytes of the original that byte `at` stands for. */
struct emb_span text_origin(const struct text *text, uint32_t at);
/* The same for [begin, end), not empty: from the first byte's begin to the last byte's end. */
struct emb_span text_origin_range(const struct text *text, uint32_t begin, uint32_t end);

/* A pass over old[at, end) that appends its outcome to `out`, which is mapped. */
struct rewrite {
    const struct text *old;
    struct text *out;
    uint32_t begin; /* of the range */
    uint32_t at;    /* next byte of `old` */
    uint32_t end;
    bool failed; /* out of memory, or too long */
    bool too_long;
};

/* What c does to the old text: */
enum {
    REWRITE_INSERT = 1,  /* nothing; c shares the origin of the code point before */
    REWRITE_REPLACE = 0, /* c stands for the next code point */
    /* -k: and the k code points after that one are removed */
};

void rewrite_put(struct rewrite *rewrite, uint32_t c, int change);
void rewrite_put_text(struct rewrite *rewrite, const char *bytes, uint32_t n_bytes, int change);
/* Put a prefix before the range (nothing of it is passed yet): it takes the origin of the first
 * code point, or of no byte with `detached`. */
void rewrite_put_prefix(struct rewrite *rewrite, const char *bytes, uint32_t n_bytes,
                        bool detached);
/* Keep the next n_bytes of the old text as they are. */
void rewrite_keep(struct rewrite *rewrite, uint32_t n_bytes);
/* Remove the next n_bytes of the old text. */
void rewrite_skip(struct rewrite *rewrite, uint32_t n_bytes);

#endif /* TOKENIZER_TEXT_H */
