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

size_t scan_slot_of(const struct pass *pass, int method, uint32_t stage)
{
    return (size_t)method * pass->n_stages + stage;
}

uint32_t scan_taken(const struct pass *pass, uint32_t group)
{
    uint32_t n = pass->text->groups[group].n;
    return n < pass->most ? n : pass->most;
}

float *scan_room_for_rows(struct worker *worker, size_t n_floats)
{
    if (n_floats > worker->rows_capacity) {
        free(worker->rows); /* what was there is not wanted */
        worker->rows = mem_array(n_floats, sizeof *worker->rows);
        worker->rows_capacity = n_floats;
    }
    return worker->rows;
}

void scan_standardise_rows(const struct pass *pass, const struct worker *worker, uint32_t stage,
                           float *rows, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        float *row = rows + (size_t)i * pass->dim;
        postprocess_apply(pass->standardise, stage, row, worker->scratch, row);
    }
}

/* STREAMING */

/* Sentences first, first + step, …; held: only occurrences that are held. */
static int stream(struct pass *pass, embed_take take, uint32_t step, bool held)
{
    const struct contextuality_text *text = pass->text;
    struct embed_stream *stream =
        embed_stream_create(pass->embedder, EMB_POOL_MEAN, take, pass, text->name,
                            (text->n_sentences + step - 1) / step);
    int code = 0;
    for (uint32_t s = 0; code == 0 && s < text->n_sentences; s += step) {
        const struct contextuality_sentence *sentence = &text->sentences[s];
        uint32_t n = 0;
        for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
            if (!held || pass->row_of[o]) {
                MEM_GROW(pass->spans, pass->spans_capacity, n + 1);
                pass->spans[n++] = text->occurrences[o].span;
            }
        }
        if (n) {
            code = embed_stream_push(stream, s, sentence->text, sentence->n_bytes, sentence->tokens,
                                     sentence->n_tokens, pass->spans, n);
        }
    }
    if (code) {
        embed_stream_cancel(stream);
        return code;
    }
    return embed_stream_finish(stream);
}

static int take_sample(void *ctx, const struct embedded *embedded)
{
    struct pass *pass = ctx;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (word_has_vector(embedded->status[i])) {
            postprocess_add(pass->standardise, embedded->vectors + i * pass->row, 1);
        }
    }
    return 0;
}

/* Mean and deviation of each dimension, from about plan.sample sentences evenly spaced. */
static int fit_standardise(struct pass *pass)
{
    const struct postprocess_spec spec = {.kind = POSTPROCESS_STANDARDISE};
    uint64_t sample = pass->plan->sample;
    uint32_t n = (uint32_t)pass->text->n_sentences;
    pass->standardise = postprocess_create(&spec, pass->n_stages, pass->dim);
    int code = stream(pass, take_sample, sample && sample < n ? n / (uint32_t)sample : 1, false);
    code = code ? code : postprocess_fit(pass->standardise);
    return code ? error_context(code, "suite contextuality: %s: standardising", pass->text->name)
                : 0;
}

static void measure_sentence_at(void *arg, uint32_t stage, uint32_t number)
{
    struct pass *pass = arg;
    struct worker *worker = &pass->workers[number];
    float *rows = scan_room_for_rows(worker, (size_t)pass->n_kept * pass->dim);
    for (uint32_t i = 0; i < pass->n_kept; i++) {
        memcpy(rows + (size_t)i * pass->dim,
               pass->embedded->vectors + pass->kept[i] * pass->row + (size_t)stage * pass->dim,
               pass->dim * sizeof *rows);
    }
    for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
        if (!pass->plan->wanted[m]) {
            continue;
        }
        if (m == CONTEXTUALITY_STANDARDISED) {
            scan_standardise_rows(pass, worker, stage, rows, pass->n_kept);
        }
        size_t slot = scan_slot_of(pass, m, stage);
        pass->scores->sentences[slot * pass->text->n_sentences + pass->sentence] =
            contextuality_of_sentence(rows, pass->n_kept, pass->dim,
                                      pass->unit_sums + slot * pass->dim, &pass->n_units[slot]);
    }
}

/* What the whole text is measured by, and the draws. */
static void take_first(struct pass *pass, const struct embedded *embedded)
{
    const struct contextuality_sentence *sentence = &pass->text->sentences[embedded->tag];
    pass->embedded = embedded;
    pass->sentence = (uint32_t)embedded->tag;
    pass->n_kept = 0;
    for (uint32_t i = 0; i < embedded->n_targets; i++) {
        if (!word_has_vector(embedded->status[i])) {
            continue;
        }
        uint32_t o = sentence->first + i, draw = pass->draw_of[o];
        MEM_GROW(pass->kept, pass->kept_capacity, pass->n_kept + 1);
        pass->kept[pass->n_kept++] = i;
        pass->known[o] = 1;
        if (draw) {
            memcpy(pass->draws + (draw - 1) * pass->row, embedded->vectors + i * pass->row,
                   pass->row * sizeof *pass->draws);
            pass->drawn[draw - 1] = 1;
        }
    }
    pass->scores->n_known += pass->n_kept;
    if (pass->n_kept) {
        pool_for(embedder_pool(pass->embedder), pass->n_stages, measure_sentence_at, pass);
    }
}

