/* Reads rated sentence pairs from JSON. */
#include "data/sts_json.h"

#include "base/error.h"
#include "base/num.h"
#include "data/json.h"
#include "data/json_lines.h"

#include <math.h>
#include <string.h>

struct reading {
    const char *path;
    struct sts_set *set;
};

static const char *text_named(const json *object, const char *const *names)
{
    const char *text = NULL;
    for (; *names && !text; names++) {
        text = jsonr_get_text(object, *names, NULL);
    }
    return text;
}

/* The one member that is called as a score is; NULL if there is none, or several. */
static const json *score_of(const json *object, uint32_t *ret_n)
{
    static const char *const names[] = {"score", "label", "relatedness_score", "similarity",
                                        "similarity_score"};
    const json *score = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json *value = jsonr_get(object, names[i]);
        score = value ? value : score;
        *ret_n += value != NULL;
    }
    return *ret_n == 1 ? score : NULL;
}

static int take_object(void *ctx, uint64_t number, const json *object)
{
    static const char *const firsts[] = {"sentence1", "sentence_A", "sentence_a", "sent1",
                                         "text1",     "s1",         NULL};
    static const char *const seconds[] = {"sentence2", "sentence_B", "sentence_b", "sent2",
                                          "text2",     "s2",         NULL};
    struct reading *reading = ctx;
    struct sts_set *set = reading->set;
    const char *first = text_named(object, firsts), *second = text_named(object, seconds);
    uint32_t n_scores;
    const json *score = score_of(object, &n_scores);
    if (!first || !second || n_scores > 1) {
        return error_set(ERR_REQUEST,
                         "%s:%llu: found %s, expected an object with \"sentence1\", \"sentence2\" "
                         "and \"score\"",
                         reading->path, (unsigned long long)number,
                         n_scores > 1 ? "several scores" : "an object without two sentences");
    }
    if (!score) {
        sts_skip_unrated(set, number);
        return 0;
    }
    const char *text = jsonr_as_text(score), *genre = jsonr_get_text(object, "genre", NULL);
    struct sts_pair pair = {.first = arena_keep(&set->texts, first),
                            .second = arena_keep(&set->texts, second),
                            .genre = arena_keep(&set->texts, genre),
                            .rating = jsonr_as_real(score, NAN)};
    if (isnan(pair.rating) && !(text && num_real(slice_of(text), &pair.rating))) {
        return error_set(ERR_REQUEST, "%s:%llu: the score is no number", reading->path,
                         (unsigned long long)number);
    }
    sts_add(set, number, &pair);
    return 0;
}

int sts_json_read(const char *path, const struct str *text, struct sts_set *set)
{
    struct reading reading = {path, set};
    return json_lines_each(path, text, take_object, &reading);
}
