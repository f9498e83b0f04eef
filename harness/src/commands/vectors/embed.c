/*
 * embed - words in their texts as vectors in a file, at every stage that is asked for.
 */
#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/vectors/embed_out.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "commands/vectors/lookup.h"
#include "math/blas.h"
#include "plugin/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"o", "FILE", "its ending names the format; - for standard output, with --format"},
    {"format", "FORMAT", "one of these, whatever FILE is called; default: by its ending"},
    EMBEDDER_OPTIONS,
    SANDBOX_OPTION,
    {"stages", "LIST", "stages to write (default all); see harness run --help"},
    {"targets", NULL,
     "only the words that brackets mark, \"the [bank] of a river\" (which are taken away),\n"
     "or, of --dataset, only its instances; default: every word, which is a run of letters,\n"
     "digits and _ with a letter in it, or every token of --dataset"},
    {"dataset", "DATA",
     "a sense-tagged data set as harness run --suite wsd reads it, by name or path: its\n"
     "tokens as they are, instances with their id and label; repeatable"},
    LOOKUP_LINES_OPTION,
    {"text", NULL, "what is given is text, even if there is a file of that name"},
    {"words", "FILE", "where the table of the rows of a .npy goes; default: x.words.tsv"},
    {"json", NULL, "say what was written as JSON"},
    {0},
};

static const struct option_words option_words[] = {
    {"format", embed_format_each}, {"lines", lookup_lines_each}, {0}};

struct request {
    const char *path, *words, *stages;
    const struct embed_format *format;
    struct lookup_texts texts;
    bool json;
};

/* How the words fared. */
struct writing {
    struct embed_out *out;
    uint64_t n_rows, n_texts, n_backoff, n_oov, n_cut;
    struct few backoff, oov, cut; /* words of these */
};

static int read_request(const struct args *args, struct request *request)
{
    *request = (struct request){
        .path = args_value(args, "o", NULL),
        .words = args_value(args, "words", NULL),
        .stages = args_value(args, "stages", NULL),
        .json = args_flag(args, "json"),
        .texts = {.only_text = args_flag(args, "text"), .marked = args_flag(args, "targets")}};
    struct lookup_texts *texts = &request->texts;
    texts->n_given = args_n(args);
    texts->given = mem_array(texts->n_given + 1u, sizeof *texts->given);
    for (uint32_t i = 0; i < texts->n_given; i++) {
        texts->given[i] = args_word(args, i);
    }
    texts->datasets = args_values(args, "dataset", false, &texts->n_datasets);
    if (!request->path) {
        return error_set(ERR_REQUEST, "embed: expected -o FILE; see harness embed --help");
    }
    if (texts->n_given + texts->n_datasets == 0) {
        return error_set(ERR_REQUEST, "embed: expected a text, a text file or --dataset");
    }
    if (texts->n_given > 0 && texts->n_datasets > 0) {
        return error_set(ERR_REQUEST, "embed: found a text and --dataset, expected one of them");
    }
    TRY(lookup_read_lines(args, &texts->lines));
    if (texts->lines != LOOKUP_FIND && !lookup_texts_have_file(texts)) {
        return error_set(ERR_REQUEST,
                         "embed: found --lines, which says what lines of a text file "
                         "are, and no such file%s",
                         texts->only_text ? ": --text takes what is given as text" : "");
    }
    TRY(embed_format_find(args_value(args, "format", NULL), request->path, &request->format));
    TRY(file_check_output(request->path));
    return lookup_texts_check(texts);
}

static int take(void *ctx, const struct lookup_word *word)
{
    struct writing *writing = ctx;
    const struct lookup_text *text = word->text;
    const struct emb_span *span = &text->targets[word->target];
    const struct embed_row row = {.sentence = text->number,
                                  .begin = word->begin,
                                  .end = word->end,
                                  .word = text->text + span->begin,
                                  .n_bytes = span->end - span->begin,
                                  .status = lookup_status(word->status),
                                  .has_vector = word_has_vector(word->status),
                                  .id = text->ids ? text->ids[word->target] : NULL,
                                  .label = text->labels ? text->labels[word->target] : NULL,
                                  .vectors = word->vectors};
    writing->n_rows++;
    writing->n_backoff += word->status == EMB_WORD_BACKOFF;
    writing->n_oov += word->status == EMB_WORD_UNKNOWN;
    writing->n_cut += word->status == EMB_WORD_CUT;
    if (word->status != EMB_WORD_OK) {
        few_add(word->status == EMB_WORD_BACKOFF   ? &writing->backoff
                : word->status == EMB_WORD_UNKNOWN ? &writing->oov
                                                   : &writing->cut,
                row.word, row.n_bytes);
    }
    return embed_out_row(writing->out, &row);
}

