/*
 * words.h - what a word of a training text is.
 *
 * Plain rule: a word is a run of bytes that are not white space (space, tab, carriage return, form
 * feed, vertical tab, NUL); a newline ends the line.
 * strip: a word is [A-Za-z0-9]+('[A-Za-z]+)? with the leftmost longest match, everything else
 * separates. With unicode, letters are code points of the general categories L and M, digits those
 * of N, and an apostrophe may also be U+2019, which becomes '; ill-formed bytes separate.
 * lowercase: the full lower-case mapping of Unicode (embedder_lower.h).
 * A word longer than WORD_MAX_BYTES is cut there, at the start of a UTF-8 sequence: the original
 * tools' limit, which readers of their files rely on.
 */
#ifndef TRAIN_WORDS_H
#define TRAIN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WORD_MAX_BYTES = 100,
    WORD_RAW_BYTES = 3 * WORD_MAX_BYTES /* no more are needed: lower case takes a third at least */
};

struct word_rules {
    bool strip, lowercase, unicode;
};

enum word_event {
    WORD_END,  /* of the text */
    WORD_LINE, /* a newline */
    WORD_FOUND,
};

struct word_reader {
    struct word_rules rules;
    const unsigned char *at, *end; /* what is left of the text */
    uint32_t n_bytes;              /* of the word found */
    bool is_full;                  /* the word was cut: it takes no more characters */
    bool has_high;                 /* it has bytes beyond ASCII */
    char word[WORD_RAW_BYTES];     /* [n_bytes], at most WORD_MAX_BYTES; not NUL-terminated */
};

void word_reader_init(struct word_reader *reader, const struct word_rules *rules);
void word_reader_text(struct word_reader *reader, const char *text, uint64_t n_bytes);
enum word_event word_reader_next(struct word_reader *reader);

#endif /* TRAIN_WORDS_H */
