/*
 * train - make a model of a plugin's kind from text, through emb.train/1.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "commands/command.h"
#include "commands/guard.h"
#include "commands/say.h"
#include "commands/plugins/train_senses.h"
#include "commands/plugins/trainers.h"
#include "math/blas.h"
#include "plugin/confinement.h"
#include "plugin/corpus.h"
#include "plugin/host.h"
#include "plugin/load.h"
#include "plugin/options.h"
#include "plugin/registry.h"
#include "worker/process.h"
#include "worker/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_help options[] = {
    {"o", "FILE", "the model to make; it appears when it is complete"},
    {"threads", "N", "default: all processors"},
    {"seed", "N", "of everything random; default 1"},
    {"memory", "BYTES", "the trainer's budget (4G, 500M); default: the trainer's own"},
    {"checkpoint", "FILE", "where Ctrl-C saves the state; default: the model's name + .checkpoint"},
    {"resume", NULL, "go on from the checkpoint"},
    {"development", "DATA", "train senses: the data set that tells when to stop"},
    {"wordnet", "DIR",
     "train senses: the WordNet 3.0 data base; default: $WNSEARCHDIR, /usr/share/wordnet"},
    {"plugin-dir", "DIR", "look for plugins in DIR too; repeatable"},
    SANDBOX_OPTION,
    {0},
};

/* A training run while it runs. */
struct training {
    const struct args *args;
    struct registry registry;
    const struct plugin_model *model;
    const struct train_recipe *recipe; /* NULL: the plugin's own name was given */
    struct option_pair *pairs; /* [n_pairs] option=value words; texts are the words themselves */
    uint32_t n_pairs;
    const char **paths; /* [n_paths] corpus words */
    uint32_t n_paths;
    struct emb_options *values;
    struct corpus *corpus;
    char *checkpoint;
    char *made; /* where the trainer writes: -o, or a file whose bytes go on to a device or FIFO */
    bool apart; /* the latter */
    char phase[128]; /* the one that is shown */
    struct emb_train_state last;
    bool restored; /* the second Ctrl-C is deadly */
};

/* "name=value" is an option unless a file of that name lies there. */
static void sort_words(struct training *training)
{
    uint32_t n = args_n(training->args);
    training->pairs = mem_array(n + 1, sizeof *training->pairs);
    if (training->recipe) {
        training->pairs[training->n_pairs++] = (struct option_pair){
            .name = mem_text("objective"), .value = mem_text(training->recipe->objective)};
    }
    training->paths = mem_array(n, sizeof *training->paths);
    for (uint32_t i = 1; i < n; i++) {
        const char *word = args_word(training->args, i), *equals = strchr(word, '=');
        if (equals && equals > word && !file_exists(word)) {
            struct option_pair *pair = &training->pairs[training->n_pairs++];
            pair->name = mem_text_n(word, (size_t)(equals - word));
            pair->value = mem_text(equals + 1);
        } else {
            training->paths[training->n_paths++] = word;
        }
    }
}

static void count_text(uint64_t n, char *text, size_t size)
{
    if (n >= 10000000) {
        snprintf(text, size, "%.1f M", (double)n / 1e6);
    } else if (n >= 10000) {
        snprintf(text, size, "%.1f k", (double)n / 1e3);
    } else {
        snprintf(text, size, "%llu", (unsigned long long)n);
    }
}

/* One line for a phase that is over. */
static void close_phase(struct training *training, bool complete)
{
    const struct emb_train_state *last = &training->last;
    char done[32], rate[32], loss[48] = "";
    if (!training->phase[0]) {
        return;
    }
    progress_end();
    count_text(complete && last->total ? last->total : last->done, done, sizeof done);
    count_text((uint64_t)(last->rate > 0 ? last->rate : 0), rate, sizeof rate);
    if (!isnan(last->loss)) {
        snprintf(loss, sizeof loss, ", loss %.5f", last->loss);
    }
    log_info("%s: %s %s, %s/s%s", training->phase, done, last->unit ? last->unit : "", rate, loss);
    training->phase[0] = '\0';
}

static emb_status report(void *ctx, const struct emb_train_state *state)
{
    struct training *training = ctx;
    if (strncmp(training->phase, state->phase, sizeof training->phase - 1) != 0) {
        close_phase(training, true);
        snprintf(training->phase, sizeof training->phase, "%s", state->phase);
        progress_begin_at(training->phase, state->unit ? state->unit : "", state->done,
                          state->total);
    }
    char note[48] = "";
    if (!isnan(state->loss)) {
        snprintf(note, sizeof note, "loss %.5f", state->loss);
    }
    progress_note(note);
    progress_to(state->done);
    training->last = *state;
    if (!process_interrupted()) {
        return EMB_OK;
    }
    if (!training->restored) {
        process_restore_signals();
        training->restored = true;
    }
    return EMB_E_CANCELLED;
}

