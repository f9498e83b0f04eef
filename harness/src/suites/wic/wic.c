/* Suite `wic`: its sets, its rows, its declaration. */
#include "suites/wic/wic.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "suites/shared/contexts.h"
#include "suites/shared/figures.h"
#include "suites/suite.h"
#include "suites/shared/text_overlap.h"
#include "suites/shared/vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The split that thresholds are learned on, as wic_learn_threshold() has it; CONTEXT_N_SPLITS:
 * none. */
static uint32_t learning_split(const struct context_set *set)
{
    uint32_t first = CONTEXT_N_SPLITS;
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        if (pair->same >= 0 && pair->split <= CONTEXT_DEV && pair->split < first) {
            first = pair->split;
        }
    }
    return first;
}

static void warn(const struct context_set *set)
{
    uint32_t learns = learning_split(set);
    if (learns == CONTEXT_N_SPLITS) {
        log_warn("%s: no training pairs, so no threshold and no accuracy: AUC alone", set->path);
    } else if (learns == CONTEXT_DEV) {
        log_warn("%s: no training pairs; thresholds are fitted on dev, whose own accuracy is "
                 "optimistic (threshold:itself in its signatures)",
                 set->path);
    }
    for (uint32_t split = learns + 1; split <= CONTEXT_TEST; split++) {
        struct text_overlap overlap = text_overlap_pairs(set, split, learns);
        char *name = mem_format("%s:%s", set->path, contexts_split_names[split]);
        text_overlap_warn(&overlap, name, contexts_split_names[learns]);
        free(name);
    }
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    int status = contexts_prepare(request, "wic", wic_read, ret_state);
    for (uint32_t i = 0; status == 0 && i < (*ret_state)->n; i++) {
        warn(&(*ret_state)->sets[i]);
    }
    return status;
}

/* Pairs that stand in the training pairs too: beside every figure of what was fitted on these. */
static void report_overlap(const struct suite_run *run, const struct context_set *set,
                           uint32_t split, const struct figure *row,
                           const struct protocol *protocol)
{
    uint32_t learns = learning_split(set);
    if (learns >= split) {
        return;
    }
    struct text_overlap of = text_overlap_pairs(set, split, learns);
    const struct measured figure = {
        "train-overlap", SPLIT_ALL,      NULL,        (double)of.instances / (double)of.n_instances,
        {NAN, NAN},      of.n_instances, of.instances};
    if (of.instances) {
        figures_row(run, row, protocol, &figure);
    }
}

static void write_share(struct wic_scoring *scoring, const struct wic_share *share)
{
    const struct context_set *set = scoring->set;
    double *right = mem_array(set->n_pairs + 1, sizeof *right), sum = 0;
    uint32_t n = 0, known = 0, n_sorted;
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (wic_belongs(set, share, p)) {
            right[n] = wic_is_right(scoring, p);
            sum += right[n++];
            known += !isnan(scoring->cosines[p]);
        }
    }
    if (n == 0) {
        free(right);
        return;
    }
    char *dataset = contexts_dataset(set, share->split);
    struct protocol protocol = {0};
    wic_protocol(scoring, share->split, n, scoring->row.stage.name ? &scoring->row.stage : NULL,
                 &protocol);
    struct bootstrap plan = figures_plan(scoring->run);
    scoring->row.dataset = dataset;
    if (scoring->learned_on) {
        struct measured accuracy = {
            "accuracy", share->of, NULL, sum / n, bootstrap_share(&plan, right, NULL, n), n, known};
        figures_row(scoring->run, &scoring->row, &protocol, &accuracy);
    }
    struct wic_scored *sorted = wic_sorted_pairs(set, scoring->cosines, share, true, &n_sorted);
    struct measured area = {"auc",
                            share->of,
                            NULL,
                            wic_area_under_curve(sorted, NULL, n_sorted),
                            wic_area_interval(&plan, sorted, n_sorted),
                            n,
                            known};
    figures_row(scoring->run, &scoring->row, &protocol, &area);
    free(sorted);
    protocol_finish(&protocol);
    free(dataset);
    free(right);
}

/* The ways to cut a set, besides its splits. */
enum family { BY_POS, BY_VOCABULARY, BY_PIECES, N_FAMILIES };
enum { MOST_CELLS = WORDNET_N_POS + 1, NO_CELL = UINT8_MAX };

