/*
 * embed.h - a loaded model as suites see it: named stages, and sentences in, vectors
 * out in one pass over all stages.
 */
#ifndef PLUGIN_EMBED_H
#define PLUGIN_EMBED_H

#include <embedder.h>
#include "base/pool.h"
#include "data/stage.h"
#include "math/postprocess.h"

#include <stdbool.h>

struct word_view; /* plugin/context.h */
struct split;     /* plugin/split.h */
struct embedder;  /* a model, opened by plugin/open.h in a worker */

const char *embedder_name(const struct embedder *embedder); /* "minilm" */
const char *embedder_kind(const struct embedder *embedder); /* "static", "contextual" */
bool embedder_is_static(const struct embedder *embedder);
uint32_t embedder_dim(const struct embedder *embedder);
/* Stages the user asked for (--stages), in the model's order, sums and means of several last
 * ("sum:3-6", "mean:1-6"). Every vector below has one row per such stage. */
uint32_t embedder_n_stages(const struct embedder *embedder);
const struct stage *embedder_stage(const struct embedder *embedder, uint32_t i);
struct stage *embedder_stages_copy(const struct embedder *embedder); /* all of these; free() it */
/* How much of its sentence every word is read in, and how its pieces become one vector. */
const struct word_view *embedder_word_view(const struct embedder *embedder);
struct pool *embedder_pool(struct embedder *embedder); /* for scoring loops */
/* An extension table of the model, or NULL; the model to call it with. */
const void *embedder_extension(struct embedder *embedder, const char *id);
struct emb_model *embedder_model(struct embedder *embedder);
/* Whoever puts questions to the model by other ways than a stream asks whose turn it is; NULL: the
 * work is not split. */
struct split *embedder_split(struct embedder *embedder);

/* How a target that is its whole text is pooled, as signatures tell it: "mean", or "mean+special"
 * where the model counts its special pieces (emb.sentence/1). The model's. */
const char *embedder_whole_pool(struct embedder *embedder);

/* From now on every vector with a value is delivered transformed; rows of UNKNOWN and CUT targets
 * stay zero. postprocess: fitted on vectors as delivered, [embedder_n_stages, dim]; becomes the
 * embedder's, which frees it. NULL = as they are. */
void embedder_set_postprocess(struct embedder *embedder, struct postprocess *postprocess);
/* Are vectors transformed? What an output head says is not of them: asking it again would only give
 * its figures a second name. */
bool embedder_is_postprocessed(const struct embedder *embedder);
/* A model's own sentence vectors (emb.sentence/1) have a space of their own, which no sample was
 * fitted on: they go through what needs none. Does what is set? */
bool embedder_postprocess_fits_own(const struct embedder *embedder);
/* Of vectors [n, dim], in place. ERR_REQUEST: fewer dimensions than are to be kept. */
int embedder_postprocess_own(const struct embedder *embedder, uint32_t dim, float *vectors,
                             uint32_t n);

/* The first n_rows rows of the look-up table as the embedder delivers them. */
struct embedder_table {
    const float *rows; /* [n_rows, dim]; NULL: there is no such table */
    uint64_t stride;   /* floats from row to row */
    float *owned;      /* the transformed copy, if one had to be made */
};

/* n_rows: at most info.n_words. No rows where the model has no table in memory, or where vectors
 * are transformed and "table" is not among the chosen stages. Finish it. */
struct embedder_table embedder_table_of(struct embedder *embedder, uint64_t n_rows);
void embedder_table_finish(struct embedder_table *table);

/* Does a target of this status, EMB_WORD_*, have a vector? */
static inline bool word_has_vector(uint8_t status)
{
    return status == EMB_WORD_OK || status == EMB_WORD_BACKOFF;
}

/* The vectors of one sentence's targets. */
struct embedded {
    uint64_t tag;          /* the caller's */
    const float *vectors;  /* [n_targets, n_stages, dim], contiguous */
    const uint8_t *status; /* [n_targets] EMB_WORD_*; UNKNOWN and CUT rows are zero */
    uint32_t n_targets;
};

/* Takes one sentence's vectors, in the order of the pushes, on the pushing thread; 0 or an error
 * code that ends the stream. Nothing of `embedded` may be kept. */
typedef int (*embed_take)(void *ctx, const struct embedded *embedded);

struct embed_stream;

/* Where the embedder reads words in less than their sentence (plugin/context.h), a sentence below
 * is a text derived from one that was pushed; its rows come back as if it had been pushed whole.
 * pooling: the caller's choice where the embedder has none of its own.
 * Sentences pushed are grouped into batches by a rule free of the core count (at most 256
 * sentences, 48 KiB of text and 2048 targets; one sentence alone may be larger), embedded, checked
 * (finite values, rows within bounds) and handed to `take`. label and total (0 = unknown) are for
 * the progress line, in sentences. */
struct embed_stream *embed_stream_create(struct embedder *embedder, int32_t pooling,
                                         embed_take take, void *ctx, const char *label,
                                         uint64_t total);
/* Copies its arguments. words may be NULL (plain text). targets: begin ascending, may overlap. */
int embed_stream_push(struct embed_stream *stream, uint64_t tag, const char *text, uint32_t n_bytes,
                      const struct emb_span *words, uint32_t n_words,
                      const struct emb_span *targets, uint32_t n_targets);
int embed_stream_finish(struct embed_stream *stream);  /* what is left; destroys; NULL is fine */
void embed_stream_cancel(struct embed_stream *stream); /* destroys; NULL is fine */
/* After pushing, which gave `status`: a failure cancels and is returned, else finishes. */
int embed_stream_end(struct embed_stream *stream, int status);

#endif /* PLUGIN_EMBED_H */
