/*
 * fasttext.c - the run, and fastText's own file.
 *
 * fastText's .bin, version 12, little-endian:
 *     i32 793712314, i32 12
 *     i32 dim, ws, epoch, minCount, neg, wordNgrams (1), loss (2: negative sampling),
 *         model (2: skip-gram), bucket, minn, maxn, lrUpdateRate (100); f64 t
 *     i32 entries, i32 words, i32 labels (0), i64 tokens, i64 -1 (no pruning)
 *     for each word: its bytes, a NUL, i64 count, i8 0
 *     u8 0 (not quantised), i64 rows (words + bucket), i64 dim, f32 [rows, dim]
 *     u8 0, i64 words, i64 dim, f32 [words, dim]: the output vectors
 */
#include "train/fasttext.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"
#include "train/train.h"
#include "train/vectors_write.h"

#include <string.h>

static const struct emb_option options[] = {
    {"dim", "100", "dimension of the vectors", EMB_OPT_INT, 0, 1, 4096},
    {"ws", "5", "words on each side, at most; drawn from 1..ws for each word", EMB_OPT_INT, 0, 1,
     PREDICTOR_MAX_WINDOW},
    {"epoch", "5", "passes over the corpus", EMB_OPT_INT, 0, 1, 100000},
    {"minCount", "5", "drop words with fewer occurrences", EMB_OPT_INT, 0, 1, 1e15},
    {"neg", "5", "negative examples", EMB_OPT_INT, 0, 1, PREDICTOR_MAX_NEGATIVE},
    {"minn", "3", "characters of an n-gram, at least", EMB_OPT_INT, 0, 0, 100},
    {"maxn", "6", "characters of an n-gram, at most; 0 = no n-grams", EMB_OPT_INT, 0, 0, 100},
    {"bucket", "2000000", "rows that n-grams share", EMB_OPT_INT, 0, 0, 1e9},
    {"lr", "0.05", "learning rate at the start", EMB_OPT_REAL, 0, 1e-9, 10},
    {"t", "1e-4", "frequent words above this share are left out at random; 0 = never", EMB_OPT_REAL,
     0, 0, 1},
    {"binary", "1", "write fastText's .bin instead of .vec text", EMB_OPT_FLAG, 0, 0, 1},
    {"deterministic", "0", "same bytes with any number of threads; slower, see sweep.h",
     EMB_OPT_FLAG, 0, 0, 1},
    SETTINGS_TEXT_OPTIONS,
};

/* Rows uniform in (-1, 1) / dim; output rows start at zero. */
static emb_status make_matrices(struct fasttext *model)
{
    struct sweep *sweep = &model->base.sweep;
    const struct train_job *job = sweep->job;
    uint64_t n_words = model->base.corpus.vocabulary.n_words, n_in = n_words + model->rules.bucket;
    sweep->n_matrices = 2;
    TRY(n_in < UINT32_MAX ? EMB_OK
                          : emb_failf(job->host, EMB_E_OPTION, "fasttext: bucket is too large"));
    TRY(matrix_alloc(job, &sweep->matrices[FASTTEXT_IN], n_in, model->base.dim,
                     "word and n-gram vectors"));
    TRY(matrix_alloc(job, &sweep->matrices[FASTTEXT_OUT], n_words, model->base.dim,
                     "output vectors"));
    const struct matrix *in = &sweep->matrices[FASTTEXT_IN];
    for (uint64_t i = 0; i < n_in; i++) {
        struct rng rng = rng_stream(job->request->seed, UINT64_MAX, i);
        for (uint32_t d = 0; d < model->base.dim; d++) {
            in->rows[i * in->width + d] = (2 * rng_unit(&rng) - 1) / (float)model->base.dim;
        }
    }
    return EMB_OK;
}

static emb_status prepare(void *arg, struct train_job *job)
{
    struct fasttext *model = arg;
    struct sweep *sweep = &model->base.sweep;
    const struct word_counts *vocabulary = &model->base.corpus.vocabulary;
    model->base.dim = (uint32_t)setting_int(job, "dim");
    model->base.window = (uint32_t)setting_int(job, "ws");
    model->base.negative = (uint32_t)setting_int(job, "neg");
    model->rules.minn = (uint32_t)setting_int(job, "minn");
    model->rules.maxn = (uint32_t)setting_int(job, "maxn");
    model->rules.bucket = model->rules.maxn ? (uint32_t)setting_int(job, "bucket") : 0;
    if (model->rules.maxn > 0 && model->rules.bucket == 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "fasttext: bucket=0 with maxn=%u: n-grams need rows; set maxn=0",
                         model->rules.maxn);
    }
    sweep->rate = (float)setting_real(job, "lr");
    sweep->epochs = (uint32_t)setting_int(job, "epoch");
    predictor_sweep(&model->base, job, fasttext_scratch_bytes(model));
    TRY(sampling_keep(vocabulary, setting_real(job, "t"), &model->base.keep));
    TRY(negatives_init(&model->base.negatives, vocabulary, 0.5));
    TRY(subwords_init(&model->subwords, vocabulary, &model->rules));
    TRY(make_matrices(model));
    return sweep_init(sweep);
}

