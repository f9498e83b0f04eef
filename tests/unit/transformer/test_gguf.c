/* Golden cases written as GGUF files, names, row orders and all, must give the same vectors as the
 * folders that PyTorch is compared with. */
#include "gguf_case.h"
#include "mini_host.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_tokens(struct gguf_keys *keys, const void *arg)
{
    (void)arg;
    put_text_key(keys, "tokenizer.ggml.model", "bert");
    begin_array_key(keys, "tokenizer.ggml.tokens", 8, CASE_VOCAB);
    static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        char text[32];
        if (i < 5) {
            snprintf(text, sizeof text, "%s", specials[i]);
        } else {
            snprintf(text, sizeof text, "\u2581p%u", i); /* a word's first piece */
        }
        put_text(keys->file, text);
    }
    begin_array_key(keys, "tokenizer.ggml.token_type", 5, CASE_VOCAB);
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        put_u32(keys->file, i == 1 ? 2 : i < 5 ? 3 : 1);
    }
    put_uint_key(keys, "tokenizer.ggml.unknown_token_id", 1);
    put_uint_key(keys, "tokenizer.ggml.cls_token_id", CASE_CLS);
    put_uint_key(keys, "tokenizer.ggml.bos_token_id", CASE_CLS);
    put_uint_key(keys, "tokenizer.ggml.seperator_token_id", CASE_SEP); /* as converters spell it */
    put_uint_key(keys, "tokenizer.ggml.eos_token_id", CASE_SEP);
}

static void same_vectors(const struct gguf_case *c)
{
    char *folder = folder_of_case(c->name), path[600];
    snprintf(path, sizeof path, "%s.gguf", folder);
    struct case_tensor tensors[256];
    unsigned n = case_tensors(c->name, tensors, 256);
    write_gguf(path, c, tensors, n, put_tokens, NULL);
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
                                     .rms = true, .paired = true, .theta = 500000,
                                     .divisors = true});
}

Test(gguf, qwen3)
{
    same_vectors(&(struct gguf_case){"qwen3", "qwen3", llama_names, 30, 44, 2, 4, 2, 14, 44, 1e-6f,
                                     .rms = true, .linear = 2});
}

Test(gguf, gpt2)
{
    same_vectors(&(struct gguf_case){"gpt2", "gpt2", gpt2_names, 33, 132, 3, 3, 3, 11, 40, 1e-5f,
                                     .transposed = true});
}

Test(gguf, bert)
{
    same_vectors(&(struct gguf_case){"bert", "bert", bert_names, 36, 50, 3, 3, 3, 12, 44, 1e-12f,
                                     .rms = false});
}
