/*
 * lesk.h - rivals that use no vectors at all: what a dictionary or counted words say of a sense.
 * Internal to suites.
 *
 *   lesk           the candidate whose definition has most words of the sentence, each counted
 *                  once, function words aside (Lesk 1986, simplified: Kilgarriff & Rosenzweig 2000)
 *   lesk-extended  the candidate whose glosses overlap most (overlap.h) with those of every sense
 *                  of the nearest words on either side that WordNet has, a window of three; the
 *                  pairs of relations are gloss-gloss, hype-hype, hypo-hypo, hype-gloss and
 *                  gloss-hype (Banerjee & Pedersen 2003). Inflected forms are no words of WordNet's
 *                  here, but for those that the data give a lemma.
 *   bag-of-words   the sense whose training sentences' words, weighted by idf and added up, have
 *                  the greatest cosine with the sentence's
 *
 * Words are cut at what is no letter or digit and lower-cased; the target's token is left out.
 * Where nothing is in common, the answer is the back-off's. Rows are those of baselines.
 */
#ifndef SUITES_WSD_LESK_H
#define SUITES_WSD_LESK_H

#include "suites/wsd/common.h"

enum { WSD_LESK = 1, WSD_LESK_EXTENDED = 2, WSD_BAG_OF_WORDS = 4 };

/* methods: the sum of those asked for; what a set's data do not allow is left out. */
void wsd_report_lesk(const struct suite_run *run, const struct wsd_task *task, unsigned methods);

#endif /* SUITES_WSD_LESK_H */
