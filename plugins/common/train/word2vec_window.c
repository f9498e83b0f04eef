/* word2vec_window.c - from a chunk of the corpus to blocks of rows. */
#include "train/word2vec.h"

struct window {
    uint32_t n_contexts;
    float *contexts[2 * PREDICTOR_MAX_WINDOW];
    struct outputs words, nodes;
};

struct scratch {
    struct sentence sentence;
    struct window windows[2];  /* the one at work and the next, whose rows are on their way */
    _Alignas(64) float rows[]; /* [2, width]: mean and step of CBOW */
};

uint64_t word2vec_scratch_bytes(const struct word2vec *model)
{
    return sizeof(struct scratch) +
           2 * (uint64_t)(model->base.dim + KERNEL_ROW_FLOATS) * sizeof(float);
}

/* The middle word and its negatives; one drawn twice counts twice, the middle word never. */
static void draw_words(const struct word2vec *model, struct lane *lane, struct rng *rng,
                       uint32_t middle, struct outputs *outputs)
{
    outputs->n = 1;
    outputs->ids[0] = middle;
    outputs->positive[0] = outputs->weight[0] = 1;
    for (uint32_t k = 0; k < model->base.negative; k++) {
        uint32_t id = negatives_draw(&model->base.negatives, rng), j = 0;
        while (j < outputs->n && outputs->ids[j] != id) {
            j++;
        }
        if (j == outputs->n) {
            outputs->ids[j] = id;
            outputs->positive[j] = 0;
            outputs->weight[j] = 1;
            outputs->n++;
        } else if (j > 0) {
            outputs->weight[j] += 1;
        }
    }
    for (uint32_t j = 0; j < outputs->n; j++) {
        outputs->rows[j] = predictor_fetch(lane, WORD2VEC_OUT, outputs->ids[j]);
    }
}

static void take_path(const struct word2vec *model, struct lane *lane, uint32_t middle,
                      struct outputs *outputs)
{
    uint64_t begin = model->huffman.begin[middle];
    outputs->n = (uint32_t)(model->huffman.begin[middle + 1] - begin);
    for (uint32_t j = 0; j < outputs->n; j++) {
        outputs->positive[j] = (float)(1 - model->huffman.codes[begin + j]);
        outputs->weight[j] = 1;
        outputs->rows[j] = predictor_fetch(lane, WORD2VEC_NODES, model->huffman.nodes[begin + j]);
    }
}

static void prepare(const struct word2vec *model, struct lane *lane, struct scratch *scratch,
                    uint32_t at, uint32_t n_kept, struct window *window)
{
    uint32_t reach = model->base.window - rng_below(&scratch->sentence.rng, model->base.window);
    uint32_t begin = at > reach ? at - reach : 0;
    uint32_t end = n_kept - at > reach ? at + reach + 1 : n_kept;
    window->n_contexts = 0;
    for (uint32_t i = begin; i < end; i++) {
        if (i != at) {
            window->contexts[window->n_contexts++] =
                predictor_fetch(lane, WORD2VEC_IN, scratch->sentence.kept[i]);
        }
    }
    if (window->n_contexts == 0) {
        return;
    }
    if (model->base.negative > 0) {
        draw_words(model, lane, &scratch->sentence.rng, scratch->sentence.kept[at], &window->words);
    }
    if (model->has_nodes) {
        take_path(model, lane, scratch->sentence.kept[at], &window->nodes);
    }
}

/* Input rows meet the predicted rows, PAIR_MAX_IN at a time. */
static void meet(const struct word2vec *model, struct lane *lane, float *const *in,
                 float *const *in_add, uint32_t n_in, const struct outputs *outputs,
                 const struct chunk *chunk, bool want_loss)
{
    for (uint32_t i = 0; i < n_in && outputs->n > 0; i += PAIR_MAX_IN) {
        struct pair_block block = {
            .n_in = n_in - i < PAIR_MAX_IN ? n_in - i : PAIR_MAX_IN,
            .n_out = outputs->n,
            .width = lane->sweep->matrices[WORD2VEC_IN].width,
            .want_loss = want_loss,
            .rate = chunk->rate,
            .in = (const float *const *)in + i,
            .in_add = in_add + i,
            .out = outputs->rows,
            .positive = outputs->positive,
            .weight = outputs->weight,
            .loss = &lane->loss,
        };
        model->base.kernels->pair_block(&block);
    }
}

static void learn_skip_gram(const struct word2vec *model, struct lane *lane,
                            const struct window *window, const struct chunk *chunk, bool want_loss)
{
    float *const *in = window->contexts;
    uint32_t n = window->n_contexts;
    if (model->base.negative > 0) {
        meet(model, lane, in, in, n, &window->words, chunk, want_loss);
    }
    if (model->has_nodes) {
        meet(model, lane, in, in, n, &window->nodes, chunk, want_loss);
    }
    lane->n_pairs += want_loss ? n : 0;
}

static void learn_cbow(const struct word2vec *model, struct lane *lane, const struct window *window,
                       const struct chunk *chunk, bool want_loss)
{
    struct scratch *scratch = lane->scratch;
    uint32_t width = lane->sweep->matrices[WORD2VEC_IN].width;
    float *mean = scratch->rows, *step = scratch->rows + width;
    for (uint32_t d = 0; d < width; d++) {
        mean[d] = step[d] = 0;
    }
    for (uint32_t i = 0; i < window->n_contexts; i++) {
        model->base.kernels->add_scaled(mean, window->contexts[i], 1.0f / (float)window->n_contexts,
                                        width);
    }
    if (model->base.negative > 0) {
        meet(model, lane, &mean, &step, 1, &window->words, chunk, want_loss);
    }
    if (model->has_nodes) {
        meet(model, lane, &mean, &step, 1, &window->nodes, chunk, want_loss);
    }
    for (uint32_t i = 0; i < window->n_contexts; i++) {
        model->base.kernels->add_scaled(window->contexts[i], step, 1, width);
    }
    lane->n_pairs += want_loss;
}

void word2vec_learn(const void *trainer, struct lane *lane, uint32_t n_kept,
                    const struct chunk *chunk)
{
    const struct word2vec *model = trainer;
    struct scratch *scratch = lane->scratch;
    if (n_kept > 0) {
        prepare(model, lane, scratch, 0, n_kept, &scratch->windows[0]);
    }
    for (uint32_t at = 0; at < n_kept; at++) {
        const struct window *window = &scratch->windows[at & 1];
        if (at + 1 < n_kept) {
            prepare(model, lane, scratch, at + 1, n_kept, &scratch->windows[(at + 1) & 1]);
        }
        if (window->n_contexts == 0) {
            continue;
        }
        bool want_loss = scratch->sentence.n_windows++ % PREDICTOR_LOSS_EVERY == 0;
        if (model->is_cbow) {
            learn_cbow(model, lane, window, chunk, want_loss);
        } else {
            learn_skip_gram(model, lane, window, chunk, want_loss);
        }
    }
}
