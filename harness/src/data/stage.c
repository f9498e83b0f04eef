/* What a stage is, by its block and its part. */
#include "data/stage.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

static const char *const part_names[STAGE_N_PARTS] = {
    [STAGE_TABLE] = "table",         [STAGE_INPUT] = "input",
    [STAGE_ATTENTION] = "attention", [STAGE_FEED_FORWARD] = "feed-forward",
    [STAGE_NORM] = "norm",           [STAGE_COMBINATION] = "combination",
    [STAGE_OTHER] = "other",
};

const char *stage_part_name(enum stage_part part)
{
    return part < STAGE_N_PARTS ? part_names[part] : NULL;
}

enum stage_part stage_part_of(const char *name)
{
    int part = name ? STAGE_TABLE : STAGE_NONE;
    while (name && part < STAGE_N_PARTS && strcmp(part_names[part], name) != 0) {
        part++;
    }
    return (enum stage_part)part;
}

bool stage_is_native(const struct stage *stage)
{
    return stage->part != STAGE_NONE && stage->part != STAGE_COMBINATION;
}

bool stage_is_output(const struct stage *stage)
{
    return stage->part == STAGE_INPUT || stage->part == STAGE_FEED_FORWARD;
}

bool stage_is_whole(const struct stage *stage)
{
    return stage_is_native(stage) && stage->part != STAGE_ATTENTION;
}

struct stage *stages_copy(const struct stage *stages, uint32_t n)
{
    size_t bytes = n * sizeof *stages;
    for (uint32_t i = 0; i < n; i++) {
        bytes += stages[i].name ? strlen(stages[i].name) + 1 : 0;
    }
    struct stage *copies = mem_alloc(bytes);
    char *names = (char *)(copies + n); /* behind the last */
    for (uint32_t i = 0; i < n; i++) {
        copies[i] = stages[i];
        if (stages[i].name) {
            copies[i].name = names;
            names = stpcpy(names, stages[i].name) + 1;
        }
    }
    return copies;
}

bool stage_same(const struct stage *a, const struct stage *b)
{
    return a->name == b->name || (a->name && b->name && strcmp(a->name, b->name) == 0);
}

double stage_place(const struct stage *stage)
{
    switch (stage->part) {
    case STAGE_TABLE:
    case STAGE_INPUT:
        return stage->part == STAGE_TABLE ? -2 : -1;
    case STAGE_ATTENTION:
        return stage->block;
    case STAGE_FEED_FORWARD:
        return stage->block + 0.5;
    case STAGE_NORM: /* behind the last block, whatever its number */
        return INT32_MAX;
    case STAGE_NONE:
    case STAGE_COMBINATION:
    case STAGE_OTHER:
    case STAGE_N_PARTS:
        break;
    }
    return INFINITY;
}
