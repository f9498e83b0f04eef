/*
 * corpus.h - text files as one stream of lines for emb.train/1.
 *
 * Files may be packed (data/archive.h); of a folder every regular file below it is read, in the
 * order of their paths; "-" is standard input. A byte order mark at a file's start is left out.
 */
#ifndef PLUGIN_CORPUS_H
#define PLUGIN_CORPUS_H

#include <embedder.h>

#include <stddef.h>

struct corpus;

/* Opens nothing yet, but every file must be there. Close with corpus_close. */
int corpus_open(const char *const *paths, uint32_t n_paths, struct corpus **ret_corpus);
/* A text in memory, whose bytes are taken over (from malloc), as a corpus of its lines. */
struct corpus *corpus_of_text(char *text, size_t n_bytes);
void corpus_close(struct corpus *corpus); /* NULL is fine */

/* What a trainer reads; owned by the corpus. n_bytes is known if no file is packed. */
const struct emb_corpus *corpus_interface(const struct corpus *corpus);

/* Why next() or rewind() failed: the error message, or NULL if they did not. */
const char *corpus_failure(const struct corpus *corpus);
uint32_t corpus_n_files(const struct corpus *corpus);

#endif /* PLUGIN_CORPUS_H */
