/* Rows of suite `mixture` from the fits of its lemmas. */
#include "suites/mixture/mixture.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "math/correlation.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERMUTATIONS 200
#define EQUAL 1e-9 /* shares and frequencies closer than this are the same */

const char *const mixture_method_names[MIXTURE_N_METHODS] = {"gloss", "contexts"};

/* The senses and lemmas that a figure is of. */
struct sample {
    double *share, *frequency;               /* [n] senses, lemma by lemma */
    double *share_within, *frequency_within; /* [n] less the lemma's mean */
    uint32_t *lemma;                         /* [n] 0 … n_lemmas - 1 */
    double *dominant, *chance, *explained;   /* [n_lemmas] */
    uint32_t *first;                         /* [n_lemmas + 1] */
    uint32_t n, n_lemmas, n_asked;           /* n_asked: lemmas with a mixture or not */
};

static const struct split splits[] = {
    {0},
    {"senses", "2", NULL},
    {"senses", "3-4", NULL},
    {"senses", "5+", NULL},
    {"pos", "NOUN", NULL},
    {"pos", "VERB", NULL},
    {"pos", "ADJ", NULL},
    {"pos", "ADV", NULL},
    {"pos", "mixed", NULL},
};
#define N_SPLITS (sizeof splits / sizeof *splits)

static bool is_in(const struct mixture_task *task, const struct mixture_lemma *lemma,
                  const struct split *split)
{
    const struct mixture_sense *senses = task->senses + lemma->first;
    const char *size = lemma->n == 2 ? "2" : lemma->n < 5 ? "3-4" : "5+";
    enum wordnet_pos pos = (enum wordnet_pos)senses[0].pos;
    for (uint32_t s = 1; s < lemma->n; s++) {
        pos = senses[s].pos == pos ? pos : WORDNET_NO_POS;
    }
    const char *name = pos == WORDNET_NO_POS ? "mixed" : wordnet_pos_name(pos);
    return split_is_all(split) ||
           strcmp(split->value, strcmp(split->axis, "pos") == 0 ? name : size) == 0;
}

static double greatest(const double *values, uint32_t n)
{
    double most = values[0];
    for (uint32_t i = 1; i < n; i++) {
        most = values[i] > most ? values[i] : most;
    }
    return most;
}

/* How surely the sense of greatest share is a most frequent one: equal shares split the answer.
 * *ret_chance: what a guess would get. */
static double dominance(const double *share, const double *frequency, uint32_t n,
                        double *ret_chance)
{
    double most_share = greatest(share, n), most_frequent = greatest(frequency, n);
    uint32_t answers = 0, right = 0, dominant = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool is_answer = share[i] >= most_share - EQUAL;
        bool is_dominant = frequency[i] >= most_frequent - EQUAL;
        answers += is_answer;
        dominant += is_dominant;
        right += is_answer && is_dominant;
    }
    *ret_chance = (double)dominant / n;
    return (double)right / answers;
}

static void add_lemma(const struct mixture_task *task, const struct mixture_shares *shares,
                      uint32_t l, struct sample *sample)
{
    const struct mixture_lemma *lemma = &task->lemmas[l];
    uint32_t first = sample->n, n = 0;
    sample->n_asked++;
    for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
        if (!isnan(shares->share[s])) {
            sample->share[first + n] = shares->share[s];
            sample->frequency[first + n] = shares->frequency[s];
            sample->lemma[first + n++] = sample->n_lemmas;
        }
    }
    if (n == 0) {
        return;
    }
    for (uint32_t i = first; i < first + n; i++) { /* both add up to 1 in a lemma */
        sample->share_within[i] = sample->share[i] - 1.0 / n;
        sample->frequency_within[i] = sample->frequency[i] - 1.0 / n;
    }
    sample->dominant[sample->n_lemmas] = dominance(sample->share + first, sample->frequency + first,
                                                   n, &sample->chance[sample->n_lemmas]);
    sample->explained[sample->n_lemmas] = shares->explained[l];
    sample->n += n;
    sample->first[++sample->n_lemmas] = sample->n;
}

