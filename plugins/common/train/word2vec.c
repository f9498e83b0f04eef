/* word2vec.c - the run: options, matrices, epochs, files. */
#include "train/word2vec.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"
#include "train/train.h"
#include "train/vectors_write.h"

static const struct emb_option options[] = {
    {"size", "100", "dimension of the vectors", EMB_OPT_INT, 0, 1, 4096},
    {"window", "5", "words on each side, at most; drawn from 1..window for each word", EMB_OPT_INT,
     0, 1, PREDICTOR_MAX_WINDOW},
    {"sample", "1e-3", "frequent words above this share are left out at random; 0 = never",
     EMB_OPT_REAL, 0, 0, 1},
    {"hs", "0", "hierarchical softmax", EMB_OPT_FLAG, 0, 0, 1},
    {"negative", "5", "negative examples; 0 = none", EMB_OPT_INT, 0, 0, PREDICTOR_MAX_NEGATIVE},
    {"iter", "5", "passes over the corpus", EMB_OPT_INT, 0, 1, 100000},
    {"min-count", "5", "drop words with fewer occurrences", EMB_OPT_INT, 0, 1, 1e15},
    {"alpha", "0", "learning rate at the start; 0 = 0.025 for skip-gram, 0.05 for CBOW",
     EMB_OPT_REAL, 0, 0, 10},
    {"cbow", "0", "continuous bag of words instead of skip-gram", EMB_OPT_FLAG, 0, 0, 1},
    {"binary", "1", "write the binary format instead of text", EMB_OPT_FLAG, 0, 0, 1},
    {"deterministic", "0", "same bytes with any number of threads; slower, see sweep.h",
     EMB_OPT_FLAG, 0, 0, 1},
    SETTINGS_TEXT_OPTIONS,
};

static emb_status make_matrices(struct word2vec *model)
{
    struct sweep *sweep = &model->base.sweep;
    const struct train_job *job = sweep->job;
    uint32_t n_words = model->base.corpus.vocabulary.n_words;
    sweep->n_matrices = SWEEP_MATRICES;
    TRY(matrix_alloc(job, &sweep->matrices[WORD2VEC_IN], n_words, model->base.dim, "word vectors"));
    TRY(matrix_alloc(job, &sweep->matrices[WORD2VEC_OUT], model->base.negative ? n_words : 0,
                     model->base.dim, "output vectors"));
    TRY(matrix_alloc(job, &sweep->matrices[WORD2VEC_NODES], model->has_nodes ? n_words : 0,
                     model->base.dim, "node vectors"));
    for (uint32_t i = 0; i < n_words; i++) {
        struct rng rng = rng_stream(job->request->seed, UINT64_MAX, i);
        float *row =
            sweep->matrices[WORD2VEC_IN].rows + (uint64_t)i * sweep->matrices[WORD2VEC_IN].width;
        for (uint32_t d = 0; d < model->base.dim; d++) {
            row[d] = (rng_unit(&rng) - 0.5f) / (float)model->base.dim;
        }
    }
    return EMB_OK;
}

static emb_status make_tables(struct word2vec *model)
{
    const struct train_job *job = model->base.sweep.job;
    const struct word_counts *vocabulary = &model->base.corpus.vocabulary;
    TRY(sampling_keep(vocabulary, setting_real(job, "sample"), &model->base.keep));
    if (model->base.negative > 0) {
        TRY(negatives_init(&model->base.negatives, vocabulary, 0.75));
    }
    if (model->has_nodes) {
        TRY(huffman_init(&model->huffman, vocabulary));
    }
    return EMB_OK;
}

static emb_status prepare(void *arg, struct train_job *job)
{
    struct word2vec *model = arg;
    struct sweep *sweep = &model->base.sweep;
    model->base.dim = (uint32_t)setting_int(job, "size");
    model->base.window = (uint32_t)setting_int(job, "window");
    model->base.negative = (uint32_t)setting_int(job, "negative");
    model->is_cbow = setting_int(job, "cbow") != 0;
    model->has_nodes = setting_int(job, "hs") != 0;
    if (model->base.negative == 0 && !model->has_nodes) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "word2vec: negative=0 and hs=0: nothing to learn from; set one of them");
    }
    double alpha = setting_real(job, "alpha");
    sweep->rate = alpha > 0 ? (float)alpha : model->is_cbow ? 0.05f : 0.025f;
    sweep->min_rate = sweep->rate * 1e-4f;
    sweep->epochs = (uint32_t)setting_int(job, "iter");
    predictor_sweep(&model->base, job, word2vec_scratch_bytes(model));
    TRY(make_tables(model));
    TRY(make_matrices(model));
    return sweep_init(sweep);
}

static void give_row(void *arg, uint32_t i, float *ret_row)
{
    const struct word2vec *model = arg;
    const struct matrix *in = &model->base.sweep.matrices[WORD2VEC_IN];
    for (uint32_t d = 0; d < model->base.dim; d++) {
        ret_row[d] = in->rows[(uint64_t)i * in->width + d];
    }
}

static void write_vectors(void *arg, struct output *file)
{
    struct word2vec *model = arg;
    enum vectors_layout layout =
        setting_int(model->base.sweep.job, "binary") ? VECTORS_BINARY : VECTORS_TEXT;
    float row[4096];
    vectors_write(file, layout, &model->base.corpus.vocabulary, model->base.dim, give_row, model,
                  row);
}

static void finish(void *arg, const struct train_job *job)
{
    struct word2vec *model = arg;
    huffman_finish(&model->huffman, job);
}

static const struct predictor_kind kind = {
    .name = "word2vec",
    .min_count_name = "min-count",
    .rate_name = "alpha",
    .table = &word2vec_train,
    .model_bytes = sizeof(struct word2vec),
    .prepare = prepare,
    .learn = word2vec_learn,
    .write = write_vectors,
    .finish = finish,
};

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    return predictor_train(&kind, host, request, result);
}

const struct emb_ext_train word2vec_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
