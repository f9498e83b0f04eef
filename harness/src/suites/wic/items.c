/* The items of suite wic: a pair's answer by an embedder, or by the majority baseline. */
#include "suites/wic/wic.h"

#include "base/mem.h"
#include "suites/shared/item_span.h"

#include <math.h>
#include <stdlib.h>

/* A text of a pair and where its target stands, for people. */
struct pair_text {
    char *sentence, *span;
};

static struct pair_text text_of(const struct context_set *set, uint32_t occurrence)
{
    const struct context_occurrence *at = &set->occurrences[occurrence];
    return (struct pair_text){mem_text_n(at->text, at->n_bytes), item_span(at->text, at->target)};
}

static void pair_text_finish(struct pair_text *text)
{
    free(text->sentence);
    free(text->span);
}

void wic_write_items(const struct wic_scoring *scoring, bool texts)
{
    const struct context_set *set = scoring->set;
    char *rows[CONTEXT_N_SPLITS]; /* the data sets of the splits' rows */
    for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
        rows[split] = contexts_dataset(set, split);
    }
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        bool known = !isnan(scoring->cosines[p]), answers = scoring->learned_on != NULL;
        struct pair_text one = {0}, other = {0};
        if (texts) {
            one = text_of(set, pair->occurrences[0]);
            other = text_of(set, pair->occurrences[1]);
        }
        const struct result_attribute attributes[] = {
            {"lemma", pair->lemmas[0]},
            {"pos", wordnet_pos_name((enum wordnet_pos)pair->pos)},
            {"split", contexts_split_names[pair->split]},
            {"kind", scoring->row.kind},
            {"sentence", one.sentence},
            {"span", one.span},
            {"other-sentence", other.sentence},
            {"other-span", other.span},
        };
        const uint32_t n_attributes = sizeof attributes / sizeof *attributes;
        struct result_item item = {
            .suite = "wic",
            .dataset = set->name,
            .embedder = scoring->row.embedder,
            .stage = scoring->row.stage,
            .method = scoring->row.method,
            .counts_in = rows[pair->split],
            .id = pair->id,
            .answer = !answers                 ? NULL
                      : wic_answer(scoring, p) ? "T"
                                               : "F",
            .gold = pair->same < 0 ? NULL
                    : pair->same   ? "T"
                                   : "F",
            .status = known ? "ok" : "oov",
            .score = scoring->cosines[p],
            .gold_score = NAN,
            .correct = pair->same < 0 || !answers ? NAN : wic_is_right(scoring, p),
            .attributes = attributes,
            .n_attributes = texts ? n_attributes : n_attributes - 4,
        };
        scoring->run->sink->item(scoring->run->sink->ctx, &item);
        pair_text_finish(&one);
        pair_text_finish(&other);
    }
    for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
        free(rows[split]);
    }
}

void wic_write_majority(const struct suite_run *run, const struct context_set *set, size_t p,
                        const char *rows, bool answer)
{
    const struct context_pair *pair = &set->pairs[p];
    const struct result_attribute attributes[] = {
        {"lemma", pair->lemmas[0]},
        {"pos", wordnet_pos_name((enum wordnet_pos)pair->pos)},
        {"split", contexts_split_names[pair->split]},
        {"kind", "baseline"},
    };
    const struct result_item item = {
        .suite = "wic",
        .dataset = set->name,
        .embedder = "baseline",
        .method = "majority",
        .counts_in = rows,
        .id = pair->id,
        .answer = answer ? "T" : "F",
        .gold = pair->same ? "T" : "F",
        .status = "ok",
        .score = NAN,
        .gold_score = NAN,
        .correct = answer == (pair->same == 1),
        .attributes = attributes,
        .n_attributes = sizeof attributes / sizeof *attributes,
    };
    run->sink->item(run->sink->ctx, &item);
}
