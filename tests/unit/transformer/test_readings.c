/* Two readings of one model give the same vectors, bit for bit: tokenizer.json beside the files
 * from before it, a folder beside its GGUF file. Each family with each class that it comes with;
 * the tokenizers are those of tests/golden/tokenizer-classes. */
#include "base/json.h"
#include "gguf_case.h"
#include "mini_host.h"
#include "model_folder.h"
#include "tokenizer/tokenizer.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
    char weights[16];    /* golden case of tests/golden/transformer */
    char model_type[16]; /* what its configuration is given */
    char tokenizer[16];  /* golden case of tests/golden/tokenizer-classes */
};

static const struct reading readings[] = {
    {"bert", "bert", "bert"},
    {"bert", "bert", "bert-cased"},
    {"bert", "bert", "xlm-roberta"}, /* the class counts, not the family */
    {"distilbert", "distilbert", "distilbert"},
    {"electra", "electra", "electra"},
    {"mpnet", "mpnet", "mpnet"},
    {"albert", "albert", "albert"},
    {"albert", "albert", "albert-cased"},
    {"roberta", "roberta", "roberta"},
    {"roberta", "roberta", "roberta-prefix"},
    {"roberta", "xlm-roberta", "xlm-roberta"},
    {"roberta", "camembert", "camembert"},
    {"gpt2", "gpt2", "gpt2"},
    {"gpt2", "gpt2", "gpt2-bos"},
    {"neox", "gpt_neox", "neox"},
    {"neox-serial", "gpt_neox", "neox"},
    {"llama", "llama", "llama"},
    {"llama-biased", "llama", "llama-new"},
    {"llama", "llama", "gemma"},
    {"mistral", "mistral", "mistral"},
    {"qwen2", "qwen2", "qwen2"},
    {"qwen3", "qwen3", "qwen2"},
};

/* Mixed text; a blank parts targets. */
static const char *const texts[] = {
    "The cat's naïve café, THE [MASK] 2013",
    "the <mask> and </s>the [HL] covid19 Covid19",
    "  中文abc 日本  can't WON'T 😀 ok",
    "hello<|im_start|> the   cats 12.5, 77, ½ <a> the <b>",
};
enum { N_TEXTS = sizeof texts / sizeof *texts };

static const char *golden(const char *name, const char *file)
{
    static char path[1024];
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/tokenizer-classes/%s%s", root ? root : ".", name,
             file);
    return path;
}

static void write_text(const char *folder, const char *name, const char *text, size_t n)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(text, 1, n, file) == n && fclose(file) == 0, "%s", path);
}

static const char *const files[] = {"vocab.txt",
                                    "vocab.json",
                                    "merges.txt",
                                    "encoder.json",
                                    "vocab.bpe",
                                    "spiece.model",
                                    "tokenizer.model",
                                    "sentencepiece.bpe.model",
                                    "added_tokens.json",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json"};

static void remove_file(const char *folder, const char *name)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

/* The class's files instead of tokenizer.json. */
static void put_class_files(const char *folder, const char *tokenizer)
{
    remove_file(folder, "tokenizer.json");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[64];
        size_t n;
        snprintf(name, sizeof name, "/%s", files[i]);
        if (access(golden(tokenizer, name), R_OK) == 0) {
            char *text = file_text(golden(tokenizer, name), &n);
            write_text(folder, files[i], text, n);
            free(text);
        }
    }
}

/* The configuration with another vocabulary and model type; malloc. */
static char *adapt(const char *config, const char *model_type, unsigned n_vocab)
{
    char *out = calloc(1, strlen(config) + 256);
    const char *vocab = strstr(config, "\"vocab_size\": ");
    const char *type = strstr(config, "\"model_type\": ");
    cr_assert(vocab && type && type < vocab);
    sprintf(out, "%.*s\"model_type\": \"%s\"", (int)(type - config), config, model_type);
    const char *after = strchr(type, ',');
    strncat(out, after, (size_t)(vocab - after));
    sprintf(out + strlen(out), "\"vocab_size\": %u%s", n_vocab, strpbrk(vocab, ",\n}"));
    return out;
}

