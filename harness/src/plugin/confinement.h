/*
 * confinement.h - which plugins run in the sandbox of base/sandbox.h, and what it leaves them.
 *
 * All do, unless the user says otherwise, but those of ours whose work is to start programs
 * (`process`). Ours may write vector caches; others nothing but their scratch folder.
 */
#ifndef PLUGIN_CONFINEMENT_H
#define PLUGIN_CONFINEMENT_H

#include "plugin/registry.h"

enum sandbox_wish { SANDBOX_BY_PLUGIN, SANDBOX_ON, SANDBOX_OFF };

/* --sandbox on|off; NULL = by the plugin. */
int sandbox_wish_parse(const char *text, enum sandbox_wish *ret_wish);

bool plugin_is_confined(const struct plugin_model *model, enum sandbox_wish wish);

/* The folder of vector caches, made if it is not there: where a plugin of ours may write beside its
 * scratch folder. NULL for other plugins, or where it cannot be made. free() it. */
char *plugin_writable(const struct plugin_model *model);

#endif /* PLUGIN_CONFINEMENT_H */
