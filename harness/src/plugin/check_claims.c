/*
 * check_claims.c - what a plugin says of itself in its caps, put to the test.
 */
#include "plugin/check_rules.h"

#include "base/clock.h"
#include "base/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_THREADS 4
#define FEWEST_ROUNDS 16 /* of a race, however slow */
#define MOST_ROUNDS 2000
#define RACE_SECONDS 1.5 /* of a race, however fast */

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
                verdict = check_failed(check, "\"%s\" has two vectors at stage 0 in two sentences",
                                       check->words[w]);
            }
        }
    }
    vectors_finish(&vectors);
    return verdict;
}

/* The same behind very many words: a window, a buffer or a cache may end before it. Another word is
 * before it in the short sentence, too: there are models whose first word is read without its
 * blank. */
static enum verdict expect_same_row_far_on(struct check *check)
{
    enum { N_LONG = 3, MOST_WORDS_BEFORE = 1500 };
    uint32_t room = check->info.max_tokens / 4, n = MOST_WORDS_BEFORE;
    n = check->info.max_tokens > 0 && room < n ? room : n;
    struct emb_sentence sentences[2 * N_LONG];
    struct sample sample = {sentences, 0, 0};
    for (uint32_t i = 0; i < N_LONG; i++) {
        const char *word = check->words[i % check->n_words];
        struct str text = {0};
        for (uint32_t w = 0; w < n / (i + 1); w++) {
            str_format(&text, "%s ", check->words[(w + i) % check->n_words]);
        }
        str_add(&text, word);
        sentences[sample.n++] = check_sentence(check, str_text(&text));
        sample.n_rows += sentences[sample.n - 1].n_targets;
        str_clear(&text);
        str_format(&text, "%s %s", check->words[i % check->n_words], word);
        sentences[sample.n++] = check_sentence(check, str_text(&text));
        sample.n_rows += sentences[sample.n - 1].n_targets;
        str_finish(&text);
    }
    struct vectors vectors;
    enum verdict verdict = check_embed(check, &sample, &(struct ask){0}, &vectors);
    if (verdict) {
        return verdict;
    }
    for (uint32_t i = 0; i < N_LONG && !verdict; i++) {
        uint64_t far = sample_row(&sample, 2 * i, sentences[2 * i].n_targets - 1);
        uint64_t near = sample_row(&sample, 2 * i + 1, sentences[2 * i + 1].n_targets - 1);
        if (vectors.out.status[far] != EMB_WORD_CUT &&
            memcmp(vectors_at(&vectors, near, 0), vectors_at(&vectors, far, 0),
                   check->info.dim * sizeof(float))) {
            verdict = check_failed(check,
                                   "\"%s\" has another vector at stage 0 as word %u of a long "
                                   "sentence than of a short one",
                                   check->words[i % check->n_words], sentences[2 * i].n_targets);
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
    enum verdict verdict = expect_same_rows(check);
    return verdict ? verdict : expect_same_row_far_on(check);
}

enum verdict rule_table(struct check *check)
{
    if (check->caps & EMB_CAP_STATIC) {
        return check_skipped(check, "a static embedder has nothing else");
    }
    enum verdict verdict = expect_same_rows(check);
    return verdict ? verdict : expect_same_row_far_on(check);
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
               ? VERDICT_PASSED
               : check_failed(check,
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
            verdict = check_failed(check,
                                   "a later word changes an earlier one at stage %u "
                                   "(cosine %.6f)",
                                   s, same);
        }
    }
    vectors_finish(&vectors);
    return verdict;
}

/* What the threads embed at the same time, and what one thread alone gets: batches of several
 * shapes, since a race may show in one of them alone. */
enum { N_SHAPES = 4 };

struct track {
    struct sample samples[N_SHAPES];
    struct vectors expected[N_SHAPES];
    pthread_barrier_t start; /* of a round, for all together */
    atomic_bool over;
};

struct racer {
    struct check check; /* a copy: each thread needs its own reason */
    struct track *track;
    uint32_t number;
    bool differs, failed;
    pthread_t thread;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    struct track *track = racer->track;
    double end = clock_seconds() + RACE_SECONDS;
    for (uint32_t i = 0; i < MOST_ROUNDS; i++) {
        uint32_t shape = (i / 2 + (i % 2 ? racer->number : 0)) % N_SHAPES; /* all alike, then not */
        struct vectors vectors;
        if (check_embed(&racer->check, &track->samples[shape], &(struct ask){0}, &vectors)) {
            racer->failed = true;
        } else {
            racer->differs = racer->differs || !vectors_equal(&vectors, &track->expected[shape]);
            vectors_finish(&vectors);
        }
        if (racer->differs || racer->failed || (i >= FEWEST_ROUNDS && clock_seconds() > end)) {
            atomic_store(&track->over, true);
        }
        pthread_barrier_wait(&track->start);
        bool over = atomic_load(&track->over);
        pthread_barrier_wait(&track->start); /* it is set only after all have read it */
        if (over) {
            break;
        }
    }
    return NULL;
}

/* The usual sample; a word a sentence; one long sentence; a single word. */
static void fill_track(struct check *check, struct track *track)
{
    struct str text = {0};
    struct sample words = {
        .sentences = arena_alloc(&check->arena, check->n_words * sizeof *words.sentences)};
    for (uint32_t w = 0; w < check->n_words; w++) {
        words.sentences[words.n++] = check_sentence(check, check->words[w]);
        str_format(&text, "%s%s", w ? " " : "", check->words[w]);
    }
    words.n_rows = words.n;
    struct emb_sentence *whole = arena_alloc(&check->arena, sizeof *whole);
    *whole = check_sentence(check, str_text(&text));
    str_finish(&text);
    track->samples[0] = check_sample(check);
    track->samples[1] = words;
    track->samples[2] = (struct sample){whole, 1, whole->n_targets};
    track->samples[3] = (struct sample){words.sentences, 1, 1};
}

/* Starts the threads and waits for them. */
static enum verdict run_race(struct check *check, struct track *track)
{
    struct racer racers[N_THREADS];
    enum verdict verdict = VERDICT_PASSED;
    pthread_barrier_init(&track->start, NULL, N_THREADS);
    for (uint32_t t = 0; t < N_THREADS; t++) {
        racers[t] = (struct racer){.check = *check, .track = track, .number = t};
        racers[t].check.why = (struct str){0};
        if (pthread_create(&racers[t].thread, NULL, race, &racers[t]) != 0) {
            fputs("harness: no thread can be started\n", stderr);
            exit(3); /* those that run wait for it */
        }
    }
    for (uint32_t t = 0; t < N_THREADS; t++) {
        pthread_join(racers[t].thread, NULL);
        if (racers[t].failed && !verdict) {
            verdict =
                check_failed(check, "on %u threads: %s", N_THREADS, str_text(&racers[t].check.why));
        } else if (racers[t].differs && !verdict) {
            verdict = check_failed(check, "%u threads get different vectors than one", N_THREADS);
        }
        str_finish(&racers[t].check.why);
    }
    pthread_barrier_destroy(&track->start);
    return verdict;
}

enum verdict rule_concurrent(struct check *check)
{
    if (!(check->caps & EMB_CAP_CONCURRENT)) {
        return check_skipped(check, "not claimed");
    }
    struct track track = {0};
    uint32_t n_expected = 0;
    enum verdict verdict = VERDICT_PASSED;
    fill_track(check, &track);
    for (; n_expected < N_SHAPES && !verdict; n_expected += !verdict) {
        verdict = check_embed(check, &track.samples[n_expected], &(struct ask){0},
                              &track.expected[n_expected]);
    }
    verdict = verdict ? verdict : run_race(check, &track);
    verdict = verdict ? verdict : check_interrupted(check, track.samples, track.expected);
    for (uint32_t i = 0; i < n_expected; i++) {
        vectors_finish(&track.expected[i]);
    }
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
    emb_status status =
        check->ops->create(&check->host.api, check->desc, check->spec->options, &second);
    host_end_progress(&check->host);
    if (status) {
        verdict = check_failed_call(check, "second create", status);
    } else {
        check->ops->destroy(second);
        verdict = check_embed(check, &sample, &(struct ask){0}, &after);
        if (!verdict) {
            verdict = vectors_equal(&before, &after)
                          ? VERDICT_PASSED
                          : check_failed(check, "a second model changes the first one's vectors");
            vectors_finish(&after);
        }
    }
    vectors_finish(&before);
    return verdict;
}
