/*
 * text.h - the training text as pieces: read once, kept beside the output without a name.
 *
 * A line is a document: an end-of-text piece stands before each. Lines of white space alone are
 * left out. Some lines are held out, by a number drawn from (seed, line): the model never learns
 * from them, and neither does its tokenizer.
 */
#ifndef TRANSFORMER_LEARN_TEXT_H
#define TRANSFORMER_LEARN_TEXT_H

#include "tokenizer/tokenizer.h"
#include "train/output.h"
#include "train/spool.h"

struct learn_text {
    struct train_job *job;
    double share;        /* of lines held out */
    struct spool bytes;  /* the lines in valid UTF-8, each with its newline */
    struct spool pieces; /* u32: end of text and the line's pieces, line by line */
    struct spool held;   /* the same of the lines held out */
    const char *text;    /* what `bytes` holds */
    const uint32_t *ids, *held_ids;
    uint64_t n_ids, n_held_ids;
    uint64_t n_bytes, n_lines, n_held_lines;
    uint64_t n_repaired; /* ill-formed sequences that became U+FFFD */
    uint64_t hash;       /* FNV-1a, 64 bits, of the corpus as it came */
};

/* Reads the request's corpus. EMB_E_FORMAT if it is white space alone. learn_text_finish() in every
 * case. */
emb_status learn_text_read(struct learn_text *text, struct train_job *job, double share);
/* Goes through the lines to learn from, phase 2. */
emb_status learn_text_each(const struct learn_text *text,
                           emb_status (*take)(void *arg, const char *line, uint32_t n_bytes),
                           void *arg);
/* Cuts the lines into pieces; end: the piece before each. */
emb_status learn_text_cut(struct learn_text *text, const struct tokenizer *tokenizer, uint32_t end);
/* The lines held out, each with its newline. */
void learn_text_write_held(const struct learn_text *text, struct output *file);
void learn_text_finish(struct learn_text *text);

#endif /* TRANSFORMER_LEARN_TEXT_H */
