/* What a run sees of a model's claims: which words are the same word, and who is found out. */
#include "base/mem.h"
#include "plugin/certify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 4, N_STAGES = 2, STRIDE = 6 };

static struct certifier *new_certifier(uint32_t caps, uint32_t max_tokens)
{
    const struct certifier_plan plan = {.caps = caps,
                                        .dim = DIM,
                                        .n_stages = N_STAGES,
                                        .max_tokens = max_tokens,
                                        .has_table = true,
                                        .stage_stride = STRIDE};
    return certifier_create(&plan);
}

/* The first place of a word in a text, as its only target. */
static struct emb_span place(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    cr_assert_not_null(at);
    uint32_t begin = (uint32_t)(at - text);
    return (struct emb_span){begin, begin + (uint32_t)strlen(word)};
}

/* One word in a text without words of its own, table row and later stage all equal to these. */
static void take(struct certifier *certifier, const char *text, const char *word, float table,
                 float later)
{
    struct emb_span target = place(text, word);
    const struct emb_sentence sentence = {
        .text = text, .targets = &target, .n_bytes = (uint32_t)strlen(text), .n_targets = 1};
    const uint8_t status = EMB_WORD_OK;
    float rows[N_STAGES * STRIDE];
    for (uint32_t d = 0; d < DIM; d++) {
        rows[d] = table + (float)d;
        rows[STRIDE + d] = later * (float)(d + 1) + (d == 0 ? later * later : 0);
    }
    certifier_take(certifier, &sentence, EMB_POOL_MEAN, rows, N_STAGES * STRIDE, &status);
}

static struct certificate judged(struct certifier *certifier)
{
    struct certificate certificate;
    certifier_judge(certifier, &certificate);
    certifier_destroy(certifier);
    return certificate;
}

static void expect_verdict(struct certifier *certifier, enum certify_verdict verdict,
                           uint64_t comparisons, const char *said)
{
    struct certificate certificate = judged(certifier);
    cr_expect_eq(certificate.verdict, verdict, "%s", certificate.statement);
    cr_expect_eq(certificate.comparisons, comparisons, "%llu comparisons: %s",
                 (unsigned long long)certificate.comparisons, certificate.statement);
    cr_expect_not_null(strstr(certificate.statement, said), "found \"%s\", expected \"%s\"",
                       certificate.statement, said);
    certificate_finish(&certificate);
}

Test(certify, what_is_the_same_word)
{
    static const struct {
        const char *one, *other;
        bool same;
    } pairs[] = {
        {"the bank is", "a bank was", true},
        {"the bank is", "a bank", true},
        {"bank is", "bank was", true},
        {"bank is", "the bank is", false}, /* byte-level pieces hold the blank before */
        {"the bank", "the\nbank", false},
        {"the bank", "the banks", false},
        {"the bank", "the (bank", false},
        {"the bank", "the bank, no", false},
        {"  bank is", "bank", false},
        {"the bank is", "the bank is", true}, /* the same text: no comparison */
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 0);
        take(certifier, pairs[i].one, "bank", 1, 1);
        take(certifier, pairs[i].other, "bank", 1, 1);
        bool elsewhere = strcmp(pairs[i].one, pairs[i].other) != 0;
        expect_verdict(certifier,
                       pairs[i].same && elsewhere ? CERTIFY_VERIFIED : CERTIFY_INCONCLUSIVE,
                       pairs[i].same && elsewhere, "static");
        /* and a row that differs is an offence exactly if it is the same word's */
        certifier = new_certifier(EMB_CAP_CONTEXTUAL, 0);
        take(certifier, pairs[i].one, "bank", 1, 1);
        take(certifier, pairs[i].other, "bank", 2, 1);
        struct certificate certificate = judged(certifier);
        cr_expect_eq(certificate.verdict == CERTIFY_VIOLATED, pairs[i].same, "pair %zu: %s", i,
                     certificate.statement);
        certificate_finish(&certificate);
    }
}

Test(certify, words_of_the_data_set_have_borders)
{
    const char *text = "we cannot go", *other = "you cannot go";
    struct emb_span whole[] = {{0, 2}, {3, 9}, {10, 12}};
    struct emb_span halves[] = {{0, 3}, {4, 7}, {7, 10}, {11, 13}};
    struct emb_span first = {3, 6}, second = {4, 7};
    struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 0);
    const struct emb_sentence one = {.text = text,
                                     .words = whole,
                                     .targets = &first,
                                     .n_bytes = (uint32_t)strlen(text),
                                     .n_words = 3,
                                     .n_targets = 1};
    const struct emb_sentence two = {.text = other,
                                     .words = halves,
                                     .targets = &second,
                                     .n_bytes = (uint32_t)strlen(other),
                                     .n_words = 4,
                                     .n_targets = 1};
    const float rows[2][N_STAGES * STRIDE] = {{1}, {2}};
    const uint8_t status = EMB_WORD_BACKOFF;
    certifier_take(certifier, &one, EMB_POOL_MEAN, rows[0], N_STAGES * STRIDE, &status);
    certifier_take(certifier, &two, EMB_POOL_MEAN, rows[1], N_STAGES * STRIDE, &status);
    certifier_take(certifier, &one, EMB_POOL_FIRST, rows[1], N_STAGES * STRIDE, &status);
    expect_verdict(certifier, CERTIFY_INCONCLUSIVE, 0, "too few words");
}

