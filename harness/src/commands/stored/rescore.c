/*
 * rescore - anybody's sense predictions, in the same table with every split, interval and baseline.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/command.h"
#include "commands/run/machine.h"
#include "commands/run/targets.h"
#include "report/formats.h"
#include "report/write.h"
#include "suites/shared/rescore.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"dataset", "DATA", "the set that was answered: XML with gold keys, folder, prepared name"},
    {"label-set", "GOLD",
     "score against this gold key file instead, [NAME=]FILE; repeatable: one after another; the\n"
     "set is then called SET@NAME, NAME is the file's up to its first point if not given"},
    {"train", "DATA", "training corpus, for the baseline of its most frequent senses"},
    {"inventory", "FILE",
     "the senses of each lemma, for labels that are not WordNet 3.0's, as --set wsd.inventory of\n"
     "run takes them"},
    {"resamples", "N", "bootstrap resamples behind each 95 % interval; 0 = none; default 2000"},
    {"seed", "N", "of the resamples; default 1"},
    {"wordnet", "DIR", "the WordNet data base; default: $WNSEARCHDIR, then /usr/share/wordnet"},
    {"satellites", NULL,
     "treat sense keys of adjectives and of satellite adjectives (%3, %5) as the same"},
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},
    {"out", "DIR", "write the report files there, too: JSON, XML, per-item records"},
    {"name", "NAME", "base name of the report files; default rescore"},
    {"no-items", NULL, "no per-item records, which harness compare needs"},
    {0},
};

/* What a rescoring makes. */
struct rescoring {
    const struct args *args;
    struct suite_request request;
    const char **datasets, **train; /* the request's, owned */
    struct result_tree tree;
    struct map names;            /* of the systems */
    struct rescore_gold *labels; /* [n_labels] other golds, one after another */
    uint32_t n_labels;
    struct item_writer *items; /* NULL: not wanted */
    char *items_name;          /* its file's name */
    bool satellites;           /* their sense keys are those of adjectives */
    bool first;                /* no file has been scored yet */
    struct str endings;        /* of the report files that were written */
};

static bool is_wanted(const struct rescoring *rescoring, const char *embedder)
{
    /* baselines are the same for every file: they are kept from the first alone */
    return rescoring->first || strcmp(embedder, "baseline") != 0;
}

static void take_row(void *ctx, const struct figure *row)
{
    struct rescoring *rescoring = ctx;
    if (is_wanted(rescoring, row->embedder)) {
        result_tree_add_row(&rescoring->tree, row);
    }
}

static void take_item(void *ctx, const struct result_item *item)
{
    struct rescoring *rescoring = ctx;
    if (is_wanted(rescoring, item->embedder)) {
        item_writer_add(rescoring->items, item);
    }
}

/* "x/EWISER.key.txt" → "EWISER" */
static char *system_name(const char *path)
{
    static const char *const endings[] = {".gz", ".xz", ".txt", ".key", ".gold"};
    char *name = mem_text(file_name(path));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (text_ends(name, endings[i]) && strlen(name) > strlen(endings[i])) {
            name[strlen(name) - strlen(endings[i])] = '\0';
        }
    }
    return name;
}

/* "x/coarse.gold.key.txt" → "coarse" */
static char *label_name(const char *path)
{
    const char *file = file_name(path);
    return mem_text_n(file, strcspn(file, "."));
}

/* A word is a path, or NAME=PATH where there is no file called so; names are unique. free() both.
 */
static int name_file(struct map *names, const char *word, char *(*name_of)(const char *path),
                     char **ret_name, char **ret_path)
{
    const char *sign = file_exists(word) ? NULL : strchr(word, '=');
    char *path = mem_text(sign ? sign + 1 : word);
    char *name = sign ? mem_text_n(word, (size_t)(sign - word)) : name_of(path);
    uint32_t known = names->n;
    const char *wrong = name[0] == '\0'                      ? "has no name"
                        : strcmp(name, "baseline") == 0      ? "has the baselines' name"
                        : map_put_text(names, name) != known ? "has the name of another"
                                                             : NULL;
    *ret_name = name;
    *ret_path = path;
    return wrong ? error_set(ERR_REQUEST, "%s: \"%s\" %s; NAME=%s gives it one", path, name, wrong,
                             path)
                 : 0;
}

