/* What is kept beside a model: training.json, and the checkpoint of an interrupted run. */
#include "learn/training.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/checkpoint.h"
#include "train/settings.h"

#include <math.h>

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
    checkpoint->blocks[3].data = &of->record;
    checkpoint->blocks[3].n_bytes = sizeof of->record;
    checkpoint->position[0] = of->model.step;
}

emb_status learn_resume(struct training *of)
{
    struct checkpoint checkpoint = {0};
    describe(of, &checkpoint);
    TRY(checkpoint_load(of->job, &checkpoint));
    if (checkpoint.position[0] > of->n_steps || of->record.n_curve > CURVE + 1 ||
        of->record.n_snapshots > MOST_SNAPSHOTS) {
        return emb_failf(of->job->host, EMB_E_FORMAT, "%s: position %llu is beyond the end",
                         of->job->request->resume_from, (unsigned long long)checkpoint.position[0]);
    }
    of->model.step = checkpoint.position[0];
    return learn_snapshots_fetch(of);
}

emb_status learn_save(struct training *of)
{
    struct checkpoint checkpoint = {0};
    describe(of, &checkpoint);
    TRY(learn_snapshots_park(of));
    return checkpoint_save(of->job, &checkpoint);
}

void learn_write_real(struct output *file, const char *before, double value)
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
    for (uint32_t i = 0; i < of->record.n_curve; i++) {
        output_text(file, "%s\n    {\"pieces\": %llu", i ? "," : "",
                    (unsigned long long)of->record.curve[i].pieces);
        learn_write_real(file, ", \"loss\": ", of->record.curve[i].loss);
        learn_write_real(file, ", \"held_out_loss\": ", of->record.curve[i].held_out);
        output_text(file, "}");
    }
    output_text(file, "\n  ],\n");
}

void learn_write_side(void *arg, struct output *file)
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
    if (of->is_masked) {
        output_text(file, "  \"held_out_mask_seed\": %lld,\n",
                    (long long)setting_int(job, "mask-seed"));
    }
    output_text(file,
                "  \"memory\": {\"parameters\": %llu, \"batch\": %llu, \"kept_by_blocks\": %llu, "
                "\"recomputed\": %s},\n",
                16 * (unsigned long long)of->model.n_parameters,
                (unsigned long long)of->scratch.bytes, (unsigned long long)of->scratch.kept_bytes,
                of->scratch.recomputes ? "true" : "false");
    write_curve(of, file);
    learn_snapshots_write(of, file);
    const struct moment *last = &of->record.curve[of->record.n_curve - 1];
    learn_write_real(file, "  \"loss\": ", last->loss);
    learn_write_real(file, ",\n  \"held_out_loss\": ", last->held_out);
    output_text(file, ",\n  \"threads\": %u", job->n_lanes);
    learn_write_real(file, ",\n  \"seconds\": ", job_clock() - job->started);
    learn_write_real(file, ",\n  \"training_seconds\": ", of->seconds);
    output_text(file, ",\n  \"resumed\": %s\n}\n", job->request->resume_from ? "true" : "false");
}
