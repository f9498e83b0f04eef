/*
 * opened.h - what an open embedder is made of. For plugin/ alone; others use embed.h and open.h.
 */
#ifndef PLUGIN_OPENED_H
#define PLUGIN_OPENED_H

#include "plugin/certify.h"
#include "plugin/context.h"
#include "plugin/embed.h"
#include "plugin/host.h"
#include "plugin/registry.h"
#include "plugin/stages.h"

struct embedder {
    char *name;
    const struct plugin_model *kind;
    const struct emb_model_ops *ops;
    const struct emb_model_desc *desc; /* the plugin's own */
    struct host host;
    struct emb_model *model;
    struct emb_model_info info;
    struct stage_table stages;       /* all that the model has */
    struct stage_choice choice;      /* what suites see */
    struct word_view word_view;      /* how words are read: the specification's */
    struct postprocess *postprocess; /* of what suites see; NULL = as it is */
    bool watched;                    /* a suite runs: what streams embed is certified */
    struct certifier *certifier;     /* of that; NULL before the first row */
    struct pool *pool;
    struct split *split;        /* plugin/split.h: of a suite's work; NULL = all is done here */
    uint64_t sentences, tokens; /* embedded so far */
    double seconds;             /* spent in embed() */
};

#endif /* PLUGIN_OPENED_H */
