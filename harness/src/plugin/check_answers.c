/* The rules of extensions that answer about a text: emb.lm, emb.score and emb.attention. */
#include "plugin/check_extension.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum verdict rule_lm(struct check *check)
{
    const struct emb_ext_lm *lm = check_extension(check, EMB_EXT_LM);
    if (!lm) {
        return check_skipped(check, "not offered");
    }
    uint64_t n = lm->n_pieces(check->model);
    struct emb_sentence sentence = check_sentence(check, check->words[0]);
    float *log_probs = mem_array(n, sizeof *log_probs);
    double sum = 0;
    emb_status status = lm->log_probs(check->model, &sentence, 1, log_probs);
    for (uint64_t i = 0; i < n && !status; i++) {
        sum += exp((double)log_probs[i]);
    }
    free(log_probs);
    if (status) {
        return check_failed_call(check, "log_probs", status);
    }
    return fabs(sum - 1) < 1e-3 ? VERDICT_PASSED
                                : check_failed(check, "the probabilities add up to %g", sum);
}

/* How many pieces emb.tokens/1 cuts, which emb.score/1 and emb.attention/1 count by. */
static enum verdict count_pieces(struct check *check, const struct emb_sentence *sentence,
                                 uint32_t *ret_n)
{
    const struct emb_ext_tokens *tokens = check_extension(check, EMB_EXT_TOKENS);
    if (!tokens) {
        return check_failed(check, "offered without " EMB_EXT_TOKENS ", which counts its pieces");
    }
    emb_status status = tokens->cut(check->model, sentence, NULL, 0, ret_n);
    return status ? check_failed_call(check, "cut", status) : VERDICT_PASSED;
}

/* Of a sentence of at least four pieces, so that something stands before and after. */
static struct emb_sentence some_sentence(struct check *check)
{
    uint32_t n = check->n_words;
    struct str text = {0};
    str_format(&text, "%s %s %s %s", check->words[0], check->words[1 % n], check->words[2 % n],
               check->words[3 % n]);
    struct emb_sentence sentence = check_sentence(check, str_text(&text));
    str_finish(&text);
    return sentence;
}

/* Numbers that say nothing are NaN, the others are logarithms of what emb.lm/1 gives as well. */
static enum verdict check_scores(struct check *check, const struct emb_sentence *sentence,
                                 const float *scores, uint32_t n)
{
    const struct emb_ext_tokens *tokens = check_extension(check, EMB_EXT_TOKENS);
    const struct emb_ext_lm *lm = check_extension(check, EMB_EXT_LM);
    struct emb_piece *pieces = mem_array(n + 1, sizeof *pieces);
    uint64_t n_all = lm ? lm->n_pieces(check->model) : 0;
    float *all = mem_array(n_all + 1, sizeof *all);
    enum verdict verdict = VERDICT_PASSED;
    uint32_t n_numbers = 0, unused = 0;
    tokens->cut(check->model, sentence, pieces, n, &unused);
    for (uint32_t i = 0; i < n && !verdict; i++) {
        if (isnan(scores[i])) {
            continue;
        }
        n_numbers++;
        emb_status status = lm ? lm->log_probs(check->model, sentence, i, all) : EMB_OK;
        if (scores[i] > 0) {
            verdict =
                check_failed(check, "piece %u has the log-probability %g", i, (double)scores[i]);
        } else if (status) {
            verdict = check_failed_call(check, "log_probs", status);
        } else if (pieces[i].id < n_all && !(fabsf(all[pieces[i].id] - scores[i]) < 1e-3f)) {
            verdict = check_failed(check, "piece %u has %g, by " EMB_EXT_LM " %g", i,
                                   (double)scores[i], (double)all[pieces[i].id]);
        }
    }
    free(all);
    free(pieces);
    return verdict     ? verdict
           : n_numbers ? VERDICT_PASSED
                       : check_failed(check, "no piece of a sentence of four words has a number");
}

