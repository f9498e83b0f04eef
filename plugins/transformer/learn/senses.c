/* objective=senses: steps over words, checks on a development set, early stopping, the folder. */
#include "learn/senses.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/checkpoint.h"
#include "train/rng.h"
#include "train/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t n_words_of(const struct sense_chunk *chunks, uint32_t n)
{
    uint64_t words = 0;
    for (uint32_t c = 0; c < n; c++) {
        words += chunks[c].n;
    }
    return words;
}

/* Groups in parts of SENSE_CHUNK words at most; returns how many, which *ret_chunks has room for.
 */
static uint32_t cut_chunks(const struct sense_items *items, struct sense_chunk *ret_chunks)
{
    uint32_t n = 0;
    for (uint32_t i = 0, end; i < items->n; i = end, n++) {
        for (end = i + 1; end < items->n && end - i < SENSE_CHUNK &&
                          items->items[end].group == items->items[i].group;
             end++) {
        }
        if (ret_chunks) {
            ret_chunks[n] = (struct sense_chunk){i, end - i};
        }
    }
    return n;
}

/* The words of each group, and then the chunks, in this epoch's order. */
static void shuffle(struct senses *senses, uint64_t epoch)
{
    struct rng rng = rng_stream(senses->of->job->request->seed, 's', epoch);
    const struct sense_items *train = &senses->text.train;
    memcpy(senses->items, train->items, train->n * sizeof *senses->items);
    for (uint32_t first = 0, end; first < train->n; first = end) {
        for (end = first + 1;
             end < train->n && train->items[end].group == train->items[first].group; end++) {
        }
        for (uint32_t i = end; i > first + 1; i--) {
            uint32_t j = first + rng_below(&rng, i - first);
            struct sense_item other = senses->items[j];
            senses->items[j] = senses->items[i - 1];
            senses->items[i - 1] = other;
        }
    }
    (void)cut_chunks(train, senses->chunks);
    for (uint32_t i = senses->n_chunks; i > 1; i--) {
        uint32_t j = rng_below(&rng, i);
        struct sense_chunk other = senses->chunks[j];
        senses->chunks[j] = senses->chunks[i - 1];
        senses->chunks[i - 1] = other;
    }
    senses->epoch = epoch;
}

/* One update's gradient over the chunks of a step, which do not cross an epoch's end. */
static double gradient(struct senses *senses, uint64_t step, uint64_t *ret_words)
{
    uint64_t steps = (senses->n_chunks + senses->per_step - 1) / senses->per_step, n_right = 0;
    if (senses->epoch != step / steps) {
        shuffle(senses, step / steps);
    }
    uint32_t first = (uint32_t)(step % steps) * senses->per_step;
    uint32_t left = senses->n_chunks - first;
    uint32_t n = left < senses->per_step ? left : senses->per_step;
    const struct sense_chunk *chunks = senses->chunks + first;
    double loss = 0;
    *ret_words = n_words_of(chunks, n);
    for (uint32_t done = 0; done < n;) {
        done += sense_batch(senses, senses->items, chunks + done, n - done, 1 / (double)*ret_words,
                            &loss, &n_right);
    }
    return loss / (double)*ret_words;
}

/* Share of the development words that get a right sense; NAN: there are none. */
static emb_status development_f1(struct senses *senses, double *ret_f1)
{
    const struct sense_items *items = &senses->text.development;
    struct sense_chunk *chunks;
    uint32_t n = cut_chunks(items, NULL);
    uint64_t n_right = 0;
    double loss = 0;
    TRY(job_alloc(senses->of->job, n + 1ull, sizeof *chunks, "the development set", &chunks));
    (void)cut_chunks(items, chunks);
    learn_products_choose(&senses->of->scratch.products, COMPUTE_F32); /* as it will be used */
    for (uint32_t done = 0; done < n;) {
        done += sense_batch(senses, items->items, chunks + done, n - done, 0, &loss, &n_right);
    }
    learn_products_choose(&senses->of->scratch.products, senses->of->compute);
    senses->of->job->host->free(senses->of->job->host, chunks);
    *ret_f1 = items->n ? (double)n_right / items->n : (double)NAN;
    return EMB_OK;
}

