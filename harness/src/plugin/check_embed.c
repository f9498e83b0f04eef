/*
 * check_embed.c - rules of embed(): where it writes, and that it does so twice the same.
 */
#include "plugin/check_rules.h"

#include "base/mem.h"
#include "plugin/embed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct emb_sentence check_sentence(struct check *check, const char *text)
{
    uint32_t n = 0;
    for (const char *at = text; *at; at++) {
        n += *at == ' ';
    }
    struct emb_span *spans = mem_array(n + 1, sizeof *spans);
    uint32_t begin = 0, n_words = 0, n_bytes = (uint32_t)strlen(text);
    for (uint32_t at = 0; at <= n_bytes; at++) {
        if (at == n_bytes || text[at] == ' ') {
            if (at > begin) {
                spans[n_words++] = (struct emb_span){begin, at};
            }
            begin = at + 1;
        }
    }
    const struct emb_span *fenced = check_fenced(check, spans, n_words * sizeof *spans);
    free(spans);
    return (struct emb_sentence){.text = check_fenced(check, text, n_bytes),
                                 .words = fenced,
                                 .targets = fenced,
                                 .n_bytes = n_bytes,
                                 .n_words = n_words,
                                 .n_targets = n_words};
}

struct sample check_sample(struct check *check)
{
    enum { LONGEST = 12, N = 40 };
    struct sample sample = {.sentences =
                                arena_alloc(&check->arena, N * sizeof(struct emb_sentence))};
    struct str text = {0};
    for (uint32_t i = 0; i < N; i++) {
        str_clear(&text);
        for (uint32_t w = 0; w <= i % LONGEST; w++) {
            str_format(&text, "%s%s", w ? " " : "", check->words[(i * 7 + w * 3) % check->n_words]);
        }
        sample.sentences[sample.n] = check_sentence(check, str_text(&text));
        sample.n_rows += sample.sentences[sample.n].n_targets;
        sample.n++;
    }
    str_finish(&text);
    return sample;
}

uint64_t sample_row(const struct sample *sample, uint32_t i, uint32_t w)
{
    uint64_t row = w;
    for (uint32_t k = 0; k < i; k++) {
        row += sample->sentences[k].n_targets;
    }
    return row;
}

static enum verdict tell_flaw(struct check *check, enum guarded_flaw flaw,
                              const struct guarded_place *place)
{
    unsigned long long row = place->row;
    switch (flaw) {
    case GUARDED_PAST:
        return check_failed(check, "wrote past its rows (row %llu, wanted stage %u, float %u)", row,
                            place->stage, place->column);
    case GUARDED_STATUS:
        return check_failed(check, "row %llu has no valid word status (%u)", row, place->status);
    case GUARDED_UNWRITTEN:
        return check_failed(check, "row %llu, wanted stage %u: float %u was not written", row,
                            place->stage, place->column);
    case GUARDED_NOT_FINITE:
        return check_failed(check, "row %llu, wanted stage %u: float %u is %g", row, place->stage,
                            place->column, (double)place->value);
    default:
        return check_failed(check, "row %llu has status %u, but float %u of wanted stage %u is %g",
                            row, place->status, place->column, place->stage, (double)place->value);
    }
}

/* Into vectors as they are prepared. */
static emb_status call_embed(struct check *check, const struct sample *sample,
                             const struct ask *ask, const struct vectors *vectors)
{
    uint32_t *all = mem_array(check->info.n_stages, sizeof *all);
    for (uint32_t s = 0; s < check->info.n_stages; s++) {
        all[s] = s;
    }
    const struct emb_batch batch = {.struct_size = sizeof batch,
                                    .n_sentences = sample->n,
                                    .sentences = sample->sentences,
                                    .stages = ask->stages ? ask->stages : all,
                                    .n_stages = vectors->n_stages,
                                    .pooling = ask->pooling,
                                    .vectors = vectors->out.vectors,
                                    .word_status = vectors->out.status,
                                    .row_stride = vectors->out.row_stride,
                                    .stage_stride = vectors->out.stage_stride};
    host_forget_failure();
    emb_status status = check->ops->embed(check->model, &batch);
    free(all);
    return status;
}

enum verdict check_embed(struct check *check, const struct sample *sample, const struct ask *ask,
                         struct vectors *ret_vectors)
{
    struct vectors vectors = {.n_stages = ask->stages ? ask->n_stages : check->info.n_stages};
    guarded_init(&vectors.out, vectors.n_stages, check->info.dim, ask->stage_stride);
    guarded_prepare(&vectors.out, sample->n_rows);
    emb_status status = call_embed(check, sample, ask, &vectors);
    struct guarded_place place;
    enum verdict verdict = VERDICT_PASSED;
    enum guarded_flaw flaw = status ? GUARDED_SOUND : guarded_check(&vectors.out, &place);
    if (status) {
        verdict = check_failed_call(check, "embed", status);
    } else if (flaw) {
        verdict = tell_flaw(check, flaw, &place);
    }
    if (verdict) {
        vectors_finish(&vectors);
    } else {
        *ret_vectors = vectors;
    }
    return verdict;
}

