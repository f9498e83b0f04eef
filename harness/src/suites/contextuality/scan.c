/* Walks over a text block by block and keeps the vectors that a block needs. */
#include "suites/contextuality/scan.h"
#include "suites/contextuality/contextuality.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Streams of random numbers; those of groups come after. */
enum { STREAM_DRAWS = 1, STREAM_GROUPS = 16 };

size_t scan_slot_of(const struct scan *scan, int method, uint32_t stage)
{
    return (size_t)method * scan->n_stages + stage;
}

uint32_t scan_taken(const struct scan *scan, uint32_t group)
{
    uint32_t n = scan->text->groups[group].n;
    return n < scan->most ? n : scan->most;
}

float *scan_reserve_rows(struct worker *worker, size_t n_floats)
{
    if (n_floats > worker->rows_capacity) {
        free(worker->rows); /* what was there is not wanted */
        worker->rows = mem_array(n_floats, sizeof *worker->rows);
        worker->rows_capacity = n_floats;
    }
    return worker->rows;
}

void scan_standardise_rows(const struct scan *scan, const struct worker *worker, uint32_t stage,
                           float *rows, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        float *row = rows + (size_t)i * scan->dim;
        postprocess_apply(scan->standardise, stage, row, worker->scratch, row);
    }
}

/* STREAMING */

/* Sentences first, first + step, …; held: only occurrences that are held. */
static int stream(struct scan *scan, embed_take take, uint32_t step, bool held)
{
    const struct contextuality_text *text = scan->text;
    struct embed_stream *stream =
        embed_stream_create(scan->embedder, EMB_POOL_MEAN, take, scan, text->name,
                            (text->n_sentences + step - 1) / step);
    int status = 0;
    for (uint32_t s = 0; status == 0 && s < text->n_sentences; s += step) {
        const struct contextuality_sentence *sentence = &text->sentences[s];
        uint32_t n = 0;
        for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
            if (!held || scan->row_of[o]) {
                MEM_GROW(scan->spans, scan->spans_capacity, n + 1);
                scan->spans[n++] = text->occurrences[o].span;
            }
        }
        if (n) {
            status = embed_stream_push(stream, s, sentence->text, sentence->n_bytes,
                                       sentence->tokens, sentence->n_tokens, scan->spans, n);
        }
    }
    return embed_stream_end(stream, status);
}

static int take_sample(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (word_has_vector(embedded->status[i])) {
            postprocess_add(scan->standardise, embedded->vectors + i * scan->row, 1);
        }
    }
    return 0;
}

/* Mean and deviation of each dimension, from about plan.sample sentences evenly spaced. */
static int fit_standardise(struct scan *scan)
{
    const struct postprocess_spec spec = {.kind = POSTPROCESS_STANDARDISE};
    uint64_t sample = scan->plan->sample;
    uint32_t n = (uint32_t)scan->text->n_sentences;
    scan->standardise = postprocess_create(&spec, scan->n_stages, scan->dim);
    int status = stream(scan, take_sample, sample && sample < n ? n / (uint32_t)sample : 1, false);
    status = status ? status : postprocess_fit(scan->standardise);
    return status
               ? error_context(status, "suite contextuality: %s: standardising", scan->text->name)
               : 0;
}

static void measure_sentence_at(void *arg, uint32_t stage, uint32_t number)
{
    struct scan *scan = arg;
    struct worker *worker = &scan->workers[number];
    float *rows = scan_reserve_rows(worker, (size_t)scan->n_kept * scan->dim);
    for (uint32_t i = 0; i < scan->n_kept; i++) {
        memcpy(rows + (size_t)i * scan->dim,
               scan->embedded->vectors + scan->kept[i] * scan->row + (size_t)stage * scan->dim,
               scan->dim * sizeof *rows);
    }
    for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
        if (!scan->plan->wanted[m]) {
            continue;
        }
        if (m == CONTEXTUALITY_STANDARDISED) {
            scan_standardise_rows(scan, worker, stage, rows, scan->n_kept);
        }
        size_t slot = scan_slot_of(scan, m, stage);
        scan->scores->sentences[slot * scan->text->n_sentences + scan->sentence] =
            contextuality_of_sentence(rows, scan->n_kept, scan->dim,
                                      scan->unit_sums + slot * scan->dim, &scan->n_units[slot]);
    }
}

/* What the whole text is measured by, and the draws. */
static void take_first(struct scan *scan, const struct embedded *embedded)
{
    const struct contextuality_sentence *sentence = &scan->text->sentences[embedded->tag];
    scan->embedded = embedded;
    scan->sentence = (uint32_t)embedded->tag;
    scan->n_kept = 0;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (!word_has_vector(embedded->status[i])) {
            continue;
        }
        uint32_t o = sentence->first + i, draw = scan->draw_of[o];
        MEM_GROW(scan->kept, scan->kept_capacity, scan->n_kept + 1);
        scan->kept[scan->n_kept++] = i;
        scan->known[o] = 1;
        if (draw) {
            memcpy(scan->draws + (draw - 1) * scan->row, embedded->vectors + i * scan->row,
                   scan->row * sizeof *scan->draws);
            scan->drawn[draw - 1] = 1;
        }
    }
    scan->scores->n_known += scan->n_kept;
    if (scan->n_kept) {
        pool_for(embedder_pool(scan->embedder), scan->n_stages, measure_sentence_at, scan);
    }
}