static int read_numbers(const struct args *args, struct emb_train_request *request)
{
    uint64_t threads = 0;
    const char *memory = args_value(args, "memory", NULL);
    TRY(args_uint(args, "threads", 0, &threads));
    TRY(args_uint(args, "seed", 1, &request->seed));
    if (threads > 1024) {
        return error_set(ERR_REQUEST, "--threads: found %llu, expected at most 1024",
                         (unsigned long long)threads);
    }
    if (memory && !num_bytes(slice_of(memory), &request->memory_bytes)) {
        return error_set(ERR_REQUEST, "--memory: found '%s', expected bytes, as 4G or 500M",
                         memory);
    }
    request->n_threads = (uint32_t)threads;
    return 0;
}

/* A trainer makes a file and renames it: beside where a link leads, apart from what is no file.
 * (Trainers of contextual models make folders, for which they find no place there.) */
static void choose_output(struct training *training, struct emb_train_request *request)
{
    const char *output = request->output;
    training->apart = file_is_special(output) && training->model->desc->caps & EMB_CAP_STATIC;
    if (training->apart) {
        training->made = file_join(getenv("TMPDIR"), "model"); /* the scratch folder of guard.h */
    } else {
        training->made = file_follow_links(output);
        char *side = mem_format("%s.json", training->made); /* what word trainers tell of theirs */
        file_clear_left_behind(training->made);
        file_clear_left_behind(side);
        free(side);
    }
    request->output = training->made;
}

/* Where the state goes that --resume reads; NULL where the output is no file and none is named. */
static int choose_checkpoint(struct training *training, struct emb_train_request *request)
{
    const char *given = args_value(training->args, "checkpoint", NULL);
    bool resume = args_flag(training->args, "resume");
    char *path = given ? mem_text(given)
                 : training->apart
                     ? NULL
                     : mem_format("%s.checkpoint", args_value(training->args, "o", ""));
    if (!path) {
        return resume ? error_set(ERR_REQUEST, "--resume: the output is no file, expected "
                                               "--checkpoint FILE")
                      : 0;
    }
    int status =
        file_is_special(path)
            ? error_set(ERR_REQUEST, "%s: is no file, expected one to keep the state", path)
            : file_check_output(path);
    status = status ? error_context(status, "--checkpoint") : 0;
    if (!status && resume && access(path, R_OK) != 0) {
        status = error_set(ERR_REQUEST, "--resume: there is no checkpoint %s", path);
    }
    training->checkpoint = file_follow_links(path);
    file_clear_left_behind(training->checkpoint);
    request->resume_from = resume ? training->checkpoint : NULL;
    free(path);
    return status;
}

static int open_corpus(struct training *training)
{
    const struct args *args = training->args;
    const char *const only_senses[] = {"development", "wordnet"};
    const struct train_senses from = {.datasets = training->paths,
                                      .n = training->n_paths,
                                      .development = args_value(args, "development", NULL),
                                      .wordnet = args_value(args, "wordnet", NULL)};
    if (training->recipe && training->recipe->reads_senses) {
        return train_senses_open(&from, &training->corpus);
    }
    for (int i = 0; i < 2; i++) {
        if (args_value(args, only_senses[i], NULL)) {
            return error_set(ERR_REQUEST, "--%s: only train senses reads it", only_senses[i]);
        }
    }
    return corpus_open(training->paths, training->n_paths, &training->corpus);
}

/* Everything that can be wrong is found before the first word is read. */
static int prepare(struct training *training, struct emb_train_request *request)
{
    const struct args *args = training->args;
    request->output = args_value(args, "o", NULL);
    if (args_n(args) < 2 || !request->output) {
        return error_set(ERR_REQUEST, "train: expected PLUGIN CORPUS… -o FILE; see harness train "
                                      "--help");
    }
    uint32_t n_folders;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    int status = registry_open(folders, n_folders, &training->registry);
    free(folders);
    status = status ? status
                    : trainer_find(&training->registry, args_word(args, 0), &training->recipe,
                                   &training->model);
    status = status ? status : read_numbers(args, request);
    if (status) {
        return status;
    }
    sort_words(training);
    char *owner = mem_format("train %s", training->model->desc->id);
    status = options_create(training->model->train_options, training->model->n_train_options,
                            training->pairs, training->n_pairs, owner, &training->values);
    free(owner);
    if (status) {
        return status;
    }
    choose_output(training, request);
    TRY(open_corpus(training));
    return choose_checkpoint(training, request);
}

static int load_trainer(const struct training *training, const struct emb_ext_train **ret_train)
{
    const struct emb_model_ops *ops;
    const struct emb_model_desc *desc;
    confinement_allow_output(args_value(training->args, "o", ""));
    if (training->checkpoint) {
        confinement_allow_output(training->checkpoint);
    }
    int status = plugin_load(training->model, &ops, &desc);
    *ret_train = status ? NULL : ops->extension(NULL, EMB_EXT_TRAIN);
    return status || *ret_train ? status
                                : error_set(ERR_FAILED, "%s: has no trainer any more", desc->id);
}

