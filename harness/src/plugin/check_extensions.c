/*
 * check_extensions.c - the tables that a plugin offers beyond embed().
 */
#include "plugin/check_rules.h"

#include "base/mem.h"
#include "data/digest.h"
#include "plugin/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SPELLING 65536 /* bytes of a piece: beyond, no NUL ends it */
#define MOST_VOCABULARY 200 /* words of it that are looked at */

static const void *extension(struct check *check, const char *id)
{
    return check->ops->extension(check->model, id);
}

enum verdict rule_unknown_extension(struct check *check)
{
    static const char *const ids[] = {"", "emb.", "emb.tokens/2", "emb.no-such-thing/1"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (extension(check, ids[i])) {
            return check_broken(check, "extension(\"%s\") is not NULL", ids[i]);
        }
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (check->ops->extension(NULL, ids[i])) {
            return check_broken(check, "extension(NULL, \"%s\") is not NULL", ids[i]);
        }
    }
    return VERDICT_KEPT;
}

static enum verdict check_pieces(struct check *check, const struct emb_ext_tokens *tokens,
                                 const struct emb_sentence *sentence,
                                 const struct emb_piece *pieces, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct emb_piece *piece = &pieces[i];
        if (piece->begin > piece->end || piece->end > sentence->n_bytes) {
            return check_broken(check, "piece %u is bytes %u to %u of %u", i, piece->begin,
                                piece->end, sentence->n_bytes);
        }
        if (piece->word != EMB_NO_WORD && piece->word >= sentence->n_words) {
            return check_broken(check, "piece %u belongs to word %u of %u", i, piece->word,
                                sentence->n_words);
        }
        const struct emb_span *word =
            piece->word == EMB_NO_WORD ? NULL : &sentence->words[piece->word];
        if (word && piece->begin < piece->end &&
            (piece->begin >= word->end || piece->end <= word->begin)) {
            return check_broken(check, "piece %u is bytes %u to %u, its word %u bytes %u to %u", i,
                                piece->begin, piece->end, piece->word, word->begin, word->end);
        }
        const char *spelling = tokens->spelling(check->model, piece->id); /* or NULL */
        if (spelling && strlen(spelling) > MOST_SPELLING) {
            return check_broken(check, "piece %u, number %u, is spelled with more than %d bytes", i,
                                piece->id, MOST_SPELLING);
        }
    }
    return VERDICT_KEPT;
}

enum verdict rule_tokens(struct check *check)
{
    const struct emb_ext_tokens *tokens = extension(check, EMB_EXT_TOKENS);
    if (!tokens) {
        return check_skipped(check, "not offered");
    }
    struct sample sample = check_sample(check);
    const struct emb_sentence letters = check_sentence(
        check, "\xC3\xA9t\xC3\xA9 \xE6\xB0\xB4 the \xF0\x9F\x98\x80 bank na\xC3\xAFve");
    enum verdict verdict = VERDICT_KEPT;
    for (uint32_t i = 0; i <= sample.n && !verdict; i++) {
        const struct emb_sentence *sentence = i < sample.n ? &sample.sentences[i] : &letters;
        uint32_t n = 0, again = 0;
        emb_status status = tokens->cut(check->model, sentence, NULL, 0, &n);
        struct emb_piece *pieces = mem_array(n + 1, sizeof *pieces);
        pieces[n].id = 0xC3C3C3C3u;
        status = status ? status : tokens->cut(check->model, sentence, pieces, n, &again);
        if (status) {
            verdict = check_failed_call(check, "cut", status);
        } else if (n != again || pieces[n].id != 0xC3C3C3C3u) {
            verdict =
                check_broken(check, "cut() counts %u pieces, then %u, or writes beyond", n, again);
        } else {
            verdict = check_pieces(check, tokens, sentence, pieces, n);
        }
        free(pieces);
    }
    return verdict;
}

