/* Makes sentences of headline figures, paired tests and coverage. */
#include "report/findings.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/tied.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARTIAL = 3 /* embedders named for what they left unanswered */ };

static const struct figure *shown_of(const struct summary_suite *suite, uint32_t set,
                                     uint32_t system)
{
    return system < suite->n_systems ? summary_shown(summary_cell(suite, set, system)) : NULL;
}

static bool is_before(const struct summary_suite *suite, uint32_t set, uint32_t a, uint32_t b)
{
    const struct figure *first = shown_of(suite, set, a), *second = shown_of(suite, set, b);
    return first && isfinite(first->value) &&
           (!second ||
            metric_before(suite->suite, suite->sets[set].metric, first->value, second->value));
}

/* Bytes of a name up to its seed: "toy" of "toy@seed:1", all of "toy". Runs that differ in their
 * seed alone are one system. */
static size_t seedless(const char *name)
{
    const char *seed = strstr(name, "@seed:");
    return seed ? (size_t)(seed - name) : strlen(name);
}

static bool are_sisters(const char *a, const char *b)
{
    size_t n = seedless(a);
    return n == seedless(b) && strncmp(a, b, n) == 0;
}

/* Is it a run with one of several seeds, whose mean has a figure on the set and stands for it? */
static bool has_mean(const struct summary_suite *suite, uint32_t set, uint32_t embedder)
{
    const char *name = suite->embedders[embedder];
    for (uint32_t e = 0; e < suite->n_embedders && name[seedless(name)] != '\0'; e++) {
        const struct figure *shown = shown_of(suite, set, summary_best_system(suite, set, e));
        if (shown && shown->seeds && are_sisters(suite->embedders[e], name)) {
            return true;
        }
    }
    return false;
}

/* The best embedder by its best method, of those that `kind` lets through: 1 static, 0 contextual,
 * -1 both; `except` and its sisters by seed are passed over. */
static uint32_t best_of(const struct summary_suite *suite, uint32_t set, int kind, uint32_t except)
{
    uint32_t best = suite->n_systems;
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        uint32_t system = summary_best_system(suite, set, e);
        bool sister = except < suite->n_systems &&
                      are_sisters(suite->embedders[e], suite->systems[except].embedder);
        if (system < suite->n_systems && !sister && !has_mean(suite, set, e) &&
            (kind < 0 || suite->systems[system].is_static == (kind == 1)) &&
            is_before(suite, set, system, best)) {
            best = system;
        }
    }
    return best;
}

/* Does the metric set embedders of the set beside each other? Not in units of their own. */
static bool is_comparable(const struct summary_suite *suite, uint32_t set)
{
    const struct metric *metric = metric_declared(suite->suite, suite->sets[set].metric);
    return !metric || !metric->own_units;
}

/* The rival is the best of the other kind; where all are of one kind, the second best. A metric in
 * each embedder's own units has a leader only where one embedder stands alone. */
static struct finding find_on(const struct summary_suite *suite, uint32_t number, uint32_t set)
{
    struct finding finding = {.suite = number, .set = set};
    finding.lead = finding.rival = suite->n_systems;
    if (suite->sets[set].direction == METRIC_NEITHER) {
        return finding;
    }
    finding.lead = best_of(suite, set, -1, suite->n_systems);
    if (finding.lead < suite->n_systems) {
        finding.few = shown_of(suite, set, finding.lead)->answered < FINDINGS_FEW_ITEMS;
        bool is_static = suite->systems[finding.lead].is_static;
        finding.rival = best_of(suite, set, !is_static, finding.lead);
        if (finding.rival == suite->n_systems) {
            finding.rival = best_of(suite, set, -1, finding.lead);
        }
    }
    if (finding.rival < suite->n_systems && !is_comparable(suite, set)) {
        finding = (struct finding){.suite = number, .set = set};
        finding.lead = finding.rival = suite->n_systems;
    }
    return finding;
}

/* Which finding of a suite heads it: findings.h. */
static uint32_t heading(const struct summary_suite *suite, const struct finding *findings)
{
    uint32_t first = suite->n_sets;
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        if (findings[d].lead < suite->n_systems && !findings[d].few) {
            return d;
        }
        first = findings[d].lead < suite->n_systems && first == suite->n_sets ? d : first;
    }
    return first < suite->n_sets ? first : 0;
}

