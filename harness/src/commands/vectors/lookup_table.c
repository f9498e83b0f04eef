/* lookup_table.c - the look-up table of an embedder as something to search. */
#include "commands/vectors/lookup.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "plugin/host.h"

#include <stdlib.h>
#include <string.h>

static uint32_t rows_within(uint64_t n, uint64_t limit)
{
    n = limit && limit < n ? limit : n;
    return n < SEARCH_NONE ? (uint32_t)n : SEARCH_NONE - 1;
}

/* A transformer's pieces: rows one by one. */
static int copy_rows(const struct emb_ext_table *pieces, struct lookup_table *table)
{
    struct emb_model *model = embedder_model(table->embedder);
    uint32_t dim = embedder_dim(table->embedder);
    table->copied = mem_array((size_t)table->n_rows * dim + 1, sizeof *table->copied);
    for (uint32_t i = 0; i < table->n_rows; i++) {
        host_forget_failure();
        emb_status status = pieces->get_row(model, i, table->copied + (size_t)i * dim);
        if (status != EMB_OK) {
            return host_error(embedder_name(table->embedder), "get_row", status);
        }
    }
    table->rows = table->copied;
    table->stride = dim;
    return 0;
}

int lookup_table_open(struct embedder *embedder, uint64_t limit, struct lookup_table *ret_table)
{
    const struct emb_ext_table *pieces = embedder_extension(embedder, EMB_EXT_TABLE);
    uint64_t n_words = embedder_info(embedder)->n_words;
    struct lookup_table table = {.embedder = embedder,
                                 .vocab = embedder_extension(embedder, EMB_EXT_VOCAB),
                                 .tokens = embedder_extension(embedder, EMB_EXT_TOKENS)};
    int status = 0;
    if (table.vocab && n_words > 0) {
        table.n_rows = rows_within(n_words, limit);
        table.own = embedder_table_of(embedder, table.n_rows);
        table.rows = table.own.rows;
        table.stride = table.own.stride;
    }
    if (!table.rows && pieces && table.tokens) {
        table.vocab = NULL;
        table.n_rows = rows_within(pieces->n_rows(embedder_model(embedder)), limit);
        status = copy_rows(pieces, &table);
    }
    if (status == 0 && !table.rows) {
        status = error_set(ERR_REQUEST,
                           "%s: shows no table of words (" EMB_EXT_VOCAB ") or pieces "
                           "(" EMB_EXT_TABLE ") that could be searched",
                           embedder_name(embedder));
    }
    if (status != 0) {
        lookup_table_finish(&table);
        return status;
    }
    *ret_table = table;
    return 0;
}

void lookup_table_finish(struct lookup_table *table)
{
    embedder_table_finish(&table->own);
    free(table->copied);
    *table = (struct lookup_table){0};
}

char *lookup_table_word(const struct lookup_table *table, uint32_t row)
{
    struct emb_model *model = embedder_model(table->embedder);
    if (table->vocab) {
        uint32_t n = 0;
        const char *word = table->vocab->word(model, row, &n);
        return mem_text_n(word, n);
    }
    const char *spelling = table->tokens->spelling(model, row);
    return spelling ? mem_text(spelling) : mem_format("piece %u", row);
}

/* The first of a text's targets. */
struct first_target {
    float *vector;
    uint32_t dim;
    uint8_t status;
};

static int take_first(void *ctx, const struct embedded *embedded)
{
    struct first_target *first = ctx;
    memcpy(first->vector, embedded->vectors, first->dim * sizeof *first->vector);
    first->status = embedded->status[0];
    return 0;
}

static int embed_alone(const struct lookup_table *table, const char *word,
                       struct lookup_found *found)
{
    uint32_t n = (uint32_t)strlen(word);
    const struct emb_span whole = {0, n};
    struct first_target first = {.vector = found->vector, .dim = embedder_dim(table->embedder)};
    struct embed_stream *stream =
        embed_stream_create(table->embedder, EMB_POOL_MEAN, take_first, &first, "looking up", 1);
    int status = embed_stream_push(stream, 0, word, n, NULL, 0, &whole, 1);
    status = embed_stream_end(stream, status);
    found->status = first.status;
    return status;
}

