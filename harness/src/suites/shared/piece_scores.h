/*
 * piece_scores.h - how likely an output head finds each piece of a text (emb.score/1), with the
 * pieces themselves (emb.tokens/1): what suite lm and wsd's method choice ask for. Internal to
 * suites.
 */
#ifndef SUITES_SHARED_PIECE_SCORES_H
#define SUITES_SHARED_PIECE_SCORES_H

#include <embedder.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct embedder; /* plugin/embed.h */

/* Zero-initialise; use for text after text; finish. */
struct piece_scores {
    struct emb_piece *pieces; /* [n] */
    float *log_probs;         /* [n] natural; NaN: none (special pieces, a first one) */
    uint32_t n;
    size_t piece_capacity, log_prob_capacity;
};

/* Has the embedder what it takes? */
bool piece_scores_can(struct embedder *embedder);

/* What the embedder is read under that does not reach an output head, whose figures it would only
 * give a second name: "post-processing"; NULL: nothing. */
const char *piece_scores_beyond_reach(const struct embedder *embedder);

/* Of one text. In a chunk of a sweep all log_probs are NaN. ERR_FAILED: the plugin failed, or gave
 * a number above 0 or none that is finite; the message names neither embedder nor text then. */
int piece_scores_of(struct embedder *embedder, const struct emb_sentence *sentence,
                    struct piece_scores *scores);
void piece_scores_finish(struct piece_scores *scores);

#endif /* SUITES_SHARED_PIECE_SCORES_H */
