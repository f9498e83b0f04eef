/* Any bytes as text: the first byte chooses one of the tokenizers in tests/golden/tokenizer. */
#include "check.h"
#include "mini_host.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "accents",
    "added",
    "added_first",
    "bert",
    "byte_normalizer",
    "char_bpe",
    "digits",
    "fixed",
    "gpt2",
    "llama2",
    "llama3",
    "nfc",
    "nfkd",
    "nmt",
    "replace",
    "roberta",
    "scripts",
    "t5",
    "trim_prefix",
    "xlnet",
    "whitespace",
    "unigram_bytes",
    "punctuation",
    "split_MergedWithPrevious",
    "metaspace_never",
};

enum { N_NAMES = sizeof names / sizeof *names };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tokenizer *tokenizers[N_NAMES]; /* kept: loading costs more than cutting */
    static struct token_list list;
    if (size == 0) {
        return 0;
    }
    unsigned which = data[0] % N_NAMES;
    if (!tokenizers[which]) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.json", TOKENIZERS, names[which]);
        require(tokenizer_load(mini_host(1), path, &tokenizers[which]) == EMB_OK);
    }
    check_text(tokenizers[which], (const char *)data + 1, (uint32_t)size - 1, &list);
    return 0;
}