uint32_t findings_list(const struct summary *summary, struct finding **ret_findings)
{
    uint32_t n = 0, most = 0;
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        most += summary->suites[i].n_sets;
    }
    struct finding *findings = mem_array((size_t)most + 1, sizeof *findings);
    for (uint32_t i = 0; i < summary->n_suites; i++) {
        uint32_t begin = n;
        for (uint32_t d = 0; d < summary->suites[i].n_sets; d++) {
            findings[n++] = find_on(&summary->suites[i], i, d);
        }
        if (n > begin) {
            findings[begin + heading(&summary->suites[i], findings + begin)].first = true;
        }
    }
    *ret_findings = findings;
    return n;
}

/* At the stage shown the figure itself, not one derived from it. */
const struct figure *finding_row(const struct summary *summary, const struct finding *finding,
                                 uint32_t system)
{
    const struct summary_suite *suite = &summary->suites[finding->suite];
    const struct figure *shown = shown_of(suite, finding->set, system);
    if (!shown) {
        return NULL;
    }
    return summary_at(summary_cell(suite, finding->set, system), shown->stage.name);
}

/* "+2.8" with a true minus; gain: with a plus. */
static void add_number(struct str *text, double value, bool gain)
{
    double rounded = round(10 * value) / 10;
    str_format(text, "%s%.1f", rounded < 0 ? "−" : gain ? "+" : "", fabs(rounded));
}

static void add_interval(struct str *text, double scale, double low, double high, bool gain)
{
    add_number(text, scale * low, gain);
    str_add(text, " to ");
    add_number(text, scale * high, gain);
}

/* "79.9 ± 0.4, the mean and deviation over seeds 1,2,3" */
static void add_spread(struct str *text, const struct summary_set *set, const struct figure *row)
{
    if (row->seeds && isfinite(row->sd)) {
        str_add(text, " ± ");
        add_number(text, set->scale * row->sd, false);
        str_format(text, ", mean and deviation over seeds %s", row->seeds);
    }
}

static void add_count(struct str *text, uint64_t count)
{
    if (count >= 10000) {
        str_format(text, "%llu,%03llu", (unsigned long long)(count / 1000),
                   (unsigned long long)(count % 1000));
    } else {
        str_format(text, "%llu", (unsigned long long)count);
    }
}

static uint32_t n_methods(const struct summary_suite *suite, uint32_t set, uint32_t system)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        n += !suite->systems[s].baseline && shown_of(suite, set, s) &&
             !suite_is_yardstick(suite->suite, suite->systems[s].method) &&
             suite->systems[s].number == suite->systems[system].number;
    }
    return n;
}

/* As an aside " (method nn, the best of its 4)", else ", by method nn, the best of its 4". */
static void add_method(struct str *text, const struct summary_suite *suite, uint32_t set,
                       uint32_t system, bool aside)
{
    uint32_t n = n_methods(suite, set, system);
    if (n > 1) {
        str_format(
            text, aside ? " (method %s, the best of its %u)" : ", by method %s, the best of its %u",
            suite->systems[system].method, n);
    }
}

static bool names_stage(const struct summary_cell *cell, const struct figure *shown)
{
    return cell->stages.n > 1 && shown->stage.name;
}

/* Where in the model the figure shown stands, and how that was chosen. */
static void add_stage(struct str *text, const struct summary_cell *cell, const struct figure *shown)
{
    if (!names_stage(cell, shown)) {
        return;
    }
    str_format(text, " at stage %s", shown->stage.name);
    str_add(text, cell->chosen                 ? ", chosen on a development set"
                  : summary_is_test_best(cell) ? ", the best on this very set"
                  : cell->last || cell->gain   ? ", its last"
                                               : "");
}

/* "On SET (876 items, f1 × 100) minilm has the best figure, 79.9 (77.2 to 82.6) at stage 6." */
static void add_lead(struct str *text, const struct summary_suite *suite,
                     const struct finding *finding)
{
    const struct summary_set *set = &suite->sets[finding->set];
    const struct summary_cell *cell = summary_cell(suite, finding->set, finding->lead);
    const struct figure *shown = summary_shown(cell);
    bool some = set->beside && shown->answered < set->n;
    str_format(text, some ? "On %s (the " : "On %s (", set->dataset);
    if (some) {
        add_count(text, shown->answered);
        str_add(text, " of ");
    }
    add_count(text, set->n);
    str_format(text, " item%s%s, %s%s) %s %s ", set->n == 1 ? "" : "s",
               some ? " that all answer" : "", set->metric, set->scale > 1 ? " × 100" : "",
               suite->systems[finding->lead].embedder,
               finding->rival < suite->n_systems ? "has the best figure," : "reaches");
    add_number(text, set->scale * shown->value, false);
    add_spread(text, set, shown);
    if (isfinite(shown->low)) {
        str_add(text, " (");
        add_interval(text, set->scale, shown->low, shown->high, false);
        str_add(text, ")");
    }
    if (finding->few && shown->answered < shown->n) {
        str_format(text, ", on %llu item%s alone", (unsigned long long)shown->answered,
                   shown->answered == 1 ? "" : "s");
        str_add(text, names_stage(cell, shown) ? "," : "");
    }
    add_stage(text, cell, shown);
    add_method(text, suite, finding->set, finding->lead, names_stage(cell, shown));
    str_add(text,
            figure_is_self_fitted(shown) ? ", by a threshold fitted on these very items. " : ". ");
}

