/*
 * The file layouts from before tokenizer.json.
 *
 * vocab.txt               a piece a line, its id the number of the line: BERT and its kin. With
 *                         do_lower_case, strip_accents, tokenize_chinese_chars from
 *                         tokenizer_config.json.
 * vocab.json, merges.txt  pieces with their ids; merges two to a line in order of rank, after an
 *                         optional first line "#version: ...": GPT-2, RoBERTa. encoder.json and
 *                         vocab.bpe are the same by GPT-2's own names.
 */
#include "base/json.h"
#include "embedder_util.h"
#include "tokenizer/tokenizer_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    file->stream = fopen(file->path, "rbe");
    return file->stream ? EMB_OK
                        : emb_failf(file->host, EMB_E_IO, "%s: %s", file->path, strerror(errno));
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

/* Put a special piece of the vocabulary at the template's end, and take it out of running text. */
static emb_status add_special(struct tokenizer *tokenizer, const char *text, struct id_list *list,
                              bool lstrip)
{
    struct added_token token = {
        .text = text, .n_bytes = (uint32_t)strlen(text), .special = true, .lstrip = lstrip};
    if (!vocab_find(&tokenizer->model.vocab, text, token.n_bytes, &token.id)) {
        return EMB_OK;
    }
    emb_status status = list ? add_id(tokenizer, list, token.id) : EMB_OK;
    return status ? status : add_token(tokenizer, token);
}

/* vocab.txt */

static emb_status read_pieces(struct tokenizer *tokenizer, const char *path)
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

static emb_status read_bert_config(struct tokenizer *tokenizer, const char *path,
                                   struct normalizer *bert)
{
    struct json_file *file;
    emb_status status = json_load(tokenizer->host, path, &file);
    if (status) {
        return status;
    }
    struct json root = json_root(file);
    bert->bert.strip_accents = false;
    struct json accents;
    bool says_accents = json_has(&root, "strip_accents", &accents);
    status = json_opt_bool(&root, "do_lower_case", &bert->bert.lowercase);
    status =
        status ? status : json_opt_bool(&root, "tokenize_chinese_chars", &bert->bert.chinese_chars);
    status = status ? status : json_opt_bool(&root, "strip_accents", &bert->bert.strip_accents);
    if (!says_accents) {
        bert->bert.strip_accents = bert->bert.lowercase;
    }
    json_free(file);
    return status;
}

static emb_status build_wordpiece(struct tokenizer *tokenizer, const char *path)
{
    struct model *model = &tokenizer->model;
    model->kind = MODEL_WORDPIECE;
    model->wordpiece.max_chars = 100;
    model->wordpiece.prefix = "##";
    model->wordpiece.n_prefix = 2;
    wordpiece_prepare(model);
    if (!vocab_find(&model->vocab, "[UNK]", 5, &model->wordpiece.unknown)) {
        return emb_failf(tokenizer->host, EMB_E_FORMAT, "%s: no piece \"[UNK]\"", path);
    }
    emb_status status = add_special(tokenizer, "[CLS]", &tokenizer->before, false);
    status = status ? status : add_special(tokenizer, "[SEP]", &tokenizer->after, false);
    status = status ? status : add_special(tokenizer, "[PAD]", NULL, false);
    status = status ? status : add_special(tokenizer, "[UNK]", NULL, false);
    status = status ? status : add_special(tokenizer, "[MASK]", NULL, false);
    if (status == EMB_OK && !add_pre_tokenizer(tokenizer, PRE_BERT)) {
        status = EMB_E_FORMAT;
    }
    return status ? status : tokenizer_finish(tokenizer);
}

emb_status read_vocab_txt(const struct emb_host *host, const char *path, const char *config_path,
                          struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = NULL;
    emb_status status = tokenizer_create(host, path, &tokenizer);
    if (status) {
        return status;
    }
    struct normalizer *bert = add_normalizer(tokenizer, NORMALIZER_BERT);
    bert->bert.clean_text = bert->bert.chinese_chars = true;
    bert->bert.lowercase = bert->bert.strip_accents = true;
    if (config_path) {
        status = read_bert_config(tokenizer, config_path, bert);
    }
    status = status ? status : read_pieces(tokenizer, path);
    status = status ? status : build_wordpiece(tokenizer, path);
    if (status) {
        tokenizer_destroy(tokenizer);
        return status;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}

/* vocab.json and merges.txt */

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

static emb_status read_merges(struct tokenizer *tokenizer, const char *path)
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

static emb_status read_vocab_json(struct tokenizer *tokenizer, const char *path)
{
    struct json_file *file;
    emb_status status = json_load(tokenizer->host, path, &file);
    if (status) {
        return status;
    }
    struct json root = json_root(file);
    status = read_vocab_object(tokenizer, &root);
    json_free(file);
    return status;
}

/* RoBERTa's vocabulary has <s> and </s> around a text, GPT-2's but <|endoftext|>. */
static emb_status add_gpt2_specials(struct tokenizer *tokenizer)
{
    uint32_t id;
    bool is_roberta = vocab_find(&tokenizer->model.vocab, "<s>", 3, &id) &&
                      vocab_find(&tokenizer->model.vocab, "</s>", 4, &id);
    if (!is_roberta) {
        return add_special(tokenizer, "<|endoftext|>", NULL, false);
    }
    emb_status status = add_special(tokenizer, "<s>", &tokenizer->before, false);
    status = status ? status : add_special(tokenizer, "</s>", &tokenizer->after, false);
    status = status ? status : add_special(tokenizer, "<pad>", NULL, false);
    status = status ? status : add_special(tokenizer, "<unk>", NULL, false);
    status = status ? status : add_special(tokenizer, "<mask>", NULL, true);
    tokenizer->trims[tokenizer->n_trims++] = false;
    return status;
}

emb_status read_vocab_and_merges(const struct emb_host *host, const char *vocab_path,
                                 const char *merges_path, const char *config_path,
                                 struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = NULL;
    bool add_prefix_space = false;
    emb_status status = tokenizer_create(host, vocab_path, &tokenizer);
    if (status) {
        return status;
    }
    struct json_file *config = NULL;
    if (config_path && (status = json_load(host, config_path, &config)) == EMB_OK) {
        struct json root = json_root(config);
        status = json_opt_bool(&root, "add_prefix_space", &add_prefix_space);
        json_free(config);
    }
    tokenizer->model.kind = MODEL_BPE;
    tokenizer->model.bpe.unknown = NO_ID;
    status = status ? status : read_vocab_json(tokenizer, vocab_path);
    status = status ? status : read_merges(tokenizer, merges_path);
    if (status == EMB_OK) {
        bpe_prepare(&tokenizer->model);
        status = add_byte_level(tokenizer, add_prefix_space, true);
    }
    status = status ? status : add_gpt2_specials(tokenizer);
    status = status ? status : tokenizer_finish(tokenizer);
    if (status) {
        tokenizer_destroy(tokenizer);
        return status;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}