struct model_case {
    struct case_tensor tensors[256];
    unsigned n;
    char *config;
};

static unsigned count_pieces(const char *tokenizer)
{
    struct tokenizer *json = NULL;
    cr_assert_eq(tokenizer_load(mini_host(1), golden(tokenizer, ".json"), &json), EMB_OK, "%s",
                 mini_host_failure());
    unsigned n = tokenizer_n_pieces(json);
    tokenizer_destroy(json);
    return n;
}

/* The golden case with as many rows as the tokenizer has pieces. */
static void read_case(const char *weights, const char *model_type, const char *tokenizer,
                      struct model_case *ret_case)
{
    unsigned n_vocab = count_pieces(tokenizer);
    ret_case->n = case_tensors(weights, ret_case->tensors, 256);
    for (unsigned i = 0; i < ret_case->n; i++) {
        struct case_tensor *t = &ret_case->tensors[i];
        t->shape[0] = t->shape[0] == CASE_VOCAB ? n_vocab : t->shape[0];
    }
    char *config = file_text(case_path(weights, "config.json"), NULL);
    ret_case->config = adapt(config, model_type, n_vocab);
    free(config);
}

static char *make_folder(const struct model_case *c, const char *tokenizer, bool by_class)
{
    char *folder = folder_make(c->tensors, c->n, c->config, true);
    size_t n;
    if (by_class) {
        put_class_files(folder, tokenizer);
    } else {
        char *text = file_text(golden(tokenizer, ".json"), &n);
        write_text(folder, "tokenizer.json", text, n);
        free(text);
    }
    return folder;
}

static void remove_folder(char *folder)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        remove_file(folder, files[i]);
    }
    folder_remove(folder);
}

static void expect_same(const char *what, const char *first, const char *second)
{
    struct emb_model *models[2] = {model_open(first, NULL, 0, 1, NULL),
                                   model_open(second, NULL, 0, 1, NULL)};
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(models[0], &info);
    unsigned rows[2];
    float *vectors[2];
    for (int i = 0; i < 2; i++) {
        vectors[i] = embed_pieces(models[i], (char *const *)texts, N_TEXTS, &rows[i]);
    }
    size_t width = (size_t)info.n_stages * info.dim;
    cr_assert_eq(rows[0], rows[1]);
    size_t n_zero = 0;
    for (size_t r = 0; r < rows[0]; r++) {
        n_zero += vectors[0][r * width] == 0.0f;
        cr_assert(memcmp(vectors[0] + r * width, vectors[1] + r * width, width * sizeof(float)) ==
                      0,
                  "%s: target %zu differs", what, r);
    }
    cr_expect_lt(2 * n_zero, rows[0], "%s: most targets have no vector", what);
    for (int i = 0; i < 2; i++) {
        free(vectors[i]);
        model_ops()->destroy(models[i]);
    }
}

ParameterizedTestParameters(readings, files_of_the_class)
{
    size_t n = sizeof readings / sizeof *readings;
    struct reading *copies = cr_malloc(sizeof readings);
    memcpy(copies, readings, sizeof readings);
    return cr_make_param_array(struct reading, copies, n);
}

ParameterizedTest(struct reading *reading, readings, files_of_the_class)
{
    struct model_case c;
    char what[64];
    snprintf(what, sizeof what, "%s with %s", reading->model_type, reading->tokenizer);
    read_case(reading->weights, reading->model_type, reading->tokenizer, &c);
    char *json = make_folder(&c, reading->tokenizer, false);
    char *by_class = make_folder(&c, reading->tokenizer, true);
    expect_same(what, json, by_class);
    remove_folder(json);
    remove_folder(by_class);
    free(c.config);
}

