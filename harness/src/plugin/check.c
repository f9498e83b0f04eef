/* Runs the rules of `harness check` over a plugin and collects verdicts. */
#include "plugin/load.h"
#include "plugin/check_rules.h"

#include "base/error.h"
#include "base/mem.h"
#include "plugin/limits.h"
#include "plugin/symbols.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTOUCHED ((struct emb_model *)(uintptr_t)0x5A5A5A50)
#define MAX_ALLOCATIONS 64 /* of create() that are made to fail one by one */

__attribute__((format(printf, 3, 0))) static enum verdict
give(struct check *check, enum verdict verdict, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    str_clear(&check->why);
    str_add(&check->why, text);
    return verdict;
}

enum verdict check_failed(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum verdict verdict = give(check, VERDICT_FAILED, format, args);
    va_end(args);
    return verdict;
}

/* Something worth knowing of a rule that is kept. */
__attribute__((format(printf, 2, 3))) static void note(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    give(check, VERDICT_PASSED, format, args);
    va_end(args);
}

enum verdict check_skipped(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    enum verdict verdict = give(check, VERDICT_SKIPPED, format, args);
    va_end(args);
    return verdict;
}

enum verdict check_failed_call(struct check *check, const char *call, emb_status status)
{
    return check_failed(check, "%s() returned %d (%s)%s%s", call, status, emb_status_text(status),
                        host_failure()[0] ? ": " : ", and no reason was given (host->fail)",
                        host_failure());
}

/* Takes the flaw. */
static enum verdict violated_by(struct check *check, char *flaw)
{
    enum verdict verdict = check_failed(check, "%s", flaw);
    free(flaw);
    return verdict;
}

static emb_status create(struct check *check, const struct emb_options *options,
                         struct emb_model **ret_model)
{
    host_forget_failure();
    emb_status status = check->ops->create(&check->host.api, check->desc, options, ret_model);
    host_end_progress(&check->host);
    return status;
}

static enum verdict rule_symbols(struct check *check)
{
    char *others = NULL;
    const char *path = check->spec->model->plugin->path;
    if (symbols_exported(path, EMB_ENTRY_SYMBOL, &others)) {
        return check_skipped(check, "%s", error_message());
    }
    enum verdict verdict = VERDICT_PASSED;
    if (others) {
        verdict = check_failed(check,
                               "%s is not the only exported symbol: %s (hide the others: "
                               "-fvisibility=hidden, a version script, --exclude-libs,ALL)",
                               EMB_ENTRY_SYMBOL, others);
    }
    free(others);
    return verdict;
}

/* A newer header may promise what this harness does not have: no breach, but good to know. */
static enum verdict rule_edition(struct check *check)
{
    uint32_t minor = check->spec->model->plugin->abi_minor;
    if (minor > EMB_ABI_MINOR) {
        note(check,
             "it was built with the header of ABI %d.%u, this harness has %d.%u: members and "
             "extensions that came since are not there",
             EMB_ABI_MAJOR, minor, EMB_ABI_MAJOR, EMB_ABI_MINOR);
    }
    return VERDICT_PASSED;
}

static enum verdict rule_create(struct check *check)
{
    struct emb_model *model = NULL;
    emb_status status = create(check, check->spec->options, &model);
    if (status) {
        return check_failed_call(check, "create", status);
    }
    if (!model) {
        return check_failed(check, "create() returned 0 and no model");
    }
    check->model = model;
    return options_misuses() == 0
               ? VERDICT_PASSED
               : check_failed(check, "create() asks for options that the descriptor lacks");
}

/* What a failed create() must leave: ret_model as it was, a reason, no memory. */
static enum verdict expect_clean_failure(struct check *check, emb_status status,
                                         const struct emb_model *model, uint64_t blocks,
                                         const char *when)
{
    if (model != UNTOUCHED) {
        return check_failed(check, "%s: create() failed with %d, but wrote ret_model", when,
                            status);
    }
    if (!host_failure()[0]) {
        return check_failed(check, "%s: create() failed with %d and gave no reason", when, status);
    }
    uint64_t left = atomic_load(&check->host.blocks) - blocks;
    if (left > 0) {
        return check_failed(check, "%s: create() failed and leaks %llu block%s", when,
                            (unsigned long long)left, left == 1 ? "" : "s");
    }
    return VERDICT_PASSED;
}

