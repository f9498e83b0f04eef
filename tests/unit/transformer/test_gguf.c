/* Golden cases written as GGUF files, names, row orders and all, must give the same vectors as the
 * folders that PyTorch is compared with. */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pair {
    const char *from, *to;
};

static const struct pair llama_names[] = {{"model.embed_tokens", "token_embd"},
                                          {"model.norm", "output_norm"},
                                          {"lm_head", "output"},
                                          {"model.layers.", "blk."},
                                          {"input_layernorm", "attn_norm"},
                                          {"post_attention_layernorm", "ffn_norm"},
                                          {"self_attn.q_proj", "attn_q"},
                                          {"self_attn.k_proj", "attn_k"},
                                          {"self_attn.v_proj", "attn_v"},
                                          {"self_attn.o_proj", "attn_output"},
                                          {"self_attn.q_norm", "attn_q_norm"},
                                          {"self_attn.k_norm", "attn_k_norm"},
                                          {"mlp.gate_proj", "ffn_gate"},
                                          {"mlp.up_proj", "ffn_up"},
                                          {"mlp.down_proj", "ffn_down"},
                                          {NULL, NULL}};
static const struct pair gpt2_names[] = {{"wte", "token_embd"},
                                         {"wpe", "position_embd"},
                                         {"ln_f", "output_norm"},
                                         {"h.", "blk."},
                                         {"ln_1", "attn_norm"},
                                         {"ln_2", "ffn_norm"},
                                         {"attn.c_attn", "attn_qkv"},
                                         {"attn.c_proj", "attn_output"},
                                         {"mlp.c_fc", "ffn_up"},
                                         {"mlp.c_proj", "ffn_down"},
                                         {NULL, NULL}};
static const struct pair bert_names[] = {{"bert.embeddings.word_embeddings", "token_embd"},
                                         {"bert.embeddings.position_embeddings", "position_embd"},
                                         {"bert.embeddings.token_type_embeddings", "token_types"},
                                         {"bert.embeddings.LayerNorm", "token_embd_norm"},
                                         {"bert.encoder.layer.", "blk."},
                                         {"attention.self.query", "attn_q"},
                                         {"attention.self.key", "attn_k"},
                                         {"attention.self.value", "attn_v"},
                                         {"attention.output.dense", "attn_output"},
                                         {"attention.output.LayerNorm", "attn_output_norm"},
                                         {"intermediate.dense", "ffn_up"},
                                         {"output.dense", "ffn_down"},
                                         {"output.LayerNorm", "layer_output_norm"},
                                         {NULL, NULL}};

/* The GGUF name of a tensor; false if the format keeps none. */
static bool rename_tensor(const char *name, const struct pair *pairs, char *to)
{
    to[0] = '\0';
    while (*name) {
        const struct pair *p = pairs;
        while (p->from && strncmp(name, p->from, strlen(p->from)) != 0) {
            p++;
        }
        if (p->from) {
            strcat(to, p->to);
            name += strlen(p->from);
        } else {
            size_t n = strlen(to);
            to[n] = *name++;
            to[n + 1] = '\0';
        }
    }
    return strstr(to, "cls.") != to;
}

static void put(FILE *file, const void *data, size_t n)
{
    cr_assert_eq(fwrite(data, 1, n, file), n);
}

static void put_u32(FILE *file, uint32_t value)
{
    put(file, &value, 4);
}

static void put_u64(FILE *file, uint64_t value)
{
    put(file, &value, 8);
}

static void put_text(FILE *file, const char *text)
{
    put_u64(file, strlen(text));
    put(file, text, strlen(text));
}

static void put_uint_key(FILE *file, const char *kind, const char *what, uint32_t value)
{
    char key[128];
    snprintf(key, sizeof key, "%s%s", kind, what);
    put_text(file, key);
    put_u32(file, 4);
    put_u32(file, value);
}

static void put_real_key(FILE *file, const char *kind, const char *what, float value)
{
    char key[128];
    snprintf(key, sizeof key, "%s%s", kind, what);
    put_text(file, key);
    put_u32(file, 6);
    put(file, &value, 4);
}

static void put_text_key(FILE *file, const char *key, const char *text)
{
    put_text(file, key);
    put_u32(file, 8);
    put_text(file, text);
}

struct gguf_case {
    const char *name, *kind;
    const struct pair *names;
    uint32_t dim, inner, blocks, heads, kv_heads, head_dim, positions;
    float eps;
    bool rms, transposed, interleaved;
};