static int take_block(void *ctx, const struct embedded *embedded)
{
    struct scan *scan = ctx;
    const struct contextuality_sentence *sentence = &scan->text->sentences[embedded->tag];
    if (scan->is_first) {
        take_first(scan, embedded);
    }
    uint32_t i = 0; /* target: all occurrences in the first pass, later those that are held */
    for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
        uint32_t row = scan->row_of[o];
        if (row && word_has_vector(embedded->status[i])) {
            memcpy(scan->rows + (row - 1) * scan->row, embedded->vectors + i * scan->row,
                   scan->row * sizeof *scan->rows);
        }
        i += scan->is_first || row;
    }
    return 0;
}

/* MEASURING */

/* BLOCKS */

/* Occurrences without replacement, each as likely as the next. */
static void draw_occurrences(struct scan *scan)
{
    uint32_t n = (uint32_t)scan->text->n_occurrences;
    uint32_t *order = mem_array(n, sizeof *order);
    struct rng rng;
    rng_init(&rng, scan->seed, STREAM_DRAWS);
    scan->n_draws = scan->plan->draws < n ? (uint32_t)scan->plan->draws : n;
    scan->draws = mem_array(scan->n_draws * scan->row, sizeof *scan->draws);
    scan->drawn = mem_array(scan->n_draws, 1);
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (uint32_t i = 0; i < scan->n_draws; i++) {
        uint32_t other = i + (uint32_t)rng_below(&rng, n - i), drawn = order[other];
        order[other] = order[i];
        scan->draw_of[drawn] = i + 1;
    }
    free(order);
}

/* Of a group that does not fit, `most` members sampled at random come first. */
static void choose_members(struct scan *scan)
{
    const struct contextuality_text *text = scan->text;
    uint64_t bytes = scan->row * sizeof(float), fitting = scan->plan->memory / bytes;
    scan->most = fitting > UINT32_MAX          ? UINT32_MAX
                 : fitting < scan->plan->least ? (uint32_t)scan->plan->least
                                               : (uint32_t)fitting;
    scan->members = mem_array(text->n_members + 1, sizeof(uint32_t));
    scan->member_senses = mem_array(text->n_members + 1, sizeof(uint32_t));
    for (size_t i = 0; i < text->n_members; i++) {
        scan->members[i] = text->members[i];
        scan->member_senses[i] = text->member_senses[i];
    }
    for (uint32_t g = 0; g < text->n_groups; g++) {
        const struct contextuality_group *group = &text->groups[g];
        struct rng rng;
        rng_init(&rng, scan->seed, STREAM_GROUPS + g);
        for (uint32_t i = 0; group->n > scan->most && i < scan->most; i++) {
            size_t a = group->first + i, b = a + rng_below(&rng, group->n - i);
            uint32_t member = scan->members[a], sense = scan->member_senses[a];
            scan->members[a] = scan->members[b];
            scan->member_senses[a] = scan->member_senses[b];
            scan->members[b] = member;
            scan->member_senses[b] = sense;
            scan->scores->most = scan->most;
        }
    }
    if (scan->scores->most) {
        log_info("suite contextuality: %s: groups of more than %u occurrences count with as many, "
                 "sampled at random: option memory=%llu holds no more",
                 text->name, scan->most, (unsigned long long)scan->plan->memory);
    }
}

/* Gives rows to the occurrences of a group that have none. */
static void hold_group(struct scan *scan, uint32_t g)
{
    const uint32_t *members = scan->members + scan->text->groups[g].first;
    for (uint32_t i = 0; i < scan_taken(scan, g); i++) {
        if (!scan->row_of[members[i]]) {
            scan->row_of[members[i]] = ++scan->n_rows;
        }
    }
}

static uint32_t count_new_rows(const struct scan *scan, uint32_t g)
{
    const uint32_t *members = scan->members + scan->text->groups[g].first;
    uint32_t n = 0;
    for (uint32_t i = 0; i < scan_taken(scan, g); i++) {
        n += !scan->row_of[members[i]];
    }
    return n;
}

/* As many groups from `first` on as memory holds. */
static void begin_block(struct scan *scan)
{
    memset(scan->row_of, 0, scan->text->n_occurrences * sizeof *scan->row_of);
    scan->n_rows = 0;
    for (scan->end = scan->first; scan->end < scan->text->n_groups; scan->end++) {
        uint64_t rows = (uint64_t)scan->n_rows + count_new_rows(scan, scan->end);
        if (scan->end > scan->first && rows * scan->row * sizeof(float) > scan->plan->memory) {
            break;
        }
        hold_group(scan, scan->end);
    }
    scan->rows = mem_array(scan->n_rows * scan->row + 1, sizeof *scan->rows);
}