/* Notes how good the model is, and keeps it if it is the best so far. */
static emb_status check(struct senses *senses, uint64_t words)
{
    struct sense_record *record = &senses->record;
    struct learn_model *model = &senses->of->model;
    struct sense_check *now = &record->checks[record->n_checks];
    *now = (struct sense_check){words, model->step ? record->recent : (double)NAN, NAN};
    emb_status status = development_f1(senses, &now->f1);
    if (status == EMB_OK && senses->best) {
        bool is_best = record->n_checks == 0 || now->f1 > record->checks[record->best].f1;
        if (is_best) {
            memcpy(senses->best, model->values, model->n_parameters * sizeof(float));
            record->best = record->n_checks;
        }
        uint64_t patience = (uint64_t)setting_int(senses->of->job, "patience");
        record->stopped = patience && record->n_checks - record->best >= patience;
    }
    record->n_checks++;
    return status;
}

/* Share of the run that is behind: of the minutes where these are given, else of the updates. */
static double along(const struct senses *senses)
{
    double steps = (double)senses->of->model.step / (double)senses->of->n_steps;
    double time = learn_time(senses->of);
    return time > steps ? time : steps;
}

static double rate_of(const struct senses *senses)
{
    const struct training *of = senses->of;
    double share = along(senses), warm_up = setting_real(of->job, "warm-up");
    if (share < warm_up) {
        return of->how.rate * (share + 1.0 / (double)of->n_steps) / warm_up;
    }
    share = (share - warm_up) / (1 - warm_up);
    return of->cosine ? of->how.rate * (0.1 + 0.45 * (1 + cos(3.14159265358979323846 * share)))
                      : of->how.rate;
}

static emb_status step(struct senses *senses, uint64_t *words)
{
    struct training *of = senses->of;
    struct learn_adamw how = of->how;
    uint64_t n;
    how.rate = rate_of(senses);
    double loss = gradient(senses, of->model.step, &n), norm = learn_adamw_step(&of->model, &how);
    if (!isfinite(loss) || !isfinite(norm)) {
        return emb_failf(of->job->host, EMB_E_FORMAT,
                         "%s: the loss at update %llu is %g, its gradient's norm %g; a smaller "
                         "rate or clip may help; nothing was written",
                         of->job->model, (unsigned long long)of->model.step + 1, loss, norm);
    }
    double *recent = &senses->record.recent;
    *recent = of->model.step == 1 ? loss : *recent + (loss - *recent) / 50;
    *words += n;
    return EMB_OK;
}

static uint64_t words_before(const struct senses *senses)
{
    return senses->of->model.step * senses->text.train.n /
           ((senses->n_chunks + senses->per_step - 1) / senses->per_step);
}

static emb_status learn(struct senses *senses)
{
    struct training *of = senses->of;
    uint64_t n_checks = (uint64_t)setting_int(of->job, "checks"), words = words_before(senses);
    uint64_t total = of->n_steps * senses->text.train.n /
                     ((senses->n_chunks + senses->per_step - 1) / senses->per_step);
    emb_status status = EMB_OK;
    if (senses->record.n_checks == 0) {
        status = check(senses, 0);
    }
    job_phase(of->job, 3, "training", "words", words,
              setting_real(of->job, "minutes") > 0 ? 0 : total); /* 0: not known */
    while (status == EMB_OK && along(senses) < 1 && !senses->record.stopped) {
        status = step(senses, &words);
        if (status == EMB_OK &&
            along(senses) * (double)n_checks >= (double)senses->record.n_checks) {
            status = check(senses, words);
        }
        status = status != EMB_OK ? status : job_step(of->job, words, senses->record.recent);
    }
    if (status == EMB_OK && senses->record.checks[senses->record.n_checks - 1].words < words &&
        senses->record.n_checks < SENSE_CHECKS + 2) {
        status = check(senses, words);
    }
    return status;
}

