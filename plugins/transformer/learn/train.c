/*
 * train.c - emb.train/1 of the transformer plugin: text to a GPT or a BERT of one's own.
 *
 * Phases: 1 reading, 2 words, 3 merges (2 and 3 not with tokenizer=), 4 pieces, 5 training.
 *
 * A step's batch is `batch` / `context` windows of the pieces, drawn without replacement in an
 * order of its own each epoch; the loss is the mean over their pieces. The rate rises over the
 * warm-up and falls along a cosine to a tenth (Loshchilov & Hutter 2017), or stays.
 */
#include "learn/training.h"

#include "learn/half.h"
#include "learn/senses.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"

#include <math.h>
#include <string.h>

/* clang-format off */
static const struct emb_option options[] = {
    {"objective", "auto", "what is learned: causal, the next piece; masked, pieces that were taken away; senses, which definition a word has in its sentence; auto: bert masked, others causal", EMB_OPT_TEXT, 0, 1, 0},
    {"arch", "auto", "architecture: gpt2 (learned positions, layer norm, gelu), llama (rotary, RMS, gated) or bert (norms behind, both sides); auto: as in from=, else bert where objective=masked, gpt2", EMB_OPT_TEXT, 0, 1, 0},
    {"blocks", "0", "blocks of attention and feed-forward; 0 = 4, or as in from=", EMB_OPT_INT, 0, 0, 256},
    {"dim", "0", "dimensions of the vectors; 0 = 128, or as in from=", EMB_OPT_INT, 0, 0, 65536},
    {"heads", "0", "heads of attention; dim is a multiple; 0 = 4, or as in from=", EMB_OPT_INT, 0, 0, 1024},
    {"inner", "0", "dimensions inside feed-forward; 0 = 4 times dim (llama: 8/3), or as in from=", EMB_OPT_INT, 0, 0, 262144},
    {"context", "0", "pieces that the model sees at most; 0 = 128, or as in from=", EMB_OPT_INT, 0, 0, 65536},
    {"vocabulary", "0", "pieces of the tokenizer to learn, at least 257; 0 = 8192, or as in from= and tokenizer=", EMB_OPT_INT, 0, 0, 1000000},
    {"tokenizer", "", "a tokenizer.json to use instead of learning one", EMB_OPT_TEXT, 0, 1, 0},
    {"lowercase", "1", "bert: the tokenizer to learn lower-cases and drops accents", EMB_OPT_FLAG, 0, 0, 1},
    {"from", "", "a folder of a GPT-2, Llama or BERT to go on from, with its tokenizer", EMB_OPT_PATH, 0, 1, 0},
    {"keep", "all", "what is taken from it: all, or table, under new blocks", EMB_OPT_TEXT, 0, 1, 0},
    {"table", "", "word vectors that the rows of shared words begin as", EMB_OPT_PATH, 0, 1, 0},
    {"map", "identity", "how vectors become rows: identity, procrustes, ridge; controls: random, shuffled-rows", EMB_OPT_TEXT, 0, 1, 0},
    {"norms", "matched", "length of these rows: matched, as of those they replace, or raw", EMB_OPT_TEXT, 0, 1, 0},
    {"ridge", "1", "penalty of map=ridge", EMB_OPT_REAL, 0, 0, 1e12},
    {"table-seed", "1", "of map=random and map=shuffled-rows", EMB_OPT_INT, 0, 0, 1e15},
    {"table-train", "learned", "the table: learned, frozen, or frozen:TOKENS, frozen for the first TOKENS pieces of training", EMB_OPT_TEXT, 0, 1, 0},
    {"snapshots", "0", "models kept on the way, in folders at-PIECES: 0 updates, then 1 to all in geometric progression", EMB_OPT_INT, 0, 0, MOST_SNAPSHOTS},
    {"batch", "4096", "pieces an update; a multiple of context", EMB_OPT_INT, 0, 2, 1e9},
    {"epochs", "1", "passes over the text", EMB_OPT_REAL, 0, 0, 1e6},
    {"tokens", "0", "pieces to learn from in all, instead of epochs; 0 = epochs", EMB_OPT_INT, 0, 0, 1e15},
    {"minutes", "0", "most time to learn in; the rate falls with it; 0 = as long as epochs or tokens take", EMB_OPT_REAL, 0, 0, 1e6},
    {"rate", "1e-3", "greatest learning rate", EMB_OPT_REAL, 0, 0, 1},
    {"schedule", "cosine", "of the rate after warm-up: cosine, to a tenth, or constant", EMB_OPT_TEXT, 0, 1, 0},
    {"warm-up", "0.05", "share of the updates in which the rate rises", EMB_OPT_REAL, 0, 0, 1},
    {"beta1", "0.9", "AdamW's memory of gradients", EMB_OPT_REAL, 0, 0, 0.999999},
    {"beta2", "0.95", "AdamW's memory of their squares", EMB_OPT_REAL, 0, 0, 0.999999},
    {"decay", "0.1", "weight decay of matrices", EMB_OPT_REAL, 0, 0, 10},
    {"clip", "1", "greatest norm of a gradient; 0 = any", EMB_OPT_REAL, 0, 0, 1e9},
    {"held-out", "0.01", "share of the lines that are kept for the held-out loss", EMB_OPT_REAL, 0, 0, 0.9},
    {"mask-seed", "1", "of what is masked in the held-out lines", EMB_OPT_INT, 0, 0, 1e15},
    {"dtype", "f32", "numbers of the finished model: f32, or f16, to which its parameters are rounded", EMB_OPT_TEXT, 0, 1, 0},
    {"compute", "f32", "arithmetic of products while learning: f32, or bf16, factors rounded to bfloat16 and sums in float32 (needs AVX-512 BF16)", EMB_OPT_TEXT, 0, 1, 0},
    {"recompute", "auto", "activations of blocks are computed anew for the gradient instead of kept: on, off, or auto, where all would take more than memory; the same bits, a third more work", EMB_OPT_TEXT, 0, 1, 0},
    {"words", "64", "senses: words an update", EMB_OPT_INT, 0, 1, 1e6},
    {"steps", "0", "senses: updates; 0 = as epochs says", EMB_OPT_INT, 0, 0, 1e12},
    {"limit", "0", "senses: words to learn from, drawn by the seed; 0 = all", EMB_OPT_INT, 0, 0, 1e12},
    {"train-blocks", "0", "senses: the last blocks that learn, all below stays; 0 = everything learns", EMB_OPT_INT, 0, 0, 256},
    {"scale", "20", "senses: what cosines are multiplied by before the softmax", EMB_OPT_REAL, 0, 0.001, 1000},
    {"checks", "10", "senses: how often the development set is looked at", EMB_OPT_INT, 0, 1, SENSE_CHECKS},
    {"patience", "3", "senses: the run ends after this many checks without a better one; 0 = never", EMB_OPT_INT, 0, 0, 64},
    {"memory", "0", "gigabytes for the text before it goes to a file, and for activations before they are computed anew; 0 = as the request says, else 4", EMB_OPT_REAL, 0, 0, 1e6},
};
/* clang-format on */

