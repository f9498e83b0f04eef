/*
 * check_claims.c - what a plugin says of itself in its caps, put to the test.
 */
#include "plugin/check_rules.h"

#include "base/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_THREADS 4
#define N_ROUNDS 8

/* Each word in the middle of three sentences, with other words, lengths and batches around it. */
static const char *const frames[] = {"%1$s %2$s", "%1$s %1$s %2$s %3$s %1$s",
                                     "%3$s %1$s %3$s %2$s %1$s %3$s %3$s %1$s"};
static const uint32_t places[] = {1, 2, 3}; /* the word's number in each */
enum { N_FRAMES = 3 };

static struct sample framed(struct check *check)
{
    struct sample sample = {0};
    uint32_t n = check->n_words * N_FRAMES;
    sample.sentences = arena_alloc(&check->arena, n * sizeof *sample.sentences);
    for (uint32_t w = 0; w < check->n_words; w++) {
        for (uint32_t f = 0; f < N_FRAMES; f++) {
            const char *before = check->words[(w + 1) % check->n_words];
            const char *other = check->words[(w + 5) % check->n_words];
            struct str text = {0};
            const char *parts[] = {NULL, before, check->words[w], other};
            for (const char *at = frames[f]; *at; at++) {
                if (*at == '%') {
                    str_add(&text, parts[at[1] - '0']);
                    at += 3; /* "%1$s" */
                } else {
                    str_add_char(&text, *at);
                }
            }
            sample.sentences[sample.n] = check_sentence(check, str_text(&text));
            sample.n_rows += sample.sentences[sample.n++].n_targets;
            str_finish(&text);
        }
    }
    return sample;
}

