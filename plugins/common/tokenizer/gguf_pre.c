/* The table of patterns by which byte-level tokenizers of GGUF files cut a text. */
#include "tokenizer/gguf_pre.h"

#include "tokenizer/pre_tokenizer.h"

#include <string.h>

#define LETTERS_CONTRACTED "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
#define REST "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define CASED(contraction)                                                                         \
    "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" contraction "|[^\\r\\n\\p{L}\\p{N}]?" UPPER       \
    "+" LOWER "*" contraction
#define REST_SLASH "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const struct gguf_pre pres[] = {
    {"gpt-2 mpt olmo phi-2 jina-es jina-de jina-v2-es jina-v2-de gigachat exaone4",
     .gpt2_pattern = true},
    {"roberta-bpe jina-v1-en jina-v2-code", .gpt2_pattern = true, .is_roberta = true},
    {"llama3 llama-v3 llama-bpe falcon3",
     {LETTERS_CONTRACTED "\\p{N}{1,3}" REST},
     .ignore_merges = true,
     .add_bos = true},
    {"smaug-bpe", {LETTERS_CONTRACTED "\\p{N}{1,3}" REST}, .nfc = false},
    {"qwen2 deepseek-r1-qwen megrez stablelm2", {qwen2_pattern}, .nfc = true},
    {"starcoder refact command-r smollm codeshell", {"\\p{N}"}, .gpt2_pattern = true},
    {"tekken", {CASED("") "|\\p{N}" REST_SLASH}, .ignore_merges = true, .add_bos = true},
    {"gpt-4o llama4",
     {CASED("(?i:'s|'t|'re|'ve|'m|'ll|'d)?") "|\\p{N}{1,3}" REST_SLASH},
     .nfc = false},
};

bool gguf_has_word(const char *list, const char *word, uint64_t n)
{
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0) {
            return true;
        }
        at += length + (at[length] == ' ');
    }
    return false;
}

const struct gguf_pre *gguf_pre_find(const char *name, uint64_t n)
{
    for (size_t i = 0; i < sizeof pres / sizeof *pres; i++) {
        if (gguf_has_word(pres[i].names, name, n)) {
            return &pres[i];
        }
    }
    return NULL;
}
