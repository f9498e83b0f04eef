/* The model of glove, word2vec and fasttext: rows of a table for words. */
#include "vectors/static_model.h"
#include "embedder_util.h"
#include "vectors/fasttext_model.h"
#include "vectors/lookup.h"
#include "vectors/vectors.h"

#include <stdlib.h>
#include <string.h>

const struct emb_option static_model_options[STATIC_MODEL_N_OPTIONS] = {
    {"path", NULL, "file of word vectors, plain or packed (gz, xz, zst, one-member zip)",
     EMB_OPT_PATH, 0, 1, 0},
    {"limit", "0", "keep only the first N words of the file; 0 = all", EMB_OPT_INT, 0, 0, 2e9},
    {"lowercase", "0", "lower-case the vocabulary; of words that fall together the first wins",
     EMB_OPT_FLAG, 0, 0, 1},
    {"centre", "0", "subtract the mean vector", EMB_OPT_FLAG, 0, 0, 1},
    {"abtt", "0", "all but the top: subtract the mean and the first D principal components",
     EMB_OPT_INT, 0, 0, 100},
    {"normalise", "0", "scale every vector to length 1, after the other steps", EMB_OPT_FLAG, 0, 0,
     1},
    {"cache", "1", "keep the parsed table in a cache file and map it the next time", EMB_OPT_FLAG,
     0, 0, 1},
    {"verify", "0", "use a cache file only after reading the whole source and all its rows again",
     EMB_OPT_FLAG, 0, 0, 1},
};

struct emb_model {
    const struct emb_host *host;
    struct vector_table *table;
};

emb_status static_model_create(const struct emb_host *host, const struct emb_model_desc *desc,
                               const struct emb_options *options, struct emb_model **ret_model)
{
    (void)desc;
    struct emb_model *model = calloc(1, sizeof *model);
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "out of memory");
    }
    model->host = host;
    struct vector_options wanted = {
        .limit = (uint64_t)host->opt_int(options, "limit"),
        .lowercase = host->opt_int(options, "lowercase") != 0,
        .centre = host->opt_int(options, "centre") != 0,
        .abtt = (uint32_t)host->opt_int(options, "abtt"),
        .normalise = host->opt_int(options, "normalise") != 0,
        .cache = host->opt_int(options, "cache") != 0,
        .verify = host->opt_int(options, "verify") != 0,
    };
    emb_status status = vectors_load(host, host->opt_text(options, "path"), &wanted, &model->table);
    if (status != EMB_OK) {
        free(model);
        return status;
    }
    *ret_model = model;
    return EMB_OK;
}

void static_model_destroy(struct emb_model *model)
{
    if (model) {
        vectors_free(model->table);
        free(model);
    }
}

emb_status static_model_info(const struct emb_model *model, struct emb_model_info *info)
{
    info->dim = model->table->dim;
    info->n_stages = 1;
    info->max_tokens = 0;
    info->n_words = model->table->n_words;
    return EMB_OK;
}

emb_status static_model_stage(const struct emb_model *model, uint32_t i, struct emb_stage *stage)
{
    if (i > 0) {
        return emb_failf(model->host, EMB_E_INVAL, "stage %u of a static embedder, which has 1", i);
    }
    stage->block = 0;
    stage->name = "table";
    stage->is_block_output = 0;
    return EMB_OK;
}

emb_status static_model_embed(struct emb_model *model, const struct emb_batch *batch)
{
    if (batch->n_stages != 1 || batch->stages[0] != 0) {
        return emb_failf(model->host, EMB_E_INVAL,
                         "%u stages wanted of a static embedder, which has 1", batch->n_stages);
    }
    uint64_t r = 0;
    for (uint32_t s = 0; s < batch->n_sentences; s++) {
        const struct emb_sentence *sentence = &batch->sentences[s];
        for (uint32_t t = 0; t < sentence->n_targets; t++, r++) {
            struct emb_span span = sentence->targets[t];
            int32_t status = lookup_vector(model->table, sentence->text + span.begin,
                                           span.end - span.begin, emb_row(batch, r, 0));
            if (status < 0) {
                return emb_failf(model->host, status, "out of memory at a target of %u bytes",
                                 span.end - span.begin);
            }
            batch->word_status[r] = (uint8_t)status;
        }
    }
    return EMB_OK;
}

/* emb.vocab/1 */

static const char *vocab_word(struct emb_model *model, uint64_t i, uint32_t *ret_n_bytes)
{
    return vocabulary_word(&model->table->words, i, ret_n_bytes);
}

static int32_t vocab_find(struct emb_model *model, const char *word, uint32_t n_bytes,
                          uint64_t *ret_i)
{
    int32_t status = lookup_number(model->table, word, n_bytes, ret_i);
    return status < 0 ? EMB_WORD_UNKNOWN : status;
}

static const float *vocab_table(struct emb_model *model, uint64_t *ret_row_stride)
{
    const float *rows = lookup_rows(model->table);
    if (rows) {
        *ret_row_stride = model->table->row_stride;
    }
    return rows;
}

/* emb.weights/1 */

static uint32_t weights_count(struct emb_model *model)
{
    (void)model;
    return 1;
}

static emb_status weights_tensor(struct emb_model *model, uint32_t i, struct emb_tensor *ret)
{
    const struct vector_table *table = model->table;
    if (i > 0) {
        return emb_failf(model->host, EMB_E_INVAL, "tensor %u of a static embedder, which has 1",
                         i);
    }
    bool subwords = table->fasttext && !table->rows;
    uint64_t n_rows = subwords ? table->fasttext->n_rows : table->n_words;
    *ret = (struct emb_tensor){
        .name = subwords ? "input" : "table",
        .data = subwords ? (const void *)table->fasttext->input : table->rows,
        .n_bytes = n_rows * table->dim * sizeof(float),
        .shape = {n_rows, table->dim},
        .n_dims = 2,
        .type = EMB_TYPE_F32,
    };
    return EMB_OK;
}

/* emb.tokens/1: the words found. One not in the vocabulary has no row, hence no piece. */

static emb_status tokens_cut(struct emb_model *model, const struct emb_sentence *sentence,
                             struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    struct lookup_pieces out = {model->table, pieces, capacity, 0};
    emb_status status = lookup_cut(&out, sentence);
    if (status != EMB_OK) {
        return emb_failf(model->host, status, "out of memory while cutting a sentence of %u bytes",
                         sentence->n_bytes);
    }
    *ret_n = out.n;
    return EMB_OK;
}

static const char *tokens_spelling(struct emb_model *model, uint32_t id)
{
    uint32_t n_bytes;
    return id < model->table->n_words ? vocabulary_word(&model->table->words, id, &n_bytes) : NULL;
}

const void *static_model_extension(struct emb_model *model, const char *id)
{
    static const struct emb_ext_vocab vocab = {vocab_word, vocab_find, vocab_table};
    static const struct emb_ext_weights weights = {weights_count, weights_tensor};
    static const struct emb_ext_tokens tokens = {tokens_cut, tokens_spelling};
    if (!model) {
        return NULL;
    }
    return strcmp(id, EMB_EXT_VOCAB) == 0     ? (const void *)&vocab
           : strcmp(id, EMB_EXT_WEIGHTS) == 0 ? (const void *)&weights
           : strcmp(id, EMB_EXT_TOKENS) == 0  ? (const void *)&tokens
                                              : NULL;
}
