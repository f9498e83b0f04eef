/*
 * extensions.c - the extensions that make sense over a pipe, for programs that announce them: which
 * there are, and those about the model as a whole.
 */
#include "extensions.h"

#include "base/try.h"
#include "embedder_util.h"
#include "vocabulary.h"
#include "weights.h"

#include <stdlib.h>
#include <string.h>

struct spelling {
    uint32_t id;
    char *text; /* NULL: there is none */
};

struct extras {
    struct vocabulary vocabulary;
    struct weights weights;
    struct spelling *spellings; /* [n_spellings] asked for so far, by id */
    uint32_t n_spellings, spellings_capacity;
};

/* Where id is among the spellings, or would be. */
static uint32_t place_of(const struct extras *extras, uint32_t id)
{
    uint32_t low = 0, high = extras->n_spellings;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (extras->spellings[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool ask_spelling(struct emb_model *model, uint32_t id, char **ret_text)
{
    struct json_file *answer = NULL;
    uint64_t question = talk_begin(model, "spelling");
    question_add_number(model, ",\"piece\":", id);
    if (talk_ask(model, question, &answer)) {
        return false;
    }
    struct json root = json_root(answer);
    const char *text = NULL;
    bool sound = json_opt_text(&root, "text", &text, NULL) == EMB_OK;
    *ret_text = sound && text ? strdup(text) : NULL;
    json_free(answer);
    return sound;
}

static const char *spelling(struct emb_model *model, uint32_t id)
{
    struct extras *extras = model->extras;
    const char *text = NULL;
    char *asked = NULL;
    pthread_mutex_lock(&model->lock);
    uint32_t at = place_of(extras, id);
    if (at < extras->n_spellings && extras->spellings[at].id == id) {
        text = extras->spellings[at].text;
    } else if (ask_spelling(model, id, &asked)) {
        if (extras->n_spellings == extras->spellings_capacity) {
            uint32_t capacity = extras->spellings_capacity * 2 + 64;
            struct spelling *grown =
                realloc(extras->spellings, capacity * sizeof *extras->spellings);
            extras->spellings_capacity = grown ? capacity : extras->spellings_capacity;
            extras->spellings = grown ? grown : extras->spellings;
        }
        if (extras->n_spellings < extras->spellings_capacity) {
            memmove(&extras->spellings[at + 1], &extras->spellings[at],
                    (extras->n_spellings++ - at) * sizeof *extras->spellings);
            extras->spellings[at] = (struct spelling){id, asked};
            text = asked;
        } else {
            free(asked); /* nowhere to keep it until destroy() */
        }
    }
    pthread_mutex_unlock(&model->lock);
    return text;
}

static const char *vocab_word(struct emb_model *model, uint64_t i, uint32_t *ret_n_bytes)
{
    return vocabulary_word(&model->extras->vocabulary, i, ret_n_bytes);
}

static int32_t vocab_find(struct emb_model *model, const char *word, uint32_t n_bytes,
                          uint64_t *ret_i)
{
    uint64_t i = vocabulary_find(&model->extras->vocabulary, word, n_bytes);
    if (i == UINT64_MAX) {
        return EMB_WORD_UNKNOWN;
    }
    *ret_i = i;
    return EMB_WORD_OK;
}

static const float *vocab_table(struct emb_model *model, uint64_t *ret_row_stride)
{
    *ret_row_stride = model->ready.dim;
    return model->extras->vocabulary.table;
}

static emb_status load_vocabulary(struct emb_model *model)
{
    struct vocabulary *vocabulary = &model->extras->vocabulary;
    uint64_t n = model->ready.n_words * model->ready.dim; /* < 2^53 */
    struct json_file *answer = NULL;
    struct json words;
    bool has_table = true;
    TRY(floats_share(model, n));
    uint64_t id = talk_begin(model, "vocab");
    TRY(talk_ask(model, id, &answer));
    struct json root = json_root(answer);
    emb_status status = json_opt_bool(&root, "table", &has_table);
    status = status ? status : json_get_array(&root, "words", &words);
    status =
        status ? status : vocabulary_fill(model->host, &words, model->ready.n_words, vocabulary);
    json_free(answer);
    if (!status && has_table) {
        vocabulary->table = model->host->alloc(model->host, n * sizeof(float));
        status = vocabulary->table
                     ? floats_take(model, vocabulary->table, n, "table")
                     : emb_failf(model->host, EMB_E_NOMEM, "process: no memory for a table");
    }
    return status;
}

/* The program's hashes, as they are now. */
static uint32_t weights_count(struct emb_model *model)
{
    struct extras *extras = model->extras;
    struct json_file *answer = NULL;
    pthread_mutex_lock(&model->lock);
    if (model->ready.extensions & READY_WEIGHTS) {
        uint64_t id = talk_begin(model, "weights");
        if (talk_ask(model, id, &answer) ||
            weights_take(&model->ear.api, answer, &extras->weights)) {
            extras->weights.n = UINT32_MAX; /* weights_tensor tells */
        }
    }
    uint32_t n = extras->weights.n == UINT32_MAX ? 1 : extras->weights.n;
    pthread_mutex_unlock(&model->lock);
    return n;
}

static emb_status weights_tensor(struct emb_model *model, uint32_t i, struct emb_tensor *ret)
{
    const struct weights *weights = &model->extras->weights;
    if (weights->n == UINT32_MAX) {
        return emb_failf(model->host, EMB_E_INTERNAL, "the program does not report its weights: %s",
                         model->ear.reported);
    }
    if (i >= weights->n) {
        return emb_failf(model->host, EMB_E_INVAL, "process: tensor %u of %u", i, weights->n);
    }
    *ret = weights->tensors[i];
    return EMB_OK;
}

emb_status extras_load(struct emb_model *model)
{
    model->extras = calloc(1, sizeof *model->extras);
    if (!model->extras) {
        return emb_failf(model->host, EMB_E_NOMEM, "process: no memory for extensions");
    }
    TRY(weights_open(model->host, &model->ready, &model->extras->weights));
    if (model->ready.extensions & READY_VOCAB) {
        TRY(load_vocabulary(model));
    }
    return EMB_OK;
}

void extras_free(struct emb_model *model)
{
    struct extras *extras = model->extras;
    if (!extras) {
        return;
    }
    vocabulary_finish(&extras->vocabulary, model->host);
    weights_finish(&extras->weights);
    for (uint32_t i = 0; i < extras->n_spellings; i++) {
        free(extras->spellings[i].text);
    }
    free(extras->spellings);
    free(extras);
    model->extras = NULL;
}

static const char *said_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static const char *about_name(struct emb_model *model)
{
    return said_or_null(model->ready.name);
}

static const char *about_version(struct emb_model *model)
{
    return said_or_null(model->ready.version);
}

static const char *about_citation(struct emb_model *model)
{
    return said_or_null(model->ready.citation);
}

static const struct emb_ext_about about_extension = {about_name, about_version, about_citation};
static const struct emb_ext_tokens tokens_extension = {pieces_cut, spelling};
static const struct emb_ext_vocab vocab_extension = {vocab_word, vocab_find, vocab_table};
static const struct emb_ext_weights weights_extension = {weights_count, weights_tensor};
const void *model_extension(struct emb_model *model, const char *id)
{
    static const struct {
        const char *id;
        uint32_t bit;
        const void *table;
    } known[] = {
        {EMB_EXT_TOKENS, READY_TOKENS, &tokens_extension},
        {EMB_EXT_VOCAB, READY_VOCAB, &vocab_extension},
        {EMB_EXT_WEIGHTS, READY_WEIGHTS, &weights_extension},
        {EMB_EXT_LM, READY_LM, &lm_extension},
        {EMB_EXT_SCORE, READY_SCORE, &score_extension},
        {EMB_EXT_ATTENTION, READY_ATTENTION, &attention_extension},
    };
    if (model && strcmp(id, EMB_EXT_ABOUT) == 0) {
        return &about_extension;
    }
    for (size_t i = 0; model && i < sizeof known / sizeof *known; i++) {
        bool offered = (model->ready.extensions & known[i].bit) ||
                       (known[i].bit == READY_WEIGHTS && model->ready.n_files > 0);
        if (offered && strcmp(id, known[i].id) == 0) {
            return known[i].table;
        }
    }
    return NULL;
}
