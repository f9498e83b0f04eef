/*
 * vocabulary.h - which words a model lacks, and how one of subwords cuts them: for splits by
 * vocabulary and for the list of the words of a data set.
 *
 * The list goes to the items, one a word: method "vocabulary", id the word as it stands in the
 * text, attribute "count" how often it is a target. A word that the model lacks has status "oov"
 * and no answer; one that is cut into two pieces or more has status "ok", its pieces with blanks
 * between them as its answer, and their number as its score. Words in one piece are not listed.
 */
#ifndef SUITES_SHARED_VOCABULARY_H
#define SUITES_SHARED_VOCABULARY_H

#include "base/map.h"
#include "suites/suite.h"

/* How the cells of a split "pieces:…" are called: 1, 2, 3 and more. */
#define VOCABULARY_N_PIECES 3
extern const struct split vocabulary_pieces_splits[VOCABULARY_N_PIECES];
/* The cell of a target of n pieces; VOCABULARY_N_PIECES for one beyond the model's window, n = 0.
 */
uint32_t vocabulary_pieces_cell(uint32_t n_pieces);

/* What a model makes of the pieces of its texts, by emb.tokens/1. */
struct cutter {
    struct embedder *embedder;
    const struct emb_ext_tokens *tokens; /* NULL: it has no pieces */
    struct emb_piece *pieces;            /* [n] of the sentence that was cut last */
    uint32_t n;
    size_t capacity;
};

/* embedder: NULL for systems without one. A static embedder's pieces are words and say nothing. */
struct cutter cutter_of(struct embedder *embedder);
void cutter_finish(struct cutter *cutter);
bool cutter_cuts(const struct cutter *cutter); /* are there pieces at all? */
/* An error of the model's is one. */
int cutter_cut(struct cutter *cutter, const struct emb_sentence *sentence);
/* Pieces of the last sentence that touch a span; 0: beyond the window. */
uint32_t cutter_count(const struct cutter *cutter, struct emb_span span);

/* Words of one data set with what is to be said of them. */
struct vocabulary {
    struct map words;
    struct vocabulary_word *list; /* [words.n] */
    size_t capacity;
};

void vocabulary_finish(struct vocabulary *vocabulary);
/* One more occurrence of a word, [n_bytes], that has no vector. */
void vocabulary_add_unknown(struct vocabulary *vocabulary, const char *word, size_t n_bytes);
/* The target at `span` of the sentence that was cut last; one in a single piece is skipped. */
void vocabulary_add_cut(struct vocabulary *vocabulary, const struct cutter *cutter,
                        const struct emb_sentence *sentence, struct emb_span span);
/* row: suite, dataset and embedder. */
void vocabulary_write(const struct vocabulary *vocabulary, const struct suite_run *run,
                      const struct figure *row);

#endif /* SUITES_SHARED_VOCABULARY_H */
