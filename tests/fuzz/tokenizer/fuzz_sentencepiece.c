/* Any bytes as a SentencePiece model, and what is accepted cuts a few texts. */
#include "check.h"
#include "mini_host.h"
#include "tokenizer/build.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = {
        "",
        "the cat's  12 <user>x",
        "na\xC3\xAFve \xE4\xB8\xAD\xE6\x96\x87 e\xCC\x81\t\n a\xFF",
    };
    struct tokenizer *tokenizer;
    struct token_list list = {0};
    if (read_sentencepiece_bytes(mini_host(1), "fuzz", data, size, &tokenizer) == EMB_OK) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            check_text(tokenizer, texts[i], (uint32_t)strlen(texts[i]), &list);
        }
        tokenizer_destroy(tokenizer);
    }
    require(mini_host_bytes() == 0);
    token_list_finish(&list);
    return 0;
}
