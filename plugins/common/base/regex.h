/*
 * regex.h - regular expressions over valid UTF-8, as the Oniguruma and Rust dialects that
 * tokenizers are written in mean them.
 *
 * The only door to PCRE2 on the plugin side. Patterns are compiled with Unicode properties for \s
 * \w \d \b and translated where the dialects differ: `\p{IsHan}` and the like name the script
 * itself, not its extensions; `\s` is White_Space without U+180E; `\w` and `\b` know marks as parts
 * of words; `\h` is a hexadecimal digit. Class intersection (&&) is not known here and refused. JIT
 * code is used where the machine has it.
 */
#ifndef COMMON_REGEX_H
#define COMMON_REGEX_H

#include "embedder.h"

#include <stdbool.h>

struct regex;
struct regex_match; /* working memory, one for each thread or call */

/* `where` names the pattern in errors ("FILE: pre_tokenizer.pattern"). EMB_E_FORMAT with the place
 * in the pattern, or EMB_E_NOMEM. host must outlive the regex. */
emb_status regex_compile(const struct emb_host *host, const char *where, const char *pattern,
                         uint64_t n_bytes, struct regex **ret_regex);
void regex_free(struct regex *regex); /* NULL is fine */

/* NULL: out of memory. */
struct regex_match *regex_match_create(void);
void regex_match_free(struct regex_match *match); /* NULL is fine */

enum { REGEX_NONE = 0, REGEX_FOUND = 1 };

/* The first match in text[from, n_bytes); text is valid UTF-8 and `from` a code point's start; what
 * precedes `from` is seen by look-behind. REGEX_FOUND, REGEX_NONE, or a negative emb_status with
 * reported to the host: memory, or a pattern that took more steps than any sane one needs. [any] */
int32_t regex_find(const struct regex *regex, struct regex_match *match, const char *text,
                   uint32_t n_bytes, uint32_t from, uint32_t *ret_begin, uint32_t *ret_end);

#endif /* COMMON_REGEX_H */
