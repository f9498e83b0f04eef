/*
 * gguf_pre.h - the patterns of the byte-level tokenizers, by the name that GGUF gives them.
 */
#ifndef TOKENIZER_GGUF_PRE_H
#define TOKENIZER_GGUF_PRE_H

#include <stdbool.h>
#include <stdint.h>

struct gguf_pre {
    const char *names;       /* words */
    const char *patterns[3]; /* of Split steps, all Isolated; NULL ends them */
    bool gpt2_pattern;       /* and then GPT-2's own */
    bool nfc, ignore_merges, add_bos;
    bool is_roberta; /* the file must say what stands around a text; the mask takes spaces along */
};

/* The one that tokenizer.ggml.pre names; NULL: it is not known. */
const struct gguf_pre *gguf_pre_find(const char *name, uint64_t n);

/* Is the word, of n bytes, in a list of words with blanks between? */
bool gguf_has_word(const char *list, const char *word, uint64_t n);

#endif /* TOKENIZER_GGUF_PRE_H */
