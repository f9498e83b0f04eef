/*
 * embedders.h - which embedders a command line means: names of prepared ones, or spelled out.
 */
#ifndef COMMANDS_EMBEDDERS_H
#define COMMANDS_EMBEDDERS_H

#include "commands/command.h"
#include "data/catalogue.h"
#include "plugin/spec.h"

struct embedders {
    struct catalogue catalogue;
    struct registry registry;
    struct embedder_spec *specs; /* [n] */
    uint32_t n;
};

/* From --plugin-dir and --embedder; without the latter, the default embedders that are ready (an
 * error if none is), --decoder in place of the decoder among them. Free with embedders_finish. */
int embedders_from_args(const struct args *args, struct embedders *ret_embedders);
/* Before any is opened and before there are threads: see confinement_enter. */
void embedders_confine(const struct embedders *embedders);
void embedders_finish(struct embedders *embedders);

/* The help of the two options, for option tables. */
#define EMBEDDER_OPTIONS                                                                           \
    {"embedder", "SPEC",                                                                           \
     "[NAME=]PREPARED or [NAME=]PLUGIN:PATH, then [,option=value…]. Options are the plugin's;\n" \
     "any embedder takes context=both|left|right|repeat|shuffled|none|window:N (what a word\n"     \
     "sees of its sentence), pooling=mean|first|last (of its pieces) and snapshots=all (every\n"   \
     "model that training kept in its folder); repeatable; default: the\n"                         \
     "default embedders that are ready (harness list)"},                                           \
        {"decoder", "SPEC",                                                                        \
         "decoder to use instead of gpt among the default embedders: gpt2, once fetched, or\n"     \
         "transformer-causal:FOLDER"},                                                             \
    {                                                                                              \
        "plugin-dir", "DIR", "look for plugins in DIR too; repeatable"                             \
    }

#endif /* COMMANDS_EMBEDDERS_H */
