/* Keeps the first few different words, printable and short. */
#include "base/few.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* Not within a code point of UTF-8. */
static char *shortened(const char *word, size_t n)
{
    size_t kept = n;
    if (n > FEW_BYTES) {
        for (kept = FEW_BYTES; kept > 0 && ((unsigned char)word[kept] & 0xC0) == 0x80; kept--) {
        }
    }
    char *text = mem_format("%.*s%s", (int)kept, word, kept < n ? "…" : "");
    text_make_printable(text);
    return text;
}

void few_add(struct few *few, const char *word, size_t n)
{
    char *text = few->more ? NULL : shortened(word, n);
    for (uint32_t i = 0; text && i < few->n; i++) {
        if (strcmp(few->words[i], text) == 0) {
            free(text);
            return;
        }
    }
    if (text && few->n < FEW_MOST) {
        few->words[few->n++] = text;
        return;
    }
    few->more = true;
    free(text);
}

char *few_text(const struct few *few)
{
    struct str text = {0};
    for (uint32_t i = 0; i < few->n; i++) {
        str_format(&text, "%s%s", i ? ", " : "", few->words[i]);
    }
    str_add(&text, few->more ? " …" : "");
    return text.data ? text.data : mem_text("");
}

void few_finish(struct few *few)
{
    for (uint32_t i = 0; i < few->n; i++) {
        free(few->words[i]);
    }
    *few = (struct few){0};
}
