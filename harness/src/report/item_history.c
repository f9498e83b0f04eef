/* Counts, item by item, which systems were right and what they answered. */
#include "report/item_history.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *intern(struct item_histories *item_histories, const char *text)
{
    return text ? map_key(&item_histories->texts, map_put_text(&item_histories->texts, text))
                : NULL;
}

static struct item_history *item_history_of(struct item_histories *item_histories,
                                            const struct result_item *item)
{
    struct str key = {0};
    str_format(&key, "%s\n%s\n%s", item->suite, item->dataset, item->id);
    uint32_t number = map_put_text(&item_histories->keys, str_text(&key));
    str_finish(&key);
    if (number == item_histories->n) {
        MEM_GROW(item_histories->items, item_histories->capacity, item_histories->n + 1);
        item_histories->items[item_histories->n++] = (struct item_history){
            .suite = intern(item_histories, item->suite),
            .dataset = intern(item_histories, item->dataset),
            .id = intern(item_histories, item->id),
            .gold = intern(item_histories, item->gold),
        };
    }
    return &item_histories->items[number];
}

static void add_attributes(struct item_histories *item_histories, struct item_history *item_history,
                           const struct result_item *item)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        const struct result_attribute *attribute = &item->attributes[i];
        if (attribute->value && !item_attribute(item_history, attribute->name)) {
            MEM_GROW(item_history->attributes, item_history->attribute_capacity,
                     item_history->n_attributes + 1);
            item_history->attributes[item_history->n_attributes++] = (struct result_attribute){
                intern(item_histories, attribute->name), intern(item_histories, attribute->value)};
        }
    }
}

static struct item_reader *reader_of(struct item_history *item_history, uint32_t embedder)
{
    for (uint32_t i = item_history->n_readers; i > 0; i--) { /* records come embedder by embedder */
        if (item_history->readers[i - 1].embedder == embedder) {
            return &item_history->readers[i - 1];
        }
    }
    MEM_GROW(item_history->readers, item_history->reader_capacity, item_history->n_readers + 1);
    item_history->readers[item_history->n_readers] = (struct item_reader){.embedder = embedder};
    return &item_history->readers[item_history->n_readers++];
}

static void add_answer(struct item_reader *reader, const char *answer)
{
    for (uint32_t i = 0; i < reader->n_answers; i++) {
        if (reader->answers[i].answer == answer) {
            reader->answers[i].n++;
            return;
        }
    }
    MEM_GROW(reader->answers, reader->answer_capacity, reader->n_answers + 1);
    reader->answers[reader->n_answers++] = (struct item_answer){answer, 1};
}

void item_histories_add(struct item_histories *item_histories, const struct result_item *item)
{
    bool baseline = strcmp(item->embedder, "baseline") == 0;
    if (isnan(item->correct)) {
        return;
    }
    struct item_history *item_history = item_history_of(item_histories, item);
    add_attributes(item_histories, item_history, item);
    if (!baseline) {
        struct item_reader *reader =
            reader_of(item_history, map_put_text(&item_histories->embedders, item->embedder));
        reader->n++;
        reader->right += item->correct;
        add_answer(reader, intern(item_histories, item->answer));
    }
}

void item_histories_finish(struct item_histories *item_histories)
{
    for (size_t i = 0; i < item_histories->n; i++) {
        struct item_history *item_history = &item_histories->items[i];
        for (uint32_t r = 0; r < item_history->n_readers; r++) {
            free(item_history->readers[r].answers);
        }
        free(item_history->readers);
        free(item_history->attributes);
    }
    free(item_histories->items);
    map_finish(&item_histories->keys);
    map_finish(&item_histories->texts);
    map_finish(&item_histories->embedders);
    *item_histories = (struct item_histories){0};
}

const char *item_attribute(const struct item_history *item_history, const char *name)
{
    for (uint32_t i = 0; i < item_history->n_attributes; i++) {
        if (strcmp(item_history->attributes[i].name, name) == 0) {
            return item_history->attributes[i].value;
        }
    }
    return NULL;
}

double item_right(const struct item_history *item_history)
{
    double sum = 0;
    for (uint32_t i = 0; i < item_history->n_readers; i++) {
        sum += item_history->readers[i].right / item_history->readers[i].n;
    }
    return item_history->n_readers > 0 ? sum / item_history->n_readers : NAN;
}

const struct item_answer *item_main_answer(const struct item_reader *reader)
{
    const struct item_answer *main = &reader->answers[0];
    for (uint32_t i = 1; i < reader->n_answers; i++) {
        main = reader->answers[i].n > main->n ? &reader->answers[i] : main;
    }
    return main;
}

/* The share of embedders whose main answer is the one that most of them have. */
static double agreement(const struct item_history *item_history)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < item_history->n_readers; i++) {
        const char *answer = item_main_answer(&item_history->readers[i])->answer;
        uint32_t n = 0;
        for (uint32_t k = 0; k < item_history->n_readers && answer; k++) {
            n += item_main_answer(&item_history->readers[k])->answer == answer;
        }
        most = n > most ? n : most;
    }
    return (double)most / item_history->n_readers;
}

struct pick {
    size_t number;
    uint32_t group; /* of its data set, in the order of the items */
    size_t rank;    /* in its data set */
    double worth;   /* the greater the earlier */
};

static int by_group(const void *a, const void *b)
{
    const struct pick *first = a, *second = b;
    if (first->group != second->group) {
        return first->group < second->group ? -1 : 1;
    }
    if (first->worth != second->worth) {
        return first->worth > second->worth ? -1 : 1;
    }
    return (first->number > second->number) - (first->number < second->number);
}

static int by_turn(const void *a, const void *b)
{
    const struct pick *first = a, *second = b;
    if (first->rank != second->rank) {
        return first->rank < second->rank ? -1 : 1;
    }
    return (first->group > second->group) - (first->group < second->group);
}

static size_t gather(const struct item_histories *item_histories, enum item_kind kind,
                     struct pick *picks)
{
    struct map groups = {0};
    size_t n = 0;
    for (size_t i = 0; i < item_histories->n; i++) {
        const struct item_history *item_history = &item_histories->items[i];
        double right = item_right(item_history);
        bool hard = right < 1e-9, wanted = kind == ITEM_HARDEST ? hard : !hard && right < 1;
        if (item_history->n_readers > 0 && wanted) {
            struct str group = {0};
            str_format(&group, "%s\n%s", item_history->suite, item_history->dataset);
            picks[n++] = (struct pick){
                .number = i,
                .group = map_put_text(&groups, str_text(&group)),
                .worth = hard ? agreement(item_history) : -fabs(right - 0.5),
            };
            str_finish(&group);
        }
    }
    map_finish(&groups);
    return n;
}

size_t item_histories_pick(const struct item_histories *item_histories, enum item_kind kind,
                           size_t most, size_t *ret_numbers, size_t *ret_all)
{
    struct pick *picks = mem_array(item_histories->n + 1, sizeof *picks);
    size_t n = gather(item_histories, kind, picks);
    qsort(picks, n, sizeof *picks, by_group);
    for (size_t i = 1; i < n; i++) {
        picks[i].rank = picks[i].group == picks[i - 1].group ? picks[i - 1].rank + 1 : 0;
    }
    qsort(picks, n, sizeof *picks, by_turn);
    *ret_all = n;
    n = n < most ? n : most;
    for (size_t i = 0; i < n; i++) {
        ret_numbers[i] = picks[i].number;
    }
    free(picks);
    return n;
}
