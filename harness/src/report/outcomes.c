/* Keeps of every record the share right or the score, for paired tests. */
#include "report/outcomes.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *intern(struct outcomes *outcomes, const char *text)
{
    return text ? map_key(&outcomes->texts, map_put_text(&outcomes->texts, text)) : NULL;
}

static uint32_t set_of(struct outcomes *outcomes, const struct result_item *item)
{
    struct str key = {0};
    str_format(&key, "%s\n%s", item->suite, item->dataset);
    uint32_t before = outcomes->set_keys.n;
    uint32_t number = map_put_text(&outcomes->set_keys, str_text(&key));
    str_finish(&key);
    if (number == before) {
        MEM_GROW(outcomes->sets, outcomes->set_capacity, (size_t)number + 1);
        outcomes->sets[number] = (struct outcome_set){.suite = intern(outcomes, item->suite),
                                                      .dataset = intern(outcomes, item->dataset)};
    }
    return number;
}

static struct outcome_list *list_of(struct outcomes *outcomes, const struct result_item *item,
                                    uint32_t set)
{
    struct str key = {0};
    const char *stage = item->stage.name;
    str_format(&key, "%u\n%s\n%s\n%s", set, item->embedder, stage ? stage : "\n", item->method);
    uint32_t before = outcomes->list_keys.n;
    uint32_t number = map_put_text(&outcomes->list_keys, str_text(&key));
    str_finish(&key);
    if (number == before) {
        MEM_GROW(outcomes->lists, outcomes->list_capacity, (size_t)number + 1);
        outcomes->lists[number] =
            (struct outcome_list){.set = set,
                                  .embedder = intern(outcomes, item->embedder),
                                  .stage = intern(outcomes, stage),
                                  .method = intern(outcomes, item->method)};
    }
    return &outcomes->lists[number];
}

static const char *attribute(const struct result_item *item, const char *name)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        if (strcmp(item->attributes[i].name, name) == 0) {
            return item->attributes[i].value;
        }
    }
    return NULL;
}

static uint32_t item_of(struct outcomes *outcomes, struct outcome_set *set,
                        const struct result_item *item)
{
    uint32_t before = set->ids.n, number = map_put_text(&set->ids, item->id);
    if (number == before) {
        MEM_GROW(set->golds, set->gold_capacity, (size_t)number + 1);
        MEM_GROW(set->counts_in, set->counts_capacity, (size_t)number + 1);
        set->golds[number] = item->gold_score;
        set->counts_in[number] = intern(outcomes, item->counts_in);
        for (int unit = PROTOCOL_BY_ITEM + 1; unit < PROTOCOL_N_UNITS; unit++) {
            MEM_GROW(set->units[unit], set->unit_capacities[unit], (size_t)number + 1);
            set->units[unit][number] =
                intern(outcomes, attribute(item, protocol_unit_attributes[unit]));
        }
    }
    return number;
}

static bool status_is(const struct result_item *item, const char *status)
{
    return item->status && strcmp(item->status, status) == 0;
}

void outcomes_add(struct outcomes *outcomes, const struct result_item *item)
{
    bool rated = !isnan(item->gold_score);
    outcomes->too_many = outcomes->too_many || outcomes->n >= OUTCOMES_MOST;
    if (outcomes->too_many || (!rated && isnan(item->correct)) || attribute(item, "metric")) {
        return;
    }
    uint32_t set = set_of(outcomes, item), number = item_of(outcomes, &outcomes->sets[set], item);
    struct outcome_list *list = list_of(outcomes, item, set);
    bool answered = rated ? !isnan(item->score) : item->answer || status_is(item, "expected");
    MEM_GROW(list->values, list->value_capacity, (size_t)list->n + 1);
    MEM_GROW(list->items, list->item_capacity, (size_t)list->n + 1);
    list->values[list->n] = rated ? item->score : item->correct;
    list->items[list->n++] = number | (answered ? OUTCOME_ANSWERED : 0) |
                             (status_is(item, "backoff") ? OUTCOME_BACKED_OFF : 0);
    outcomes->n++;
}

void outcomes_finish(struct outcomes *outcomes)
{
    for (uint32_t i = 0; i < outcomes->set_keys.n; i++) {
        map_finish(&outcomes->sets[i].ids);
        free(outcomes->sets[i].golds);
        free(outcomes->sets[i].counts_in);
        for (int unit = 0; unit < PROTOCOL_N_UNITS; unit++) {
            free(outcomes->sets[i].units[unit]);
        }
    }
    for (uint32_t i = 0; i < outcomes->list_keys.n; i++) {
        free(outcomes->lists[i].values);
        free(outcomes->lists[i].items);
    }
    free(outcomes->sets);
    free(outcomes->lists);
    map_finish(&outcomes->texts);
    map_finish(&outcomes->set_keys);
    map_finish(&outcomes->list_keys);
    *outcomes = (struct outcomes){0};
}

static bool is(const char *text, const char *wanted)
{
    return text && wanted ? strcmp(text, wanted) == 0 : text == wanted;
}

static bool counts_in(const struct outcome_set *set, const char *dataset)
{
    for (uint32_t i = 0; i < set->ids.n; i++) {
        const struct result_item item = {.dataset = "", .counts_in = set->counts_in[i]};
        if (item.counts_in && result_item_counts_in(&item, dataset)) {
            return true;
        }
    }
    return false;
}

const struct outcome_list *outcomes_of(const struct outcomes *outcomes, const struct figure *row,
                                       bool *ret_own)
{
    for (int own = 1; own >= 0; own--) {
        for (uint32_t i = 0; i < outcomes->list_keys.n; i++) {
            const struct outcome_list *list = &outcomes->lists[i];
            const struct outcome_set *set = &outcomes->sets[list->set];
            if (is(set->suite, row->suite) && is(list->embedder, row->embedder) &&
                is(list->method, row->method) && is(list->stage, row->stage.name) &&
                (own ? is(set->dataset, row->dataset) : counts_in(set, row->dataset))) {
                *ret_own = own;
                return list;
            }
        }
    }
    return NULL;
}
