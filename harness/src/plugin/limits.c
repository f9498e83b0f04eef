#include "plugin/limits.h"

#include "base/mem.h"

#include <string.h>

char *limits_flaw_of_info(const struct emb_model_info *info)
{
    if (info->dim == 0 || info->dim > LIMITS_DIM || info->n_stages == 0 ||
        info->n_stages > LIMITS_STAGES) {
        return mem_format("info(): found dim %u and %u stages, expected 1 to %u and 1 to %u",
                          info->dim, info->n_stages, LIMITS_DIM, LIMITS_STAGES);
    }
    return NULL;
}

char *limits_flaw_of_stage(const struct emb_stage *stage, uint32_t i, const char *const *names)
{
    if (!stage->name || !stage->name[0] || strpbrk(stage->name, ", \t\n")) {
        return mem_format("stage(%u): found the name \"%s\", expected a word", i,
                          stage->name ? stage->name : "(NULL)");
    }
    for (uint32_t k = 0; k < i; k++) {
        if (strcmp(names[k], stage->name) == 0) {
            return mem_format("stages %u and %u are both called \"%s\"", k, i, stage->name);
        }
    }
    return NULL;
}
