/* What stands beside a tokenizer's vocabulary: options, special tokens, classes that are refused.
 * Who wins is the transformers library's rule (the fast BERT class's options over tokenizer.json's
 * normaliser, added_tokens_decoder over special_tokens_map.json). */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char vocab[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nThe\ncafe\ncaf\xC3\xA9\nCaf\xC3\xA9\n"
    "\xE4\xB8\xAD\xE6\x96\x87\n\xE4\xB8\xAD\n\xE6\x96\x87\n##s\n";

/* A BERT tokenizer.json of that vocabulary. */
static void write_json(const char *lowercase, const char *strip_accents, const char *steps)
{
    char json[4096];
    snprintf(json, sizeof json,
             "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":4,\"content\":\"[MASK]\",\"special\":"
             "true,\"normalized\":false}],\"normalizer\":%s{\"type\":\"BertNormalizer\","
             "\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":%s,"
             "\"lowercase\":%s}%s,\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
             "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
             "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,\"vocab\":{"
             "\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"[MASK]\":4,\"the\":5,\"The\":6,"
             "\"cafe\":7,\"caf\u00e9\":8,\"Caf\u00e9\":9,\"\u4e2d\u6587\":10,\"\u4e2d\":11,"
             "\"\u6587\":12,\"##s\":13}}}",
             steps ? "{\"type\":\"Sequence\",\"normalizers\":[" : "", strip_accents, lowercase,
             steps ? steps : "");
    write_file("tokenizer.json", json, strlen(json));
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

/* Begin anew: only these files lie in the folder. */
static void clear(void)
{
    static const char *const names[] = {"tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json",
                                        "config.json",
                                        "vocab.txt",
                                        "vocab.json",
                                        "merges.txt",
                                        "sentence_bert_config.json",
                                        "modules.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", scratch_folder(), names[i]);
        unlink(path);
    }
}

static void expect_pieces(const char *text, const char *expected)
{
    struct tokenizer *tokenizer = NULL;
    cr_assert_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), EMB_OK, "%s",
                 mini_host_failure());
    cr_expect_str_eq(cut(tokenizer, text, TOKENIZER_SPECIAL), expected, "%s: %s", text,
                     cut(tokenizer, text, TOKENIZER_SPECIAL));
    tokenizer_destroy(tokenizer);
    cr_expect_eq(mini_host_bytes(), 0);
}

static void expect_failure(emb_status status, const char *const *words)
{
    struct tokenizer *tokenizer = NULL;
    cr_expect_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), status, "%s",
                 mini_host_failure());
    cr_expect_null(tokenizer);
    for (; *words; words++) {
        cr_expect(strstr(mini_host_failure(), *words), "'%s' does not say '%s'",
                  mini_host_failure(), *words);
    }
    cr_expect_eq(mini_host_bytes(), 0);
}
#define EXPECT_FAILURE(status, ...) expect_failure(status, (const char *const[]){__VA_ARGS__, NULL})

Test(beside, bert_options_win_where_they_are_there)
{
    static const char text[] = "The Caf\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87";
    clear();
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_json("false", "null", NULL);
    expect_pieces(text, "6:0-3 9:4-9 11:10-13 12:13-16");
    write_text("tokenizer_config.json", "{\"do_lower_case\":true}");
    expect_pieces(text, "5:0-3 7:4-9 11:10-13 12:13-16");
    write_text("tokenizer_config.json", "{\"do_lower_case\":true,\"strip_accents\":false}");
    expect_pieces(text, "5:0-3 8:4-9 11:10-13 12:13-16");
    write_text("tokenizer_config.json", "{\"tokenize_chinese_chars\":false}");
    expect_pieces(text, "6:0-3 9:4-9 10:10-16");
    write_json("true", "false", NULL);
    write_text("tokenizer_config.json", "{\"do_lower_case\":false}");
    expect_pieces(text, "6:0-3 9:4-9 11:10-13 12:13-16");
    write_json("true", "false", NULL);
    write_text("tokenizer_config.json", "{\"do_lower_case\":true,\"strip_accents\":null}");
    expect_pieces(text, "5:0-3 7:4-9 11:10-13 12:13-16");
    /* a class that is read from tokenizer.json alone does not look at them */
    write_text("tokenizer_config.json",
               "{\"tokenizer_class\":\"PreTrainedTokenizerFast\",\"do_lower_case\":false}");
    expect_pieces(text, "5:0-3 8:4-9 11:10-13 12:13-16");
}

