/* What is not known is refused by its name and place. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"a\"}"

static const struct {
    const char *json;
    const char *words;
} bad[] = {
    {"", "line 1"},
    {"[]", "expected an object"},
    {"{\"a\":1,\n\"a\":2}", "line 2"},
    {"{}", "no member \"model\""},
    {"{\"model\":{\"type\":\"WordLevel\"}}", "vocab"},
    {"{\"model\":{\"type\":\"Zebra\",\"vocab\":{}}}", "Zebra"},
    {"{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":-1},\"unk_token\":\"a\"}}",
     "model.vocab.a: found -1"},
    {"{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":99999999},\"unk_token\":\"a\"}}",
     "99999999"},
    {"{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":\"0\"},\"unk_token\":\"a\"}}",
     "found a text, expected an integer"},
    {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "[UNK]"},
    {"{\"model\":{\"type\":\"WordLevel\",\"colour\":1,\"vocab\":{\"a\":0}}}", "model.colour"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", "model.merges[0]"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}", "one space"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]}}", "expected 2"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"dropout\":0.1}}", "dropout"},
    {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":[[\"a\",0]]}}", "unk_id"},
    {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", "model.vocab[0]"},
    {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}", "1 to"},
    {"{" MODEL ",\"zebra\":1}", "zebra"},
    {"{" MODEL ",\"version\":\"2.0\"}", "2.0"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"Zebra\"}}", "normalizer: found a normalizer of type"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"NFC\",\"x\":1}}", "normalizer.x"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{}]}}",
     "normalizer.normalizers[1]"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"?\"}}",
     "base64"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}}",
     "character map"},
    {"{" MODEL ",\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":"
     "\"\"}}",
     "byte 1"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a&&b]\"},"
     "\"behavior\":\"Isolated\"}}",
     "&&"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"\"},\"behavior\":"
     "\"Isolated\"}}",
     "empty pattern"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"a\"},\"behavior\":"
     "\"Sideways\"}}",
     "Sideways"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"ab\"}}",
     "one character"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\","
     "\"prepend_scheme\":\"last\"}}",
     "last"},
    {"{" MODEL ",\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0}}", "length is 0"},
    {"{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}}",
     "0 sequences"},
    {"{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
     "{\"id\":\"x\"}}],\"special_tokens\":{}}}",
     "special_tokens: no member \"x\""},
    {"{" MODEL ",\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"a\",0],\"sep\":[1]}}",
     "sep"},
    {"{" MODEL ",\"added_tokens\":[{\"id\":5,\"content\":\"a\"}]}", "expected 0"},
    {"{" MODEL ",\"added_tokens\":[{\"content\":\"a\"}]}", "added_tokens[0]: no member \"id\""},
    {"{" MODEL "} x", "line 1"},
};

Test(refusals, name_the_place)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect_refusal(bad[i].json, EMB_E_FORMAT, bad[i].words);
        cr_expect(strstr(mini_host_failure(), "t.json"), "%s", mini_host_failure());
    }
}

Test(refusals, every_truncation)
{
    const char json[] =
        "{" MODEL ",\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"Split\","
        "\"pattern\":{\"Regex\":\"a|b\"},\"behavior\":\"Isolated\"},\"added_tokens\":[]}";
    for (size_t n = 0; n < sizeof json - 1; n++) {
        struct tokenizer *tokenizer = NULL;
        cr_expect_eq(read_tokenizer_json_text(mini_host(1), "t", json, n, &tokenizer),
                     EMB_E_FORMAT);
        cr_expect_null(tokenizer);
    }
    cr_expect_eq(mini_host_bytes(), 0);
}

Test(refusals, missing_files)
{
    struct tokenizer *tokenizer = NULL;
    cr_expect_eq(tokenizer_load(mini_host(1), "/nonexistent/x.json", &tokenizer), EMB_E_IO);
    cr_expect(strstr(mini_host_failure(), "/nonexistent/x.json"));
    cr_expect_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), EMB_E_IO);
    cr_expect(strstr(mini_host_failure(), "no tokenizer.json"), "%s", mini_host_failure());
    cr_expect_null(tokenizer);
}

Test(refusals, word_without_unknown_piece)
{
    struct tokenizer *tokenizer =
        load_text("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"<u>\"}}");
    struct token_list list = {0};
    cr_expect_eq(tokenizer_encode(tokenizer, "b", 1, 0, &list), EMB_E_FORMAT);
    cr_expect(strstr(mini_host_failure(), "\"b\""));
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
}

/* Ten letters for one, ten times over: ten thousand million of one. */
Test(refusals, normalizers_that_let_a_text_grow)
{
#define TEN "{\"type\":\"Replace\",\"pattern\":{\"String\":\"b\"},\"content\":\"bbbbbbbbbb\"}"
#define TWO TEN "," TEN
    static const char growing[] =
        "{" MODEL ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" TWO "," TWO "," TWO
        "," TWO "," TWO "]}}";
    static const char thousandfold[] =
        "{" MODEL ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" TWO "," TEN "]}}";
    struct tokenizer *tokenizer = load_text(growing);
    struct token_list list = {0};
    cr_expect_eq(tokenizer_encode(tokenizer, "ab", 2, 0, &list), EMB_E_FORMAT);
    cr_expect(strstr(mini_host_failure(), "of a text of 2, expected at most 64 times"), "%s",
              mini_host_failure());
    cr_expect_eq(tokenizer_encode(tokenizer, "a", 1, 0, &list), EMB_OK);
    tokenizer_destroy(tokenizer);
    tokenizer = load_text(thousandfold);
    cr_expect_eq(tokenizer_encode(tokenizer, "ab", 2, 0, &list), EMB_OK, "little is no harm");
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
}

/* Each allocation of the host fails once: an error, and nothing is left. */
Test(refusals, out_of_memory)
{
    char path[1024];
    static const char *const names[] = {"bert", "xlnet", "llama3", "added", "char_bpe"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        snprintf(path, sizeof path, "%s/tests/golden/tokenizer/%s.json",
                 getenv("HARNESS_SOURCE_ROOT"), names[k]);
        for (uint64_t n = 1;; n++) {
            struct tokenizer *tokenizer = NULL;
            mini_host_fail_alloc(n);
            emb_status status = tokenizer_load(mini_host(1), path, &tokenizer);
            mini_host_fail_alloc(0);
            if (status == EMB_OK) {
                cr_expect_gt(n, 5);
                tokenizer_destroy(tokenizer);
                break;
            }
            cr_expect_eq(status, EMB_E_NOMEM);
            cr_expect_null(tokenizer);
            cr_expect_eq(mini_host_bytes(), 0, "%s: allocation %llu", names[k],
                         (unsigned long long)n);
        }
    }
}
