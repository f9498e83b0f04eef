/* gather.c - all that is asked of one embedder, and what follows from its vectors. */
#include "commands/explain/explain.h"

#include "base/error.h"
#include "base/mem.h"
#include "math/vectors.h"
#include "plugin/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The vectors of one text after another: of its single target, at every stage. */
struct gathered {
    float *vectors;  /* [n, n_stages, dim] */
    uint8_t *status; /* [n] */
    size_t row;      /* n_stages * dim */
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct gathered *gathered = ctx;
    memcpy(gathered->vectors + embedded->tag * gathered->row, embedded->vectors,
           gathered->row * sizeof *gathered->vectors);
    gathered->status[embedded->tag] = embedded->status[0];
    return 0;
}

/* A definition is cut into words as the wsd suite cuts it. */
static int push_sense(struct embed_stream *stream, const struct explain_sense *sense, uint64_t *tag)
{
    uint32_t bytes = (uint32_t)strlen(sense->texts[0].text), lemma = sense->texts[0].word.end;
    struct emb_span words[3] = {{0, lemma}, {lemma + 1, lemma + 2}, {lemma + 3, bytes}};
    TRY(embed_stream_push(stream, (*tag)++, sense->texts[0].text, bytes, words,
                          bytes > lemma + 3 ? 3 : 2, &words[0], 1));
    for (uint32_t t = 1; t < sense->n_texts; t++) {
        const struct explain_sentence *example = &sense->texts[t];
        TRY(embed_stream_push(stream, (*tag)++, example->text, (uint32_t)strlen(example->text),
                              NULL, 0, &example->word, 1));
    }
    return 0;
}

/* Sentences first, then the texts of each sense. */
static int embed(const struct explain_question *q, struct embedder *embedder,
                 struct gathered *gathered)
{
    uint64_t n = q->n_sentences, tag = 0;
    for (uint32_t k = 0; k < q->n_senses; k++) {
        n += q->senses[k].n_texts;
    }
    gathered->row = (size_t)embedder_n_stages(embedder) * embedder_dim(embedder);
    gathered->vectors = mem_array(n * gathered->row, sizeof *gathered->vectors);
    gathered->status = mem_array(n, sizeof *gathered->status);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take, gathered, "explaining", n);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < q->n_sentences; i++) {
        const struct explain_sentence *sentence = &q->sentences[i];
        status = embed_stream_push(stream, tag++, sentence->text, (uint32_t)strlen(sentence->text),
                                   NULL, 0, &sentence->word, 1);
    }
    for (uint32_t k = 0; status == 0 && k < q->n_senses; k++) {
        status = push_sense(stream, &q->senses[k], &tag);
    }
    return embed_stream_end(stream, status);
}

/* Equal bytes are equal vectors: their cosine is 1, whatever the last bit of a quotient is. */
static double cosine(const float *a, const float *b, uint32_t dim)
{
    return memcmp(a, b, dim * sizeof *a) == 0 && vec_norm(a, dim) > 0 ? 1 : vec_cosine(a, b, dim);
}

/* How near a sense lies: as the nearest of its texts does. NAN: none has a vector. */
static double nearness(const struct explain_sense *sense, const struct gathered *gathered,
                       size_t first, const float *row, size_t offset, uint32_t dim)
{
    double nearest = NAN;
    for (size_t t = first; t < first + sense->n_texts; t++) {
        if (word_has_vector(gathered->status[t])) { /* fmax passes NAN over */
            nearest =
                fmax(nearest, cosine(row, gathered->vectors + t * gathered->row + offset, dim));
        }
    }
    return nearest;
}

static void compare_senses(const struct explain_question *q, const struct gathered *gathered,
                           struct explanation *e)
{
    size_t first = q->n_sentences;
    e->sense_cosines =
        mem_array((size_t)e->n_stages * q->n_sentences * q->n_senses + 1, sizeof(double));
    for (uint32_t k = 0; k < q->n_senses; first += q->senses[k++].n_texts) {
        for (uint32_t s = 0; s < e->n_stages; s++) {
            size_t offset = (size_t)s * e->dim;
            for (uint32_t i = 0; i < q->n_sentences; i++) {
                const float *row = gathered->vectors + i * gathered->row + offset;
                e->sense_cosines[((size_t)s * q->n_sentences + i) * q->n_senses + k] =
                    word_has_vector(gathered->status[i])
                        ? nearness(&q->senses[k], gathered, first, row, offset, e->dim)
                        : NAN;
            }
        }
    }
}