/* Which of the names an option has; EMB_E_OPTION: another. */
static emb_status read_choice(const struct train_job *job, const char *name,
                              const char *const *names, uint32_t n, uint32_t *ret_choice)
{
    const char *found = setting_text(job, name);
    char expected[128] = "";
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(found, names[i]) == 0) {
            *ret_choice = i;
            return EMB_OK;
        }
        strcat(strcat(expected, i == 0 ? "" : i + 1 < n ? ", " : " or "), names[i]);
    }
    return emb_failf(job->host, EMB_E_OPTION, "%s: option %s: found \"%s\", expected %s",
                     job->model, name, found, expected);
}

/* Senses are learned by a model that is there, whole. */
static emb_status check_senses(const struct training *of)
{
    const struct train_job *job = of->job;
    return !of->from || strcmp(setting_text(job, "keep"), "all") != 0
               ? emb_failf(job->host, EMB_E_OPTION,
                           "%s: objective=senses expects from=MODEL, and all of it kept",
                           job->model)
           : of->frozen_tokens && of->frozen_tokens != UINT64_MAX
               ? emb_failf(job->host, EMB_E_OPTION,
                           "%s: objective=senses: table-train is learned or frozen", job->model)
               : EMB_OK;
}

/* What objective and arch are, where they are left to each other and to the model of from=. */
static emb_status choose_arch(struct training *of)
{
    static const char *const objectives[] = {"auto", "causal", "masked", "senses"};
    static const char *const archs[] = {"auto", "gpt2", "llama", "bert"};
    const struct train_job *job = of->job;
    uint32_t objective = 0, arch = 0;
    TRY(read_choice(job, "objective", objectives, 4, &objective));
    TRY(read_choice(job, "arch", archs, 4, &arch));
    uint32_t theirs =
        of->from ? learn_from_arch(of) : (uint32_t)(objective == 2 ? LEARN_BERT : LEARN_GPT2);
    of->arch = arch ? (enum learn_arch)(arch - 1) : (enum learn_arch)theirs;
    of->is_masked = objective ? objective == 2 : of->arch == LEARN_BERT;
    if (of->from && of->arch != (enum learn_arch)theirs) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option arch: found %s, but the model of from= is %s", job->model,
                         archs[arch], archs[theirs + 1]);
    }
    of->is_senses = objective == 3;
    if (of->is_senses) {
        of->is_masked = false;
        return check_senses(of);
    }
    return of->is_masked == (of->arch == LEARN_BERT)
               ? EMB_OK
               : emb_failf(job->host, EMB_E_OPTION,
                           "%s: option objective: found %s for %s, which learns %s", job->model,
                           objectives[objective], archs[of->arch + 1],
                           of->is_masked ? "causal" : "masked");
}

