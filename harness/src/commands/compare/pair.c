/* Lines up the records of two systems by item. */
#include "commands/compare/pair.h"

#include "base/mem.h"
#include "math/bootstrap.h"
#include "math/correlation.h"
#include "suites/induction/clustering.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Figures in reports have 17 digits; f1 may have been summed in another order. */
#define SAME_FIGURE 1e-9

static struct paired paired_create(size_t n)
{
    struct paired paired = {.binary = true, .clustered = true};
    size_t capacity = n + 1;
    paired.a = mem_array(capacity * 5, sizeof(double));
    paired.b = paired.a + capacity;
    paired.denominators_a = paired.b + capacity;
    paired.denominators_b = paired.denominators_a + capacity;
    paired.gold = paired.denominators_b + capacity;
    paired.clusters = mem_array(capacity, sizeof *paired.clusters);
    return paired;
}

void paired_finish(struct paired *paired)
{
    free(paired->a);
    free(paired->clusters);
    *paired = (struct paired){0};
}

/* b's record of the same id that counts in its row, or NULL. */
static const struct compare_item *find(const struct compare_system *b, const struct map *ids,
                                       uint32_t i)
{
    uint32_t other = map_find(&b->records->ids, ids->names[i], ids->lengths[i]);
    const struct compare_item *item = other == MAP_NONE ? NULL : &b->records->items[other];
    return item && compare_counts(b, item) ? item : NULL;
}

/* Was an item of a share answered by what the row counts? By policy "skip" not where a word of the
 * question was lacking. */
static bool is_answered(const struct compare_system *system, const struct compare_item *item)
{
    bool skips = system->policy && strcmp(system->policy, "skip") == 0;
    return item->answered && !(skips && item->backed_off);
}

/* Items whose share right makes a ratio. Unanswered ones count where the metric is F1. */
static void add_share(struct paired *paired, const struct compare_item *x,
                      const struct compare_item *y, bool f1, enum protocol_unit unit)
{
    uint32_t n = paired->n++;
    double right_a = isnan(x->correct) ? 0 : x->correct;
    double right_b = isnan(y->correct) ? 0 : y->correct;
    /* F1 of ok / answered and ok / n is 2 ok / (answered + n) */
    paired->a[n] = f1 ? 2 * right_a : right_a;
    paired->b[n] = f1 ? 2 * right_b : right_b;
    paired->denominators_a[n] = f1 ? 1 + x->answered : 1;
    paired->denominators_b[n] = f1 ? 1 + y->answered : 1;
    paired->clusters[n] = x->units[unit];
    paired->clustered &= x->units[unit] != NULL;
    paired->binary &= paired->denominators_a[n] == paired->denominators_b[n];
    paired->binary &= (right_a == 0 || right_a == 1) && (right_b == 0 || right_b == 1);
}

static void add_scores(struct paired *paired, const struct compare_item *x,
                       const struct compare_item *y, bool rated, enum protocol_unit unit)
{
    uint32_t n = paired->n++;
    paired->a[n] = x->score;
    paired->b[n] = y->score;
    paired->denominators_a[n] = paired->denominators_b[n] = 1;
    paired->gold[n] = rated ? x->gold : NAN;
    paired->clusters[n] = x->units[unit];
    paired->clustered &= x->units[unit] != NULL;
    paired->binary = false;
}

static void pair_items(struct paired *paired, const struct compare_system *a,
                       const struct compare_system *b, enum protocol_unit unit)
{
    const struct map *ids = &a->records->ids;
    bool f1 = a->declared && a->declared->records == METRIC_F1;
    paired->rated = a->how == COMPARE_CORRELATION;
    paired->ranked = paired->rated && a->declared->records == METRIC_SPEARMAN;
    for (uint32_t i = 0; i < ids->n; i++) {
        const struct compare_item *x = &a->records->items[i], *y = find(b, ids, i);
        if (!y || !compare_counts(a, x)) {
            continue;
        }
        if (a->how == COMPARE_SHARE && !isnan(x->correct) &&
            (f1 || (is_answered(a, x) && is_answered(b, y)))) {
            add_share(paired, x, y, f1, unit);
        } else if (paired->rated && !isnan(x->gold) && x->answered && y->answered) {
            add_scores(paired, x, y, true, unit);
        } else if (a->how == COMPARE_MEAN && !isnan(x->score) && !isnan(y->score)) {
            add_scores(paired, x, y, false, unit);
        }
    }
    paired->n_items = paired->n;
}