struct families {
    uint8_t *cells[N_FAMILIES];                  /* [n_pairs]; NULL: does not apply */
    struct split splits[N_FAMILIES][MOST_CELLS]; /* all: no such cell */
};

/* A pair is unknown if a side of it has no vector, and has the pieces of the side with more. */
static void families_init(struct families *families, const struct context_set *set,
                          const struct contexts_words *words)
{
    static const struct split pos[] = {{0},
                                       {"pos", "NOUN", NULL},
                                       {"pos", "VERB", NULL},
                                       {"pos", "ADJ", NULL},
                                       {"pos", "ADV", NULL}};
    *families = (struct families){{0}, {{{0}}}};
    for (int f = 0; f < N_FAMILIES; f++) {
        bool applies = f == BY_POS || (f == BY_VOCABULARY ? words->any_unknown : words->has_pieces);
        families->cells[f] = applies ? mem_array(set->n_pairs + 1, 1) : NULL;
    }
    memcpy(families->splits[BY_POS], pos, sizeof pos);
    families->splits[BY_VOCABULARY][0] = (struct split){"vocabulary", "known", NULL};
    families->splits[BY_VOCABULARY][1] = (struct split){"vocabulary", "unknown", NULL};
    memcpy(families->splits[BY_PIECES], vocabulary_pieces_splits, sizeof vocabulary_pieces_splits);
    for (size_t p = 0; p < set->n_pairs; p++) {
        const uint32_t *sides = set->pairs[p].occurrences;
        families->cells[BY_POS][p] = set->pairs[p].pos;
        if (families->cells[BY_VOCABULARY]) {
            families->cells[BY_VOCABULARY][p] =
                words->unknown[sides[0]] || words->unknown[sides[1]];
        }
        if (families->cells[BY_PIECES]) {
            uint32_t a = words->pieces[sides[0]], b = words->pieces[sides[1]];
            uint32_t cell = vocabulary_pieces_cell(a == 0 || b == 0 ? 0 : a > b ? a : b);
            families->cells[BY_PIECES][p] = cell < VOCABULARY_N_PIECES ? (uint8_t)cell : NO_CELL;
        }
    }
}

static void families_finish(struct families *families)
{
    for (int f = 0; f < N_FAMILIES; f++) {
        free(families->cells[f]);
    }
}

static void write_shares(struct wic_scoring *scoring, const struct families *families)
{
    for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
        struct wic_share share = {.split = split};
        write_share(scoring, &share);
        for (int f = 0; f < N_FAMILIES; f++) {
            share.cell = families->cells[f];
            for (uint8_t c = 0; share.cell && c < MOST_CELLS; c++) {
                share.of = families->splits[f][c];
                share.number = c;
                if (!split_is_all(&share.of)) {
                    write_share(scoring, &share);
                }
            }
        }
    }
}

static struct wic_scoring score(const struct suite_run *run, const struct context_set *set,
                                int method, uint32_t stage, const double *cosines,
                                const struct protocol *terms)
{
    struct wic_scoring scoring = {
        .run = run,
        .set = set,
        .cosines = cosines,
        .terms = terms,
        .row = {.suite = "wic",
                .embedder = embedder_name(run->embedder),
                .kind = embedder_kind(run->embedder),
                .stage = *embedder_stage(run->embedder, stage),
                .method = contexts_method_names[method]},
    };
    wic_learn_threshold(&scoring);
    return scoring;
}

static void report_method(const struct suite_run *run, const struct context_set *set, int method,
                          const struct contexts_scores *scores, const struct families *families)
{
    uint32_t n = method == CONTEXTS_TARGET ? embedder_n_stages(run->embedder) : 1;
    struct wic_staged staged = {.stages = mem_array(n, sizeof *staged.stages),
                                .right = mem_array(n, sizeof *staged.right),
                                .n_stages = n};
    for (uint32_t s = 0; s < n; s++) {
        staged.scoring = score(run, set, method, s, scores->cosines[method] + s * set->n_pairs,
                               &scores->terms[method]);
        write_shares(&staged.scoring, families);
        if (run->sink->item) {
            wic_write_items(&staged.scoring, method == CONTEXTS_TARGET && s == 0);
        }
        staged.stages[s] = staged.scoring.row.stage;
        staged.right[s] = mem_array(set->n_pairs + 1, sizeof **staged.right);
        for (size_t p = 0; p < set->n_pairs; p++) {
            staged.right[s][p] = wic_is_right(&staged.scoring, p);
        }
    }
    if (n > 1 && staged.scoring.learned_on) {
        wic_write_stages(&staged);
    }
    for (uint32_t s = 0; s < n; s++) {
        free(staged.right[s]);
    }
    free(staged.right);
    free(staged.stages);
}