/* What does not learn: with train-blocks=k all below the last k blocks. */
static emb_status freeze(struct senses *senses)
{
    struct training *of = senses->of;
    struct learn_model *model = &of->model;
    uint32_t n_blocks = model->shape.n_blocks,
             last = (uint32_t)setting_int(of->job, "train-blocks");
    if (last > n_blocks) {
        return emb_failf(of->job->host, EMB_E_OPTION,
                         "%s: option train-blocks: found %u, but the model of from= has %u blocks",
                         of->job->model, last, n_blocks);
    }
    senses->first_block = last ? n_blocks - last : 0;
    for (uint32_t t = 0; last && t < model->n_tensors; t++) {
        bool is_final = t == LEARN_FINAL_GAIN || t == LEARN_FINAL_BIAS;
        bool is_below = t < LEARN_PER_MODEL + senses->first_block * LEARN_PER_BLOCK;
        model->tensors[t].frozen_until = is_below && !is_final ? UINT64_MAX : 0;
    }
    if (of->frozen_tokens == UINT64_MAX) {
        model->tensors[LEARN_TABLE].frozen_until = UINT64_MAX;
    }
    return EMB_OK;
}

/* A chunk's rows at most: its definitions, and sentences as long as can be. */
static uint32_t most_rows(const struct senses *senses)
{
    uint32_t most = MOST_ROWS;
    const struct sense_items *all[] = {&senses->text.train, &senses->text.development};
    for (int k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < all[k]->n; i++) {
            if (i > 0 && all[k]->items[i].group == all[k]->items[i - 1].group) {
                continue;
            }
            uint32_t rows = sense_rows(senses, &all[k]->items[i], 1) +
                            SENSE_CHUNK * senses->of->model.shape.context;
            most = rows > most ? rows : most;
        }
    }
    return most;
}

static uint32_t most_candidates(const struct senses *senses)
{
    uint32_t most = 0;
    const struct sense_items *all[] = {&senses->text.train, &senses->text.development};
    for (int k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < all[k]->n; i++) {
            uint32_t n = all[k]->items[i].n_candidates;
            most = n > most ? n : most;
        }
    }
    return most;
}

static emb_status make_scratch(struct senses *senses)
{
    const struct train_job *job = senses->of->job;
    uint64_t dim = senses->of->model.shape.dim, n = most_candidates(senses);
    emb_status status = job_alloc(job, n, sizeof(double), "scores", &senses->scores);
    status = status != EMB_OK ? status : job_alloc(job, n, 1, "scores", &senses->right);
    status = status != EMB_OK
                 ? status
                 : job_alloc(job, 2 * (n + 1) * dim, sizeof(float), "vectors", &senses->vectors);
    if (status == EMB_OK) {
        senses->d_vectors = senses->vectors + n * dim;
        senses->word = senses->d_vectors + n * dim;
        senses->d_word = senses->word + dim;
    }
    return status;
}

/* Words a step are a batch: as many chunks as have so many on the whole. */
static emb_status plan(struct senses *senses)
{
    struct training *of = senses->of;
    const struct train_job *job = of->job;
    const struct sense_items *train = &senses->text.train;
    senses->n_chunks = cut_chunks(train, NULL);
    emb_status status =
        job_alloc(job, senses->n_chunks, sizeof *senses->chunks, "words", &senses->chunks);
    status = status != EMB_OK
                 ? status
                 : job_alloc(job, train->n, sizeof *senses->items, "words", &senses->items);
    double per_step =
        (double)setting_int(job, "words") * (double)senses->n_chunks / (double)train->n;
    senses->per_step = per_step < 1 ? 1 : (uint32_t)llround(per_step);
    senses->epoch = UINT64_MAX;
    uint64_t steps = (senses->n_chunks + senses->per_step - 1) / senses->per_step;
    uint64_t asked = (uint64_t)setting_int(job, "steps");
    of->n_steps = asked ? asked : (uint64_t)ceil(setting_real(job, "epochs") * (double)steps);
    of->n_steps = of->n_steps ? of->n_steps : 1;
    return status;
}

