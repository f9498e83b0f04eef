/* The scorer of published answers: cases by hand, and random ones against a second scorer. */
#include "said.h"
#include "small_sets.h"

#include "../data/scratch.h"

#include "base/error.h"
#include "base/rng.h"
#include "suites/shared/rescore.h"

#include <criterion/criterion.h>
#include <math.h>

static void rescored(const struct scratch *scratch, const char *dataset, const char *answers,
                     struct said *said)
{
    const char *path = scratch_text(scratch, "mine.key", answers);
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1, .resamples = 50};
    struct result_sink sink = {said, said_take_row, NULL};
    cr_assert_eq(rescore_answers(&request, path, "mine", &(struct rescore_how){0}, &sink), 0, "%s",
                 error_message());
}

Test(scorer, cases_by_hand)
{
    static const struct {
        const char *answers;
        double precision, recall;
    } cases[] = {
        {"a bank%1:17:01::\n", 1, 1.0 / 5},
        {"a bank%1:14:00:: bank%1:17:01::\nb x%1:00:00::\n", 1.0 / 2, 1.0 / 5},
        {"a bank%1:14:00:: bank%1:21:00::\n", 0.5, 0.5 / 5},    /* half a point */
        {"a bank%1:14:00::\na bank%1:21:00::\n", 0.5, 0.5 / 5}, /* merged */
        {"a bank%1:14:00::\na bank%1:14:00::\n", 1, 1.0 / 5},   /* a set */
        {"zzz bank%1:14:00::\nd bank%1:14:00::\n", 1, 1.0 / 5}, /* no gold: ignored */
        {"d bank%1:14:00:: a%1:00:00:: b%1:00:00::\n", 1.0 / 3, 1.0 / 15},
        {"d BANK%1:14:00::\n", 0, 0}, /* case counts */
    };
    struct scratch scratch = scratch_open();
    const char *dataset = small_set(&scratch);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct said said = {0};
        rescored(&scratch, dataset, cases[i].answers, &said);
        double p = cases[i].precision, r = cases[i].recall;
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "precision", ""), p, 1e-15, "%zu",
                           i);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "recall", ""), r, 1e-15, "%zu", i);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "f1", ""),
                           p + r > 0 ? 2 * p * r / (p + r) : 0, 1e-15, "%zu", i);
    }
    scratch_close(&scratch);
}

/* The scorer once more, from its description, on plain arrays: instance i has gold gold[i][k],
 * line l answers instance id[l] with answers key[l][k]. */
enum { N = 60, KEYS = 8, LINES = 90 };
struct answer_line {
    int id; /* >= N: no gold */
    bool key[KEYS];
};

static void second_scorer(bool gold[N][KEYS], const struct answer_line *lines, double *p, double *r)
{
    double ok = 0, wrong = 0;
    for (int i = 0; i < N; i++) {
        double good = 0, bad = 0;
        for (int k = 0; k < KEYS; k++) {
            bool given = false;
            for (int l = 0; l < LINES; l++) {
                given = given || (lines[l].id == i && lines[l].key[k]);
            }
            good += given && gold[i][k];
            bad += given && !gold[i][k];
        }
        ok += good + bad > 0 ? good / (good + bad) : 0;
        wrong += good + bad > 0 ? bad / (good + bad) : 0;
    }
    *p = ok + wrong > 0 ? ok / (ok + wrong) : 0;
    *r = ok / N;
}

Test(scorer, random_answer_files_against_a_second_scorer)
{
    struct scratch scratch = scratch_open();
    struct rng rng;
    rng_init(&rng, 7, 0);
    for (int round = 0; round < 6; round++) {
        static bool gold[N][KEYS];
        static struct answer_line lines[LINES];
        struct str xml = {0}, keys = {0}, answers = {0};
        str_add(&xml, "<corpus><sentence>");
        for (int i = 0; i < N; i++) {
            str_format(&xml, "<instance id='i%d' lemma='bank' pos='NOUN'>bank</instance>", i);
            str_format(&keys, "i%d", i);
            uint64_t sure = rng_below(&rng, KEYS);
            for (int k = 0; k < KEYS; k++) {
                gold[i][k] = (uint64_t)k == sure || rng_below(&rng, 6) == 0;
                if (gold[i][k]) {
                    str_format(&keys, " k%d", k);
                }
            }
            str_add(&keys, "\n");
        }
        str_add(&xml, "</sentence></corpus>");
        for (int l = 0; l < LINES; l++) {
            lines[l].id = (int)rng_below(&rng, N + 10);
            str_format(&answers, "i%d", lines[l].id);
            uint64_t sure = rng_below(&rng, KEYS);
            for (int k = 0; k < KEYS; k++) {
                lines[l].key[k] = (uint64_t)k == sure || rng_below(&rng, 5) == 0;
                if (lines[l].key[k]) {
                    str_format(&answers, " k%d", k);
                }
            }
            str_add(&answers, "\n");
        }
        scratch_text(&scratch, "r.data.xml", xml.data);
        scratch_text(&scratch, "r.gold.key.txt", keys.data);
        struct said said = {0};
        double p, r;
        second_scorer(gold, lines, &p, &r);
        rescored(&scratch, kept_text(scratch_path(&scratch, "r.data.xml")), answers.data, &said);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "precision", ""), p, 1e-12);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "recall", ""), r, 1e-12);
        str_finish(&xml);
        str_finish(&keys);
        str_finish(&answers);
    }
    scratch_close(&scratch);
}
