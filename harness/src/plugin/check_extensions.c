/*
 * check_extensions.c - the tables that a plugin offers beyond embed().
 */
#include "plugin/check_rules.h"

#include "plugin/check_extension.h"
#include "base/mem.h"
#include "data/digest.h"
#include "plugin/limits.h"
#include <stdlib.h>
#include <string.h>

#define MOST_SPELLING 65536 /* bytes of a piece: beyond, no NUL ends it */
#define MOST_VOCABULARY 200 /* words of it that are looked at */

const void *check_extension(struct check *check, const char *id)
{
    return check->ops->extension(check->model, id);
}

enum verdict rule_unknown_extension(struct check *check)
{
    static const char *const ids[] = {"", "emb.", "emb.tokens/2", "emb.no-such-thing/1"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (check_extension(check, ids[i])) {
            return check_failed(check, "check_extension(\"%s\") is not NULL", ids[i]);
        }
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (check->ops->extension(NULL, ids[i])) {
            return check_failed(check, "check_extension(NULL, \"%s\") is not NULL", ids[i]);
        }
    }
    return VERDICT_PASSED;
}

static enum verdict check_pieces(struct check *check, const struct emb_ext_tokens *tokens,
                                 const struct emb_sentence *sentence,
                                 const struct emb_piece *pieces, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct emb_piece *piece = &pieces[i];
        if (piece->begin > piece->end || piece->end > sentence->n_bytes) {
            return check_failed(check, "piece %u is bytes %u to %u of %u", i, piece->begin,
                                piece->end, sentence->n_bytes);
        }
        if (piece->word != EMB_NO_WORD && piece->word >= sentence->n_words) {
            return check_failed(check, "piece %u belongs to word %u of %u", i, piece->word,
                                sentence->n_words);
        }
        const struct emb_span *word =
            piece->word == EMB_NO_WORD ? NULL : &sentence->words[piece->word];
        if (word && piece->begin < piece->end &&
            (piece->begin >= word->end || piece->end <= word->begin)) {
            return check_failed(check, "piece %u is bytes %u to %u, its word %u bytes %u to %u", i,
                                piece->begin, piece->end, piece->word, word->begin, word->end);
        }
        const char *spelling = tokens->spelling(check->model, piece->id); /* or NULL */
        if (spelling && strlen(spelling) > MOST_SPELLING) {
            return check_failed(check, "piece %u, number %u, is spelled with more than %d bytes", i,
                                piece->id, MOST_SPELLING);
        }
    }
    return VERDICT_PASSED;
}

enum verdict rule_tokens(struct check *check)
{
    const struct emb_ext_tokens *tokens = check_extension(check, EMB_EXT_TOKENS);
    if (!tokens) {
        return check_skipped(check, "not offered");
    }
    struct sample sample = check_sample(check);
    const struct emb_sentence letters = check_sentence(
        check, "\xC3\xA9t\xC3\xA9 \xE6\xB0\xB4 the \xF0\x9F\x98\x80 bank na\xC3\xAFve");
    enum verdict verdict = VERDICT_PASSED;
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
                check_failed(check, "cut() counts %u pieces, then %u, or writes beyond", n, again);
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
        return check_failed(check, "word %llu is empty", (unsigned long long)i);
    }
    int32_t status = vocab->find(check->model, word, n, &found);
    if (status != EMB_WORD_OK || found != i) {
        return check_failed(check, "word %llu, \"%.*s\", is found at %lld (status %d)",
                            (unsigned long long)i, (int)n, word, (long long)found, status);
    }
    const float *table = vocab->table(check->model, &stride);
    struct emb_span span = {0, n};
    struct emb_sentence sentence = {
        .text = word, .words = &span, .targets = &span, .n_bytes = n, .n_words = 1, .n_targets = 1};
    struct sample sample = {&sentence, 1, 1};
    struct vectors vectors;
    if (!table || memchr(word, ' ', n)) {
        return VERDICT_PASSED;
    }
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    if (memcmp(table + i * stride, vectors_at(&vectors, 0, 0), check->info.dim * sizeof(float))) {
        verdict = check_failed(check, "embed(\"%.*s\") is not row %llu of the table", (int)n, word,
                               (unsigned long long)i);
    }
    vectors_finish(&vectors);
    return verdict;
}

enum verdict rule_vocab(struct check *check)
{
    const struct emb_ext_vocab *vocab = check_extension(check, EMB_EXT_VOCAB);
    if (!vocab) {
        return check_skipped(check, "not offered");
    }
    uint64_t n = check->info.n_words, unused = 0;
    if (n == 0) {
        return check_failed(check, "a vocabulary, but info() says n_words 0");
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
        return check_failed(check, "find() knows \"%s\"", nonsense);
    }
    return VERDICT_PASSED;
}

