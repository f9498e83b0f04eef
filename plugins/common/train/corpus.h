/*
 * corpus.h - the corpus as word numbers: read once, so that a pipe is as good as a file.
 *
 * Words outside the vocabulary are left out altogether, as the original tools do: they take no
 * place in a window. A line ends with CORPUS_LINE; empty lines leave nothing.
 */
#ifndef TRAIN_CORPUS_H
#define TRAIN_CORPUS_H

#include "train/spool.h"
#include "train/word_counts.h"
#include "train/words.h"

#define CORPUS_LINE UINT32_MAX

struct corpus {
    struct word_counts vocabulary;
    const uint32_t
        *ids; /* [n_ids] numbers in the vocabulary and CORPUS_LINE; ends with the latter */
    uint64_t n_ids;
    uint64_t n_tokens; /* ids that are words */
    uint64_t n_read;   /* running words of the text, in the vocabulary or not */
    uint64_t n_lines;  /* newlines, and the last line if it has none */
    uint64_t n_types;  /* different words before the cut */
    uint64_t n_bytes;  /* of text */
    uint64_t hash;     /* FNV-1a, 64 bits, of all bytes of the text */
    struct spool spool;
};

/* Phase 1 of a run. EMB_E_FORMAT if no word is left. Free with corpus_finish, also after failure.
 */
emb_status corpus_read(struct corpus *corpus, struct train_job *job, const struct word_rules *rules,
                       uint64_t min_count, uint64_t max_words);
void corpus_finish(struct corpus *corpus);

/* Where pieces of about n_ids word numbers begin: *ret_starts [*ret_n + 1] indexes into ids, the
 * last is n_ids. A piece begins after a CORPUS_LINE, or every max_line words inside a line. The
 * caller frees it through the host. */
emb_status corpus_cut(const struct corpus *corpus, uint64_t n_ids, uint64_t max_line,
                      uint64_t **ret_starts, uint64_t *ret_n);

#endif /* TRAIN_CORPUS_H */
