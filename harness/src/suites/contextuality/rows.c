/* Rows and items of suite `contextuality`. */
#include "suites/contextuality/contextuality.h"

#include "base/mem.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const contextuality_method_names[CONTEXTUALITY_N_METHODS] = {"ethayarajh",
                                                                         "standardised"};

/* One method at one stage. */
struct reporting {
    const struct suite_run *run;
    const struct contextuality_text *text;
    const struct contextuality_scores *scores;
    struct figure row;
    struct protocol protocol;
    const struct contextuality_figures *groups; /* [n_groups] */
    const double *sentences;                    /* [n_sentences] */
    double anisotropy, mev_baseline;
    double *values; /* scratch, room for every group and for every sentence */
};

/* A mean over the known ones of values[n], with its interval over them. */
static struct measured mean_of(const struct reporting *r, const char *metric, struct split split,
                               uint32_t n)
{
    double sum = 0, *values = r->values;
    uint32_t known = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!isnan(values[i])) {
            values[known++] = values[i];
            sum += values[known - 1];
        }
    }
    struct bootstrap plan = figures_plan(r->run);
    return (struct measured){.metric = metric,
                             .split = split,
                             .policy = "raw",
                             .value = known ? sum / known : NAN,
                             .interval = known ? bootstrap_ratio(&plan, values, NULL, known)
                                               : (struct interval){NAN, NAN},
                             .n = n,
                             .answered = known};
}

/* A figure, what it is of words that have nothing to do with each other, and the rest. The
 * baseline is taken as known: the interval moves with the figure. */
static void write_adjusted(const struct reporting *r, struct measured figure, double baseline)
{
    if (figure.n == 0) {
        return;
    }
    figures_row(r->run, &r->row, &r->protocol, &figure);
    struct measured adjusted = figure;
    adjusted.policy = "adjusted";
    adjusted.value -= baseline;
    adjusted.interval.low -= baseline;
    adjusted.interval.high -= baseline;
    figure.policy = "baseline";
    figure.value = baseline;
    figure.interval = (struct interval){NAN, NAN};
    figures_row(r->run, &r->row, &r->protocol, &figure);
    figures_row(r->run, &r->row, &r->protocol, &adjusted);
}

/* What is averaged: of words, and from WITHIN on of lemmas. */
enum of_group { SELF_SIMILARITY, MEV, WITHIN, ACROSS, SEPARATION };

static double value_of(const struct contextuality_figures *figures, enum of_group what)
{
    switch (what) {
    case SELF_SIMILARITY:
        return figures->self_similarity;
    case MEV:
        return figures->mev;
    case WITHIN:
        return figures->within;
    case ACROSS:
        return figures->across;
    case SEPARATION:
        return figures->within - figures->across;
    }
    return NAN;
}

/* Over words, or over the lemmas of a part of speech (0: of all). */
static struct measured group_figure(const struct reporting *r, const char *metric,
                                    struct split split, enum of_group what, uint32_t pos)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < r->text->n_groups; g++) {
        const struct contextuality_group *group = &r->text->groups[g];
        bool is_lemma = group->n_senses > 0;
        if (is_lemma == (what >= WITHIN) &&
            (pos == 0 || (is_lemma && r->text->lemma_pos[group->number] == pos))) {
            r->values[n++] = value_of(&r->groups[g], what);
        }
    }
    return mean_of(r, metric, split, n);
}

static void write_senses(const struct reporting *r)
{
    for (uint32_t pos = 0; pos <= WORDNET_N_POS; pos++) {
        const struct split split =
            pos ? (struct split){"pos", wordnet_pos_name((enum wordnet_pos)pos), NULL} : SPLIT_ALL;
        struct measured figure = group_figure(r, "sense-separation", split, SEPARATION, pos);
        if (figure.n) {
            figures_row(r->run, &r->row, &r->protocol, &figure);
        }
    }
    struct measured within = group_figure(r, "within-sense-similarity", SPLIT_ALL, WITHIN, 0);
    struct measured across = group_figure(r, "across-sense-similarity", SPLIT_ALL, ACROSS, 0);
    if (within.n) {
        write_adjusted(r, within, r->anisotropy);
        write_adjusted(r, across, r->anisotropy);
    }
}

static void write_rows(const struct reporting *r)
{
    uint32_t n_sentences = 0; /* of two words or more */
    write_adjusted(r, group_figure(r, "self-similarity", SPLIT_ALL, SELF_SIMILARITY, 0),
                   r->anisotropy);
    for (uint32_t s = 0; s < r->text->n_sentences; s++) {
        if (r->text->sentences[s].n > 1) {
            r->values[n_sentences++] = r->sentences[s];
        }
    }
    write_adjusted(r, mean_of(r, "intra-sentence-similarity", SPLIT_ALL, n_sentences),
                   r->anisotropy);
    write_adjusted(r, group_figure(r, "mev", SPLIT_ALL, MEV, 0), r->mev_baseline);
    struct measured anisotropy = {.metric = "anisotropy",
                                  .split = SPLIT_ALL,
                                  .policy = "raw",
                                  .value = r->anisotropy,
                                  .interval = {NAN, NAN},
                                  .n = r->text->n_occurrences,
                                  .answered = r->scores->n_known};
    figures_row(r->run, &r->row, &r->protocol, &anisotropy);
    write_senses(r);
}

