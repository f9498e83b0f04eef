/*
 * train.c - emb.train/1 of the transformer plugin: text to a GPT of one's own.
 *
 * Phases: 1 reading, 2 words, 3 merges (2 and 3 not with tokenizer=), 4 pieces, 5 training.
 *
 * A step's batch is `batch` / `context` windows of the pieces, drawn without replacement in an
 * order of its own each epoch; the loss is the mean over their pieces. The rate rises over the
 * warm-up and falls along a cosine to a tenth (Loshchilov & Hutter 2017), or stays.
 */
#include "learn/train.h"

#include "learn/folder.h"
#include "learn/learn.h"
#include "learn/text.h"

#include "embedder_util.h"
#include "train/checkpoint.h"
#include "train/rng.h"
#include "train/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define END_OF_TEXT "<|endoftext|>"

enum { MOST_ROWS = 4096, CURVE = 20, CURVE_PIECES = 1 << 15 };

/* clang-format off */
static const struct emb_option options[] = {
    {"objective", "causal", "what is learned: causal, the next piece", EMB_OPT_TEXT, 0, 1, 0},
    {"arch", "gpt2", "architecture: gpt2 (learned positions, layer norm, gelu)", EMB_OPT_TEXT, 0, 1, 0},
    {"blocks", "4", "blocks of attention and feed-forward", EMB_OPT_INT, 0, 1, 256},
    {"dim", "128", "dimensions of the vectors", EMB_OPT_INT, 0, 1, 65536},
    {"heads", "4", "heads of attention; dim is a multiple", EMB_OPT_INT, 0, 1, 1024},
    {"inner", "0", "dimensions inside feed-forward; 0 = 4 times dim", EMB_OPT_INT, 0, 0, 262144},
    {"context", "128", "pieces that the model sees at most", EMB_OPT_INT, 0, 2, 65536},
    {"vocabulary", "8192", "pieces of the tokenizer to learn", EMB_OPT_INT, 0, BPE_FIRST_MERGE, 1000000},
    {"tokenizer", "", "a tokenizer.json to use instead of learning one", EMB_OPT_TEXT, 0, 1, 0},
    {"batch", "4096", "pieces an update; a multiple of context", EMB_OPT_INT, 0, 2, 1e9},
    {"epochs", "1", "passes over the text", EMB_OPT_REAL, 0, 0, 1e6},
    {"tokens", "0", "pieces to learn from in all, instead of epochs; 0 = epochs", EMB_OPT_INT, 0, 0, 1e15},
    {"rate", "1e-3", "greatest learning rate", EMB_OPT_REAL, 0, 0, 1},
    {"schedule", "cosine", "of the rate after warm-up: cosine, to a tenth, or constant", EMB_OPT_TEXT, 0, 1, 0},
    {"warm-up", "0.05", "share of the updates in which the rate rises", EMB_OPT_REAL, 0, 0, 1},
    {"beta1", "0.9", "AdamW's memory of gradients", EMB_OPT_REAL, 0, 0, 0.999999},
    {"beta2", "0.95", "AdamW's memory of their squares", EMB_OPT_REAL, 0, 0, 0.999999},
    {"decay", "0.1", "weight decay of matrices", EMB_OPT_REAL, 0, 0, 10},
    {"clip", "1", "greatest norm of a gradient; 0 = any", EMB_OPT_REAL, 0, 0, 1e9},
    {"held-out", "0.01", "share of the lines that are kept for the held-out loss", EMB_OPT_REAL, 0, 0, 0.9},
    {"memory", "0", "gigabytes for the text before it goes to a file; 0 = as the request says, else 4", EMB_OPT_REAL, 0, 0, 1e6},
};
/* clang-format on */

/* A point of the learning curve. */
struct moment {
    uint64_t pieces;
    double loss, held_out; /* NAN: no lines are held out */
};

struct training {
    struct train_job *job;
    struct learn_text text;
    struct bpe bpe;
    struct tokenizer *tokenizer;
    struct learn_folder folder;
    struct learn_model model;
    struct learn_room room;
    struct learn_adamw how;
    uint32_t *ids, *targets; /* [room.n_rows] */
    uint32_t *order;         /* [n_windows] of this epoch */
    uint64_t n_windows, epoch;
    uint32_t per_step; /* windows */
    uint64_t n_steps, warm_up;
    bool cosine;
    uint32_t end; /* number of the piece before each line */
    struct moment curve[CURVE + 1];
    uint32_t n_curve;
    double recent; /* loss, decaying mean over some 50 updates */
    double seconds;
};

