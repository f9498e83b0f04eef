/* Draws the sentences that post-processing is fitted on. */
#include "worker/sample.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/table_text.h"
#include "data/unicode.h"
#include "data/wordnet.h"
#include "suites/shared/text_words.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 512u /* that are added at once */

/* Line i of n is in the sample if the number of lines chosen rises with it: evenly spaced. */
static bool is_chosen(uint64_t i, uint64_t n)
{
    uint64_t wanted = n < SAMPLE_LINES ? n : SAMPLE_LINES;
    return (i + 1) * wanted / n > i * wanted / n;
}

static int read_lines(const char *path, struct str *ret_lines)
{
    struct str text;
    TRY(table_text_read(path, &text));
    struct table_lines count = {.rest = {str_text(&text), text.n}}, lines = count;
    struct slice line;
    uint64_t n = 0;
    while (table_line(&count, false, &line)) {
        n++;
    }
    for (uint64_t i = 0; table_line(&lines, false, &line); i++) {
        if (is_chosen(i, n)) {
            str_append(ret_lines, line.text, line.n);
            str_add(ret_lines, "\n");
        }
    }
    str_finish(&text);
    return 0;
}

static int read_definitions(const char *folder, struct str *ret_lines)
{
    struct wordnet *wordnet;
    int status = wordnet_open(folder, &wordnet);
    if (status) {
        return error_context(status, "no definitions to fit on (--postprocess-sample FILE gives "
                                     "another text)");
    }
    uint64_t n = wordnet_n_synsets(wordnet);
    for (uint32_t i = 0; i < n; i++) {
        if (is_chosen(i, n)) {
            wordnet_definition(wordnet_synset(wordnet, i), ret_lines);
            str_add(ret_lines, "\n");
        }
    }
    wordnet_close(wordnet);
    return 0;
}

/* Rows on their way from the stream to the sums. */
struct rows {
    struct postprocess *postprocess;
    float *rows; /* [ROWS, row_floats] */
    size_t row_floats;
    uint32_t n;
};

static void add_rows(struct rows *rows)
{
    postprocess_add(rows->postprocess, rows->rows, rows->n);
    rows->n = 0;
}

static int take_rows(void *ctx, const struct embedded *embedded)
{
    struct rows *rows = ctx;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (embedded->status[i] == EMB_WORD_UNKNOWN || embedded->status[i] == EMB_WORD_CUT) {
            continue;
        }
        memcpy(rows->rows + rows->n * rows->row_floats, embedded->vectors + i * rows->row_floats,
               rows->row_floats * sizeof *rows->rows);
        if (++rows->n == ROWS) {
            add_rows(rows);
        }
    }
    return 0;
}

static int embed_lines(struct embedder *embedder, const struct str *lines, struct rows *rows)
{
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take_rows, rows, "sample", SAMPLE_LINES);
    struct slice rest = {str_text(lines), lines->n}, line;
    struct text_words words = {0};
    int status = 0;
    for (uint64_t i = 0; !status && slice_line(&rest, &line); i++) {
        text_words_cut(&words, line.text, (uint32_t)line.n);
        status = embed_stream_push(stream, i, line.text, (uint32_t)line.n, words.spans, words.n,
                                   words.spans, words.n);
    }
    text_words_finish(&words);
    if (status) {
        embed_stream_cancel(stream);
        return status;
    }
    return embed_stream_finish(stream);
}

static int read_sample(const struct embedder *embedder, const char *path, const char *wordnet,
                       struct str *ret_lines)
{
    struct str lines = {0};
    int status = path ? read_lines(path, &lines) : read_definitions(wordnet, &lines);
    if (!status && embedder_is_static(embedder)) {
        unicode_lower(str_text(&lines), lines.n, ret_lines);
    } else if (!status) {
        str_append(ret_lines, str_text(&lines), lines.n);
    }
    str_finish(&lines);
    return status;
}

int sample_fit(struct embedder *embedder, const struct postprocess_spec *spec, const char *path,
               const char *wordnet, struct postprocess **ret_postprocess)
{
    struct str lines = {0};
    bool wanted = postprocess_needs_sample(spec);
    int status = wanted ? read_sample(embedder, path, wordnet, &lines) : 0;
    if (status) {
        str_finish(&lines);
        return status;
    }
    uint32_t n_stages = embedder_n_stages(embedder), dim = embedder_dim(embedder);
    struct rows rows = {.postprocess = postprocess_create(spec, n_stages, dim),
                        .row_floats = (size_t)n_stages * dim};
    rows.rows = mem_array(ROWS * rows.row_floats, sizeof *rows.rows);
    status = wanted ? embed_lines(embedder, &lines, &rows) : 0;
    if (!status) {
        add_rows(&rows);
        status = postprocess_fit(rows.postprocess);
    }
    free(rows.rows);
    str_finish(&lines);
    if (status) {
        postprocess_free(rows.postprocess);
        return status;
    }
    *ret_postprocess = rows.postprocess;
    return 0;
}
