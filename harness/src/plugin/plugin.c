/* Checks plugin ids, and whether a plugin's file came with the harness. */
#include "plugin/plugin.h"

#include "base/build_tree.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

bool plugin_id_is_valid(const char *text)
{
    if (text[0] < 'a' || text[0] > 'z') {
        return false;
    }
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return text[n] == '\0' && n <= 64;
}

static bool lies_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/';
}

bool plugin_is_own(const char *path)
{
    char *root = build_tree();
    char *folder = root ? file_join(root, "plugins") : installed_folder(HARNESS_PLUGIN_DIR);
    char *real = realpath(path, NULL), *real_folder = realpath(folder, NULL);
    bool own = real && real_folder && lies_below(real, real_folder);
    free(real_folder);
    free(real);
    free(folder);
    free(root);
    return own;
}