/* Pairs of a split that a mean of the grid judges rightly. */
static uint32_t right_on(const struct wic_scoring *scoring, uint32_t split)
{
    const struct wic_share share = {.split = split};
    uint32_t right = 0;
    for (size_t p = 0; p < scoring->set->n_pairs; p++) {
        right += wic_belongs(scoring->set, &share, p) && wic_is_right(scoring, p);
    }
    return right;
}

static bool has_gold(const struct context_set *set, uint32_t split)
{
    const struct wic_share share = {.split = split};
    bool any = false;
    for (size_t p = 0; p < set->n_pairs && !any; p++) {
        any = wic_belongs(set, &share, p);
    }
    return any;
}

/* The mean of the grid with the greatest accuracy on dev, else on the split that thresholds are
 * learned on; of equals the first. */
static void choose(const struct suite_run *run, const struct context_set *set,
                   struct contexts_scores *scores)
{
    uint32_t on = has_gold(set, CONTEXT_DEV) ? (uint32_t)CONTEXT_DEV : learning_split(set);
    uint32_t chosen = 0, most = 0;
    for (uint32_t m = 0; on < CONTEXT_N_SPLITS && m < scores->n_grid; m++) {
        struct wic_scoring scoring =
            score(run, set, CONTEXTS_BEST, 0, scores->grid + m * set->n_pairs, NULL);
        uint32_t right = right_on(&scoring, on);
        chosen = right > most ? m : chosen;
        most = right > most ? right : most;
    }
    if (scores->n_grid && on < CONTEXT_N_SPLITS) {
        contexts_choose(run, set, scores, chosen, contexts_split_names[on]);
    } else if (scores->n_grid) {
        log_warn("%s: no training pairs to choose static-best by", set->path);
    }
}

static int run_set(const struct suite_run *run, const struct context_set *set)
{
    struct contexts_scores scores;
    struct contexts_words words;
    struct families families;
    uint32_t learns = learning_split(set);
    const struct contexts_training training = {learns < CONTEXT_N_SPLITS ? set : NULL, learns};
    TRY(contexts_score(run, set, &training, &scores, &words));
    choose(run, set, &scores);
    families_init(&families, set, &words);
    for (int m = 0; m < CONTEXTS_N_METHODS; m++) {
        if (scores.cosines[m]) {
            report_method(run, set, m, &scores, &families);
        }
    }
    const struct figure row = {
        .suite = "wic", .dataset = set->name, .embedder = embedder_name(run->embedder)};
    vocabulary_write(&words.vocabulary, run, &row);
    families_finish(&families);
    contexts_words_finish(&words);
    contexts_scores_finish(&scores);
    return 0;
}

static int run_embedder(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        TRY(run_set(run, &run->state->sets[i]));
    }
    return 0;
}

/* Always the more frequent answer of each split. */
static int baselines(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct context_set *set = &run->state->sets[i];
        for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
            uint32_t n = 0, same = 0;
            for (size_t p = 0; p < set->n_pairs; p++) {
                n += set->pairs[p].split == split && set->pairs[p].same >= 0;
                same += set->pairs[p].split == split && set->pairs[p].same == 1;
            }
            if (n == 0) {
                continue;
            }
            char *dataset = contexts_dataset(set, split);
            struct protocol protocol = {0};
            protocol_begin(&protocol, "wic", dataset, n);
            protocol_add(&protocol, PROTOCOL_METHOD, "majority");
            struct figure row = {.suite = "wic",
                                 .dataset = dataset,
                                 .embedder = "baseline",
                                 .kind = "baseline",
                                 .method = "majority"};
            struct measured figure = {
                "accuracy", SPLIT_ALL, NULL, (double)(2 * same > n ? same : n - same) / n,
                {NAN, NAN}, n,         n};
            figures_row(run, &row, &protocol, &figure);
            report_overlap(run, set, split, &row, &protocol);
            for (size_t p = 0; run->sink->item && p < set->n_pairs; p++) {
                if (set->pairs[p].split == split && set->pairs[p].same >= 0) {
                    wic_write_majority(run, set, p, dataset, 2 * same > n);
                }
            }
            protocol_finish(&protocol);
            free(dataset);
        }
    }
    return 0;
}

