#include "plugin/confinement.h"

#include "base/error.h"
#include "base/file.h"

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
