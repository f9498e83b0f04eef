/*
 * verdict.h - what comparisons come to: p corrected over all of them, what would have been found,
 * and a sentence.
 */
#ifndef COMMANDS_COMPARE_VERDICT_H
#define COMMANDS_COMPARE_VERDICT_H

#include "commands/compare/stats.h"

/* Corrects over all comparisons given, repeated ones once, by Holm or Benjamini & Hochberg; then
 * says what would have been found. Returns how many were corrected for. */
uint32_t compare_correct(struct comparison *comparisons, uint32_t n, bool holm,
                         const struct compare_settings *settings);

/* The verdict in words. tested: comparisons corrected for. */
char *compare_verdict(const struct comparison *comparison, double alpha, uint32_t tested);

#endif /* COMMANDS_COMPARE_VERDICT_H */