/* The rows are by split: "wic:dev". */
static void observe(struct suite_state *state, const struct result_item *item)
{
    const char *split = NULL;
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        if (strcmp(item->attributes[i].name, "split") == 0) {
            split = item->attributes[i].value;
        }
    }
    if (!split || strcmp(item->embedder, "baseline") == 0) { /* the list of the words; majority */
        return;
    }
    bool whole = strcmp(split, contexts_split_names[CONTEXT_WHOLE]) == 0;
    char *dataset = whole ? mem_text(item->dataset) : mem_format("%s:%s", item->dataset, split);
    state->oov_of = state->oov_of ? state->oov_of : oov_of_create();
    oov_of_observe(state->oov_of, dataset, item,
                   strcmp(item->method, contexts_method_names[CONTEXTS_TARGET]) == 0);
    free(dataset);
}

static int conclude(const struct suite_run *run, const struct result_items *items)
{
    if (run->state->oov_of) {
        oov_of_write(run->state->oov_of, run, items, "wic", "accuracy", NULL);
    }
    return 0;
}

static const struct metric metrics[] = {
    {"accuracy", "pairs judged rightly, same meaning or not", METRIC_HIGHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_SHARE_CORRECT, .by_threshold = true, .low = 0, .high = 1},
    {"auc",
     "area under the ROC curve of the cosine; a pair without a vector ranks below all others",
     METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = 0, .high = 1},
    {"train-overlap", "pairs that the training pairs hold too", METRIC_NEITHER, METRIC_SHARE,
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    WORD_MEAN_OPTIONS("method context", ""),
    WORD_BEST_OPTION("weights, distances and components", "the development pairs"),
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"pos:NOUN|VERB|…", "part of speech as the set gives it"},
    {"vocabulary:known|unknown",
     "whether both sides have a vector; left out where an embedder lacks nothing"},
    {"pieces:1|2|3+",
     "pieces that touch the target, of models that cut words (in wic, of the side with more)"},
    {"oov-of:NAME", "items that embedder NAME lacks a vector of; every embedder is scored on them"},
    {"part:input|attention|feed-forward|other",
     "of METRIC-gain-total: what part of the gain it is"},
    {0},
};

const struct suite suite_wic = {
    .id = "wic",
    .title = "word in context",
    .summary = "Does a word mean the same in two sentences? The cosine of its two vectors is "
               "compared with a threshold learned on the training pairs (Pilehvar & "
               "Camacho-Collados 2019); AUC needs no threshold. Reads WiC (its own files and "
               "SuperGLUE's), WiC-TSV, MCL-WiC and XL-WiC.",
    .methods = "target; lemma, context and static-best (static embedders)",
    .options = options,
    .data =
        "WiC: {train,dev,test}/NAME.data.txt with NAME.gold.txt, or without the folders; by tabs:\n"
        "  LEMMA, POS, I-J, SENTENCE1, SENTENCE2. Tokens have blanks between; I and J are the\n"
        "  numbers of the targets' tokens and count from 0\n"
        "SuperGLUE's WiC: train.jsonl, val.jsonl, test.jsonl; start1, end1, start2, end2 count "
        "code\n"
        "  points from 0, the end is after the target\n"
        "WiC-TSV: Training, Development, Test with *_examples.txt (TARGET, INDEX from 0, "
        "CONTEXT),\n"
        "  *_definitions.txt, *_labels.txt\n"
        "MCL-WiC: SPLIT.L1-L2.data with SPLIT.L1-L2.gold, in any folders; each L1-L2 is a set\n"
        "  NAME/L1-L2; several ranges of a cross-lingual target are read from the first to the "
        "last\n"
        "XL-WiC: LANGUAGE_SPLIT.txt, by tabs: LEMMA, POS, START1, END1, START2, END2, SENTENCE1,\n"
        "  SENTENCE2, LABEL (or X_data.txt with X_gold.txt)\n"
        "A split is a word of the file's, else of the folder's name: train, training; dev,\n"
        "  development, val, valid, validation; test",
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(THRESHOLD) | PROTOCOL_BIT(FROM) | PROTOCOL_BIT(POOL) |
                     PROTOCOL_BIT(SPLIT) | WORD_MEANS_KEYS,
    .splits = splits,
    .prepare = prepare,
    .release = contexts_release,
    .baselines = baselines,
    .run = run_embedder,
    .observe = observe,
    .conclude = conclude,
};
