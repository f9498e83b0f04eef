/*
 * convert - word vectors from one file format to another, through the plugins that read them.
 */
#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/str.h"
#include "commands/command.h"
#include "commands/guard.h"
#include "commands/say.h"
#include "data/archive.h"
#include "plugin/confinement.h"
#include "plugin/open.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"from", "PLUGIN", "plugin that reads IN; default: by IN's first bytes"},
    {"format", "FORMAT", "of OUT, one of these; default: by its ending"},
    {"set", "NAME=VALUE", "option of the reading plugin (limit=100000); repeatable"},
    {"plugin-dir", "DIR", "look for plugins in DIR too; repeatable"},
    SANDBOX_OPTION,
    {0},
};

enum format { FORMAT_GLOVE, FORMAT_WORD2VEC, FORMAT_WORD2VEC_BINARY, N_FORMATS };

static const struct {
    const char *name, *ending, *about;
} formats[N_FORMATS] = {
    [FORMAT_GLOVE] = {"glove", ".txt", "text without a header; .txt"},
    [FORMAT_WORD2VEC] = {"word2vec", ".vec", "text with a header line, as fastText's .vec; .vec"},
    [FORMAT_WORD2VEC_BINARY] = {"word2vec-binary", ".bin", "word2vec's binary; .bin"},
};

static void each_format(void (*visit)(const char *word, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        visit(formats[i].name, formats[i].about, ctx);
    }
}

static const struct option_words option_words[] = {{"format", each_format}, {0}};

static int choose_format(const struct args *args, const char *path, enum format *ret_format)
{
    const char *name = args_value(args, "format", NULL);
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (name ? strcmp(name, formats[i].name) == 0 : text_ends(path, formats[i].ending)) {
            *ret_format = (enum format)i;
            return 0;
        }
    }
    struct str known = {0};
    for (size_t i = 0; i < N_FORMATS; i++) {
        const char *between = i == 0 ? "" : name && i + 1 == N_FORMATS ? " or " : ", ";
        str_format(&known, "%s%s", between, name ? formats[i].name : formats[i].ending);
    }
    int status =
        name ? error_set(ERR_REQUEST, "--format: found '%s', expected %s", name, str_text(&known))
             : error_set(ERR_REQUEST, "%s: its ending names no format (%s); give --format", path,
                         str_text(&known));
    str_finish(&known);
    return status;
}

/* Is the first line "ROWS DIM" and nothing else? Then it is a word2vec header. */
static bool is_header(const char *bytes, size_t n)
{
    struct slice rest = {bytes, n}, line, word;
    uint32_t words = 0;
    if (!slice_line(&rest, &line)) {
        return false;
    }
    while (slice_word(&line, &word)) {
        for (size_t i = 0; i < word.n; i++) {
            if (word.text[i] < '0' || word.text[i] > '9') {
                return false;
            }
        }
        words++;
    }
    return words == 2;
}

static int choose_plugin(const struct args *args, const char *path, const char **ret_id)
{
    static const char fasttext_magic[] = {(char)0xBA, 0x16, 0x4F, 0x2F}; /* 793712314 */
    *ret_id = args_value(args, "from", NULL);
    if (*ret_id) {
        return 0;
    }
    struct byte_source *source;
    char head[256];
    size_t n = 0, got;
    int status = byte_source_open(path, &source);
    if (status) {
        return status;
    }
    while (!status && n < sizeof head) {
        status = byte_source_read(source, head + n, sizeof head - n, &got);
        if (status || got == 0) {
            break;
        }
        n += got;
    }
    byte_source_close(source);
    *ret_id = n >= 4 && memcmp(head, fasttext_magic, 4) == 0 ? "fasttext"
              : is_header(head, n)                           ? "word2vec"
                                                             : "glove";
    return status;
}

/* A blank would end the word: word2vec's formats have no way to write one. */
static bool put_word(FILE *stream, const char *word, uint32_t n, bool blanks)
{
    bool changed = false;
    for (uint32_t i = 0; i < n; i++) {
        bool blank = !blanks && (word[i] == ' ' || word[i] == '\n' || word[i] == '\t');
        fputc(blank ? '_' : word[i], stream);
        changed = changed || blank;
    }
    return changed;
}

static void put_row(FILE *stream, enum format format, const float *row, uint32_t dim)
{
    if (format == FORMAT_WORD2VEC_BINARY) {
        fputc(' ', stream);
        fwrite(row, sizeof *row, dim, stream); /* little-endian, as the original writes it */
    } else {
        for (uint32_t d = 0; d < dim; d++) {
            char text[NUM_TEXT_MAX];
            fputc(' ', stream);
            fputs(num_text_float(row[d], text), stream);
        }
    }
    fputc('\n', stream);
}