static enum verdict hash_weights(struct check *check, const struct emb_ext_weights *weights,
                                 char ret_hex[DIGEST_TEXT_BYTES])
{
    struct digest *digest = digest_create();
    enum verdict verdict = VERDICT_PASSED;
    uint32_t n = weights->count(check->model);
    if (n == 0) {
        verdict = check_failed(check, "count() is 0");
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
            verdict = check_failed(check, "tensor %u: no name, no data, or an unknown type", i);
        } else if (tensor.type < EMB_TYPE_OTHER && bytes != elements * sizes[tensor.type]) {
            verdict = check_failed(check, "tensor %s: %llu bytes for %llu elements of type %d",
                                   tensor.name, (unsigned long long)bytes,
                                   (unsigned long long)elements, tensor.type);
        } else {
            digest_add(digest, tensor.data, tensor.n_bytes);
        }
    }
    struct emb_tensor beyond;
    if (!verdict && weights->tensor(check->model, n, &beyond) == EMB_OK) {
        verdict = check_failed(check, "tensor(%u) is beyond the last and succeeds", n);
    }
    digest_finish(digest, ret_hex);
    return verdict;
}

enum verdict rule_weights(struct check *check)
{
    const struct emb_ext_weights *weights = check_extension(check, EMB_EXT_WEIGHTS);
    char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
    if (!weights) {
        return check_skipped(check, "not offered");
    }
    enum verdict verdict = hash_weights(check, weights, before);
    verdict = verdict ? verdict : rule_rows(check);
    verdict = verdict ? verdict : hash_weights(check, weights, after);
    if (!verdict && strcmp(before, after) != 0) {
        verdict = check_failed(check, "embed() changed the weights");
    }
    return verdict;
}

/* set_row, then get_row; the old row is put back. */
enum verdict rule_table_extension(struct check *check)
{
    const struct emb_ext_table *table = check_extension(check, EMB_EXT_TABLE);
    if (!table) {
        return check_skipped(check, "not offered");
    }
    uint64_t n = table->n_rows(check->model);
    size_t bytes = check->info.dim * sizeof(float);
    float *old = mem_alloc(bytes), *new = mem_alloc(bytes), *got = mem_alloc(bytes);
    enum verdict verdict = VERDICT_PASSED;
    for (uint32_t d = 0; d < check->info.dim; d++) {
        new[d] = (float)d * 0.25f - 1.0f; /* exact in half precision, too */
    }
    if (n == 0 || table->get_row(check->model, n - 1, old) ||
        table->set_row(check->model, n - 1, new) || table->get_row(check->model, n - 1, got)) {
        verdict = check_failed(check, "the last of %llu rows cannot be read and replaced",
                               (unsigned long long)n);
    } else {
        table->set_row(check->model, n - 1, old);
        if (memcmp(new, got, bytes)) {
            verdict = check_failed(check, "a row that was set reads otherwise");
        } else if (table->get_row(check->model, n, got) == EMB_OK) {
            verdict = check_failed(check, "row %llu is beyond the last and is read",
                                   (unsigned long long)n);
        }
    }
    free(old);
    free(new);
    free(got);
    return verdict;
}

enum verdict rule_about(struct check *check)
{
    const struct emb_ext_about *about = check_extension(check, EMB_EXT_ABOUT);
    if (!about) {
        return check_skipped(check, "the model says nothing about itself");
    }
    const struct {
        const char *what, *line;
    } said[] = {{"name", about->name(check->model)},
                {"version", about->version(check->model)},
                {"citation", about->citation(check->model)}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *flaw = limits_flaw_of_about(said[i].what, said[i].line);
        if (flaw) {
            enum verdict verdict = check_failed(check, "%s", flaw);
            free(flaw);
            return verdict;
        }
    }
    return VERDICT_PASSED;
}

enum verdict rule_train(struct check *check)
{
    const struct emb_ext_train *train = check->ops->extension(NULL, EMB_EXT_TRAIN);
    if (!train) {
        return check_skipped(check, "not offered");
    }
    if (!train->train || (train->n_options > 0 && !train->options)) {
        return check_failed(check, "no train(), or no table of its options");
    }
    for (uint32_t i = 0; i < train->n_options; i++) {
        char *flaw = option_flaw(&train->options[i]);
        if (flaw) {
            enum verdict verdict = check_failed(check, "option %u: %s", i, flaw);
            free(flaw);
            return verdict;
        }
    }
    return VERDICT_PASSED;
}