/* Of a figure that a rule for ties decides in part. */
static void add_tied(struct str *text, const struct summary_set *set,
                     const struct tied_figures *figures, const struct figure *row)
{
    struct tied tied;
    if (tied_find(figures, row, &tied)) {
        str_add(text, " (");
        add_number(text, set->scale * tied.expected, false);
        str_add(text, " if ties were broken at random)");
    }
}

/* Why the gain over the table has no interval. */
static void add_untested_gain(struct str *text, const struct summary_cell *cell,
                              const struct figure *shown)
{
    if (shown->seeds) {
        str_add(text, ", not tested: a mean over seeds has no records. ");
    } else if (cell->gain) {
        str_add(text, ", not tested: its figures have no intervals. ");
    } else if (summary_is_test_best(cell)) {
        str_add(text, ", not tested: the stage was chosen by the very figures compared. ");
    } else {
        str_format(text, ", not tested here (harness compare --stage table,%s tests it). ",
                   shown->stage.name);
    }
}

/* "by this readout context adds +20.4 (+18.9 to +21.9)"; where the paired interval does not say so,
 * no more than the difference. */
static void add_contextual_gain(struct str *text, const struct summary_set *set,
                                const struct summary_cell *cell, const struct figure *shown)
{
    const struct figure *gain = cell->gain;
    bool has_interval = gain && isfinite(gain->low);
    bool more = has_interval && (gain->low > 0 || gain->high < 0);
    str_add(text, more ? "; by this readout context adds "
                       : "; difference with context by this readout ");
    add_number(text, set->scale * (gain ? gain->value : shown->value - cell->table->value), true);
    if (has_interval) {
        str_add(text, " (");
        add_interval(text, set->scale, gain->low, gain->high, true);
        str_add(text, ")");
    }
    if (more || has_interval) {
        str_add(text, more ? ". " : ", no more than chance could. ");
    } else {
        add_untested_gain(text, cell, shown);
    }
}

/* What no figure can exceed; a ceiling there says nothing. */
static double most_of(const char *suite, const char *metric)
{
    const struct metric *declared = metric_declared(suite, metric);
    return declared ? declared->high : INFINITY;
}

/* What context adds, and the ceiling of those that have none. */
static void add_gain(struct str *text, const struct summary_suite *suite,
                     const struct tied_figures *tied, const struct finding *finding)
{
    const struct summary_set *set = &suite->sets[finding->set];
    const struct summary_cell *cell = summary_cell(suite, finding->set, finding->lead);
    const struct figure *shown = summary_shown(cell),
                        *ceiling = summary_ceiling(suite, finding->set);
    if (cell->stages.n > 1 && cell->table && cell->table->stage.name != shown->stage.name) {
        str_add(text, "Its look-up table alone gives ");
        add_number(text, set->scale * cell->table->value, false);
        add_tied(text, set, tied, cell->table);
        add_contextual_gain(text, set, cell, shown);
    }
    if (ceiling && ceiling->value < most_of(suite->suite, set->metric)) {
        str_add(text, "One vector per word, read alone, cannot exceed ");
        add_number(text, set->scale * ceiling->value, false);
        str_add(text, ". ");
    }
}

static const struct paired_difference *difference_of(const struct result_tree *tree,
                                                     const struct figure *a, const struct figure *b)
{
    for (uint32_t i = 0; i < tree->n_differences; i++) {
        if (tree->differences[i].a == a && tree->differences[i].b == b) {
            return &tree->differences[i];
        }
    }
    return NULL;
}