/* create() with one path that is not there; the host would refuse it before. */
static enum verdict rule_missing_file(struct check *check)
{
    const struct emb_options *given = check->spec->options;
    const struct emb_option *option = options_path_option(given->options, given->n);
    if (!option) {
        return check_skipped(check, "the plugin reads no file");
    }
    struct emb_options options = *given;
    uint64_t blocks = atomic_load(&check->host.blocks);
    options.values = mem_array(given->n, sizeof *options.values);
    memcpy(options.values, given->values, given->n * sizeof *options.values);
    options.values[option - given->options].text = (char *)(uintptr_t) "/nowhere/no such file";
    struct emb_model *model = UNTOUCHED;
    emb_status status = create(check, &options, &model);
    free(options.values);
    if (status == EMB_OK) {
        if (model && model != UNTOUCHED) {
            check->ops->destroy(model);
        }
        return check_skipped(check, "a missing file is not reported as an error");
    }
    return expect_clean_failure(check, status, model, blocks, "missing file");
}

/* Every one of the first allocations fails once. */
static enum verdict rule_no_memory(struct check *check)
{
    uint64_t blocks = atomic_load(&check->host.blocks);
    for (uint32_t n = 1; n <= MAX_ALLOCATIONS; n++) {
        struct emb_model *model = UNTOUCHED;
        atomic_store(&check->host.fail_alloc, n);
        emb_status status = create(check, check->spec->options, &model);
        bool failed_one = atomic_exchange(&check->host.fail_alloc, 0) == 0;
        if (status == EMB_OK) {
            check->ops->destroy(model);
            if (!failed_one) {
                return VERDICT_PASSED; /* fewer than n allocations: all were tried */
            }
            continue; /* it can do without */
        }
        char when[64];
        snprintf(when, sizeof when, "allocation %u fails", n);
        if (status != EMB_E_NOMEM) {
            return check_failed(check, "%s: create() returned %d, not EMB_E_NOMEM", when, status);
        }
        enum verdict verdict = expect_clean_failure(check, status, model, blocks, when);
        if (verdict) {
            return verdict;
        }
    }
    return VERDICT_PASSED;
}

static enum verdict rule_cancel(struct check *check)
{
    struct emb_model *model = UNTOUCHED;
    uint64_t blocks = atomic_load(&check->host.blocks);
    host_cancel(&check->host);
    emb_status status = create(check, check->spec->options, &model);
    atomic_store(&check->host.cancelled, false);
    if (status == EMB_OK) {
        check->ops->destroy(model);
        return check_skipped(check, "create() does not ask progress()");
    }
    if (status != EMB_E_CANCELLED) {
        return check_failed_call(check, "cancelled create", status);
    }
    if (model != UNTOUCHED || atomic_load(&check->host.blocks) != blocks) {
        return check_failed(check, "cancelled create() wrote ret_model or leaks");
    }
    return VERDICT_PASSED;
}

/* info() into a struct of this size: it may write what it knows of it, and nothing beyond. */
static enum verdict try_info_size(struct check *check, uint32_t size)
{
    union {
        struct emb_model_info info;
        unsigned char bytes[sizeof(struct emb_model_info) + 64];
    } space;
    memset(&space, 0xC3, sizeof space);
    space.info.struct_size = size;
    check->ops->info(check->model, &space.info); /* may refuse */
    for (uint32_t i = sizeof space.info; i < sizeof space.bytes; i++) {
        if (space.bytes[i] != 0xC3) {
            return check_failed(check, "info() with struct_size %u wrote byte %u", size, i);
        }
    }
    return space.info.struct_size == size ? VERDICT_PASSED
                                          : check_failed(check, "info() changed struct_size");
}