/* Word i is found at i, and its row is what embed() gives. */
static enum verdict check_word(struct check *check, const struct emb_ext_vocab *vocab, uint64_t i)
{
    uint32_t n = 0;
    uint64_t found = UINT64_MAX, stride = 0;
    const char *word = vocab->word(check->model, i, &n);
    if (!word || n == 0) {
        return check_broken(check, "word %llu is empty", (unsigned long long)i);
    }
    int32_t status = vocab->find(check->model, word, n, &found);
    if (status != EMB_WORD_OK || found != i) {
        return check_broken(check, "word %llu, \"%.*s\", is found at %lld (status %d)",
                            (unsigned long long)i, (int)n, word, (long long)found, status);
    }
    const float *table = vocab->table(check->model, &stride);
    struct emb_span span = {0, n};
    struct emb_sentence sentence = {
        .text = word, .words = &span, .targets = &span, .n_bytes = n, .n_words = 1, .n_targets = 1};
    struct sample sample = {&sentence, 1, 1};
    struct vectors vectors;
    if (!table || memchr(word, ' ', n)) {
        return VERDICT_KEPT;
    }
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    if (memcmp(table + i * stride, vectors_at(&vectors, 0, 0), check->info.dim * sizeof(float))) {
        verdict = check_broken(check, "embed(\"%.*s\") is not row %llu of the table", (int)n, word,
                               (unsigned long long)i);
    }
    vectors_finish(&vectors);
    return verdict;
}

enum verdict rule_vocab(struct check *check)
{
    const struct emb_ext_vocab *vocab = extension(check, EMB_EXT_VOCAB);
    if (!vocab) {
        return check_skipped(check, "not offered");
    }
    uint64_t n = check->info.n_words, unused = 0;
    if (n == 0) {
        return check_broken(check, "a vocabulary, but info() says n_words 0");
    }
    uint64_t step = n > MOST_VOCABULARY ? n / MOST_VOCABULARY : 1;
    for (uint64_t i = 0; i < n; i += step) {
        enum verdict verdict = check_word(check, vocab, i);
        if (verdict) {
            return verdict;
        }
    }
    const char *nonsense = "zzqx no such word qxzz";
    if (vocab->find(check->model, nonsense, (uint32_t)strlen(nonsense), &unused) !=
        EMB_WORD_UNKNOWN) {
        return check_broken(check, "find() knows \"%s\"", nonsense);
    }
    return VERDICT_KEPT;
}

static enum verdict hash_weights(struct check *check, const struct emb_ext_weights *weights,
                                 char ret_hex[DIGEST_TEXT_BYTES])
{
    struct digest *digest = digest_create();
    enum verdict verdict = VERDICT_KEPT;
    uint32_t n = weights->count(check->model);
    if (n == 0) {
        verdict = check_broken(check, "count() is 0");
    }
    for (uint32_t i = 0; i < n && !verdict; i++) {
        struct emb_tensor tensor = {0};
        emb_status status = weights->tensor(check->model, i, &tensor);
        uint64_t elements = 1, bytes = tensor.n_bytes;
        for (uint32_t d = 0; d < tensor.n_dims && d < 4; d++) {
            elements *= tensor.shape[d];
        }
        static const uint32_t sizes[] = {4, 2, 2, 1, 4};
        if (status) {
            verdict = check_failed_call(check, "tensor", status);
        } else if (!tensor.name || !tensor.data || tensor.n_dims > 4 ||
                   tensor.type < EMB_TYPE_F32 || tensor.type > EMB_TYPE_OTHER) {
            verdict = check_broken(check, "tensor %u: no name, no data, or an unknown type", i);
        } else if (tensor.type < EMB_TYPE_OTHER && bytes != elements * sizes[tensor.type]) {
            verdict = check_broken(check, "tensor %s: %llu bytes for %llu elements of type %d",
                                   tensor.name, (unsigned long long)bytes,
                                   (unsigned long long)elements, tensor.type);
        } else {
            digest_add(digest, tensor.data, tensor.n_bytes);
        }
    }
    struct emb_tensor beyond;
    if (!verdict && weights->tensor(check->model, n, &beyond) == EMB_OK) {
        verdict = check_broken(check, "tensor(%u) is beyond the last and succeeds", n);
    }
    digest_finish(digest, ret_hex);
    return verdict;
}

