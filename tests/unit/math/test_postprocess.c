/* Post-processing against numpy's answers (tests/golden/postprocess/postprocess.txt), and what each
 * method promises of its own sample. */
#include "base/error.h"
#include "base/file.h"
#include "base/num.h"
#include "base/str.h"
#include "math/postprocess.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define MAX_ROWS 100
#define MAX_ROW 32 /* stages * dim */

static float sample[MAX_ROWS * MAX_ROW]; /* [n_rows, n_stages, dim] */
static uint32_t n_rows, n_stages, dim;

static uint64_t take_uint(struct slice *line)
{
    struct slice word;
    uint64_t value = 0;
    cr_assert(slice_word(line, &word) && num_uint(word, &value));
    return value;
}

static double take_real(struct slice *line)
{
    struct slice word;
    double value = 0;
    cr_assert(slice_word(line, &word) && num_real(word, &value));
    return value;
}

static struct postprocess *fit(const char *method)
{
    struct postprocess_spec spec;
    cr_assert_eq(postprocess_parse(method, &spec), 0, "%s", error_message());
    struct postprocess *p = postprocess_create(&spec, n_stages, dim);
    postprocess_add(p, sample, 7);
    postprocess_add(p, sample + 7 * n_stages * dim, n_rows - 7);
    cr_assert_eq(postprocess_fit(p), 0, "%s", error_message());
    return p;
}

static void check_case(struct slice *line)
{
    double scratch[MAX_ROW];
    float out[MAX_ROW];
    struct slice word;
    slice_word(line, &word);
    char *method = strndup(word.text, word.n);
    struct postprocess *p = fit(method);
    uint32_t stage = (uint32_t)take_uint(line), row = (uint32_t)take_uint(line);
    postprocess_apply(p, stage, sample + (row * n_stages + stage) * dim, scratch, out);
    for (uint32_t d = 0; d < dim; d++) {
        double wanted = take_real(line);
        cr_expect(fabs((double)out[d] - wanted) <= 1e-6 * (1 + fabs(wanted)),
                  "%s, stage %u, row %u, %u: found %.9g, numpy has %.9g", method, stage, row, d,
                  (double)out[d], wanted);
    }
    postprocess_free(p);
    free(method);
}

/* Reads the sample and, if asked to, checks the cases; returns how many there are. */
static uint32_t read_golden(bool check)
{
    char *path =
        file_join(getenv("HARNESS_SOURCE_ROOT"), "tests/golden/postprocess/postprocess.txt");
    struct str text;
    cr_assert_eq(file_read(path, &text), 0, "%s", error_message());
    struct slice rest = {str_text(&text), text.n}, line, word;
    uint32_t n_cases = 0, n = 0;
    while (slice_line(&rest, &line)) {
        slice_word(&line, &word);
        if (slice_is(word, "shape")) {
            n_rows = (uint32_t)take_uint(&line);
            n_stages = (uint32_t)take_uint(&line);
            dim = (uint32_t)take_uint(&line);
            cr_assert(n_rows <= MAX_ROWS && n_stages * dim <= MAX_ROW);
        } else if (slice_is(word, "row")) {
            for (uint32_t i = 0; i < n_stages * dim; i++) {
                sample[n++] = (float)take_real(&line);
            }
        } else {
            n_cases++;
            if (check) {
                check_case(&line);
            }
        }
    }
    cr_assert_eq(n, n_rows * n_stages * dim);
    str_finish(&text);
    free(path);
    return n_cases;
}

Test(postprocess, as_numpy_has_it)
{
    cr_expect_eq(read_golden(true), 72);
}

/* Mean [dim] and covariance [dim, dim] of the transformed sample at a stage. */
static void moments(const char *method, uint32_t stage, double *mean, double *covariance)
{
    static float out[MAX_ROWS * MAX_ROW];
    double scratch[MAX_ROW];
    struct postprocess *p = fit(method);
    memset(mean, 0, MAX_ROW * sizeof *mean);
    memset(covariance, 0, MAX_ROW * MAX_ROW * sizeof *covariance);
    for (uint32_t i = 0; i < n_rows; i++) {
        postprocess_apply(p, stage, sample + (i * n_stages + stage) * dim, scratch, out + i * dim);
        for (uint32_t d = 0; d < dim; d++) {
            mean[d] += (double)out[i * dim + d] / n_rows;
            for (uint32_t e = 0; e <= d; e++) {
                covariance[d * dim + e] +=
                    (double)out[i * dim + d] * (double)out[i * dim + e] / n_rows;
            }
        }
    }
    postprocess_free(p);
}

Test(postprocess, keeps_its_promises)
{
    static const char *const methods[] = {"centre", "standardise", "abtt:2", "whiten"};
    static double mean[MAX_ROW], covariance[MAX_ROW * MAX_ROW];
    read_golden(false);
    for (int m = 0; m < 4; m++) {
        for (uint32_t s = 0; s < n_stages; s++) {
            moments(methods[m], s, mean, covariance);
            for (uint32_t d = 0; d < dim; d++) {
                cr_expect(fabs(mean[d]) < 1e-6, "%s: mean %g", methods[m], mean[d]);
                cr_expect(m % 2 == 0 || fabs(covariance[d * dim + d] - 1) < 1e-5, "%s: variance %g",
                          methods[m], covariance[d * dim + d]);
                for (uint32_t e = 0; m == 3 && e < d; e++) {
                    cr_expect(fabs(covariance[d * dim + e]) < 1e-5, "whiten: covariance %g",
                              covariance[d * dim + e]);
                }
            }
        }
    }
}

