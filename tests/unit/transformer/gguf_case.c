/* Writes golden cases as GGUF files, as converters name their tensors. */
#include "gguf_case.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

const struct gguf_name llama_names[] = {{"model.embed_tokens", "token_embd"},
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
const struct gguf_name gpt2_names[] = {{"wte", "token_embd"},
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
const struct gguf_name bert_names[] = {{"roberta.", ""},
                                       {"bert.", ""},
                                       {"embeddings.word_embeddings", "token_embd"},
                                       {"embeddings.position_embeddings", "position_embd"},
                                       {"embeddings.token_type_embeddings", "token_types"},
                                       {"embeddings.LayerNorm", "token_embd_norm"},
                                       {"encoder.layer.", "blk."},
                                       {"attention.self.query", "attn_q"},
                                       {"attention.self.key", "attn_k"},
                                       {"attention.self.value", "attn_v"},
                                       {"attention.output.dense", "attn_output"},
                                       {"attention.output.LayerNorm", "attn_output_norm"},
                                       {"intermediate.dense", "ffn_up"},
                                       {"output.dense", "ffn_down"},
                                       {"output.LayerNorm", "layer_output_norm"},
                                       {NULL, NULL}};

/* The GGUF name of a tensor; false if the format keeps none. A prefix that the names lack
 * ("roberta." for "bert.") is left out. */
static bool rename_tensor(const char *name, const struct gguf_name *pairs, char *to)
{
    to[0] = '\0';
    while (*name) {
        const struct gguf_name *p = pairs;
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

void put_u32(FILE *file, uint32_t value)
{
    put(file, &value, 4);
}

void put_u64(FILE *file, uint64_t value)
{
    put(file, &value, 8);
}

void put_text(FILE *file, const char *text)
{
    put_u64(file, strlen(text));
    put(file, text, strlen(text));
}

static void put_key(struct gguf_keys *keys, const char *key, uint32_t type)
{
    put_text(keys->file, key);
    put_u32(keys->file, type);
    keys->n++;
}

void put_text_key(struct gguf_keys *keys, const char *key, const char *text)
{
    put_key(keys, key, 8);
    put_text(keys->file, text);
}

void put_uint_key(struct gguf_keys *keys, const char *key, uint32_t value)
{
    put_key(keys, key, 4);
    put_u32(keys->file, value);
}

void put_bool_key(struct gguf_keys *keys, const char *key, bool value)
{
    uint8_t byte = value;
    put_key(keys, key, 7);
    put(keys->file, &byte, 1);
}

void put_real_key(struct gguf_keys *keys, const char *key, float value)
{
    put_key(keys, key, 6);
    put(keys->file, &value, 4);
}

void begin_array_key(struct gguf_keys *keys, const char *key, uint32_t type, uint64_t n)
{
    put_key(keys, key, 9);
    put_u32(keys->file, type);
    put_u64(keys->file, n);
}

static void put_metadata(struct gguf_keys *keys, const struct gguf_case *c)
{
    const struct {
        const char *what;
        uint32_t value;
    } sizes[] = {{"embedding_length", c->dim},
                 {"feed_forward_length", c->inner},
                 {"block_count", c->blocks},
                 {"attention.head_count", c->heads},
                 {"attention.head_count_kv", c->kv_heads},
                 {"attention.key_length", c->head_dim},
                 {"context_length", c->positions - c->first_position}};
    char key[128];
    put_text_key(keys, "general.architecture", c->kind);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(key, sizeof key, "%s.%s", c->kind, sizes[i].what);
        put_uint_key(keys, key, sizes[i].value);
    }
    snprintf(key, sizeof key, "%s.attention.layer_norm_%sepsilon", c->kind, c->rms ? "rms_" : "");
    put_real_key(keys, key, c->eps);
    snprintf(key, sizeof key, "%s.rope.freq_base", c->kind);
    put_real_key(keys, key, c->theta > 0 ? (float)c->theta : 10000.0f);
    snprintf(key, sizeof key, "%s.rope.scaling.type", c->kind);
    put_text_key(keys, key, c->linear > 0 ? "linear" : "none");
    snprintf(key, sizeof key, "%s.rope.scaling.factor", c->kind);
    put_real_key(keys, key, c->linear > 0 ? (float)c->linear : 1.0f);
}

/* Divisors that llama3 scaling (factor 8, 1, 4, 64) comes to. */
static float divisor(const struct gguf_case *c, uint32_t i)
{
    double wave = 2 * 3.14159265358979323846 * pow(c->theta, 2.0 * i / c->head_dim);
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
    if (strcmp(name, "position_embd.weight") == 0) {
        return r + c->first_position;
    }
    if (!c->paired || !(strstr(name, "attn_q.") || strstr(name, "attn_k."))) {
        return r;
    }
    uint32_t d = c->head_dim, in_head = r % d;
    return r - in_head + in_head / 2 + (in_head % 2) * (d / 2);
}

static bool is_turned(const struct gguf_case *c, const struct case_tensor *t, const char *name)
{
    return c->transposed && t->n_dims == 2 && strncmp(name, "blk.", 4) == 0;
}

static uint32_t rows_of(const struct gguf_case *c, const struct case_tensor *t, const char *name)
{
    return t->shape[0] - (strcmp(name, "position_embd.weight") == 0 ? c->first_position : 0);
}

static void put_padding(FILE *file)
{
    while (ftell(file) % 32 != 0) {
        put(file, "", 1);
    }
}

static void put_tensor(FILE *file, const struct gguf_case *c, const struct case_tensor *t,
                       const char *name)
{
    uint32_t rows = rows_of(c, t, name), columns = t->n_dims == 2 ? t->shape[1] : 1;
    bool turned = is_turned(c, t, name);
    for (uint32_t r = 0; r < (turned ? columns : rows); r++) {
        for (uint32_t k = 0; k < (turned ? rows : columns); k++) {
            uint64_t from =
                turned ? (uint64_t)k * columns + r : (uint64_t)source_row(c, name, r) * columns + k;
            float value = (float)case_value(t, from);
            put(file, &value, 4);
        }
    }
    put_padding(file);
}

static void put_shapes(FILE *file, const struct gguf_case *c, const struct case_tensor *tensors,
                       char (*names)[160], unsigned n)
{
    uint64_t offset = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct case_tensor *t = &tensors[i];
        bool turned = is_turned(c, t, names[i]);
        uint32_t shape[2] = {rows_of(c, t, names[i]), t->n_dims == 2 ? t->shape[1] : 1};
        put_text(file, names[i]);
        put_u32(file, t->n_dims);
        for (unsigned d = 0; d < t->n_dims; d++) { /* fastest first */
            put_u64(file, shape[turned ? d : t->n_dims - 1 - d]);
        }
        put_u32(file, 0);
        put_u64(file, offset);
        offset += ((uint64_t)shape[0] * shape[1] * 4 + 31) / 32 * 32;
    }
    if (c->divisors) {
        put_text(file, "rope_freqs.weight");
        put_u32(file, 1);
        put_u64(file, c->head_dim / 2);
        put_u32(file, 0);
        put_u64(file, offset);
    }
}

void write_gguf(const char *path, const struct gguf_case *c, const struct case_tensor *tensors,
                unsigned n, void (*put_tokens)(struct gguf_keys *keys, const void *arg),
                const void *arg)
{
    struct case_tensor kept[256];
    char names[256][160];
    unsigned n_kept = 0;
    for (unsigned i = 0; i < n; i++) {
        if (rename_tensor(tensors[i].name, c->names, names[n_kept])) {
            kept[n_kept++] = tensors[i];
        }
    }
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    put(file, "GGUF", 4);
    put_u32(file, 3);
    put_u64(file, n_kept + c->divisors);
    put_u64(file, 0); /* keys, known below */
    struct gguf_keys keys = {.file = file};
    put_metadata(&keys, c);
    put_tokens(&keys, arg);
    put_shapes(file, c, kept, names, n_kept);
    put_padding(file);
    for (unsigned i = 0; i < n_kept; i++) {
        put_tensor(file, c, &kept[i], names[i]);
    }
    for (uint32_t i = 0; c->divisors && i < c->head_dim / 2; i++) {
        float value = divisor(c, i);
        put(file, &value, 4);
    }
    fseek(file, 16, SEEK_SET);
    put_u64(file, keys.n);
    cr_assert_eq(fclose(file), 0);
}