/* The first block's pass goes over every sentence, though no group may be there. */
static int run_blocks(struct scan *scan)
{
    struct pool *pool = embedder_pool(scan->embedder);
    int status = 0;
    scan->is_first = true;
    do {
        begin_block(scan);
        if (scan->is_first && scan->end < scan->text->n_groups) {
            log_info("suite contextuality: %s: %u of %u words and lemmas fit into memory=%llu at a "
                     "time; the text goes through the embedder once for each such share",
                     scan->text->name, scan->end, scan->text->n_groups,
                     (unsigned long long)scan->plan->memory);
        }
        status = stream(scan, take_block, 1, !scan->is_first);
        if (status == 0 && scan->is_first) {
            pool_for(pool, scan->n_stages, scan_measure_draws, scan);
        }
        if (status == 0) {
            pool_for(pool, scan->end - scan->first, scan_measure_group, scan);
        }
        free(scan->rows);
        scan->is_first = false;
        scan->first = scan->end;
    } while (status == 0 && scan->first < scan->text->n_groups);
    return status;
}

static void make_scores(const struct scan *scan)
{
    const struct contextuality_text *text = scan->text;
    size_t n_slots = (size_t)CONTEXTUALITY_N_METHODS * scan->n_stages;
    struct contextuality_scores *scores = scan->scores;
    scores->n_stages = scan->n_stages;
    scores->groups = mem_array(n_slots * text->n_groups + 1, sizeof *scores->groups);
    scores->known = mem_array(text->n_groups + 1u, sizeof *scores->known);
    scores->sentences = mem_array(n_slots * text->n_sentences, sizeof *scores->sentences);
    scores->anisotropy = mem_array(n_slots, sizeof *scores->anisotropy);
    scores->mev_baseline = mem_array(n_slots, sizeof *scores->mev_baseline);
    for (size_t i = 0; i < n_slots * text->n_sentences; i++) {
        scores->sentences[i] = NAN;
    }
}

static void scan_init(struct scan *scan)
{
    size_t n_slots = (size_t)CONTEXTUALITY_N_METHODS * scan->n_stages;
    size_t n = scan->text->n_occurrences;
    scan->row = (size_t)scan->n_stages * scan->dim;
    scan->n_workers = pool_workers(embedder_pool(scan->embedder));
    scan->workers = mem_array(scan->n_workers, sizeof *scan->workers);
    for (uint32_t w = 0; w < scan->n_workers; w++) {
        scan->workers[w].scratch = mem_array(scan->dim, sizeof(double));
    }
    scan->known = mem_array(n, 1);
    scan->row_of = mem_array(n, sizeof *scan->row_of);
    scan->draw_of = mem_array(n, sizeof *scan->draw_of);
    scan->unit_sums = mem_array(n_slots * scan->dim, sizeof *scan->unit_sums);
    scan->n_units = mem_array(n_slots, sizeof *scan->n_units);
}

static void scan_finish(struct scan *scan)
{
    for (uint32_t w = 0; w < scan->n_workers; w++) {
        free(scan->workers[w].rows);
        free(scan->workers[w].scratch);
        free(scan->workers[w].senses);
    }
    free(scan->workers);
    free(scan->spans);
    free(scan->members);
    free(scan->member_senses);
    free(scan->known);
    free(scan->row_of);
    free(scan->draw_of);
    free(scan->draws);
    free(scan->drawn);
    free(scan->unit_sums);
    free(scan->n_units);
    free(scan->kept);
    postprocess_free(scan->standardise);
}

int contextuality_score(const struct suite_run *run, const struct contextuality_plan *plan,
                        const struct contextuality_text *text,
                        struct contextuality_scores *ret_scores)
{
    struct contextuality_scores scores = {0};
    struct scan scan = {.plan = plan,
                        .text = text,
                        .embedder = run->embedder,
                        .scores = &scores,
                        .seed = run->request->seed,
                        .n_stages = embedder_n_stages(run->embedder),
                        .dim = embedder_dim(run->embedder)};
    scan_init(&scan);
    make_scores(&scan);
    draw_occurrences(&scan);
    choose_members(&scan);
    int status = plan->wanted[CONTEXTUALITY_STANDARDISED] ? fit_standardise(&scan) : 0;
    status = status ? status : run_blocks(&scan);
    scan_finish(&scan);
    if (status) {
        contextuality_scores_finish(&scores);
        return status;
    }
    *ret_scores = scores;
    return 0;
}

void contextuality_scores_finish(struct contextuality_scores *scores)
{
    free(scores->groups);
    free(scores->known);
    free(scores->sentences);
    free(scores->anisotropy);
    free(scores->mev_baseline);
    *scores = (struct contextuality_scores){0};
}
