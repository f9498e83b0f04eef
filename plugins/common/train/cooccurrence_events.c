/* Collects events in buckets, sorts and merges them, spilling to a file. */
#include "train/cooccurrence_events.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

enum { MOST_SLAB_BLOCKS = 255, RADIX_BITS = 9 };

/* Buckets hold words of consecutive numbers with about equal numbers of events: a word of number w
 * meets the words before it about count(w) * share(words before w) times. */
static void share_out(struct events *events, const struct word_counts *vocabulary, uint32_t first)
{
    double before = 0, total = 0, sum = 0;
    for (uint32_t w = 0; w < events->n_words; w++) {
        before += (double)vocabulary->words[w].count;
        total += w >= first ? (double)vocabulary->words[w].count * before : 0;
    }
    before = 0;
    uint32_t bucket = 0;
    events->first_word[0] = first < events->n_words ? first : 0;
    for (uint32_t w = 0; w < events->n_words; w++) {
        before += (double)vocabulary->words[w].count;
        if (w < first) {
            continue;
        }
        while (bucket + 1 < EVENT_BUCKETS && sum >= total * (bucket + 1) / EVENT_BUCKETS) {
            events->first_word[++bucket] = w;
        }
        sum += (double)vocabulary->words[w].count * before;
        events->bucket_of[w] = bucket;
    }
    while (bucket < EVENT_BUCKETS) {
        events->first_word[++bucket] = events->n_words;
    }
}

emb_status events_init(struct events *events, struct train_job *job,
                       const struct word_counts *vocabulary, uint32_t first)
{
    *events = (struct events){.job = job, .n_words = vocabulary->n_words};
    if (events->n_words > UINT32_C(1) << EVENT_WORD_BITS) {
        return emb_failf(job->host, EMB_E_UNSUPPORTED,
                         "glove: %u words, at most %u; raise min-count or set max-vocab",
                         events->n_words, UINT32_C(1) << EVENT_WORD_BITS);
    }
    spool_init(&events->spilled, job, "co-occurrence counts", 0);
    for (uint32_t d = 1; d <= COOCCURRENCE_MAX_WINDOW; d++) {
        events->weights[d] = ((UINT64_C(1) << 32) + d / 2) / d;
    }
    TRY(job_alloc(job, job->n_lanes, sizeof *events->lanes, "workers", &events->lanes));
    TRY(job_alloc(job, events->n_words, sizeof *events->bucket_of, "buckets", &events->bucket_of));
    share_out(events, vocabulary, first);
    return EMB_OK;
}

void events_finish(struct events *events)
{
    if (!events->job) {
        return;
    }
    const struct emb_host *host = events->job->host;
    for (uint32_t l = 0; events->lanes && l < events->job->n_lanes; l++) {
        for (void *slab = events->lanes[l].slabs, *next; slab; slab = next) {
            memcpy(&next, slab, sizeof next);
            host->free(host, slab);
        }
    }
    while (events->runs) {
        struct event_run *next = events->runs->next;
        host->free(host, events->runs);
        events->runs = next;
    }
    host->free(host, events->lanes);
    host->free(host, events->bucket_of);
    spool_finish(&events->spilled);
    *events = (struct events){0};
}

/* Cut a new slab into free blocks. Plain host memory: large pages would be half empty. */
static void new_slab(struct event_lane *lane, const struct train_job *job)
{
    uint64_t n_blocks = job->memory_bytes / 16 / job->n_lanes / sizeof(struct event_block);
    n_blocks = n_blocks < 1 ? 1 : n_blocks < MOST_SLAB_BLOCKS ? n_blocks : MOST_SLAB_BLOCKS;
    uint64_t bytes = 64 + n_blocks * sizeof(struct event_block);
    char *slab = job->host->alloc(job->host, bytes);
    if (!slab) {
        lane->failed = true;
        return;
    }
    memcpy(slab, &lane->slabs, sizeof lane->slabs);
    lane->slabs = slab;
    lane->n_bytes += bytes;
    struct event_block *blocks = (struct event_block *)(void *)(slab + 64);
    for (uint64_t i = 0; i < n_blocks; i++) {
        blocks[i].next = lane->free_blocks;
        lane->free_blocks = &blocks[i];
    }
}

void event_new_block(struct event_lane *lane, const struct train_job *job, uint32_t bucket)
{
    if (!lane->free_blocks) {
        new_slab(lane, job);
        if (lane->failed) {
            return;
        }
    }
    struct event_block *block = lane->free_blocks;
    lane->free_blocks = block->next;
    block->next = lane->blocks[bucket];
    lane->blocks[bucket] = block;
    lane->fill[bucket] = 0;
}

uint64_t events_bytes(const struct events *events)
{
    uint64_t bytes = 0;
    for (uint32_t l = 0; l < events->job->n_lanes; l++) {
        bytes += events->lanes[l].n_bytes;
    }
    return bytes;
}

/* One worker's work on one bucket: its events, their sums, the sums merged with earlier ones. */
struct gathering {
    struct events *events;
    struct sums {
        struct cooccurrence *records; /* NULL: none */
        uint64_t n;
        emb_status status;
    } sums[EVENT_BUCKETS];
    uint32_t begin, end; /* buckets of this round */
    bool with_runs;
};

