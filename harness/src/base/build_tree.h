/*
 * build_tree.h - is this the program of a build tree, or an installed one? Its plugins, manifests
 * and headers lie elsewhere then.
 */
#ifndef BASE_BUILD_TREE_H
#define BASE_BUILD_TREE_H

#include <stdbool.h>

/* ERR_MACHINE if the file that this program was started from is no more: replaced by another, or
 * removed. What lies beside it, plugins and data, is not this program's then. */
int build_tree_check_program(void);

/* The build tree that this executable was linked in, if it still lies there; else NULL. free() it.
 */
char *build_tree(void);

/* Does it lie there? */
bool build_tree_is_own(void);

/* Where the installed FOLDER (absolute, as the build was configured) lies now: a program that was
 * installed below PREFIX, and is run from PREFIX/bin elsewhere, has its own things beside it there.
 * Folders outside the prefix stay. free() it. */
char *installed_folder(const char *folder);

#endif /* BASE_BUILD_TREE_H */
