/*
 * peers.h - skip-gram of other programs over the same words: dimension 100, window 5, 5 negatives,
 * subsampling 1e-3, words of 5 occurrences or more, one epoch.
 */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stdint.h>

/* Words of the vocabulary trained a second, all threads together; 0, and a message on standard
 * output, if the program is absent or fails. corpus: a file of words; folder: for what they leave.
 */
double peer_fasttext(const char *corpus, const char *folder, uint32_t n_threads);
double peer_gensim(const char *corpus, uint32_t n_threads); /* of /usr/bin/python3 */

#endif /* BENCH_PEERS_H */