static void sample_init(const struct mixture_task *task, const struct mixture_shares *shares,
                        const struct split *split, struct sample *sample)
{
    size_t n = task->n_senses + 1u, n_lemmas = task->n_lemmas + 1u;
    *sample = (struct sample){.share = mem_array(n, sizeof(double)),
                              .frequency = mem_array(n, sizeof(double)),
                              .share_within = mem_array(n, sizeof(double)),
                              .frequency_within = mem_array(n, sizeof(double)),
                              .lemma = mem_array(n, sizeof(uint32_t)),
                              .dominant = mem_array(n_lemmas, sizeof(double)),
                              .chance = mem_array(n_lemmas, sizeof(double)),
                              .explained = mem_array(n_lemmas, sizeof(double)),
                              .first = mem_array(n_lemmas, sizeof(uint32_t))};
    for (uint32_t l = 0; l < task->n_lemmas; l++) {
        if (is_in(task, &task->lemmas[l], split)) {
            add_lemma(task, shares, l, sample);
        }
    }
}

static void sample_finish(struct sample *sample)
{
    free(sample->share);
    free(sample->frequency);
    free(sample->share_within);
    free(sample->frequency_within);
    free(sample->lemma);
    free(sample->dominant);
    free(sample->chance);
    free(sample->explained);
    free(sample->first);
}

/* Where the figures go. */
struct report {
    const struct suite_run *run;
    const struct figure *row;
    const struct protocol *protocol;
    struct split split;
    const struct sample *sample;
};

static void figure(const struct report *report, const char *metric, double value,
                   struct interval interval)
{
    const struct sample *sample = report->sample;
    const struct measured figure = {metric,          report->split,   NULL, value, interval,
                                    sample->n_asked, sample->n_lemmas};
    figures_row(report->run, report->row, report->protocol, &figure);
}

static void mean_figure(const struct report *report, const char *metric, const double *values)
{
    struct bootstrap plan = figures_plan(report->run);
    uint32_t n = report->sample->n_lemmas;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += values[i];
    }
    figure(report, metric, n ? sum / n : NAN, bootstrap_ratio(&plan, values, NULL, n));
}

/* Intervals over lemmas, since the senses of one are not independent. */
static void correlation_figure(const struct report *report, const char *metric, const double *share,
                               const double *frequency)
{
    const struct sample *sample = report->sample;
    struct bootstrap plan = figures_plan(report->run);
    plan.clusters = sample->lemma;
    plan.n_clusters = sample->n_lemmas;
    figure(report, metric, correlation_spearman(share, frequency, sample->n),
           bootstrap_spearman(&plan, share, frequency, sample->n));
}

/* Spearman where the shares of each lemma are shuffled among its senses: not 0, since words
 * of few senses have greater shares and greater frequencies. The mean over permutations, and where
 * 95 % of them lie. */
static void chance_figure(const struct report *report)
{
    const struct sample *sample = report->sample;
    double values[PERMUTATIONS], sum = 0;
    double *dealt = mem_array(sample->n + 1u, sizeof *dealt);
    uint32_t *order = mem_array(sample->n + 1u, sizeof *order);
    for (uint32_t p = 0; p < PERMUTATIONS; p++) {
        struct rng rng;
        rng_init(&rng, report->run->request->seed, p);
        for (uint32_t l = 0; l < sample->n_lemmas; l++) {
            uint32_t first = sample->first[l], n = sample->first[l + 1] - first;
            for (uint32_t i = 0; i < n; i++) {
                order[i] = first + i;
            }
            rng_shuffle(&rng, order, n);
            for (uint32_t i = 0; i < n; i++) {
                dealt[first + i] = sample->share[order[i]];
            }
        }
        values[p] = correlation_spearman(dealt, sample->frequency, sample->n);
        sum += values[p];
    }
    struct interval interval = bootstrap_percentiles(values, PERMUTATIONS, 0);
    figure(report, "spearman-chance", sum / PERMUTATIONS, interval);
    free(order);
    free(dealt);
}

static void report_split(const struct report *report, bool uniform)
{
    const struct sample *sample = report->sample;
    mean_figure(report, "dominant", sample->dominant); /* the table shows the first */
    correlation_figure(report, "spearman", sample->share, sample->frequency);
    if (uniform) {
        return;
    }
    correlation_figure(report, "spearman-within", sample->share_within, sample->frequency_within);
    chance_figure(report);
    mean_figure(report, "dominant-chance", sample->chance);
    mean_figure(report, "explained", sample->explained);
}

