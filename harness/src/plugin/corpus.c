/* Feeds text files to a trainer, line by line. */
#include "plugin/corpus.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES (1u << 20)
#define MAX_DEPTH 16
#define STANDARD_INPUT "/dev/stdin"

struct corpus {
    struct emb_corpus interface;
    char **files;               /* [n_files] */
    uint32_t n_files, at;       /* the file that is being read */
    struct byte_source *source; /* NULL between files */
    bool fresh;                 /* nothing of the file was read yet */
    bool once;                  /* a pipe is among the files */
    char *failure;
    char *text; /* [interface.n_bytes] instead of files */
    bool text_is_read;
};

static emb_status fail(struct corpus *corpus, emb_status status)
{
    free(corpus->failure);
    corpus->failure = mem_text(error_message());
    return status;
}

/* Block after block, file after file. */
static emb_status next(void *ctx, const char **ret_text, uint64_t *ret_n_bytes)
{
    struct corpus *corpus = ctx;
    while (corpus->at < corpus->n_files) {
        const char *text = NULL;
        size_t n = 0;
        if (!corpus->source) {
            if (byte_source_open(corpus->files[corpus->at], &corpus->source)) {
                return fail(corpus, EMB_E_IO);
            }
            corpus->fresh = true;
        }
        if (byte_source_lines(corpus->source, BLOCK_BYTES, &text, &n)) {
            return fail(corpus, EMB_E_IO);
        }
        if (corpus->fresh && n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
            text += 3;
            n -= 3;
        }
        corpus->fresh = false;
        if (n > 0) {
            *ret_text = text;
            *ret_n_bytes = n;
            return EMB_OK;
        }
        byte_source_close(corpus->source);
        corpus->source = NULL;
        corpus->at++;
    }
    *ret_text = "";
    *ret_n_bytes = 0;
    return EMB_OK;
}

static emb_status rewind_corpus(void *ctx)
{
    struct corpus *corpus = ctx;
    if (corpus->once) {
        return EMB_E_UNSUPPORTED;
    }
    byte_source_close(corpus->source);
    corpus->source = NULL;
    corpus->at = 0;
    return EMB_OK;
}

/* Is the file packed? By its first bytes, as data/archive.h does it. */
static bool is_packed(const char *path)
{
    static const struct {
        const char *bytes;
        size_t n;
    } magics[] = {{"\x1F\x8B", 2},
                  {"\xFD"
                   "7zXZ",
                   5},
                  {"\x28\xB5\x2F\xFD", 4},
                  {"BZh", 3}};
    char head[8] = {0};
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        return false;
    }
    size_t n = fread(head, 1, sizeof head, stream);
    fclose(stream);
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (n >= magics[i].n && memcmp(head, magics[i].bytes, magics[i].n) == 0) {
            return true;
        }
    }
    return false;
}

/* What add_path learns on its way: bytes in all, as long as that can be known. */
struct sizes {
    uint64_t bytes;
    bool unknown;
};

static int add_file(struct corpus *corpus, const char *path, struct sizes *sizes)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        return error_set(ERR_REQUEST, "corpus: %s: no such file or folder", path);
    }
    TRY(file_refuse_fifo(path));
    if (S_ISREG(facts.st_mode) && facts.st_size == 0) {
        return 0; /* empty: nothing to read */
    }
    if (!S_ISREG(facts.st_mode)) { /* a pipe, a terminal */
        corpus->once = true;
        sizes->unknown = true;
    } else if (is_packed(path)) {
        sizes->unknown = true;
    }
    sizes->bytes += (uint64_t)facts.st_size;
    corpus->files = mem_resize(corpus->files, corpus->n_files + 1, sizeof *corpus->files);
    corpus->files[corpus->n_files++] = mem_text(path);
    return 0;
}

static int add_path(struct corpus *corpus, const char *path, int depth, struct sizes *sizes)
{
    if (!file_is_folder(path)) {
        return add_file(corpus, path, sizes);
    }
    struct file_list list;
    if (depth > MAX_DEPTH) {
        return error_set(ERR_REQUEST, "corpus: %s: folders are nested more than %d deep", path,
                         MAX_DEPTH);
    }
    int status = file_list_folder(path, &list);
    if (status) {
        return status;
    }
    for (uint32_t i = 0; i < list.n && !status; i++) {
        if (list.names[i][0] != '.') {
            char *inner = file_join(path, list.names[i]);
            status = add_path(corpus, inner, depth + 1, sizes);
            free(inner);
        }
    }
    file_list_finish(&list);
    return status;
}

int corpus_open(const char *const *paths, uint32_t n_paths, struct corpus **ret_corpus)
{
    struct corpus *corpus = mem_alloc(sizeof *corpus);
    struct sizes sizes = {0};
    int status = 0;
    for (uint32_t i = 0; i < n_paths && !status; i++) {
        const char *path = strcmp(paths[i], "-") == 0 ? STANDARD_INPUT : paths[i];
        status = add_path(corpus, path, 0, &sizes);
    }
    if (!status && corpus->n_files == 0) {
        status = error_set(ERR_REQUEST, "corpus: no text in %s",
                           n_paths > 0 ? paths[0] : "an empty list");
    }
    if (status) {
        corpus_close(corpus);
        return status;
    }
    corpus->interface = (struct emb_corpus){.struct_size = sizeof corpus->interface,
                                            .ctx = corpus,
                                            .n_bytes = sizes.unknown ? 0 : sizes.bytes,
                                            .next = next,
                                            .rewind = rewind_corpus};
    *ret_corpus = corpus;
    return 0;
}

static emb_status next_of_text(void *ctx, const char **ret_text, uint64_t *ret_n_bytes)
{
    struct corpus *corpus = ctx;
    *ret_text = corpus->text;
    *ret_n_bytes = corpus->text_is_read ? 0 : corpus->interface.n_bytes;
    corpus->text_is_read = true;
    return EMB_OK;
}

static emb_status rewind_text(void *ctx)
{
    struct corpus *corpus = ctx;
    corpus->text_is_read = false;
    return EMB_OK;
}

struct corpus *corpus_of_text(char *text, size_t n_bytes)
{
    struct corpus *corpus = mem_alloc(sizeof *corpus);
    corpus->text = text;
    corpus->interface = (struct emb_corpus){.struct_size = sizeof corpus->interface,
                                            .ctx = corpus,
                                            .n_bytes = n_bytes,
                                            .next = next_of_text,
                                            .rewind = rewind_text};
    return corpus;
}

void corpus_close(struct corpus *corpus)
{
    if (!corpus) {
        return;
    }
    byte_source_close(corpus->source);
    for (uint32_t i = 0; i < corpus->n_files; i++) {
        free(corpus->files[i]);
    }
    free(corpus->files);
    free(corpus->failure);
    free(corpus->text);
    free(corpus);
}

const struct emb_corpus *corpus_interface(const struct corpus *corpus)
{
    return &corpus->interface;
}

const char *corpus_failure(const struct corpus *corpus)
{
    return corpus->failure;
}

uint32_t corpus_n_files(const struct corpus *corpus)
{
    return corpus->n_files;
}
