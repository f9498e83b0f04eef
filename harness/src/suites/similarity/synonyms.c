/* Answers synonym questions by cosine and writes their rows and items. */
#include "suites/similarity/pairs.h"

#include "base/mem.h"
#include "math/correlation.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "similarity"

void synonyms_words(const struct synonym_set *set, struct words *words)
{
    for (uint32_t i = 0; i < set->n; i++) {
        words_put(words, set->questions[i].target);
        for (uint32_t c = 0; c < SYNONYM_CHOICES; c++) {
            words_put(words, set->questions[i].choices[c]);
        }
    }
}

/* How one question went at one stage. */
struct outcome {
    int32_t choice; /* -1: target unknown, or none of the choices known */
    double score;   /* cosine of the choice */
    bool complete;  /* all five words known */
    bool tie;       /* another choice is as near */
};

/* An unknown choice scores 0, so that it is chosen only over opposites. */
static struct outcome answer(const struct synonym_question *question, const struct words *words,
                             uint32_t stage)
{
    struct outcome outcome = {-1, NAN, true, false};
    uint32_t target = map_find_text(&words->map, question->target);
    double cosines[SYNONYM_CHOICES], best = -INFINITY;
    bool any = false;
    for (uint32_t c = 0; c < SYNONYM_CHOICES; c++) {
        uint32_t choice = map_find_text(&words->map, question->choices[c]);
        double cosine = words_cosine(words, target, choice, stage);
        outcome.complete &= !isnan(cosine);
        any |= !isnan(cosine);
        cosines[c] = isnan(cosine) ? 0 : cosine;
        best = cosines[c] > best ? cosines[c] : best;
    }
    for (uint32_t c = SYNONYM_CHOICES; any && c-- > 0;) {
        if (cosines[c] >= best - CHOICE_TIE) {
            outcome.tie = outcome.choice >= 0;
            outcome.choice = (int32_t)c;
            outcome.score = cosines[c];
        }
    }
    return outcome;
}

static void question_item(const struct suite_run *run, const struct figure *row,
                          const struct synonym_question *question, const struct outcome *outcome)
{
    const struct result_attribute attributes[] = {
        {"kind", row->kind}, {"target", question->target}, {"pos", question->pos}};
    const char *status = outcome->choice < 0  ? "oov"
                         : !outcome->complete ? "backoff"
                         : outcome->tie       ? "tie"
                                              : "ok";
    const struct result_item item = {
        .suite = row->suite,
        .dataset = row->dataset,
        .embedder = row->embedder,
        .stage = row->stage,
        .method = row->method,
        .id = question->id,
        .answer = outcome->choice < 0 ? NULL : question->choices[outcome->choice],
        .gold = question->choices[question->answer],
        .status = status,
        .score = outcome->score,
        .gold_score = NAN,
        .correct = outcome->choice == (int32_t)question->answer,
        .attributes = attributes,
        .n_attributes = 3};
    run->sink->item(run->sink->ctx, &item);
}

/* What the rows of one stage are made of. */
struct stage_outcomes {
    const struct suite_run *run;
    const struct synonym_set *set;
    const struct figure *row;
    const struct protocol *protocol;
    const struct outcome *outcomes; /* [n] */
};

/* Accuracy of the questions of one part of speech (NULL = all). Policy skip: those of which all
 * words are known; zero: all, an unknown word being as far from every other. */
static void accuracy_row(const struct stage_outcomes *of, const char *pos, bool skip)
{
    double *right = mem_array((size_t)of->set->n + 1, sizeof *right), sum = 0;
    uint32_t n = 0, all = 0, answered = 0;
    for (uint32_t i = 0; i < of->set->n; i++) {
        const struct synonym_question *question = &of->set->questions[i];
        const struct outcome *outcome = &of->outcomes[i];
        if (pos && strcmp(pos, question->pos) != 0) {
            continue;
        }
        all++;
        answered += skip ? outcome->complete : outcome->choice >= 0;
        if (outcome->complete || !skip) {
            right[n] = outcome->choice == (int32_t)question->answer;
            sum += right[n++];
        }
    }
    const struct split split = pos ? (struct split){"pos", pos, NULL} : SPLIT_ALL;
    struct bootstrap plan = figures_plan(of->run);
    const struct measured figure = {"accuracy",
                                    split,
                                    skip ? "skip" : "zero",
                                    n ? sum / n : NAN,
                                    bootstrap_share(&plan, right, NULL, n),
                                    all,
                                    answered};
    figures_row(of->run, of->row, of->protocol, &figure);
    free(right);
}

static void stage_rows(const struct stage_outcomes *of)
{
    struct map parts = {0};
    for (uint32_t i = 0; i < of->set->n; i++) {
        map_put_text(&parts, of->set->questions[i].pos);
    }
    for (int skip = 1; skip >= 0; skip--) {
        accuracy_row(of, NULL, skip);
        for (uint32_t p = 0; p < parts.n; p++) {
            accuracy_row(of, map_key(&parts, p), skip);
        }
    }
    map_finish(&parts);
}

void synonyms_score(const struct suite_run *run, const struct synonym_set *set,
                    const struct similarity_method *method, const struct words *words)
{
    struct outcome *outcomes = mem_array((size_t)set->n + 1, sizeof *outcomes);
    for (uint32_t s = 0; s < words->n_stages; s++) {
        const struct figure row = {.suite = SUITE,
                                   .dataset = set->name,
                                   .embedder = embedder_name(run->embedder),
                                   .kind = embedder_kind(run->embedder),
                                   .stage = *embedder_stage(run->embedder, s),
                                   .method = method->name};
        for (uint32_t i = 0; i < set->n; i++) {
            outcomes[i] = answer(&set->questions[i], words, s);
            if (run->sink->item) {
                question_item(run, &row, &set->questions[i], &outcomes[i]);
            }
        }
        struct protocol protocol = {0};
        similarity_protocol(set->name, set->n, &row.stage, method, &protocol);
        protocol_add(&protocol, PROTOCOL_TIE, "lowest");
        const struct stage_outcomes of = {run, set, &row, &protocol, outcomes};
        stage_rows(&of);
        protocol_finish(&protocol);
    }
    free(outcomes);
}

void synonyms_baseline(const struct suite_run *run, const struct synonym_set *set)
{
    const struct figure row = {.suite = SUITE,
                               .dataset = set->name,
                               .embedder = "baseline",
                               .kind = "baseline",
                               .method = "random"};
    struct protocol protocol = {0};
    protocol_begin(&protocol, SUITE, set->name, set->n);
    protocol_add(&protocol, PROTOCOL_METHOD, row.method);
    const struct measured figure = {"accuracy", SPLIT_ALL, NULL,  1.0 / SYNONYM_CHOICES,
                                    {NAN, NAN}, set->n,    set->n};
    figures_row(run, &row, &protocol, &figure);
    for (uint32_t i = 0; run->sink->item && i < set->n; i++) {
        const struct result_item item = {.suite = SUITE,
                                         .dataset = set->name,
                                         .embedder = row.embedder,
                                         .method = row.method,
                                         .id = set->questions[i].id,
                                         .gold =
                                             set->questions[i].choices[set->questions[i].answer],
                                         .status = "expected",
                                         .score = NAN,
                                         .gold_score = NAN,
                                         .correct = 1.0 / SYNONYM_CHOICES};
        run->sink->item(run->sink->ctx, &item);
    }
    protocol_finish(&protocol);
}
