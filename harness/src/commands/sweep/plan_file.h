/*
 * plan_file.h - SWEEP/plan.json: what a sweep was asked for, cut into units of one embedder's run
 * on one suite, or of a chunk of that (plugin/split.h).
 *
 *     {"plan": "harness-plan/1", "version": …, "program_sha256": …, "folder": "/home/me/study",
 *      "command": …, "options": "{…}", "numerics": "OpenBLAS …, avx512f",
 *      "blas_core": "Haswell" or null,
 *      "units": [{"embedder": "minilm@left", "suite": "wsd", "key": "64 digits"}, …]}
 *
 * A chunk has "chunk": "2/4" and "whole", the key of what it is a chunk of, too.
 *
 * Units stand embedder by embedder, in the order of a single run, chunks one after another. What a
 * unit gives lies in SWEEP/units: see unit_result.h.
 */
#ifndef COMMANDS_SWEEP_PLAN_FILE_H
#define COMMANDS_SWEEP_PLAN_FILE_H

#include "commands/command.h"
#include "data/digest.h"

#include <stdint.h>

#define PLAN_MOST_CHUNKS 10000u

struct unit {
    char *embedder; /* name of the run, embedder_run.spec.name */
    char *suite;
    char key[DIGEST_TEXT_BYTES];
    uint32_t chunk, n_chunks;      /* 1 … n_chunks; 0: not split */
    char whole[DIGEST_TEXT_BYTES]; /* key of what it is a chunk of; "": not split */
};

struct plan {
    char *sweep;                     /* its folder, as an absolute path */
    char *folder;                    /* in which its relative paths hold */
    char *command;                   /* as typed */
    char *options;                   /* of the run, as an experiment file */
    char *numerics;                  /* what the planning machine computes with */
    char *blas_core;                 /* the core that OpenBLAS is to take; NULL: each its own */
    char program[DIGEST_TEXT_BYTES]; /* hash of the program that planned */
    struct unit *units;              /* [n] */
    uint32_t n;
};

/* What decides about the last bits of figures: the BLAS with its kernel, the vector instructions.
 * Where the kernel is pinned (OPENBLAS_CORETYPE), machines beyond AVX2 count as such: our own sums
 * have the same bits on all of them, and the C library's functions, which know FMA or not. free()
 * it. */
char *plan_numerics(void);
/* OPENBLAS_CORETYPE of this process, or NULL; free() it. */
char *plan_blas_core(void);

int plan_write(const struct plan *plan); /* into its folder, whole or not at all */
/* ERR_REQUEST: no plan, one of another version of the program, or one that is damaged. Free with
 * plan_finish, also after an error. */
int plan_read(const char *sweep, struct plan *plan);
/* From now on the process works in plan->folder, and its BLAS with plan->blas_core. */
int plan_enter(const struct plan *plan);
void plan_finish(struct plan *plan);

/* What a unit is a chunk of, as a unit; itself, where it is none. Borrows its texts. */
struct unit unit_whole(const struct unit *unit);
/* Units from the first chunk of a whole to its last; 1, where it is not split. */
uint32_t unit_n_chunks(const struct unit *unit);
/* "minilm, wsd, chunk 2/4"; free() it. */
char *unit_name(const struct unit *unit);
/* The first unit of whole number `number`; NULL: there are not so many. */
const struct unit *plan_find_whole(const struct plan *plan, uint32_t number);

/* The arguments of the run that the plan cuts up; options given to `args` that say how and where
 * (threads, out, name, format …) are taken over. Destroy with args_destroy. */
int plan_args(const struct plan *plan, const struct args *args, struct args **ret_args);

#endif /* COMMANDS_SWEEP_PLAN_FILE_H */
