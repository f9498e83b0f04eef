/*
 * stages.h - which points of the forward pass a run looks at.
 *
 * A choice is a comma-separated list of
 *     all            every stage, and the sum of the last four blocks if there are four (default)
 *     blocks         the usual layers: "input", "1", "2", …
 *     NAME           one stage: "table", "3.attention"; with * and ? a pattern: "*.attention"
 *     A-B            blocks A to B: "1-6"
 *     sum:A-B        the sum of blocks A to B; sum:lastN of the last N blocks
 *     mean:A-B       their mean; mean:lastN
 * Block 0 is "input". A model with a single stage, as every static embedder is, shows that one if
 * it is on the list, whatever else is: so it can stand beside the chosen stages of others.
 */
#ifndef PLUGIN_STAGES_H
#define PLUGIN_STAGES_H

#include "base/arena.h"
#include "data/stage.h"

#include <embedder.h>

struct stage_table {
    struct stage *stages; /* [n], in the model's order */
    uint32_t n;
    struct arena names;
};

/* One row of what is delivered: a stage as it is, or several added up. */
struct stage_pick {
    struct stage stage;
    uint32_t *parts; /* [n_parts] indices into stage_choice.asked, ascending */
    uint32_t n_parts;
    bool is_mean;
    bool is_compound; /* a sum or mean, even of one */
};

struct stage_choice {
    struct stage_pick *picks; /* [n]: single stages in the model's order, then sums and means */
    uint32_t n;
    uint32_t *asked; /* [n_asked] the model's stages that are needed for it, ascending */
    uint32_t n_asked;
    struct arena names;
};

/* What a plugin offers, typed; the name stays the plugin's. ABI 1 carries the block and whether it
 * is an output: the rest is the name's ("table", "N.attention" of block N, "norm"),
 * which is asked here and nowhere else. A name that is none of these is of STAGE_OTHER. */
struct stage stage_of_plugin(const struct emb_stage *offered);

/* text NULL or "" = "all". A stage that the model does not have is an error that lists those it
 * has; one that is named twice is chosen once. Free with stage_choice_finish. */
int stage_choice_parse(const struct stage_table *table, const char *text,
                       struct stage_choice *ret_choice);
void stage_choice_finish(struct stage_choice *choice);
void stage_table_finish(struct stage_table *table);

#endif /* PLUGIN_STAGES_H */
