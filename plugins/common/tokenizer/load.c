/* Which of a model folder's files is its tokenizer, and who reads it. */
#include "embedder_util.h"
#include "tokenizer/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum layout { LAYOUT_TOKENIZER_JSON, LAYOUT_VOCAB_MERGES, LAYOUT_VOCAB_TXT, LAYOUT_SENTENCEPIECE };

/* In order of preference. */
static const struct {
    const char *main, *second; /* second: NULL if there is none */
    enum layout layout;
} layouts[] = {
    {"tokenizer.json", NULL, LAYOUT_TOKENIZER_JSON},
    {"vocab.json", "merges.txt", LAYOUT_VOCAB_MERGES},
    {"encoder.json", "vocab.bpe", LAYOUT_VOCAB_MERGES},
    {"vocab.txt", NULL, LAYOUT_VOCAB_TXT},
    {"spiece.model", NULL, LAYOUT_SENTENCEPIECE},
    {"tokenizer.model", NULL, LAYOUT_SENTENCEPIECE},
};

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISDIR(about.st_mode);
}

/* FOLDER/NAME from malloc if there is such a file, else NULL. */
static char *find_file(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        return NULL;
    }
    if (!is_file(path)) {
        free(path);
        return NULL;
    }
    return path;
}

static emb_status read_layout(const struct emb_host *host, enum layout layout, const char *main,
                              const char *second, const char *config,
                              struct tokenizer **ret_tokenizer)
{
    switch (layout) {
    case LAYOUT_TOKENIZER_JSON:
        return read_tokenizer_json(host, main, ret_tokenizer);
    case LAYOUT_VOCAB_MERGES:
        return read_vocab_and_merges(host, main, second, config, ret_tokenizer);
    case LAYOUT_VOCAB_TXT:
        return read_vocab_txt(host, main, config, ret_tokenizer);
    case LAYOUT_SENTENCEPIECE:
        return read_sentencepiece(host, main, config, ret_tokenizer);
    }
    return EMB_E_INTERNAL;
}

static emb_status load_folder(const struct emb_host *host, const char *folder,
                              struct tokenizer **ret_tokenizer)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char *main = find_file(folder, layouts[i].main);
        char *second = main && layouts[i].second ? find_file(folder, layouts[i].second) : NULL;
        if (!main || (layouts[i].second && !second)) {
            free(main);
            continue;
        }
        char *config = find_file(folder, "tokenizer_config.json");
        emb_status status =
            read_layout(host, layouts[i].layout, main, second, config, ret_tokenizer);
        free(main);
        free(second);
        free(config);
        return status;
    }
    return emb_failf(host, EMB_E_IO,
                     "%s: no tokenizer found, expected tokenizer.json, vocab.json and merges.txt, "
                     "encoder.json and vocab.bpe, vocab.txt, spiece.model or tokenizer.model",
                     folder);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* One file: by its name, and with the second file of its layout from the same folder. */
static emb_status load_file(const struct emb_host *host, const char *path,
                            struct tokenizer **ret_tokenizer)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    if (!folder) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
    }
    char *config = find_file(folder, "tokenizer_config.json");
    char *merges = NULL;
    enum layout layout = LAYOUT_TOKENIZER_JSON;
    if (ends_with(path, ".txt")) {
        layout = LAYOUT_VOCAB_TXT;
    } else if (ends_with(path, ".model")) {
        layout = LAYOUT_SENTENCEPIECE;
    } else if (ends_with(path, "vocab.json") || ends_with(path, "encoder.json")) {
        layout = LAYOUT_VOCAB_MERGES;
        merges = find_file(folder, ends_with(path, "vocab.json") ? "merges.txt" : "vocab.bpe");
    }
    emb_status status =
        layout == LAYOUT_VOCAB_MERGES && !merges
            ? emb_failf(host, EMB_E_IO, "%s: no merges.txt (vocab.bpe) beside it", path)
            : read_layout(host, layout, path, merges, config, ret_tokenizer);
    free(folder);
    free(config);
    free(merges);
    return status;
}

emb_status tokenizer_load(const struct emb_host *host, const char *path,
                          struct tokenizer **ret_tokenizer)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return emb_failf(host, EMB_E_IO, "%s: %s", path, strerror(errno));
    }
    return S_ISDIR(about.st_mode) ? load_folder(host, path, ret_tokenizer)
                                  : load_file(host, path, ret_tokenizer);
}
