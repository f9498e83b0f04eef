/*
 * tokenizer.h - text into the pieces a model was trained on, with exact byte offsets.
 *
 * What tokenizer.json describes (normaliser, pre-tokeniser, model, added tokens, post-processor) is
 * what happens, step by step, or the file is refused by the name of what is not known. Truncation
 * and padding wishes inside tokenizer.json are not used: the caller decides.
 */
#ifndef COMMON_TOKENIZER_H
#define COMMON_TOKENIZER_H

#include "tokenizer/token_list.h"

#include "embedder.h"

#include <stdbool.h>

struct tokenizer;
struct gguf; /* tensors.h */

/* From a model folder: tokenizer.json, else the files of the class that tokenizer_config.json or
 * config.json names (vocab.txt; vocab.json and merges.txt; a SentencePiece model), with the special
 * tokens, added tokens and options that stand beside them. EMB_E_UNSUPPORTED: a class that is not
 * known, an option that is not built, files that contradict each other, by name. Or from one file:
 * a tokenizer.json, a SentencePiece model, alone. host must outlive the tokenizer. */
emb_status tokenizer_load(const struct emb_host *host, const char *path,
                          struct tokenizer **ret_tokenizer);
/* From the tokenizer.ggml.* metadata of a GGUF file, which must outlive the tokenizer. */
emb_status tokenizer_load_gguf(const struct emb_host *host, const struct gguf *gguf,
                               const char *path, struct tokenizer **ret_tokenizer);
void tokenizer_destroy(struct tokenizer *tokenizer); /* NULL is fine */

enum {
    TOKENIZER_SPECIAL = 1 << 0, /* with the post-processor's template ([CLS] … [SEP]) */
};

/* Pieces of running text. Offsets are bytes of `text`, which may be any bytes: an invalid UTF-8
 * sequence is read as U+FFFD, one per maximal ill-formed subpart. `list` is overwritten. [any] */
emb_status tokenizer_encode(const struct tokenizer *tokenizer, const char *text, uint32_t n_bytes,
                            uint32_t flags, struct token_list *list);

/* Pieces of a sentence whose words are given: each word is cut on its own, as the model would see
 * it in running text at that place. A word but the first that white space precedes carries one
 * leading space, whatever the white space is (GPT-2's " word", SentencePiece's "▁word"); one that
 * follows another word directly carries none; the first is as at the beginning of a text. Within a
 * word everything happens as ever: "change-ringing" and "New York" are normalised and cut inside.
 * piece.word is the index of its word; a piece that stands for the leading space or prefix alone
 * has begin == end and no word, so that it is in the sequence but in no word's mean. Words are
 * valid, in order, and may leave gaps, whose text is left out. A word of control characters alone
 * can have no pieces. [any] */
emb_status tokenizer_encode_words(const struct tokenizer *tokenizer, const char *text,
                                  const struct emb_span *words, uint32_t n_words, uint32_t flags,
                                  struct token_list *list);

uint32_t tokenizer_n_pieces(const struct tokenizer *tokenizer); /* largest id + 1 */
/* The vocabulary's spelling, NUL-terminated, or NULL where there is no such id. */
const char *tokenizer_spelling(const struct tokenizer *tokenizer, uint32_t id);
/* Id of a spelling ("[MASK]", "<s>"), added tokens first. False if there is none. */
bool tokenizer_find(const struct tokenizer *tokenizer, const char *spelling, uint32_t *ret_id);
/* Id of the piece that stands for a masked one. False where none is named. */
bool tokenizer_mask(const struct tokenizer *tokenizer, uint32_t *ret_id);
/* Pieces of a sequence at most, special ones included, as the folder's settings have it; 0: they do
 * not say. */
uint32_t tokenizer_max_pieces(const struct tokenizer *tokenizer);
/* How many special pieces the template puts before and after a single sequence. */
void tokenizer_special_counts(const struct tokenizer *tokenizer, uint32_t *ret_before,
                              uint32_t *ret_after);

#endif /* COMMON_TOKENIZER_H */