static int take_block(void *ctx, const struct embedded *embedded)
{
    struct pass *pass = ctx;
    const struct contextuality_sentence *sentence = &pass->text->sentences[embedded->tag];
    if (pass->is_first) {
        take_first(pass, embedded);
    }
    uint32_t i = 0; /* target: all occurrences in the first pass, later those that are held */
    for (uint32_t o = sentence->first; o < sentence->first + sentence->n; o++) {
        uint32_t row = pass->row_of[o];
        if (row && word_has_vector(embedded->status[i])) {
            memcpy(pass->rows + (row - 1) * pass->row, embedded->vectors + i * pass->row,
                   pass->row * sizeof *pass->rows);
        }
        i += pass->is_first || row;
    }
    return 0;
}

/* MEASURING */

/* BLOCKS */

/* Occurrences without replacement, each as likely as the next. */
static void draw_occurrences(struct pass *pass)
{
    uint32_t n = (uint32_t)pass->text->n_occurrences;
    uint32_t *order = mem_array(n, sizeof *order);
    struct rng rng;
    rng_init(&rng, pass->seed, STREAM_DRAWS);
    pass->n_draws = pass->plan->draws < n ? (uint32_t)pass->plan->draws : n;
    pass->draws = mem_array(pass->n_draws * pass->row, sizeof *pass->draws);
    pass->drawn = mem_array(pass->n_draws, 1);
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (uint32_t i = 0; i < pass->n_draws; i++) {
        uint32_t other = i + (uint32_t)rng_below(&rng, n - i), drawn = order[other];
        order[other] = order[i];
        pass->draw_of[drawn] = i + 1;
    }
    free(order);
}

/* Of a group that does not fit, `most` members drawn by lot come first. */
static void choose_members(struct pass *pass)
{
    const struct contextuality_text *text = pass->text;
    uint64_t bytes = pass->row * sizeof(float), fitting = pass->plan->memory / bytes;
    pass->most = fitting > UINT32_MAX          ? UINT32_MAX
                 : fitting < pass->plan->least ? (uint32_t)pass->plan->least
                                               : (uint32_t)fitting;
    pass->members = mem_array(text->n_members + 1, sizeof(uint32_t));
    pass->member_senses = mem_array(text->n_members + 1, sizeof(uint32_t));
    for (size_t i = 0; i < text->n_members; i++) {
        pass->members[i] = text->members[i];
        pass->member_senses[i] = text->member_senses[i];
    }
    for (uint32_t g = 0; g < text->n_groups; g++) {
        const struct contextuality_group *group = &text->groups[g];
        struct rng rng;
        rng_init(&rng, pass->seed, STREAM_GROUPS + g);
        for (uint32_t i = 0; group->n > pass->most && i < pass->most; i++) {
            size_t a = group->first + i, b = a + rng_below(&rng, group->n - i);
            uint32_t member = pass->members[a], sense = pass->member_senses[a];
            pass->members[a] = pass->members[b];
            pass->member_senses[a] = pass->member_senses[b];
            pass->members[b] = member;
            pass->member_senses[b] = sense;
            pass->scores->most = pass->most;
        }
    }
    if (pass->scores->most) {
        log_info("suite contextuality: %s: groups of more than %u occurrences count with as many, "
                 "drawn by lot: option memory=%llu holds no more",
                 text->name, pass->most, (unsigned long long)pass->plan->memory);
    }
}

/* Gives rows to the occurrences of a group that have none. */
static void hold_group(struct pass *pass, uint32_t g)
{
    const uint32_t *members = pass->members + pass->text->groups[g].first;
    for (uint32_t i = 0; i < scan_taken(pass, g); i++) {
        if (!pass->row_of[members[i]]) {
            pass->row_of[members[i]] = ++pass->n_rows;
        }
    }
}

static uint32_t count_new_rows(const struct pass *pass, uint32_t g)
{
    const uint32_t *members = pass->members + pass->text->groups[g].first;
    uint32_t n = 0;
    for (uint32_t i = 0; i < scan_taken(pass, g); i++) {
        n += !pass->row_of[members[i]];
    }
    return n;
}

