/*
 * choice.h - methods choice:mean and choice:total: which sense's definition does a language model
 * find likeliest behind the sentence? By its output head (emb.score/1), without vectors or
 * training. Internal to suites.
 *
 * Each candidate's definition is put into a template, in a text of its own, so that no candidate
 * sees another and their order cannot matter. Its score is the log-probability of the definition's
 * pieces (those that hold a byte of it): the sum of them, or their mean, which does not favour
 * short definitions. Of a causal model each given all before it; of a masked one given all others
 * (pseudo-log-likelihood, Salazar et al. 2020). An instance one of whose definitions reaches beyond
 * the model's window is not answered ("cut").
 */
#ifndef SUITES_WSD_CHOICE_H
#define SUITES_WSD_CHOICE_H

#include "suites/wsd/common.h"

enum { WSD_CHOICE_MEAN = 1, WSD_CHOICE_TOTAL = 2 };

#define WSD_CHOICE_TEMPLATE "{sentence} Here {word} means: {definition}"

/* {definition} once; {sentence}, {word} (as it stands there) and {lemma} as one likes; no other
 * braces. ERR_REQUEST says what is wrong. */
int wsd_choice_check(const char *template);

/* ERR_REQUEST names an embedder without an output head, unless `optional`: other methods were asked
 * for, too, and it is left out with a warning. */
int wsd_choice_run(const struct suite_run *run, const struct wsd_task *task, unsigned methods,
                   const char *template, bool optional);

#endif /* SUITES_WSD_CHOICE_H */