static void put_tokens(FILE *file)
{
    put_text_key(file, "tokenizer.ggml.model", "bert");
    put_text(file, "tokenizer.ggml.tokens");
    put_u32(file, 9);
    put_u32(file, 8);
    put_u64(file, CASE_VOCAB);
    static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        char text[32];
        if (i < 5) {
            snprintf(text, sizeof text, "%s", specials[i]);
        } else {
            snprintf(text, sizeof text, "\u2581p%u", i); /* a word's first piece */
        }
        put_text(file, text);
    }
    put_text(file, "tokenizer.ggml.token_type");
    put_u32(file, 9);
    put_u32(file, 5);
    put_u64(file, CASE_VOCAB);
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        put_u32(file, i == 1 ? 2 : i < 5 ? 3 : 1);
    }
    put_uint_key(file, "tokenizer.ggml.", "unknown_token_id", 1);
    put_uint_key(file, "tokenizer.ggml.", "cls_token_id", CASE_CLS);
    put_uint_key(file, "tokenizer.ggml.", "bos_token_id", CASE_CLS);
    put_uint_key(file, "tokenizer.ggml.", "seperator_token_id",
                 CASE_SEP); /* as converters spell it */
    put_uint_key(file, "tokenizer.ggml.", "eos_token_id", CASE_SEP);
}

enum { N_KEYS = 20 };

static void put_metadata(FILE *file, const struct gguf_case *c)
{
    char kind[32];
    snprintf(kind, sizeof kind, "%s.", c->kind);
    put_text_key(file, "general.architecture", c->kind);
    put_uint_key(file, kind, "embedding_length", c->dim);
    put_uint_key(file, kind, "feed_forward_length", c->inner);
    put_uint_key(file, kind, "block_count", c->blocks);
    put_uint_key(file, kind, "attention.head_count", c->heads);
    put_uint_key(file, kind, "attention.head_count_kv", c->kv_heads);
    put_uint_key(file, kind, "attention.key_length", c->head_dim);
    put_uint_key(file, kind, "context_length", c->positions);
    put_real_key(file, kind,
                 c->rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
                 c->eps);
    put_real_key(file, kind, "rope.freq_base", c->interleaved ? 500000.0f : 10000.0f);
    bool linear = strcmp(c->name, "qwen3") == 0;
    char key[64];
    snprintf(key, sizeof key, "%srope.scaling.type", kind);
    put_text_key(file, key, linear ? "linear" : "none");
    put_real_key(file, kind, "rope.scaling.factor", 2.0f);
    put_tokens(file);
}

/* Divisors that llama3 scaling (factor 8, 1, 4, 64) comes to. */
static float divisor(const struct gguf_case *c, uint32_t i)
{
    double wave = 2 * 3.14159265358979323846 * pow(500000.0, 2.0 * i / c->head_dim);
    if (wave < 64 / 4.0) {
        return 1;
    }
    if (wave > 64) {
        return 8;
    }
    double smooth = (64 / wave - 1) / 3;
    return (float)(1 / ((1 - smooth) / 8 + smooth));
}

/* Which row of the checkpoint stands in row r of the GGUF matrix. */
static uint32_t source_row(const struct gguf_case *c, const char *name, uint32_t r)
{
    if (!c->interleaved || !(strstr(name, "attn_q.") || strstr(name, "attn_k."))) {
        return r;
    }
    uint32_t d = c->head_dim, in_head = r % d;
    return r - in_head + in_head / 2 + (in_head % 2) * (d / 2);
}

static void put_tensor(FILE *file, const struct gguf_case *c, const struct case_tensor *t,
                       const char *name)
{
    uint32_t rows = t->shape[0], columns = t->n_dims == 2 ? t->shape[1] : 1;
    bool turned = c->transposed && t->n_dims == 2 && strncmp(name, "blk.", 4) == 0;
    for (uint32_t r = 0; r < (turned ? columns : rows); r++) {
        for (uint32_t k = 0; k < (turned ? rows : columns); k++) {
            uint64_t from =
                turned ? (uint64_t)k * columns + r : (uint64_t)source_row(c, name, r) * columns + k;
            float value = (float)case_value(t, from);
            put(file, &value, 4);
        }
    }
    while (ftell(file) % 32 != 0) {
        put(file, "", 1);
    }
}