/* A line: "  3 not in the vocabulary (zero vectors): zzyx, qwrt". */
static void tell_few(struct str *text, uint64_t n, const char *what, const struct few *few)
{
    if (n > 0) {
        char *words = few_text(few);
        str_format(text, "\n  %" PRIu64 " %s: %s", n, what, words);
        free(words);
    }
}

static void write_few(struct json_writer *w, const char *name, const struct few *few)
{
    jsonw_key(w, name);
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < few->n; i++) {
        jsonw_text(w, few->words[i]);
    }
    jsonw_close(w, ']');
}

static void tell(const struct request *request, const struct embedder *embedder,
                 const struct writing *writing, const char *words)
{
    struct str text = {0};
    struct json_writer w = jsonw_create(&text, 1);
    bool standard = strcmp(request->path, "-") == 0;
    if (request->json && !standard) {
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "file", request->path);
        jsonw_put_text(&w, "words_file", words);
        jsonw_put_text(&w, "embedder", embedder_name(embedder));
        jsonw_key(&w, "stages");
        jsonw_open(&w, '[');
        for (uint32_t s = 0; s < embedder_n_stages(embedder); s++) {
            jsonw_text(&w, embedder_stage(embedder, s)->name);
        }
        jsonw_close(&w, ']');
        jsonw_put_uint(&w, "dim", embedder_dim(embedder));
        jsonw_put_uint(&w, "texts", writing->n_texts);
        jsonw_put_uint(&w, "words", writing->n_rows);
        jsonw_put_uint(&w, "backoff", writing->n_backoff);
        jsonw_put_uint(&w, "oov", writing->n_oov);
        jsonw_put_uint(&w, "cut", writing->n_cut);
        write_few(&w, "first_backoff", &writing->backoff);
        write_few(&w, "first_oov", &writing->oov);
        write_few(&w, "first_cut", &writing->cut);
        jsonw_close(&w, '}');
        printf("%s\n", str_text(&text));
        str_finish(&text);
        return;
    }
    str_format(&text,
               "%s: %" PRIu64 " word%s of %" PRIu64 " text%s, %u stage%s of %s, %u dimensions",
               standard ? "standard output" : request->path, writing->n_rows,
               writing->n_rows == 1 ? "" : "s", writing->n_texts, writing->n_texts == 1 ? "" : "s",
               embedder_n_stages(embedder), embedder_n_stages(embedder) == 1 ? "" : "s",
               embedder_name(embedder), embedder_dim(embedder));
    tell_few(&text, writing->n_oov, "not in the vocabulary (zero vectors)", &writing->oov);
    tell_few(&text, writing->n_cut, "beyond the window (zero vectors)", &writing->cut);
    tell_few(&text, writing->n_backoff, "found in another form", &writing->backoff);
    if (words) {
        str_format(&text, "\n%s: what each row is", words);
    }
    if (standard) {
        log_info("%s", str_text(&text));
    } else {
        printf("%s\n", str_text(&text));
    }
    str_finish(&text);
}

static int write_all(const struct request *request, struct embedder *embedder,
                     const struct embed_shape *shape)
{
    struct writing writing = {0};
    TRY(embed_out_open(request->format, shape, request->path, request->words, &writing.out));
    char *words = embed_out_words(writing.out) ? mem_text(embed_out_words(writing.out)) : NULL;
    int status =
        lookup_embed(embedder, &request->texts, "embedding", take, &writing, &writing.n_texts);
    if (status == 0 && writing.n_rows == 0) {
        status = error_set(ERR_REQUEST,
                           "embed: found no %s in %" PRIu64 " text%s; see harness embed --help",
                           request->texts.marked ? "marked word" : "word", writing.n_texts,
                           writing.n_texts == 1 ? "" : "s");
    }
    if (status != 0) {
        embed_out_abort(writing.out);
    } else {
        status = embed_out_commit(writing.out);
    }
    if (status == 0) {
        tell(request, embedder, &writing, words);
    }
    few_finish(&writing.backoff);
    few_finish(&writing.oov);
    few_finish(&writing.cut);
    free(words);
    return status;
}

