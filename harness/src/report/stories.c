/* Counts, item by item, which systems were right and what they answered. */
#include "report/stories.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *intern(struct stories *stories, const char *text)
{
    return text ? map_key(&stories->texts, map_put_text(&stories->texts, text)) : NULL;
}

static struct story *story_of(struct stories *stories, const struct result_item *item)
{
    struct str key = {0};
    str_format(&key, "%s\n%s\n%s", item->suite, item->dataset, item->id);
    uint32_t number = map_put_text(&stories->keys, str_text(&key));
    str_finish(&key);
    if (number == stories->n) {
        MEM_GROW(stories->stories, stories->capacity, stories->n + 1);
        stories->stories[stories->n++] = (struct story){
            .suite = intern(stories, item->suite),
            .dataset = intern(stories, item->dataset),
            .id = intern(stories, item->id),
            .gold = intern(stories, item->gold),
        };
    }
    return &stories->stories[number];
}

static void add_attributes(struct stories *stories, struct story *story,
                           const struct result_item *item)
{
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        const struct result_attribute *attribute = &item->attributes[i];
        if (attribute->value && !story_attribute(story, attribute->name)) {
            MEM_GROW(story->attributes, story->attribute_capacity, story->n_attributes + 1);
            story->attributes[story->n_attributes++] = (struct result_attribute){
                intern(stories, attribute->name), intern(stories, attribute->value)};
        }
    }
}

static struct story_reader *reader_of(struct story *story, uint32_t embedder)
{
    for (uint32_t i = story->n_readers; i > 0; i--) { /* records come embedder by embedder */
        if (story->readers[i - 1].embedder == embedder) {
            return &story->readers[i - 1];
        }
    }
    MEM_GROW(story->readers, story->reader_capacity, story->n_readers + 1);
    story->readers[story->n_readers] = (struct story_reader){.embedder = embedder};
    return &story->readers[story->n_readers++];
}

static void add_answer(struct story_reader *reader, const char *answer)
{
    for (uint32_t i = 0; i < reader->n_answers; i++) {
        if (reader->answers[i].answer == answer) {
            reader->answers[i].n++;
            return;
        }
    }
    MEM_GROW(reader->answers, reader->answer_capacity, reader->n_answers + 1);
    reader->answers[reader->n_answers++] = (struct story_answer){answer, 1};
}

void stories_add(struct stories *stories, const struct result_item *item)
{
    bool baseline = strcmp(item->embedder, "baseline") == 0;
    if (isnan(item->correct)) {
        return;
    }
    struct story *story = story_of(stories, item);
    add_attributes(stories, story, item);
    if (!baseline) {
        struct story_reader *reader =
            reader_of(story, map_put_text(&stories->embedders, item->embedder));
        reader->n++;
        reader->right += item->correct;
        add_answer(reader, intern(stories, item->answer));
    }
}

void stories_finish(struct stories *stories)
{
    for (size_t i = 0; i < stories->n; i++) {
        struct story *story = &stories->stories[i];
        for (uint32_t r = 0; r < story->n_readers; r++) {
            free(story->readers[r].answers);
        }
        free(story->readers);
        free(story->attributes);
    }
    free(stories->stories);
    map_finish(&stories->keys);
    map_finish(&stories->texts);
    map_finish(&stories->embedders);
    *stories = (struct stories){0};
}

const char *story_attribute(const struct story *story, const char *name)
{
    for (uint32_t i = 0; i < story->n_attributes; i++) {
        if (strcmp(story->attributes[i].name, name) == 0) {
            return story->attributes[i].value;
        }
    }
    return NULL;
}

double story_right(const struct story *story)
{
    double sum = 0;
    for (uint32_t i = 0; i < story->n_readers; i++) {
        sum += story->readers[i].right / story->readers[i].n;
    }
    return story->n_readers > 0 ? sum / story->n_readers : NAN;
}

const struct story_answer *story_main_answer(const struct story_reader *reader)
{
    const struct story_answer *main = &reader->answers[0];
    for (uint32_t i = 1; i < reader->n_answers; i++) {
        main = reader->answers[i].n > main->n ? &reader->answers[i] : main;
    }
    return main;
}

/* The share of embedders whose main answer is the one that most of them have. */
static double agreement(const struct story *story)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < story->n_readers; i++) {
        const char *answer = story_main_answer(&story->readers[i])->answer;
        uint32_t n = 0;
        for (uint32_t k = 0; k < story->n_readers && answer; k++) {
            n += story_main_answer(&story->readers[k])->answer == answer;
        }
        most = n > most ? n : most;
    }
    return (double)most / story->n_readers;
}

struct pick {
    size_t number;
    uint32_t group; /* of its data set, in the order of the stories */
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

static size_t gather(const struct stories *stories, enum story_kind kind, struct pick *picks)
{
    struct map groups = {0};
    size_t n = 0;
    for (size_t i = 0; i < stories->n; i++) {
        const struct story *story = &stories->stories[i];
        double right = story_right(story);
        bool hard = right < 1e-9, wanted = kind == STORY_HARDEST ? hard : !hard && right < 1;
        if (story->n_readers > 0 && wanted) {
            struct str group = {0};
            str_format(&group, "%s\n%s", story->suite, story->dataset);
            picks[n++] = (struct pick){
                .number = i,
                .group = map_put_text(&groups, str_text(&group)),
                .worth = hard ? agreement(story) : -fabs(right - 0.5),
            };
            str_finish(&group);
        }
    }
    map_finish(&groups);
    return n;
}

size_t stories_pick(const struct stories *stories, enum story_kind kind, size_t most,
                    size_t *ret_numbers, size_t *ret_all)
{
    struct pick *picks = mem_array(stories->n + 1, sizeof *picks);
    size_t n = gather(stories, kind, picks);
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
