/* WordPiece: the longest piece first, from left to right. */
#include "tokenizer/model.h"

#include "base/try.h"
#include "base/unicode.h"

void wordpiece_prepare(struct model *model)
{
    struct wordpiece *wordpiece = &model->wordpiece;
    wordpiece->prefix_state = VOCAB_HASH_START;
    for (uint32_t i = 0; i < wordpiece->n_prefix; i++) {
        wordpiece->prefix_state =
            vocab_hash_step(wordpiece->prefix_state, (unsigned char)wordpiece->prefix[i]);
    }
}

static bool too_long(const char *word, uint32_t n, uint32_t max_chars)
{
    if (n <= max_chars) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t at = 0; at < n && count <= max_chars; count++) {
        utf8_next(word, &at);
    }
    return count > max_chars;
}

/* The longest piece that word[0, n) begins with: its bytes, 0 if there is none. `states` takes the
 * hashes of all prefixes. Pieces are valid UTF-8, so a match ends with a code point. */
static uint32_t longest_piece(const struct model *model, uint64_t *states, const char *word,
                              uint32_t n, bool continues, uint32_t *ret_id)
{
    const struct wordpiece *wordpiece = &model->wordpiece;
    uint32_t n_prefix = continues ? wordpiece->n_prefix : 0;
    uint64_t state = continues ? wordpiece->prefix_state : VOCAB_HASH_START;
    uint32_t longest = model->vocab.longest < n_prefix ? 0 : model->vocab.longest - n_prefix;
    n = n < longest ? n : longest;
    for (uint32_t i = 0; i < n; i++) {
        states[i] = state = vocab_hash_step(state, (unsigned char)word[i]);
    }
    for (; n > 0; n--) {
        if (vocab_find_hashed(&model->vocab, states[n - 1], wordpiece->prefix, n_prefix, word, n,
                              ret_id)) {
            return n;
        }
    }
    return 0;
}

emb_status wordpiece_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end)
{
    const struct wordpiece *wordpiece = &model->wordpiece;
    const char *bytes = work->text.bytes;
    if (too_long(bytes + begin, end - begin, wordpiece->max_chars)) {
        return work_emit(work, wordpiece->unknown, begin, end);
    }
    if (!grow_items(&work->states, &work->states_capacity, end - begin, sizeof *work->states)) {
        return work_no_memory(work);
    }
    uint32_t n_before = work->list->n;
    for (uint32_t at = begin; at < end;) {
        uint32_t id;
        uint32_t n = longest_piece(model, work->states, bytes + at, end - at, at > begin, &id);
        if (n == 0) {
            work->list->n = n_before;
            return work_emit(work, wordpiece->unknown, begin, end);
        }
        TRY(work_emit(work, id, at, at + n));
        at += n;
    }
    return EMB_OK;
}
