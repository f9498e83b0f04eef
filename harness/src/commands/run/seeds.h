/*
 * seeds.h - what everything random starts from: --seed 1,2,3.
 */
#ifndef COMMANDS_RUN_SEEDS_H
#define COMMANDS_RUN_SEEDS_H

#include "commands/args.h"

#include <stdbool.h>
#include <stdint.h>

struct seeds {
    uint64_t *seeds; /* [n], n >= 1 */
    uint32_t n;
    bool given; /* else it is the default, 1 */
};

/* Whole numbers, each once; ERR_REQUEST says what was found. Free with seeds_finish, also after an
 * error. */
int seeds_from_args(const struct args *args, struct seeds *seeds);
void seeds_finish(struct seeds *seeds);

#endif /* COMMANDS_RUN_SEEDS_H */
