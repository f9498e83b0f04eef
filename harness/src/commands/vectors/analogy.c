/*
 * analogy - a is to b as c is to what? Asked of every embedder's look-up table.
 */
#include "base/error.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "commands/vectors/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    SANDBOX_OPTION,
    {"method", "METHOD", "3cosadd (default), 3cosmul or pair-direction"},
    {"top", "N", "how many answers to show (default 10)"},
    {"vocabulary-limit", "N", "search the first N rows of the table alone"},
    {"json", NULL, "print JSON"},
    {0},
};

static const struct {
    const char *name;
    enum search_method method;
} methods[] = {{"3cosadd", SEARCH_3COSADD},
               {"3cosmul", SEARCH_3COSMUL},
               {"pair-direction", SEARCH_PAIR_DIRECTION}};

struct request {
    const char *words[3];
    const char *method_name;
    enum search_method method;
    uint32_t top;
    uint64_t limit;
    bool json;
    uint32_t n_answers; /* embedders that gave some */
};

static int read_request(const struct args *args, struct request *request)
{
    *request = (struct request){.method_name = args_value(args, "method", "3cosadd"),
                                .json = args_flag(args, "json")};
    if (args_n(args) != 3) {
        return error_set(ERR_REQUEST,
                         "analogy: found %u word%s, expected three: A B C, for \"A is to B as C is "
                         "to ?\"",
                         args_n(args), args_n(args) == 1 ? "" : "s");
    }
    for (uint32_t i = 0; i < 3; i++) {
        request->words[i] = args_word(args, i);
        if (!request->words[i][0]) {
            return error_set(ERR_REQUEST, "analogy: found an empty word");
        }
    }
    bool found = false;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        if (strcmp(methods[m].name, request->method_name) == 0) {
            request->method = methods[m].method;
            found = true;
        }
    }
    return found ? lookup_read_limits(args, &request->top, &request->limit)
                 : error_set(ERR_REQUEST,
                             "--method: found '%s', expected 3cosadd, 3cosmul or pair-direction",
                             request->method_name);
}

/* The answers of one embedder; hits NULL: a word has no vector. */
static void print(const struct request *request, const struct lookup_table *table,
                  const struct lookup_found *found, const struct search_hit *hits)
{
    char *rest = mem_format(", the best of %u %s by %s", table->n_rows,
                            table->vocab ? "words" : "pieces", request->method_name);
    lookup_put_embedder(table->embedder, rest);
    free(rest);
    for (uint32_t i = 0; i < 3; i++) {
        lookup_put_found(request->words[i], &found[i]);
    }
    if (hits) {
        lookup_put_hits(table, hits, request->top);
    }
    printf("\n");
}

static void write_json(const struct request *request, const struct lookup_table *table,
                       const struct lookup_found *found, const struct search_hit *hits,
                       struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(table->embedder));
    jsonw_put_text(w, "stage", "table");
    jsonw_put_text(w, "method", request->method_name);
    jsonw_put_uint(w, "rows", table->n_rows);
    jsonw_key(w, "words");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < 3; i++) {
        jsonw_open(w, '{');
        lookup_write_found(request->words[i], &found[i], w);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_key(w, "answers");
    lookup_write_hits(table, hits, hits ? request->top : 0, w);
    jsonw_close(w, '}');
}

static int answer(struct request *request, const struct lookup_table *table, struct json_writer *w)
{
    struct lookup_found found[3] = {0};
    struct search_hit *hits = mem_array(request->top, sizeof *hits);
    const struct search_query query = {0, 1, 2};
    bool known = true;
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < 3; i++) {
        status = lookup_table_find(table, request->words[i], &found[i]);
        known &= word_has_vector(found[i].status);
    }
    if (status == 0 && known) {
        lookup_table_search(table, found, 3, &query, 1, request->method, request->top, hits);
        request->n_answers++;
    }
    if (status == 0 && request->json) {
        write_json(request, table, found, known ? hits : NULL, w);
    } else if (status == 0) {
        print(request, table, found, known ? hits : NULL);
    }
    for (uint32_t i = 0; i < 3; i++) {
        lookup_found_finish(&found[i]);
    }
    free(hits);
    return status;
}

static int ask(void *ctx, struct embedder *embedder, struct json_writer *w)
{
    struct request *request = ctx;
    struct lookup_table table;
    int status = lookup_table_open(embedder, request->limit, &table);
    if (status == 0) {
        status = answer(request, &table, w);
        lookup_table_finish(&table);
    }
    return status;
}

static int run(const struct args *args)
{
    struct request request;
    int status = read_request(args, &request);
    status = status ? status : lookup_each(args, "table", request.json, ask, &request);
    return status || request.n_answers > 0
               ? status
               : error_set(ERR_FAILED, "analogy: no embedder has a vector of all three words");
}

const struct command command_analogy = {
    .name = "analogy",
    .synopsis = "A B C [options]",
    .summary = "A is to B as C is to what, by the look-up table",
    .details =
        "Every word of the vocabulary but A, B and C is scored, as in the suite analogy, from its\n"
        "cosines with the three: 3cosadd by cos(x, B) - cos(x, A) + cos(x, C), 3cosmul by their\n"
        "product and quotient, pair-direction by the direction from C to x beside that from A\n"
        "to B. Words are looked up as written, else in lower case; what was found otherwise, or\n"
        "not at all, is named.\n"
        "\n"
        "  harness analogy man king woman --embedder glove\n"
        "  harness analogy Athens Greece Oslo --method 3cosmul --top 3",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