/* A sentence model's own limit counts unless another is asked for. */
Test(readings, max_seq_length)
{
    static const char config[] = "{\"max_seq_length\":9,\"do_lower_case\":false}";
    char *folder = folder_of_case("bert");
    write_text(folder, "sentence_bert_config.json", config, strlen(config));
    for (int asked = 0; asked < 2; asked++) {
        const char *more[] = {"max-tokens=20"};
        struct emb_model *model = model_open(folder, more, (unsigned)asked, 1, NULL);
        struct emb_model_info info = {.struct_size = sizeof info};
        model_ops()->info(model, &info);
        cr_expect_eq(info.max_tokens, asked ? 20 : 9);
        model_ops()->destroy(model);
    }
    remove_file(folder, "sentence_bert_config.json");
    folder_remove(folder);
}

/* ---- GGUF ---- */

/* What a converter writes of a class's tokenizer.json. */
struct gguf_tokenizer {
    const char *tokenizer; /* golden case */
    const char *model, *pre;
    const char *bos, *eos; /* pieces around a text; NULL: none */
};

enum { MAX_TOKENS = 512, MAX_PIECE = 64 };

struct token_table {
    char texts[MAX_TOKENS][MAX_PIECE];
    uint32_t types[MAX_TOKENS];
    double scores[MAX_TOKENS];
    uint32_t n;
};

static void set_token(struct token_table *table, uint64_t id, const char *text, uint32_t type)
{
    cr_assert(id < MAX_TOKENS && strlen(text) < MAX_PIECE);
    strcpy(table->texts[id], text);
    table->types[id] = type;
    table->n = id >= table->n ? (uint32_t)id + 1 : table->n;
}

static void read_vocabulary(const struct json *model, struct token_table *table)
{
    struct json vocab;
    struct json member;
    void *iterator = NULL;
    cr_assert(json_member(model, "vocab", &vocab));
    while (json_kind(&vocab) == JSON_KIND_OBJECT && json_next(&vocab, &iterator, &member)) {
        uint64_t id = 0;
        json_as_uint(&member, MAX_TOKENS, &id);
        set_token(table, id, member.key, strncmp(member.key, "<0x", 3) == 0 ? 6 : 1);
        table->scores[id] = -(double)id;
    }
    for (uint64_t i = 0; json_kind(&vocab) == JSON_KIND_ARRAY && i < json_length(&vocab); i++) {
        struct json pair = json_element(&vocab, i);
        struct json piece = json_element(&pair, 0);
        struct json score = json_element(&pair, 1);
        const char *text = NULL;
        json_as_text(&piece, &text, NULL);
        set_token(table, i, text, 1);
        json_as_real(&score, &table->scores[i]);
    }
}

static void read_added(const struct json *root, struct token_table *table)
{
    struct json added;
    cr_assert_eq(json_get_array(root, "added_tokens", &added), EMB_OK);
    for (uint64_t i = 0; i < json_length(&added); i++) {
        struct json token = json_element(&added, i);
        uint64_t id = 0;
        const char *text = NULL;
        bool special = false;
        json_get_uint(&token, "id", MAX_TOKENS, &id);
        json_get_text(&token, "content", &text, NULL);
        json_get_bool(&token, "special", &special);
        bool unknown = strcmp(text, "<unk>") == 0 || strcmp(text, "[UNK]") == 0;
        set_token(table, id, text, unknown ? 2 : special ? 3 : 4);
    }
}

/* WordPiece marks what begins a word instead of what continues one. */
static void mark_words(struct token_table *table)
{
    for (uint32_t i = 0; i < table->n; i++) {
        char marked[MAX_PIECE + 4];
        if (table->types[i] == 1) {
            bool continues = strncmp(table->texts[i], "##", 2) == 0;
            snprintf(marked, sizeof marked, "%s%s", continues ? "" : "\u2581",
                     table->texts[i] + (continues ? 2 : 0));
            cr_assert_lt(strlen(marked), MAX_PIECE);
            strcpy(table->texts[i], marked);
        }
    }
}

