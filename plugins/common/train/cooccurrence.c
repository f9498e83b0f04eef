/* Counts co-occurrences: frequent pairs in a table, the others as events. */
#include "train/cooccurrence.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/cooccurrence_events.h"

#include <math.h>
#include <string.h>

enum {
    PIECE = 1 << 14,     /* word numbers taken at a time */
    PIECES_A_ROUND = 16, /* for each worker, between two looks at the memory */
    TABLE_WORDS = 2048   /* most frequent words whose pairs are counted in the table */
};

struct counting {
    struct train_job *job;
    const struct corpus *corpus;
    struct events events;
    uint64_t *
        *tables; /* [n_lanes] symmetric: the triangle row >= column; else [n_table, n_table] */
    uint64_t table_size;
    uint32_t n_table, window;
    bool symmetric;
    uint64_t *starts, n_pieces, round_begin;
};

static inline uint64_t table_place(const struct counting *counting, uint32_t row, uint32_t column)
{
    return counting->symmetric ? (uint64_t)row * (row + 1) / 2 + column
                               : (uint64_t)row * counting->n_table + column;
}

/* Words right and left of it meet at a distance. */
static inline void meet(struct counting *counting, uint64_t *table, struct event_lane *lane,
                        uint32_t left, uint32_t right, uint32_t distance)
{
    uint32_t rarer = left > right ? left : right, other = left > right ? right : left;
    uint32_t is_left = counting->symmetric || left >= right;
    if (rarer >= counting->n_table) {
        event_put(&counting->events, lane, rarer, other, is_left, distance);
        return;
    }
    uint64_t place =
        is_left ? table_place(counting, rarer, other) : table_place(counting, other, rarer);
    table[place] += counting->events.weights[distance];
}

static void count_piece(void *arg, uint32_t i, uint32_t worker)
{
    struct counting *counting = arg;
    uint64_t piece = counting->round_begin + i;
    uint64_t *table = counting->tables[worker];
    struct event_lane *lane = &counting->events.lanes[worker];
    const uint32_t *ids = counting->corpus->ids;
    for (uint64_t at = counting->starts[piece]; at < counting->starts[piece + 1]; at++) {
        if (ids[at] == CORPUS_LINE) {
            continue;
        }
        uint32_t reach = at < counting->window ? (uint32_t)at : counting->window;
        for (uint32_t d = 1; d <= reach && ids[at - d] != CORPUS_LINE; d++) {
            meet(counting, table, lane, ids[at - d], ids[at], d);
        }
    }
}

static emb_status make_tables(struct counting *counting)
{
    const struct train_job *job = counting->job;
    uint64_t n = counting->corpus->vocabulary.n_words;
    n = n < TABLE_WORDS ? n : TABLE_WORDS;
    while (n > 1 && n * n * sizeof(uint64_t) * job->n_lanes > job->memory_bytes / 8) {
        n /= 2;
    }
    counting->n_table = (uint32_t)n;
    counting->table_size = counting->symmetric ? n * (n + 1) / 2 : n * n;
    TRY(job_alloc(job, job->n_lanes, sizeof *counting->tables, "tables", &counting->tables));
    for (uint32_t l = 0; l < job->n_lanes; l++) {
        TRY(job_alloc(job, counting->table_size, sizeof(uint64_t), "the table of pairs",
                      &counting->tables[l]));
    }
    return EMB_OK;
}

static emb_status count_all(struct counting *counting)
{
    struct train_job *job = counting->job;
    uint64_t limit = job->memory_bytes / 2;
    uint32_t round = PIECES_A_ROUND * job->n_lanes;
    for (uint64_t begin = 0; begin < counting->n_pieces; begin += round) {
        uint64_t rest = counting->n_pieces - begin;
        counting->round_begin = begin;
        job_items(job, (uint32_t)(rest < round ? rest : round), count_piece, counting);
        for (uint32_t l = 0; l < job->n_lanes; l++) {
            if (counting->events.lanes[l].failed) {
                return emb_failf(job->host, EMB_E_NOMEM,
                                 "glove: out of memory for co-occurrences; lower memory");
            }
        }
        if (events_bytes(&counting->events) > limit) {
            TRY(events_spill(&counting->events));
        }
        TRY(job_step(job, counting->starts[begin + (rest < round ? rest : round)], NAN));
    }
    return EMB_OK;
}

/* Lanes' sums of one pair, appended to records if they met. */
static void give_pair(const struct counting *counting, uint32_t row, uint32_t column,
                      struct cooccurrence *records, uint32_t *n)
{
    uint64_t place = table_place(counting, row, column), weight = 0;
    for (uint32_t l = 0; l < counting->job->n_lanes; l++) {
        weight += counting->tables[l][place];
    }
    if (weight > 0) {
        records[(*n)++] = (struct cooccurrence){row, column, weight};
    }
}

/* The tables' sums in the order that events have (cooccurrence_events.c, compare): by the rarer
 * word, so that the size of the table does not show. */
static emb_status give_tables(const struct counting *counting, struct spool *to)
{
    for (uint32_t rarer = 0; rarer < counting->n_table; rarer++) {
        struct cooccurrence records[2 * TABLE_WORDS];
        uint32_t n = 0;
        for (uint32_t other = 0; other < rarer && !counting->symmetric; other++) {
            give_pair(counting, other, rarer, records, &n);
        }
        for (uint32_t other = 0; other <= rarer; other++) {
            give_pair(counting, rarer, other, records, &n);
        }
        TRY(spool_append(to, records, n * sizeof *records));
    }
    return EMB_OK;
}

/* Both orders of a word and itself are one pair, met twice. */
static void double_diagonal(struct cooccurrence *records, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (records[i].row == records[i].column) {
            records[i].weight *= 2;
        }
    }
}

static emb_status count(struct counting *counting, struct cooccurrences *counts)
{
    struct train_job *job = counting->job;
    TRY(make_tables(counting));
    TRY(events_init(&counting->events, job, &counting->corpus->vocabulary, counting->n_table));
    TRY(corpus_cut(counting->corpus, PIECE, PIECE, &counting->starts, &counting->n_pieces));
    TRY(count_all(counting));
    TRY(give_tables(counting, &counts->spool));
    TRY(events_gather(&counting->events, &counts->spool));
    void *records = NULL;
    TRY(spool_map(&counts->spool, &records));
    counts->records = records;
    counts->n = counts->spool.n_bytes / sizeof *counts->records;
    if (counting->symmetric) {
        double_diagonal(records, counts->n);
    }
    return EMB_OK;
}

emb_status cooccurrences_count(struct cooccurrences *counts, struct train_job *job,
                               const struct corpus *corpus, uint32_t window, bool symmetric)
{
    struct counting counting = {
        .job = job, .corpus = corpus, .window = window, .symmetric = symmetric};
    *counts = (struct cooccurrences){0};
    spool_init(&counts->spool, job, "co-occurrences", job->memory_bytes / 4);
    job_phase(job, 2, "co-occurrences", "words", 0, corpus->n_ids);
    emb_status status = count(&counting, counts);
    job->counting_seconds = job_phase_seconds(job);
    events_finish(&counting.events);
    for (uint32_t l = 0; counting.tables && l < job->n_lanes; l++) {
        job->host->free(job->host, counting.tables[l]);
    }
    job->host->free(job->host, counting.tables);
    job->host->free(job->host, counting.starts);
    return status;
}

void cooccurrences_finish(struct cooccurrences *counts)
{
    spool_finish(&counts->spool);
    *counts = (struct cooccurrences){0};
}