static int embed(const struct request *request, const struct embedder_spec *spec, struct pool *pool)
{
    struct embedder *embedder;
    TRY(embedder_open(spec, request->stages, pool, &embedder));
    uint32_t n = embedder_n_stages(embedder);
    const char **stages = mem_array(n, sizeof *stages);
    for (uint32_t s = 0; s < n; s++) {
        stages[s] = embedder_stage(embedder, s)->name;
    }
    bool of_dataset = request->texts.n_datasets > 0;
    const struct embed_shape shape = {.stages = stages,
                                      .n_stages = n,
                                      .dim = embedder_dim(embedder),
                                      .has_ids = of_dataset,
                                      .has_labels =
                                          of_dataset || request->texts.lines == LOOKUP_LABEL};
    int status = n > 1 && request->format == &embed_vec
                     ? error_set(ERR_REQUEST,
                                 "embed: .vec holds one vector a word; choose one of the "
                                 "%u stages of %s by --stages (%s, … %s)",
                                 n, embedder_name(embedder), stages[0], stages[n - 1])
                     : write_all(request, embedder, &shape);
    free(stages);
    embedder_close(embedder);
    return status;
}

static int run(const struct args *args)
{
    struct request request;
    struct embedders embedders = {0};
    int status = read_request(args, &request);
    status = status ? status : embedders_from_args(args, &embedders);
    if (status == 0 && embedders.n != 1) {
        status = error_set(ERR_REQUEST,
                           "embed: found %u embedders, expected one: choose it by "
                           "--embedder (%s, %s …)",
                           embedders.n, embedders.specs[0].name, embedders.specs[1].name);
    }
    if (status == 0) {
        confinement_allow_output(request.path);
        embedders_confine(&embedders);
        blas_use_one_thread();
        struct pool *pool = pool_create(0);
        status = embed(&request, &embedders.specs[0], pool);
        pool_destroy(pool);
    }
    embedders_finish(&embedders);
    free(request.texts.given);
    free(request.texts.datasets);
    return status;
}

const struct command command_embed = {
    .name = "embed",
    .synopsis = "TEXT|FILE… -o FILE [options]",
    .summary = "words in their texts as vectors in a .npy, .npz, .tsv or .vec file",
    .details =
        "A file holds a text a line, may be packed and of any size: what is written goes to the\n"
        "disk batch by batch. - is standard input. There is a row per word, in the order of the\n"
        "texts:\n"
        "\n"
        "  x.npy   array [rows, stages, dimensions] of float32; beside it x.words.tsv, which\n"
        "          says of each row its sentence (the line, from 1), begin and end in characters\n"
        "          of it, status and word; of --dataset id and label, too, and of --lines\n"
        "          label the label\n"
        "  x.npz   the same in one file: vectors, stages, sentence, begin, end, status, word …\n"
        "  x.tsv   a line per row and stage, for any other program\n"
        "  x.vec   word2vec's text, one stage: a line per distinct word, the mean over its\n"
        "          occurrences\n"
        "\n"
        "status is ok, backoff (found in another form, as in lower case), oov (not in the\n"
        "vocabulary) or cut (beyond the model's window); vectors of the last two are zero.\n"
        "\n"
        "  harness embed \"He sat on the bank.\" --embedder minilm --stages blocks -o x.npz\n"
        "  harness embed corpus.txt.gz --embedder minilm --stages sum:last4 -o x.npy\n"
        "  harness embed --dataset homographs --targets --embedder minilm -o banks.npz\n"
        "\n"
        "  >>> x = numpy.load(\"banks.npz\")\n"
        "  >>> x[\"vectors\"][x[\"word\"] == \"bank\", list(x[\"stages\"]).index(\"6\")]",
    .options = options,
    .words = option_words,
    .loads_plugins = true,
    .run = run,
};
