/*
 * check.h - does a plugin keep the contract of embedder.h, and its own claims?
 *
 * One rule after another is put to a model; each ends in a verdict. A rule that a plugin breaks by
 * crashing ends the process: run this in a child (commands/plugins/check_plugin.c does).
 */
#ifndef PLUGIN_CHECK_H
#define PLUGIN_CHECK_H

#include "plugin/spec.h"

#include "base/pool.h"

enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

struct check_report {
    void *ctx;
    void (*begin)(void *ctx, const char *rule); /* about to be tried */
    void (*end)(void *ctx, const char *rule, enum verdict verdict, const char *why);
};

/* All rules on the model that spec describes. Returns how many were broken. */
uint32_t plugin_check(const struct embedder_spec *spec, struct pool *pool,
                      const struct check_report *report);

#endif /* PLUGIN_CHECK_H */
