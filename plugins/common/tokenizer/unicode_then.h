/*
 * unicode_then.h - what Hugging Face's tokenizers know of Unicode, where that decides about pieces.
 *
 * Their normal forms rest on tables of Unicode 9, BERT's categories on those of Unicode 8, and the
 * models were trained with them. Most of what came since makes no difference to them; where it
 * does, the difference is here, measured code point by code point against tokenizers 0.22.2 with
 * utf8proc 2.8 (Unicode 15).
 */
#ifndef TOKENIZER_UNICODE_THEN_H
#define TOKENIZER_UNICODE_THEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool then_is_format(uint32_t c);      /* Cf */
bool then_is_nonspacing(uint32_t c);  /* Mn */
bool then_is_mark(uint32_t c);        /* Mn, Mc, Me */
bool then_is_punctuation(uint32_t c); /* P */
unsigned then_combining_class(uint32_t c);
/* False for what has a decomposition only since. */
bool then_decomposes(uint32_t c);

#endif /* TOKENIZER_UNICODE_THEN_H */
