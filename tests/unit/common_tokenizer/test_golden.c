/* Ids and offsets of Hugging Face's own tokenizers: tests/golden/make_tokenizer_golden.mjs and
 * make_tokenizer_classes_golden.mjs. */
#include "base/json.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_record(const char *name, const struct json *expected, const char *text,
                         const struct token_list *list)
{
    bool same = json_length(expected) == 3 * (uint64_t)list->n;
    for (uint32_t i = 0; i < list->n && same; i++) {
        const uint32_t ours[3] = {list->items[i].id, list->items[i].begin, list->items[i].end};
        for (unsigned k = 0; k < 3; k++) {
            struct json element = json_element(expected, 3 * (uint64_t)i + k);
            uint64_t theirs = 0;
            cr_assert_eq(json_as_uint(&element, UINT32_MAX, &theirs), EMB_OK);
            same &= theirs == ours[k];
        }
        cr_expect(same, "%s: \"%s\": piece %u is %u [%u, %u)", name, text, i, ours[0], ours[1],
                  ours[2]);
    }
    cr_expect(same, "%s: \"%s\": %u pieces, expected %llu", name, text, list->n,
              (unsigned long long)json_length(expected) / 3);
}

/* Every record of FOLDER/golden.json with the tokenizer FOLDER/NAME + suffix. */
static void check_folder(const char *folder, const char *member, unsigned n_at_least,
                         const char *suffix)
{
    char path[1024];
    struct json_file *file;
    snprintf(path, sizeof path, "%s/tests/golden/%s/golden.json", getenv("HARNESS_SOURCE_ROOT"),
             folder);
    cr_assert_eq(json_load(mini_host(1), path, &file), EMB_OK);
    struct json root = json_root(file);
    struct json texts;
    struct json tokenizers;
    cr_assert_eq(json_get_array(&root, "texts", &texts), EMB_OK);
    cr_assert_eq(json_get_object(&root, member, &tokenizers), EMB_OK);
    cr_assert_geq(json_length(&tokenizers), n_at_least);
    void *iterator = NULL;
    struct json records;
    struct token_list list = {0};
    while (json_next(&tokenizers, &iterator, &records)) {
        struct tokenizer *tokenizer = NULL;
        snprintf(path, sizeof path, "%s/tests/golden/%s/%s%s", getenv("HARNESS_SOURCE_ROOT"),
                 folder, records.key, suffix);
        cr_assert_eq(tokenizer_load(mini_host(1), path, &tokenizer), EMB_OK, "%s",
                     mini_host_failure());
        for (uint64_t i = 0; i < json_length(&texts); i++) {
            struct json place = json_element(&texts, i);
            struct json expected = json_element(&records, i);
            const char *text;
            uint64_t n;
            cr_assert_eq(json_as_text(&place, &text, &n), EMB_OK);
            cr_assert_eq(tokenizer_encode(tokenizer, text, (uint32_t)n, TOKENIZER_SPECIAL, &list),
                         EMB_OK);
            check_record(path, &expected, text, &list);
        }
        tokenizer_destroy(tokenizer);
    }
    token_list_finish(&list);
    json_free(file);
    cr_expect_eq(mini_host_bytes(), 0);
}

Test(golden, equals_hugging_face)
{
    check_folder("tokenizer", "tokenizers", 35, ".json");
}

/* Each class from the files before tokenizer.json, and from the tokenizer.json that they become. */
Test(golden, classes_equal_hugging_face)
{
    check_folder("tokenizer-classes", "classes", 18, "");
    check_folder("tokenizer-classes", "classes", 18, ".json");
}

/* "Hello, World!" and others by the published ids of bert-base-uncased. */
Test(golden, minilm)
{
    const char *folder = model_folder("minilm");
    if (!folder) {
        cr_skip_test("the model minilm is not prepared");
    }
    struct tokenizer *tokenizer;
    cr_assert_eq(tokenizer_load(mini_host(1), folder, &tokenizer), EMB_OK, "%s",
                 mini_host_failure());
    cr_expect_str_eq(cut(tokenizer, "Hello, World!", TOKENIZER_SPECIAL),
                     "101:0-0 7592:0-5 1010:5-6 2088:7-12 999:12-13 102:0-0");
    cr_expect_str_eq(cut(tokenizer, "This is an example sentence", 0),
                     "2023:0-4 2003:5-7 2019:8-10 2742:11-18 6251:19-27");
    cr_expect_str_eq(cut(tokenizer, "[MASK]", 0), "103:0-6");
    uint32_t id;
    cr_expect(tokenizer_find(tokenizer, "[MASK]", &id) && id == 103);
    cr_expect_str_eq(tokenizer_spelling(tokenizer, 7592), "hello");
    cr_expect_null(tokenizer_spelling(tokenizer, 1u << 30));
    cr_expect_eq(tokenizer_n_pieces(tokenizer), 30522);
    uint32_t before;
    uint32_t after;
    tokenizer_special_counts(tokenizer, &before, &after);
    cr_expect(before == 1 && after == 1);
    tokenizer_destroy(tokenizer);
}
