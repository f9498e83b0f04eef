/* Writes a target's place in its sentence as an item's attribute. */
#include "suites/shared/item_span.h"

#include "base/mem.h"

/* Code points in n bytes of UTF-8. */
static size_t points(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += (text[i] & 0xc0) != 0x80;
    }
    return count;
}

char *item_span(const char *text, struct emb_span span)
{
    size_t begin = points(text, span.begin);
    return mem_format("%zu-%zu", begin, begin + points(text + span.begin, span.end - span.begin));
}
