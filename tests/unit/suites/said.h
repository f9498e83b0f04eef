/*
 * said.h - runs a suite in a test and keeps all that it says.
 */
#ifndef TESTS_SUITES_SAID_H
#define TESTS_SUITES_SAID_H

#include "base/mem.h"
#include "report/result.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stddef.h>

/* A test is a process: what it keeps is freed with it, and hangs somewhere so that it is no leak.
 */
void *keep(void *block);
char *kept_text(const char *text);
#define kept_format(...) ((char *)keep(mem_format(__VA_ARGS__)))

/* All that a suite says, kept. */
struct said {
    struct figure *rows; /* in kept memory, as all texts are */
    size_t n_rows, rows_capacity;
    struct result_item *items;
    size_t n_items, items_capacity;
};

/* Of a result_sink whose ctx is a struct said. */
void said_take_row(void *ctx, const struct figure *row);
void said_take_item(void *ctx, const struct result_item *item);

/* Is it this text? b NULL: any. */
bool same(const char *a, const char *b);
/* The one row with these texts (NULL: any; policy "": none). */
const struct figure *row_of(const struct said *said, const char *dataset, const char *method,
                            const char *stage, const char *metric, const char *split,
                            const char *policy);
double value_of(const struct said *said, const char *method, const char *stage, const char *metric,
                const char *policy);

/* Runs a suite; embedder NULL: its baselines alone. */
void run_suite(const char *id, struct suite_request *request, const char *embedder,
               struct said *said);

#endif /* TESTS_SUITES_SAID_H */