static double cosine(const float *a, const float *b, uint32_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (uint32_t d = 0; d < n; d++) {
        ab += (double)a[d] * b[d];
        aa += (double)a[d] * a[d];
        bb += (double)b[d] * b[d];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 1;
}

/* Is stage 0 of every word the same in its three sentences, bit by bit? */
static enum verdict expect_same_rows(struct check *check)
{
    struct sample sample = framed(check);
    struct vectors vectors;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    for (uint32_t w = 0; w < check->n_words && !verdict; w++) {
        uint64_t first = sample_row(&sample, w * N_FRAMES, places[0]);
        for (uint32_t f = 1; f < N_FRAMES && !verdict; f++) {
            uint64_t row = sample_row(&sample, w * N_FRAMES + f, places[f]);
            if (memcmp(vectors_at(&vectors, first, 0), vectors_at(&vectors, row, 0),
                       check->info.dim * sizeof(float))) {
                verdict = check_broken(check, "\"%s\" has two vectors at stage 0 in two sentences",
                                       check->words[w]);
            }
        }
    }
    vectors_finish(&vectors);
    return verdict;
}

enum verdict rule_static(struct check *check)
{
    if (!(check->caps & EMB_CAP_STATIC)) {
        return check_skipped(check, "not claimed");
    }
    return expect_same_rows(check);
}

enum verdict rule_table(struct check *check)
{
    if (check->caps & EMB_CAP_STATIC) {
        return check_skipped(check, "a static embedder has nothing else");
    }
    return expect_same_rows(check);
}

enum verdict rule_contextual(struct check *check)
{
    if (!(check->caps & EMB_CAP_CONTEXTUAL)) {
        return check_skipped(check, "not claimed");
    }
    struct sample sample = framed(check);
    struct vectors vectors;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    uint32_t last = check->info.n_stages - 1, differ = 0;
    for (uint32_t w = 0; w < check->n_words; w++) {
        const float *a = vectors_at(&vectors, sample_row(&sample, w * N_FRAMES, places[0]), last);
        const float *b =
            vectors_at(&vectors, sample_row(&sample, w * N_FRAMES + 2, places[2]), last);
        differ += cosine(a, b, check->info.dim) < 1 - 1e-5;
    }
    vectors_finish(&vectors);
    return differ * 2 > check->n_words
               ? VERDICT_KEPT
               : check_broken(check,
                              "only %u of %u words change with their sentence at the last "
                              "stage",
                              differ, check->n_words);
}

enum verdict rule_causal(struct check *check)
{
    if (!(check->caps & EMB_CAP_CAUSAL)) {
        return check_skipped(check, "not claimed");
    }
    uint32_t n = check->n_words;
    char *one = mem_format("%s %s %s", check->words[0], check->words[1], check->words[2 % n]);
    char *two = mem_format("%s %s %s %s", check->words[0], check->words[1], check->words[3 % n],
                           check->words[4 % n]);
    struct emb_sentence sentences[2] = {check_sentence(check, one), check_sentence(check, two)};
    struct sample sample = {sentences, 2, 7};
    struct vectors vectors;
    free(one);
    free(two);
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    for (uint32_t s = 0; s < check->info.n_stages && !verdict; s++) {
        double same =
            cosine(vectors_at(&vectors, 1, s), vectors_at(&vectors, 4, s), check->info.dim);
        if (same < 1 - 1e-5) {
            verdict = check_broken(check,
                                   "a later word changes an earlier one at stage %u "
                                   "(cosine %.6f)",
                                   s, same);
        }
    }
    vectors_finish(&vectors);
    return verdict;
}

struct racer {
    struct check check; /* a copy: each thread needs its own reason */
    const struct sample *sample;
    const struct vectors *expected;
    bool differs, failed;
    pthread_t thread;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    for (int i = 0; i < N_ROUNDS && !racer->differs && !racer->failed; i++) {
        struct vectors vectors;
        if (check_embed(&racer->check, racer->sample, &(struct ask){0}, &vectors)) {
            racer->failed = true;
        } else {
            racer->differs = !vectors_equal(&vectors, racer->expected);
            vectors_finish(&vectors);
        }
    }
    return NULL;
}

enum verdict rule_concurrent(struct check *check)
{
    if (!(check->caps & EMB_CAP_CONCURRENT)) {
        return check_skipped(check, "not claimed");
    }
    struct sample sample = check_sample(check);
    struct vectors expected;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &expected);
    if (verdict) {
        return verdict;
    }
    struct racer racers[N_THREADS];
    uint32_t started = 0;
    for (; started < N_THREADS; started++) {
        struct racer *racer = &racers[started];
        *racer = (struct racer){.check = *check, .sample = &sample, .expected = &expected};
        racer->check.why = (struct str){0};
        if (pthread_create(&racer->thread, NULL, race, racer) != 0) {
            break;
        }
    }
    for (uint32_t t = 0; t < started; t++) {
        pthread_join(racers[t].thread, NULL);
        if (racers[t].failed && !verdict) {
            verdict =
                check_broken(check, "on %u threads: %s", started, str_text(&racers[t].check.why));
        } else if (racers[t].differs && !verdict) {
            verdict = check_broken(check, "%u threads get other vectors than one", started);
        }
        str_finish(&racers[t].check.why);
    }
    vectors_finish(&expected);
    return verdict;
}

enum verdict rule_two_models(struct check *check)
{
    struct sample sample = check_sample(check);
    struct vectors before, after;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &before);
    if (verdict) {
        return verdict;
    }
    struct emb_model *second = NULL;
    host_forget_failure();
    emb_status status = check->ops->create(&check->host.api, check->spec->model->desc,
                                           check->spec->options, &second);
    host_end_progress(&check->host);
    if (status) {
        verdict = check_failed_call(check, "second create", status);
    } else {
        check->ops->destroy(second);
        verdict = check_embed(check, &sample, &(struct ask){0}, &after);
        if (!verdict) {
            verdict = vectors_equal(&before, &after)
                          ? VERDICT_KEPT
                          : check_broken(check, "a second model changes the first one's vectors");
            vectors_finish(&after);
        }
    }
    vectors_finish(&before);
    return verdict;
}
