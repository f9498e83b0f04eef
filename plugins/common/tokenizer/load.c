/* Which of a model folder's files is its tokenizer, and who reads it. */
#include "embedder_util.h"
#include "tokenizer/classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* tokenizer.json is missing, and no class is known that is read from other files. */
static emb_status fail_unknown(const struct settings *settings, const char *class_name)
{
    if (!class_name) {
        return emb_failf(settings->host, EMB_E_IO,
                         "%s: no tokenizer found: no tokenizer.json, and neither "
                         "tokenizer_config.json nor config.json names the class of another",
                         settings->folder);
    }
    return emb_failf(settings->host, EMB_E_UNSUPPORTED,
                     "%s: no tokenizer.json, and %s \"%s\" of %s is not known by its other files",
                     settings->folder, settings->class_name ? "tokenizer_class" : "model_type",
                     class_name, settings->class_name ? settings->class_file : "config.json");
}

/* json_path: tokenizer.json or a file in its place, NULL where there is none. */
static emb_status read_tokenizer(const struct settings *settings, const char *json_path,
                                 struct tokenizer **ret_tokenizer)
{
    const struct tokenizer_class *class = NULL;
    const char *class_name = NULL;
    struct tokenizer *tokenizer = NULL;
    emb_status status = class_of(settings, &class, &class_name);
    if (status) {
        return status;
    }
    if (json_path) {
        status = read_tokenizer_json(settings->host, json_path, settings, class, &tokenizer);
    } else if (class) {
        status = read_class(settings->host, settings, class, &tokenizer);
    } else {
        status = fail_unknown(settings, class_name);
    }
    if (status == EMB_OK) {
        status = settings_max_pieces(settings, &tokenizer->max_pieces);
    }
    if (status == EMB_OK) {
        status = settings_lowers_text(settings, &tokenizer->lowers_text);
    }
    if (status) {
        tokenizer_destroy(tokenizer);
        return status;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}

static emb_status load_folder(const struct emb_host *host, const char *folder,
                              struct tokenizer **ret_tokenizer)
{
    struct settings settings;
    emb_status status = settings_load(host, folder, &settings);
    if (status == EMB_OK) {
        char *json_path = settings_file(folder, "tokenizer.json");
        status = read_tokenizer(&settings, json_path, ret_tokenizer);
        free(json_path);
    }
    settings_finish(&settings);
    return status;
}

/* One file: a SentencePiece model alone, a tokenizer.json by another name. Other files are parts of
 * a folder, whose class tells how they are read. */
static emb_status load_file(const struct emb_host *host, const char *path,
                            struct tokenizer **ret_tokenizer)
{
    if (ends_with(path, ".model")) {
        return read_sentencepiece(host, path, ret_tokenizer);
    }
    if (!ends_with(path, ".json") || ends_with(path, "vocab.json") ||
        ends_with(path, "encoder.json")) {
        return emb_failf(host, EMB_E_IO,
                         "%s: expected a model folder, tokenizer.json or a SentencePiece .model; "
                         "how other files are read stands in tokenizer_config.json and config.json",
                         path);
    }
    return read_tokenizer_json(host, path, NULL, NULL, ret_tokenizer);
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
