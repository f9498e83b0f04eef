/* Gives items their sentences, spans and candidates' definitions. */
#include "suites/wsd/item_texts.h"

#include "base/mem.h"
#include "base/str.h"
#include "suites/shared/item_span.h"

#include <stdlib.h>

static char *definitions(const struct wsd_task *task, const struct wsd_group *group)
{
    struct str text = {0};
    for (uint32_t c = 0; group && c < group->n; c++) {
        struct str definition = {0};
        if (wsd_definition(task, group, c, &definition)) {
            str_format(&text, "%s%s\t%s", text.n ? "\n" : "", wsd_label(task, group, c),
                       str_text(&definition));
        }
        str_finish(&definition);
    }
    return text.data;
}

void wsd_item_texts_init(struct wsd_item_texts *texts, const struct wsd_task *task,
                         const struct wsd_test *test, uint32_t instance)
{
    const struct wsd_instance *item = &test->data->instances[instance];
    const struct wsd_sentence *sentence = &test->data->sentences[item->sentence];
    const char *text = wsd_sentence_text(test->data, item->sentence);
    *texts = (struct wsd_item_texts){
        .sentence = mem_text_n(text, sentence->n_bytes),
        .span = item_span(text, item->span),
        .definitions = definitions(task, wsd_group_of(task, test, instance)),
    };
}

void wsd_item_texts_finish(struct wsd_item_texts *texts)
{
    free(texts->sentence);
    free(texts->span);
    free(texts->definitions);
    *texts = (struct wsd_item_texts){0};
}