static emb_status make_model(struct senses *senses)
{
    struct training *of = senses->of;
    struct learn_shape shape;
    emb_status status = learn_shape(of, tokenizer_n_pieces(of->tokenizer), &shape);
    status = status != EMB_OK ? status : learn_model_init(&of->model, of->job, &shape);
    status = status != EMB_OK ? status : learn_begin(of);
    status = status != EMB_OK ? status : freeze(senses);
    if (status == EMB_OK && senses->text.n_before + senses->text.n_after + 1 > shape.context) {
        status = emb_failf(of->job->host, EMB_E_OPTION,
                           "%s: option context: found %u, no room beside special pieces",
                           of->job->model, shape.context);
    }
    uint32_t n = status == EMB_OK ? (most_rows(senses) + shape.context - 1) / shape.context : 0;
    status = status != EMB_OK ? status : learn_make_room(of, n);
    status = status != EMB_OK ? status : learn_make_batch(of);
    if (status == EMB_OK && senses->text.development.n) {
        status = job_alloc(of->job, of->model.n_parameters, sizeof(float), "the best parameters",
                           &senses->best);
    }
    return status != EMB_OK ? status : make_scratch(senses);
}

static void describe(struct senses *senses, struct checkpoint *checkpoint)
{
    struct learn_model *model = &senses->of->model;
    float *const blocks[] = {model->values, model->moments[0], model->moments[1], senses->best};
    checkpoint->settings_hash = settings_hash(senses->of->job, &learn_train);
    checkpoint->corpus_hash = senses->text.hash;
    checkpoint->n_blocks = senses->best ? 5 : 4;
    checkpoint->blocks[0].data = &senses->record;
    checkpoint->blocks[0].n_bytes = sizeof senses->record;
    for (uint32_t i = 1; i < checkpoint->n_blocks; i++) {
        checkpoint->blocks[i].data = blocks[i - 1];
        checkpoint->blocks[i].n_bytes = model->n_parameters * sizeof(float);
    }
    checkpoint->position[0] = model->step + 1; /* 0 would be an empty one */
}

static emb_status resume(struct senses *senses)
{
    struct checkpoint checkpoint = {0};
    describe(senses, &checkpoint);
    emb_status status = checkpoint_load(senses->of->job, &checkpoint);
    if (status == EMB_OK &&
        (checkpoint.position[0] > senses->of->n_steps + 1 || checkpoint.position[0] == 0 ||
         senses->record.n_checks > SENSE_CHECKS + 2)) {
        status = emb_failf(senses->of->job->host, EMB_E_FORMAT, "%s: is beyond the end",
                           senses->of->job->request->resume_from);
    }
    senses->of->model.step = status == EMB_OK ? checkpoint.position[0] - 1 : 0;
    return status;
}