static int read_labels(struct rescoring *rescoring)
{
    uint32_t n;
    const char **golds = args_values(rescoring->args, "label-set", false, &n);
    struct map names = {0};
    int status = 0;
    rescoring->labels = mem_array(n + 1u, sizeof *rescoring->labels);
    for (uint32_t g = 0; status == 0 && g < n; g++) {
        struct rescore_gold *label = &rescoring->labels[rescoring->n_labels++];
        status = name_file(&names, golds[g], label_name, &label->name, &label->path);
    }
    map_finish(&names);
    free(golds);
    return status ? error_context(status, "--label-set") : 0;
}

static void finish_labels(struct rescoring *rescoring)
{
    for (uint32_t g = 0; g < rescoring->n_labels; g++) {
        free(rescoring->labels[g].name);
        free(rescoring->labels[g].path);
    }
    free(rescoring->labels);
}

static int score_file(struct rescoring *rescoring, const char *word)
{
    char *name, *path;
    struct result_sink sink = {rescoring, take_row, rescoring->items ? take_item : NULL};
    double start = clock_seconds();
    int status = name_file(&rescoring->names, word, system_name, &name, &path);
    struct rescore_how how = {.inventory = args_value(rescoring->args, "inventory", NULL),
                              .satellites = rescoring->satellites};
    if (status == 0 && rescoring->n_labels == 0) {
        status = rescore_answers(&rescoring->request, path, name, &how, &sink);
    }
    for (uint32_t g = 0; status == 0 && g < rescoring->n_labels; g++) {
        how.gold = &rescoring->labels[g];
        status = rescore_answers(&rescoring->request, path, name, &how, &sink);
    }
    if (status == 0) {
        struct embedder_facts facts = {.name = mem_text(name),
                                       .series_tokens = NAN,
                                       .held_out_loss = NAN,
                                       .kind = mem_text("predictions"),
                                       .model_path = mem_text(path),
                                       .status = mem_text("ok"),
                                       .seconds = clock_seconds() - start};
        result_tree_add_embedder(&rescoring->tree, &facts);
    }
    rescoring->first = false;
    free(name);
    free(path);
    return status;
}

/* "OUT/NAME" and an ending. free() it. */
static char *report_path(const struct args *args, const char *ending)
{
    char *name = mem_format("%s%s", args_value(args, "name", "rescore"), ending);
    char *path = file_join(args_value(args, "out", "."), name);
    free(name);
    return path;
}

static int open_items(struct rescoring *rescoring)
{
    const struct args *args = rescoring->args;
    if (!args_value(args, "out", NULL) || args_flag(args, "no-items")) {
        return 0;
    }
    char *path = report_path(args, REPORT_ITEMS_ENDING);
    int status = file_make_folders(args_value(args, "out", "."));
    status = status ? status : item_writer_open(path, NULL, &rescoring->items);
    rescoring->items_name = mem_text(file_name(path));
    free(path);
    return status;
}

static int write_files(struct rescoring *rescoring)
{
    const struct args *args = rescoring->args;
    struct result_tree *tree = &rescoring->tree;
    if (!args_value(args, "out", NULL)) {
        return 0;
    }
    int status = 0;
    if (rescoring->items) {
        status = item_writer_commit(rescoring->items);
        rescoring->items = NULL;
        tree->run.items = rescoring->items_name;
    }
    const struct report_look look = {.view.digits = -1};
    char *base = report_path(args, "");
    status = status ? status : file_make_folders(args_value(args, "out", "."));
    status = status ? status : report_formats_write_run(tree, &look, base, &rescoring->endings);
    free(base);
    return status;
}

/* Last, as of a run: what stands at the bottom of a terminal is where to go on. */
static void say_files(const struct rescoring *rescoring)
{
    if (rescoring->endings.n > 0) {
        char *base = report_path(rescoring->args, "");
        log_info("report: %s%s", base, str_text(&rescoring->endings));
        free(base);
    }
}

