/*
 * extensions.c - the extensions that make sense over a pipe, for programs that announce them.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"
#include "protocol.h"
#include "sentence.h"
#include "vocabulary.h"
#include "weights.h"

#include <math.h>
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

/* Begins a question about one sentence. */
static uint64_t begin(struct emb_model *model, const char *type,
                      const struct emb_sentence *sentence)
{
    struct places places = {0};
    uint64_t id = talk_begin(model, type);
    text_say(&model->question, ",\"sentence\":");
    sentence_write(&model->question, sentence, &places);
    places_finish(&places);
    return id;
}

static void add_number(struct emb_model *model, const char *key, uint64_t value)
{
    text_say(&model->question, key);
    text_number(&model->question, value);
}

/* A piece: [begin, end, id, word], word null where it belongs to none. */
static emb_status read_piece(const struct json *place, const struct emb_sentence *sentence,
                             struct emb_piece *ret_piece)
{
    uint64_t values[4] = {0, 0, 0, EMB_NO_WORD};
    if (json_kind(place) != JSON_KIND_ARRAY || json_length(place) != 4) {
        return json_fail(place, "expected [begin, end, id, word]");
    }
    for (uint64_t i = 0; i < 4; i++) {
        struct json value = json_element(place, i);
        if (i < 3 || json_kind(&value) != JSON_KIND_NULL) {
            TRY(json_as_uint(&value, UINT32_MAX, &values[i]));
        }
    }
    if (values[0] > values[1] || (values[3] != EMB_NO_WORD && values[3] >= sentence->n_words)) {
        return json_fail(place, "found bytes %llu to %llu and word %llu of %u",
                         (unsigned long long)values[0], (unsigned long long)values[1],
                         (unsigned long long)values[3], sentence->n_words);
    }
    *ret_piece = (struct emb_piece){.begin = sentence_byte_at(sentence, values[0]),
                                    .end = sentence_byte_at(sentence, values[1]),
                                    .id = (uint32_t)values[2],
                                    .word = (uint32_t)values[3]};
    return EMB_OK;
}

/* Under the lock. */
static emb_status ask_pieces(struct emb_model *model, const struct emb_sentence *sentence,
                             struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    struct json_file *answer = NULL;
    TRY(talk_ask(model, begin(model, "tokens", sentence), &answer));
    struct json root = json_root(answer), list;
    emb_status status = json_get_array(&root, "pieces", &list);
    uint64_t n = status ? 0 : json_length(&list);
    for (uint64_t i = 0; i < n && !status; i++) {
        struct json place = json_element(&list, i);
        struct emb_piece piece;
        status = read_piece(&place, sentence, i < capacity ? &pieces[i] : &piece);
    }
    json_free(answer);
    if (!status) {
        *ret_n = (uint32_t)n;
    }
    return status;
}

static emb_status cut(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    pthread_mutex_lock(&model->lock);
    emb_status status = ask_pieces(model, sentence, pieces, capacity, ret_n);
    pthread_mutex_unlock(&model->lock);
    return status;
}

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
    add_number(model, ",\"piece\":", id);
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

/* Floats that the program wrote at the start of the shared memory, copied. */
static emb_status take_floats(struct emb_model *model, float *to, uint64_t n, const char *what)
{
    memcpy(to, model->shared.bytes, n * sizeof *to);
    for (uint64_t i = 0; i < n; i++) {
        if (isnan(to[i])) {
            return emb_failf(model->host, EMB_E_INTERNAL,
                             "the program's %s: number %llu of %llu is NaN or was not written",
                             what, (unsigned long long)i, (unsigned long long)n);
        }
    }
    return EMB_OK;
}

static emb_status share_floats(struct emb_model *model, uint64_t n)
{
    emb_status status = talk_share(model, n * sizeof(float));
    uint32_t *floats = (uint32_t *)(void *)model->shared.bytes;
    for (uint64_t i = 0; i < n && !status; i++) {
        floats[i] = PROTOCOL_UNWRITTEN;
    }
    return status;
}