Test(beside, contradictions_name_both)
{
    clear();
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_json("true", "null", ",{\"type\":\"Lowercase\"}]}");
    write_text("tokenizer_config.json", "{\"do_lower_case\":false}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "do_lower_case=false", "tokenizer.json",
                   "the normalizer lower-cases");
    write_json("true", "null", NULL);
    write_text("tokenizer_config.json", "{\"add_bos_token\":true,\"bos_token\":\"[CLS]\"}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "add_bos_token=true", "tokenizer.json");
    write_text("tokenizer_config.json", "{\"add_prefix_space\":true}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "add_prefix_space=true", "tokenizer.json");
    write_text("tokenizer_config.json",
               "{\"added_tokens_decoder\":{\"5\":{\"content\":\"[HL]\",\"special\":true}}}");
    EXPECT_FAILURE(EMB_E_FORMAT, "added_tokens_decoder.5", "[HL]", "\"the\"");
    write_text("tokenizer_config.json",
               "{\"added_tokens_decoder\":{\"77\":{\"content\":\"[MASK]\",\"special\":true}}}");
    EXPECT_FAILURE(EMB_E_FORMAT, "77", "[MASK]", "number 4");
    write_text(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\":{\"14\":{\"content\":\"x\"},\"15\":{\"content\":\"x\"}}}");
    EXPECT_FAILURE(EMB_E_FORMAT, "\"x\"", "14", "15");
    write_text("tokenizer_config.json", "{\"split_special_tokens\":true}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "split_special_tokens");
    write_text("tokenizer_config.json", "{\"do_lower_case\":\"yes\"}");
    EXPECT_FAILURE(EMB_E_FORMAT, "do_lower_case", "true or false");
}

/* Nothing would ever be written into it; and it is no empty file. */
Test(beside, a_fifo_is_called_one)
{
    static const char *const names[] = {"tokenizer.json", "vocab.txt", "tokenizer_config.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        clear();
        if (i == 1) {
            write_text("tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\"}");
        } else if (i == 2) {
            write_json("false", "null", NULL);
        }
        snprintf(path, sizeof path, "%s/%s", scratch_folder(), names[i]);
        cr_assert_eq(mkfifo(path, 0600), 0);
        EXPECT_FAILURE(EMB_E_IO, names[i], "a FIFO, expected a file");
    }
    clear();
}

/* Tokens that tokenizer.json lacks are added; flags of those it has are the decoder's. */
Test(beside, tokens_are_added_to_tokenizer_json)
{
    clear();
    write_json("true", "null", NULL);
    write_text("tokenizer_config.json",
               "{\"tokenizer_class\":\"BertTokenizer\",\"model_max_length\":"
               "1000000000000000019884624838656,\"added_tokens_decoder\":{"
               "\"4\":{\"content\":\"[MASK]\",\"special\":true,\"lstrip\":true},"
               "\"14\":{\"content\":\"Covid\",\"special\":false}}}");
    expect_pieces("the [MASK] covids", "5:0-3 4:3-10 14:11-16 1:16-17");
    write_text("tokenizer_config.json", "{\"additional_special_tokens\":[\"[HL]\"]}");
    expect_pieces("[HL]the[hl]", "14:0-4 5:4-7 1:7-8 1:8-10 1:10-11");
}

Test(beside, sentence_models)
{
    clear();
    write_json("false", "null", NULL);
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_text("tokenizer_config.json", "{\"model_max_length\":128}");
    write_text("sentence_bert_config.json", "{\"max_seq_length\":64,\"do_lower_case\":true}");
    /* the text itself is lower-cased, special pieces in it too */
    expect_pieces("The CAF\xC3\x89 [MASK]", "5:0-3 8:4-9 1:10-11 1:11-15 1:15-16");
    struct tokenizer *tokenizer = NULL;
    cr_assert_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), EMB_OK);
    cr_expect_eq(tokenizer_max_pieces(tokenizer), 64);
    tokenizer_destroy(tokenizer);
    write_text("sentence_bert_config.json", "{\"max_seq_length\":null,\"do_lower_case\":false}");
    cr_assert_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), EMB_OK);
    cr_expect_eq(tokenizer_max_pieces(tokenizer), 128);
    tokenizer_destroy(tokenizer);
    write_text("sentence_bert_config.json", "{\"tokenizer_args\":{\"do_lower_case\":true}}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "tokenizer_args");
    write_text("sentence_bert_config.json", "{\"max_seq_length\":0}");
    EXPECT_FAILURE(EMB_E_FORMAT, "max_seq_length");
}

