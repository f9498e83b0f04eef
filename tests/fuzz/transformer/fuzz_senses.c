/* Any bytes as the lines of objective=senses, over the tokenizer of tests/golden/tiny-gpt. */
#include "learn/sense_text.h"

#include "mini_host.h"
#include "text_corpus.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tokenizer *open_tokenizer(void)
{
    static struct tokenizer *tokenizer;
    char path[512];
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/tiny-gpt/tokenizer.json", root ? root : ".");
    if (!tokenizer && tokenizer_load(mini_host(1), path, &tokenizer) != EMB_OK) {
        abort();
    }
    return tokenizer;
}

/* What was read holds together: everything lies where its owner says. */
static void check(const struct sense_text *text, const struct sense_items *of)
{
    for (uint32_t i = 0; i < of->n; i++) {
        const struct sense_item *item = &of->items[i];
        uint32_t n_right = 0;
        if (item->sentence >= text->n_sentences || item->n_candidates < 2 || item->n == 0 ||
            item->first + item->n > text->sentences[item->sentence].n) {
            abort();
        }
        for (uint32_t c = 0; c < item->n_candidates; c++) {
            uint32_t entry = text->lists[item->candidates + c];
            n_right += (entry & SENSE_RIGHT) != 0;
            if ((entry & ~(uint32_t)SENSE_RIGHT) >= text->n_definitions) {
                abort();
            }
        }
        if (n_right == 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tokenizer *tokenizer = open_tokenizer();
    uint64_t before = mini_host_bytes();
    struct text_corpus corpus;
    text_corpus_memory(&corpus, (const char *)data, size);
    struct emb_train_request request = {.struct_size = sizeof request,
                                        .n_threads = 1,
                                        .corpus = &corpus.corpus,
                                        .output = "/tmp/harness-fuzz-senses"};
    struct train_job job;
    struct sense_text text;
    job_init(&job, mini_host(1), &request, "fuzz", UINT64_C(1) << 20);
    emb_status status = sense_text_read(&text, &job, tokenizer);
    if (status == EMB_OK) {
        check(&text, &text.train);
        check(&text, &text.development);
    } else if (status != EMB_E_FORMAT) {
        abort();
    }
    sense_text_finish(&text);
    if (mini_host_bytes() != before) {
        abort();
    }
    return 0;
}
