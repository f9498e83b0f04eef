/* predict.c - what a model with an output head expects after the word, or in its place. */
#include "commands/explain/explain.h"

#include "base/mem.h"
#include "commands/predict/predict.h"
#include "plugin/context.h"

#include <stdlib.h>
#include <string.h>

static struct explain_piece piece_of(const struct predictor *p, const struct prediction *prediction,
                                     uint64_t id)
{
    return (struct explain_piece){.text = predictor_readable(p, id),
                                  .probability = prediction_probability(prediction, id),
                                  .rank = prediction_rank(prediction, id)};
}

static void keep(const struct explain_question *q, const struct predictor *p,
                 const struct prediction *prediction, struct explanation *e)
{
    e->predictions = mem_resize(e->predictions, e->n_predictions + 1u, sizeof *e->predictions);
    struct explain_prediction *kept = &e->predictions[e->n_predictions++];
    *kept = (struct explain_prediction){.place = mem_text(prediction->place),
                                        .entropy = prediction_entropy(prediction),
                                        .n_pieces = prediction->n};
    uint32_t *best = prediction_best(prediction, q->top, &kept->n_top);
    kept->top = mem_array(kept->n_top + 1u, sizeof *kept->top);
    for (uint32_t i = 0; i < kept->n_top; i++) {
        kept->top[i] = piece_of(p, prediction, best[i]);
    }
    if (prediction->actual >= 0) {
        kept->actual = piece_of(p, prediction, (uint64_t)prediction->actual);
    }
    free(best);
}

/* The word alone is asked for with each sentence; the answer is kept once. */
static bool is_kept(const struct explanation *e, const struct prediction *prediction)
{
    bool kept = false;
    for (uint32_t i = 0; i < e->n_predictions; i++) {
        kept |= strcmp(e->predictions[i].place, prediction->place) == 0;
    }
    return kept;
}

int explain_predict(const struct explain_question *q, struct embedder *embedder,
                    struct explanation *e)
{
    struct predictor p = {.embedder = embedder,
                          .model = embedder_model(embedder),
                          .lm = embedder_extension(embedder, EMB_EXT_LM),
                          .tokens = embedder_extension(embedder, EMB_EXT_TOKENS),
                          .causal = embedder_plugin(embedder)->desc->caps & EMB_CAP_CAUSAL};
    int status = 0;
    e->has_lm = p.lm && p.tokens;
    for (uint32_t i = 0; status == 0 && e->has_lm && i < q->n_sentences; i++) {
        if (e->status[i] == EMB_WORD_CUT) {
            continue; /* nothing is expected beyond the window */
        }
        struct explain_view view;
        explain_view_init(&view, embedder, &q->sentences[i]);
        char *text = mem_text_n(view.sentence.text, view.sentence.n_bytes);
        struct question asked = {.text = text, .word = view.target, .top = q->top};
        status = predictor_ask(&p, &asked);
        for (uint32_t k = 0; status == 0 && k < p.n; k++) {
            if (!is_kept(e, &p.predictions[k])) {
                keep(q, &p, &p.predictions[k], e);
            }
        }
        predictor_finish(&p);
        free(text);
        explain_view_finish(&view);
    }
    return status;
}

void explain_prediction_finish(struct explain_prediction *prediction)
{
    for (uint32_t i = 0; i < prediction->n_top; i++) {
        free(prediction->top[i].text);
    }
    free(prediction->top);
    free(prediction->actual.text);
    free(prediction->place);
}