static enum verdict rule_info(struct check *check)
{
    /* The first edition's size, which a plugin of a later one must keep to, and a later one's. */
    enum verdict verdict = try_info_size(check, sizeof(struct emb_model_info));
    verdict = verdict ? verdict : try_info_size(check, sizeof(struct emb_model_info) + 32);
    struct emb_model_info info = {.struct_size = sizeof info};
    emb_status status = verdict ? EMB_OK : check->ops->info(check->model, &info);
    if (verdict) {
        return verdict;
    }
    if (status) {
        return check_failed_call(check, "info", status);
    }
    char *flaw = limits_flaw_of_info(&info, check->caps);
    if (flaw) {
        return violated_by(check, flaw);
    }
    check->info = info;
    return VERDICT_PASSED;
}

static enum verdict try_stage_size(struct check *check, uint32_t size)
{
    union {
        struct emb_stage stage;
        unsigned char bytes[sizeof(struct emb_stage) + 64];
    } space;
    memset(&space, 0xC3, sizeof space);
    space.stage.struct_size = size;
    check->ops->stage(check->model, 0, &space.stage);
    for (uint32_t i = sizeof space.stage; i < sizeof space.bytes; i++) {
        if (space.bytes[i] != 0xC3) {
            return check_failed(check, "stage() with struct_size %u wrote byte %u", size, i);
        }
    }
    return VERDICT_PASSED;
}

static enum verdict rule_stages(struct check *check)
{
    enum verdict verdict = VERDICT_PASSED;
    struct emb_stage *stages = mem_array(check->info.n_stages, sizeof *stages);
    for (uint32_t i = 0; i < check->info.n_stages && !verdict; i++) {
        stages[i].struct_size = sizeof *stages;
        emb_status status = check->ops->stage(check->model, i, &stages[i]);
        char *flaw = status ? NULL : limits_flaw_of_stage(stages, i);
        verdict = status ? check_failed_call(check, "stage", status)
                  : flaw ? violated_by(check, flaw)
                         : VERDICT_PASSED;
    }
    free(stages);
    struct emb_stage beyond = {.struct_size = sizeof beyond};
    if (!verdict && check->ops->stage(check->model, check->info.n_stages, &beyond) == EMB_OK) {
        verdict =
            check_failed(check, "stage(%u) is beyond the last and succeeds", check->info.n_stages);
    }
    verdict = verdict ? verdict : try_stage_size(check, sizeof(struct emb_stage));
    return verdict ? verdict : try_stage_size(check, sizeof(struct emb_stage) + 32);
}

static enum verdict rule_destroy(struct check *check)
{
    check->ops->destroy(check->model);
    check->model = NULL;
    check->ops->destroy(NULL);
    uint64_t blocks = atomic_load(&check->host.blocks);
    if (blocks > 0) {
        return check_failed(check, "destroy() leaves %llu bytes in %llu blocks",
                            (unsigned long long)atomic_load(&check->host.bytes),
                            (unsigned long long)blocks);
    }
    return VERDICT_PASSED;
}

static const struct {
    const char *name;
    check_rule rule;
    bool embeds; /* pointless where rows are not even written */
} rules[] = {
    {"one symbol is exported", rule_symbols, false},
    {"its edition of the contract is known", rule_edition, false},
    {"create() makes a model", rule_create, false}, /* nothing else works without */
    {"info() is sound and grows safely", rule_info, false},
    {"stage() is sound and grows safely", rule_stages, false},
    {"rows are written, finite, and nothing beside them", rule_rows, false},
    {"equal batches give equal bytes", rule_equal_batches, true},
    {"strides are kept", rule_strides, true},
    {"a choice of stages gives the same vectors", rule_stage_subsets, true},
    {"all poolings work", rule_poolings, true},
    {"sentences and batches without targets work", rule_no_targets, true},
    {"text without words works", rule_plain_text, true},
    {"odd text does no harm", rule_odd_text, true},
    {"offsets are bytes", rule_bytes, true},
    {"static: a word's vector ignores its sentence", rule_static, true},
    {"table: a word's row ignores its sentence", rule_table, true},
    {"contextual: a word's vector depends on its sentence", rule_contextual, true},
    {"causal: only words to the left count", rule_causal, true},
    {"concurrent: embed() on several threads at once", rule_concurrent, true},
    {"two models live side by side", rule_two_models, true},
    {"unknown extensions are answered NULL", rule_unknown_extension, false},
    {"emb.tokens/1 is sound", rule_tokens, false},
    {"emb.vocab/1 agrees with embed()", rule_vocab, true},
    {"emb.weights/1 shows weights that do not change", rule_weights, false},
    {"emb.table/1 agrees with the stage \"table\"", rule_table_extension, false},
    {"emb.lm/1 gives distributions", rule_lm, false},
    {"emb.score/1 gives log-probabilities, those of emb.lm/1", rule_score, false},
    {"emb.attention/1 gives shares of one", rule_attention, false},
    {"emb.about/1 says lines of text", rule_about, false},
    {"emb.sentence/1 gives sentence vectors", rule_sentence, false},
    {"emb.train/1 has sound options", rule_train, false},
    {"a missing file is an error, reported and clean", rule_missing_file, false},
    {"running out of memory is an error, reported and clean", rule_no_memory, false},
    {"create() can be cancelled", rule_cancel, false},
    {"memory does not grow from model to model", rule_heap, true},
    {"destroy() frees everything", rule_destroy, false}, /* last */
};