static void put_end(struct gguf_keys *keys, const struct token_table *table, const char *piece,
                    const char *id_key, const char *add_key)
{
    for (uint32_t i = 0; piece && i < table->n; i++) {
        if (strcmp(table->texts[i], piece) == 0) {
            put_uint_key(keys, id_key, i);
        }
    }
    if (add_key) {
        put_bool_key(keys, add_key, piece != NULL);
    }
}

static void put_ends(struct gguf_keys *keys, const struct gguf_tokenizer *of,
                     const struct token_table *table)
{
    bool is_bert = strcmp(of->model, "bert") == 0;
    put_end(keys, table, of->bos,
            is_bert ? "tokenizer.ggml.cls_token_id" : "tokenizer.ggml.bos_token_id",
            is_bert ? NULL : "tokenizer.ggml.add_bos_token");
    put_end(keys, table, of->eos,
            is_bert ? "tokenizer.ggml.seperator_token_id" : "tokenizer.ggml.eos_token_id",
            is_bert ? NULL : "tokenizer.ggml.add_eos_token");
    put_end(keys, table, "<mask>", "tokenizer.ggml.mask_token_id", NULL);
}

static void put_merges(struct gguf_keys *keys, const struct json *model)
{
    struct json merges;
    cr_assert_eq(json_get_array(model, "merges", &merges), EMB_OK);
    begin_array_key(keys, "tokenizer.ggml.merges", 8, json_length(&merges));
    for (uint64_t i = 0; i < json_length(&merges); i++) {
        struct json merge = json_element(&merges, i);
        const char *text = NULL;
        json_as_text(&merge, &text, NULL);
        put_text(keys->file, text);
    }
}

static void put_bert_normalizer(struct gguf_keys *keys, const struct json *root)
{
    struct json normalizer;
    bool lowercase = true;
    cr_assert_eq(json_get_object(root, "normalizer", &normalizer), EMB_OK);
    json_get_bool(&normalizer, "lowercase", &lowercase);
    put_bool_key(keys, "tokenizer.ggml.normalizer.lowercase", lowercase);
}

/* A charsmap as bytes of an array; the class's first normalizer. */
static void put_charsmap(struct gguf_keys *keys, const struct json *root)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct json normalizer;
    struct json list;
    const char *text = NULL;
    cr_assert_eq(json_get_object(root, "normalizer", &normalizer), EMB_OK);
    cr_assert_eq(json_get_array(&normalizer, "normalizers", &list), EMB_OK);
    struct json first = json_element(&list, 0);
    cr_assert_eq(json_get_text(&first, "precompiled_charsmap", &text, NULL), EMB_OK);
    size_t n = strcspn(text, "=") * 3 / 4;
    begin_array_key(keys, "tokenizer.ggml.precompiled_charsmap", 0, n);
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (const char *at = text; n > 0; at++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, *at) - digits);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            fputc((int)(bits >> n_bits & 255), keys->file);
            n--;
        }
    }
}

