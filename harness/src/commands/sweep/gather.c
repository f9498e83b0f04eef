/*
 * gather - the report of a sweep: what its units said, replayed in the order of a single run.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/clock.h"
#include "commands/args.h"
#include "commands/run/run_state.h"
#include "commands/sweep/gather_nodes.h"
#include "commands/sweep/plan_file.h"
#include "commands/sweep/scripts.h"
#include "commands/sweep/unit_result.h"
#include "plugin/certify.h"
#include "worker/session.h"

#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"out", "DIR", "where report files go; default: as the experiment says, else results"},
    {"name", "NAME", "base name of the report files"},
    {"format", "FORMAT", "format in which the report is printed, as of harness run"},
    {"json", NULL, "the same as --format json"},
    {"junit", "FILE", "write JUnit XML for CI dashboards there too"},
    {"no-color", NULL, "no colours in the table"},
    {"partial", NULL, "report what there is; units that are missing are embedders that failed"},
    {0},
};

struct gathering {
    const struct plan *plan;
    bool partial;
    struct gather_nodes nodes;
};

/* Adds what another unit of the same embedder knows. */
static void add_facts(struct embedder_facts *sum, const struct embedder_facts *part)
{
    sum->seconds += part->seconds;
    sum->load_seconds += part->load_seconds;
    sum->tokens_per_second = part->tokens_per_second;
    sum->allocated_bytes =
        sum->allocated_bytes > part->allocated_bytes ? sum->allocated_bytes : part->allocated_bytes;
    sum->peak_rss_bytes =
        sum->peak_rss_bytes > part->peak_rss_bytes ? sum->peak_rss_bytes : part->peak_rss_bytes;
    sum->claim_words += part->claim_words;
    sum->claim_comparisons += part->claim_comparisons;
    sum->claim_moves += part->claim_moves;
    sum->claim_moved += part->claim_moved;
}

/* From the counts of all units. */
static void judge(struct embedder_facts *facts)
{
    struct certificate all = {.words = facts->claim_words,
                              .comparisons = facts->claim_comparisons,
                              .moves = facts->claim_moves,
                              .moved = facts->claim_moved};
    certificate_judge(&all, strcmp(facts->kind, "static") == 0);
    free(facts->claim);
    free(facts->claim_statement);
    facts->claim = mem_text(certify_verdict_names[all.verdict]);
    facts->claim_statement = mem_text(all.statement);
    certificate_finish(&all);
}

/* How an embedder's run ended: as the first of its units that failed did. */
static void set_end(struct worker_outcome *outcome, int code, const char *status, const char *error)
{
    outcome->code = code;
    free(outcome->facts.status);
    free(outcome->facts.error);
    outcome->facts.status = mem_text(status);
    outcome->facts.error = error ? mem_text(error) : NULL;
}

static void drop_row(void *ctx, const struct figure *row)
{
    (void)ctx, (void)row;
}

/* What the chunks of a unit cost, of those of which that is known. */
static void note_chunks(struct gathering *gathering, const struct unit *chunks,
                        const struct worker_job *job)
{
    const struct result_sink nowhere = {.row = drop_row};
    for (uint32_t i = 0; i < chunks->n_chunks; i++) {
        struct worker_outcome part = {0};
        struct unit_cost cost;
        session_facts(job, &part.facts);
        if (unit_replay(gathering->plan, &chunks[i], job, &nowhere, &part, &cost) == 0) {
            gather_nodes_add(&gathering->nodes, &cost);
        }
        embedder_facts_finish(&part.facts);
    }
}

/* The unit itself; of one that is split the whole, or, where that was not made, the first chunk
 * that failed. */
static struct unit unit_to_replay(const struct plan *plan, const struct unit *unit)
{
    struct unit whole = unit_whole(unit);
    enum unit_state state = unit_state(plan, &whole);
    for (uint32_t i = 0; i < unit->n_chunks && state == UNIT_MISSING; i++) {
        if (unit_state(plan, &unit[i]) == UNIT_FAILED) {
            return unit[i];
        }
    }
    return whole;
}

/* What one unit gave: its facts are the embedder's if they are the first. */
static int take_unit(struct gathering *gathering, const struct unit *first,
                     const struct worker_job *job, const struct result_sink *sink,
                     struct worker_outcome *outcome, uint32_t *n_taken)
{
    const struct unit found = unit_to_replay(gathering->plan, first), *unit = &found;
    struct worker_outcome part = {0};
    struct unit_cost cost;
    session_facts(job, &part.facts);
    int status = 0;
    if (gathering->partial && unit_state(gathering->plan, unit) == UNIT_MISSING) {
        char *why = mem_format("suite %s: its unit is missing", unit->suite);
        set_end(&part, ERR_FAILED, "failed", why);
        free(why);
    } else {
        status = unit_replay(gathering->plan, unit, job, sink, &part, &cost);
        gather_nodes_add(&gathering->nodes, &cost);
        note_chunks(gathering, first, job);
    }
    if (status == 0 && part.code != 0 && outcome->code == 0) {
        set_end(outcome, part.code, part.facts.status, part.facts.error);
    } else if (status == 0 && part.code == 0 && (*n_taken)++ == 0) {
        set_end(&part, outcome->code, outcome->code ? outcome->facts.status : "ok",
                outcome->facts.error);
        struct embedder_facts before = outcome->facts;
        outcome->facts = part.facts;
        part.facts = before;
    } else if (status == 0 && part.code == 0) {
        add_facts(&outcome->facts, &part.facts);
    }
    embedder_facts_finish(&part.facts);
    return status;
}