static uint64_t count_events(const struct events *events, uint32_t bucket)
{
    uint64_t n = 0;
    for (uint32_t l = 0; l < events->job->n_lanes; l++) {
        const struct event_lane *lane = &events->lanes[l];
        for (const struct event_block *b = lane->blocks[bucket]; b; b = b->next) {
            n += b == lane->blocks[bucket] ? lane->fill[bucket] : EVENT_BLOCK;
        }
    }
    return n;
}

static void copy_events(const struct events *events, uint32_t bucket, uint64_t *to)
{
    for (uint32_t l = 0; l < events->job->n_lanes; l++) {
        const struct event_lane *lane = &events->lanes[l];
        for (const struct event_block *b = lane->blocks[bucket]; b; b = b->next) {
            uint64_t n = b == lane->blocks[bucket] ? lane->fill[bucket] : EVENT_BLOCK;
            memcpy(to, b->events, n * sizeof *to);
            to += n;
        }
    }
}

/* Least significant digit first, over bits [8, top). Returns whichever buffer holds the result. */
static uint64_t *radix_sort(uint64_t *keys, uint64_t *other, uint64_t n, uint32_t top)
{
    for (uint32_t shift = 8; shift < top; shift += RADIX_BITS) {
        uint32_t begin[1 << RADIX_BITS] = {0}, mask = (1 << RADIX_BITS) - 1, sum = 0;
        for (uint64_t i = 0; i < n; i++) {
            begin[keys[i] >> shift & mask]++;
        }
        if (begin[keys[0] >> shift & mask] == n) {
            continue; /* all alike: nothing to sort by */
        }
        for (uint32_t d = 0; d <= mask; d++) {
            uint32_t here = begin[d];
            begin[d] = sum;
            sum += here;
        }
        for (uint64_t i = 0; i < n; i++) {
            other[begin[keys[i] >> shift & mask]++] = keys[i];
        }
        uint64_t *swap = keys;
        keys = other;
        other = swap;
    }
    return keys;
}

static struct cooccurrence pair_of(const struct events *events, uint32_t bucket, uint64_t key)
{
    uint32_t rarer = events->first_word[bucket] + (uint32_t)(key >> 36);
    uint32_t other = (uint32_t)(key >> 8) & ((UINT32_C(1) << EVENT_WORD_BITS) - 1);
    bool is_left = key >> 35 & 1;
    /* without an order the rarer word is the row as well */
    return is_left ? (struct cooccurrence){rarer, other, 0}
                   : (struct cooccurrence){other, rarer, 0};
}

static uint64_t add_up(const struct events *events, uint32_t bucket, const uint64_t *keys,
                       uint64_t n, struct cooccurrence *to)
{
    uint64_t made = 0;
    for (uint64_t i = 0; i < n; made++) {
        to[made] = pair_of(events, bucket, keys[i]);
        uint64_t pair = keys[i] >> 8;
        for (; i < n && keys[i] >> 8 == pair; i++) {
            to[made].weight += events->weights[keys[i] & 255];
        }
    }
    return made;
}

static uint64_t count_pairs(const uint64_t *keys, uint64_t n)
{
    uint64_t pairs = n > 0;
    for (uint64_t i = 1; i < n; i++) {
        pairs += keys[i] >> 8 != keys[i - 1] >> 8;
    }
    return pairs;
}

/* Highest bit used by a bucket's keys, above the distance. */
static uint32_t top_bit(const struct events *events, uint32_t bucket)
{
    uint32_t words = events->first_word[bucket + 1] - events->first_word[bucket], bits = 0;
    while (words > 1 && (words - 1) >> bits) {
        bits++;
    }
    return 36 + bits;
}

static emb_status sum_events(struct events *events, uint32_t bucket, struct sums *sums)
{
    const struct train_job *job = events->job;
    uint64_t n = count_events(events, bucket), *keys = NULL, *other = NULL;
    sums->n = 0;
    if (n == 0) {
        return EMB_OK;
    }
    if (n > UINT32_MAX) {
        return emb_failf(job->host, EMB_E_NOMEM, "glove: %llu events in one bucket; lower memory",
                         (unsigned long long)n);
    }
    emb_status status = job_alloc(job, n, sizeof *keys, "sorting", &keys);
    if (status == EMB_OK) {
        status = job_alloc(job, n, sizeof *other, "sorting", &other);
    }
    if (status == EMB_OK) {
        copy_events(events, bucket, keys);
        const uint64_t *sorted = radix_sort(keys, other, n, top_bit(events, bucket));
        status =
            job_alloc(job, count_pairs(sorted, n), sizeof *sums->records, "counts", &sums->records);
        if (status == EMB_OK) {
            sums->n = add_up(events, bucket, sorted, n, sums->records);
        }
    }
    job->host->free(job->host, keys);
    job->host->free(job->host, other);
    return status;
}

/* The order within a bucket, as radix_sort leaves it: by rarer word, then right before left, then
 * by the other word. */
