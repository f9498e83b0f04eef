/*
 * snapshots.c - models kept on the way, in at-PIECES folders of the finished one: before the first
 * update, after it, and at counts of updates in a geometric row up to the last.
 *
 * Interrupted, they wait beside the checkpoint in CHECKPOINT.snapshots/, until a run that was
 * resumed from it has come to its end.
 */
#include "learn/half.h"
#include "learn/training.h"

#include "embedder_util.h"
#include "train/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Updates before snapshot i of n. */
static uint64_t place_of(const struct training *of, uint32_t i, uint32_t n)
{
    if (i == 0 || n < 3) {
        return i == 0 ? 0 : of->n_steps;
    }
    double along = (double)(i - 1) / (n - 2);
    return (uint64_t)llround(pow((double)of->n_steps, along));
}

static bool is_due(const struct training *of)
{
    uint32_t n = (uint32_t)setting_int(of->job, "snapshots");
    for (uint32_t i = 0; i < n; i++) {
        if (place_of(of, i, n) == of->model.step) {
            return true;
        }
    }
    return false;
}

static uint64_t pieces_so_far(const struct training *of)
{
    return of->model.step * of->batch;
}

static void write_side(void *arg, struct output *file)
{
    const struct training *of = arg;
    const struct moment *at = &of->record.snapshots[of->record.n_snapshots - 1];
    output_text(file,
                "{\n  \"format\": \"harness-training/1\",\n  \"model\": \"%s\",\n"
                "  \"version\": \"" TRAIN_VERSION "\",\n  \"snapshot\": true,\n"
                "  \"seed\": %llu,\n  \"updates\": %llu,\n  \"pieces\": %llu,\n",
                of->job->model, (unsigned long long)of->job->request->seed,
                (unsigned long long)of->model.step, (unsigned long long)at->pieces);
    learn_write_real(file, "  \"loss\": ", at->loss);
    learn_write_real(file, ",\n  \"held_out_loss\": ", at->held_out);
    output_text(file, "\n}\n");
}

static emb_status write_folder(struct training *of)
{
    struct learn_folder sub;
    char name[LEARN_SNAPSHOT_NAME];
    learn_snapshot_name(pieces_so_far(of), name);
    emb_status status = learn_folder_sub(&of->folder, name, &sub);
    status = status != EMB_OK ? status
                              : learn_folder_copy(&sub, "tokenizer.json",
                                                  learn_folder_file(&of->folder, "tokenizer.json"));
    status = status != EMB_OK ? status : learn_write_model(of, &sub);
    status = status != EMB_OK ? status : learn_folder_write(&sub, "training.json", write_side, of);
    learn_folder_leave(&sub);
    return status;
}

emb_status learn_snapshot(struct training *of)
{
    struct training_record *record = &of->record;
    struct learn_model *model = &of->model;
    uint64_t pieces = pieces_so_far(of), bytes = model->n_parameters * sizeof(float);
    bool is_there =
        record->n_snapshots && record->snapshots[record->n_snapshots - 1].pieces == pieces;
    if (is_there || !is_due(of)) {
        return EMB_OK;
    }
    if (of->is_half) { /* between updates the gradients are free, all 0 */
        memcpy(model->gradients, model->values, bytes);
        learn_round_to_half(model);
    }
    double loss = model->step ? of->record.recent : (double)NAN;
    record->snapshots[record->n_snapshots++] =
        (struct moment){pieces, loss, learn_held_out_loss(of, UINT64_MAX)};
    emb_status status = write_folder(of);
    if (of->is_half) {
        memcpy(model->values, model->gradients, bytes);
        memset(model->gradients, 0, bytes);
    }
    return status;
}

static emb_status move(struct training *of, bool to_checkpoint)
{
    const char *checkpoint =
        to_checkpoint ? of->job->request->checkpoint : of->job->request->resume_from;
    bool resumed = of->job->request->resume_from != NULL;
    emb_status status = EMB_OK;
    if (!checkpoint || of->record.n_snapshots == 0) {
        return EMB_OK;
    }
    for (uint32_t i = 0; status == EMB_OK && i < of->record.n_snapshots; i++) {
        char name[LEARN_SNAPSHOT_NAME];
        learn_snapshot_name(of->record.snapshots[i].pieces, name);
        status = to_checkpoint
                     ? learn_folder_park(&of->folder, name, checkpoint, i == 0 && !resumed)
                     : learn_folder_fetch(&of->folder, name, checkpoint);
    }
    return status;
}

emb_status learn_snapshots_park(struct training *of)
{
    return move(of, true);
}

emb_status learn_snapshots_fetch(struct training *of)
{
    return move(of, false);
}

void learn_snapshots_write(const struct training *of, struct output *file)
{
    output_text(file, "  \"snapshots\": [");
    for (uint32_t i = 0; i < of->record.n_snapshots; i++) {
        const struct moment *at = &of->record.snapshots[i];
        char name[LEARN_SNAPSHOT_NAME];
        learn_snapshot_name(at->pieces, name);
        output_text(file, "%s\n    {\"folder\": \"%s\", \"pieces\": %llu", i ? "," : "", name,
                    (unsigned long long)at->pieces);
        learn_write_real(file, ", \"loss\": ", at->loss);
        learn_write_real(file, ", \"held_out_loss\": ", at->held_out);
        output_text(file, "}");
    }
    output_text(file, "%s],\n", of->record.n_snapshots ? "\n  " : "");
}