/* Words that the model knows: of its own vocabulary, else common English ones. */
static void choose_words(struct check *check)
{
    static const char *const common[] = {
        "the",     "bank",    "river",    "money",  "tree",  "house",  "water",   "light",
        "time",    "year",    "people",   "way",    "day",   "man",    "thing",   "woman",
        "life",    "child",   "world",    "school", "state", "family", "student", "group",
        "country", "problem", "hand",     "part",   "place", "case",   "week",    "company",
        "system",  "program", "question", "work",   "night", "point",  "home",    "room"};
    enum { N_COMMON = sizeof common / sizeof *common };
    check->words = mem_array(N_COMMON, sizeof *check->words);
    const struct emb_ext_vocab *vocab = check->ops->extension(check->model, EMB_EXT_VOCAB);
    uint64_t range = check->info.n_words < 4000 ? check->info.n_words : 4000;
    for (uint64_t i = 0; vocab && i < range && check->n_words < N_COMMON; i++) {
        uint32_t n = 0;
        const char *word = vocab->word(check->model, i, &n);
        bool plain = word && n > 0 && n < 40;
        for (uint32_t k = 0; plain && k < n; k++) {
            plain = word[k] >= 'a' && word[k] <= 'z';
        }
        if (plain) {
            check->words[check->n_words++] = arena_text(&check->arena, word, n);
        }
    }
    if (check->n_words < 2) {
        memcpy(check->words, common, sizeof common);
        check->n_words = N_COMMON;
    }
}

uint32_t plugin_check(const struct embedder_spec *spec, struct pool *pool,
                      const struct check_report *report)
{
    struct check check = {.spec = spec, .caps = spec->model->desc->caps};
    uint32_t broken = 0;
    bool rows_violated = false;
    if (plugin_load(spec->model, &check.ops, &check.desc)) {
        report->begin(report->ctx, "it can be loaded");
        report->end(report->ctx, "it can be loaded", VERDICT_FAILED, error_message());
        return 1;
    }
    host_init(&check.host, spec->name, pool);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        report->begin(report->ctx, rules[i].name);
        str_clear(&check.why);
        enum verdict verdict = rows_violated && rules[i].embeds
                                   ? check_skipped(&check, "embed() does not write its rows")
                                   : rules[i].rule(&check);
        report->end(report->ctx, rules[i].name, verdict, str_text(&check.why));
        broken += verdict == VERDICT_FAILED;
        rows_violated = rows_violated || (verdict == VERDICT_FAILED && rules[i].rule == rule_rows);
        if (rules[i].rule == rule_symbols || rules[i].rule == rule_edition) {
            continue; /* no model needed yet */
        }
        if (!check.model || (verdict == VERDICT_FAILED && rules[i].rule == rule_info)) {
            break; /* nothing can be asked of it, or all was asked */
        }
        if (rules[i].rule == rule_stages) {
            choose_words(&check);
        }
    }
    if (check.model) {
        check.ops->destroy(check.model);
    }
    host_finish(&check.host);
    check_fences_finish(&check);
    arena_finish(&check.arena);
    free(check.words);
    str_finish(&check.why);
    return broken;
}