static void protocol_of(const struct mixture_task *task, const struct mixture_plan *plan,
                        const char *method, bool uniform, struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, "mixture", task->name, task->n_lemmas);
    protocol_add(ret_protocol, PROTOCOL_METHOD, method);
    protocol_add(ret_protocol, PROTOCOL_STAGE, STAGE_THE_TABLE.name);
    protocol_add(ret_protocol, PROTOCOL_CASE, "lower");
    protocol_add_number(ret_protocol, PROTOCOL_CENTRE, plan->centre);
    protocol_format(ret_protocol, PROTOCOL_LEAST, "%llu,%llu", (unsigned long long)plan->least,
                    (unsigned long long)plan->least_sense);
    protocol_add(ret_protocol, PROTOCOL_FORMS, plan->lemma_form ? "lemma" : "all");
    protocol_add(ret_protocol, PROTOCOL_POS,
                 plan->pos == WORDNET_NO_POS ? "all" : wordnet_pos_name(plan->pos));
    protocol_add(ret_protocol, PROTOCOL_FIT, "nnls");
    if (strcmp(method, mixture_method_names[MIXTURE_CONTEXTS]) == 0) {
        protocol_add_number(ret_protocol, PROTOCOL_BALANCE, plan->balance);
    }
    if (!uniform) {
        protocol_add(ret_protocol, PROTOCOL_POOL, "mean");
    }
}

static void report_splits(const struct suite_run *run, const struct figure *row,
                          const struct mixture_task *task, const struct mixture_plan *plan,
                          const struct mixture_shares *shares, bool uniform)
{
    struct protocol protocol = {0};
    protocol_of(task, plan, row->method, uniform, &protocol);
    for (size_t i = 0; i < N_SPLITS; i++) {
        struct sample sample;
        sample_init(task, shares, &splits[i], &sample);
        const struct report report = {run, row, &protocol, splits[i], &sample};
        if (i == 0 || sample.n_asked > 0) {
            report_split(&report, uniform);
        }
        sample_finish(&sample);
    }
    protocol_finish(&protocol);
}

static void write_item(const struct suite_run *run, const struct figure *row,
                       const struct mixture_lemma *lemma, const struct mixture_sense *sense,
                       double share, double frequency, bool is_empty)
{
    char count[16], senses[16];
    snprintf(count, sizeof count, "%u", sense->count);
    snprintf(senses, sizeof senses, "%u", lemma->n);
    const struct result_attribute attributes[] = {
        {"lemma", lemma->text},
        {"pos", wordnet_pos_name((enum wordnet_pos)sense->pos)},
        {"count", count},
        {"senses", senses},
    };
    const struct result_item item = {
        .suite = row->suite,
        .dataset = row->dataset,
        .embedder = row->embedder,
        .stage = row->stage,
        .method = row->method,
        .id = sense->key,
        .status = is_empty       ? "empty"
                  : isnan(share) ? "oov"
                                 : "ok",
        .score = share,
        .gold_score = frequency,
        .correct = NAN,
        .attributes = attributes,
        .n_attributes = sizeof attributes / sizeof *attributes,
    };
    run->sink->item(run->sink->ctx, &item);
}

void mixture_report(const struct suite_run *run, const struct mixture_task *task,
                    const struct mixture_plan *plan, enum mixture_method method,
                    const struct mixture_shares *shares)
{
    const struct figure row = {.suite = "mixture",
                               .dataset = task->name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = STAGE_THE_TABLE,
                               .method = mixture_method_names[method]};
    report_splits(run, &row, task, plan, shares, false);
    for (uint32_t l = 0; l < task->n_lemmas && run->sink->item; l++) {
        const struct mixture_lemma *lemma = &task->lemmas[l];
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            write_item(run, &row, lemma, &task->senses[s], shares->share[s], shares->frequency[s],
                       shares->explained[l] == 0);
        }
    }
}

void mixture_report_uniform(const struct suite_run *run, const struct mixture_task *task,
                            const struct mixture_plan *plan)
{
    const struct figure row = {.suite = "mixture",
                               .dataset = task->name,
                               .embedder = "baseline",
                               .kind = "baseline",
                               .method = "uniform"};
    struct mixture_shares shares = {
        .share = mem_array(task->n_senses + 1u, sizeof(double)),
        .frequency = mem_array(task->n_senses + 1u, sizeof(double)),
        .explained = mem_array(task->n_lemmas + 1u, sizeof(double)),
    };
    for (uint32_t l = 0; l < task->n_lemmas; l++) {
        const struct mixture_lemma *lemma = &task->lemmas[l];
        double total = 0;
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            total += task->senses[s].count;
        }
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            shares.share[s] = 1.0 / lemma->n;
            shares.frequency[s] = task->senses[s].count / total;
        }
    }
    report_splits(run, &row, task, plan, &shares, true);
    mixture_shares_finish(&shares);
}
