/* Creates, prepares and frees a model, whichever algorithm it is. */
#include "tokenizer/model.h"

#include "embedder_util.h"

#include <stdio.h>

void model_init(struct model *model, const struct emb_host *host)
{
    vocab_init(&model->vocab, host);
}

void model_finish(struct model *model)
{
    if (model->kind == MODEL_UNIGRAM) {
        trie_finish(&model->unigram.trie);
    }
    vocab_finish(&model->vocab);
}

static emb_status wordlevel_cut(const struct model *model, struct work *work, uint32_t begin,
                                uint32_t end)
{
    uint32_t id = model->wordlevel.unknown;
    if (!vocab_find(&model->vocab, work->text.bytes + begin, end - begin, &id) && id == NO_ID) {
        return emb_failf(work->host, EMB_E_FORMAT,
                         "%s: \"%.*s\" is not in the vocabulary, and it has no unknown piece",
                         work->name, end - begin < 80 ? (int)(end - begin) : 80,
                         work->text.bytes + begin);
    }
    return work_emit(work, id, begin, end);
}

emb_status model_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end)
{
    switch (model->kind) {
    case MODEL_WORDPIECE:
        return wordpiece_cut(model, work, begin, end);
    case MODEL_WORDLEVEL:
        return wordlevel_cut(model, work, begin, end);
    case MODEL_BPE:
        return bpe_cut(model, work, begin, end);
    case MODEL_UNIGRAM:
        return unigram_cut(model, work, begin, end);
    }
    return EMB_E_INTERNAL;
}

void find_byte_ids(const struct vocab *vocab, uint32_t byte_ids[256])
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char spelling[8];
        int n = snprintf(spelling, sizeof spelling, "<0x%02X>", byte);
        byte_ids[byte] = NO_ID;
        vocab_find(vocab, spelling, (uint32_t)n, &byte_ids[byte]);
    }
}
