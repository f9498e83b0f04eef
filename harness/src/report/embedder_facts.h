/*
 * embedder_facts.h - what a report says of one embedder: what it was, and how its run ended.
 */
#ifndef REPORT_EMBEDDER_FACTS_H
#define REPORT_EMBEDDER_FACTS_H

#include "data/stage.h"
#include "base/members.h"

#include <stdint.h>

/* Texts are owned (free by embedder_facts_finish), NULL where not known: a run that crashed while
 * loading knows little. X(type, member, name in reports, NEEDED or OPTIONAL there; whether workers
 * send it: SENT; ONCE: with their first facts, and what they say later must be the same; KEPT: the
 * parent alone knows it). The order is that of the reports. */
/* clang-format off */
#define EMBEDDER_FACTS_MEMBERS(X)                                                                  \
    X(OWN_TEXT, name, "name", NEEDED, KEPT)                      /* "minilm" */                    \
    X(OWN_TEXT, plugin, "plugin", OPTIONAL, KEPT)                /* "transformer" */               \
    X(OWN_TEXT, plugin_path, "plugin_path", OPTIONAL, KEPT)      /* of the .so */                  \
    X(OWN_TEXT, plugin_version, "plugin_version", OPTIONAL, KEPT)                                  \
    X(OWN_TEXT, plugin_sha256, "plugin_sha256", OPTIONAL, KEPT)                                    \
    X(OWN_TEXT, citation, "citation", OPTIONAL, KEPT)            /* the plugin's */                \
    /* the model's own word, as the next; NULL: it does not say */                                 \
    X(OWN_TEXT, model_name, "model_name", OPTIONAL, SENT)                                          \
    X(OWN_TEXT, model_version, "model_version", OPTIONAL, SENT)                                    \
    /* likewise, else of its manifest */                                                           \
    X(OWN_TEXT, model_citation, "model_citation", OPTIONAL, SENT)                                  \
    X(OWN_TEXT, licence, "licence", OPTIONAL, KEPT)              /* of its manifest; NULL: none */ \
    X(OWN_TEXT, kind, "kind", OPTIONAL, KEPT)                    /* "static", "contextual" */      \
    X(OWN_TEXT, options, "options", OPTIONAL, KEPT)              /* "path=…,lowercase=1" */        \
    X(WHOLE32, dim, "dim", OPTIONAL, ONCE)                                                         \
    X(WHOLE, n_words, "vocabulary", OPTIONAL, SENT)              /* 0 = open */                    \
    X(STAGES, stages, "stages", OPTIONAL, ONCE)                  /* in one block, stages_copy() */ \
    X(OWN_TEXT, model_path, "model_path", OPTIONAL, KEPT)                                          \
    X(WHOLE, model_bytes, "model_bytes", OPTIONAL, SENT)         /* on disk */                     \
    X(OWN_TEXT, model_sha256, "model_sha256", OPTIONAL, SENT)                                      \
    /* sha256 of the parameters in memory; NULL without emb.weights/1 */                           \
    X(OWN_TEXT, weights_before, "weights_sha256_before", OPTIONAL, SENT)                           \
    X(OWN_TEXT, weights_after, "weights_sha256_after", OPTIONAL, SENT)                             \
    /* of one model at several times of training: its name */                                      \
    X(OWN_TEXT, series, "series", OPTIONAL, KEPT)                                                  \
    /* tokens that it had learned from; NAN: no series */                                          \
    X(REAL, series_tokens, "series_tokens", OPTIONAL, KEPT)                                        \
    /* then, nats a piece, as its training said; NAN: not known */                                 \
    X(REAL, held_out_loss, "held_out_loss", OPTIONAL, KEPT)                                        \
    /* "ok", "failed", "crashed", "garbled", "timeout" */                                          \
    X(OWN_TEXT, status, "status", NEEDED, KEPT)                                                    \
    X(OWN_TEXT, error, "error", OPTIONAL, KEPT)                  /* NULL if ok */                  \
    X(REAL, load_seconds, "load_seconds", OPTIONAL, SENT)                                          \
    X(REAL, seconds, "seconds", OPTIONAL, KEPT)                  /* in all, loading included */    \
    /* by the plugin through the host, at most at once */                                          \
    X(WHOLE, allocated_bytes, "allocated_bytes", OPTIONAL, SENT)                                   \
    X(WHOLE, peak_rss_bytes, "peak_rss_bytes", OPTIONAL, SENT)                                     \
    /* words of the data embedded, over the time inside embed() */                                 \
    X(REAL, tokens_per_second, "tokens_per_second", OPTIONAL, SENT)                                \
    /* What the model claims of its vectors, as far as the run could see (plugin/certify.h):       \
     * "verified", "violated"; "inconclusive": too little was seen; NULL: no run */                  \
    X(OWN_TEXT, claim, "claim", OPTIONAL, SENT)                                                    \
    /* one sentence: what was seen, or the first violation */                                        \
    X(OWN_TEXT, claim_statement, "claim_statement", OPTIONAL, SENT)                                \
    X(WHOLE, claim_words, "claim_words", OPTIONAL, SENT)         /* seen in two texts or more */   \
    /* of their table rows, bit by bit */                                                          \
    X(WHOLE, claim_comparisons, "claim_comparisons", OPTIONAL, SENT)                               \
    /* contextual: vectors compared between texts at the last stage */                             \
    X(WHOLE, claim_moves, "claim_moves", OPTIONAL, SENT)                                           \
    X(WHOLE, claim_moved, "claim_moved", OPTIONAL, SENT)         /* of these, those that differed */
/* clang-format on */
struct embedder_facts {
    EMBEDDER_FACTS_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(embedder_facts, EMBEDDER_FACTS_MEMBERS);

/* With texts and stages of its own. */
struct embedder_facts embedder_facts_copy(const struct embedder_facts *facts);
void embedder_facts_finish(struct embedder_facts *facts);

#endif /* REPORT_EMBEDDER_FACTS_H */