enum verdict check_embed_again(struct check *check, const struct sample *sample,
                               struct vectors *vectors)
{
    emb_status status = call_embed(check, sample, &(struct ask){0}, vectors);
    return status ? check_failed_call(check, "embed", status) : VERDICT_PASSED;
}

const float *vectors_at(const struct vectors *vectors, uint64_t row, uint32_t stage)
{
    return vectors->out.vectors + row * vectors->out.row_stride + stage * vectors->out.stage_stride;
}

void vectors_finish(struct vectors *vectors)
{
    guarded_finish(&vectors->out);
}

bool vectors_equal(const struct vectors *a, const struct vectors *b)
{
    for (uint64_t r = 0; r < a->out.n_rows; r++) {
        if (a->out.status[r] != b->out.status[r]) {
            return false;
        }
        for (uint32_t s = 0; s < a->n_stages; s++) {
            if (memcmp(vectors_at(a, r, s), vectors_at(b, r, s), a->out.dim * sizeof(float))) {
                return false;
            }
        }
    }
    return true;
}

/* A known word whose row is nothing but zeros has no direction: every cosine with it is a guess. */
static enum verdict expect_no_zeros(struct check *check, const struct vectors *vectors)
{
    for (uint64_t r = 0; r < vectors->out.n_rows; r++) {
        uint8_t status = vectors->out.status[r];
        for (uint32_t s = 0; s < vectors->n_stages; s++) {
            const float *row = vectors_at(vectors, r, s);
            uint32_t d = 0;
            while (d < check->info.dim && row[d] == 0.0f) {
                d++;
            }
            if (d == check->info.dim && word_has_vector(status)) {
                return check_failed(check,
                                    "row %llu has status %u, and is all zero at wanted stage %u: a "
                                    "word without a vector is EMB_WORD_UNKNOWN",
                                    (unsigned long long)r, status, s);
            }
        }
    }
    return VERDICT_PASSED;
}

enum verdict rule_rows(struct check *check)
{
    struct sample sample = check_sample(check);
    struct vectors vectors;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    uint64_t known = 0;
    for (uint64_t r = 0; r < sample.n_rows; r++) {
        known += word_has_vector(vectors.out.status[r]);
    }
    verdict = expect_no_zeros(check, &vectors);
    vectors_finish(&vectors);
    return verdict     ? verdict
           : known > 0 ? VERDICT_PASSED
                       : check_failed(check, "none of %llu common words has a vector",
                                      (unsigned long long)sample.n_rows);
}

/* Two askings of one sample that must not differ in a bit. */
static enum verdict expect_equal(struct check *check, const struct ask *first,
                                 const struct ask *second, const char *what)
{
    struct sample sample = check_sample(check);
    struct vectors a, b;
    enum verdict verdict = check_embed(check, &sample, first, &a);
    if (verdict) {
        return verdict;
    }
    verdict = check_embed(check, &sample, second, &b);
    if (!verdict) {
        verdict = vectors_equal(&a, &b) ? VERDICT_PASSED : check_failed(check, "%s", what);
        vectors_finish(&b);
    }
    vectors_finish(&a);
    return verdict;
}

enum verdict rule_equal_batches(struct check *check)
{
    const struct ask ask = {0};
    return expect_equal(check, &ask, &ask, "the same batch twice gives different bytes");
}

enum verdict rule_strides(struct check *check)
{
    const struct ask wide = {0}, tight = {.stage_stride = check->info.dim},
                     odd = {.stage_stride = check->info.dim + 37};
    const char *what = "other strides give different vectors";
    enum verdict verdict = expect_equal(check, &wide, &tight, what);
    return verdict ? verdict : expect_equal(check, &wide, &odd, what);
}

/* Largest difference, as a share of the larger vector's length. */
static double distance(const float *a, const float *b, uint32_t n)
{
    double difference = 0, norm_a = 0, norm_b = 0;
    for (uint32_t d = 0; d < n; d++) {
        difference += ((double)a[d] - b[d]) * ((double)a[d] - b[d]);
        norm_a += (double)a[d] * a[d];
        norm_b += (double)b[d] * b[d];
    }
    double norm = norm_a > norm_b ? norm_a : norm_b;
    return norm > 0 ? sqrt(difference / norm) : 0;
}

