/* Reads the suites' options from the command line and prepares each suite. */
#include "commands/run/suite_jobs.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/run/seeds.h"
#include "suites/options.h"

#include <stdlib.h>
#include <string.h>

/* "wsd=PATH" is for wsd alone; without a suite's id before '=' it is for every suite. */
static const char *for_suite(const char *text, const char *suite)
{
    const char *equals = strchr(text, '=');
    if (!equals) {
        return text;
    }
    for (size_t i = 0; suites[i]; i++) {
        if (strlen(suites[i]->id) == (size_t)(equals - text) &&
            strncmp(suites[i]->id, text, (size_t)(equals - text)) == 0) {
            return strcmp(suites[i]->id, suite) == 0 ? equals + 1 : NULL;
        }
    }
    return text;
}

static const char **share_of(const struct args *args, const char *option, const char *suite,
                             uint32_t *ret_n)
{
    uint32_t n, kept = 0;
    const char **values = args_values(args, option, false, &n);
    for (uint32_t i = 0; i < n; i++) {
        const char *value = for_suite(values[i], suite);
        if (value) {
            values[kept++] = value;
        }
    }
    *ret_n = kept;
    return values;
}

/* Of several seeds the first is that of the baselines, and of what is made of all embedders'
 * items. */
static int first_seed(const struct args *args, uint64_t *ret_seed)
{
    struct seeds seeds;
    int status = seeds_from_args(args, &seeds);
    if (status == 0) {
        *ret_seed = seeds.seeds[0];
    }
    seeds_finish(&seeds);
    return status;
}

static int read_request(const struct args *args, struct suite_jobs *suite_jobs,
                        struct suite_request *request)
{
    uint64_t resamples;
    suite_jobs->methods = args_values(args, "method", true, &request->n_methods);
    request->methods = suite_jobs->methods;
    request->dev = args_value(args, "dev", NULL);
    request->wordnet = args_value(args, "wordnet", NULL);
    int status = args_uint(args, "limit", 0, &request->limit);
    if (status == 0) {
        status = first_seed(args, &request->seed);
    }
    if (status == 0) {
        status = args_uint(args, "vocabulary-limit", 0, &request->vocabulary_limit);
    }
    if (status == 0) {
        status = args_uint(args, "resamples", 2000, &resamples);
    }
    if (status == 0 && resamples > 1000000) {
        status = error_set(ERR_REQUEST, "--resamples: found %llu, expected at most 1000000",
                           (unsigned long long)resamples);
    }
    if (status == 0) {
        request->resamples = (uint32_t)resamples;
        suite_jobs->seed = request->seed;
    }
    return status;
}

/* "SUITE.NAME=VALUE" is for that suite alone: what follows the point, or NULL for another suite. */
static const char *setting_for(const char *text, const char *suite)
{
    size_t n = strcspn(text, ".=");
    if (text[n] != '.') {
        return text;
    }
    return strlen(suite) == n && strncmp(text, suite, n) == 0 ? text + n + 1 : NULL;
}

/* Bytes of the name in "NAME=VALUE". */
static size_t name_of(const char *setting)
{
    return strcspn(setting, "=");
}

/* Is it said to be this suite's, "SUITE.NAME=VALUE"? */
static bool is_prefixed(const char *text)
{
    return text[strcspn(text, ".=")] == '.';
}

/* A suite's own settings, a new array: those that name the suite, and of the others those that its
 * table has. */
static const char **settings_of(const struct args *args, const struct suite *suite, uint32_t *ret_n)
{
    uint32_t n, kept = 0;
    const char **values = args_values(args, "set", false, &n);
    for (uint32_t i = 0; i < n; i++) {
        const char *value = setting_for(values[i], suite->id);
        if (value && (is_prefixed(values[i]) || suite_find_option(suite, value, name_of(value)))) {
            values[kept++] = value;
        }
    }
    *ret_n = kept;
    return values;
}

/* "wsd: k, memory; sts: sif": what suites that run take. */
static void list_options(const struct args *args, struct str *out)
{
    uint32_t n;
    const char **names = args_values(args, "suite", true, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct suite *suite = suite_find(names[i]);
        for (uint32_t o = 0; suite && o < suite_n_options(suite); o++) {
            str_add(out, o ? ", " : out->n ? "; " : "");
            str_format(out, "%s%s%s", o ? "" : suite->id, o ? "" : ": ",
                       suite->options[o].typed.name);
        }
    }
    str_add(out, out->n ? "" : "none has options");
    free(names);
}