static void write_side(void *arg, struct output *file)
{
    const struct senses *senses = arg;
    const struct training *of = senses->of;
    const struct train_job *job = of->job;
    const struct sense_text *text = &senses->text;
    output_text(file,
                "{\n  \"format\": \"harness-training/1\",\n  \"model\": \"%s\",\n"
                "  \"version\": \"" TRAIN_VERSION "\",\n  \"objective\": \"senses\",\n",
                job->model);
    output_text(file,
                "  \"corpus\": {\n    \"bytes\": %llu,\n    \"fnv1a64\": \"%016llx\",\n"
                "    \"sentences\": %u,\n    \"definitions\": %u,\n    \"words\": %u,\n"
                "    \"development_words\": %u,\n    \"left_out\": %llu\n  },\n",
                (unsigned long long)text->n_bytes, (unsigned long long)text->hash,
                text->n_sentences, text->n_definitions, text->train.n, text->development.n,
                (unsigned long long)text->n_without);
    settings_write_options(file, job, &learn_train);
    output_text(file, "  \"seed\": %llu,\n  \"updates\": %llu,\n  \"checks\": [",
                (unsigned long long)job->request->seed, (unsigned long long)of->model.step);
    for (uint32_t i = 0; i < senses->record.n_checks; i++) {
        const struct sense_check *at = &senses->record.checks[i];
        output_text(file, "%s\n    {\"words\": %llu", i ? "," : "", (unsigned long long)at->words);
        learn_write_real(file, ", \"loss\": ", at->loss);
        learn_write_real(file, ", \"development_f1\": ", at->f1);
        output_text(file, "}");
    }
    output_text(file, "\n  ],\n");
    if (senses->best) {
        output_text(file, "  \"best\": %llu,\n  \"stopped_early\": %s,\n",
                    (unsigned long long)senses->record.best,
                    senses->record.stopped ? "true" : "false");
    }
    learn_write_real(file, "  \"loss\": ", senses->record.recent);
    output_text(file, ",\n  \"threads\": %u", job->n_lanes);
    learn_write_real(file, ",\n  \"seconds\": ", job_clock() - job->started);
    learn_write_real(file, ",\n  \"training_seconds\": ", of->seconds);
    output_text(file, ",\n  \"resumed\": %s\n}\n", job->request->resume_from ? "true" : "false");
}

static emb_status publish(struct senses *senses)
{
    struct training *of = senses->of;
    if (senses->best) {
        memcpy(of->model.values, senses->best, of->model.n_parameters * sizeof(float));
    }
    if (of->is_half) {
        learn_round_to_half(&of->model);
    }
    TRY(learn_write_model(of, &of->folder));
    TRY(learn_folder_write(&of->folder, "training.json", write_side, senses));
    return learn_folder_commit(&of->folder);
}

static emb_status run(struct senses *senses)
{
    struct training *of = senses->of;
    emb_status status = learn_folder_open(&of->folder, of->job);
    status = status != EMB_OK ? status : learn_get_tokenizer(of);
    status = status != EMB_OK ? status : sense_text_read(&senses->text, of->job, of->tokenizer);
    if (status == EMB_OK && senses->text.development.n == 0) {
        status = learn_refuse_unread(of, "patience", "with --development");
    }
    if (status == EMB_OK) {
        sense_text_limit(&senses->text, (uint64_t)setting_int(of->job, "limit"));
    }
    status = status != EMB_OK ? status : make_model(senses);
    status = status != EMB_OK ? status : plan(senses);
    if (status == EMB_OK && of->job->request->resume_from) {
        status = resume(senses);
    }
    of->began = job_clock();
    of->record.spent = senses->record.spent;
    status = status != EMB_OK ? status : learn(senses);
    of->seconds = of->record.spent + job_clock() - of->began;
    if (status == EMB_E_CANCELLED && senses->items) { /* else before training */
        struct checkpoint checkpoint = {0};
        senses->record.spent = of->seconds;
        describe(senses, &checkpoint);
        emb_status saved = checkpoint_save(of->job, &checkpoint);
        return saved == EMB_OK ? EMB_E_CANCELLED : saved;
    }
    return status != EMB_OK ? status : publish(senses);
}

emb_status senses_run(struct training *of, struct emb_train_result *result)
{
    const struct emb_host *host = of->job->host;
    struct senses senses = {.of = of};
    emb_status status = run(&senses);
    if (status == EMB_OK && result) {
        struct emb_train_result full = {
            .struct_size = result->struct_size,
            .dim = of->model.shape.dim,
            .n_words = of->model.shape.vocabulary,
            .corpus_tokens = senses.text.pieces.n_bytes / sizeof(uint32_t),
            .seconds = job_clock() - of->job->started,
            .loss = senses.record.recent,
        };
        memcpy(result, &full, full.struct_size < sizeof full ? full.struct_size : sizeof full);
    }
    sense_text_finish(&senses.text);
    host->free(host, senses.chunks);
    host->free(host, senses.items);
    host->free(host, senses.best);
    host->free(host, senses.scores);
    host->free(host, senses.right);
    host->free(host, senses.vectors);
    return status;
}