static void put_tokens(struct gguf_keys *keys, const void *arg)
{
    const struct gguf_tokenizer *of = arg;
    struct token_table *table = calloc(1, sizeof *table);
    struct json_file *file;
    cr_assert_eq(json_load(mini_host(1), golden(of->tokenizer, ".json"), &file), EMB_OK);
    struct json root = json_root(file);
    struct json model;
    cr_assert_eq(json_get_object(&root, "model", &model), EMB_OK);
    read_vocabulary(&model, table);
    read_added(&root, table);
    if (strcmp(of->model, "bert") == 0) {
        mark_words(table);
        put_bert_normalizer(keys, &root);
    }
    put_text_key(keys, "tokenizer.ggml.model", of->model);
    put_text_key(keys, "tokenizer.ggml.pre", of->pre);
    begin_array_key(keys, "tokenizer.ggml.tokens", 8, table->n);
    for (uint32_t i = 0; i < table->n; i++) {
        put_text(keys->file, table->texts[i]);
    }
    begin_array_key(keys, "tokenizer.ggml.token_type", 5, table->n);
    for (uint32_t i = 0; i < table->n; i++) {
        put_u32(keys->file, table->types[i]);
    }
    begin_array_key(keys, "tokenizer.ggml.scores", 6, table->n);
    for (uint32_t i = 0; i < table->n; i++) {
        float score = (float)table->scores[i];
        fwrite(&score, sizeof score, 1, keys->file);
    }
    if (strcmp(of->model, "gpt2") == 0) {
        put_merges(keys, &model);
    } else if (strcmp(of->model, "t5") == 0) {
        put_charsmap(keys, &root);
    }
    put_ends(keys, of, table);
    json_free(file);
    free(table);
}

/* The folder with tokenizer.json, and its GGUF file. */
static void expect_same_gguf(const char *model_type, const struct gguf_case *c,
                             const struct gguf_tokenizer *of)
{
    struct model_case model;
    char path[700];
    read_case(c->name, model_type, of->tokenizer, &model);
    char *folder = make_folder(&model, of->tokenizer, false);
    snprintf(path, sizeof path, "%s/model.gguf", folder);
    write_gguf(path, c, model.tensors, model.n, put_tokens, of);
    expect_same(of->tokenizer, folder, path);
    unlink(path);
    remove_folder(folder);
    free(model.config);
}

Test(readings, gguf_bert)
{
    const struct gguf_case c = {"bert", "bert", bert_names, 36, 50,     3,
                                3,      3,      12,         44, 1e-12f, .rms = false};
    expect_same_gguf("bert", &c,
                     &(struct gguf_tokenizer){"bert", "bert", "default", "[CLS]", "[SEP]"});
    expect_same_gguf("bert", &c,
                     &(struct gguf_tokenizer){"bert-cased", "bert", "default", "[CLS]", "[SEP]"});
}

Test(readings, gguf_gpt2)
{
    const struct gguf_case c = {"gpt2", "gpt2", gpt2_names, 33, 132,   3,
                                3,      3,      11,         40, 1e-5f, .transposed = true};
    expect_same_gguf("gpt2", &c, &(struct gguf_tokenizer){"gpt2", "gpt2", "gpt-2", NULL, NULL});
}

Test(readings, gguf_qwen)
{
    const struct gguf_tokenizer of = {"qwen2", "gpt2", "qwen2", NULL, NULL};
    const struct gguf_case qwen3 = {"qwen3", "qwen3", llama_names, 30,          44,         2, 4, 2,
                                    14,      44,      1e-6f,       .rms = true, .linear = 2};
    expect_same_gguf("qwen3", &qwen3, &of);
}

Test(readings, gguf_llama)
{
    const struct gguf_case c = {"llama-biased", "llama",     llama_names,   24, 31, 1, 3, 3, 8, 44,
                                1e-6f,          .rms = true, .paired = true};
    expect_same_gguf("llama", &c,
                     &(struct gguf_tokenizer){"llama", "llama", "default", "<s>", NULL});
}

/* Encoders of other families are architecture bert in GGUF, less the unused rows of positions. */
Test(readings, gguf_roberta)
{
    const struct gguf_case c = {"roberta", "bert", bert_names, 21, 40,    1,
                                3,         3,      7,          44, 1e-5f, .first_position = 2};
    expect_same_gguf("roberta", &c,
                     &(struct gguf_tokenizer){"roberta", "gpt2", "roberta-bpe", "<s>", "</s>"});
    expect_same_gguf("xlm-roberta", &c,
                     &(struct gguf_tokenizer){"xlm-roberta", "t5", "default", "<s>", "</s>"});
}
