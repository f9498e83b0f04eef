/* Matrices, learning rate and loss of word2vec and fastText. */
#include "train/predictor.h"

#include "train/checkpoint.h"
#include "train/settings.h"

/* Sentences of a chunk, longer ones cut; frequent words left out. */
static void learn_chunk(void *trainer, struct lane *lane, const struct chunk *chunk)
{
    const struct predictor *predictor = trainer;
    struct sentence *sentence = lane->scratch;
    sentence->rng = rng_stream(lane->sweep->job->request->seed, chunk->epoch, chunk->number);
    sentence->n_windows = 0;
    uint32_t n_kept = 0, n_seen = 0;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        uint32_t id = predictor->corpus.ids[i];
        if (id != CORPUS_LINE) {
            n_seen++;
            if (predictor->keep[id] >= 1 || rng_unit(&sentence->rng) < predictor->keep[id]) {
                sentence->kept[n_kept++] = id;
            }
        }
        if (id == CORPUS_LINE || n_seen == SWEEP_MAX_LINE) {
            predictor->kind->learn(predictor, lane, n_kept, chunk);
            n_kept = n_seen = 0;
        }
    }
    predictor->kind->learn(predictor, lane, n_kept, chunk);
}

void predictor_sweep(struct predictor *predictor, struct train_job *job, uint64_t scratch_bytes)
{
    struct sweep *sweep = &predictor->sweep;
    sweep->job = job;
    sweep->corpus = &predictor->corpus;
    sweep->deterministic = setting_int(job, "deterministic") != 0;
    sweep->scratch_bytes = scratch_bytes;
    sweep->rate_name = predictor->kind->rate_name;
    sweep->trainer = predictor;
    sweep->train_chunk = learn_chunk;
}

static emb_status publish(struct predictor *predictor, double began,
                          struct emb_train_result *result)
{
    const struct train_job *job = predictor->sweep.job;
    struct run_facts facts = {
        .table = predictor->kind->table,
        .corpus = &predictor->corpus,
        .kernel = predictor->kernels->name,
        .dim = predictor->dim,
        .deterministic = predictor->sweep.deterministic || job->n_lanes == 1,
        .loss = predictor->sweep.last_loss,
        .training_seconds = job_clock() - began,
    };
    return settings_publish(job, &facts, predictor->kind->write, predictor, result);
}

static emb_status run(struct predictor *predictor, struct train_job *job,
                      struct emb_train_result *result)
{
    const struct predictor_kind *kind = predictor->kind;
    const struct word_rules rules = settings_word_rules(job);
    struct checkpoint checkpoint = {.settings_hash = settings_hash(job, kind->table)};
    emb_status status = corpus_read(&predictor->corpus, job, &rules,
                                    (uint64_t)setting_int(job, kind->min_count_name), 0);
    if (status == EMB_OK) {
        status = kind->prepare(predictor, job);
    }
    if (status == EMB_OK && job->request->resume_from) {
        status = sweep_load(&predictor->sweep, &checkpoint);
    }
    double began = job_clock();
    if (status == EMB_OK) {
        status = sweep_run(&predictor->sweep);
    }
    if (status == EMB_E_CANCELLED) {
        emb_status saved = sweep_save(&predictor->sweep, job, &checkpoint);
        return saved == EMB_OK ? EMB_E_CANCELLED : saved;
    }
    return status == EMB_OK ? publish(predictor, began, result) : status;
}

emb_status predictor_train(const struct predictor_kind *kind, const struct emb_host *host,
                           const struct emb_train_request *request, struct emb_train_result *result)
{
    struct train_job job;
    struct predictor *predictor = NULL;
    const struct kernels *kernels;
    emb_status status = settings_begin(&job, host, request, kind->name, &kernels);
    if (status == EMB_OK) {
        status = job_alloc(&job, 1, kind->model_bytes, "the model", &predictor);
    }
    if (status == EMB_OK) {
        predictor->kind = kind;
        predictor->kernels = kernels;
        status = run(predictor, &job, result);
        sweep_finish(&predictor->sweep);
        negatives_finish(&predictor->negatives, &job);
        kind->finish(predictor, &job);
        host->free(host, predictor->keep);
        corpus_finish(&predictor->corpus);
        host->free(host, predictor);
    }
    return status;
}
