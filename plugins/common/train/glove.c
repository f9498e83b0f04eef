/*
 * glove.c - GloVe (Pennington, Socher and Manning 2014): the run from corpus to files.
 *
 * Each pass over the tiles (tiles.h) goes in n_blocks rounds; a round has n_blocks tiles of which
 * no two share a row or a column, so any number of workers gives the same bytes.
 */
#include "base/try.h"
#include "embedder_util.h"
#include "train/checkpoint.h"
#include "train/kernels.h"
#include "train/rng.h"
#include "train/settings.h"
#include "train/tiles.h"
#include "train/train.h"
#include "train/vectors_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct emb_option options[] = {
    {"vector-size", "100", "dimension of the vectors", EMB_OPT_INT, 0, 1, 4096},
    {"window-size", "10", "words to the left (and to the right, if symmetric)", EMB_OPT_INT, 0, 1,
     COOCCURRENCE_MAX_WINDOW},
    {"symmetric", "1", "count the words on both sides, not on the left alone", EMB_OPT_FLAG, 0, 0,
     1},
    {"x-max", "10", "count from which on a pair has full weight", EMB_OPT_REAL, 0, 1e-6, 1e15},
    {"alpha", "0.75", "exponent of the weighting below x-max", EMB_OPT_REAL, 0, 0, 10},
    {"eta", "0.05", "learning rate at the start", EMB_OPT_REAL, 0, 1e-9, 10},
    {"iter", "15", "passes over the co-occurrences", EMB_OPT_INT, 0, 1, 100000},
    {"min-count", "5", "drop words with fewer occurrences", EMB_OPT_INT, 0, 1, 1e15},
    {"max-vocab", "0", "keep that many words, the most frequent; 0 = all", EMB_OPT_INT, 0, 0, 1e15},
    {"model", "2", "write 1 = word vectors, 2 = word + context vectors, 3 = context vectors",
     EMB_OPT_INT, 0, 1, 3},
    SETTINGS_TEXT_OPTIONS,
};

struct glove {
    struct train_job *job;
    const struct kernels *kernels;
    struct corpus corpus;
    struct cooccurrences counts;
    struct tiles tiles;
    float *left, *right; /* [n_blocks, rows_per_block, 2, width], see kernels.h */
    double *losses;      /* [n_blocks] of a round's tiles */
    uint32_t *order;     /* [2, n_blocks] of a pass: diagonals, columns */
    uint64_t n_floats;   /* of left, and of right */
    uint32_t dim, width, n_passes;
    float eta;
    /* Where it stands. */
    uint32_t pass, round;
    double pass_loss, last_loss;
    char phase[64];
};

static float *row_of(const struct glove *model, float *side, uint32_t word)
{
    return side + tiles_place(&model->tiles, word) * 2 * model->width;
}

/* Vectors and biases uniform in (-0.5, 0.5) / dim. Sums of squares start at 1; those of the biases
 * at eta^2, which makes their first step eta-free: f(X) diff / sqrt(1 + sum (f(X) diff)^2), the
 * original's rule from version 1.2 on. With eta in it, the biases lag behind and similarities on
 * small corpora come out a point lower. */
static void start_rows(struct glove *model, float *side, uint32_t which)
{
    uint32_t dim = model->dim, bias = which == 0 ? dim : dim + 1;
    for (uint32_t word = 0; word < model->corpus.vocabulary.n_words; word++) {
        struct rng rng = rng_stream(model->job->request->seed, UINT64_MAX - which, word);
        float *row = row_of(model, side, word);
        for (uint32_t d = 0; d < dim; d++) {
            row[d] = (rng_unit(&rng) - 0.5f) / (float)dim;
        }
        row[dim] = row[dim + 1] = 1;
        row[bias] = (rng_unit(&rng) - 0.5f) / (float)dim;
        for (uint32_t d = 0; d < model->width; d++) {
            row[model->width + d] = d == bias ? model->eta * model->eta : 1;
        }
    }
}

static emb_status make_matrices(struct glove *model)
{
    const struct train_job *job = model->job;
    uint32_t n = model->tiles.n_blocks;
    model->n_floats = (uint64_t)n * model->tiles.rows_per_block * 2 * model->width;
    TRY(job_alloc(job, model->n_floats, sizeof(float), "word vectors", &model->left));
    TRY(job_alloc(job, model->n_floats, sizeof(float), "context vectors", &model->right));
    TRY(job_alloc(job, n, sizeof *model->losses, "losses", &model->losses));
    TRY(job_alloc(job, 2 * n, sizeof *model->order, "the order of tiles", &model->order));
    start_rows(model, model->left, 0);
    start_rows(model, model->right, 1);
    return EMB_OK;
}

