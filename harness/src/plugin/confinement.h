/*
 * confinement.h - which plugins run in the sandbox of base/sandbox.h, and what it leaves them.
 *
 * All do, unless the user says otherwise, but those of ours whose work is to start programs
 * (`process`). Ours may write vector caches; others nothing but their scratch folder.
 */
#ifndef PLUGIN_CONFINEMENT_H
#define PLUGIN_CONFINEMENT_H

#include "base/sandbox.h"
#include "plugin/plugin.h"

enum sandbox_wish { SANDBOX_BY_PLUGIN, SANDBOX_ON, SANDBOX_OFF };

/* --sandbox on|off; NULL = by the plugin. */
int sandbox_wish_parse(const char *text, enum sandbox_wish *ret_wish);

bool plugin_is_confined(const struct plugin_model *model, enum sandbox_wish wish);

/* The folder of vector caches, made if it is not there: where a plugin of ours may write beside its
 * scratch folder. NULL for other plugins, or where it cannot be made. free() it. */
char *plugin_writable(const struct plugin_model *model);

/* For a process that does the harness' own work with a plugin inside (convert, train): the sandbox
 * closes when a plugin is loaded that is to be in one, by confinement_enter(), which is best called
 * before there are threads. Until then is said what may still be written: a folder, or an output as
 * file_out_open makes it. One that is not to be in a sandbox leaves the process as it is. */
void confinement_defer(enum sandbox_wish wish, struct sandbox_board *board);
void confinement_allow_folder(const char *path);
void confinement_allow_output(const char *path);
void confinement_enter(const struct plugin_model *model); /* nothing where none is deferred */

#endif /* PLUGIN_CONFINEMENT_H */
