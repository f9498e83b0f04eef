/*
 * rescore - anybody's sense predictions, in the same table with every split, interval and baseline.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/machine.h"
#include "report/write.h"
#include "suites/rescore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"dataset", "DATA", "the set that was answered: XML with gold keys, folder, prepared name"},
    {"label-set", "GOLD",
     "score against this gold key file instead; repeatable: one after another"},
    {"train", "DATA", "training corpus, for the baseline of its most frequent senses"},
    {"resamples", "N", "bootstrap resamples behind each 95 % interval; 0 = none; default 2000"},
    {"seed", "N", "of the resamples; default 1"},
    {"wordnet", "DIR", "the WordNet data base; default: where Debian has it"},
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},
    {"out", "DIR", "write the report files rescore.json and rescore.xml there too"},
    {0},
};

static void take_row(void *ctx, const struct result_row *row)
{
    result_tree_add_row(ctx, row);
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

/* Baselines are the same for every file: they are kept from the first alone. */
struct first_baselines {
    struct result_tree *tree;
    bool wanted;
};

static void take_new_row(void *ctx, const struct result_row *row)
{
    struct first_baselines *filter = ctx;
    if (filter->wanted || strcmp(row->embedder, "baseline") != 0) {
        take_row(filter->tree, row);
    }
}

static int score_file(const struct args *args, const struct suite_request *request,
                      const char *path, bool first, struct result_tree *tree)
{
    uint32_t n_golds;
    const char **golds = args_values(args, "label-set", false, &n_golds);
    char *name = system_name(path);
    struct first_baselines filter = {tree, first};
    struct result_sink sink = {&filter, take_new_row, NULL};
    double start = clock_seconds();
    int code = n_golds ? 0 : rescore_answers(request, path, name, NULL, &sink);
    for (uint32_t g = 0; code == 0 && g < n_golds; g++) {
        code = rescore_answers(request, path, name, golds[g], &sink);
    }
    if (code == 0) {
        struct embedder_facts facts = {.name = mem_text(name),
                                       .kind = mem_text("predictions"),
                                       .model_path = mem_text(path),
                                       .status = mem_text("ok"),
                                       .seconds = clock_seconds() - start};
        result_tree_add_embedder(tree, &facts);
    }
    free(name);
    free(golds);
    return code;
}

static int write_files(const struct args *args, const struct result_tree *tree)
{
    const char *folder = args_value(args, "out", NULL);
    if (!folder) {
        return 0;
    }
    char *json = file_join(folder, "rescore.json"), *xml = file_join(folder, "rescore.xml");
    int code = file_make_folders(folder);
    code = code ? code : report_write_xml(tree, xml);
    code = code ? code : report_write_json(tree, json);
    if (code == 0) {
        log_info("report: %s, %s", json, xml);
    }
    free(json);
    free(xml);
    return code;
}

static int read_request(const struct args *args, struct suite_request *request)
{
    uint64_t resamples;
    request->datasets = args_values(args, "dataset", false, &request->n_datasets);
    request->train = args_values(args, "train", false, &request->n_train);
    request->wordnet = args_value(args, "wordnet", NULL);
    int code = args_uint(args, "seed", 1, &request->seed);
    if (code == 0) {
        code = args_uint(args, "resamples", 2000, &resamples);
    }
    if (code) {
        return code;
    }
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

static int run(const struct args *args)
{
    struct suite_request request = {0};
    char started[32];
    clock_stamp(started);
    int code = read_request(args, &request);
    struct result_tree tree = {
        .run = {.command = args_line(args), .started = started, .seed = request.seed}};
    double begin = clock_seconds();
    machine_describe(&tree.run);
    for (uint32_t i = 0; code == 0 && i < args_n(args); i++) {
        code = score_file(args, &request, args_word(args, i), i == 0, &tree);
    }
    tree.run.seconds = clock_seconds() - begin;
    if (code == 0) {
        code = write_files(args, &tree);
    }
    if (code == 0) {
        report_write_table(&tree, stdout, table_columns(stdout),
                           table_colour(stdout, args_flag(args, "no-color")));
    }
    result_tree_finish(&tree);
    free((void *)request.datasets);
    free((void *)request.train);
    return code;
}

const struct command command_rescore = {
    .name = "rescore",
    .synopsis = "[options] --dataset DATA KEYFILE…",
    .summary = "score anybody's word-sense predictions",
    .details =
        "KEYFILE holds `INSTANCE_ID KEY [KEY…]` a line, as the unified framework's scorer reads.\n"
        "Several answers share the point, ids without gold are ignored, instances without an\n"
        "answer count against recall: its semantics, with splits, intervals and baselines beside.\n"
        "\n"
        "  harness rescore --dataset ALL/ALL.data.xml ewiser.key consec.key\n",
    .options = options,
    .run = run,
};