static void write_gguf(const char *path, const struct gguf_case *c)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors(c->name, tensors, 256), kept = 0;
    char names[256][160];
    for (unsigned i = 0; i < n; i++) {
        if (rename_tensor(tensors[i].name, c->names, names[kept])) {
            tensors[kept++] = tensors[i];
        }
    }
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    put(file, "GGUF", 4);
    put_u32(file, 3);
    put_u64(file, kept + c->interleaved);
    put_u64(file, N_KEYS);
    put_metadata(file, c);
    uint64_t offset = 0;
    for (unsigned i = 0; i < kept; i++) {
        const struct case_tensor *t = &tensors[i];
        bool turned = c->transposed && t->n_dims == 2 && strncmp(names[i], "blk.", 4) == 0;
        put_text(file, names[i]);
        put_u32(file, t->n_dims);
        uint64_t n_elements = 1;
        for (unsigned d = 0; d < t->n_dims; d++) { /* fastest first */
            put_u64(file, t->shape[turned ? d : t->n_dims - 1 - d]);
            n_elements *= t->shape[d];
        }
        put_u32(file, 0);
        put_u64(file, offset);
        offset += (n_elements * 4 + 31) / 32 * 32;
    }
    if (c->interleaved) {
        put_text(file, "rope_freqs.weight");
        put_u32(file, 1);
        put_u64(file, c->head_dim / 2);
        put_u32(file, 0);
        put_u64(file, offset);
    }
    while (ftell(file) % 32 != 0) {
        put(file, "", 1);
    }
    for (unsigned i = 0; i < kept; i++) {
        put_tensor(file, c, &tensors[i], names[i]);
    }
    for (uint32_t i = 0; c->interleaved && i < c->head_dim / 2; i++) {
        float value = divisor(c, i);
        put(file, &value, 4);
    }
    fclose(file);
}

static void same_vectors(const struct gguf_case *c)
{
    char *folder = folder_of_case(c->name), path[600];
    snprintf(path, sizeof path, "%s.gguf", folder);
    write_gguf(path, c);
    struct emb_model *plain = model_open(folder, NULL, 0, 1, NULL);
    struct emb_model *gguf = model_open(path, NULL, 0, 1, NULL);
    struct emb_model_info info = {.struct_size = sizeof info}, of_gguf = info;
    model_ops()->info(plain, &info);
    model_ops()->info(gguf, &of_gguf);
    cr_assert_eq(info.n_stages, of_gguf.n_stages);
    cr_assert_eq(info.dim, of_gguf.dim);
    /* the GGUF tokenizer always sets [CLS] and [SEP]: give the decoders' folder the same pieces */
    bool causal = strcmp(c->kind, "bert") != 0;
    static const unsigned ids[] = {11, 5, 60, 5, 23, 40, 17, 8, 9, 33, 20};
    char *text = text_of_ids(ids, 11);
    char *with = calloc(1, strlen(text) + 8);
    strcat(strcat(with, causal ? "[CLS] " : ""), text);
    unsigned rows, more;
    float *a = embed_pieces(plain, &with, 1, &rows), *b = embed_pieces(gguf, &text, 1, &more);
    cr_assert_eq(rows, more + causal);
    size_t width = (size_t)info.n_stages * info.dim;
    const float *from = a + (causal ? width : 0);
    for (size_t i = 0; i < more * width; i++) {
        cr_assert_float_eq((double)b[i], (double)from[i], 2e-5 * (1 + fabs((double)from[i])),
                           "%s: row %zu, stage %zu: %g, not %g", c->name, i / width,
                           i % width / info.dim, (double)b[i], (double)from[i]);
    }
    free(a);
    free(b);
    free(text);
    free(with);
    model_ops()->destroy(plain);
    model_ops()->destroy(gguf);
    unlink(path);
    folder_remove(folder);
}

Test(gguf, llama)
{
    same_vectors(&(struct gguf_case){"llama", "llama", llama_names, 60, 47, 2, 6, 2, 10, 44, 1e-6f,
                                     true, false, true});
}

Test(gguf, qwen3)
{
    same_vectors(&(struct gguf_case){"qwen3", "qwen3", llama_names, 30, 44, 2, 4, 2, 14, 44, 1e-6f,
                                     true, false, false});
}

Test(gguf, gpt2)
{
    same_vectors(&(struct gguf_case){"gpt2", "gpt2", gpt2_names, 33, 132, 3, 3, 3, 11, 40, 1e-5f,
                                     false, true, false});
}

Test(gguf, bert)
{
    same_vectors(&(struct gguf_case){"bert", "bert", bert_names, 36, 50, 3, 3, 3, 12, 44, 1e-12f,
                                     false, false, false});
}