enum verdict rule_stage_subsets(struct check *check)
{
    struct sample sample = check_sample(check);
    struct vectors all;
    if (check->info.n_stages == 1) {
        return check_skipped(check, "it has one stage");
    }
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &all);
    if (verdict) {
        return verdict;
    }
    for (uint32_t s = 0; s < check->info.n_stages && !verdict; s++) {
        const uint32_t wanted[] = {s, check->info.n_stages - 1};
        struct vectors some;
        const struct ask ask = {.stages = wanted,
                                .n_stages = s + 1 < check->info.n_stages && s % 2 ? 2 : 1};
        verdict = check_embed(check, &sample, &ask, &some);
        if (verdict) {
            break;
        }
        for (uint64_t r = 0; r < sample.n_rows && !verdict; r++) {
            double off = distance(vectors_at(&all, r, s), vectors_at(&some, r, 0), all.out.dim);
            if (off > 1e-4) {
                verdict = check_failed(check, "stage %u alone differs by %.2g at row %llu", s, off,
                                       (unsigned long long)r);
            }
        }
        vectors_finish(&some);
    }
    vectors_finish(&all);
    return verdict;
}

enum verdict rule_poolings(struct check *check)
{
    for (int32_t pooling = EMB_POOL_MEAN; pooling <= EMB_POOL_LAST; pooling++) {
        struct sample sample = check_sample(check);
        struct vectors vectors;
        enum verdict verdict =
            check_embed(check, &sample, &(struct ask){.pooling = pooling}, &vectors);
        if (verdict) {
            return verdict;
        }
        vectors_finish(&vectors);
    }
    return VERDICT_PASSED;
}

/* Embeds sentences of which nothing but soundness is expected. */
static enum verdict expect_sound(struct check *check, struct emb_sentence *sentences, uint32_t n)
{
    struct sample sample = {.sentences = sentences, .n = n};
    struct vectors vectors;
    for (uint32_t i = 0; i < n; i++) {
        sample.n_rows += sentences[i].n_targets;
    }
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (!verdict) {
        verdict = expect_no_zeros(check, &vectors);
        vectors_finish(&vectors);
    }
    return verdict;
}

enum verdict rule_no_targets(struct check *check)
{
    struct emb_sentence sentences[3] = {check_sentence(check, check->words[0]),
                                        {.text = ""},
                                        check_sentence(check, check->words[1])};
    sentences[0].n_targets = 0;
    sentences[0].targets = NULL;
    enum verdict verdict = expect_sound(check, sentences, 3);
    verdict = verdict ? verdict : expect_sound(check, sentences, 2);
    return verdict ? verdict : expect_sound(check, sentences, 0);
}

/* No words: the plugin cuts the text itself. The whole text as one target has a vector as soon as a
 * word of it is known. */
enum verdict rule_plain_text(struct check *check)
{
    char *text = mem_format("%s %s, %s.", check->words[0], check->words[1], check->words[0]);
    struct emb_sentence sentence = check_sentence(check, text);
    struct emb_span whole = {0, sentence.n_bytes};
    free(text);
    sentence.words = NULL;
    sentence.n_words = 0;
    enum verdict verdict = expect_sound(check, &sentence, 1);
    if (verdict) {
        return verdict;
    }
    struct vectors vectors;
    sentence.targets = check_fenced(check, &whole, sizeof whole);
    sentence.n_targets = 1;
    verdict = check_embed(check, &(struct sample){&sentence, 1, 1}, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    uint8_t status = vectors.out.status[0];
    verdict = expect_no_zeros(check, &vectors);
    vectors_finish(&vectors);
    return verdict || word_has_vector(status)
               ? verdict
               : check_failed(check,
                              "a target that is the whole text, without words, has status %u: it "
                              "wants one vector made of all that is known in it",
                              status);
}

enum verdict rule_odd_text(struct check *check)
{
    static const char *const texts[] = {"?",
                                        "...",
                                        "\xC3\xA9t\xC3\xA9 \xE6\xB0\xB4 \xF0\x9F\x98\x80",
                                        "a\xCC\x81 \xE2\x80\x8B x",
                                        "\xFF\xFE \xC3 \xE2\x82",
                                        "\x01\x02 \x7F",
                                        "[CLS] [SEP] <s> </s> <unk>",
                                        "supercalifragilisticexpialidocious"};
    enum { N = sizeof texts / sizeof *texts, LONG = 3000 };
    struct emb_sentence sentences[N + 2];
    for (uint32_t i = 0; i < N; i++) {
        sentences[i] = check_sentence(check, texts[i]);
    }
    struct str text = {0};
    for (uint32_t i = 0; i < LONG; i++) {
        str_format(&text, "%s%s", i ? " " : "", check->words[i % check->n_words]);
    }
    sentences[N] = check_sentence(check, str_text(&text)); /* beyond most windows */
    str_clear(&text);
    for (uint32_t i = 0; i < LONG; i++) {
        str_add_char(&text, (char)('a' + i % 26));
    }
    sentences[N + 1] = check_sentence(check, str_text(&text)); /* one word of 3000 bytes */
    str_finish(&text);
    return expect_sound(check, sentences, N + 2);
}