/* What the test says: a difference, the same within a margin, or neither. */
static void add_test(struct str *text, const struct summary_set *set,
                     const struct result_tree *tree, const struct paired_difference *difference)
{
    bool other_items =
        set->beside && !difference->reason && difference->n != difference->b->answered;
    str_add(text, other_items ? ": on the items that both answer, difference " : ": difference ");
    add_number(text, set->scale * difference->difference, true);
    if (isfinite(difference->low)) {
        str_add(text, ", ");
        add_interval(text, set->scale, difference->low, difference->high, true);
    }
    if (difference->reason) {
        str_format(text, ", not tested: %s. ", difference->reason);
        return;
    }
    bool differs = difference->p <= 0.05, same = !differs && difference->same <= 0.05;
    str_add(text, differs ? ", significant" : same ? "" : ", no difference shown");
    if (same) {
        str_format(text, ", the same within %g (two one-sided tests, p = %.2g)",
                   set->scale * difference->margin, difference->same);
    }
    str_format(text, " (paired, %s over %u %s, p ", difference->test, difference->units,
               difference->units_are);
    str_format(text, difference->p < 0.0001 ? "< 0.0001" : "= %.2g", difference->p);
    str_add(text, tree->n_differences > 1 ? " by Holm). " : "). ");
}

/* "Of static embedders glove has the best figure, 64.3: difference +15.6, …" */
static void add_rival(struct str *text, const struct summary *summary,
                      const struct result_tree *tree, const struct finding *finding)
{
    const struct summary_suite *suite = &summary->suites[finding->suite];
    const struct summary_set *set = &suite->sets[finding->set];
    const struct summary_system *lead = &suite->systems[finding->lead],
                                *rival = &suite->systems[finding->rival];
    const struct summary_cell *cell = summary_cell(suite, finding->set, finding->rival);
    const struct figure *shown = summary_shown(cell);
    bool of_other_kind = rival->is_static != lead->is_static;
    if (of_other_kind) {
        str_format(text, "Of %s embedders ", rival->is_static ? "static" : "contextual");
    }
    str_format(text, of_other_kind ? "%s has the best figure" : "Next best is %s", rival->embedder);
    add_method(text, suite, finding->set, finding->rival, true);
    str_add(text, ", ");
    add_number(text, set->scale * shown->value, false);
    add_spread(text, set, shown);
    add_stage(text, cell, shown);
    const struct figure *led = shown_of(suite, finding->set, finding->lead);
    const struct paired_difference *difference =
        difference_of(tree, finding_row(summary, finding, finding->rival),
                      finding_row(summary, finding, finding->lead));
    if (shown->seeds || led->seeds) {
        str_add(text, "; not tested: a mean over seeds has no records (harness compare tests those "
                      "of one seed). ");
    } else if (difference) {
        add_test(text, set, tree, difference);
    } else {
        str_add(text, "; not tested here (harness compare tests, from the records). ");
    }
}

/* Who left items unanswered: such figures stand on other items. */
static void add_coverage(struct str *text, const struct summary_suite *suite,
                         const struct finding *finding)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < suite->n_embedders; e++) {
        uint32_t system = summary_best_system(suite, finding->set, e);
        const struct summary_cell *cell =
            system < suite->n_systems ? summary_cell(suite, finding->set, system) : NULL;
        const struct figure *own = cell && cell->beside ? cell->beside
                                   : cell               ? summary_shown(cell)
                                                        : NULL;
        if (!own || own->answered >= own->n || has_mean(suite, finding->set, e) ||
            n++ >= MOST_PARTIAL) {
            continue;
        }
        str_format(text, "%s%s answers ", n > 1 ? ", " : "", suite->embedders[e]);
        add_count(text, own->answered);
        str_add(text, " of ");
        add_count(text, own->n);
    }
    if (n > MOST_PARTIAL) {
        str_format(text, ", %u more answer fewer than all", n - MOST_PARTIAL);
    }
    str_add(text, n ? " items. " : "");
}

char *finding_text(const struct summary *summary, const struct result_tree *tree,
                   const struct tied_figures *tied, const struct finding *finding)
{
    const struct summary_suite *suite = &summary->suites[finding->suite];
    struct str text = {0};
    if (finding->lead < suite->n_systems) {
        add_lead(&text, suite, finding);
        add_gain(&text, suite, tied, finding);
        if (finding->rival < suite->n_systems) {
            add_rival(&text, summary, tree, finding);
        }
        add_coverage(&text, suite, finding);
    }
    while (text.n > 0 && text.data[text.n - 1] == ' ') {
        text.data[--text.n] = '\0';
    }
    return text.data ? text.data : mem_text("");
}
