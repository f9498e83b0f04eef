/*
 * unit_key.h - what decides about a unit's figures, hashed: the name of its result.
 *
 * Program, plugin, model, every option, view and post-processing of the embedder, the suite with
 * all that is asked of it, the content of every file that it reads, seed, resamples, and what the
 * machine computes with. No path, no number of threads, no time: the same work has one key in every
 * sweep.
 */
#ifndef COMMANDS_SWEEP_UNIT_KEY_H
#define COMMANDS_SWEEP_UNIT_KEY_H

#include "base/str.h"
#include "commands/run/run_state.h"
#include "data/digest.h"

/* SHA-256 of a JSON object that says all that; run is prepared for one suite alone (only_suite).
 * Reads the model's files, unless their hash is known (data/digest_cache.h). */
int unit_key(const struct run *run, uint32_t embedder_run, const char *program,
             const char *numerics, char ret_key[DIGEST_TEXT_BYTES]);
/* Of one of the chunks of what has that key. */
void unit_chunk_key(const char *whole, uint32_t chunk, uint32_t n_chunks,
                    char ret_key[DIGEST_TEXT_BYTES]);

#endif /* COMMANDS_SWEEP_UNIT_KEY_H */