/* All but the top D of a space of D dimensions is nothing, and D beyond it is no error. */
Test(postprocess, nothing_is_left_of_a_space_without_its_components)
{
    double scratch[MAX_ROW];
    float out[MAX_ROW];
    read_golden(false);
    struct postprocess *p = fit("abtt:9");
    postprocess_apply(p, 1, sample + dim, scratch, out);
    for (uint32_t d = 0; d < dim; d++) {
        cr_expect(fabs((double)out[d]) < 1e-9);
    }
    postprocess_free(p);
}

/* A dimension that never varies gives 0, not a division by it. */
Test(postprocess, an_empty_direction_is_zero)
{
    static const char *const methods[] = {"standardise", "whiten"};
    const float rows[] = {1, 7, 2, 7, 4, 7, 9, 7};
    for (int m = 0; m < 2; m++) {
        struct postprocess_spec spec;
        double scratch[2];
        float out[2];
        cr_assert_eq(postprocess_parse(methods[m], &spec), 0);
        struct postprocess *p = postprocess_create(&spec, 1, 2);
        postprocess_add(p, rows, 4);
        cr_assert_eq(postprocess_fit(p), 0, "%s", error_message());
        postprocess_apply(p, 0, (const float[]){4, 8}, scratch, out);
        cr_expect_eq(out[1], 0, "%s: found %g", methods[m], (double)out[1]);
        cr_expect(out[0] == 0 || isfinite(out[0]));
        postprocess_free(p);
    }
}

/* By hand: the step is 1 of [0, 255]; what the sample's range does not hold is its nearest end,
 * and a dimension without a range says nothing. */
Test(postprocess, int8_beyond_the_range)
{
    static const struct {
        float x, code;
    } cases[] = {{0, -128},  {255, 127},  {128, 0},    {-5, -128},
                 {300, 127}, {129.5f, 1}, {126.5f, -1}};
    const float rows[] = {0, 7, 255, 7};
    struct postprocess_spec spec;
    double scratch[2];
    float out[2];
    cr_assert_eq(postprocess_parse("int8", &spec), 0);
    struct postprocess *p = postprocess_create(&spec, 1, 2);
    postprocess_add(p, rows, 2);
    cr_assert_eq(postprocess_fit(p), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        postprocess_apply(p, 0, (const float[]){cases[i].x, 8}, scratch, out);
        cr_expect_eq(out[0], cases[i].code, "%g: found %g", (double)cases[i].x, (double)out[0]);
        cr_expect_eq(out[1], 0);
    }
    postprocess_free(p);
}

/* Nothing is estimated: no sample, and a vector of 0 is of -1 as numpy's `x > 0` has it. */
Test(postprocess, cutting_and_signs_need_no_sample)
{
    static const struct {
        const char *method;
        float wanted[3];
    } cases[] = {{"dims:2", {3, -4, 0}}, {"binary", {1, -1, -1}}, {"dims:1+binary", {1, 0, 0}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct postprocess_spec spec;
        double scratch[3];
        float x[3] = {3, -4, 0};
        cr_assert_eq(postprocess_parse(cases[i].method, &spec), 0);
        cr_expect_not(postprocess_needs_sample(&spec));
        struct postprocess *p = postprocess_create(&spec, 1, 3);
        cr_assert_eq(postprocess_fit(p), 0, "%s", error_message());
        postprocess_apply(p, 0, x, scratch, x);
        cr_expect_arr_eq(x, cases[i].wanted, sizeof x, "%s", cases[i].method);
        postprocess_free(p);
    }
    struct postprocess_spec spec = {.kind = POSTPROCESS_RAW, .dims = 4};
    struct postprocess *p = postprocess_create(&spec, 1, 3);
    cr_expect_eq(postprocess_fit(p), ERR_REQUEST);
    cr_expect_str_eq(error_message(), "found vectors of 3 dimensions, expected at least 4");
    postprocess_free(p);
}

Test(postprocess, too_small_a_sample_is_refused)
{
    struct postprocess_spec spec;
    const float rows[8] = {1, 2, 3, 4};
    cr_assert_eq(postprocess_parse("whiten", &spec), 0);
    struct postprocess *p = postprocess_create(&spec, 1, 4);
    postprocess_add(p, rows, 2);
    cr_expect_eq(postprocess_fit(p), ERR_REQUEST);
    cr_expect_str_eq(error_message(), "found 2 known words in the sample, expected at least 5");
    postprocess_free(p);
    postprocess_free(NULL);
}

Test(postprocess, what_it_is_not)
{
    static const char *const bad[] = {
        "",       "bleach",   "abtt",       "abtt:",       "abtt:0",        "abtt:x",
        "raw:1",  "whiten:2", "abtt:1:2",   "Centre",      "dims",          "dims:0",
        "dims:x", "dims:2+",  "dims:2+raw", "int8+dims:2", "dims:2+dims:1", "dims:3+int8+binary",
        "int8:2"};
    struct postprocess_spec spec;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(postprocess_parse(bad[i], &spec), ERR_REQUEST, "\"%s\"", bad[i]);
    }
}
