/*
 * list.h - every suite there is, in the order in which they are listed: a line for each, its folder
 * here and `suite_FOLDER` in it. suites.c and meson.build read the lines.
 */
/* clang-format off */
SUITE(wsd)
SUITE(wic)
SUITE(context_similarity)
SUITE(contextuality)
SUITE(probe)
SUITE(induction)
SUITE(similarity)
SUITE(analogy)
SUITE(sts)
SUITE(neighbours)
SUITE(mixture)
SUITE(lm)