enum verdict rule_weights(struct check *check)
{
    const struct emb_ext_weights *weights = extension(check, EMB_EXT_WEIGHTS);
    char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
    if (!weights) {
        return check_skipped(check, "not offered");
    }
    enum verdict verdict = hash_weights(check, weights, before);
    verdict = verdict ? verdict : rule_rows(check);
    verdict = verdict ? verdict : hash_weights(check, weights, after);
    if (!verdict && strcmp(before, after) != 0) {
        verdict = check_broken(check, "embed() changed the weights");
    }
    return verdict;
}

/* set_row, then get_row; the old row is put back. */
enum verdict rule_table_extension(struct check *check)
{
    const struct emb_ext_table *table = extension(check, EMB_EXT_TABLE);
    if (!table) {
        return check_skipped(check, "not offered");
    }
    uint64_t n = table->n_rows(check->model);
    size_t bytes = check->info.dim * sizeof(float);
    float *old = mem_alloc(bytes), *new = mem_alloc(bytes), *got = mem_alloc(bytes);
    enum verdict verdict = VERDICT_KEPT;
    for (uint32_t d = 0; d < check->info.dim; d++) {
        new[d] = (float)d * 0.25f - 1.0f; /* exact in half precision, too */
    }
    if (n == 0 || table->get_row(check->model, n - 1, old) ||
        table->set_row(check->model, n - 1, new) || table->get_row(check->model, n - 1, got)) {
        verdict = check_broken(check, "the last of %llu rows cannot be read and replaced",
                               (unsigned long long)n);
    } else {
        table->set_row(check->model, n - 1, old);
        if (memcmp(new, got, bytes)) {
            verdict = check_broken(check, "a row that was set reads otherwise");
        } else if (table->get_row(check->model, n, got) == EMB_OK) {
            verdict = check_broken(check, "row %llu is beyond the last and is read",
                                   (unsigned long long)n);
        }
    }
    free(old);
    free(new);
    free(got);
    return verdict;
}

enum verdict rule_lm(struct check *check)
{
    const struct emb_ext_lm *lm = extension(check, EMB_EXT_LM);
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
    return fabs(sum - 1) < 1e-3 ? VERDICT_KEPT
                                : check_broken(check, "the probabilities add up to %g", sum);
}

/* How many pieces emb.tokens/1 cuts, which emb.score/1 and emb.attention/1 count by. */
static enum verdict count_pieces(struct check *check, const struct emb_sentence *sentence,
                                 uint32_t *ret_n)
{
    const struct emb_ext_tokens *tokens = extension(check, EMB_EXT_TOKENS);
    if (!tokens) {
        return check_broken(check, "offered without " EMB_EXT_TOKENS ", which counts its pieces");
    }
    emb_status status = tokens->cut(check->model, sentence, NULL, 0, ret_n);
    return status ? check_failed_call(check, "cut", status) : VERDICT_KEPT;
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
    const struct emb_ext_tokens *tokens = extension(check, EMB_EXT_TOKENS);
    const struct emb_ext_lm *lm = extension(check, EMB_EXT_LM);
    struct emb_piece *pieces = mem_array(n + 1, sizeof *pieces);
    uint64_t n_all = lm ? lm->n_pieces(check->model) : 0;
    float *all = mem_array(n_all + 1, sizeof *all);
    enum verdict verdict = VERDICT_KEPT;
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
                check_broken(check, "piece %u has the log-probability %g", i, (double)scores[i]);
        } else if (status) {
            verdict = check_failed_call(check, "log_probs", status);
        } else if (pieces[i].id < n_all && !(fabsf(all[pieces[i].id] - scores[i]) < 1e-3f)) {
            verdict = check_broken(check, "piece %u has %g, by " EMB_EXT_LM " %g", i,
                                   (double)scores[i], (double)all[pieces[i].id]);
        }
    }
    free(all);
    free(pieces);
    return verdict     ? verdict
           : n_numbers ? VERDICT_KEPT
                       : check_broken(check, "no piece of a sentence of four words has a number");
}

