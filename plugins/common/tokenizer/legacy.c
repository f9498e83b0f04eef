/*
 * The vocabulary files from before tokenizer.json.
 *
 * vocab.txt               a piece a line, its id the number of the line: BERT and similar models.
 * vocab.json, merges.txt  pieces with their ids; merges two to a line in order of rank, after an
 *                         optional first line "#version: ...": byte-level classes. encoder.json and
 *                         vocab.bpe are the same by GPT-2's own names.
 */
#include "base/json.h"
#include "base/open.h"
#include "base/try.h"
#include "embedder_util.h"
#include "tokenizer/classes.h"
#include "tokenizer/json_tokenizer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line_file {
    const struct emb_host *host;
    const char *path;
    FILE *stream;
    char *line;
    size_t capacity;
    size_t n; /* bytes of the line without its end */
    unsigned long long number;
};

static emb_status open_lines(struct line_file *file)
{
    int fd;
    TRY(open_regular(file->host, file->path, &fd));
    file->stream = fdopen(fd, "rb");
    if (!file->stream) {
        close(fd);
        return emb_failf(file->host, EMB_E_NOMEM, "%s: %s", file->path, strerror(errno));
    }
    return EMB_OK;
}

/* False at the end, and where reading fails: then *ret_status. */
static bool next_line(struct line_file *file, emb_status *ret_status)
{
    errno = 0;
    ssize_t n = getline(&file->line, &file->capacity, file->stream);
    if (n < 0) {
        if (ferror(file->stream) || errno == ENOMEM) {
            *ret_status =
                emb_failf(file->host, errno == ENOMEM ? EMB_E_NOMEM : EMB_E_IO, "%s: line %llu: %s",
                          file->path, file->number + 1, strerror(errno));
        }
        return false;
    }
    file->number++;
    while (n > 0 && (file->line[n - 1] == '\n' || file->line[n - 1] == '\r')) {
        n--;
    }
    file->line[n] = '\0';
    file->n = (size_t)n;
    return true;
}

static void close_lines(struct line_file *file)
{
    if (file->stream) {
        fclose(file->stream);
    }
    free(file->line);
}

emb_status read_vocab_txt(struct tokenizer *tokenizer, const char *path)
{
    struct line_file file = {.host = tokenizer->host, .path = path};
    emb_status status = open_lines(&file);
    for (uint32_t id = 0; status == EMB_OK && next_line(&file, &status); id++) {
        if (id > VOCAB_MAX_ID || file.n > UINT16_MAX) {
            status = emb_failf(file.host, EMB_E_FORMAT,
                               "%s: line %llu: too many or too long pieces", path, file.number);
        } else {
            status = vocab_add(&tokenizer->model.vocab, file.line, (uint32_t)file.n, id);
        }
    }
    close_lines(&file);
    return status ? status : vocab_seal(&tokenizer->model.vocab);
}

static emb_status count_lines(const struct emb_host *host, const char *path, uint32_t *ret_n)
{
    struct line_file file = {.host = host, .path = path};
    emb_status status = open_lines(&file);
    uint32_t n = 0;
    while (status == EMB_OK && n < 1u << 28 && next_line(&file, &status)) {
        n++;
    }
    close_lines(&file);
    *ret_n = n;
    return status;
}

emb_status read_merges_txt(struct tokenizer *tokenizer, const char *path)
{
    uint32_t n = 0;
    emb_status status = count_lines(tokenizer->host, path, &n);
    status = status ? status : bpe_reserve(&tokenizer->model, &tokenizer->pool, n);
    struct line_file file = {.host = tokenizer->host, .path = path};
    status = status ? status : open_lines(&file);
    for (uint32_t i = 0; i < n && status == EMB_OK && next_line(&file, &status); i++) {
        char *space = strchr(file.line, ' ');
        if (file.n == 0 || (file.number == 1 && strncmp(file.line, "#version", 8) == 0)) {
            continue;
        }
        if (!space || strchr(space + 1, ' ') || file.n > UINT16_MAX) {
            status = emb_failf(file.host, EMB_E_FORMAT,
                               "%s: line %llu: found \"%.80s\", expected two pieces and one space",
                               path, file.number, file.line);
        } else if (!add_merge(tokenizer, file.line, (uint32_t)(space - file.line), space + 1,
                              (uint32_t)strlen(space + 1))) {
            status = emb_failf(file.host, EMB_E_FORMAT,
                               "%s: line %llu: the pieces of \"%.80s\" or the two joined are not "
                               "in the vocabulary",
                               path, file.number, file.line);
        }
    }
    close_lines(&file);
    return status;
}

emb_status read_vocab_json(struct tokenizer *tokenizer, const char *path)
{
    struct json_file *file;
    TRY(json_load(tokenizer->host, path, &file));
    struct json root = json_root(file);
    emb_status status = read_vocab_object(tokenizer, &root);
    json_free(file);
    return status;
}