static int run_trainer(struct training *training, struct emb_train_request *request,
                       struct emb_train_result *result)
{
    const char *id = training->model->desc->id;
    const struct emb_ext_train *train;
    TRY(load_trainer(training, &train));
    blas_use_one_thread(); /* in bodies of parallel_for, as the contract says */
    struct pool *pool = pool_create(request->n_threads);
    struct host host;
    host_init(&host, id, pool);
    request->struct_size = sizeof *request;
    request->n_threads = pool_workers(pool);
    request->options = training->values;
    request->corpus = corpus_interface(training->corpus);
    request->checkpoint = training->checkpoint;
    request->ctx = training;
    request->report = report;
    host_forget_failure();
    process_catch_signals();
    emb_status ended = train->train(&host.api, request, result);
    bool interrupted = process_interrupted();
    if (!training->restored) {
        process_restore_signals();
    }
    close_phase(training, ended == EMB_OK);
    int status = 0;
    if (ended == EMB_E_CANCELLED && interrupted) {
        status = training->checkpoint
                     ? error_set(ERR_INTERRUPTED,
                                 "interrupted; the state is in %s: the same command with --resume "
                                 "goes on",
                                 training->checkpoint)
                     : error_set(ERR_INTERRUPTED, "interrupted; nothing is kept, as the output is "
                                                  "no file and there is no --checkpoint");
    } else if (ended && corpus_failure(training->corpus)) {
        status = error_set(ERR_REQUEST, "%s", corpus_failure(training->corpus));
    } else if (ended) {
        status = host_error(id, "train", ended);
        /* corpus and checkpoint could be read: what else fails is a disk */
        status = ended == EMB_E_IO ? ERR_MACHINE : status;
    }
    host_finish(&host);
    pool_destroy(pool);
    return status;
}

static void print_result(const char *output, const struct emb_train_result *result)
{
    char words[32], tokens[32];
    count_text(result->n_words, words, sizeof words);
    count_text(result->corpus_tokens, tokens, sizeof tokens);
    FILE *to = file_is_standard_output(output) ? stderr : stdout;
    say_to(to, "%s: %s words of %u dimensions from %s running words in %.1f s", output, words,
           result->dim, tokens, result->seconds);
    if (!isnan(result->loss)) {
        say_to(to, ", loss %.5f", result->loss);
    }
    say_to(to, "\n");
}

static void training_finish(struct training *training)
{
    for (uint32_t i = 0; i < training->n_pairs; i++) {
        free(training->pairs[i].name);
        free(training->pairs[i].value);
    }
    free(training->pairs);
    free(training->paths);
    options_destroy(training->values);
    corpus_close(training->corpus);
    free(training->checkpoint);
    free(training->made);
    registry_close(&training->registry);
}

static int run(const struct args *args)
{
    struct training training = {.args = args, .last = {.loss = NAN}};
    struct emb_train_request request = {0};
    struct emb_train_result result = {.struct_size = sizeof result, .loss = NAN};
    int status = prepare(&training, &request);
    status = status ? status : run_trainer(&training, &request, &result);
    if (!status && training.apart) {
        status = file_copy(training.made, args_value(args, "o", ""));
    }
    if (!status) {
        print_result(args_value(args, "o", ""), &result);
        if (request.resume_from) {
            unlink(request.resume_from); /* it has served */
        }
    }
    training_finish(&training);
    return status;
}

const struct command command_train = {
    .name = "train",
    .synopsis = "PLUGIN CORPUS… -o FILE [option=value…]",
    .summary = "make word vectors, or a transformer, from text",
    .details =
        "CORPUS is a text file, plain or packed (gzip, xz, zstd, bzip2), a folder of them, or -\n"
        "for standard input; one line is one context. `harness train gpt --help` shows the "
        "options\n"
        "of that trainer, `harness list plugins` those of all. Ctrl-C saves the state beside the\n"
        "model; --resume goes on from it.\n"
        "\n"
        "  harness train word2vec corpus.txt.gz -o vectors.bin size=200 window=8\n"
        "  zcat *.gz | harness train glove - -o vectors.txt\n"
        "  harness train gpt corpus.txt -o gpt blocks=4 dim=128 epochs=3 snapshots=8\n"
        "  harness train bert corpus.txt -o bert blocks=4 dim=128 epochs=3\n"
        "  harness train senses semcor -o tuned from=MODEL --development semeval2007\n"
        "\n"
        "gpt, bert and senses are train transformer with objective=causal, masked and senses;\n"
        "the CORPUS of senses is sense-tagged data (a path, or the name of a prepared set).\n",
    .options = options,
    .makes_folders = true,
    .loads_plugins = true,
    .more_help = trainer_help,
    .run = run,
};
