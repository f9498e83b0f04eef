/* Shuffles co-occurrence records into tiles that fit the cache. */
#include "train/tiles.h"

#include "train/rng.h"

#include <math.h>
#include <string.h>

enum {
    BLOCK_BYTES = 320 << 10, /* rows of a block: two blocks fit a second-level cache of 1 MB */
    MIN_BLOCKS = 16,
    MAX_BLOCKS = 256
};

/* Work on the tiles of row blocks [begin, end). */
struct dealing {
    struct tiles *tiles;
    const struct cooccurrences *counts;
    struct tiles_weighting weighting;
    bool symmetric;
    uint32_t begin, end;
    uint64_t *places;             /* [n_lanes, tiles]: counts, then where a lane's next goes */
    struct glove_record *records; /* of these row blocks */
    uint64_t seed;
};

static uint64_t tile_of(const struct tiles *tiles, uint32_t row, uint32_t column)
{
    return (uint64_t)(row % tiles->n_blocks) * tiles->n_blocks + column % tiles->n_blocks;
}

/* A lane's share of the counts: consecutive, so that the order of records in a tile does not
 * depend on the number of lanes. */
static void share_of(const struct dealing *dealing, uint32_t lane, uint64_t *ret_begin,
                     uint64_t *ret_end)
{
    uint32_t n_lanes = dealing->tiles->job->n_lanes;
    *ret_begin = dealing->counts->n * lane / n_lanes;
    *ret_end = dealing->counts->n * (lane + 1) / n_lanes;
}

static void count_tiles(void *arg, uint32_t lane, uint32_t worker)
{
    (void)worker;
    struct dealing *dealing = arg;
    const struct tiles *tiles = dealing->tiles;
    uint64_t *places = dealing->places + lane * (uint64_t)tiles->n_blocks * tiles->n_blocks;
    uint64_t begin, end;
    share_of(dealing, lane, &begin, &end);
    for (uint64_t i = begin; i < end; i++) {
        const struct cooccurrence *pair = &dealing->counts->records[i];
        places[tile_of(tiles, pair->row, pair->column)]++;
        if (dealing->symmetric && pair->row != pair->column) {
            places[tile_of(tiles, pair->column, pair->row)]++;
        }
    }
}

static inline void deal(const struct dealing *dealing, uint64_t *places, uint32_t row,
                        uint32_t column, float log_count, float weight)
{
    const struct tiles *tiles = dealing->tiles;
    uint32_t block = row % tiles->n_blocks;
    if (block >= dealing->begin && block < dealing->end) {
        uint64_t place = places[tile_of(tiles, row, column)]++;
        dealing->records[place - tiles->begin[(uint64_t)dealing->begin * tiles->n_blocks]] =
            (struct glove_record){row / tiles->n_blocks, column / tiles->n_blocks, log_count,
                                  weight};
    }
}

static void deal_records(void *arg, uint32_t lane, uint32_t worker)
{
    (void)worker;
    struct dealing *dealing = arg;
    const struct tiles *tiles = dealing->tiles;
    uint64_t *places = dealing->places + lane * (uint64_t)tiles->n_blocks * tiles->n_blocks;
    uint64_t begin, end;
    share_of(dealing, lane, &begin, &end);
    float x_max = (float)dealing->weighting.x_max, alpha = (float)dealing->weighting.alpha;
    for (uint64_t i = begin; i < end; i++) {
        const struct cooccurrence *pair = &dealing->counts->records[i];
        float count = (float)((double)pair->weight * COOCCURRENCE_UNIT);
        float log_count = logf(count);
        float weight = count < x_max ? powf(count / x_max, alpha) : 1;
        deal(dealing, places, pair->row, pair->column, log_count, weight);
        if (dealing->symmetric && pair->row != pair->column) {
            deal(dealing, places, pair->column, pair->row, log_count, weight);
        }
    }
}

/* Fisher and Yates, by the tile's own random numbers. */
static void shuffle_tiles(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct dealing *dealing = arg;
    const struct tiles *tiles = dealing->tiles;
    uint64_t first = (uint64_t)dealing->begin * tiles->n_blocks;
    for (uint32_t column = 0; column < tiles->n_blocks; column++) {
        uint64_t tile = (uint64_t)(dealing->begin + i) * tiles->n_blocks + column;
        uint64_t n = tiles->begin[tile + 1] - tiles->begin[tile];
        struct glove_record *records =
            dealing->records + (tiles->begin[tile] - tiles->begin[first]);
        struct rng rng = rng_stream(dealing->seed, tile, UINT64_C(0x7116));
        for (uint64_t k = n; k > 1; k--) {
            uint64_t other = rng_below(&rng, k < UINT32_MAX ? (uint32_t)k : UINT32_MAX);
            struct glove_record swap = records[k - 1];
            records[k - 1] = records[other];
            records[other] = swap;
        }
    }
}

