/* Refuses dimensions, stages and counts beyond what is reasonable. */
#include "plugin/limits.h"

#include "base/mem.h"

#include <string.h>

char *limits_flaw_of_info(const struct emb_model_info *info, uint32_t caps)
{
    if (info->dim == 0 || info->dim > LIMITS_DIM || info->n_stages == 0 ||
        info->n_stages > LIMITS_STAGES) {
        return mem_format("info(): found dim %u and %u stages, expected 1 to %u and 1 to %u",
                          info->dim, info->n_stages, LIMITS_DIM, LIMITS_STAGES);
    }
    if ((caps & EMB_CAP_STATIC) && info->n_stages != 1) {
        return mem_format("info(): found %u stages, expected 1 of a static embedder",
                          info->n_stages);
    }
    return NULL;
}

char *limits_flaw_of_stage(const struct emb_stage *stages, uint32_t i)
{
    const struct emb_stage *stage = &stages[i];
    if (!stage->name || !stage->name[0] || strpbrk(stage->name, ", \t\r\n")) {
        return mem_format("stage(%u): found the name \"%s\", expected a word", i,
                          stage->name ? stage->name : "(NULL)");
    }
    if (i == 0 && strcmp(stage->name, "table") != 0) {
        return mem_format("stage(0): found the name \"%s\", expected \"table\"", stage->name);
    }
    if (stage->block < 0 || stage->is_block_output > 1) {
        return mem_format("stage(%u), %s: found block %d and is_block_output %u, expected 0 or "
                          "more and 0 or 1",
                          i, stage->name, stage->block, stage->is_block_output);
    }
    if (i > 0 && stage->block < stages[i - 1].block) {
        return mem_format("stage(%u), %s: found block %d behind stage %s of block %d, expected "
                          "blocks in order",
                          i, stage->name, stage->block, stages[i - 1].name, stages[i - 1].block);
    }
    for (uint32_t k = 0; k < i; k++) {
        if (strcmp(stages[k].name, stage->name) == 0) {
            return mem_format("stages %u and %u are both called \"%s\"", k, i, stage->name);
        }
    }
    return NULL;
}

char *limits_flaw_of_about(const char *what, const char *line)
{
    size_t n = line ? strnlen(line, LIMITS_ABOUT + 1) : 0;
    if (n > LIMITS_ABOUT) {
        return mem_format("emb.about/1: %s is longer than %u bytes", what, LIMITS_ABOUT);
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7F) {
            return mem_format("emb.about/1: %s: byte %zu is 0x%02X, expected one line of text",
                              what, i, (unsigned char)line[i]);
        }
    }
    return NULL;
}
