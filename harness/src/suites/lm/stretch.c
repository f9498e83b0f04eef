/* Asks a model for the log-probabilities of a sentence's pieces, and adds them up. */
#include "suites/lm/stretch.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/digest.h"
#include "plugin/host.h"
#include "plugin/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct emb_sentence as_asked(const struct lm_sentence *sentence)
{
    return (struct emb_sentence){.text = sentence->text,
                                 .words = sentence->tokens,
                                 .n_bytes = sentence->n_bytes,
                                 .n_words = sentence->n_tokens};
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

/* The log-probabilities of n pieces: the model's, recorded ones, or, of what is left to other
 * chunks, none. */
static int ask(struct lm_scan *scan, const struct emb_sentence *sentence, uint32_t n)
{
    struct embedder *embedder = scan->run->embedder;
    struct split *split = embedder_split(embedder);
    char question[DIGEST_TEXT_BYTES] = "";
    float *log_probs = scan->pieces.log_probs;
    struct split_answer answer = {log_probs, n * sizeof *log_probs, 0};
    if (split) {
        hash_question(sentence, question);
    }
    switch (split_turn(split, question, &answer)) {
    case SPLIT_ASK: {
        emb_status status = scan->score->pieces(embedder_model(embedder), sentence, n, log_probs);
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

static int score(struct lm_scan *scan, const struct emb_sentence *sentence)
{
    struct embedder *embedder = scan->run->embedder;
    struct emb_model *model = embedder_model(embedder);
    struct lm_pieces *pieces = &scan->pieces;
    uint32_t n = 0;
    host_forget_failure();
    emb_status status = scan->tokens->cut(model, sentence, NULL, 0, &n);
    if (status) {
        return host_error(embedder_name(embedder), "cut", status);
    }
    MEM_GROW(pieces->pieces, pieces->piece_capacity, (size_t)n + 1);
    MEM_GROW(pieces->log_probs, pieces->log_prob_capacity, (size_t)n + 1);
    status = scan->tokens->cut(model, sentence, pieces->pieces, n, &pieces->n);
    if (status || pieces->n != n) {
        return host_error(embedder_name(embedder), "cut", status ? status : EMB_E_INTERNAL);
    }
    return ask(scan, sentence, n);
}

static int check_score(const struct lm_scan *scan, const struct lm_sentence *sentence,
                       float log_prob)
{
    return isnan(log_prob) || (isfinite(log_prob) && log_prob <= 0)
               ? 0
               : error_set(ERR_FAILED,
                           "%s: %s, sentence %llu: found the log-probability %g, "
                           "expected 0 or less",
                           embedder_name(scan->run->embedder), scan->text->name,
                           (unsigned long long)sentence->line, (double)log_prob);
}

/* The sums, and the stretch of bytes that they are about. */
static int sum_up(struct lm_scan *scan, const struct lm_sentence *sentence,
                  struct lm_stretch *stretch)
{
    uint32_t from = 0, to = 0, end = 0;
    for (uint32_t i = 0; i < scan->pieces.n; i++) {
        const struct emb_piece *piece = &scan->pieces.pieces[i];
        float log_prob = scan->pieces.log_probs[i];
        TRY(check_score(scan, sentence, log_prob));
        end = piece->end > end ? piece->end : end;
        if (isnan(log_prob)) {
            from = stretch->n_pieces == 0 && piece->end > from ? piece->end : from;
            continue;
        }
        stretch->loss -= (double)log_prob;
        stretch->n_pieces++;
        to = piece->end > to ? piece->end : to;
        MEM_GROW(scan->ids, scan->ids_capacity, scan->n_ids + 1);
        scan->ids[scan->n_ids++] = piece->id;
    }
    struct slice beyond = slice_trim((struct slice){sentence->text + end, sentence->n_bytes - end});
    stretch->cut = beyond.n > 0;
    stretch->n_bytes = to > from ? to - from : 0;
    stretch->n_words = to > from ? lm_count_words(sentence, from, to) : 0;
    return 0;
}

int lm_scan_sentence(struct lm_scan *scan, uint32_t number)
{
    const struct lm_sentence *sentence = &scan->text->sentences[number];
    const struct emb_sentence asked = as_asked(sentence);
    TRY(score(scan, &asked));
    return sum_up(scan, sentence, &scan->stretches[number]);
}

void lm_scan_finish(struct lm_scan *scan)
{
    free(scan->stretches);
    free(scan->ids);
    free(scan->pieces.pieces);
    free(scan->pieces.log_probs);
    *scan = (struct lm_scan){0};
}