static emb_status refuse_choice(const struct train_job *job, const char *name, const char *expected)
{
    const char *found = setting_text(job, name);
    return strcmp(found, expected) == 0
               ? EMB_OK
               : emb_failf(job->host, EMB_E_OPTION, "%s: option %s: found \"%s\", expected %s",
                           job->model, name, found, expected);
}

static emb_status read_options(struct training *of)
{
    struct train_job *job = of->job;
    const char *schedule = setting_text(job, "schedule");
    uint32_t context = (uint32_t)setting_int(job, "context");
    int64_t batch = setting_int(job, "batch");
    emb_status status = refuse_choice(job, "objective", "causal");
    status = status != EMB_OK ? status : refuse_choice(job, "arch", "gpt2");
    if (status != EMB_OK) {
        return status;
    }
    of->cosine = strcmp(schedule, "cosine") == 0;
    if (!of->cosine && strcmp(schedule, "constant") != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option schedule: found \"%s\", expected cosine or constant",
                         job->model, schedule);
    }
    if (batch % context != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option batch: found %lld, expected a multiple of context, %u",
                         job->model, (long long)batch, context);
    }
    of->per_step = (uint32_t)(batch / context);
    of->how = (struct learn_adamw){.rate = setting_real(job, "rate"),
                                   .beta1 = setting_real(job, "beta1"),
                                   .beta2 = setting_real(job, "beta2"),
                                   .epsilon = 1e-8,
                                   .decay = setting_real(job, "decay"),
                                   .clip = setting_real(job, "clip")};
    return EMB_OK;
}

static void write_bpe(void *arg, struct output *file)
{
    bpe_write(arg, file);
}

/* tokenizer.json into the folder, learned or copied, and from there. */
static emb_status get_tokenizer(struct training *of)
{
    struct train_job *job = of->job;
    const char *given = setting_text(job, "tokenizer");
    emb_status status;
    if (*given) {
        status = learn_folder_copy(&of->folder, "tokenizer.json", given);
    } else {
        status = bpe_init(&of->bpe, job);
        status = status != EMB_OK ? status : learn_text_count(&of->text, &of->bpe);
        uint32_t wanted = (uint32_t)setting_int(job, "vocabulary");
        job_phase(job, 3, "merges", "pieces", 0, wanted - BPE_FIRST_MERGE);
        status = status != EMB_OK ? status : bpe_learn(&of->bpe, wanted);
        status = status != EMB_OK
                     ? status
                     : learn_folder_write(&of->folder, "tokenizer.json", write_bpe, &of->bpe);
    }
    if (status == EMB_OK) {
        status = tokenizer_load(job->host, learn_folder_file(&of->folder, "tokenizer.json"),
                                &of->tokenizer);
    }
    if (status == EMB_OK && !tokenizer_find(of->tokenizer, END_OF_TEXT, &of->end)) {
        status = emb_failf(job->host, EMB_E_OPTION,
                           "%s: has no piece " END_OF_TEXT " to stand between lines", given);
    }
    return status;
}

static emb_status make_model(struct training *of)
{
    struct train_job *job = of->job;
    struct learn_shape shape = {.n_blocks = (uint32_t)setting_int(job, "blocks"),
                                .dim = (uint32_t)setting_int(job, "dim"),
                                .n_heads = (uint32_t)setting_int(job, "heads"),
                                .inner = (uint32_t)setting_int(job, "inner"),
                                .context = (uint32_t)setting_int(job, "context"),
                                .vocabulary = tokenizer_n_pieces(of->tokenizer),
                                .epsilon = 1e-5f};
    shape.inner = shape.inner ? shape.inner : 4 * shape.dim;
    emb_status status = learn_model_init(&of->model, job, &shape);
    uint32_t most = MOST_ROWS / shape.context ? MOST_ROWS / shape.context : 1;
    uint32_t n = of->per_step < most ? of->per_step : most;
    if (status == EMB_OK) {
        learn_model_start(&of->model, job->request->seed);
        status = learn_room_init(&of->room, &of->model, n);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, of->room.n_rows, sizeof *of->ids, "a batch", &of->ids);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, of->room.n_rows, sizeof *of->targets, "a batch", &of->targets);
    }
    return status;
}

