/*
 * sweep - how far a sweep is, and what to type next.
 */
#include "base/error.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/command.h"
#include "commands/say.h"
#include "commands/sweep/plan_file.h"
#include "commands/sweep/scripts.h"
#include "commands/sweep/unit_left.h"
#include "commands/sweep/unit_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"json", NULL, "as JSON: the numbers, and every unit that is not done"},
    {0},
};

static const char *const state_names[] = {[UNIT_MISSING] = "missing",
                                          [UNIT_BEGUN] = "begun",
                                          [UNIT_FAILED] = "failed",
                                          [UNIT_DONE] = "done"};

struct counts {
    uint32_t of[UNIT_DONE + 1];
};

static void print_units(const struct plan *plan, const enum unit_state *states)
{
    enum { MOST_LINES = 20 };
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        if (states[i] != UNIT_FAILED) {
            continue;
        }
        if (n++ < MOST_LINES) {
            char *name = unit_name(&plan->units[i]);
            printf("  failed %u: %s (units/%s.failed)\n", i, name,
                   unit_failed_key(plan, &plan->units[i]));
            free(name);
        }
    }
    if (n > MOST_LINES) {
        printf("  … and %u more\n", n - MOST_LINES);
    }
}

static void print_left(const struct plan *plan)
{
    char *first;
    uint32_t n = unit_left_count(plan, &first);
    if (n > 0) {
        say("%u file%s of processes that were cut off, of units that are done: to be deleted once "
            "nothing runs (%s%s)\n",
            n, n == 1 ? "" : "s", first, n == 1 ? "" : " …");
    }
    free(first);
}

static void print_next(const struct plan *plan, const enum unit_state *states)
{
    bool *wanted = mem_array(plan->n, sizeof *wanted);
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        wanted[i] = states[i] != UNIT_DONE;
        n += wanted[i];
    }
    if (n > 0) {
        struct str array = {0};
        scripts_array(plan, wanted, &array);
        printf("next: sbatch --array=%s %s/unit.sbatch\n", str_text(&array), plan->sweep);
        str_finish(&array);
    } else {
        printf("next: harness gather %s\n", plan->sweep);
    }
    free(wanted);
}

static void print_json(const struct plan *plan, const enum unit_state *states,
                       const struct counts *counts)
{
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '{');
    char *first;
    jsonw_put_uint(&w, "units", plan->n);
    jsonw_put_uint(&w, "left_behind", unit_left_count(plan, &first));
    free(first);
    for (int s = UNIT_DONE; s >= UNIT_MISSING; s--) {
        jsonw_put_uint(&w, state_names[s], counts->of[s]);
    }
    jsonw_key(&w, "not_done");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < plan->n; i++) {
        if (states[i] != UNIT_DONE) {
            jsonw_open(&w, '{');
            jsonw_put_uint(&w, "unit", i);
            jsonw_put_text(&w, "embedder", plan->units[i].embedder);
            jsonw_put_text(&w, "suite", plan->units[i].suite);
            if (plan->units[i].n_chunks > 0) {
                jsonw_put_uint(&w, "chunk", plan->units[i].chunk);
                jsonw_put_uint(&w, "chunks", plan->units[i].n_chunks);
            }
            jsonw_put_text(&w, "state", state_names[states[i]]);
            jsonw_close(&w, '}');
        }
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    printf("%s\n", str_text(&out));
    str_finish(&out);
}

static int show(const struct plan *plan, bool json)
{
    enum unit_state *states;
    struct counts counts = {0};
    TRY(unit_states(plan, &states));
    for (uint32_t i = 0; i < plan->n; i++) {
        counts.of[states[i]]++;
    }
    if (json) {
        print_json(plan, states, &counts);
    } else {
        printf("%u units: %u done, %u begun (running, or cut off), %u failed, %u missing\n",
               plan->n, counts.of[UNIT_DONE], counts.of[UNIT_BEGUN], counts.of[UNIT_FAILED],
               counts.of[UNIT_MISSING]);
        print_units(plan, states);
        print_left(plan);
        print_next(plan, states);
    }
    free(states);
    return 0;
}

static int run_sweep(const struct args *args)
{
    struct plan plan;
    if (args_n(args) != 2 || strcmp(args_word(args, 0), "status") != 0) {
        return error_set(ERR_REQUEST, "sweep: expected: harness sweep status DIR");
    }
    int status = plan_read(args_word(args, 1), &plan);
    status = status ? status : show(&plan, args_flag(args, "json"));
    plan_finish(&plan);
    return status;
}

const struct command command_sweep = {
    .name = "sweep",
    .synopsis = "status SWEEP",
    .summary = "how far a sweep is, and what to type next",
    .details = "Counts units that are done, begun, failed with their reasons, and missing.\n"
               "\n"
               "  harness sweep status sweep",
    .options = options,
    .run = run_sweep,
};
