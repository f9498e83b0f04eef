/*
 * postprocessed.c - what an embedder delivers once post-processing is set; stream.c does it to
 * vectors of sentences.
 */
#include "plugin/opened.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void embedder_set_postprocess(struct embedder *embedder, struct postprocess *postprocess)
{
    postprocess_free(embedder->postprocess);
    embedder->postprocess = postprocess;
}

bool embedder_is_postprocessed(const struct embedder *embedder)
{
    return embedder->postprocess != NULL;
}

bool embedder_postprocess_fits_own(const struct embedder *embedder)
{
    return !embedder->postprocess ||
           !postprocess_needs_sample(postprocess_spec(embedder->postprocess));
}

int embedder_postprocess_own(const struct embedder *embedder, uint32_t dim, float *vectors,
                             uint32_t n)
{
    if (!embedder->postprocess) {
        return 0;
    }
    struct postprocess *own = postprocess_create(postprocess_spec(embedder->postprocess), 1, dim);
    double *scratch = mem_array(dim, sizeof *scratch);
    int status = postprocess_fit(own);
    for (uint32_t i = 0; i < n && !status; i++) {
        float *vector = vectors + (size_t)i * dim;
        postprocess_apply(own, 0, vector, scratch, vector);
    }
    free(scratch);
    postprocess_free(own);
    return status ? error_context(status, "%s: its own sentence vectors", embedder->name) : 0;
}

/* The delivered stage that is the look-up table; choice.n if there is none. */
static uint32_t table_stage(const struct stage_choice *choice)
{
    uint32_t stage = 0;
    while (stage < choice->n && choice->picks[stage].stage.part != STAGE_TABLE) {
        stage++;
    }
    return stage;
}

struct embedder_table embedder_table_of(struct embedder *embedder, uint64_t n_rows)
{
    const struct emb_ext_vocab *vocab = embedder_extension(embedder, EMB_EXT_VOCAB);
    struct embedder_table table = {0};
    table.rows = vocab ? vocab->table(embedder->model, &table.stride) : NULL;
    if (!table.rows || !embedder->postprocess) {
        return table;
    }
    uint32_t dim = embedder->info.dim, stage = table_stage(&embedder->choice);
    if (stage == embedder->choice.n) {
        log_info("%s: post-processing was not fitted on the table, which --stages leaves out",
                 embedder->name);
        return (struct embedder_table){0};
    }
    double *scratch = mem_array(dim, sizeof *scratch);
    table.owned = mem_array((size_t)n_rows * dim + 1, sizeof *table.owned);
    for (uint64_t i = 0; i < n_rows; i++) {
        postprocess_apply(embedder->postprocess, stage, table.rows + i * table.stride, scratch,
                          table.owned + i * dim);
    }
    free(scratch);
    table.rows = table.owned;
    table.stride = dim;
    return table;
}

void embedder_table_finish(struct embedder_table *table)
{
    free(table->owned);
    *table = (struct embedder_table){0};
}
