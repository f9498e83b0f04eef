/* Parses --seed, one number or several. */
#include "commands/run/seeds.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <stdlib.h>

/* One more seed; no two runs of one. */
static int add_seed(struct seeds *seeds, const char *text)
{
    uint64_t seed;
    if (!num_uint(slice_of(text), &seed)) {
        return error_set(ERR_REQUEST,
                         "--seed: found \"%s\", expected a whole number, or several: 1,2,3", text);
    }
    for (uint32_t i = 0; i < seeds->n; i++) {
        if (seeds->seeds[i] == seed) {
            return error_set(ERR_REQUEST, "--seed: found %s twice", text);
        }
    }
    seeds->seeds[seeds->n++] = seed;
    return 0;
}

int seeds_from_args(const struct args *args, struct seeds *seeds)
{
    uint32_t n;
    const char **values = args_values(args, "seed", true, &n);
    int status = 0;
    *seeds = (struct seeds){.given = args_flag(args, "seed")};
    seeds->seeds = mem_array(n + 1u, sizeof *seeds->seeds);
    for (uint32_t i = 0; i < n && status == 0; i++) {
        status = args_blame(args, "seed", NULL, add_seed(seeds, values[i]));
    }
    if (status == 0 && seeds->given && n == 0) {
        status = error_set(ERR_REQUEST, "--seed: found nothing, expected a whole number");
    }
    if (!seeds->given) {
        seeds->seeds[seeds->n++] = 1;
    }
    free(values);
    return status;
}

void seeds_finish(struct seeds *seeds)
{
    free(seeds->seeds);
    *seeds = (struct seeds){0};
}
