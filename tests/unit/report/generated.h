/*
 * generated.h - result trees full of what is hard to write: NULL and empty texts, markup, control
 * characters, what XML 1.0 cannot hold, text from all over Unicode, numbers that are not, extreme
 * ones and whole ones beyond what most JSON readers hold.
 */
#ifndef TESTS_REPORT_GENERATED_H
#define TESTS_REPORT_GENERATED_H

#include "report/tree.h"

/* Its run facts' texts live as long as the tree. Free with result_tree_finish. */
void generate_tree(uint64_t seed, struct result_tree *ret_tree);

#endif /* TESTS_REPORT_GENERATED_H */
