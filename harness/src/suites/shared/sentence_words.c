/* Cuts a plain sentence into the words that a static embedder looks up. */
#include "suites/shared/sentence_words.h"

#include "data/unicode.h"

#include <stdbool.h>

uint32_t sentence_words_cut(const struct str *text, struct emb_span *spans)
{
    uint32_t n = 0;
    bool inside = false;
    for (size_t i = 0, bytes; i < text->n; i += bytes) {
        int32_t point = unicode_next(text->data + i, text->n - i, &bytes);
        uint32_t begin = (uint32_t)i, end = (uint32_t)(i + bytes);
        if (point >= 0 && unicode_is_alphanumeric(point)) {
            if (inside) {
                spans[n - 1].end = end;
            } else {
                spans[n++] = (struct emb_span){begin, end};
            }
            inside = true;
            continue;
        }
        size_t next;
        bool clitic = point == '\'' && inside && end < text->n &&
                      unicode_is_alphanumeric(unicode_next(text->data + end, text->n - end, &next));
        if (clitic) {
            bool is_not = text->data[end] == 't' && text->data[begin - 1] == 'n' &&
                          spans[n - 1].end - spans[n - 1].begin > 1;
            spans[n - 1].end -= is_not;
            spans[n] = (struct emb_span){begin - is_not, end};
            n++;
        }
        inside = clitic;
    }
    return n;
}
