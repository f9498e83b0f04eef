/*
 * known.c - embedders whose scores are known beforehand: they calibrate suites.
 *
 *   oracle    knows the gold: a target's vector is its sense's, plus noise of length about
 *             `noise`. Nearest-neighbour WSD is perfect wherever a sense was seen in training.
 *   random    a vector of its own for every place: chance among the candidates with a centroid.
 *   constant  one vector for everything: every choice is a tie, so the lowest sense number.
 *   shuffled  the words of the sentence, summed, with the dimensions turned by a hash of the
 *             sentence: looks like a context and carries none. Chance, as random.
 *
 * Every vector is made of hashes: the same on every machine. Two stages where a sentence counts:
 * "table", a vector of the target's own letters, and "1".
 */
#include "gold_index.h"

#include "embedder_util.h"

#include <math.h>
#include <string.h>

enum kind { ORACLE, RANDOM, CONSTANT, SHUFFLED };

struct emb_model {
    const struct emb_host *host;
    enum kind kind;
    uint32_t dim;
    uint64_t seed;
    double noise;
    struct gold_index gold;
};

#define DIM                                                                                        \
    {                                                                                              \
        "dim", "64", "floats in a vector", EMB_OPT_INT, 0, 1, 4096                                 \
    }
#define SEED                                                                                       \
    {                                                                                              \
        "seed", "1", "other seeds give other vectors", EMB_OPT_SEED, 0, 0, 0x1p53                  \
    }

static const struct emb_option oracle_options[] = {
    {"path", NULL, "NAME.data.xml of the test set, its gold keys beside it", EMB_OPT_PATH, 0, 1, 0},
    {"train", "", "the same of the training corpus", EMB_OPT_TEXT, 0, 1, 0},
    {"noise", "0", "length of the noise beside sense vectors of length 1", EMB_OPT_REAL, 0, 0, 1e6},
    DIM,
    SEED,
};
static const struct emb_option plain_options[] = {DIM, SEED};

#define CITATION "none: an embedder with a known answer"

static const struct emb_model_desc descriptors[] = {
    [ORACLE] = {sizeof(struct emb_model_desc), EMB_CAP_CONTEXTUAL | EMB_CAP_CONCURRENT, "oracle",
                "Oracle", "1.0.0", CITATION, oracle_options,
                sizeof oracle_options / sizeof *oracle_options, 0},
    [RANDOM] = {sizeof(struct emb_model_desc), EMB_CAP_CONTEXTUAL | EMB_CAP_CONCURRENT, "random",
                "Random", "1.0.0", CITATION, plain_options,
                sizeof plain_options / sizeof *plain_options, 0},
    [CONSTANT] = {sizeof(struct emb_model_desc), EMB_CAP_STATIC | EMB_CAP_CONCURRENT, "constant",
                  "Constant", "1.0.0", CITATION, plain_options,
                  sizeof plain_options / sizeof *plain_options, 0},
    [SHUFFLED] = {sizeof(struct emb_model_desc), EMB_CAP_CONTEXTUAL | EMB_CAP_CONCURRENT,
                  "shuffled", "Shuffled", "1.0.0", CITATION, plain_options,
                  sizeof plain_options / sizeof *plain_options, 0},
};

static void destroy(struct emb_model *model)
{
    if (model) {
        const struct emb_host *host = model->host;
        gold_index_finish(host, &model->gold);
        host->free(host, model);
    }
}

static emb_status learn(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    const char *train = host->opt_text(values, "train");
    model->noise = host->opt_real(values, "noise");
    emb_status status = gold_index_add(host, &model->gold, host->opt_text(values, "path"));
    return status == EMB_OK && *train ? gold_index_add(host, &model->gold, train) : status;
}

static emb_status create(const struct emb_host *host, const struct emb_model_desc *desc,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "no memory for the model");
    }
    model->host = host;
    model->kind = (enum kind)(desc - descriptors);
    model->dim = (uint32_t)host->opt_int(values, "dim");
    model->seed = (uint64_t)host->opt_int(values, "seed");
    emb_status status = model->kind == ORACLE ? learn(model, values) : EMB_OK;
    if (status != EMB_OK) {
        destroy(model);
        return status;
    }
    *ret_model = model;
    return EMB_OK;
}