static emb_status read_options(struct training *of)
{
    struct train_job *job = of->job;
    const char *schedule = setting_text(job, "schedule");
    of->cosine = strcmp(schedule, "cosine") == 0;
    if (!of->cosine && strcmp(schedule, "constant") != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option schedule: found \"%s\", expected cosine or constant",
                         job->model, schedule);
    }
    const char *dtype = setting_text(job, "dtype");
    of->is_half = strcmp(dtype, "f16") == 0;
    if (!of->is_half && strcmp(dtype, "f32") != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option dtype: found \"%s\", expected f32 or f16", job->model, dtype);
    }
    static const char *const computes[] = {"f32", "bf16"};
    static const char *const recomputes[] = {"auto", "off", "on"};
    uint32_t compute = 0, recompute = 0;
    emb_status status = read_choice(job, "compute", computes, 2, &compute);
    status = status != EMB_OK ? status : read_choice(job, "recompute", recomputes, 3, &recompute);
    of->recompute = (enum learn_recompute)recompute;
    struct learn_products how;
    of->compute = compute ? COMPUTE_BF16 : COMPUTE_F32;
    if (status == EMB_OK && !learn_products_init(&how, job, of->compute, false)) {
        status = learn_no_compute(job);
    }
    of->how = (struct learn_adamw){.rate = setting_real(job, "rate"),
                                   .beta1 = setting_real(job, "beta1"),
                                   .beta2 = setting_real(job, "beta2"),
                                   .epsilon = 1e-8,
                                   .decay = setting_real(job, "decay"),
                                   .clip = setting_real(job, "clip")};
    return status;
}

/* What can be wrong with sizes before a word is read. */
static emb_status check_batch(struct training *of)
{
    struct train_job *job = of->job;
    int64_t batch = setting_int(job, "batch");
    struct learn_shape shape;
    emb_status status = learn_shape(of, 0, &shape);
    if (status == EMB_OK && (uint64_t)batch % shape.context != 0) {
        status = emb_failf(job->host, EMB_E_OPTION,
                           "%s: option batch: found %lld, expected a multiple of context, %u",
                           job->model, (long long)batch, shape.context);
    }
    if (status == EMB_OK && setting_real(job, "minutes") > 0 && setting_int(job, "snapshots")) {
        status = emb_failf(job->host, EMB_E_OPTION,
                           "%s: option snapshots: they stand at counts of updates, which minutes= "
                           "does not tell beforehand; expected epochs or tokens",
                           job->model);
    }
    of->batch = (uint64_t)batch;
    of->per_step = status == EMB_OK ? (uint32_t)(batch / shape.context) : 0;
    return status;
}

emb_status learn_make_batch(struct training *of)
{
    uint32_t **lists[] = {&of->ids, &of->targets, &of->lengths, &of->places};
    emb_status status = EMB_OK;
    for (size_t i = 0; status == EMB_OK && i < sizeof lists / sizeof *lists; i++) {
        status = job_alloc(of->job, of->scratch.most_rows, sizeof **lists[i], "a batch", lists[i]);
    }
    return status;
}

emb_status learn_make_room(struct training *of, uint32_t n_sequences)
{
    const struct emb_host *host = of->job->host;
    of->model.compute = of->compute;
    of->model.recompute = of->recompute;
    emb_status status = learn_scratch_init(&of->scratch, &of->model, n_sequences);
    if (status == EMB_OK) {
        char line[256];
        snprintf(
            line, sizeof line,
            "memory: %.0f MB of parameters (16 bytes each), %.0f MB for a batch of %u rows, of "
            "which %u blocks keep %.0f MB for the gradient%s",
            16e-6 * (double)of->model.n_parameters, 1e-6 * (double)of->scratch.bytes,
            of->scratch.most_rows, of->model.shape.n_blocks, 1e-6 * (double)of->scratch.kept_bytes,
            of->scratch.recomputes ? ": what leaves each, the rest is computed anew" : "");
        host->log(host, EMB_LOG_INFO, line);
    }
    return status;
}

