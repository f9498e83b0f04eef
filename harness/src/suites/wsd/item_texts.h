/*
 * item_texts.h - what a reader needs to judge an item: its sentence and what its candidate
 * senses mean.
 */
#ifndef SUITES_WSD_ITEM_TEXTS_H
#define SUITES_WSD_ITEM_TEXTS_H

#include "suites/wsd/common.h"

struct wsd_item_texts {
    char *sentence;
    char *span;        /* of the target: "BEGIN-END", code points of the sentence, end exclusive */
    char *definitions; /* a line "LABEL<TAB>DEFINITION" per candidate; NULL: an inventory without */
};

void wsd_item_texts_init(struct wsd_item_texts *texts, const struct wsd_task *task,
                         const struct wsd_test *test, uint32_t instance);
void wsd_item_texts_finish(struct wsd_item_texts *texts);

#endif /* SUITES_WSD_ITEM_TEXTS_H */