static int read_request(struct rescoring *rescoring)
{
    const struct args *args = rescoring->args;
    struct suite_request *request = &rescoring->request;
    uint64_t resamples;
    rescoring->datasets = args_values(args, "dataset", false, &request->n_datasets);
    rescoring->train = args_values(args, "train", false, &request->n_train);
    request->datasets = rescoring->datasets;
    request->train = rescoring->train;
    request->wordnet = args_value(args, "wordnet", NULL);
    const char *name = args_value(args, "name", "rescore");
    if (name[0] == '\0' || strchr(name, '/')) {
        return error_set(ERR_REQUEST, "--name: found \"%s\", expected a file's base name", name);
    }
    TRY(args_uint(args, "seed", 1, &request->seed));
    TRY(args_uint(args, "resamples", 2000, &resamples));
    if (resamples > 1000000) {
        return error_set(ERR_REQUEST, "--resamples: found %llu, expected at most 1000000",
                         (unsigned long long)resamples);
    }
    request->resamples = (uint32_t)resamples;
    if (args_n(args) == 0 || request->n_datasets == 0) {
        return error_set(ERR_REQUEST, "rescore: expected KEYFILE… and --dataset DATA");
    }
    return 0;
}

static int check_keys(const struct result_tree *tree)
{
    const struct figure *twin = result_tree_twin(tree, false);
    return twin ? error_set(ERR_FAILED, "a fault of this program: two figures \"%s %s, %s, %s\"",
                            twin->dataset, twin->embedder, twin->metric, twin->split.text)
                : 0;
}

static int run(const struct args *args)
{
    struct rescoring rescoring = {.args = args, .first = true};
    struct result_tree *tree = &rescoring.tree;
    char started[32];
    clock_stamp(started);
    int status = 0;
    TRY_OR_FINISH(read_request(&rescoring));
    rescoring.satellites = args_flag(args, "satellites");
    tree->run = (struct run_facts){
        .command = args_line(args), .started = started, .seed = rescoring.request.seed};
    double begin = clock_seconds();
    machine_describe(&tree->run);
    TRY_OR_FINISH(read_labels(&rescoring));
    if (args_value(args, "out", NULL)) {
        TRY_OR_FINISH(
            targets_check(args_value(args, "out", "."), args_value(args, "name", "rescore")));
    }
    TRY_OR_FINISH(open_items(&rescoring));
    for (uint32_t i = 0; i < args_n(args); i++) {
        TRY_OR_FINISH(score_file(&rescoring, args_word(args, i)));
    }
    tree->run.seconds = clock_seconds() - begin;
    TRY_OR_FINISH(check_keys(tree));
    TRY_OR_FINISH(write_files(&rescoring));
    report_write_table(tree, stdout, table_columns(stdout),
                       table_colour(stdout, args_flag(args, "no-color")));
    say_files(&rescoring);
finish:
    str_finish(&rescoring.endings);
    item_writer_abort(rescoring.items);
    result_tree_finish(tree);
    finish_labels(&rescoring);
    map_finish(&rescoring.names);
    free(rescoring.items_name);
    free(rescoring.datasets);
    free(rescoring.train);
    return status;
}

const struct command command_rescore = {
    .name = "rescore",
    .synopsis = "[options] --dataset DATA [NAME=]KEYFILE…",
    .summary = "score any system's word-sense predictions",
    .details =
        "KEYFILE holds `INSTANCE_ID KEY [KEY…]` a line, as the unified framework's scorer reads.\n"
        "Several answers share the point, ids without gold are ignored, instances without an\n"
        "answer count against recall: its semantics, with splits, intervals and baselines beside.\n"
        "Answers that are no sense of their instance are wrong and warned of; a file that holds "
        "no\n"
        "answer, or no id of the data's, is an error. With --out, harness compare pairs what was\n"
        "published with a run of one's own.\n"
        "\n"
        "  harness rescore --dataset ALL/ALL.data.xml ewiser.key consec.key\n"
        "  harness rescore --dataset ALL --out results --name published EWISER=ewiser.key\n"
        "  harness compare results/published.json results/mine.json\n",
    .options = options,
    .run = run,
};
