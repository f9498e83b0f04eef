/*
 * snapshots.h - "gpt=transformer-causal:FOLDER,snapshots=all": every model that a training run kept
 * on its way, as one embedder each ("gpt@4096": after 4096 tokens).
 *
 * FOLDER/training.json lists them: "snapshots": [{"folder": "at-4096", "pieces": 4096,
 * "held_out_loss": 5.1}, …], the folders inside FOLDER, each called after its pieces.
 */
#ifndef COMMANDS_RUN_SNAPSHOTS_H
#define COMMANDS_RUN_SNAPSHOTS_H

#include "plugin/spec.h"

struct snapshot {
    char *text;   /* a specification of its own */
    char *series; /* "gpt" */
    double tokens, held_out_loss;
};

struct snapshots {
    struct snapshot *items; /* [n]; 0: the text asks for none */
    uint32_t n;
};

/* An option of that name that the plugin has is the plugin's. Free with snapshots_finish. */
int snapshots_of(const struct registry *registry, const char *text, struct snapshots *ret_all);
void snapshots_finish(struct snapshots *all);

#endif /* COMMANDS_RUN_SNAPSHOTS_H */
