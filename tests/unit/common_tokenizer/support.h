/* support.h - what the tokenizer tests share. */
#ifndef TEST_TOKENIZER_SUPPORT_H
#define TEST_TOKENIZER_SUPPORT_H

#include "tokenizer/tokenizer.h"
#include "mini_host.h"
#include "tokenizer/build.h"

#include <criterion/criterion.h>

/* tests/golden/tokenizer/NAME.json; fails the test if it does not load. */
struct tokenizer *load_golden(const char *name);
/* A tokenizer.json in memory; fails the test likewise. */
struct tokenizer *load_text(const char *json);
/* That it is refused with `code` and a message that holds `words`, and nothing leaks. */
void expect_refusal(const char *json, emb_status code, const char *words);

/* "id:begin-end id:begin-end ..." of a text; word numbers follow as "@word" with encode_words.
 * Valid until the next call. */
const char *cut(const struct tokenizer *tokenizer, const char *text, uint32_t flags);
/* Words are the runs between spaces. '|' in the text ends a word without being in it. */
const char *cut_words(const struct tokenizer *tokenizer, const char *text, uint32_t flags);

/* The folder of a prepared model, or NULL: then skip. */
const char *model_folder(const char *name);

/* Write a file into a fresh folder that lives as long as the test process. */
const char *scratch_folder(void);
const char *write_file(const char *name, const void *bytes, size_t n);

#endif /* TEST_TOKENIZER_SUPPORT_H */