/* Groups of one lemma's occurrences by two systems. */
struct lemma {
    uint32_t *groups[2], *labels; /* [n] */
    uint32_t n;
    const char *cluster;
};

/* Numbers 0, 1, … in order of first occurrence; MAP_NONE is a number like others: what was not
 * grouped is a group. */
static uint32_t renumber(uint32_t *numbers, uint32_t n)
{
    struct map seen = {0};
    for (uint32_t i = 0; i < n; i++) {
        numbers[i] = map_put(&seen, (const char *)&numbers[i], sizeof numbers[i]);
    }
    uint32_t distinct = seen.n;
    map_finish(&seen);
    return distinct;
}

static double agreement(enum metric_records made, uint32_t *groups, const uint32_t *labels,
                        uint32_t n_labels, uint32_t n)
{
    uint32_t n_groups = renumber(groups, n);
    struct agreement of = clustering_agreement(groups, n_groups, labels, n_labels, n);
    return made == METRIC_V_MEASURE  ? of.v_measure
           : made == METRIC_PAIRED_F ? of.paired_f
                                     : of.adjusted_rand;
}

/* A lemma is a unit; the figure is the mean over lemmas, weighted by their occurrences. */
static void add_lemma(struct paired *paired, enum metric_records made, struct lemma *lemma)
{
    uint32_t n_labels = renumber(lemma->labels, lemma->n), n = paired->n++;
    double values[2];
    for (int s = 0; s < 2; s++) {
        values[s] = agreement(made, lemma->groups[s], lemma->labels, n_labels, lemma->n);
    }
    paired->a[n] = values[0] * lemma->n;
    paired->b[n] = values[1] * lemma->n;
    paired->denominators_a[n] = paired->denominators_b[n] = lemma->n;
    paired->clusters[n] = lemma->cluster;
    paired->clustered &= lemma->cluster != NULL;
    paired->n_items += lemma->n;
}

static void pair_lemmas(struct paired *paired, const struct compare_system *a,
                        const struct compare_system *b, enum protocol_unit unit)
{
    const struct map *ids = &a->records->ids;
    struct map units = {0};
    struct lemma *lemmas = mem_array((size_t)ids->n + 1, sizeof *lemmas);
    paired->binary = false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < ids->n; i++) {
            const struct compare_item *x = &a->records->items[i], *y = find(b, ids, i);
            if (!y || !compare_counts(a, x) || x->unit == MAP_NONE || y->unit == MAP_NONE) {
                continue;
            }
            struct lemma *lemma = &lemmas[map_put(&units, (const char *)&x->unit, sizeof x->unit)];
            if (pass == 1) {
                lemma->groups[0][lemma->n] = x->answer;
                lemma->groups[1][lemma->n] = y->answer;
                lemma->labels[lemma->n] = x->label;
                lemma->cluster = x->units[unit];
            }
            lemma->n++;
        }
        for (uint32_t u = 0; u < units.n; u++) {
            if (pass == 0) {
                lemmas[u].groups[0] = mem_array((size_t)lemmas[u].n * 3, sizeof(uint32_t));
                lemmas[u].groups[1] = lemmas[u].groups[0] + lemmas[u].n;
                lemmas[u].labels = lemmas[u].groups[1] + lemmas[u].n;
                lemmas[u].n = 0;
            } else {
                add_lemma(paired, a->declared->records, &lemmas[u]);
                free(lemmas[u].groups[0]);
            }
        }
    }
    free(lemmas);
    map_finish(&units);
}

