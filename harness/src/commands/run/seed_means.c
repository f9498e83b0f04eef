/* Mean and deviation over seeds as rows of their own. */
#include "commands/run/embedder_runs_seeds.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

/* One figure with each seed. */
struct seed_figures {
    const struct embedder_run *embedder_run; /* of a seed that has it */
    size_t *rows; /* [n_seeds] of the tree, NONE: that seed has no such figure */
};

/* Groups are figures but for their stage. */
struct gathering {
    const struct embedder_runs *embedder_runs;
    const struct result_tree *tree;
    struct map groups, figure_keys;
    bool *at_stages; /* [groups.n] a seed has the figure at several stages, so that each is one */
    struct seed_figures *figures; /* [figure_keys.n] */
    size_t group_capacity, figure_capacity;
};

static const char *none(const char *text)
{
    return text ? text : "\n";
}

static uint32_t seed_number(const struct embedder_runs *embedder_runs,
                            const struct embedder_run *embedder_run)
{
    uint32_t s = 0;
    while (embedder_runs->seeds.seeds[s] != embedder_run->seed) {
        s++;
    }
    return s;
}

/* The run of a row, if it is one of several that differ in their seed. What one of them scores on
 * the items that one of them lacks has no mean. */
static const struct embedder_run *run_of(const struct embedder_runs *embedder_runs,
                                         const struct figure *row)
{
    const struct embedder_run *embedder_run = embedder_runs_find(embedder_runs, row->embedder),
                              *lacking = NULL;
    if (row->split.axis && strcmp(row->split.axis, "oov-of") == 0) {
        lacking = embedder_runs_find(embedder_runs, row->split.value);
    }
    bool own = embedder_run && embedder_run->seedless && lacking && lacking->seedless &&
               strcmp(embedder_run->seedless, lacking->seedless) == 0;
    return embedder_run && embedder_run->seedless && !own ? embedder_run : NULL;
}

static char *group_key(const struct figure *row, const struct embedder_run *embedder_run)
{
    return mem_format("%s\t%s\t%s\t%s\t%s\t%s\t%s", row->suite, row->dataset,
                      embedder_run->seedless, row->method, row->metric, row->split.text,
                      none(row->policy));
}

static void find_groups(struct gathering *all)
{
    struct map seen = {0}; /* groups with a seed */
    for (size_t i = 0; i < all->tree->n_rows; i++) {
        const struct embedder_run *embedder_run = run_of(all->embedder_runs, &all->tree->rows[i]);
        if (!embedder_run) {
            continue;
        }
        char *key = group_key(&all->tree->rows[i], embedder_run);
        uint32_t known = all->groups.n, group = map_put_text(&all->groups, key);
        if (group == known) {
            MEM_GROW(all->at_stages, all->group_capacity, (size_t)known + 1);
            all->at_stages[group] = false;
        }
        char *with = mem_format("%s\t%llu", key, (unsigned long long)embedder_run->seed);
        uint32_t before = seen.n;
        all->at_stages[group] |= map_put_text(&seen, with) < before;
        free(with);
        free(key);
    }
    map_finish(&seen);
}

static void find_figures(struct gathering *all)
{
    uint32_t n_seeds = all->embedder_runs->seeds.n;
    for (size_t i = 0; i < all->tree->n_rows; i++) {
        const struct figure *row = &all->tree->rows[i];
        const struct embedder_run *embedder_run = run_of(all->embedder_runs, row);
        if (!embedder_run) {
            continue;
        }
        char *group = group_key(row, embedder_run);
        bool staged = all->at_stages[map_find_text(&all->groups, group)];
        char *key = mem_format("%s\t%s", group, staged ? none(row->stage.name) : "");
        uint32_t known = all->figure_keys.n, number = map_put_text(&all->figure_keys, key);
        if (number == known) {
            MEM_GROW(all->figures, all->figure_capacity, (size_t)known + 1);
            all->figures[number] = (struct seed_figures){
                embedder_run, mem_array(n_seeds, sizeof *all->figures[number].rows)};
            for (uint32_t s = 0; s < n_seeds; s++) {
                all->figures[number].rows[s] = NONE;
            }
        }
        all->figures[number].rows[seed_number(all->embedder_runs, embedder_run)] = i;
        free(group);
        free(key);
    }
}

static const struct figure *row_of(const struct gathering *all, const struct seed_figures *figure,
                                   uint32_t seed)
{
    return figure->rows[seed] == NONE ? NULL : &all->tree->rows[figure->rows[seed]];
}

/* What a seed's figure has to say for itself, NULL: nothing. */
static const char *said_by(const struct figure *row)
{
    return !row ? "no such figure" : !row->reason && isnan(row->value) ? "no value" : row->reason;
}

/* "seed 2: no pair known", of the first seed that has no value, or else something to say; NULL:
 * none has. What all of them say needs no seed. */
