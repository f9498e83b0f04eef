/* Lists a text's words as a static embedder is given them. */
#include "suites/shared/text_words.h"

#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"

#include <stdlib.h>

static void add(struct text_words *words, const char *text, uint32_t begin, uint32_t end)
{
    if (end > begin && unicode_has_letter(text + begin, end - begin)) {
        MEM_GROW(words->spans, words->capacity, words->n + 1);
        words->spans[words->n++] = (struct emb_span){begin, end};
    }
}

void text_words_cut(struct text_words *words, const char *text, uint32_t n_bytes)
{
    uint32_t begin = 0, at = 0;
    words->n = 0;
    while (at < n_bytes) {
        size_t bytes;
        int32_t c = unicode_next(text + at, n_bytes - at, &bytes);
        bool inside = c == '_' || (c >= 0 && unicode_is_alphanumeric(c));
        if (!inside) {
            add(words, text, begin, at);
        }
        at += (uint32_t)bytes;
        begin = inside ? begin : at;
    }
    add(words, text, begin, n_bytes);
}

void text_words_add_token(struct text_words *words, const char *text, struct emb_span token)
{
    if (!unicode_has_letter(text + token.begin, token.end - token.begin)) {
        return;
    }
    struct slice rest = {text + token.begin, token.end - token.begin}, word;
    while (slice_word(&rest, &word)) {
        uint32_t begin = (uint32_t)(word.text - text);
        MEM_GROW(words->spans, words->capacity, words->n + 1);
        words->spans[words->n++] = (struct emb_span){begin, begin + (uint32_t)word.n};
    }
}

void text_words_finish(struct text_words *words)
{
    free(words->spans);
    *words = (struct text_words){0};
}
