/*
 * charsmap.h - SentencePiece's precompiled character map: a table of replacements for short
 * sequences of code points, found by a double-array trie.
 *
 * The blob, little-endian:
 *   0  u32  bytes of the trie, a multiple of 4
 *   4  u32  units of the trie: bits 0-7 label, 8 a leaf follows, 9-31 the offset to the children
 *           (bits 10-30, times 256 where bit 9 is set); a leaf unit holds its value in bits 0-30
 *   …  text of the replacements, each NUL-terminated; a leaf's value is where its text begins
 */
#ifndef TOKENIZER_CHARSMAP_H
#define TOKENIZER_CHARSMAP_H

#include "tokenizer/work.h"

#include <stdbool.h>

struct charsmap;

/* A copy is made of the blob. `where` names it in errors. `longest`: as SentencePiece reads it, the
 * longest match at each place is replaced. Else as Hugging Face's tokenizers do: grapheme by
 * grapheme of at most 5 bytes, then code point by code point, the shortest match each. */
emb_status charsmap_create(const struct emb_host *host, const char *where, const void *blob,
                           uint64_t n_bytes, bool longest, struct charsmap **ret_map);
void charsmap_destroy(struct charsmap *map); /* NULL is fine */

/* arg: the struct charsmap. */
rewrite_body charsmap_normalize;

#endif /* TOKENIZER_CHARSMAP_H */