enum verdict rule_score(struct check *check)
{
    const struct emb_ext_score *score = extension(check, EMB_EXT_SCORE);
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
        verdict = check_broken(check, "room for %u of %u scores is not refused", n - 1, n);
    } else {
        emb_status status = score->pieces(check->model, &sentence, n, scores);
        verdict = status               ? check_failed_call(check, "pieces", status)
                  : scores[n] != guard ? check_broken(check, "pieces() writes beyond %u", n)
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
                return check_broken(check, "block %u, head %u: piece %u gives piece %u weight %g",
                                    block, h, piece, j, weight);
            }
        }
        if (!(fabs(sum - 1) < 1e-3)) {
            return check_broken(check, "block %u, head %u: the weights of piece %u add up to %g",
                                block, h, piece, sum);
        }
    }
    return VERDICT_KEPT;
}

static enum verdict check_block(struct check *check, const struct emb_ext_attention *attention,
                                const struct emb_sentence *sentence, uint32_t n, uint32_t block)
{
    const float guard = 12345.0f;
    uint32_t n_heads = attention->n_heads(check->model, block);
    if (n_heads == 0) {
        return check_broken(check, "block %u has no heads", block);
    }
    size_t n_weights = (size_t)n_heads * n;
    float *weights = mem_array(n_weights + 1, sizeof *weights);
    weights[n_weights] = guard;
    enum verdict verdict = VERDICT_KEPT;
    for (uint32_t piece = 0; piece < n && !verdict; piece++) {
        emb_status status = attention->weights(check->model, sentence, block, piece, weights);
        verdict = status ? check_failed_call(check, "weights", status)
                  : weights[n_weights] != guard
                      ? check_broken(check, "weights() writes beyond %u heads of %u", n_heads, n)
                      : check_weights(check, weights, n_heads, n, block, piece);
    }
    if (!verdict && attention->weights(check->model, sentence, block, n, weights) == EMB_OK) {
        verdict = check_broken(check, "piece %u is beyond the last and has weights", n);
    }
    free(weights);
    return verdict;
}

enum verdict rule_attention(struct check *check)
{
    const struct emb_ext_attention *attention = extension(check, EMB_EXT_ATTENTION);
    if (!attention) {
        return check_skipped(check, "not offered");
    }
    struct emb_sentence sentence = some_sentence(check);
    uint32_t n = 0, n_blocks = attention->n_blocks(check->model);
    enum verdict verdict = count_pieces(check, &sentence, &n);
    if (!verdict && (n_blocks == 0 || attention->n_heads(check->model, 0) != 0 ||
                     attention->n_heads(check->model, n_blocks + 1) != 0)) {
        verdict =
            check_broken(check, "%u blocks, but block 0 or %u has heads", n_blocks, n_blocks + 1);
    }
    for (uint32_t block = 1; block <= n_blocks && !verdict; block++) {
        verdict = check_block(check, attention, &sentence, n, block);
    }
    return verdict;
}

enum verdict rule_about(struct check *check)
{
    const struct emb_ext_about *about = extension(check, EMB_EXT_ABOUT);
    if (!about) {
        return check_skipped(check, "the model says nothing of itself");
    }
    const struct {
        const char *what, *line;
    } said[] = {{"name", about->name(check->model)},
                {"version", about->version(check->model)},
                {"citation", about->citation(check->model)}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *flaw = limits_flaw_of_about(said[i].what, said[i].line);
        if (flaw) {
            enum verdict verdict = check_broken(check, "%s", flaw);
            free(flaw);
            return verdict;
        }
    }
    return VERDICT_KEPT;
}

enum verdict rule_train(struct check *check)
{
    const struct emb_ext_train *train = check->ops->extension(NULL, EMB_EXT_TRAIN);
    if (!train) {
        return check_skipped(check, "not offered");
    }
    if (!train->train || (train->n_options > 0 && !train->options)) {
        return check_broken(check, "no train(), or no table of its options");
    }
    for (uint32_t i = 0; i < train->n_options; i++) {
        char *flaw = option_flaw(&train->options[i]);
        if (flaw) {
            enum verdict verdict = check_broken(check, "option %u: %s", i, flaw);
            free(flaw);
            return verdict;
        }
    }
    return VERDICT_KEPT;
}
