/*
 * fuzz_text.c - any bytes as a training text: words, vocabulary, co-occurrence counts.
 * Byte 0: bits 0-2 strip, lowercase, unicode, bit 3 symmetric; byte 1: block size; the rest: text.
 */
#include "../folder.h"
#include "mini_host.h"
#include "text_corpus.h"
#include "train/cooccurrence.h"

/* Bytes: what it takes, it clears and returns for each input, however short. */
#define BUDGET (UINT64_C(1) << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    static char output[sizeof fuzz_place + 8]; /* what does not fit the budget goes beside it */
    snprintf(output, sizeof output, "%s/model", fuzz_folder());
    struct text_corpus text;
    text_corpus_memory(&text, (const char *)data + 2, size - 2);
    text.block = data[1] + 1;
    struct emb_train_request request = {
        .struct_size = sizeof request, .n_threads = 1, .corpus = &text.corpus, .output = output};
    struct train_job job;
    job_init(&job, mini_host(1), &request, "fuzz", BUDGET);
    struct word_rules rules = {data[0] & 1, data[0] >> 1 & 1, data[0] >> 2 & 1};
    struct corpus corpus;
    emb_status status = corpus_read(&corpus, &job, &rules, 1, 0);
    struct cooccurrences counts = {0};
    if (status == EMB_OK) {
        status = cooccurrences_count(&counts, &job, &corpus, 3, data[0] >> 3 & 1);
        double sum = 0;
        for (uint64_t i = 0; i < counts.n; i++) {
            sum += (double)counts.records[i].weight * COOCCURRENCE_UNIT;
        }
        /* each of n words meets at most 3 others, at 1 + 1/2 + 1/3, twice if symmetric */
        if (status != EMB_OK || sum > 3.7 * (double)corpus.n_tokens) {
            abort();
        }
    } else if (status != EMB_E_FORMAT) {
        abort();
    }
    cooccurrences_finish(&counts);
    corpus_finish(&corpus);
    if (mini_host_bytes() != 0) {
        abort();
    }
    return 0;
}