/* One embedder's run over all suites, from its units; see struct run_source. */
static int give(void *ctx, const struct run *run, uint32_t embedder_run,
                const struct result_sink *sink, struct worker_outcome *ret_outcome)
{
    struct gathering *gathering = ctx;
    const struct unit *unit = plan_find_whole(gathering->plan, embedder_run * run->suite_jobs.n);
    struct worker_outcome outcome = {0};
    struct run_tasks tasks;
    uint32_t n_taken = 0;
    int status = 0;
    run_tasks_begin(run, embedder_run, &tasks);
    session_facts(&tasks.job, &outcome.facts);
    for (uint32_t s = 0; status == 0 && s < run->suite_jobs.n; s++) {
        status = take_unit(gathering, unit, &tasks.job, sink, &outcome, &n_taken);
        unit += unit_n_chunks(unit);
    }
    run_tasks_finish(&tasks);
    if (status != 0) {
        embedder_facts_finish(&outcome.facts);
        return status;
    }
    if (n_taken > 0) {
        judge(&outcome.facts);
    }
    *ret_outcome = outcome;
    return 0;
}

/* All embedders have come; see struct run_source. */
static void finish(void *ctx, struct run *run)
{
    struct gathering *gathering = ctx;
    gather_nodes_report(&gathering->nodes, &run->tree);
    gather_nodes_say(&run->tree);
}

/* Is there something of every unit? If not, which, and what to type. */
static int check_whole(const struct plan *plan)
{
    enum unit_state *states;
    TRY(unit_states(plan, &states));
    bool *missing = mem_array(plan->n, sizeof *missing);
    uint32_t n = 0, first = 0;
    for (uint32_t i = plan->n; i-- > 0;) {
        missing[i] = states[i] == UNIT_MISSING || states[i] == UNIT_BEGUN;
        n += missing[i];
        first = missing[i] ? i : first;
    }
    int status = 0;
    if (n > 0) {
        struct str array = {0};
        char *name = unit_name(&plan->units[first]);
        scripts_array(plan, missing, &array);
        status = error_set(ERR_FAILED,
                           "%u of %u units are missing, the first %u (%s): sbatch --array=%s "
                           "%s/unit.sbatch; --partial reports what there is",
                           n, plan->n, first, name, str_text(&array), plan->sweep);
        free(name);
        str_finish(&array);
    }
    free(missing);
    free(states);
    return status;
}

/* The plan must cut up what its options say now. */
static int check_units(const struct plan *plan, const struct args *run)
{
    uint32_t n;
    const char **suites_ = args_values(run, "suite", true, &n);
    uint32_t whole = 0;
    int status = 0;
    for (uint32_t i = 0; status == 0 && n > 0 && i < plan->n; whole++) {
        if (strcmp(plan->units[i].suite, suites_[whole % n]) != 0) {
            status = error_set(ERR_REQUEST, "%s: unit %u: found suite %s, expected %s", plan->sweep,
                               i, plan->units[i].suite, suites_[whole % n]);
        }
        i += unit_n_chunks(&plan->units[i]);
    }
    if (status == 0 && (n == 0 || whole % n != 0)) {
        status = error_set(ERR_REQUEST, "%s: found %u units, expected a multiple of %u suites",
                           plan->sweep, whole, n);
    }
    free(suites_);
    return status;
}

static int gather(const struct plan *plan, const struct args *args)
{
    struct args *then;
    struct gathering gathering = {.plan = plan, .partial = args_flag(args, "partial")};
    const struct run_source source = {&gathering, give, finish};
    char started[32];
    if (!gathering.partial) {
        TRY(check_whole(plan));
    }
    TRY(plan_args(plan, args, &then));
    int status = check_units(plan, then);
    if (status == 0) {
        struct run run = {.args = then, .source = &source};
        clock_stamp(started);
        run.tree.run.started = result_tree_text(&run.tree, started);
        status = run_whole(&run);
    }
    gather_nodes_finish(&gathering.nodes);
    args_destroy(then);
    return status;
}

static int run_gather(const struct args *args)
{
    struct plan plan;
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST, "gather: expected the folder of a sweep");
    }
    int status = plan_read(args_word(args, 0), &plan);
    status = status ? status : plan_enter(&plan);
    status = status ? status : gather(&plan, args);
    plan_finish(&plan);
    return status;
}

const struct command command_gather = {
    .name = "gather",
    .synopsis = "SWEEP [options]",
    .summary = "make the report of a sweep from its units",
    .details =
        "The report is, but for times and memory, what one machine would have written. Units that\n"
        "are missing or torn are named, with what to type, and nothing is written; the exit "
        "status\n"
        "is 1 then. Units whose embedder failed are in the report as in that of a run.\n"
        "\n"
        "  harness gather sweep\n"
        "  harness gather sweep --out results --name study",
    .options = options,
    .run = run_gather,
};