/* "METRIC:NAME" is the id, so that an item is one number of one thing at one stage. */
static void write_item(const struct reporting *r, const char *metric, const char *name,
                       double value, uint64_t n, const struct result_attribute *more,
                       uint32_t n_more)
{
    char *id = mem_format("%s:%s", metric, name);
    char *count = mem_format("%llu", (unsigned long long)n);
    struct result_attribute attributes[5] = {{"metric", metric}, {"n", count}};
    for (uint32_t i = 0; i < n_more; i++) {
        attributes[2 + i] = more[i];
    }
    struct result_item item = {
        .suite = r->row.suite,
        .dataset = r->row.dataset,
        .embedder = r->row.embedder,
        .stage = r->row.stage,
        .method = r->row.method,
        .id = id,
        .status = isnan(value) ? "oov" : "ok",
        .score = value,
        .gold_score = NAN,
        .correct = NAN,
        .attributes = attributes,
        .n_attributes = 2 + n_more,
    };
    r->run->sink->item(r->run->sink->ctx, &item);
    free(count);
    free(id);
}

static void write_group_items(const struct reporting *r, uint32_t g)
{
    const struct contextuality_group *group = &r->text->groups[g];
    const struct contextuality_figures *figures = &r->groups[g];
    uint32_t n = r->scores->known[g];
    if (group->n_senses == 0) {
        const char *word = map_key(&r->text->words, group->number);
        const struct result_attribute more[] = {{"word", word}};
        write_item(r, "self-similarity", word, figures->self_similarity, n, more, 1);
        write_item(r, "mev", word, figures->mev, n, more, 1);
        return;
    }
    const char *name = map_key(&r->text->lemmas, group->number);
    const char *pos = wordnet_pos_name((enum wordnet_pos)r->text->lemma_pos[group->number]);
    char *lemma = mem_text_n(name, r->text->lemmas.lengths[group->number] - strlen(pos) - 1);
    char *senses = mem_format("%u", group->n_senses);
    const struct result_attribute more[] = {{"lemma", lemma}, {"pos", pos}, {"senses", senses}};
    write_item(r, "sense-separation", name, figures->within - figures->across, n, more, 3);
    free(senses);
    free(lemma);
}

static void write_items(const struct reporting *r)
{
    for (uint32_t g = 0; g < r->text->n_groups; g++) {
        write_group_items(r, g);
    }
    for (uint32_t s = 0; s < r->text->n_sentences; s++) {
        if (r->text->sentences[s].n < 2) {
            continue;
        }
        char *number = mem_format("%u", s + 1);
        write_item(r, "intra-sentence-similarity", number, r->sentences[s], r->text->sentences[s].n,
                   NULL, 0);
        free(number);
    }
}

void contextuality_protocol(const struct contextuality_plan *plan,
                            const struct contextuality_text *text,
                            const struct contextuality_scores *scores,
                            enum contextuality_method method, const struct stage *stage,
                            struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, "contextuality", text->name, text->n_sentences);
    protocol_add(ret_protocol, PROTOCOL_METHOD, contextuality_method_names[method]);
    if (stage) {
        protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    }
    protocol_add(ret_protocol, PROTOCOL_POOL, "mean");
    protocol_add_number(ret_protocol, PROTOCOL_LEAST, plan->least);
    protocol_add_number(ret_protocol, PROTOCOL_DRAWS, plan->draws);
    if (method == CONTEXTUALITY_STANDARDISED && plan->sample && plan->sample < text->n_sentences) {
        protocol_format(ret_protocol, PROTOCOL_STANDARDISED_ON, "%llu-sentences",
                        (unsigned long long)plan->sample);
    } else if (method == CONTEXTUALITY_STANDARDISED) {
        protocol_add(ret_protocol, PROTOCOL_STANDARDISED_ON, "all");
    }
    if (scores->most) {
        protocol_add_number(ret_protocol, PROTOCOL_MOST, scores->most);
    }
}

void contextuality_report(const struct suite_run *run, const struct contextuality_plan *plan,
                          const struct contextuality_text *text,
                          const struct contextuality_scores *scores)
{
    struct reporting r = {.run = run, .text = text, .scores = scores};
    r.values = mem_array(text->n_groups + text->n_sentences + 1, sizeof *r.values);
    for (uint32_t slot = 0; slot < CONTEXTUALITY_N_METHODS * scores->n_stages; slot++) {
        enum contextuality_method method = (enum contextuality_method)(slot / scores->n_stages);
        if (!plan->wanted[method]) {
            continue;
        }
        r.row = (struct figure){
            .suite = "contextuality",
            .dataset = text->name,
            .embedder = embedder_name(run->embedder),
            .kind = embedder_kind(run->embedder),
            .stage = *embedder_stage(run->embedder, slot % scores->n_stages),
            .method = contextuality_method_names[method],
        };
        r.groups = scores->groups + (size_t)slot * text->n_groups;
        r.sentences = scores->sentences + slot * text->n_sentences;
        r.anisotropy = scores->anisotropy[slot];
        r.mev_baseline = scores->mev_baseline[slot];
        r.protocol = (struct protocol){0};
        contextuality_protocol(plan, text, scores, method, &r.row.stage, &r.protocol);
        write_rows(&r);
        if (run->sink->item) {
            write_items(&r);
        }
        protocol_finish(&r.protocol);
    }
    contextuality_report_gains(run, plan, text, scores);
    free(r.values);
}