/* Counts of each lane and tile -> where each lane's first record of a tile goes. */
static void add_places(struct dealing *dealing)
{
    struct tiles *tiles = dealing->tiles;
    uint64_t n_tiles = (uint64_t)tiles->n_blocks * tiles->n_blocks, sum = 0;
    for (uint64_t tile = 0; tile < n_tiles; tile++) {
        tiles->begin[tile] = sum;
        for (uint32_t lane = 0; lane < tiles->job->n_lanes; lane++) {
            uint64_t here = dealing->places[lane * n_tiles + tile];
            dealing->places[lane * n_tiles + tile] = sum;
            sum += here;
        }
    }
    tiles->begin[n_tiles] = sum;
    tiles->n = sum;
}

/* As many row blocks as the memory holds, at least one. */
static uint32_t blocks_at_once(const struct tiles *tiles, uint32_t begin, uint64_t limit)
{
    uint32_t end = begin + 1, n = tiles->n_blocks;
    while (end < n && (tiles->begin[(uint64_t)(end + 1) * n] - tiles->begin[(uint64_t)begin * n]) *
                              sizeof(struct glove_record) <=
                          limit) {
        end++;
    }
    return end;
}

static emb_status deal_all(struct dealing *dealing)
{
    struct tiles *tiles = dealing->tiles;
    struct train_job *job = tiles->job;
    uint32_t n = tiles->n_blocks;
    for (uint32_t begin = 0; begin < n; begin = dealing->end) {
        dealing->begin = begin;
        dealing->end = blocks_at_once(tiles, begin, job->memory_bytes / 2);
        uint64_t records =
            tiles->begin[(uint64_t)dealing->end * n] - tiles->begin[(uint64_t)begin * n];
        emb_status status = EMB_OK;
        void *block;
        if (begin == 0 && dealing->end == n) { /* all at once: dealt where they stay */
            status = spool_reserve(&tiles->spool, records * sizeof *dealing->records, &block);
        } else {
            status = job_alloc(job, records, sizeof *dealing->records, "shuffling", &block);
        }
        if (status != EMB_OK) {
            return status;
        }
        dealing->records = block;
        job_items(job, job->n_lanes, deal_records, dealing);
        job_items(job, dealing->end - begin, shuffle_tiles, dealing);
        if (begin > 0 || dealing->end < n) {
            status = spool_append(&tiles->spool, block, records * sizeof *dealing->records);
            job->host->free(job->host, block);
        }
        if (status == EMB_OK) {
            status = job_step(job, tiles->begin[(uint64_t)dealing->end * n], NAN);
        }
        if (status != EMB_OK) {
            return status;
        }
    }
    return EMB_OK;
}

emb_status tiles_make(struct tiles *tiles, struct train_job *job,
                      const struct cooccurrences *counts, uint32_t n_words, uint64_t row_bytes,
                      bool symmetric, const struct tiles_weighting *weighting)
{
    *tiles = (struct tiles){.job = job};
    uint64_t n_blocks = n_words * row_bytes / BLOCK_BYTES;
    n_blocks = n_blocks < MIN_BLOCKS ? MIN_BLOCKS : n_blocks > MAX_BLOCKS ? MAX_BLOCKS : n_blocks;
    tiles->n_blocks = (uint32_t)(n_blocks < n_words ? n_blocks : n_words);
    tiles->rows_per_block = (n_words + tiles->n_blocks - 1) / tiles->n_blocks;
    spool_init(&tiles->spool, job, "shuffled co-occurrences", job->memory_bytes / 2);
    job_phase(job, 3, "shuffling", "records", 0, symmetric ? 2 * counts->n : counts->n);
    struct dealing dealing = {.tiles = tiles,
                              .counts = counts,
                              .weighting = *weighting,
                              .symmetric = symmetric,
                              .seed = job->request->seed};
    uint64_t n_tiles = (uint64_t)tiles->n_blocks * tiles->n_blocks;
    emb_status status = job_alloc(job, n_tiles + 1, sizeof *tiles->begin, "tiles", &tiles->begin);
    if (status == EMB_OK) {
        status = job_alloc(job, n_tiles * job->n_lanes, sizeof *dealing.places, "tiles",
                           &dealing.places);
    }
    if (status == EMB_OK) {
        job_items(job, job->n_lanes, count_tiles, &dealing);
        add_places(&dealing);
        status = deal_all(&dealing);
    }
    job->host->free(job->host, dealing.places);
    void *records = NULL;
    if (status == EMB_OK) {
        status = spool_map(&tiles->spool, &records);
        tiles->records = records;
    }
    job->shuffling_seconds = job_phase_seconds(job);
    return status;
}

void tiles_finish(struct tiles *tiles)
{
    if (tiles->job) {
        tiles->job->host->free(tiles->job->host, tiles->begin);
        spool_finish(&tiles->spool);
    }
    *tiles = (struct tiles){0};
}