/* A text that is lower-cased as a whole has final sigmas, a tokenizer's normaliser makes none. */
Test(beside, final_sigma)
{
    static const char json[] =
        "{\"version\":\"1.0\",\"normalizer\":%s,\"pre_tokenizer\":{\"type\":"
        "\"WhitespaceSplit\"},\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"[UNK]\",\"vocab\":{"
        "\"[UNK]\":0,\"\u03bf\u03b4\u03bf\u03c2\":1,\"\u03bf\u03b4\u03bf\u03c3\":2}}}";
    char text[1024];
    clear();
    write_text("sentence_bert_config.json", "{\"do_lower_case\":true}");
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        for (const char *at = json; *at; at++) { /* %s is a step or null */
            if (*at == '%') {
                n += (size_t)sprintf(text + n, "%s", i ? "{\"type\":\"Lowercase\"}" : "null");
                at++;
            } else {
                text[n++] = *at;
            }
        }
        text[n] = '\0';
        write_text("tokenizer.json", text);
        expect_pieces("\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3 x", i ? "2:0-8 0:9-10" : "1:0-8 0:9-10");
        write_text("sentence_bert_config.json", "{\"do_lower_case\":false}");
    }
}

Test(beside, classes_are_refused_by_name)
{
    clear();
    write_text("vocab.txt", vocab);
    EXPECT_FAILURE(EMB_E_IO, "tokenizer_config.json", "config.json");
    write_text("config.json", "{\"model_type\":\"bert\",\"tokenizer_class\":"
                              "\"BertJapaneseTokenizer\"}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "BertJapaneseTokenizer", "config.json");
    write_json("true", "null", NULL); /* which that class does not read */
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "BertJapaneseTokenizer");
    clear();
    write_text("vocab.txt", vocab);
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_text("tokenizer_config.json", "{\"tokenizer_class\":\"DebertaV2Tokenizer\"}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "DebertaV2Tokenizer", "tokenizer_config.json");
    write_text("tokenizer_config.json", "{\"tokenizer_class\":\"RobertaTokenizer\"}");
    EXPECT_FAILURE(EMB_E_IO, "RobertaTokenizer", "vocab.json");
    write_text("tokenizer_config.json", "{}");
    write_text("config.json", "{\"model_type\":\"modernbert\"}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "modernbert");
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_text("tokenizer_config.json", "{\"do_basic_tokenize\":false}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "do_basic_tokenize");
    write_text("tokenizer_config.json", "{\"never_split\":[\"x\"]}");
    EXPECT_FAILURE(EMB_E_UNSUPPORTED, "never_split");
    write_text("tokenizer_config.json", "{\"cls_token\":null}");
    EXPECT_FAILURE(EMB_E_FORMAT, "cls_token");
    write_text("tokenizer_config.json", "{\"unk_token\":\"[unknown]\"}");
    EXPECT_FAILURE(EMB_E_FORMAT, "unk_token");
}

/* The piece that masks is the one that a file names. */
Test(beside, mask)
{
    clear();
    write_text("vocab.txt", vocab);
    write_text("config.json", "{\"model_type\":\"bert\"}");
    write_text("special_tokens_map.json", "{\"mask_token\":\"The\"}");
    struct tokenizer *tokenizer = NULL;
    uint32_t id = 0;
    cr_assert_eq(tokenizer_load(mini_host(1), scratch_folder(), &tokenizer), EMB_OK, "%s",
                 mini_host_failure());
    cr_expect(tokenizer_mask(tokenizer, &id) && id == 6);
    tokenizer_destroy(tokenizer);
}