static emb_status make_model(struct training *of)
{
    struct train_job *job = of->job;
    struct learn_shape shape;
    TRY(learn_shape(of, tokenizer_n_pieces(of->tokenizer), &shape));
    emb_status status = learn_model_init(&of->model, job, &shape);
    uint32_t most = MOST_ROWS / shape.context ? MOST_ROWS / shape.context : 1;
    uint32_t n = of->per_step < most ? of->per_step : most;
    if (status == EMB_OK) {
        learn_freeze_table(of);
        status = learn_begin(of);
    }
    if (status == EMB_OK) {
        status = learn_make_room(of, n);
    }
    if (status == EMB_OK) {
        status = learn_make_batch(of);
    }
    return status;
}

double learn_time(const struct training *of)
{
    double minutes = setting_real(of->job, "minutes");
    double spent = of->record.spent + job_clock() - of->began;
    return minutes > 0 ? spent / 60 / minutes : 0;
}

/* Along the updates, or the minutes where these run out first. */
static double rate_of(const struct training *of, uint64_t step)
{
    double time = learn_time(of), warm_up = (double)of->warm_up;
    double at = (double)step, end = (double)of->n_steps;
    at = time * end > at ? time * end : at;
    if (at < warm_up) {
        return of->how.rate * (at + 1) / warm_up;
    }
    double along = (at - warm_up) / (end - warm_up);
    return of->cosine ? of->how.rate * (0.1 + 0.9 * 0.5 * (1 + cos(3.14159265358979323846 * along)))
                      : of->how.rate;
}

static void note_moment(struct training *of, uint64_t pieces, uint64_t most)
{
    if (of->record.n_curve < CURVE || (of->record.n_curve == CURVE && most == UINT64_MAX)) {
        of->record.curve[of->record.n_curve++] =
            (struct moment){pieces, of->record.recent, learn_held_out_loss(of, most)};
    }
}

static emb_status learn(struct training *of)
{
    struct train_job *job = of->job;
    uint64_t batch = of->batch;
    uint64_t every = (of->n_steps + CURVE - 1) / CURVE; /* so that the last moment has room */
    emb_status status = learn_snapshot(of);
    job_phase(job, 5, "training", "pieces", of->model.step * batch,
              setting_real(job, "minutes") > 0 ? 0 : of->n_steps * batch); /* 0: not known */
    for (uint64_t step = of->model.step;
         status == EMB_OK && step < of->n_steps && learn_time(of) < 1; step++) {
        struct learn_adamw how = of->how;
        how.rate = rate_of(of, step);
        double loss = learn_gradient(of, step), norm = learn_adamw_step(&of->model, &how);
        if (!isfinite(loss) || !isfinite(norm)) {
            return emb_failf(job->host, EMB_E_FORMAT,
                             "%s: the loss at update %llu is %g, its gradient's norm %g; a smaller "
                             "rate or clip may help; nothing was written",
                             job->model, (unsigned long long)step + 1, loss, norm);
        }
        of->record.recent =
            step == 0 ? loss
                      : of->record.recent + (loss - of->record.recent) / (step < 50 ? 10 : 50);
        bool timed = learn_time(of) * CURVE >= (double)of->record.n_curve + 1;
        if (timed || ((step + 1) % every == 0 && step + 1 < of->n_steps)) {
            note_moment(of, (step + 1) * batch, CURVE_PIECES);
        }
        status = learn_snapshot(of);
        status = status != EMB_OK ? status : job_step(job, (step + 1) * batch, of->record.recent);
    }
    return status;
}

static void write_held(void *arg, struct output *file)
{
    learn_text_write_held(arg, file);
}

void learn_round_to_half(struct learn_model *model)
{
    for (uint64_t i = 0; i < model->n_parameters; i++) {
        model->values[i] = half_value(half_of(model->values[i]));
    }
}

