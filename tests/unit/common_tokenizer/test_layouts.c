/* The layouts besides tokenizer.json. */
#include "support.h"
#include "tensors/tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tokenizer *load(const char *path)
{
    struct tokenizer *tokenizer = NULL;
    cr_assert_eq(tokenizer_load(mini_host(1), path, &tokenizer), EMB_OK, "%s", mini_host_failure());
    return tokenizer;
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

Test(layouts, vocab_txt)
{
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_text("vocab.txt",
               "[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncaf\xC3\xA9\ncafe\n##s\nThe");
    struct tokenizer *tokenizer = load(scratch_folder());
    cr_expect_str_eq(cut(tokenizer, "The caf\xC3\xA9s [MASK]", TOKENIZER_SPECIAL),
                     "2:0-0 5:0-3 7:4-9 8:9-10 4:11-17 3:0-0");
    tokenizer_destroy(tokenizer);
    write_text("tokenizer_config.json", "{\"do_lower_case\":false}");
    tokenizer = load(scratch_folder());
    cr_expect_str_eq(cut(tokenizer, "The caf\xC3\xA9s the", 0), "9:0-3 6:4-9 8:9-10 5:11-14");
    tokenizer_destroy(tokenizer);
    write_text("vocab.txt", "the\n");
    struct tokenizer *none = NULL;
    cr_expect_eq(tokenizer_load(mini_host(1), scratch_folder(), &none), EMB_E_FORMAT);
    cr_expect(strstr(mini_host_failure(), "[UNK]"));
    cr_expect_eq(mini_host_bytes(), 0);
}

Test(layouts, vocab_and_merges)
{
    char vocab[4096] = "{\"<|endoftext|>\":0";
    for (unsigned c = '!', id = 1; c <= '~'; c++) {
        snprintf(vocab + strlen(vocab), 32, ",\"%s%c\":%u", c == '"' || c == '\\' ? "\\" : "", c,
                 id++);
    }
    strcat(vocab, ",\"\\u0120\":100,\"th\":101,\"the\":102,\"\\u0120the\":103,\"\\u0120t\":104}");
    write_text("config.json", "{\"model_type\":\"gpt2\"}");
    write_text("vocab.json", vocab);
    write_text("merges.txt", "#version: 0.2\nt h\nth e\n\xC4\xA0 the\n\n");
    struct tokenizer *tokenizer = load(scratch_folder());
    cr_expect_str_eq(cut(tokenizer, "the the<|endoftext|>", 0), "102:0-3 103:3-7 0:7-20");
    cr_expect_str_eq(cut_words(tokenizer, "the the", 0), "102:0-3@0 103:4-7@1");
    tokenizer_destroy(tokenizer);
    write_text("merges.txt", "t h\nt zebra\n");
    struct tokenizer *none = NULL;
    cr_expect_eq(tokenizer_load(mini_host(1), scratch_folder(), &none), EMB_E_FORMAT);
    cr_expect(strstr(mini_host_failure(), "merges.txt: line 2"), "%s", mini_host_failure());
}

static char *read_file(const char *name, size_t *ret_n)
{
    char path[1024];
    static char bytes[65536];
    snprintf(path, sizeof path, "%s/tests/fuzz/tokenizer/corpus-sentencepiece/%s",
             getenv("HARNESS_SOURCE_ROOT"), name);
    FILE *stream = fopen(path, "rb");
    cr_assert(stream, "%s", path);
    *ret_n = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    return bytes;
}

/* Expected ids are those of SentencePiece 0.1.97 on the same models. */
Test(layouts, sentencepiece)
{
    size_t n;
    char *bytes = read_file("unigram", &n);
    struct tokenizer *tokenizer = load(write_file("spiece.model", bytes, n));
    cr_expect_str_eq(cut(tokenizer, "  the  cat<user>xx the", 0),
                     "4:2-5 9:6-8 10:8-10 14:10-16 0:16-18 4:18-22");
    tokenizer_destroy(tokenizer);
    bytes = read_file("bpe", &n);
    tokenizer = load(write_file("spiece.model", bytes, n));
    cr_expect_str_eq(cut(tokenizer, "the \xC3\xA9", 0), "15:0-1 7:1-2 8:2-3 3:3-4 211:4-6 185:4-6");
    tokenizer_destroy(tokenizer);
    for (size_t cut_at = 0; cut_at < n; cut_at += 7) {
        struct tokenizer *none = NULL;
        emb_status status = read_sentencepiece_bytes(mini_host(1), "s", bytes, cut_at, &none);
        cr_expect(status == EMB_OK || status == EMB_E_FORMAT);
        tokenizer_destroy(none);
    }
    cr_expect_eq(mini_host_bytes(), 0);
}

/* A GGUF file being written: metadata, and a tensor of one number. */
struct gguf_writer {
    char bytes[65536];
    size_t n;
    uint64_t n_keys;
};

static void put(struct gguf_writer *writer, const void *bytes, size_t n)
{
    memcpy(writer->bytes + writer->n, bytes, n);
    writer->n += n;
}

static void put_u32(struct gguf_writer *writer, uint32_t value)
{
    put(writer, &value, 4);
}

static void put_u64(struct gguf_writer *writer, uint64_t value)
{
    put(writer, &value, 8);
}

static void put_string(struct gguf_writer *writer, const char *text)
{
    put_u64(writer, strlen(text));
    put(writer, text, strlen(text));
}

static void key_text(struct gguf_writer *writer, const char *key, const char *text)
{
    put_string(writer, key);
    put_u32(writer, 8);
    put_string(writer, text);
    writer->n_keys++;
}

static void key_u32(struct gguf_writer *writer, const char *key, uint32_t value)
{
    put_string(writer, key);
    put_u32(writer, 4);
    put_u32(writer, value);
    writer->n_keys++;
}

static void key_texts(struct gguf_writer *writer, const char *key, const char *const *texts,
                      unsigned n)
{
    put_string(writer, key);
    put_u32(writer, 9);
    put_u32(writer, 8);
    put_u64(writer, n);
    for (unsigned i = 0; i < n; i++) {
        put_string(writer, texts[i]);
    }
    writer->n_keys++;
}

static void key_numbers(struct gguf_writer *writer, const char *key, uint32_t type,
                        const void *values, unsigned n)
{
    put_string(writer, key);
    put_u32(writer, 9);
    put_u32(writer, type);
    put_u64(writer, n);
    put(writer, values, 4 * (size_t)n);
    writer->n_keys++;
}

static void begin_gguf(struct gguf_writer *writer)
{
    *writer = (struct gguf_writer){0};
    put(writer, "GGUF", 4);
    put_u32(writer, 3);
    put_u64(writer, 1); /* tensors */
    put_u64(writer, 0); /* keys, known at the end */
    key_text(writer, "general.architecture", "test");
}

static emb_status load_gguf(struct gguf_writer *writer, struct tensor_file **ret_file,
                            struct tokenizer **ret_tokenizer)
{
    memcpy(writer->bytes + 16, &writer->n_keys, 8);
    put_string(writer, "x");
    put_u32(writer, 1); /* dimensions */
    put_u64(writer, 1);
    put_u32(writer, 0); /* float32 */
    put_u64(writer, 0); /* offset */
    while (writer->n % 32) {
        writer->bytes[writer->n++] = 0;
    }
    put_u32(writer, 0);
    const char *path = write_file("model.gguf", writer->bytes, writer->n);
    cr_assert_eq(tensor_file_open(mini_host(1), path, ret_file), EMB_OK, "%s", mini_host_failure());
    return tokenizer_load_gguf(mini_host(1), tensor_file_gguf(*ret_file), path, ret_tokenizer);
}

Test(layouts, gguf_bert)
{
    static const char *const tokens[] = {"[PAD]",         "[UNK]",           "[CLS]",
                                         "[SEP]",         "\xE2\x96\x81the", "s",
                                         "\xE2\x96\x81s", "\xE2\x96\x81,"};
    static const int32_t types[] = {3, 2, 3, 3, 1, 1, 1, 1};
    static struct gguf_writer writer;
    begin_gguf(&writer);
    key_text(&writer, "tokenizer.ggml.model", "bert");
    key_texts(&writer, "tokenizer.ggml.tokens", tokens, 8);
    key_numbers(&writer, "tokenizer.ggml.token_type", 5, types, 8);
    key_u32(&writer, "tokenizer.ggml.cls_token_id", 2);
    key_u32(&writer, "tokenizer.ggml.seperator_token_id", 3);
    struct tensor_file *file;
    struct tokenizer *tokenizer;
    cr_assert_eq(load_gguf(&writer, &file, &tokenizer), EMB_OK, "%s", mini_host_failure());
    cr_expect_str_eq(cut(tokenizer, "Thes, s x", TOKENIZER_SPECIAL),
                     "2:0-0 4:0-3 5:3-4 7:4-5 6:6-7 1:8-9 3:0-0");
    tokenizer_destroy(tokenizer);
    tensor_file_close(file);
}

Test(layouts, gguf_byte_level)
{
    static const char *const tokens[] = {"t",  "h",   "e",           "\xC4\xA0", "1",
                                         "th", "the", "\xC4\xA0the", "<end>",    "<begin>"};
    static const char *const merges[] = {"t h", "th e", "\xC4\xA0 the"};
    static const int32_t types[] = {1, 1, 1, 1, 1, 1, 1, 1, 3, 3};
    static struct gguf_writer writer;
    for (int known = 1; known >= 0; known--) {
        begin_gguf(&writer);
        key_text(&writer, "tokenizer.ggml.model", "gpt2");
        key_text(&writer, "tokenizer.ggml.pre", known ? "llama-bpe" : "zebra");
        key_texts(&writer, "tokenizer.ggml.tokens", tokens, 10);
        key_texts(&writer, "tokenizer.ggml.merges", merges, 3);
        key_numbers(&writer, "tokenizer.ggml.token_type", 5, types, 10);
        key_u32(&writer, "tokenizer.ggml.bos_token_id", 9);
        struct tensor_file *file;
        struct tokenizer *tokenizer = NULL;
        emb_status status = load_gguf(&writer, &file, &tokenizer);
        if (known) {
            cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
            cr_expect_str_eq(cut(tokenizer, "the the1111<end>", TOKENIZER_SPECIAL),
                             "9:0-0 6:0-3 7:3-7 4:7-8 4:8-9 4:9-10 4:10-11 8:11-16");
        } else {
            cr_expect_eq(status, EMB_E_FORMAT);
            cr_expect(strstr(mini_host_failure(), "\"zebra\" is not known"), "%s",
                      mini_host_failure());
        }
        tokenizer_destroy(tokenizer);
        tensor_file_close(file);
    }
}

Test(layouts, gguf_sentencepiece)
{
    static const char *const tokens[] = {"<unk>",  "<s>",   "</s>", "\xE2\x96\x81",   "t",
                                         "h",      "e",     "th",   "\xE2\x96\x81th", "the",
                                         "<0xC3>", "<0xA9>"};
    static const float scores[] = {0, 0, 0, -9, -9, -9, -9, -1, -2, -3, 0, 0};
    static const int32_t types[] = {2, 3, 3, 1, 1, 1, 1, 1, 1, 1, 6, 6};
    static struct gguf_writer writer;
    begin_gguf(&writer);
    key_text(&writer, "tokenizer.ggml.model", "llama");
    key_texts(&writer, "tokenizer.ggml.tokens", tokens, 12);
    key_numbers(&writer, "tokenizer.ggml.scores", 6, scores, 12);
    key_numbers(&writer, "tokenizer.ggml.token_type", 5, types, 12);
    key_u32(&writer, "tokenizer.ggml.bos_token_id", 1);
    struct tensor_file *file;
    struct tokenizer *tokenizer;
    cr_assert_eq(load_gguf(&writer, &file, &tokenizer), EMB_OK, "%s", mini_host_failure());
    cr_expect_str_eq(cut(tokenizer, "the\xC3\xA9z", TOKENIZER_SPECIAL),
                     "1:0-0 8:0-2 6:2-3 10:3-5 11:3-5 0:5-6");
    tokenizer_destroy(tokenizer);
    tensor_file_close(file);
}
