/* Finds the build tree that the running program lies in, or the prefix that it was installed below.
 */
#include "base/build_tree.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int build_tree_check_program(void)
{
    static const char gone[] = " (deleted)"; /* as the kernel says it: proc(5) */
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path), kept = n - (ssize_t)strlen(gone);
    if (kept < 0 || memcmp(path + kept, gone, strlen(gone)) != 0) {
        return 0;
    }
    return error_set(ERR_MACHINE,
                     "%.*s was replaced or removed while it ran; what is still to do needs the "
                     "program that began it: start again",
                     (int)kept, path);
}

/* Real paths on both sides: a home may be reached by a link. */
char *build_tree(void)
{
    char *root = realpath(HARNESS_BUILD_ROOT, NULL), *self = realpath("/proc/self/exe", NULL);
    size_t n = root ? strlen(root) : 0;
    bool inside = root && self && strncmp(self, root, n) == 0 && self[n] == '/';
    free(self);
    if (!inside) {
        free(root);
        return NULL;
    }
    return root;
}

bool build_tree_is_own(void)
{
    char *root = build_tree();
    bool inside = root != NULL;
    free(root);
    return inside;
}

/* What of path follows folder, with its '/'; NULL if it is not below it. */
static const char *below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n : NULL;
}

char *installed_folder(const char *folder)
{
    const char *program = below(HARNESS_INSTALLED_PROGRAM, HARNESS_PREFIX);
    const char *rest = below(folder, HARNESS_PREFIX);
    char *self = realpath("/proc/self/exe", NULL);
    size_t n_self = self ? strlen(self) : 0, n_program = program ? strlen(program) : 0;
    bool is_installed =
        program && n_self > n_program && strcmp(self + n_self - n_program, program) == 0;
    char *found = is_installed && rest ? mem_format("%.*s%s", (int)(n_self - n_program), self, rest)
                                       : mem_text(folder);
    free(self);
    return found;
}