/* A word's vector: the mean of its rows. */
static void give_row(void *arg, uint32_t i, float *ret_row)
{
    const struct fasttext *model = arg;
    const struct matrix *in = &model->base.sweep.matrices[FASTTEXT_IN];
    uint64_t begin = model->subwords.begin[i], end = model->subwords.begin[i + 1];
    for (uint32_t d = 0; d < model->base.dim; d++) {
        float sum = 0;
        for (uint64_t s = begin; s < end; s++) {
            sum += in->rows[(uint64_t)model->subwords.rows[s] * in->width + d];
        }
        ret_row[d] = sum / (float)(end - begin);
    }
}

static void put_i32(struct output *file, int64_t value)
{
    int32_t v = (int32_t)value;
    output_bytes(file, &v, sizeof v);
}

static void put_i64(struct output *file, int64_t value)
{
    output_bytes(file, &value, sizeof value);
}

static void put_matrix(struct output *file, const struct matrix *matrix, uint32_t dim)
{
    output_bytes(file, "", 1);
    put_i64(file, (int64_t)matrix->n_rows);
    put_i64(file, dim);
    for (uint64_t i = 0; i < matrix->n_rows && file->status == EMB_OK; i++) {
        output_weights(file, matrix->rows + i * matrix->width, dim);
        output_bytes(file, matrix->rows + i * matrix->width, dim * sizeof(float));
    }
}

static void put_head(struct output *file, const struct fasttext *model)
{
    const struct train_job *job = model->base.sweep.job;
    const int64_t head[] = {
        793712314,
        12,
        model->base.dim,
        model->base.window,
        model->base.sweep.epochs,
        setting_int(job, "minCount"),
        model->base.negative,
        1,
        2,
        2,
        model->rules.bucket,
        model->rules.minn,
        model->rules.maxn,
        100,
    };
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        put_i32(file, head[i]);
    }
    double t = setting_real(job, "t");
    output_bytes(file, &t, sizeof t);
}

static void put_words(struct output *file, const struct corpus *corpus)
{
    const struct word_counts *vocabulary = &corpus->vocabulary;
    put_i32(file, vocabulary->n_words);
    put_i32(file, vocabulary->n_words);
    put_i32(file, 0);
    put_i64(file, (int64_t)corpus->n_read);
    put_i64(file, -1);
    for (uint32_t i = 0; i < vocabulary->n_words; i++) {
        output_bytes(file, word_counts_text(vocabulary, i), vocabulary->words[i].n_bytes);
        output_bytes(file, "", 1);
        put_i64(file, (int64_t)vocabulary->words[i].count);
        output_bytes(file, "", 1);
    }
}

static void write_model(void *arg, struct output *file)
{
    struct fasttext *model = arg;
    if (!setting_int(model->base.sweep.job, "binary")) {
        float row[4096];
        vectors_write(file, VECTORS_TEXT, &model->base.corpus.vocabulary, model->base.dim, give_row,
                      model, row);
        return;
    }
    put_head(file, model);
    put_words(file, &model->base.corpus);
    put_matrix(file, &model->base.sweep.matrices[FASTTEXT_IN], model->base.dim);
    put_matrix(file, &model->base.sweep.matrices[FASTTEXT_OUT], model->base.dim);
}

static void finish(void *arg, const struct train_job *job)
{
    struct fasttext *model = arg;
    subwords_finish(&model->subwords, job);
}

static const struct predictor_kind kind = {
    .name = "fasttext",
    .min_count_name = "minCount",
    .rate_name = "lr",
    .table = &fasttext_train,
    .model_bytes = sizeof(struct fasttext),
    .prepare = prepare,
    .learn = fasttext_learn,
    .write = write_model,
    .finish = finish,
};

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    return predictor_train(&kind, host, request, result);
}

const struct emb_ext_train fasttext_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
