/* Finds added tokens in a text by a trie. */
#include "tokenizer/added.h"

#include "base/try.h"
#include "base/unicode.h"

#include <stdlib.h>

void added_finish(struct added *added)
{
    free(added->items);
    vocab_finish(&added->vocab);
    trie_finish(&added->raw);
    trie_finish(&added->normalized);
}

/* The longest token that text[0, n) begins with; NULL if none. */
static const struct added_token *longest_at(const struct added *added, const struct trie *trie,
                                            const char *text, uint32_t n, uint32_t *ret_n_bytes)
{
    const struct added_token *found = NULL;
    uint32_t node = 0;
    for (uint32_t i = 0; i < n; i++) {
        node = trie_step(trie, node, (unsigned char)text[i]);
        if (node == 0) {
            break;
        }
        if (trie->nodes[node].value != TRIE_NONE) {
            found = &added->items[trie->nodes[node].value];
            *ret_n_bytes = i + 1;
        }
    }
    return found;
}

static bool word_before(const char *text, uint32_t begin, uint32_t at)
{
    if (at == begin) {
        return false;
    }
    at = utf8_back(text, at);
    return unicode_is_word(utf8_next(text, &at));
}

static bool word_after(const char *text, uint32_t at, uint32_t end)
{
    return at < end && unicode_is_word(utf8_next(text, &at));
}

static uint32_t space_before(const char *text, uint32_t begin, uint32_t at)
{
    while (at > begin) {
        uint32_t before = utf8_back(text, at);
        uint32_t next = before;
        if (!unicode_is_space(utf8_next(text, &next))) {
            break;
        }
        at = before;
    }
    return at;
}

static uint32_t space_after(const char *text, uint32_t at, uint32_t end)
{
    for (uint32_t next = at; next < end && unicode_is_space(utf8_next(text, &next));) {
        at = next;
    }
    return at;
}

/* Push a token found at [begin, end) and the text before it; *last moves behind the token. */
static emb_status push_token(struct work *work, const struct split *split,
                             const struct added_token *token, uint32_t begin, uint32_t end,
                             uint32_t *last)
{
    const char *text = work->text.bytes;
    if (token->lstrip) {
        begin = space_before(text, *last, begin);
    }
    if (token->rstrip) {
        end = space_after(text, end, split->end);
    }
    if (*last < begin) {
        TRY(split_push(work, &work->next_splits, *last, begin, NO_ID));
    }
    *last = end;
    return split_push(work, &work->next_splits, begin, end, token->id);
}

static emb_status cut_split(const struct added *added, const struct trie *trie, struct work *work,
                            const struct split *split)
{
    const char *text = work->text.bytes;
    uint32_t last = split->begin; /* all before is in next_splits */
    emb_status status = EMB_OK;
    for (uint32_t at = split->begin; at < split->end && status == EMB_OK;) {
        uint32_t n = 0;
        const struct added_token *token =
            trie->roots[(unsigned char)text[at]]
                ? longest_at(added, trie, text + at, split->end - at, &n)
                : NULL;
        if (!token) {
            at++;
            continue;
        }
        if (!token->single_word ||
            !(word_before(text, split->begin, at) || word_after(text, at + n, split->end))) {
            status = push_token(work, split, token, at, at + n, &last);
        }
        at += n;
        at = at < last ? last : at;
    }
    return status == EMB_OK && last < split->end
               ? split_push(work, &work->next_splits, last, split->end, NO_ID)
               : status;
}

emb_status added_cut(const struct added *added, struct work *work, bool normalized)
{
    const struct trie *trie = normalized ? &added->normalized : &added->raw;
    if (!trie->nodes) {
        return EMB_OK;
    }
    work->next_splits.n = 0;
    for (uint32_t i = 0; i < work->splits.n; i++) {
        struct split split = work->splits.items[i];
        TRY(split.id == NO_ID
                ? cut_split(added, trie, work, &split)
                : split_push(work, &work->next_splits, split.begin, split.end, split.id));
    }
    struct split_list old = work->splits;
    work->splits = work->next_splits;
    work->next_splits = old;
    return EMB_OK;
}