emb_status learn_write_model(const struct training *of, const struct learn_folder *folder)
{
    char theirs[LEARN_PATH];
    struct learn_facts facts = {.half = of->is_half,
                                .lowercase = setting_int(of->job, "lowercase") != 0,
                                .end = of->end,
                                .end_text = tokenizer_spelling(of->tokenizer, of->end)};
    (void)tokenizer_find(of->tokenizer, "[PAD]", &facts.pad);
    if (of->from) {
        TRY(learn_from_file(of, "tokenizer_config.json", theirs));
        facts.tokenizer_config = theirs;
    }
    return learn_folder_write_model(folder, &of->model, &facts);
}

static emb_status publish(struct training *of)
{
    if (of->is_half) {
        learn_round_to_half(&of->model); /* what is written is what is scored */
    }
    note_moment(of, of->model.step * of->batch, UINT64_MAX);
    emb_status status = learn_write_model(of, &of->folder);
    status = status != EMB_OK
                 ? status
                 : learn_folder_write(&of->folder, "held-out.txt", write_held, &of->text);
    status = status != EMB_OK
                 ? status
                 : learn_folder_write(&of->folder, "training.json", learn_write_side, of);
    status = status != EMB_OK ? status : learn_folder_commit(&of->folder);
    if (status == EMB_OK && of->job->request->resume_from) {
        learn_folder_unpark(of->job, of->job->request->resume_from);
    }
    return status;
}

static emb_status run(struct training *of, struct emb_train_result *result)
{
    struct train_job *job = of->job;
    emb_status status = read_options(of);
    status = status != EMB_OK ? status : learn_read_table_options(of);
    status = status != EMB_OK ? status : learn_from_open(of);
    status = status != EMB_OK ? status : choose_arch(of);
    status = status != EMB_OK ? status : learn_check_applies(of);
    if (status == EMB_OK && of->is_senses) {
        return senses_run(of, result);
    }
    status = status != EMB_OK ? status : check_batch(of);
    status = status != EMB_OK ? status : learn_folder_open(&of->folder, job);
    status =
        status != EMB_OK ? status : learn_text_read(&of->text, job, setting_real(job, "held-out"));
    status = status != EMB_OK ? status : learn_get_tokenizer(of);
    status = status != EMB_OK ? status : learn_text_cut(&of->text, of->tokenizer, of->end);
    status = status != EMB_OK ? status : make_model(of);
    status = status != EMB_OK ? status : learn_plan(of);
    if (status == EMB_OK && job->request->resume_from) {
        status = learn_resume(of);
    }
    of->began = job_clock();
    status = status != EMB_OK ? status : learn(of);
    of->seconds = of->record.spent + job_clock() - of->began;
    if (status == EMB_E_CANCELLED && of->order) { /* else it was interrupted before training */
        of->record.spent = of->seconds;
        emb_status saved = learn_save(of);
        return saved == EMB_OK ? EMB_E_CANCELLED : saved;
    }
    return status != EMB_OK ? status : publish(of);
}

static void fill_result(const struct training *of, struct emb_train_result *result)
{
    struct emb_train_result full = {
        .struct_size = result->struct_size,
        .dim = of->model.shape.dim,
        .n_words = of->model.shape.vocabulary,
        .corpus_tokens = of->text.n_ids + of->text.n_held_ids,
        .seconds = job_clock() - of->job->started,
        .loss = of->record.curve[of->record.n_curve - 1].loss,
    };
    memcpy(result, &full, full.struct_size < sizeof full ? full.struct_size : sizeof full);
}

static emb_status train(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result)
{
    struct train_job job;
    job_init(&job, host, request, "transformer", UINT64_C(4) << 30);
    double gigabytes = setting_real(&job, "memory");
    job.memory_bytes = gigabytes > 0 ? (uint64_t)(gigabytes * 0x1p30) : job.memory_bytes;
    struct training *of = NULL;
    TRY(job_alloc(&job, 1, sizeof *of, "a training run", &of));
    of->job = &job;
    emb_status status = run(of, result);
    if (status == EMB_OK && result && !of->is_senses) {
        fill_result(of, result);
    }
    learn_folder_finish(&of->folder);
    learn_from_close(of);
    learn_scratch_finish(&of->scratch, &of->model);
    learn_model_finish(&of->model);
    tokenizer_destroy(of->tokenizer);
    bpe_finish(&of->bpe);
    wordpieces_finish(&of->wordpieces);
    learn_text_finish(&of->text);
    host->free(host, of->ids);
    host->free(host, of->targets);
    host->free(host, of->lengths);
    host->free(host, of->places);
    host->free(host, of->order);
    host->free(host, of->windows);
    host->free(host, of);
    return status;
}

const struct emb_ext_train learn_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
