/*
 * certify.h - what a model claims of its vectors (EMB_CAP_STATIC, EMB_CAP_CONTEXTUAL), watched
 * while a run embeds what it embeds anyway.
 *
 *   A row of "table" is one vector whatever the sentence: bit by bit the same wherever a word
 *   stands again. Of a model that claims to be static the same holds at every stage.
 *   A model that claims to be contextual is not constant: of words that stand in two different
 *   texts some change at the last stage that was asked for (cosine below 1 - 1e-5). What a causal
 *   model (EMB_CAP_CAUSAL) sees of a text ends with the target.
 *
 * What counts as the same word: the run of characters without white space around the target, the
 * target's place in it, the borders of the data set's words in it, the character before it, and
 * whether it opens the text, since byte-level pieces hold the blank before a word. Only rows with
 * status OK or BACKOFF count, and only of targets that cannot have been cut: those that end within
 * max_tokens bytes, since a piece has a byte or more.
 *
 * Memory: 88 bytes a word and as much again in free room, so 23 MB at CERTIFY_MOST_WORDS, and
 * CERTIFY_MOST_VECTORS vectors; words beyond are skipped.
 */
#ifndef PLUGIN_CERTIFY_H
#define PLUGIN_CERTIFY_H

#include <embedder.h>

#include <stdbool.h>
#include <stdint.h>

#define CERTIFY_MOST_WORDS (1u << 17)
#define CERTIFY_MOST_VECTORS 256u
#define CERTIFY_FEWEST 20u /* contextual: fewer words in two texts prove nothing */

enum certify_verdict {
    CERTIFY_INCONCLUSIVE, /* nothing was seen twice */
    CERTIFY_VERIFIED,     /* as claimed, as far as was seen */
    CERTIFY_VIOLATED,     /* not as claimed */
    CERTIFY_N_VERDICTS
};
/* "inconclusive", "verified", "violated" */
extern const char *const certify_verdict_names[CERTIFY_N_VERDICTS];

struct certifier_plan {
    uint32_t caps; /* EMB_CAP_* */
    uint32_t dim, n_stages;
    uint32_t max_tokens; /* 0 = unbounded */
    bool has_table;      /* stage 0 of the rows is "table" */
    bool only_table;     /* the model has no other stage: one that claims to be contextual lies */
    uint64_t stage_stride;
};

struct certifier;
struct certifier *certifier_create(const struct certifier_plan *plan);
void certifier_destroy(struct certifier *certifier); /* NULL is fine */

/* All rows of a sentence: vectors [n_targets, n_stages, dim] by the strides, status [n_targets].
 * pooling: EMB_POOL_*. */
void certifier_take(struct certifier *certifier, const struct emb_sentence *sentence,
                    int32_t pooling, const float *vectors, uint64_t row_stride,
                    const uint8_t *status);

/* What was counted stays, but words are compared from scratch from here on: each suite of a run
 * stands for itself, so that what is said of a model does not depend on which suites run together.
 * NULL is fine. */
void certifier_forget(struct certifier *certifier);

struct certificate {
    enum certify_verdict verdict;
    uint64_t words;       /* that were seen in two texts or more of a suite */
    uint64_t comparisons; /* of rows with the row of the word's first text */
    uint64_t moves;  /* contextual: words seen in another text, of those whose vector is kept */
    uint64_t moved;  /* of these, vectors that changed at the last stage */
    char *statement; /* one sentence for the report: what was seen, or the first violation */
};

/* What is known by now; certifier NULL: nothing. Free with certificate_finish. */
void certifier_judge(const struct certifier *certifier, struct certificate *ret_certificate);
/* Verdict and statement from the counts, of a model that lets no violation be seen: those of
 * several runs can be added up. */
void certificate_judge(struct certificate *certificate, bool is_static);
void certificate_finish(struct certificate *certificate);

#endif /* PLUGIN_CERTIFY_H */