static emb_status count(struct glove *model)
{
    struct train_job *job = model->job;
    bool symmetric = setting_int(job, "symmetric") != 0;
    const struct word_rules rules = settings_word_rules(job);
    emb_status status =
        corpus_read(&model->corpus, job, &rules, (uint64_t)setting_int(job, "min-count"),
                    (uint64_t)setting_int(job, "max-vocab"));
    if (status == EMB_OK) {
        status = cooccurrences_count(&model->counts, job, &model->corpus,
                                     (uint32_t)setting_int(job, "window-size"), symmetric);
    }
    if (status == EMB_OK && model->counts.n == 0) {
        status = emb_failf(job->host, EMB_E_FORMAT,
                           "corpus: no two words of the vocabulary share a line; nothing to train "
                           "on");
    }
    if (status == EMB_OK) {
        struct tiles_weighting weighting = {setting_real(job, "x-max"), setting_real(job, "alpha")};
        uint64_t row_bytes = 2 * model->width * sizeof(float);
        status = tiles_make(&model->tiles, job, &model->counts, model->corpus.vocabulary.n_words,
                            row_bytes, symmetric, &weighting);
    }
    spool_finish(&model->corpus.spool); /* the text is not needed any more */
    cooccurrences_finish(&model->counts);
    return status;
}

