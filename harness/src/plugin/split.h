/*
 * split.h - one embedder's work on a suite, cut into chunks that several machines do.
 *
 * What a model answers to a batch of whole sentences depends on the batch alone, and which batches
 * there are on the texts alone. So questions (batches; sentences to be scored) are dealt out in the
 * order of their first appearance: number i is chunk (i mod N) + 1's.
 *
 * A worker that does a chunk goes through the suite as with a model that knows no word. Questions
 * of its own chunk it puts to the model nevertheless, and records the answers, bit by bit. A worker
 * that does the whole goes through the suite as always, but takes answers that are recorded from
 * there; all others the model gives. No sum is cut: whatever N is and whatever the chunks hold, the
 * figures are those of a run that was not split, to the last bit.
 *
 * A file of answers:
 *
 *     "harness-answers/1 WHOLE K/N\n"
 *     struct split_frame and its n bytes, one of each question
 *     struct split_frame, zero but for n; its bytes are the SHA-256, 64 digits, of all before it
 *
 * Numbers are as in memory: `WHOLE` says which program on which machine wrote it. One thread.
 */
#ifndef PLUGIN_SPLIT_H
#define PLUGIN_SPLIT_H

#include "data/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct split;

struct split_frame {
    char question[DIGEST_TEXT_BYTES - 1]; /* its hash; of the seal zero */
    double seconds;                       /* that the model took */
    uint64_t n;                           /* bytes of the answer */
};

/* What is split: `whole` names it, a text without blanks. */
struct split_of {
    const char *whole;
    uint32_t n_chunks;
};

/* Where the answers of a chunk lie: "BEGINNING.K-N.answers". free() it. */
char *split_path(const char *beginning, uint32_t chunk, uint32_t n_chunks);

/* Chunk 1 … N, into a file that is there and empty. */
int split_chunk_begin(const char *path, const struct split_of *of, uint32_t chunk,
                      struct split **ret_split);
/* A suite has gone through, with `status`: 0 if its chunk is whole, sealed and on the disk. An
 * error of the suite counts only where the model was in it, or where it came before any question;
 * others are of a suite to which no word is known. Destroys. */
int split_chunk_end(struct split *split, int status);

/* From the files of all chunks. ERR_REQUEST names the first that is missing, torn or of something
 * else. */
int split_whole_begin(const char *beginning, const struct split_of *of, struct split **ret_split);
void split_destroy(struct split *split); /* NULL is fine */

bool split_is_chunk(const struct split *split); /* NULL: it is not */

enum split_turn {
    SPLIT_ASK,      /* put it to the model, then split_record() */
    SPLIT_RECORDED, /* this is the answer */
    SPLIT_LEFT      /* another chunk's, or put before: go on as if the model knew no word */
};
struct split_answer {
    const void *bytes; /* the split's; at any address */
    size_t n;
    double seconds;
};

/* question: the hash of all that the answer depends on but for the model. split NULL: SPLIT_ASK. */
enum split_turn split_turn(struct split *split, const char question[DIGEST_TEXT_BYTES],
                           struct split_answer *ret_answer);
/* Does nothing where no chunk is done. */
int split_record(struct split *split, const char question[DIGEST_TEXT_BYTES],
                 const struct split_answer *answer);
/* Of what was put to the model came no answer: `status`, which it returns, ends the chunk. */
int split_fail(struct split *split, int status);

#endif /* PLUGIN_SPLIT_H */