static void compare(const struct explain_question *q, const struct gathered *gathered,
                    struct explanation *e)
{
    uint32_t n = q->n_sentences, dim = e->dim;
    e->cosines = mem_array((size_t)e->n_stages * n * n, sizeof *e->cosines);
    e->identical = mem_array(e->n_stages, sizeof *e->identical);
    for (uint32_t s = 0; s < e->n_stages; s++) {
        const float *rows = gathered->vectors + (size_t)s * dim;
        e->identical[s] = true;
        for (uint32_t i = 0; i < n; i++) {
            const float *row = rows + i * gathered->row;
            bool known = word_has_vector(gathered->status[i]);
            e->identical[s] &= known && memcmp(row, rows, dim * sizeof *row) == 0;
            for (uint32_t j = 0; j < n; j++) {
                e->cosines[((size_t)s * n + i) * n + j] =
                    known && word_has_vector(gathered->status[j])
                        ? cosine(row, rows + j * gathered->row, dim)
                        : NAN;
            }
        }
    }
}

double explain_cosine(const struct explain_question *q, const struct explanation *e, uint32_t stage,
                      uint32_t a, uint32_t b)
{
    return e->cosines[((size_t)stage * q->n_sentences + a) * q->n_sentences + b];
}

double explain_sense_cosine(const struct explain_question *q, const struct explanation *e,
                            uint32_t stage, uint32_t sentence, uint32_t sense)
{
    return e->sense_cosines[((size_t)stage * q->n_sentences + sentence) * q->n_senses + sense];
}

double explain_mean_cosine(const struct explain_question *q, const struct explanation *e,
                           uint32_t stage)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        for (uint32_t j = i + 1; j < q->n_sentences; j++) {
            double value = explain_cosine(q, e, stage, i, j);
            sum += isfinite(value) ? value : 0;
            n += isfinite(value);
        }
    }
    return n ? sum / n : NAN;
}

struct explain_nearest explain_nearest(const struct explain_question *q,
                                       const struct explanation *e, uint32_t stage,
                                       uint32_t sentence)
{
    const double *cosines =
        e->sense_cosines + ((size_t)stage * q->n_sentences + sentence) * q->n_senses;
    struct explain_nearest nearest = {.cosine = -2};
    for (uint32_t k = 0; k < q->n_senses; k++) {
        if (cosines[k] > nearest.cosine + 1e-6) {
            nearest.cosine = cosines[k];
            nearest.sense = k;
        }
    }
    nearest.second = q->n_senses;
    nearest.margin = NAN;
    for (uint32_t k = 0; k < q->n_senses; k++) {
        bool tied = cosines[k] >= nearest.cosine - 1e-6;
        nearest.ties += tied;
        if (!tied && isfinite(cosines[k]) &&
            (nearest.second == q->n_senses || cosines[k] > cosines[nearest.second])) {
            nearest.second = k;
            nearest.margin = nearest.cosine - cosines[k];
        }
    }
    return nearest;
}

bool explain_frozen(const struct explanation *e)
{
    return e->weights_known && strcmp(e->weights_before, e->weights_after) == 0;
}

bool explain_distinguished(const struct explain_question *q, const struct explanation *e)
{
    return explain_distinguished_at(q, e, e->shown);
}

uint32_t explain_parted_from(const struct explain_question *q, const struct explanation *e)
{
    uint32_t from = e->n_stages;
    for (uint32_t s = e->n_stages; s > 0; s--) {
        if (stage_is_native(&e->stages[s - 1])) {
            if (!explain_distinguished_at(q, e, s - 1)) {
                break;
            }
            from = s - 1;
        }
    }
    return from;
}

bool explain_distinguished_at(const struct explain_question *q, const struct explanation *e,
                              uint32_t stage)
{
    struct explain_nearest first = explain_nearest(q, e, stage, 0);
    bool differ = false, clear = first.ties == 1;
    for (uint32_t i = 1; i < q->n_sentences; i++) {
        struct explain_nearest here = explain_nearest(q, e, stage, i);
        clear &= here.ties == 1;
        differ |= here.sense != first.sense;
    }
    return clear && differ;
}

/* Where the sentences lie farthest apart, of the stages that a block has made: before the first
 * block only places in the sentence differ. Of one sentence alone, the last. */
static void choose_stage(const struct explain_question *q, struct explanation *e)
{
    double least = INFINITY;
    e->shown = 0;
    for (uint32_t s = 0; s < e->n_stages; s++) {
        double mean = explain_mean_cosine(q, e, s);
        if (stage_is_native(&e->stages[s]) && e->stages[s].block >= 1 &&
            (!isfinite(mean) || mean < least)) {
            least = isfinite(mean) ? mean : least;
            e->shown = s;
        }
    }
}

