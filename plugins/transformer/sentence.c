/*
 * sentence.c - emb.sentence/1: the model's own sentence vector, where its folder is one of
 * sentence-transformers (Reimers & Gurevych 2019). sentence_read.c reads what it is made of.
 */
#include "sentence.h"
#include "model.h"

#include "embedder_util.h"

#include <math.h>
#include <string.h>

enum { BATCH = 64 };

static const char *whole(struct emb_model *model)
{
    return model->special ? "mean+special" : "mean";
}

static const char *own(struct emb_model *model)
{
    const struct sentence *s = model->sentence;
    return s && !s->refusal[0] ? s->made : NULL;
}

static const char *refusal(struct emb_model *model)
{
    const struct sentence *s = model->sentence;
    return s && s->refusal[0] ? s->refusal : NULL;
}

static uint32_t own_dim(struct emb_model *model)
{
    return own(model) ? model->sentence->dim : 0;
}

static void normalise_vector(float *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t c = 0; c < n; c++) {
        sum += (double)x[c] * (double)x[c];
    }
    double length = sqrt(sum) > 1e-12 ? sqrt(sum) : 1e-12; /* as the library has it */
    for (uint32_t c = 0; c < n; c++) {
        x[c] = (float)((double)x[c] / length);
    }
}

static void dense(const struct step *step, const float *x, float *ret_y)
{
    for (uint32_t o = 0; o < step->n_out; o++) {
        double sum = step->bias ? (double)step->bias[o] : 0;
        for (uint32_t i = 0; i < step->n_in; i++) {
            sum += (double)step->weight[(size_t)o * step->n_in + i] * (double)x[i];
        }
        ret_y[o] = (float)(step->act == DENSE_TANH              ? tanh(sum)
                           : step->act == DENSE_RELU && sum < 0 ? 0
                                                                : sum);
    }
}

/* One pooled vector, in `x` ([widest]), through the steps; `scratch` is as large. */
static void take_steps(const struct emb_model *model, float *x, float *scratch, float *ret)
{
    const struct sentence *s = model->sentence;
    uint32_t dim = model->arch.dim * s->n_poolings;
    for (uint32_t i = 0; i < s->n_steps; i++) {
        const struct step *step = &s->steps[i];
        if (!step->weight) {
            normalise_vector(x, dim);
            continue;
        }
        dense(step, x, scratch);
        float *swap = x;
        x = scratch;
        scratch = swap;
        dim = step->n_out;
    }
    memcpy(ret, x, dim * sizeof *ret);
}

/* A batch of texts as the model is given them: behind the prompt, in `scratch`. */
static void put_prompt(const struct sentence *s, struct emb_sentence *texts, uint32_t n,
                       char *scratch)
{
    size_t before = strlen(s->prompt);
    for (uint32_t i = 0; i < n; i++) {
        char *text = scratch;
        memcpy(text, s->prompt, before);
        memcpy(text + before, texts[i].text, texts[i].n_bytes);
        texts[i].text = text;
        texts[i].n_bytes += (uint32_t)before;
        scratch += texts[i].n_bytes;
    }
}

/* At most BATCH whole texts: their pooled states of the last stage into `pooled`, [n, widest]. */
static emb_status pool_texts(struct emb_model *model, struct emb_sentence *texts, uint32_t n,
                             float *pooled)
{
    const struct sentence *s = model->sentence;
    struct emb_span targets[BATCH];
    uint8_t word_status[BATCH];
    uint32_t stage = model->n_stages - 1;
    for (uint32_t i = 0; i < n; i++) {
        targets[i] = (struct emb_span){0, texts[i].n_bytes};
        texts[i].targets = &targets[i];
        texts[i].n_targets = 1;
    }
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = n,
                              .sentences = texts,
                              .stages = &stage,
                              .n_stages = 1,
                              .word_status = word_status,
                              .row_stride = s->widest,
                              .stage_stride = model->arch.dim};
    bool special = model->special;
    emb_status status = EMB_OK;
    model->special = true;
    for (uint32_t p = 0; p < s->n_poolings && status == EMB_OK; p++) {
        batch.pooling = s->poolings[p];
        batch.vectors = pooled + (size_t)p * model->arch.dim;
        status = model_run(model, &batch);
    }
    model->special = special;
    for (uint32_t i = 0; status == EMB_OK && i < n; i++) {
        if (word_status[i] != EMB_WORD_OK) {
            status =
                emb_failf(model->host, EMB_E_INVAL, "transformer: sentence %u has no piece", i);
        }
    }
    return status;
}

static emb_status pool_batch(struct emb_model *model, const struct emb_sentence *sentences,
                             uint32_t n, float *pooled)
{
    const struct sentence *s = model->sentence;
    struct emb_sentence texts[BATCH];
    uint64_t bytes = 1;
    for (uint32_t i = 0; i < n; i++) {
        texts[i] =
            (struct emb_sentence){.text = sentences[i].text, .n_bytes = sentences[i].n_bytes};
        bytes += texts[i].n_bytes + (s->prompt ? strlen(s->prompt) : 0);
    }
    if (!s->prompt) {
        return pool_texts(model, texts, n, pooled);
    }
    char *scratch = memory_take(&model->memory, bytes, 1);
    if (!scratch) {
        return no_memory(model->host, "texts after a prompt");
    }
    put_prompt(s, texts, n, scratch);
    emb_status status = pool_texts(model, texts, n, pooled);
    memory_give(&model->memory, scratch);
    return status;
}

static emb_status embed(struct emb_model *model, const struct emb_sentence *sentences,
                        uint32_t n_sentences, float *ret_vectors)
{
    const struct sentence *s = model->sentence;
    if (!own(model)) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: no sentence vector of its own");
    }
    float *pooled = memory_take(&model->memory, (uint64_t)(BATCH + 1) * s->widest, sizeof *pooled);
    if (!pooled) {
        return no_memory(model->host, "sentence vectors");
    }
    emb_status status = EMB_OK;
    for (uint32_t first = 0; first < n_sentences && status == EMB_OK; first += BATCH) {
        uint32_t n = n_sentences - first < BATCH ? n_sentences - first : BATCH;
        status = pool_batch(model, sentences + first, n, pooled);
        for (uint32_t i = 0; i < n && status == EMB_OK; i++) {
            take_steps(model, pooled + (size_t)i * s->widest, pooled + (size_t)BATCH * s->widest,
                       ret_vectors + (size_t)(first + i) * s->dim);
        }
    }
    memory_give(&model->memory, pooled);
    return status;
}

const struct emb_ext_sentence sentence_extension = {whole, own, own_dim, embed, refusal};