/* Who has which items right; of what is no share these are never asked for. */
static void count_shares(struct paired *paired)
{
    double most = 0, denominators = 0;
    for (uint32_t i = 0; i < paired->n; i++) {
        double a = paired->a[i], b = paired->b[i];
        paired->only_a += a > b;
        paired->only_b += b > a;
        paired->both += a == b && a > 0;
        paired->neither += a == b && a == 0;
        denominators += paired->denominators_a[i];
        most = paired->denominators_a[i] > most ? paired->denominators_a[i] : most;
    }
    paired->scale = denominators > 0 ? most * paired->n / denominators : 1;
}

/* A ratio of sums is the same of items as of the sums of their clusters, which then are the units.
 */
static void sum_clusters(struct paired *paired)
{
    uint32_t *clusters = mem_array((size_t)paired->n + 1, sizeof *clusters);
    uint32_t n = bootstrap_clusters(paired->clusters, paired->n, clusters);
    double *const lists[] = {paired->a, paired->b, paired->denominators_a, paired->denominators_b};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        double *sums = mem_array((size_t)n + 1, sizeof *sums);
        for (uint32_t i = 0; i < paired->n; i++) {
            sums[clusters[i]] += lists[l][i];
        }
        memcpy(lists[l], sums, n * sizeof *sums);
        free(sums);
    }
    paired->n = n;
    free(clusters);
}

struct paired pair_records(const struct compare_system *a, const struct compare_system *b)
{
    static const char *const names[PROTOCOL_N_UNITS] = {"clusters", "documents", "lemmas"};
    enum protocol_unit unit = a->unit ? a->unit : b->unit;
    struct paired paired = paired_create(a->records->ids.n);
    if (a->how == COMPARE_AGREEMENT) {
        pair_lemmas(&paired, a, b, unit);
    } else {
        pair_items(&paired, a, b, unit);
    }
    paired.clustered &= paired.n > 0;
    paired.units_are = paired.clustered              ? names[unit]
                       : a->how == COMPARE_AGREEMENT ? "lemmas"
                                                     : "items";
    count_shares(&paired);
    if (paired.clustered && !paired.rated) {
        sum_clusters(&paired);
    }
    return paired;
}

static double ratio(const double *numerators, const double *denominators, uint32_t n)
{
    double top = 0, bottom = 0;
    for (uint32_t i = 0; i < n; i++) {
        top += numerators[i];
        bottom += denominators[i];
    }
    return bottom > 0 ? top / bottom : NAN;
}

static double value_of(const struct paired *paired, const double *values,
                       const double *denominators)
{
    if (!paired->rated) {
        return ratio(values, denominators, paired->n);
    }
    return paired->ranked ? correlation_spearman(values, paired->gold, paired->n)
                          : correlation_pearson(values, paired->gold, paired->n);
}

double paired_value_a(const struct paired *paired)
{
    return value_of(paired, paired->a, paired->denominators_a);
}

double paired_value_b(const struct paired *paired)
{
    return value_of(paired, paired->b, paired->denominators_b);
}

/* A split's records are found by what they say, and nothing else: are they as many as its row's? */
static char *split_contradicts(const struct compare_system *system)
{
    uint32_t n = compare_n_records(system);
    return n == system->n
               ? NULL
               : mem_format("%u records of %s say %s, its row has %llu items", n, system->label,
                            system->split.text, (unsigned long long)system->n);
}

char *records_contradict(const struct compare_system *system)
{
    char *contradiction = system->n_is_records ? split_contradicts(system) : NULL;
    if (contradiction) {
        return contradiction;
    }
    struct paired own = pair_records(system, system);
    double value = paired_value_a(&own);
    uint32_t n = own.n_items;
    paired_finish(&own);
    bool same = isnan(value) ? isnan(system->value) : fabs(value - system->value) <= SAME_FIGURE;
    if (same) {
        return NULL;
    }
    return mem_format("%u records of %s make %.4f, its row says %.4f (%llu items)", n,
                      system->label, value, system->value, (unsigned long long)system->n);
}
