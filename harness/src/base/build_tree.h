/*
 * build_tree.h - is this the program of a build tree, or an installed one? Its plugins, manifests
 * and headers lie elsewhere then.
 */
#ifndef BASE_BUILD_TREE_H
#define BASE_BUILD_TREE_H

#include <stdbool.h>

/* The build tree that this executable was linked in, if it still lies there; else NULL. free() it.
 */
char *build_tree(void);

/* Does it lie there? */
bool build_tree_is_own(void);

#endif /* BASE_BUILD_TREE_H */
