/*
 * text_corpus.h - a plain text file, or text in memory, as an emb_corpus for tests and benchmarks
 * of the trainers.
 */
#ifndef TEST_TEXT_CORPUS_H
#define TEST_TEXT_CORPUS_H

#include "embedder.h"

struct text_corpus {
    struct emb_corpus corpus; /* hand out &corpus */
    const char *text;
    uint64_t n_bytes, at;
    uint64_t block; /* bytes handed out at a time, about; whole lines */
    int is_mapped;
};

/* 0, or -1 if the file cannot be read. Free with text_corpus_finish. */
int text_corpus_open(struct text_corpus *text, const char *path);
void text_corpus_memory(struct text_corpus *text, const char *bytes, uint64_t n_bytes);
void text_corpus_finish(struct text_corpus *text);

#endif /* TEST_TEXT_CORPUS_H */
