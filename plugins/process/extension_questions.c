/*
 * extension_questions.c - extensions that ask the program about one sentence: its pieces, what it
 * predicts, where it attends.
 */
#include "extensions.h"

#include "base/try.h"
#include "embedder_util.h"
#include "protocol.h"
#include "sentence.h"

#include <math.h>
#include <string.h>

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

void question_add_number(struct emb_model *model, const char *key, uint64_t value)
{
    text_say(&model->question, key);
    text_number(&model->question, value);
}

/* Floats that the program wrote at the start of the shared memory, copied. */
emb_status floats_take(struct emb_model *model, float *to, uint64_t n, const char *what)
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

emb_status floats_share(struct emb_model *model, uint64_t n)
{
    emb_status status = talk_share(model, n * sizeof(float));
    uint32_t *floats = (uint32_t *)(void *)model->shared.bytes;
    for (uint64_t i = 0; i < n && !status; i++) {
        floats[i] = PROTOCOL_UNWRITTEN;
    }
    return status;
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

emb_status pieces_cut(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    pthread_mutex_lock(&model->lock);
    emb_status status = ask_pieces(model, sentence, pieces, capacity, ret_n);
    pthread_mutex_unlock(&model->lock);
    return status;
}

static uint64_t lm_n_pieces(struct emb_model *model)
{
    return model->ready.n_lm_pieces;
}

static emb_status lm_log_probs(struct emb_model *model, const struct emb_sentence *sentence,
                               uint32_t piece, float *ret_log_probs)
{
    pthread_mutex_lock(&model->lock);
    emb_status status = floats_share(model, model->ready.n_lm_pieces);
    if (!status) {
        uint64_t id = begin(model, "lm", sentence);
        question_add_number(model, ",\"piece\":", piece);
        status = talk_ask(model, id, NULL);
    }
    if (!status) {
        status = floats_take(model, ret_log_probs, model->ready.n_lm_pieces, "distribution");
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
        question_add_number(model, ",\"block\":", block);
        question_add_number(model, ",\"piece\":", piece);
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

const struct emb_ext_lm lm_extension = {lm_n_pieces, lm_log_probs};
const struct emb_ext_score score_extension = {score_pieces};
const struct emb_ext_attention attention_extension = {attention_blocks, attention_heads,
                                                      attention_weights};
