/* Decides which plugins are sandboxed and closes the sandbox where a plugin is loaded. */
#include "plugin/confinement.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define STARTS_PROGRAMS "process.so" /* of ours */

int sandbox_wish_parse(const char *text, enum sandbox_wish *ret_wish)
{
    if (!text) {
        *ret_wish = SANDBOX_BY_PLUGIN;
    } else if (strcmp(text, "on") == 0) {
        *ret_wish = SANDBOX_ON;
    } else if (strcmp(text, "off") == 0) {
        *ret_wish = SANDBOX_OFF;
    } else {
        return error_set(ERR_REQUEST, "--sandbox: found '%s', expected on or off", text);
    }
    return 0;
}

bool plugin_is_confined(const struct plugin_model *model, enum sandbox_wish wish)
{
    if (wish != SANDBOX_BY_PLUGIN) {
        return wish == SANDBOX_ON;
    }
    return strcmp(file_name(model->plugin->path), STARTS_PROGRAMS) != 0 ||
           !plugin_is_own(model->plugin->path);
}

char *plugin_writable(const struct plugin_model *model)
{
    if (!plugin_is_own(model->plugin->path)) {
        return NULL;
    }
    char *cache = file_cache_folder(), *folder = file_join(cache, "vectors");
    free(cache);
    if (file_make_folders(folder) != 0) {
        free(folder);
        return NULL;
    }
    return folder;
}

/* What confinement_enter is to do, of this process. */
static struct {
    bool waits;
    enum sandbox_wish wish;
    struct sandbox_board *board;
    char **writable; /* [n] */
    uint32_t n;
} deferred;

void confinement_defer(enum sandbox_wish wish, struct sandbox_board *board)
{
    deferred.waits = true;
    deferred.wish = wish;
    deferred.board = board;
}

/* Takes the path. */
static void allow(char *path)
{
    deferred.writable = mem_resize(deferred.writable, deferred.n + 1u, sizeof *deferred.writable);
    deferred.writable[deferred.n++] = path;
}

void confinement_allow_folder(const char *path)
{
    allow(mem_text(path));
}

void confinement_allow_output(const char *path)
{
    char *target = file_follow_links(path);
    if (file_is_special(path)) {
        allow(target);
    } else {
        allow(file_folder(target));
        free(target);
    }
}

void confinement_enter(const struct plugin_model *model)
{
    if (!deferred.waits || !plugin_is_confined(model, deferred.wish)) {
        return;
    }
    char *own = plugin_writable(model);
    if (own) {
        allow(own);
    }
    const struct sandbox sandbox = {.confined = true,
                                    .writable = (const char *const *)deferred.writable,
                                    .n_writable = deferred.n,
                                    .board = deferred.board};
    deferred.waits = false;
    sandbox_enter(&sandbox);
    for (uint32_t i = 0; i < deferred.n; i++) {
        free(deferred.writable[i]);
    }
    free(deferred.writable);
    deferred.writable = NULL;
    deferred.n = 0;
}
