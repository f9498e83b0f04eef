/* The texts of version 1 taken apart: stages. */
#include "report/stored/version1.h"

#include "base/num.h"
#include "base/str.h"

#include <string.h>

/* "3" or "3.attention", or the last number of "sum:3-6". */
static bool read_block(struct slice digits, int32_t *ret_block)
{
    uint64_t block;
    bool right = num_uint(digits, &block) && block <= INT32_MAX;
    *ret_block = right ? (int32_t)block : STAGE_NO_BLOCK;
    return right;
}

struct stage version1_stage(const char *name)
{
    struct stage stage = {name, STAGE_NO_BLOCK, STAGE_OTHER};
    if (!name) {
        return (struct stage){0};
    }
    struct slice rest = slice_of(name), head;
    slice_field(&rest, '.', &head);
    if (strcmp(name, "table") == 0 || strcmp(name, "input") == 0) {
        stage.block = 0;
        stage.part = name[0] == 't' ? STAGE_TABLE : STAGE_INPUT;
    } else if (strcmp(name, "norm") == 0) {
        stage.part = STAGE_NORM;
    } else if (text_starts(name, "sum:") || text_starts(name, "mean:")) {
        const char *last = strrchr(name, '-');
        stage.part = STAGE_COMBINATION;
        read_block(slice_of(last ? last + 1 : ""), &stage.block);
    } else if (read_block(head, &stage.block)) {
        stage.part = !rest.text                    ? STAGE_FEED_FORWARD
                     : slice_is(rest, "attention") ? STAGE_ATTENTION
                                                   : STAGE_OTHER;
    }
    return stage;
}
