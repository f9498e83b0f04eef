/*
 * spec.h - an embedder as a user spells it out:
 *
 *     [NAME=]PLUGIN[:PATH][,option=value…]      mine=glove:vectors.txt,lowercase=1
 *
 * PATH is the value of the plugin's first path option. A flag may stand alone ("lowercase" means
 * lowercase=1). A comma or backslash inside a value is written "\," or "\\". Without NAME= the
 * embedder is called as its plugin, with "@left" behind where it is read otherwise than plainly:
 * the options of context.h (context=left) are the host's, unless the plugin has one of that name.
 * Options that make another model of the same files (EMB_OPT_CHANGE) follow as "@ablate:uniform".
 */
#ifndef PLUGIN_SPEC_H
#define PLUGIN_SPEC_H

#include "base/members.h"
#include "plugin/context.h"
#include "plugin/options.h"
#include "plugin/registry.h"

/* X(type, member, SENT to a worker or KEPT): see base/members.h. */
/* clang-format off */
#define EMBEDDER_SPEC_MEMBERS(X)                                                                   \
    X(OWN_TEXT, name, SENT)      /* "mine" */                                                      \
    X(MODEL, model, SENT)        /* the registry's */                                              \
    X(PAIRS, pairs, SENT)        /* as given, without the host's */                                \
    X(OPTIONS, options, KEPT)    /* all of them, typed */                                          \
    X(VIEW, word_view, SENT)     /* from the host's */                                             \
    X(OWN_TEXT, series, KEPT)    /* of one model at several times: its name; else NULL */          \
    X(REAL, series_tokens, KEPT) /* tokens that it had learned from by then */                     \
    X(REAL, held_out_loss, KEPT) /* nats a piece, NAN: not known */
/* clang-format on */
struct embedder_spec {
    EMBEDDER_SPEC_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(embedder_spec, EMBEDDER_SPEC_MEMBERS);

/* Unknown plugins and options, values out of range, and paths that do not exist are errors. A
 * plugin that was refused is none yet: it gives a specification that cannot be opened for the
 * reason of the refusal. The registry must outlive the specification. Free with spec_finish. */
int spec_parse(const struct registry *registry, const char *text, struct embedder_spec *ret_spec);

/* The same from parts: name NULL = the plugin's id, with the view behind. Copies its arguments.
 */
int spec_create(const char *name, const struct plugin_model *model, const struct option_pair *pairs,
                uint32_t n_pairs, struct embedder_spec *ret_spec);
void spec_finish(struct embedder_spec *spec);

/* What an embedder is called that is given no name: `called`, and behind it how it is read and by
 * which options it is another model. free() it. */
char *spec_default_name(const struct embedder_spec *spec, const char *called);

/* The NAME of a specification and its PLUGIN id without looking at the rest: for messages about
 * those that cannot be parsed. Both are the caller's to free. */
void spec_peek(const char *text, char **ret_name, char **ret_plugin);

/* Names must differ, from each other and from what baselines are called, and hold no tab and no
 * line end: the error says which one does not. */
int specs_check_names(const struct embedder_spec *specs, uint32_t n);

#endif /* PLUGIN_SPEC_H */
