/*
 * checkpoint.h - the state of an interrupted run, so that --resume goes on where it stopped.
 *
 * The corpus is not in it: it is read again and must have the same hash, with the same options and
 * seed. With one worker, or a deterministic trainer, the final file has the bytes of a run that
 * was never interrupted. Numbers are little-endian.
 *
 *     byte  0  8 bytes    "EMBTRAIN"
 *           8  u32        1, the version of this format
 *          12  u32        number of blocks
 *          16  16 bytes   trainer ("word2vec"), NUL-padded
 *          32  u64        settings_hash
 *          40  u64        corpus hash (FNV-1a, 64 bits)
 *          48  4 * u64    position, the trainer's own; all 0: nothing is trained yet
 *          80  blocks     each a u64 number of bytes, a multiple of 8, and the bytes
 *         end  u64        checksum of all words of 8 bytes before it:
 *                         h = (h ^ word) * 0x100000001b3, h ^= h >> 32, from 0xcbf29ce484222325
 */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "train/job.h"

enum { CHECKPOINT_POSITIONS = 4, CHECKPOINT_BLOCKS = 5 };

struct checkpoint {
    uint64_t settings_hash, corpus_hash;
    uint64_t position[CHECKPOINT_POSITIONS];
    uint32_t n_blocks;
    struct {
        void *data;
        uint64_t n_bytes; /* a multiple of 8 */
    } blocks[CHECKPOINT_BLOCKS];
};

/* To request->checkpoint, atomically; nothing to do if that is NULL. EMB_E_IO. */
emb_status checkpoint_save(const struct train_job *job, const struct checkpoint *checkpoint);

/* From request->resume_from into the blocks and the position; both hashes and all sizes must match
 * those given. A checkpoint without blocks leaves them alone. EMB_E_IO, EMB_E_FORMAT. */
emb_status checkpoint_load(const struct train_job *job, struct checkpoint *checkpoint);

#endif /* TRAIN_CHECKPOINT_H */
