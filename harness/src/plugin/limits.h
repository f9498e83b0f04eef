/*
 * limits.h - what a model may say of itself: one set of rules for a run and for `harness check`.
 */
#ifndef PLUGIN_LIMITS_H
#define PLUGIN_LIMITS_H

#include <embedder.h>

#define LIMITS_DIM (1u << 20)
#define LIMITS_STAGES 4096u
#define LIMITS_ABOUT 1000u /* bytes of a line about the model */

/* What is wrong with it, "found ..., expected ..."; NULL if nothing is. free() it. */

/* caps: what the descriptor claims. */
char *limits_flaw_of_info(const struct emb_model_info *info, uint32_t caps);
/* Of stages[i], the ones before it being sound. */
char *limits_flaw_of_stage(const struct emb_stage *stages, uint32_t i);
/* Of a line of emb.about/1; what: "citation". NULL is no flaw. */
char *limits_flaw_of_about(const char *what, const char *line);

#endif /* PLUGIN_LIMITS_H */