static emb_status info(const struct emb_model *model, struct emb_model_info *info)
{
    if (!EMB_HAS(info, struct emb_model_info, n_words)) {
        return EMB_E_INVAL;
    }
    info->dim = model->dim;
    info->n_stages = model->kind == CONSTANT ? 1 : 2;
    info->max_tokens = 0;
    info->n_words = 0;
    return EMB_OK;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *stage)
{
    if (i >= (model->kind == CONSTANT ? 1u : 2u) ||
        !EMB_HAS(stage, struct emb_stage, is_block_output)) {
        return EMB_E_INVAL;
    }
    stage->block = (int32_t)i;
    stage->name = i == 0 ? "table" : "1";
    stage->is_block_output = i;
    return EMB_OK;
}

static uint64_t mix(uint64_t h)
{
    h += 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    return h ^ h >> 31;
}

/* Adds scale times a vector of length 1 on average: dim normal numbers by the sum of twelve uniform
 * ones, variance 1 / dim. */
static void add_vector(const struct emb_model *model, uint64_t hash, double scale, float *out)
{
    double unit = scale / sqrt(model->dim);
    uint64_t state = mix(hash ^ mix(model->seed));
    for (uint32_t d = 0; d < model->dim; d++) {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            state = mix(state);
            sum += (double)(state >> 11) * 0x1p-53;
        }
        out[d] += (float)(unit * sum);
    }
}

/* The words of the sentence, in dimensions turned by an amount that the sentence decides. */
static void add_shuffled(const struct emb_model *model, const struct emb_sentence *sentence,
                         float *out)
{
    float sum[4096] = {0};
    uint32_t dim = model->dim;
    for (uint32_t begin = 0, end; begin < sentence->n_bytes; begin = end + 1) {
        end = begin;
        while (end < sentence->n_bytes && sentence->text[end] != ' ') {
            end++;
        }
        add_vector(model, known_hash(sentence->text + begin, end - begin, 3), 1, sum);
    }
    uint64_t turn = known_hash(sentence->text, sentence->n_bytes, 4) % dim;
    for (uint32_t d = 0; d < dim; d++) {
        out[d] = sum[(d + turn) % dim];
    }
}

static void fill_row(const struct emb_model *model, const struct emb_sentence *sentence,
                     struct emb_span span, uint32_t stage, float *out)
{
    uint64_t place =
        known_hash(sentence->text, sentence->n_bytes, (uint64_t)span.begin << 32 | span.end);
    uint64_t sense = 0;
    memset(out, 0, model->dim * sizeof *out);
    if (model->kind == CONSTANT) {
        for (uint32_t d = 0; d < model->dim; d++) {
            out[d] = 1;
        }
    } else if (stage == 0) {
        add_vector(model, known_hash(sentence->text + span.begin, span.end - span.begin, 5), 1,
                   out);
    } else if (model->kind == SHUFFLED) {
        add_shuffled(model, sentence, out);
    } else {
        if (model->kind == ORACLE) {
            sense = gold_index_find(&model->gold, sentence->text, sentence->n_bytes, span.begin,
                                    span.end);
        }
        add_vector(model, sense ? sense : place, 1, out);
        if (sense && model->noise > 0) {
            add_vector(model, place ^ 6, model->noise, out);
        }
    }
}

static emb_status embed(struct emb_model *model, const struct emb_batch *batch)
{
    uint64_t row = 0;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        for (uint32_t t = 0; t < sentence->n_targets; t++, row++) {
            for (uint32_t s = 0; s < batch->n_stages; s++) {
                fill_row(model, sentence, sentence->targets[t], batch->stages[s],
                         emb_row(batch, row, s));
            }
            batch->word_status[row] = EMB_WORD_OK;
        }
    }
    return EMB_OK;
}

static const void *extension(struct emb_model *model, const char *id)
{
    (void)model, (void)id;
    return NULL;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {
    {&descriptors[ORACLE], &ops},
    {&descriptors[RANDOM], &ops},
    {&descriptors[CONSTANT], &ops},
    {&descriptors[SHUFFLED], &ops},
};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = sizeof models / sizeof *models,
};
