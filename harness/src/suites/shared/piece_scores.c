/* Asks an embedder's output head for the log-probabilities of a text's pieces. */
#include "suites/shared/piece_scores.h"

#include "base/error.h"
#include "base/mem.h"
#include "plugin/context.h"
#include "plugin/host.h"
#include "plugin/open.h"
#include "plugin/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool piece_scores_can(struct embedder *embedder)
{
    return embedder_extension(embedder, EMB_EXT_SCORE) &&
           embedder_extension(embedder, EMB_EXT_TOKENS);
}

const char *piece_scores_beyond_reach(const struct embedder *embedder)
{
    return embedder_is_postprocessed(embedder)                 ? "post-processing"
           : !word_view_is_plain(embedder_word_view(embedder)) ? "context= or pooling="
                                                               : NULL;
}

static void hash_question(const struct emb_sentence *sentence, char ret_hex[DIGEST_TEXT_BYTES])
{
    static const char kind[] = EMB_EXT_SCORE;
    const uint64_t numbers[] = {sentence->n_bytes, sentence->n_words};
    struct digest *digest = digest_create();
    digest_add(digest, kind, sizeof kind);
    digest_add(digest, numbers, sizeof numbers);
    digest_add(digest, sentence->text, sentence->n_bytes);
    digest_add(digest, sentence->words, sentence->n_words * sizeof *sentence->words);
    digest_finish(digest, ret_hex);
}

/* The log-probabilities of all pieces: the model's, recorded ones, or, of what is left to other
 * chunks, none. */
static int ask(struct embedder *embedder, const struct emb_sentence *sentence,
               struct piece_scores *scores)
{
    const struct emb_ext_score *score = embedder_extension(embedder, EMB_EXT_SCORE);
    struct split *split = embedder_split(embedder);
    char question[DIGEST_TEXT_BYTES] = "";
    float *log_probs = scores->log_probs;
    uint32_t n = scores->n;
    struct split_answer answer = {log_probs, n * sizeof *log_probs, 0};
    if (split) {
        hash_question(sentence, question);
    }
    switch (split_turn(split, question, &answer)) {
    case SPLIT_ASK: {
        emb_status status = score->pieces(embedder_model(embedder), sentence, n, log_probs);
        if (status) {
            return split_fail(split, host_error(embedder_name(embedder), "pieces", status));
        }
        TRY(split_record(split, question, &answer));
        break;
    }
    case SPLIT_RECORDED:
        if (answer.n != n * sizeof *log_probs) {
            return error_set(ERR_FAILED, "found %zu bytes recorded of a sentence, expected %zu",
                             answer.n, n * sizeof *log_probs);
        }
        memcpy(log_probs, answer.bytes, answer.n);
        break;
    case SPLIT_LEFT:
        break;
    }
    for (uint32_t i = 0; split_is_chunk(split) && i < n; i++) {
        log_probs[i] = NAN;
    }
    return 0;
}

int piece_scores_of(struct embedder *embedder, const struct emb_sentence *sentence,
                    struct piece_scores *scores)
{
    const struct emb_ext_tokens *tokens = embedder_extension(embedder, EMB_EXT_TOKENS);
    struct emb_model *model = embedder_model(embedder);
    uint32_t n = 0;
    host_forget_failure();
    emb_status status = tokens->cut(model, sentence, NULL, 0, &n);
    if (status) {
        return host_error(embedder_name(embedder), "cut", status);
    }
    MEM_GROW(scores->pieces, scores->piece_capacity, (size_t)n + 1);
    MEM_GROW(scores->log_probs, scores->log_prob_capacity, (size_t)n + 1);
    status = tokens->cut(model, sentence, scores->pieces, n, &scores->n);
    if (status || scores->n != n) {
        return host_error(embedder_name(embedder), "cut", status ? status : EMB_E_INTERNAL);
    }
    TRY(ask(embedder, sentence, scores));
    for (uint32_t i = 0; i < n; i++) {
        float log_prob = scores->log_probs[i];
        if (!isnan(log_prob) && !(isfinite(log_prob) && log_prob <= 0)) {
            return error_set(ERR_FAILED, "found the log-probability %g, expected 0 or less",
                             (double)log_prob);
        }
    }
    return 0;
}

void piece_scores_finish(struct piece_scores *scores)
{
    free(scores->pieces);
    free(scores->log_probs);
    *scores = (struct piece_scores){0};
}