Test(certify, words_that_do_not_count)
{
    static const uint8_t statuses[] = {EMB_WORD_UNKNOWN, EMB_WORD_CUT};
    const char *texts[] = {"the bank is", "a bank was"};
    for (size_t s = 0; s < 2; s++) {
        struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 0);
        for (int t = 0; t < 2; t++) {
            struct emb_span target = place(texts[t], "bank");
            const struct emb_sentence sentence = {.text = texts[t],
                                                  .targets = &target,
                                                  .n_bytes = (uint32_t)strlen(texts[t]),
                                                  .n_targets = 1};
            const float rows[N_STAGES * STRIDE] = {(float)t};
            certifier_take(certifier, &sentence, EMB_POOL_MEAN, rows, N_STAGES * STRIDE,
                           &statuses[s]);
        }
        expect_verdict(certifier, CERTIFY_INCONCLUSIVE, 0, "too few words");
    }
    /* a window of 16 pieces may cut what ends behind its 8th byte */
    struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 16);
    take(certifier, "the bank is", "bank", 1, 1);
    take(certifier, "on the far bank", "bank", 2, 2);
    expect_verdict(certifier, CERTIFY_INCONCLUSIVE, 0, "too few words");
}

Test(certify, the_first_offender_is_named)
{
    struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 0);
    take(certifier, "the bank is", "bank", 1, 1);
    take(certifier, "the crane is", "crane", 1, 1);
    take(certifier, "an old crane was", "crane", 1, 1.5f); /* the table alone is not enough */
    take(certifier, "an old bank was", "bank", 9, 1);
    expect_verdict(certifier, CERTIFY_VIOLATED, 2,
                   "claims to be static, but \"crane\" has two vectors at stage table: in \"the "
                   "crane is\" and in \"an old crane was\"");
}

/* word0 … in two sentences each; the later stage moves by `step` from one to the next. */
static struct certifier *contextual(uint32_t n_words, float step)
{
    struct certifier *certifier = new_certifier(EMB_CAP_CONTEXTUAL, 0);
    for (uint32_t i = 0; i < 2 * n_words; i++) {
        char text[40], word[20];
        snprintf(word, sizeof word, "word%u", i % n_words);
        snprintf(text, sizeof text, "%s %s it", i < n_words ? "here" : "there", word);
        take(certifier, text, word, (float)(i % n_words), 1 + (i < n_words ? 0 : step));
    }
    return certifier;
}

Test(certify, a_contextual_model_moves)
{
    expect_verdict(contextual(30, 0.5f), CERTIFY_VERIFIED, 30, "30 of 30 changed");
    expect_verdict(contextual(30, 0), CERTIFY_VIOLATED, 30, "none of 30 words");
    expect_verdict(contextual(30, 1e-5f), CERTIFY_VIOLATED, 30, "none of 30 words");
    expect_verdict(contextual(CERTIFY_FEWEST - 1, 0), CERTIFY_VERIFIED, CERTIFY_FEWEST - 1,
                   "bit-identical");
}

/* A causal model sees the beginning alone: the same before a word is the same text. */
Test(certify, a_causal_model_has_half_the_text)
{
    struct certifier *certifier = new_certifier(EMB_CAP_CONTEXTUAL | EMB_CAP_CAUSAL, 0);
    for (uint32_t i = 0; i < 60; i++) {
        char text[40], word[20];
        snprintf(word, sizeof word, "word%u", i % 30);
        snprintf(text, sizeof text, "%s is %s", word, i < 30 ? "it" : "not");
        take(certifier, text, word, 1, 1);
    }
    expect_verdict(certifier, CERTIFY_INCONCLUSIVE, 0, "too few words");
}

/* More words than fit are skipped; those that were taken in are still watched. */
Test(certify, memory_is_bounded)
{
    struct certifier *certifier = new_certifier(EMB_CAP_STATIC, 0);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < CERTIFY_MOST_WORDS + 1000; i++) {
            char text[40], word[20];
            snprintf(word, sizeof word, "w%u", i);
            snprintf(text, sizeof text, "%s %s", round ? "x" : "y", word);
            take(certifier, text, word, (float)i, 1);
        }
    }
    struct certificate certificate = judged(certifier);
    cr_expect_eq(certificate.verdict, CERTIFY_VERIFIED);
    cr_expect_eq(certificate.words, CERTIFY_MOST_WORDS);
    certificate_finish(&certificate);
}

Test(certify, nothing_seen)
{
    struct certificate certificate;
    certifier_judge(NULL, &certificate);
    cr_expect_eq(certificate.verdict, CERTIFY_INCONCLUSIVE);
    cr_expect_null(certificate.statement);
    certificate_finish(&certificate);
}
