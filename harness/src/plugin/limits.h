/*
 * limits.h - what a model may say of itself: one set of rules for a run and for `harness check`.
 */
#ifndef PLUGIN_LIMITS_H
#define PLUGIN_LIMITS_H

#include <embedder.h>

#define LIMITS_DIM (1u << 20)
#define LIMITS_STAGES 4096u

/* What is wrong with it, "found ..., expected ..."; NULL if nothing is. free() it. */
char *limits_flaw_of_info(const struct emb_model_info *info);
/* Of stage i, the ones before it being sound: names [i]. */
char *limits_flaw_of_stage(const struct emb_stage *stage, uint32_t i, const char *const *names);

#endif /* PLUGIN_LIMITS_H */
