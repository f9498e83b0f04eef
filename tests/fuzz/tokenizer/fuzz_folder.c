/* fuzz_folder.c - any files as a tokenizer's folder: vocabularies, merges, SentencePiece models and
 * the settings beside them. */
#include "../folder.h"
#include "check.h"
#include "mini_host.h"
#include "tokenizer/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "The caf\xC3\xA9's  12 [MASK] <s>x\xFF\xE4\xB8\xAD";
    struct tokenizer *tokenizer = NULL;
    struct token_list list = {0};
    emb_status status = tokenizer_load(mini_host(1), fuzz_unpack(data, size), &tokenizer);
    require((status == EMB_OK) == (tokenizer != NULL));
    if (tokenizer) {
        check_text(tokenizer, text, sizeof text - 1, &list);
        tokenizer_destroy(tokenizer);
    } else {
        require(mini_host_failure()[0] != '\0');
    }
    token_list_finish(&list);
    require(mini_host_bytes() == 0);
    return 0;
}