static int write_vectors(struct embedder *embedder, enum format format, FILE *stream)
{
    const struct emb_ext_vocab *vocab = embedder_extension(embedder, EMB_EXT_VOCAB);
    struct emb_model *model = embedder_model(embedder);
    uint64_t n_words = embedder_info(embedder)->n_words, stride, changed = 0;
    uint32_t dim = embedder_dim(embedder);
    struct few words = {0}; /* that had blanks */
    const float *table = vocab ? vocab->table(model, &stride) : NULL;
    if (!table) {
        return error_set(ERR_REQUEST, "plugin %s shows no table of vectors that could be converted",
                         embedder_plugin(embedder)->desc->id);
    }
    if (format != FORMAT_GLOVE) {
        fprintf(stream, "%" PRIu64 " %u\n", n_words, dim);
    }
    progress_begin("writing", "words", n_words);
    for (uint64_t i = 0; i < n_words; i++) {
        uint32_t n = 0;
        const char *word = vocab->word(model, i, &n);
        if (put_word(stream, word, n, format == FORMAT_GLOVE)) {
            few_add(&words, word, n);
            changed++;
        }
        put_row(stream, format, table + i * stride, dim);
        if (i % 1024 == 0) {
            progress_to(i);
        }
    }
    progress_end();
    if (changed > 0) {
        char *text = few_text(&words);
        log_warn("%" PRIu64 " word%s blanks, which this format does not allow; written as '_': %s",
                 changed, changed == 1 ? " has" : "s have", text);
        free(text);
    }
    few_finish(&words);
    return 0;
}

static int convert(struct embedder *embedder, enum format format, const char *path)
{
    struct file_out out;
    TRY(file_out_open(&out, path));
    setvbuf(out.stream, NULL, _IOFBF, 1 << 20);
    int status = write_vectors(embedder, format, out.stream);
    if (status) {
        file_out_abort(&out);
        return status;
    }
    status = file_out_commit(&out);
    if (!status) {
        say_to(file_is_standard_output(path) ? stderr : stdout,
               "%s: %" PRIu64 " words of %u dimensions\n", path, embedder_info(embedder)->n_words,
               embedder_dim(embedder));
    }
    return status;
}

/* IN and the --set options as a specification. */
static int make_spec(const struct args *args, const struct registry *registry, const char *id,
                     struct embedder_spec *ret_spec)
{
    const struct plugin_model *model;
    TRY(registry_find(registry, id, &model));
    const struct emb_option *path =
        options_path_option(model->desc->options, model->desc->n_options);
    if (!path) {
        return error_set(ERR_REQUEST, "plugin %s reads no file", id);
    }
    uint32_t n_sets, n = 0;
    const char **sets = args_values(args, "set", false, &n_sets);
    struct option_pair *pairs = mem_array(n_sets + 1, sizeof *pairs);
    pairs[n].name = mem_text(path->name);
    pairs[n++].value = mem_text(args_word(args, 0));
    for (uint32_t i = 0; i < n_sets; i++) {
        size_t name = strcspn(sets[i], "=");
        pairs[n].name = mem_text_n(sets[i], name);
        pairs[n++].value = mem_text(sets[i][name] ? sets[i] + name + 1 : "1");
    }
    int status = spec_create(NULL, model, pairs, n, ret_spec);
    for (uint32_t i = 0; i < n; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
    free(sets);
    return status;
}

static int run(const struct args *args)
{
    enum format format = FORMAT_GLOVE;
    const char *id;
    if (args_n(args) != 2) {
        return error_set(ERR_REQUEST, "convert: expected IN and OUT; see harness convert --help");
    }
    TRY(file_check_output(args_word(args, 1)));
    TRY(choose_format(args, args_word(args, 1), &format));
    TRY(choose_plugin(args, args_word(args, 0), &id));
    struct registry registry = {0};
    struct embedder_spec spec = {0};
    struct embedder *embedder = NULL;
    struct pool *pool = NULL;
    uint32_t n_folders;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    int status;
    TRY_OR_FINISH(registry_open(folders, n_folders, &registry));
    TRY_OR_FINISH(make_spec(args, &registry, id, &spec));
    confinement_allow_output(args_word(args, 1));
    confinement_enter(spec.model);
    pool = pool_create(0);
    TRY_OR_FINISH(embedder_open(&spec, NULL, pool, &embedder));
    status = convert(embedder, format, args_word(args, 1));
finish:
    free(folders);
    embedder_close(embedder);
    spec_finish(&spec);
    registry_close(&registry);
    pool_destroy(pool);
    return status;
}

const struct command command_convert = {
    .name = "convert",
    .synopsis = "IN OUT",
    .summary = "word vectors from one file format to another",
    .details =
        "IN may be GloVe text, word2vec text or binary, or a fastText model, packed or not.\n"
        "OUT appears when it is complete.\n"
        "\n"
        "  harness convert glove.6B.100d.txt.gz glove.bin\n"
        "  harness convert model.bin first.vec --set limit=100000\n",
    .options = options,
    .words = option_words,
    .loads_plugins = true,
    .run = run,
};
