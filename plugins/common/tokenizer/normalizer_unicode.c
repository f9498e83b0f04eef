/*
 * The four normalisation forms of Unicode Standard Annex #15, with the alignment kept: a code point
 * of a decomposition after the first is an insertion, one that is composed into its starter is
 * removed with it.
 */
#include "base/try.h"
#include "base/unicode.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/unicode_then.h"

struct code_point {
    uint32_t c;
    int32_t change; /* as rewrite_put takes it */
    uint32_t class; /* canonical combining class */
};

static emb_status push_part(struct work *work, uint32_t *n, uint32_t c, int32_t change)
{
    if (!grow_items(&work->parts, &work->parts_capacity, (uint64_t)*n + 1, sizeof *work->parts)) {
        return work_no_memory(work);
    }
    work->parts[(*n)++] = (struct code_point){c, change, then_combining_class(c)};
    return EMB_OK;
}

static emb_status decompose(struct work *work, const struct rewrite *rewrite, bool compatibility,
                            uint32_t *ret_n)
{
    uint32_t n = 0;
    for (uint32_t at = rewrite->at; at < rewrite->end;) {
        uint32_t parts[UNICODE_MAX_DECOMPOSED];
        uint32_t c = utf8_next(rewrite->old->bytes, &at);
        unsigned n_parts = 1;
        parts[0] = c;
        if (c >= 0x80 && then_decomposes(c)) {
            n_parts = unicode_decompose(c, compatibility, parts);
        }
        for (unsigned i = 0; i < n_parts; i++) {
            TRY(push_part(work, &n, parts[i], i ? REWRITE_INSERT : REWRITE_REPLACE));
        }
    }
    *ret_n = n;
    return EMB_OK;
}

/* Merge the sorted halves [0, middle) and [middle, n) through `spare`. Stable. */
static void merge(struct code_point *part, struct code_point *spare, uint32_t middle, uint32_t n)
{
    uint32_t left = 0;
    uint32_t right = middle;
    for (uint32_t i = 0; i < n; i++) {
        bool take_left = left < middle && (right >= n || part[left].class <= part[right].class);
        spare[i] = take_left ? part[left++] : part[right++];
    }
    for (uint32_t i = 0; i < n; i++) {
        part[i] = spare[i];
    }
}

/* A stable sort by combining class: by insertion where it is short, as in all real text; by merging
 * where a text has a million marks in a row. */
static void sort_marks(struct code_point *part, struct code_point *spare, uint32_t n)
{
    if (n > 32) {
        sort_marks(part, spare, n / 2);
        sort_marks(part + n / 2, spare, n - n / 2);
        merge(part, spare, n / 2, n);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        struct code_point mark = part[i];
        uint32_t j = i;
        for (; j > 0 && part[j - 1].class > mark.class; j--) {
            part[j] = part[j - 1];
        }
        part[j] = mark;
    }
}

/* Every run of marks into canonical order. The second half of work->parts is free for merging. */
static emb_status reorder(struct work *work, uint32_t n)
{
    for (uint32_t i = 0; i < n;) {
        uint32_t begin = i;
        while (i < n && work->parts[i].class != 0) {
            i++;
        }
        if (i - begin > 1) {
            if (i - begin > 32 && !grow_items(&work->parts, &work->parts_capacity, 2 * (uint64_t)n,
                                              sizeof *work->parts)) {
                return work_no_memory(work);
            }
            sort_marks(work->parts + begin, work->parts + n, i - begin);
        }
        i += i == begin;
    }
    return EMB_OK;
}

/* Canonical composition in place; returns how many code points are left. */
static uint32_t compose(struct code_point *parts, uint32_t n)
{
    uint32_t out = 0;
    int64_t starter = -1;
    uint32_t last_class = 0; /* of what stands between the starter and here; 0: nothing does */
    for (uint32_t i = 0; i < n; i++) {
        struct code_point part = parts[i];
        bool blocked = starter < 0 || (last_class && last_class >= part.class);
        uint32_t composed =
            blocked || (part.c < 0x300) ? 0 : unicode_compose(parts[starter].c, part.c);
        if (composed && then_decomposes(composed)) {
            parts[starter].c = composed;
            parts[starter].change += part.change - 1;
            continue;
        }
        if (part.class == 0) {
            starter = out;
            last_class = 0;
        } else if (starter >= 0) {
            last_class = part.class;
        }
        parts[out++] = part;
    }
    return out;
}

emb_status unicode_normalize(struct work *work, struct rewrite *rewrite, const void *arg)
{
    const struct normalizer *normalizer = arg;
    uint32_t n = 0;
    TRY(decompose(work, rewrite, normalizer->unicode.compatibility, &n));
    TRY(reorder(work, n));
    if (normalizer->unicode.compose) {
        n = compose(work->parts, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        rewrite_put(rewrite, work->parts[i].c, work->parts[i].change);
    }
    return EMB_OK;
}