static int compare(const struct cooccurrence *a, const struct cooccurrence *b)
{
    uint32_t rarer_a = a->row > a->column ? a->row : a->column;
    uint32_t rarer_b = b->row > b->column ? b->row : b->column;
    if (rarer_a != rarer_b) {
        return rarer_a < rarer_b ? -1 : 1;
    }
    int left_a = a->row == rarer_a, left_b = b->row == rarer_b;
    uint32_t other_a = left_a ? a->column : a->row, other_b = left_b ? b->column : b->row;
    if (left_a != left_b) {
        return left_a - left_b;
    }
    return other_a < other_b ? -1 : other_a > other_b;
}

/* records + run -> records */
static emb_status merge(const struct train_job *job, struct sums *sums,
                        const struct cooccurrence *run, uint64_t n)
{
    struct cooccurrence *merged;
    TRY(job_alloc(job, sums->n + n, sizeof *merged, "merging counts", &merged));
    uint64_t i = 0, j = 0, made = 0;
    while (i < sums->n || j < n) {
        int order = i == sums->n ? 1 : j == n ? -1 : compare(&sums->records[i], &run[j]);
        merged[made] = order <= 0 ? sums->records[i] : run[j];
        if (order == 0) {
            merged[made].weight += run[j].weight;
        }
        i += order <= 0;
        j += order >= 0;
        made++;
    }
    job->host->free(job->host, sums->records);
    sums->records = merged;
    sums->n = made;
    return EMB_OK;
}

static void gather_bucket(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct gathering *gathering = arg;
    struct events *events = gathering->events;
    uint32_t bucket = gathering->begin + i;
    struct sums *sums = &gathering->sums[bucket];
    sums->status = sum_events(events, bucket, sums);
    if (!gathering->with_runs || !events->spilled_records) {
        return;
    }
    for (const struct event_run *run = events->runs; run && sums->status == EMB_OK;
         run = run->next) {
        if (run->bucket == bucket) {
            sums->status =
                merge(events->job, sums,
                      events->spilled_records + run->offset / sizeof(struct cooccurrence), run->n);
        }
    }
}

static emb_status note_run(struct events *events, uint32_t bucket, uint64_t n)
{
    struct event_run *run;
    emb_status status = job_alloc(events->job, 1, sizeof *run, "a run", &run);
    if (status == EMB_OK) {
        *run = (struct event_run){events->spilled.n_bytes, n, bucket, events->runs};
        events->runs = run;
    }
    return status;
}

static void empty_buckets(struct events *events)
{
    for (uint32_t l = 0; l < events->job->n_lanes; l++) {
        struct event_lane *lane = &events->lanes[l];
        memset(lane->blocks, 0, sizeof lane->blocks);
        memset(lane->fill, 0, sizeof lane->fill);
        lane->free_blocks = NULL;
        while (lane->slabs) {
            void *next;
            memcpy(&next, lane->slabs, sizeof next);
            events->job->host->free(events->job->host, lane->slabs);
            lane->slabs = next;
        }
        lane->n_bytes = 0;
    }
}

/* All buckets to `to`, a few at a time so that their sums stay small beside the events. */
static emb_status gather(struct events *events, struct spool *to, bool is_spill)
{
    const struct train_job *job = events->job;
    struct gathering *gathering;
    emb_status status = job_alloc(job, 1, sizeof *gathering, "counts", &gathering);
    if (status != EMB_OK) {
        return status;
    }
    gathering->events = events;
    gathering->with_runs = !is_spill;
    uint32_t step = 4 * job->n_lanes;
    for (uint32_t begin = 0; begin < EVENT_BUCKETS && status == EMB_OK; begin += step) {
        gathering->begin = begin;
        gathering->end = begin + step < EVENT_BUCKETS ? begin + step : EVENT_BUCKETS;
        job_items(job, gathering->end - begin, gather_bucket, gathering);
        for (uint32_t b = begin; b < gathering->end; b++) {
            struct sums *sums = &gathering->sums[b];
            if (status == EMB_OK &&
                sums->status != EMB_OK) { /* reported by another thread so far */
                status = emb_failf(job->host, sums->status,
                                   "glove: out of memory while adding up co-occurrences; lower "
                                   "memory or the number of threads");
            }
            if (status == EMB_OK && is_spill && sums->n > 0) {
                status = note_run(events, b, sums->n);
            }
            if (status == EMB_OK) {
                status = spool_append(to, sums->records, sums->n * sizeof *sums->records);
            }
            job->host->free(job->host, sums->records);
            sums->records = NULL;
        }
    }
    job->host->free(job->host, gathering);
    return status;
}

emb_status events_spill(struct events *events)
{
    emb_status status = gather(events, &events->spilled, true);
    empty_buckets(events);
    return status;
}

emb_status events_gather(struct events *events, struct spool *to)
{
    void *records = NULL;
    emb_status status = EMB_OK;
    if (events->runs) {
        status = spool_map(&events->spilled, &records);
        events->spilled_records = records;
    }
    if (status == EMB_OK) {
        status = gather(events, to, false);
    }
    empty_buckets(events);
    return status;
}
