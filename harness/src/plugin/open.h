/*
 * open.h - from a specification to a model that embeds, and what is known about it.
 */
#ifndef PLUGIN_OPEN_H
#define PLUGIN_OPEN_H

#include "data/digest.h"
#include "plugin/certify.h"
#include "plugin/embed.h"
#include "plugin/spec.h"

/* Loads the model; slow, with progress. stages: see stages.h, NULL = all. pool and spec must
 * outlive the embedder. Close with embedder_close. */
int embedder_open(const struct embedder_spec *spec, const char *stages, struct pool *pool,
                  struct embedder **ret_embedder);
void embedder_close(struct embedder *embedder); /* NULL is fine */

const struct plugin_model *embedder_plugin(const struct embedder *embedder);
const struct emb_model_info *embedder_info(const struct embedder *embedder);

/* What the model says of itself (emb.about/1); NULL: it does not say. */
struct embedder_about {
    char *name, *version, *citation; /* owned */
};
int embedder_about(struct embedder *embedder, struct embedder_about *ret_about);

/* SHA-256 of every parameter in memory: for each tensor of emb.weights/1 in order its name, a NUL,
 * its type, dimensions and shape as little-endian 64-bit numbers, and its bytes. *ret_known is
 * false where the model does not show its weights. */
int embedder_weights_sha256(struct embedder *embedder, char ret_hex[DIGEST_TEXT_BYTES],
                            bool *ret_known);

/* What was seen of the model's claims, over all suites so far. Free with certificate_finish. */
void embedder_certificate(const struct embedder *embedder, struct certificate *ret_certificate);
/* A suite begins: from the first one on, what streams embed is watched; see certifier_forget. */
void embedder_next_suite(struct embedder *embedder);

/* What is embedded from now on is split so; NULL: no more. The split stays the caller's. */
void embedder_set_split(struct embedder *embedder, struct split *split);

/* What the model asked of host->alloc: bytes now and at most. */
void embedder_memory(const struct embedder *embedder, uint64_t *ret_now, uint64_t *ret_most);

/* What embed() did so far: sentences, words of theirs (the data set's tokens; of plain text the
 * runs without white space), seconds inside the plugin. */
void embedder_work(const struct embedder *embedder, uint64_t *ret_sentences, uint64_t *ret_tokens,
                   double *ret_seconds);

#endif /* PLUGIN_OPEN_H */
