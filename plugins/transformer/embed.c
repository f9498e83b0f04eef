/*
 * embed.c - a batch: plan it, push its groups through the blocks on all workers.
 *
 * A group a worker, as long as there is a full one for each; the rest one after the other, each
 * spread over the workers. Either way a row's numbers are the same (kernels.h).
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

struct batch_run {
    struct emb_model *model;
    const struct emb_batch *batch;
    uint32_t last_stage;
};

static void group_task(void *arg, uint32_t i, uint32_t worker)
{
    const struct batch_run *run = arg;
    forward_group(run->model, &run->model->plan.groups[i], run->last_stage, run->batch, false,
                  worker);
}

/* Groups that workers take one each: all but the last may be taken as full. */
static uint32_t n_even_groups(const struct plan *plan, uint32_t n_workers)
{
    uint32_t n = plan->n_groups;
    if (n > 0 && plan->groups[n - 1].n_rows < GROUP_ROWS / 4 * 3) {
        n--;
    }
    return n - n % n_workers;
}

static emb_status check_batch(const struct emb_model *model, const struct emb_batch *batch)
{
    const struct emb_host *host = model->host;
    if (batch->n_stages == 0 || !batch->stages) {
        return emb_failf(host, EMB_E_INVAL, "transformer: a batch that wants no stage");
    }
    for (uint32_t s = 0; s < batch->n_stages; s++) {
        if (batch->stages[s] >= model->n_stages ||
            (s > 0 && batch->stages[s] <= batch->stages[s - 1])) {
            return emb_failf(host, EMB_E_INVAL,
                             "transformer: stages must ascend below %u; number %u is %u",
                             model->n_stages, s, batch->stages[s]);
        }
    }
    if (batch->pooling < EMB_POOL_MEAN || batch->pooling > EMB_POOL_LAST) {
        return emb_failf(host, EMB_E_INVAL, "transformer: unknown pooling %d", batch->pooling);
    }
    return EMB_OK;
}

emb_status model_embed(struct emb_model *model, const struct emb_batch *batch)
{
    TRY(check_batch(model, batch));
    return model_run(model, batch);
}

emb_status model_run(struct emb_model *model, const struct emb_batch *batch)
{
    sequence_forget(model);
    TRY(plan_make(model, batch));
    uint32_t n_workers = model->host->n_workers;
    uint32_t n_groups = model->plan.n_groups;
    uint32_t n_even = n_even_groups(&model->plan, n_workers);
    TRY(forward_prepare(model, n_even > 0 ? n_workers : 1));
    struct batch_run run = {model, batch, batch->stages[batch->n_stages - 1]};
    model->host->parallel_for(model->host, n_even, group_task, &run);
    for (uint32_t g = n_even; g < n_groups; g++) {
        forward_group(model, &model->plan.groups[g], run.last_stage, batch, true, 0);
    }
    return EMB_OK;
}
