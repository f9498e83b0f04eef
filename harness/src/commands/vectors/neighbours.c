/*
 * neighbours - the words nearest to a word: in an embedder's look-up table, or, of a word in its
 * sentence, among the words of a text.
 */
#include "commands/vectors/neighbours.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    SANDBOX_OPTION,
    {"top", "N", "how many neighbours to show (default 10)"},
    {"vocabulary-limit", "N", "search the first N rows of the table alone"},
    {"in", "FILE",
     "look among the words of a text, a sentence a line, packed or not; repeatable. A word\n"
     "is then given alone or in a sentence that marks it, \"the [bank] of a river\""},
    LOOKUP_LINES_OPTION,
    {"stages", "LIST", "with --in: the stages to compare at; default: the last block"},
    {"distinct", NULL, "with --in: only the nearest place of each word"},
    {"json", NULL, "print JSON"},
    {0},
};

static const struct option_words option_words[] = {{"lines", lookup_lines_each}, {0}};

/* The words that have a vector, for the search: numbers in `found`. */
struct asked {
    struct lookup_found *found;   /* [n] */
    struct lookup_found *known;   /* [n_known] copies without ownership */
    struct search_query *queries; /* [n_known] */
    struct search_hit *hits;      /* [n_known, top] */
    uint32_t n_known;
};

static int find_all(const struct neighbours_request *request, const struct lookup_table *table,
                    struct asked *asked)
{
    asked->found = mem_array(request->n + 1u, sizeof *asked->found);
    asked->known = mem_array(request->n + 1u, sizeof *asked->known);
    asked->queries = mem_array(request->n + 1u, sizeof *asked->queries);
    asked->hits = mem_array((size_t)request->n * request->top + 1, sizeof *asked->hits);
    for (uint32_t i = 0; i < request->n; i++) {
        TRY(lookup_table_find(table, request->words[i], &asked->found[i]));
        if (word_has_vector(asked->found[i].status)) {
            asked->queries[asked->n_known].c = asked->n_known;
            asked->known[asked->n_known++] = asked->found[i];
        }
    }
    return 0;
}

static void finish(const struct neighbours_request *request, struct asked *asked)
{
    for (uint32_t i = 0; i < request->n; i++) {
        lookup_found_finish(&asked->found[i]);
    }
    free(asked->found);
    free(asked->known);
    free(asked->queries);
    free(asked->hits);
}

static void print(const struct neighbours_request *request, const struct lookup_table *table,
                  const struct asked *asked)
{
    char *rest =
        mem_format(", the nearest of %u %s", table->n_rows, table->vocab ? "words" : "pieces");
    lookup_put_embedder(table->embedder, rest);
    free(rest);
    for (uint32_t i = 0, known = 0; i < request->n; i++) {
        const struct lookup_found *found = &asked->found[i];
        printf("  ");
        lookup_put(request->words[i], 0);
        printf("\n");
        lookup_put_found(request->words[i], found);
        if (word_has_vector(found->status)) {
            lookup_put_hits(table, asked->hits + (size_t)known++ * request->top, request->top);
        }
    }
    printf("\n");
}