/* Every setting must be one of a suite that runs. */
static int check_settings(const struct args *args)
{
    uint32_t n, n_names;
    const char **values = args_values(args, "set", false, &n);
    const char **names = args_values(args, "suite", true, &n_names);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < n; i++) {
        bool known = false;
        for (uint32_t s = 0; s < n_names; s++) {
            const struct suite *suite = suite_find(names[s]);
            const char *value = suite ? setting_for(values[i], suite->id) : NULL;
            known = known ||
                    (value && value[name_of(value)] == '=' &&
                     (is_prefixed(values[i]) || suite_find_option(suite, value, name_of(value))));
        }
        if (!known) {
            struct str options = {0};
            list_options(args, &options);
            status = error_set(ERR_REQUEST,
                               "--set %s: expected NAME=VALUE or SUITE.NAME=VALUE with an option "
                               "of a suite that runs (%s); see harness list suites",
                               values[i], str_text(&options));
            str_finish(&options);
        }
    }
    free(names);
    free(values);
    return status;
}

/* A suite that lets them be chosen knows them, or has refused them by now. */
static int check_methods(const struct suite_jobs *suite_jobs, const struct suite_request *request)
{
    bool chosen = request->n_methods == 0;
    struct str able = {0};
    for (uint32_t p = 0; p < suite_jobs->n; p++) {
        chosen = chosen || suite_jobs->jobs[p].suite->choosable;
    }
    for (size_t i = 0; suites[i]; i++) {
        if (suites[i]->choosable) {
            str_format(&able, "%s%s", able.n ? ", " : "", suites[i]->id);
        }
    }
    int status = chosen ? 0
                        : error_set(ERR_REQUEST,
                                    "--method %s: none of these suites has methods to choose from; "
                                    "those that have: %s",
                                    request->methods[0], str_text(&able));
    str_finish(&able);
    return status;
}

static int add_suite_job(const struct args *args, struct suite_jobs *suite_jobs, const char *name,
                         const struct suite_request *common)
{
    const struct suite *suite = suite_find(name);
    if (!suite) {
        return error_set(ERR_REQUEST, "--suite: unknown suite '%s'; see harness list suites", name);
    }
    for (uint32_t i = 0; i < suite_jobs->n; i++) {
        if (suite_jobs->jobs[i].suite == suite) {
            return error_set(ERR_REQUEST, "--suite: '%s' is named twice", suite->id);
        }
    }
    struct suite_job *suite_job = &suite_jobs->jobs[suite_jobs->n++];
    suite_job->suite = suite;
    suite_job->request = *common;
    suite_job->datasets = share_of(args, "dataset", suite->id, &suite_job->request.n_datasets);
    suite_job->train = share_of(args, "train", suite->id, &suite_job->request.n_train);
    suite_job->options = settings_of(args, suite, &suite_job->request.n_options);
    suite_job->request.datasets = suite_job->datasets;
    suite_job->request.train = suite_job->train;
    suite_job->request.options = suite_job->options;
    return suite_open(suite, &suite_job->request, &suite_job->state);
}

int suite_jobs_from_args(const struct args *args, const char *only, struct suite_jobs *suite_jobs)
{
    struct suite_request common = {0};
    uint32_t n;
    *suite_jobs = (struct suite_jobs){0};
    const char **names = args_values(args, "suite", true, &n);
    int status = read_request(args, suite_jobs, &common);
    if (status == 0 && n == 0) {
        status = error_set(
            ERR_REQUEST,
            "no suite given: --suite wsd, for example; see harness list suites and harness --help");
    }
    status = status ? status : check_settings(args);
    suite_jobs->jobs = mem_array(n, sizeof *suite_jobs->jobs);
    for (uint32_t i = 0; status == 0 && i < n; i++) {
        if (!only || strcmp(names[i], only) == 0) {
            status = add_suite_job(args, suite_jobs, names[i], &common);
        }
    }
    free(names);
    return status || only ? status : check_methods(suite_jobs, &common);
}

void suite_jobs_finish(struct suite_jobs *suite_jobs)
{
    for (uint32_t i = 0; i < suite_jobs->n; i++) {
        suite_jobs->jobs[i].suite->release(suite_jobs->jobs[i].state);
        suite_unsettle(&suite_jobs->jobs[i].request);
        free(suite_jobs->jobs[i].datasets);
        free(suite_jobs->jobs[i].train);
        free(suite_jobs->jobs[i].options);
    }
    free(suite_jobs->jobs);
    free(suite_jobs->methods);
    *suite_jobs = (struct suite_jobs){0};
}