/* The row of the word's only piece; SEARCH_NONE if there are several. */
static int only_piece(const struct lookup_table *table, const char *word, uint32_t *ret_row)
{
    struct emb_model *model = embedder_model(table->embedder);
    const struct emb_sentence sentence = {.text = word, .n_bytes = (uint32_t)strlen(word)};
    struct emb_piece pieces[16];
    uint32_t n = 0, n_own = 0;
    host_forget_failure();
    emb_status status = table->tokens->cut(model, &sentence, pieces, 16, &n);
    if (status != EMB_OK) {
        return host_error(embedder_name(table->embedder), "cut", status);
    }
    *ret_row = SEARCH_NONE;
    for (uint32_t i = 0; i < n && i < 16; i++) {
        if (pieces[i].begin < pieces[i].end) {
            *ret_row = n_own++ == 0 ? pieces[i].id : SEARCH_NONE;
        }
    }
    return 0;
}

/* EMB_WORD_UNKNOWN, or found->row. */
static uint8_t find_row(const struct lookup_table *table, const char *word, uint32_t *ret_row)
{
    struct emb_model *model = embedder_model(table->embedder);
    uint64_t row = SEARCH_NONE;
    int32_t status = table->vocab->find(model, word, (uint32_t)strlen(word), &row);
    if (status == EMB_WORD_UNKNOWN) {
        char *lower = unicode_lower_text(word);
        status = table->vocab->find(model, lower, (uint32_t)strlen(lower), &row);
        status = status == EMB_WORD_OK ? EMB_WORD_BACKOFF : status;
        free(lower);
    }
    if (status == EMB_WORD_UNKNOWN || row >= embedder_info(table->embedder)->n_words) {
        return EMB_WORD_UNKNOWN;
    }
    *ret_row = (uint32_t)row;
    return (uint8_t)status;
}

static void take_row(const struct lookup_table *table, struct lookup_found *found)
{
    memcpy(found->vector, table->rows + found->row * table->stride,
           embedder_dim(table->embedder) * sizeof *found->vector);
    found->spelled = lookup_table_word(table, found->row);
}

int lookup_table_find(const struct lookup_table *table, const char *word,
                      struct lookup_found *ret_found)
{
    *ret_found = (struct lookup_found){
        .row = SEARCH_NONE,
        .vector = mem_array(embedder_dim(table->embedder), sizeof *ret_found->vector)};
    if (table->vocab) {
        ret_found->status = find_row(table, word, &ret_found->row);
    } else {
        TRY(only_piece(table, word, &ret_found->row));
    }
    if (!(table->vocab && ret_found->row != SEARCH_NONE)) {
        TRY(embed_alone(table, word, ret_found));
    }
    if (ret_found->row < table->n_rows && word_has_vector(ret_found->status)) {
        take_row(table, ret_found);
    }
    return 0;
}

void lookup_found_finish(struct lookup_found *found)
{
    free(found->spelled);
    free(found->vector);
    *found = (struct lookup_found){0};
}

void lookup_table_search(const struct lookup_table *table, const struct lookup_found *found,
                         uint32_t n, const struct search_query *queries, uint32_t n_queries,
                         enum search_method method, uint32_t k, struct search_hit *ret_hits)
{
    uint32_t dim = embedder_dim(table->embedder);
    float *vectors = mem_array((size_t)n * dim + 1, sizeof *vectors);
    uint32_t *rows = mem_array((size_t)n + 1, sizeof *rows);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(vectors + (size_t)i * dim, found[i].vector, dim * sizeof *vectors);
        rows[i] = found[i].row;
    }
    const struct search_plan plan = {.table = table->rows,
                                     .stride = table->stride,
                                     .n_rows = table->n_rows,
                                     .dim = dim,
                                     .words = rows,
                                     .n_words = n,
                                     .vectors = vectors,
                                     .queries = queries,
                                     .n_queries = n_queries,
                                     .method = method,
                                     .k = k,
                                     .pool = embedder_pool(table->embedder)};
    search_run(&plan, ret_hits);
    free(rows);
    free(vectors);
}