/* An embedder of one stage, as static ones are, has that; of others --at must name one. */
static int find_stage(const struct explain_question *q, struct explanation *e)
{
    uint32_t s = 0;
    if (!q->at) {
        choose_stage(q, e);
        return 0;
    }
    while (s < e->n_stages && strcmp(e->stages[s].name, q->at) != 0) {
        s++;
    }
    if (s == e->n_stages && e->n_stages > 1) {
        struct str names = {0};
        for (uint32_t i = 0; i < e->n_stages; i++) {
            str_format(&names, "%s%s", i ? ", " : "", e->stages[i].name);
        }
        int status = error_set(ERR_REQUEST, "--at: %s has no stage '%s', expected one of %s",
                               e->name, q->at, str_text(&names));
        str_finish(&names);
        return status;
    }
    e->shown = s < e->n_stages ? s : 0;
    return 0;
}

static void describe(const struct embedder *embedder, struct explanation *e)
{
    e->name = mem_text(embedder_name(embedder));
    e->kind = mem_text(embedder_kind(embedder));
    e->is_static = embedder_is_static(embedder);
    e->dim = embedder_dim(embedder);
    e->n_stages = embedder_n_stages(embedder);
    e->stages = embedder_stages_copy(embedder);
}

static int attend(const struct explain_question *q, struct embedder *embedder,
                  struct explanation *e)
{
    bool causal = embedder_plugin(embedder)->desc->caps & EMB_CAP_CAUSAL;
    e->has_attention = embedder_extension(embedder, EMB_EXT_ATTENTION) &&
                       embedder_extension(embedder, EMB_EXT_TOKENS);
    e->attention = mem_array(q->n_sentences, sizeof *e->attention);
    for (uint32_t i = 0; e->has_attention && i < q->n_sentences; i++) {
        TRY(explain_attend(embedder, &q->sentences[i], causal, &e->attention[i]));
    }
    return 0;
}

int explain_gather(const struct explain_question *q, struct embedder *embedder,
                   struct explanation *e)
{
    struct gathered gathered = {0};
    describe(embedder, e);
    TRY(embedder_weights_sha256(embedder, e->weights_before, &e->weights_known));
    int status = embed(q, embedder, &gathered);
    e->status = gathered.status;
    if (status) {
        goto finish;
    }
    compare(q, &gathered, e);
    compare_senses(q, &gathered, e);
    TRY_OR_FINISH(find_stage(q, e));
    TRY_OR_FINISH(attend(q, embedder, e));
    TRY_OR_FINISH(explain_predict(q, embedder, e));
    if (e->weights_known) {
        TRY_OR_FINISH(embedder_weights_sha256(embedder, e->weights_after, &e->weights_known));
    }
finish:
    free(gathered.vectors);
    return status;
}

void explanation_finish(const struct explain_question *q, struct explanation *e)
{
    for (uint32_t i = 0; e->attention && i < q->n_sentences; i++) {
        explain_attention_finish(&e->attention[i]);
    }
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        explain_prediction_finish(&e->predictions[i]);
    }
    free(e->name);
    free(e->kind);
    free(e->stages);
    free(e->status);
    free(e->cosines);
    free(e->sense_cosines);
    free(e->identical);
    free(e->attention);
    free(e->predictions);
}

void explain_view_init(struct explain_view *view, const struct embedder *embedder,
                       const struct explain_sentence *sentence)
{
    const struct word_view *word_view = embedder_word_view(embedder);
    struct emb_sentence whole = {.text = sentence->text,
                                 .n_bytes = (uint32_t)strlen(sentence->text),
                                 .targets = &sentence->word,
                                 .n_targets = 1};
    *view = (struct explain_view){.sentence = whole, .target = sentence->word};
    if (word_view->context != CONTEXT_BOTH) {
        view->derived = mem_alloc(sizeof *view->derived);
        word_view_derive(word_view, &whole, 0, view->derived);
        view->target = view->derived->targets[0];
        view->sentence.text = str_text(&view->derived->text);
        view->sentence.n_bytes = (uint32_t)view->derived->text.n;
        view->sentence.words = view->derived->words;
        view->sentence.n_words = view->derived->n_words;
    }
    view->sentence.targets = NULL;
    view->sentence.n_targets = 0;
}

void explain_view_finish(struct explain_view *view)
{
    if (view->derived) {
        derived_finish(view->derived);
        free(view->derived);
    }
}