static char *reason_of(const struct gathering *all, const struct seed_figures *figure)
{
    const struct seeds *seeds = &all->embedder_runs->seeds;
    const char *first = NULL;
    uint32_t with = 0, speaking = 0, alike = 0;
    for (int lacking = 1; lacking >= 0 && !first; lacking--) {
        for (uint32_t s = 0; s < seeds->n && !first; s++) {
            const struct figure *row = row_of(all, figure, s);
            first = lacking && row && !isnan(row->value) ? NULL : said_by(row);
            with = s;
        }
    }
    for (uint32_t s = 0; s < seeds->n && first; s++) {
        const char *said = said_by(row_of(all, figure, s));
        speaking += said != NULL;
        alike += said && strcmp(said, first) == 0;
    }
    if (!first || alike == seeds->n) {
        return first ? mem_text(first) : NULL;
    }
    struct str text = {0};
    str_format(&text, "seed %llu: %s", (unsigned long long)seeds->seeds[with], first);
    if (speaking > 1) {
        str_format(&text, " (and %u more of %u seeds)", speaking - 1, seeds->n);
    }
    return text.data;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Does every seed's figure have that term in that place? */
static bool seeds_agree(const struct gathering *all, const struct seed_figures *figure, uint32_t i,
                        const struct protocol_term *term)
{
    for (uint32_t s = 0; s < all->embedder_runs->seeds.n; s++) {
        const struct figure *row = row_of(all, figure, s);
        const struct protocol_term *other =
            row && i < row->protocol->n ? &row->protocol->terms[i] : NULL;
        if (row && !(other && other->key == term->key && same_text(other->name, term->name) &&
                     strcmp(other->value, term->value) == 0)) {
            return false;
        }
    }
    return true;
}

/* Terms on which the seeds' protocols do not agree say so: "context:by-seed". */
static void add_protocol(const struct gathering *all, const struct seed_figures *figure,
                         const char *names, struct protocol *out)
{
    size_t first = figure->rows[seed_number(all->embedder_runs, figure->embedder_run)];
    const struct protocol *protocol = all->tree->rows[first].protocol;
    for (uint32_t i = 0; i < protocol->n; i++) {
        struct protocol_term term = protocol->terms[i];
        term.value = seeds_agree(all, figure, i, &term) ? term.value : "by-seed";
        if (term.key != PROTOCOL_INTERVAL) { /* a mean over seeds has a deviation instead */
            protocol_add_term(out, &term);
        }
    }
    protocol_insert(out, PROTOCOL_MEAN_OF_SEEDS, names);
}

static void measure(const struct gathering *all, const struct seed_figures *figure,
                    struct figure *row)
{
    uint32_t n = all->embedder_runs->seeds.n;
    double first = NAN, mean = 0, squares = 0;
    bool stage_differs = false;
    for (uint32_t s = 0; s < n; s++) {
        const struct figure *one = row_of(all, figure, s);
        first = s == 0 ? (one ? one->value : NAN) : first;
        mean += one ? (one->value - first) / n : NAN; /* values that are all one have that mean */
        if (one && one->answered < row->answered) {
            row->n = one->n;
            row->answered = one->answered;
            row->coverage = one->coverage;
        }
        stage_differs |=
            one && one->stage.name != row->stage.name; /* the same text is the same pointer */
    }
    row->value = first + mean;
    for (uint32_t s = 0; s < n && !isnan(row->value); s++) {
        double off = row_of(all, figure, s)->value - row->value;
        squares += off * off;
    }
    row->sd = isnan(row->value) ? NAN : sqrt(squares / (n - 1));
    row->stage = stage_differs ? (struct stage){0} : row->stage;
    row->low = row->high = NAN;
}

static void add_mean(const struct gathering *all, const struct seed_figures *figure,
                     struct result_tree *into)
{
    struct str names = {0};
    struct protocol protocol = {0};
    for (uint32_t s = 0; s < all->embedder_runs->seeds.n; s++) {
        str_format(&names, "%s%llu", s ? "," : "",
                   (unsigned long long)all->embedder_runs->seeds.seeds[s]);
    }
    add_protocol(all, figure, str_text(&names), &protocol);
    struct figure row = *row_of(all, figure, seed_number(all->embedder_runs, figure->embedder_run));
    char *reason = reason_of(all, figure);
    row.embedder = figure->embedder_run->seedless;
    row.seeds = str_text(&names);
    row.protocol = &protocol;
    row.reason = reason;
    measure(all, figure, &row);
    result_tree_add_row(into, &row);
    free(reason);
    str_finish(&names);
    protocol_finish(&protocol);
}

/* Every mean stands behind the last of the figures that it is of. */
static void add_means(const struct gathering *all, struct result_tree *tree)
{
    struct figure *rows = tree->rows;
    size_t n_rows = tree->n_rows;
    struct result_tree before = {.rows = rows, .n_rows = n_rows};
    struct gathering then = *all;
    uint32_t *behind = mem_array(n_rows + 1, sizeof *behind); /* a figure's number + 1; 0: none */
    then.tree = &before;
    for (uint32_t f = 0; f < all->figure_keys.n; f++) {
        size_t last = 0;
        for (uint32_t s = 0; s < all->embedder_runs->seeds.n; s++) {
            size_t row = all->figures[f].rows[s];
            last = row != NONE && row > last ? row : last;
        }
        behind[last] = f + 1;
    }
    tree->rows = NULL;
    tree->n_rows = tree->row_capacity = 0;
    for (size_t i = 0; i < n_rows; i++) {
        result_tree_add_row(tree, &rows[i]);
        if (behind[i]) {
            add_mean(&then, &all->figures[behind[i] - 1], tree);
        }
    }
    free(behind);
    free(rows);
}

void embedder_runs_summarise_seeds(const struct embedder_runs *embedder_runs,
                                   struct result_tree *tree)
{
    struct gathering all = {.embedder_runs = embedder_runs, .tree = tree};
    if (embedder_runs->seeds.n < 2) {
        return;
    }
    find_groups(&all);
    find_figures(&all);
    add_means(&all, tree);
    for (uint32_t f = 0; f < all.figure_keys.n; f++) {
        free(all.figures[f].rows);
    }
    free(all.figures);
    free(all.at_stages);
    map_finish(&all.groups);
    map_finish(&all.figure_keys);
}