static void shuffle(uint32_t *items, uint32_t n, struct rng *rng)
{
    for (uint32_t i = 0; i < n; i++) {
        items[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t other = rng_below(rng, i), swap = items[i - 1];
        items[i - 1] = items[other];
        items[other] = swap;
    }
}

static void learn_tile(void *arg, uint32_t row_block, uint32_t worker)
{
    (void)worker;
    struct glove *model = arg;
    const struct tiles *tiles = &model->tiles;
    uint32_t n = tiles->n_blocks;
    uint32_t diagonal = model->order[model->round];
    uint32_t column_block = model->order[n + (row_block + diagonal) % n];
    uint64_t tile_number = (uint64_t)row_block * n + column_block;
    uint64_t block_floats = (uint64_t)tiles->rows_per_block * 2 * model->width;
    struct glove_tile tile = {
        .records = tiles->records + tiles->begin[tile_number],
        .n = tiles->begin[tile_number + 1] - tiles->begin[tile_number],
        .left = model->left + row_block * block_floats,
        .right = model->right + column_block * block_floats,
        .dim = model->dim,
        .width = model->width,
        .eta = model->eta,
    };
    model->losses[row_block] = model->kernels->glove_tile(&tile);
}

static void begin_pass(struct glove *model)
{
    struct rng rng = rng_stream(model->job->request->seed, UINT64_C(0x9a55), model->pass);
    shuffle(model->order, model->tiles.n_blocks, &rng);
    shuffle(model->order + model->tiles.n_blocks, model->tiles.n_blocks, &rng);
    snprintf(model->phase, sizeof model->phase, "iteration %u/%u", model->pass + 1,
             model->n_passes);
    uint64_t done = model->tiles.n * model->round / model->tiles.n_blocks;
    job_phase(model->job, model->pass + 4, model->phase, "records", done, model->tiles.n);
}

static emb_status learn(struct glove *model)
{
    uint32_t n = model->tiles.n_blocks;
    for (; model->pass < model->n_passes; model->pass++) {
        begin_pass(model);
        while (model->round < n) {
            job_items(model->job, n, learn_tile, model);
            for (uint32_t i = 0; i < n; i++) {
                model->pass_loss += model->losses[i];
            }
            model->round++;
            uint64_t done = model->tiles.n * model->round / n;
            emb_status status =
                job_step(model->job, done, model->pass_loss / (double)(done ? done : 1));
            if (!isfinite(model->pass_loss)) {
                return emb_failf(model->job->host, EMB_E_OPTION,
                                 "glove: the loss is no longer a number in iteration %u; lower eta",
                                 model->pass + 1);
            }
            if (status != EMB_OK) {
                return status;
            }
        }
        model->last_loss = model->pass_loss / (double)model->tiles.n;
        model->pass_loss = 0;
        model->round = 0;
    }
    return EMB_OK;
}

static void describe(struct glove *model, struct checkpoint *checkpoint)
{
    checkpoint->corpus_hash = model->corpus.hash;
    checkpoint->n_blocks = 2;
    checkpoint->blocks[0].data = model->left;
    checkpoint->blocks[1].data = model->right;
    checkpoint->blocks[0].n_bytes = checkpoint->blocks[1].n_bytes = model->n_floats * sizeof(float);
    checkpoint->position[0] = model->pass;
    checkpoint->position[1] = model->round;
    memcpy(&checkpoint->position[2], &model->pass_loss, 8);
    memcpy(&checkpoint->position[3], &model->last_loss, 8);
}

static emb_status resume(struct glove *model, struct checkpoint *checkpoint)
{
    describe(model, checkpoint);
    emb_status status = checkpoint_load(model->job, checkpoint);
    const uint64_t *position = checkpoint->position;
    if (status == EMB_OK &&
        (position[0] > model->n_passes || position[1] > model->tiles.n_blocks)) {
        return emb_failf(model->job->host, EMB_E_FORMAT, "%s: position %llu.%llu is beyond the end",
                         model->job->request->resume_from, (unsigned long long)position[0],
                         (unsigned long long)position[1]);
    }
    if (status == EMB_OK) {
        model->pass = (uint32_t)position[0];
        model->round = (uint32_t)position[1];
        memcpy(&model->pass_loss, &position[2], 8);
        memcpy(&model->last_loss, &position[3], 8);
    }
    return status;
}

static void give_row(void *arg, uint32_t i, float *ret_row)
{
    const struct glove *model = arg;
    int64_t which = setting_int(model->job, "model");
    const float *left = row_of(model, model->left, i), *right = row_of(model, model->right, i);
    for (uint32_t d = 0; d < model->dim; d++) {
        ret_row[d] = which == 1 ? left[d] : which == 3 ? right[d] : left[d] + right[d];
    }
}

static void write_vectors(void *arg, struct output *file)
{
    struct glove *model = arg;
    float row[4096];
    vectors_write(file, VECTORS_GLOVE, &model->corpus.vocabulary, model->dim, give_row, model, row);
}

static emb_status run(struct glove *model, struct emb_train_result *result)
{
    struct train_job *job = model->job;
    struct checkpoint checkpoint = {.settings_hash = settings_hash(job, &glove_train)};
    model->dim = (uint32_t)setting_int(job, "vector-size");
    model->width = (model->dim + 2 + KERNEL_ROW_FLOATS - 1) / KERNEL_ROW_FLOATS * KERNEL_ROW_FLOATS;
    model->n_passes = (uint32_t)setting_int(job, "iter");
    model->eta = (float)setting_real(job, "eta");
    model->last_loss = NAN;
    emb_status status = count(model);
    if (status == EMB_OK) {
        status = make_matrices(model);
    }
    if (status == EMB_OK && job->request->resume_from) {
        status = resume(model, &checkpoint);
    }
    double began = job_clock();
    if (status == EMB_OK) {
        status = learn(model);
    }
    if (status == EMB_E_CANCELLED) {
        if (model->order) { /* else it was interrupted before training */
            describe(model, &checkpoint);
        }
        emb_status saved = checkpoint_save(job, &checkpoint);
        return saved == EMB_OK ? EMB_E_CANCELLED : saved;
    }
    struct run_facts facts = {
        .table = &glove_train,
        .corpus = &model->corpus,
        .kernel = model->kernels->name,
        .dim = model->dim,
        .deterministic = 1,
        .n_records = model->tiles.n,
        .loss = model->last_loss,
        .training_seconds = job_clock() - began,
    };
    return status == EMB_OK ? settings_publish(job, &facts, write_vectors, model, result) : status;
}

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    struct train_job job;
    struct glove *model = NULL;
    const struct kernels *kernels;
    emb_status status = settings_begin(&job, host, request, "glove", &kernels);
    if (status == EMB_OK) {
        status = job_alloc(&job, 1, sizeof *model, "the model", &model);
    }
    if (status == EMB_OK) {
        model->job = &job;
        model->kernels = kernels;
        status = run(model, result);
        tiles_finish(&model->tiles);
        cooccurrences_finish(&model->counts);
        corpus_finish(&model->corpus);
        host->free(host, model->left);
        host->free(host, model->right);
        host->free(host, model->losses);
        host->free(host, model->order);
        host->free(host, model);
    }
    return status;
}

const struct emb_ext_train glove_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
