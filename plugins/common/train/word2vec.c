/* word2vec.c - the run: options, matrices, epochs, files. */
#include "train/word2vec.h"

#include "embedder_util.h"
#include "train/checkpoint.h"
#include "train/settings.h"
#include "train/train.h"
#include "train/vectors_write.h"

static const struct emb_option options[] = {
    {"size", "100", "dimension of the vectors", EMB_OPT_INT, 0, 1, 4096},
    {"window", "5", "words on each side, at most; drawn from 1..window for each word", EMB_OPT_INT,
     0, 1, WORD2VEC_MAX_WINDOW},
    {"sample", "1e-3", "frequent words above this share are left out at random; 0 = never",
     EMB_OPT_REAL, 0, 0, 1},
    {"hs", "0", "hierarchical softmax", EMB_OPT_FLAG, 0, 0, 1},
    {"negative", "5", "negative examples; 0 = none", EMB_OPT_INT, 0, 0, WORD2VEC_MAX_NEGATIVE},
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
    struct sweep *sweep = &model->sweep;
    const struct train_job *job = sweep->job;
    uint32_t n_words = model->corpus.vocabulary.n_words;
    sweep->n_matrices = SWEEP_MATRICES;
    emb_status status =
        matrix_alloc(job, &sweep->matrices[WORD2VEC_IN], n_words, model->dim, "word vectors");
    if (status == EMB_OK) {
        status = matrix_alloc(job, &sweep->matrices[WORD2VEC_OUT], model->negative ? n_words : 0,
                              model->dim, "output vectors");
    }
    if (status == EMB_OK) {
        status = matrix_alloc(job, &sweep->matrices[WORD2VEC_NODES], model->has_nodes ? n_words : 0,
                              model->dim, "node vectors");
    }
    for (uint32_t i = 0; i < n_words && status == EMB_OK; i++) {
        struct rng rng = rng_stream(job->request->seed, UINT64_MAX, i);
        float *row =
            sweep->matrices[WORD2VEC_IN].rows + (uint64_t)i * sweep->matrices[WORD2VEC_IN].width;
        for (uint32_t d = 0; d < model->dim; d++) {
            row[d] = (rng_unit(&rng) - 0.5f) / (float)model->dim;
        }
    }
    return status;
}

static emb_status make_tables(struct word2vec *model)
{
    const struct train_job *job = model->sweep.job;
    const struct vocabulary *vocabulary = &model->corpus.vocabulary;
    emb_status status = sampling_keep(vocabulary, setting_real(job, "sample"), &model->keep);
    if (status == EMB_OK && model->negative > 0) {
        status = negatives_init(&model->negatives, vocabulary, 0.75);
    }
    if (status == EMB_OK && model->has_nodes) {
        status = huffman_init(&model->huffman, vocabulary);
    }
    return status;
}

static emb_status prepare(struct word2vec *model, struct train_job *job)
{
    struct sweep *sweep = &model->sweep;
    model->dim = (uint32_t)setting_int(job, "size");
    model->window = (uint32_t)setting_int(job, "window");
    model->negative = (uint32_t)setting_int(job, "negative");
    model->is_cbow = setting_int(job, "cbow") != 0;
    model->has_nodes = setting_int(job, "hs") != 0;
    if (model->negative == 0 && !model->has_nodes) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "word2vec: negative=0 and hs=0: nothing to learn from; set one of them");
    }
    double alpha = setting_real(job, "alpha");
    sweep->rate = alpha > 0 ? (float)alpha : model->is_cbow ? 0.05f : 0.025f;
    sweep->min_rate = sweep->rate * 1e-4f;
    sweep->epochs = (uint32_t)setting_int(job, "iter");
    sweep->deterministic = setting_int(job, "deterministic") != 0;
    sweep->scratch_bytes = word2vec_scratch_bytes(model);
    sweep->trainer = model;
    sweep->train_chunk = word2vec_chunk;
    sweep->job = job;
    sweep->corpus = &model->corpus;
    emb_status status = make_tables(model);
    if (status == EMB_OK) {
        status = make_matrices(model);
    }
    return status == EMB_OK ? sweep_init(sweep) : status;
}

static void give_row(void *arg, uint32_t i, float *ret_row)
{
    const struct word2vec *model = arg;
    const struct matrix *in = &model->sweep.matrices[WORD2VEC_IN];
    for (uint32_t d = 0; d < model->dim; d++) {
        ret_row[d] = in->rows[(uint64_t)i * in->width + d];
    }
}

static void write_vectors(void *arg, struct output *file)
{
    struct word2vec *model = arg;
    enum vectors_layout layout =
        setting_int(model->sweep.job, "binary") ? VECTORS_BINARY : VECTORS_TEXT;
    float row[4096];
    vectors_write(file, layout, &model->corpus.vocabulary, model->dim, give_row, model, row);
}

static emb_status publish(struct word2vec *model, double began, struct emb_train_result *result)
{
    const struct train_job *job = model->sweep.job;
    struct run_facts facts = {
        .table = &word2vec_train,
        .corpus = &model->corpus,
        .kernel = model->kernels->name,
        .dim = model->dim,
        .deterministic = model->sweep.deterministic || job->n_lanes == 1,
        .loss = model->sweep.last_loss,
        .training_seconds = job_clock() - began,
    };
    return settings_publish(job, &facts, write_vectors, model, result);
}

static emb_status run(struct word2vec *model, struct train_job *job,
                      struct emb_train_result *result)
{
    const struct word_rules rules = settings_word_rules(job);
    struct checkpoint checkpoint = {.settings_hash = settings_hash(job, &word2vec_train)};
    emb_status status =
        corpus_read(&model->corpus, job, &rules, (uint64_t)setting_int(job, "min-count"), 0);
    if (status == EMB_OK) {
        status = prepare(model, job);
    }
    if (status == EMB_OK && job->request->resume_from) {
        status = sweep_load(&model->sweep, &checkpoint);
    }
    double began = job_clock();
    if (status == EMB_OK) {
        status = sweep_run(&model->sweep);
    }
    if (status == EMB_E_CANCELLED) {
        emb_status saved = sweep_save(&model->sweep, job, &checkpoint);
        return saved == EMB_OK ? EMB_E_CANCELLED : saved;
    }
    return status == EMB_OK ? publish(model, began, result) : status;
}

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    struct train_job job;
    struct word2vec *model = NULL;
    const struct kernels *kernels;
    emb_status status = settings_begin(&job, host, request, "word2vec", &kernels);
    if (status == EMB_OK) {
        status = job_alloc(&job, 1, sizeof *model, "the model", &model);
    }
    if (status == EMB_OK) {
        model->kernels = kernels;
        status = run(model, &job, result);
        sweep_finish(&model->sweep);
        negatives_finish(&model->negatives, &job);
        huffman_finish(&model->huffman, &job);
        host->free(host, model->keep);
        corpus_finish(&model->corpus);
        host->free(host, model);
    }
    return status;
}

const struct emb_ext_train word2vec_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