static emb_status load_vocabulary(struct emb_model *model)
{
    struct vocabulary *vocabulary = &model->extras->vocabulary;
    uint64_t n = model->ready.n_words * model->ready.dim; /* < 2^53 */
    struct json_file *answer = NULL;
    struct json words;
    bool has_table = true;
    TRY(share_floats(model, n));
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
                     ? take_floats(model, vocabulary->table, n, "table")
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

static uint64_t lm_n_pieces(struct emb_model *model)
{
    return model->ready.n_lm_pieces;
}

static emb_status lm_log_probs(struct emb_model *model, const struct emb_sentence *sentence,
                               uint32_t piece, float *ret_log_probs)
{
    pthread_mutex_lock(&model->lock);
    emb_status status = share_floats(model, model->ready.n_lm_pieces);
    if (!status) {
        uint64_t id = begin(model, "lm", sentence);
        add_number(model, ",\"piece\":", piece);
        status = talk_ask(model, id, NULL);
    }
    if (!status) {
        status = take_floats(model, ret_log_probs, model->ready.n_lm_pieces, "distribution");
    }
    pthread_mutex_unlock(&model->lock);
    return status;
}

/* Exactly n numbers, null for NaN. */
static emb_status read_reals(const struct json *list, uint64_t n, float *ret_values)
{
    if (json_kind(list) != JSON_KIND_ARRAY || json_length(list) != n) {
        return json_fail(list, "expected %llu numbers, one a piece", (unsigned long long)n);
    }
    for (uint64_t i = 0; i < n; i++) {
        struct json place = json_element(list, i);
        double value = NAN;
        if (json_kind(&place) != JSON_KIND_NULL) {
            TRY(json_as_real(&place, &value));
        }
        ret_values[i] = (float)value;
    }
    return EMB_OK;
}

static emb_status score_pieces(struct emb_model *model, const struct emb_sentence *sentence,
                               uint32_t capacity, float *ret_log_probs)
{
    struct json_file *answer = NULL;
    uint32_t n = 0;
    pthread_mutex_lock(&model->lock);
    emb_status status = ask_pieces(model, sentence, NULL, 0, &n);
    if (!status && n > capacity) {
        status =
            emb_failf(model->host, EMB_E_INVAL, "process: room for %u of %u pieces", capacity, n);
    }
    status = status ? status : talk_ask(model, begin(model, "score", sentence), &answer);
    if (!status) {
        struct json root = json_root(answer), list;
        status = json_get_array(&root, "log_probs", &list);
        status = status ? status : read_reals(&list, n, ret_log_probs);
        json_free(answer);
    }
    pthread_mutex_unlock(&model->lock);
    return status;
}

static uint32_t attention_blocks(struct emb_model *model)
{
    return model->ready.n_blocks;
}

static uint32_t attention_heads(struct emb_model *model, uint32_t block)
{
    return block >= 1 && block <= model->ready.n_blocks ? model->ready.n_heads[block - 1] : 0;
}

static emb_status attention_weights(struct emb_model *model, const struct emb_sentence *sentence,
                                    uint32_t block, uint32_t piece, float *ret_weights)
{
    struct json_file *answer = NULL;
    uint32_t n = 0, n_heads = attention_heads(model, block);
    pthread_mutex_lock(&model->lock);
    emb_status status = ask_pieces(model, sentence, NULL, 0, &n);
    if (!status && (n_heads == 0 || piece >= n)) {
        status = emb_failf(model->host, EMB_E_INVAL, "process: no block %u or no piece %u of %u",
                           block, piece, n);
    }
    if (!status) {
        uint64_t id = begin(model, "attention", sentence);
        add_number(model, ",\"block\":", block);
        add_number(model, ",\"piece\":", piece);
        status = talk_ask(model, id, &answer);
    }
    if (!status) {
        struct json root = json_root(answer), rows;
        status = json_get_array(&root, "weights", &rows);
        if (!status && json_length(&rows) != n_heads) {
            status = json_fail(&rows, "expected a row for each of %u heads", n_heads);
        }
        for (uint32_t h = 0; h < n_heads && !status; h++) {
            struct json row = json_element(&rows, h);
            status = read_reals(&row, n, ret_weights + (size_t)h * n);
        }
        json_free(answer);
    }
    pthread_mutex_unlock(&model->lock);
    return status;
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
static const struct emb_ext_tokens tokens_extension = {cut, spelling};
static const struct emb_ext_vocab vocab_extension = {vocab_word, vocab_find, vocab_table};
static const struct emb_ext_weights weights_extension = {weights_count, weights_tensor};
static const struct emb_ext_lm lm_extension = {lm_n_pieces, lm_log_probs};
static const struct emb_ext_score score_extension = {score_pieces};
static const struct emb_ext_attention attention_extension = {attention_blocks, attention_heads,
                                                             attention_weights};

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