enum verdict rule_score(struct check *check)
{
    const struct emb_ext_score *score = check_extension(check, EMB_EXT_SCORE);
    if (!score) {
        return check_skipped(check, "not offered");
    }
    const float guard = 12345.0f;
    struct emb_sentence sentence = some_sentence(check);
    uint32_t n = 0;
    enum verdict verdict = count_pieces(check, &sentence, &n);
    if (verdict) {
        return verdict;
    }
    float *scores = mem_array(n + 1, sizeof *scores);
    scores[0] = scores[n] = guard;
    if (n > 0 && (score->pieces(check->model, &sentence, n - 1, scores) != EMB_E_INVAL ||
                  scores[0] != guard)) {
        verdict = check_failed(check, "room for %u of %u scores is not refused", n - 1, n);
    } else {
        emb_status status = score->pieces(check->model, &sentence, n, scores);
        verdict = status               ? check_failed_call(check, "pieces", status)
                  : scores[n] != guard ? check_failed(check, "pieces() writes beyond %u", n)
                                       : check_scores(check, &sentence, scores, n);
    }
    free(scores);
    return verdict;
}

/* Rows of one query: shares of one, and nothing from the right where only the left counts. */
static enum verdict check_weights(struct check *check, const float *weights, uint32_t n_heads,
                                  uint32_t n, uint32_t block, uint32_t piece)
{
    for (uint32_t h = 0; h < n_heads; h++) {
        double sum = 0;
        for (uint32_t j = 0; j < n; j++) {
            double weight = (double)weights[(size_t)h * n + j];
            sum += weight;
            if (!(weight >= 0) || ((check->caps & EMB_CAP_CAUSAL) && j > piece && weight != 0)) {
                return check_failed(check, "block %u, head %u: piece %u gives piece %u weight %g",
                                    block, h, piece, j, weight);
            }
        }
        if (!(fabs(sum - 1) < 1e-3)) {
            return check_failed(check, "block %u, head %u: the weights of piece %u add up to %g",
                                block, h, piece, sum);
        }
    }
    return VERDICT_PASSED;
}

static enum verdict check_block(struct check *check, const struct emb_ext_attention *attention,
                                const struct emb_sentence *sentence, uint32_t n, uint32_t block)
{
    const float guard = 12345.0f;
    uint32_t n_heads = attention->n_heads(check->model, block);
    if (n_heads == 0) {
        return check_failed(check, "block %u has no heads", block);
    }
    size_t n_weights = (size_t)n_heads * n;
    float *weights = mem_array(n_weights + 1, sizeof *weights);
    weights[n_weights] = guard;
    enum verdict verdict = VERDICT_PASSED;
    for (uint32_t piece = 0; piece < n && !verdict; piece++) {
        emb_status status = attention->weights(check->model, sentence, block, piece, weights);
        verdict = status ? check_failed_call(check, "weights", status)
                  : weights[n_weights] != guard
                      ? check_failed(check, "weights() writes beyond %u heads of %u", n_heads, n)
                      : check_weights(check, weights, n_heads, n, block, piece);
    }
    if (!verdict && attention->weights(check->model, sentence, block, n, weights) == EMB_OK) {
        verdict = check_failed(check, "piece %u is beyond the last and has weights", n);
    }
    free(weights);
    return verdict;
}

enum verdict rule_attention(struct check *check)
{
    const struct emb_ext_attention *attention = check_extension(check, EMB_EXT_ATTENTION);
    if (!attention) {
        return check_skipped(check, "not offered");
    }
    struct emb_sentence sentence = some_sentence(check);
    uint32_t n = 0, n_blocks = attention->n_blocks(check->model);
    enum verdict verdict = count_pieces(check, &sentence, &n);
    if (!verdict && (n_blocks == 0 || attention->n_heads(check->model, 0) != 0 ||
                     attention->n_heads(check->model, n_blocks + 1) != 0)) {
        verdict =
            check_failed(check, "%u blocks, but block 0 or %u has heads", n_blocks, n_blocks + 1);
    }
    for (uint32_t block = 1; block <= n_blocks && !verdict; block++) {
        verdict = check_block(check, attention, &sentence, n, block);
    }
    return verdict;
}