/* As many groups from `first` on as memory holds. */
static void begin_block(struct pass *pass)
{
    memset(pass->row_of, 0, pass->text->n_occurrences * sizeof *pass->row_of);
    pass->n_rows = 0;
    for (pass->end = pass->first; pass->end < pass->text->n_groups; pass->end++) {
        uint64_t rows = (uint64_t)pass->n_rows + count_new_rows(pass, pass->end);
        if (pass->end > pass->first && rows * pass->row * sizeof(float) > pass->plan->memory) {
            break;
        }
        hold_group(pass, pass->end);
    }
    pass->rows = mem_array(pass->n_rows * pass->row + 1, sizeof *pass->rows);
}

/* The first block's pass goes over every sentence, though no group may be there. */
static int run_blocks(struct pass *pass)
{
    struct pool *pool = embedder_pool(pass->embedder);
    int code = 0;
    pass->is_first = true;
    do {
        begin_block(pass);
        if (pass->is_first && pass->end < pass->text->n_groups) {
            log_info("suite contextuality: %s: %u of %u words and lemmas fit into memory=%llu at a "
                     "time; the text goes through the embedder once for each such share",
                     pass->text->name, pass->end, pass->text->n_groups,
                     (unsigned long long)pass->plan->memory);
        }
        code = stream(pass, take_block, 1, !pass->is_first);
        if (code == 0 && pass->is_first) {
            pool_for(pool, pass->n_stages, scan_measure_draws, pass);
        }
        if (code == 0) {
            pool_for(pool, pass->end - pass->first, scan_measure_group, pass);
        }
        free(pass->rows);
        pass->is_first = false;
        pass->first = pass->end;
    } while (code == 0 && pass->first < pass->text->n_groups);
    return code;
}

static void make_scores(const struct pass *pass)
{
    const struct contextuality_text *text = pass->text;
    size_t n_slots = (size_t)CONTEXTUALITY_N_METHODS * pass->n_stages;
    struct contextuality_scores *scores = pass->scores;
    scores->n_stages = pass->n_stages;
    scores->groups = mem_array(n_slots * text->n_groups + 1, sizeof *scores->groups);
    scores->known = mem_array(text->n_groups + 1u, sizeof *scores->known);
    scores->sentences = mem_array(n_slots * text->n_sentences, sizeof *scores->sentences);
    scores->anisotropy = mem_array(n_slots, sizeof *scores->anisotropy);
    scores->mev_baseline = mem_array(n_slots, sizeof *scores->mev_baseline);
    for (size_t i = 0; i < n_slots * text->n_sentences; i++) {
        scores->sentences[i] = NAN;
    }
}

static void pass_init(struct pass *pass)
{
    size_t n_slots = (size_t)CONTEXTUALITY_N_METHODS * pass->n_stages;
    size_t n = pass->text->n_occurrences;
    pass->row = (size_t)pass->n_stages * pass->dim;
    pass->n_workers = pool_workers(embedder_pool(pass->embedder));
    pass->workers = mem_array(pass->n_workers, sizeof *pass->workers);
    for (uint32_t w = 0; w < pass->n_workers; w++) {
        pass->workers[w].scratch = mem_array(pass->dim, sizeof(double));
    }
    pass->known = mem_array(n, 1);
    pass->row_of = mem_array(n, sizeof *pass->row_of);
    pass->draw_of = mem_array(n, sizeof *pass->draw_of);
    pass->unit_sums = mem_array(n_slots * pass->dim, sizeof *pass->unit_sums);
    pass->n_units = mem_array(n_slots, sizeof *pass->n_units);
}

static void pass_finish(struct pass *pass)
{
    for (uint32_t w = 0; w < pass->n_workers; w++) {
        free(pass->workers[w].rows);
        free(pass->workers[w].scratch);
        free(pass->workers[w].senses);
    }
    free(pass->workers);
    free(pass->spans);
    free(pass->members);
    free(pass->member_senses);
    free(pass->known);
    free(pass->row_of);
    free(pass->draw_of);
    free(pass->draws);
    free(pass->drawn);
    free(pass->unit_sums);
    free(pass->n_units);
    free(pass->kept);
    postprocess_free(pass->standardise);
}

int contextuality_score(const struct suite_run *run, const struct contextuality_plan *plan,
                        const struct contextuality_text *text,
                        struct contextuality_scores *ret_scores)
{
    struct contextuality_scores scores = {0};
    struct pass pass = {.plan = plan,
                        .text = text,
                        .embedder = run->embedder,
                        .scores = &scores,
                        .seed = run->request->seed,
                        .n_stages = embedder_n_stages(run->embedder),
                        .dim = embedder_dim(run->embedder)};
    pass_init(&pass);
    make_scores(&pass);
    draw_occurrences(&pass);
    choose_members(&pass);
    int code = plan->wanted[CONTEXTUALITY_STANDARDISED] ? fit_standardise(&pass) : 0;
    code = code ? code : run_blocks(&pass);
    pass_finish(&pass);
    if (code) {
        contextuality_scores_finish(&scores);
        return code;
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