static emb_status plan(struct training *of)
{
    uint32_t context = of->model.shape.context;
    of->n_windows = of->text.n_ids > context ? (of->text.n_ids - 1) / context : 1;
    uint64_t tokens = (uint64_t)setting_int(of->job, "tokens");
    double updates =
        tokens ? ceil((double)tokens / ((double)of->per_step * context))
               : ceil(setting_real(of->job, "epochs") * (double)of->n_windows / of->per_step);
    of->n_steps = (uint64_t)updates;
    of->warm_up = (uint64_t)ceil(setting_real(of->job, "warm-up") * updates);
    of->epoch = UINT64_MAX;
    return of->n_windows > UINT32_MAX
               ? emb_failf(of->job->host, EMB_E_OPTION, "%s: more than %u windows of text",
                           of->job->model, UINT32_MAX)
               : job_alloc(of->job, of->n_windows, sizeof *of->order, "windows", &of->order);
}

/* The order of an epoch's windows (Fisher & Yates 1938). */
static void shuffle(struct training *of, uint64_t epoch)
{
    struct rng rng = rng_stream(of->job->request->seed, 'e', epoch);
    uint32_t n = (uint32_t)of->n_windows;
    for (uint32_t i = 0; i < n; i++) {
        of->order[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rng_below(&rng, i), other = of->order[j];
        of->order[j] = of->order[i - 1];
        of->order[i - 1] = other;
    }
    of->epoch = epoch;
}

/* Piece i of a text as input, piece i + 1 as target; behind the end neither. Returns the targets.
 */
static uint32_t fill_window(struct training *of, uint32_t slot, const uint32_t *ids, uint64_t from,
                            uint64_t end)
{
    uint32_t context = of->model.shape.context, n = 0;
    for (uint32_t p = 0; p < context; p++) {
        uint64_t at = from + p, row = (uint64_t)slot * context + p;
        bool has_target = at + 1 < end;
        of->ids[row] = at < end ? ids[at] : of->end;
        of->targets[row] = has_target ? ids[at + 1] : LEARN_NO_TARGET;
        n += has_target;
    }
    return n;
}

static void clear_slots(struct training *of, uint32_t from)
{
    for (uint32_t slot = from; slot < of->room.n_sequences; slot++) {
        fill_window(of, slot, NULL, 1, 0);
    }
}

static uint64_t window_of(struct training *of, uint64_t number)
{
    if (of->epoch != number / of->n_windows) {
        shuffle(of, number / of->n_windows);
    }
    return (uint64_t)of->order[number % of->n_windows] * of->model.shape.context;
}

static double sum_losses(const struct training *of)
{
    double sum = 0;
    for (uint32_t r = 0; r < of->room.n_rows; r++) {
        sum += of->room.losses[r];
    }
    return sum;
}

/* One update's gradient, in as many parts as there is room for. Returns the mean loss. */
static double gradient(struct training *of, uint64_t step)
{
    uint32_t context = of->model.shape.context, room = of->room.n_sequences;
    uint64_t first = step * of->per_step, n_targets = 0;
    double sum = 0;
    for (uint32_t w = 0; w < of->per_step; w++) {
        uint64_t from = window_of(of, first + w), left = of->text.n_ids - from;
        n_targets += left > context ? context : left - 1;
    }
    for (uint32_t done = 0; done < of->per_step; done += room) {
        uint32_t n = of->per_step - done < room ? of->per_step - done : room;
        for (uint32_t slot = 0; slot < n; slot++) {
            uint64_t from = window_of(of, first + done + slot);
            fill_window(of, slot, of->text.ids, from, of->text.n_ids);
        }
        clear_slots(of, n);
        learn_forward(&of->model, &of->room, of->ids, of->targets, true, 1 / (float)n_targets);
        learn_backward(&of->model, &of->room, of->ids);
        sum += sum_losses(of);
    }
    return sum / (double)n_targets;
}

/* Mean loss of the held-out lines' pieces, each line by itself behind an end of text, what lies
 * beyond the context left out; of the first `most` pieces. NAN: there are none. */
static double held_out_loss(struct training *of, uint64_t most)
{
    const uint32_t *ids = of->text.held_ids;
    uint64_t n = of->text.n_held_ids, n_targets = 0, context = of->model.shape.context;
    double sum = 0;
    uint32_t slot = 0;
    for (uint64_t at = 0, end; at < n && n_targets < most; at = end) {
        for (end = at + 1; end < n && ids[end] != of->end; end++) {
        }
        uint64_t seen = end - at < context ? end : at + context;
        n_targets += fill_window(of, slot++, ids, at, seen);
        if (slot == of->room.n_sequences || end == n || n_targets >= most) {
            clear_slots(of, slot);
            learn_forward(&of->model, &of->room, of->ids, of->targets, false, 0);
            sum += sum_losses(of);
            slot = 0;
        }
    }
    return n_targets ? sum / (double)n_targets : NAN;
}

static double rate_of(const struct training *of, uint64_t step)
{
    if (step < of->warm_up) {
        return of->how.rate * (double)(step + 1) / (double)of->warm_up;
    }
    if (!of->cosine) {
        return of->how.rate;
    }
    double along = (double)(step - of->warm_up) / (double)(of->n_steps - of->warm_up);
    return of->how.rate * (0.1 + 0.9 * 0.5 * (1 + cos(3.14159265358979323846 * along)));
}

static void note_moment(struct training *of, uint64_t pieces, uint64_t most)
{
    if (of->n_curve <= CURVE) {
        of->curve[of->n_curve++] = (struct moment){pieces, of->recent, held_out_loss(of, most)};
    }
}

static emb_status learn(struct training *of)
{
    struct train_job *job = of->job;
    uint64_t batch = (uint64_t)of->per_step * of->model.shape.context;
    uint64_t every = of->n_steps / CURVE ? of->n_steps / CURVE : 1;
    emb_status status = EMB_OK;
    job_phase(job, 5, "training", "pieces", of->model.step * batch, of->n_steps * batch);
    for (uint64_t step = of->model.step; status == EMB_OK && step < of->n_steps; step++) {
        struct learn_adamw how = of->how;
        how.rate = rate_of(of, step);
        double loss = gradient(of, step), norm = learn_adamw_step(&of->model, &how);
        if (!isfinite(loss) || !isfinite(norm)) {
            return emb_failf(job->host, EMB_E_FORMAT,
                             "%s: the loss at update %llu is %g, its gradient's norm %g; a smaller "
                             "rate or clip may help; nothing was written",
                             job->model, (unsigned long long)step + 1, loss, norm);
        }
        of->recent = step == 0 ? loss : of->recent + (loss - of->recent) / (step < 50 ? 10 : 50);
        if ((step + 1) % every == 0 && step + 1 < of->n_steps) {
            note_moment(of, (step + 1) * batch, CURVE_PIECES);
        }
        status = job_step(job, (step + 1) * batch, of->recent);
    }
    return status;
}

/* Moments of the curve travel with the checkpoint, so that the side file has the same bytes. */
static void describe(struct training *of, struct checkpoint *checkpoint)
{
    float *const blocks[] = {of->model.values, of->model.moments[0], of->model.moments[1]};
    checkpoint->settings_hash = settings_hash(of->job, &learn_train);
    checkpoint->corpus_hash = of->text.hash;
    checkpoint->n_blocks = 4;
    for (int i = 0; i < 3; i++) {
        checkpoint->blocks[i].data = blocks[i];
        checkpoint->blocks[i].n_bytes = of->model.n_parameters * sizeof(float);
    }
    checkpoint->blocks[3].data = of->curve;
    checkpoint->blocks[3].n_bytes = sizeof of->curve;
    checkpoint->position[0] = of->model.step;
    checkpoint->position[1] = of->n_curve;
    memcpy(&checkpoint->position[2], &of->recent, sizeof of->recent);
}

static emb_status resume(struct training *of)
{
    struct checkpoint checkpoint = {0};
    describe(of, &checkpoint);
    emb_status status = checkpoint_load(of->job, &checkpoint);
    if (status != EMB_OK) {
        return status;
    }
    if (checkpoint.position[0] > of->n_steps || checkpoint.position[1] > CURVE + 1) {
        return emb_failf(of->job->host, EMB_E_FORMAT, "%s: position %llu is beyond the end",
                         of->job->request->resume_from, (unsigned long long)checkpoint.position[0]);
    }
    of->model.step = checkpoint.position[0];
    of->n_curve = (uint32_t)checkpoint.position[1];
    memcpy(&of->recent, &checkpoint.position[2], sizeof of->recent);
    return EMB_OK;
}

static void write_real(struct output *file, const char *before, double value)
{
    output_text(file, "%s", before);
    if (isfinite(value)) {
        output_number(file, value, 9);
    } else {
        output_text(file, "null");
    }
}

static void write_curve(const struct training *of, struct output *file)
{
    output_text(file, "  \"curve\": [");
    for (uint32_t i = 0; i < of->n_curve; i++) {
        output_text(file, "%s\n    {\"pieces\": %llu", i ? "," : "",
                    (unsigned long long)of->curve[i].pieces);
        write_real(file, ", \"loss\": ", of->curve[i].loss);
        write_real(file, ", \"held_out_loss\": ", of->curve[i].held_out);
        output_text(file, "}");
    }
    output_text(file, "\n  ],\n");
}

static void write_side(void *arg, struct output *file)
{
    const struct training *of = arg;
    const struct train_job *job = of->job;
    const struct learn_text *text = &of->text;
    output_text(file,
                "{\n  \"format\": \"harness-training/1\",\n  \"model\": \"%s\",\n"
                "  \"version\": \"" TRAIN_VERSION "\",\n",
                job->model);
    output_text(file,
                "  \"corpus\": {\n    \"bytes\": %llu,\n    \"fnv1a64\": \"%016llx\",\n"
                "    \"lines\": %llu,\n    \"held_out_lines\": %llu,\n    \"repaired\": %llu,\n"
                "    \"pieces\": %llu,\n    \"held_out_pieces\": %llu\n  },\n",
                (unsigned long long)text->n_bytes, (unsigned long long)text->hash,
                (unsigned long long)text->n_lines, (unsigned long long)text->n_held_lines,
                (unsigned long long)text->n_repaired, (unsigned long long)text->n_ids,
                (unsigned long long)text->n_held_ids);
    settings_write_options(file, job, &learn_train);
    output_text(file,
                "  \"seed\": %llu,\n  \"vocabulary\": %u,\n  \"parameters\": %llu,\n"
                "  \"updates\": %llu,\n",
                (unsigned long long)job->request->seed, of->model.shape.vocabulary,
                (unsigned long long)of->model.n_parameters, (unsigned long long)of->model.step);
    write_curve(of, file);
    const struct moment *last = &of->curve[of->n_curve - 1];
    write_real(file, "  \"loss\": ", last->loss);
    write_real(file, ",\n  \"held_out_loss\": ", last->held_out);
    output_text(file, ",\n  \"threads\": %u", job->n_lanes);
    write_real(file, ",\n  \"seconds\": ", job_clock() - job->started);
    write_real(file, ",\n  \"training_seconds\": ", of->seconds);
    output_text(file, ",\n  \"resumed\": %s\n}\n", job->request->resume_from ? "true" : "false");
}

static void write_held(void *arg, struct output *file)
{
    learn_text_write_held(arg, file);
}

static emb_status publish(struct training *of)
{
    note_moment(of, of->model.step * of->per_step * of->model.shape.context, UINT64_MAX);
    emb_status status = learn_folder_write_model(&of->folder, &of->model, of->end, END_OF_TEXT);
    status = status != EMB_OK
                 ? status
                 : learn_folder_write(&of->folder, "held-out.txt", write_held, &of->text);
    status = status != EMB_OK ? status
                              : learn_folder_write(&of->folder, "training.json", write_side, of);
    return status != EMB_OK ? status : learn_folder_commit(&of->folder);
}

static emb_status run(struct training *of)
{
    struct train_job *job = of->job;
    emb_status status = read_options(of);
    status = status != EMB_OK ? status : learn_folder_open(&of->folder, job);
    status =
        status != EMB_OK ? status : learn_text_read(&of->text, job, setting_real(job, "held-out"));
    status = status != EMB_OK ? status : get_tokenizer(of);
    status = status != EMB_OK ? status : learn_text_cut(&of->text, of->tokenizer, of->end);
    status = status != EMB_OK ? status : make_model(of);
    status = status != EMB_OK ? status : plan(of);
    if (status == EMB_OK && job->request->resume_from) {
        status = resume(of);
    }
    double began = job_clock();
    status = status != EMB_OK ? status : learn(of);
    of->seconds = job_clock() - began;
    if (status == EMB_E_CANCELLED && of->order) { /* else it was interrupted before training */
        struct checkpoint checkpoint = {0};
        describe(of, &checkpoint);
        emb_status saved = checkpoint_save(job, &checkpoint);
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
        .loss = of->curve[of->n_curve - 1].loss,
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
    emb_status status = job_alloc(&job, 1, sizeof *of, "a training run", &of);
    if (status != EMB_OK) {
        return status;
    }
    of->job = &job;
    status = run(of);
    if (status == EMB_OK && result) {
        fill_result(of, result);
    }
    learn_folder_finish(&of->folder);
    learn_room_finish(&of->room, &of->model);
    learn_model_finish(&of->model);
    tokenizer_destroy(of->tokenizer);
    bpe_finish(&of->bpe);
    learn_text_finish(&of->text);
    host->free(host, of->ids);
    host->free(host, of->targets);
    host->free(host, of->order);
    host->free(host, of);
    return status;
}

const struct emb_ext_train learn_train = {
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .train = train,
};
