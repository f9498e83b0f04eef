/*
 * fuzz_corpus.c - folders of files, packed or not, as one stream of lines for a trainer. What is
 * given out is whole lines, and what cannot be read has a reason.
 */
#include "../folder.h"
#include "plugin/corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_UNPACKED = 1 << 22 };

static void read_all(struct corpus *corpus)
{
    const struct emb_corpus *source = corpus_interface(corpus);
    const char *text = NULL;
    uint64_t n = 1, total = 0;
    emb_status status = EMB_OK;
    while (status == EMB_OK && n > 0 && total < MOST_UNPACKED) {
        status = source->next(source->ctx, &text, &n);
        if (status != EMB_OK && !corpus_failure(corpus)) {
            abort();
        }
        for (uint64_t i = 0; status == EMB_OK && i < n; i++) {
            total += text[i] == '\n' || i == 0; /* every byte is there */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = fuzz_unpack(data, size);
    struct corpus *corpus = NULL;
    if (corpus_open(&folder, 1, &corpus) == 0) {
        read_all(corpus);
        const struct emb_corpus *source = corpus_interface(corpus);
        if (source->rewind(source->ctx) == EMB_OK) {
            read_all(corpus);
        }
        corpus_close(corpus);
    }
    return 0;
}