static void write_json(const struct neighbours_request *request, const struct lookup_table *table,
                       const struct asked *asked, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(table->embedder));
    jsonw_put_text(w, "stage", "table");
    jsonw_put_uint(w, "rows", table->n_rows);
    jsonw_key(w, "words");
    jsonw_open(w, '[');
    for (uint32_t i = 0, known = 0; i < request->n; i++) {
        bool has_vector = word_has_vector(asked->found[i].status);
        jsonw_open(w, '{');
        lookup_write_found(request->words[i], &asked->found[i], w);
        jsonw_key(w, "neighbours");
        lookup_write_hits(table, asked->hits + (size_t)known * request->top,
                          has_vector ? request->top : 0, w);
        jsonw_close(w, '}');
        known += has_vector;
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

static int in_table(void *ctx, struct embedder *embedder, struct json_writer *w)
{
    struct neighbours_request *request = ctx;
    struct asked asked = {0};
    struct lookup_table table;
    TRY(lookup_table_open(embedder, request->limit, &table));
    int status = find_all(request, &table, &asked);
    if (status == 0) {
        lookup_table_search(&table, asked.known, asked.n_known, asked.queries, asked.n_known,
                            SEARCH_COSINE, request->top, asked.hits);
        request->n_answers += asked.n_known;
        if (request->json) {
            write_json(request, &table, &asked, w);
        } else {
            print(request, &table, &asked);
        }
    }
    finish(request, &asked);
    lookup_table_finish(&table);
    return status;
}

static int check_words(const struct neighbours_request *request)
{
    struct str plain = {0};
    struct text_words marks = {0};
    int status = request->n ? 0 : error_set(ERR_REQUEST, "neighbours: expected a word");
    for (uint32_t i = 0; status == 0 && i < request->n; i++) {
        const char *word = request->words[i];
        lookup_unmark(word, strlen(word), &plain, &marks);
        if (!word[strspn(word, " \t\r\n")]) {
            status = error_set(ERR_REQUEST, "neighbours: found an empty word");
        } else if (request->among.n_given == 0 && marks.n > 0 && strchr(word, ' ')) {
            status = error_set(ERR_REQUEST,
                               "neighbours: \"%s\" is a word in a sentence, whose neighbours are "
                               "looked for in a text: expected --in FILE",
                               word);
        } else if (request->among.n_given > 0 && marks.n > 1) {
            status = error_set(ERR_REQUEST, "neighbours: \"%s\" marks %u words, expected one", word,
                               marks.n);
        }
    }
    str_finish(&plain);
    text_words_finish(&marks);
    return status;
}

static int read_request(const struct args *args, struct neighbours_request *request)
{
    *request = (struct neighbours_request){.n = args_n(args),
                                           .stages = args_value(args, "stages", NULL),
                                           .distinct = args_flag(args, "distinct"),
                                           .json = args_flag(args, "json")};
    request->words = mem_array(request->n + 1u, sizeof *request->words);
    for (uint32_t i = 0; i < request->n; i++) {
        request->words[i] = args_word(args, i);
    }
    request->among.no_datasets = true;
    request->among.given = args_values(args, "in", false, &request->among.n_given);
    TRY(check_words(request));
    TRY(lookup_read_lines(args, &request->among.lines));
    TRY(lookup_read_limits(args, &request->top, &request->limit));
    if (request->among.n_given == 0 &&
        (request->stages || request->distinct || request->among.lines != LOOKUP_FIND)) {
        return error_set(ERR_REQUEST, "neighbours: --stages, --distinct and --lines go with --in "
                                      "FILE; "
                                      "without it the look-up table is searched");
    }
    for (uint32_t i = 0; i < request->among.n_given; i++) {
        const char *path = request->among.given[i];
        if (strcmp(path, "-") != 0 && !file_exists(path)) {
            return error_set(ERR_REQUEST, "--in %s: there is no such file", path);
        }
    }
    return lookup_texts_check(&request->among);
}

static int run(const struct args *args)
{
    struct neighbours_request request;
    int status = read_request(args, &request);
    if (status == 0) {
        bool in_texts = request.among.n_given > 0;
        status = lookup_each(args, in_texts ? request.stages : "table", request.json,
                             in_texts ? neighbours_in_texts : in_table, &request);
    }
    if (status == 0 && request.n_answers == 0) {
        status = error_set(ERR_FAILED, "neighbours: no embedder has a vector of %s",
                           request.n == 1 ? "the word" : "any of the words");
    }
    free(request.words);
    free(request.among.given);
    return status;
}

const struct command command_neighbours = {
    .name = "neighbours",
    .synopsis = "WORD… [options]",
    .summary = "the nearest words, in the look-up table or in a text",
    .details =
        "By cosine. The table holds the words of a static embedder's vocabulary, or the pieces\n"
        "of a transformer as it spells them (##ing, Ġbank); a word of several pieces is\n"
        "searched for by their mean. A word is looked up as written, else in lower case; what was\n"
        "found otherwise, or not at all, is named. Ties are in the table's order.\n"
        "\n"
        "With --in a word is compared in its sentence, which marks it, and its neighbours are\n"
        "words in the sentences of a text, the word itself among them, at one stage or several:\n"
        "the senses of a word side by side.\n"
        "\n"
        "  harness neighbours bank river --embedder glove --embedder minilm\n"
        "  harness neighbours \"He sat by the [bank].\" \"The [bank] lent it.\" --in corpus.txt "
        "\\\n"
        "      --embedder minilm --stages table,6 --distinct",
    .options = options,
    .words = option_words,
    .loads_plugins = true,
    .run = run,
};
