/* Writes the batch scripts of a sweep. */
#include "commands/sweep/scripts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <sys/stat.h>

/* In single quotes for the shell. */
static char *quoted(const char *text)
{
    struct str out = {0};
    str_add_char(&out, '\'');
    for (; *text; text++) {
        if (*text == '\'') {
            str_add(&out, "'\\''");
        } else {
            str_add_char(&out, *text);
        }
    }
    str_add_char(&out, '\'');
    return out.data;
}

static int write_script(const struct plan *plan, const char *name, const char *text)
{
    struct file_out out;
    char *path = file_join(plan->sweep, name);
    int status = file_out_open(&out, path);
    if (status == 0) {
        fputs(text, out.stream);
        status = file_out_commit(&out);
    }
    if (status == 0) {
        chmod(path, 0755);
    }
    free(path);
    return status;
}

static uint32_t n_tasks(const struct plan *plan)
{
    return plan->n < SCRIPTS_MOST_TASKS ? plan->n : SCRIPTS_MOST_TASKS;
}

int scripts_write(const struct plan *plan, const char *program, const struct estimate *estimate)
{
    char *harness = quoted(program), *sweep = quoted(plan->sweep);
    char *unit = mem_format("#!/bin/sh\n"
                            "#SBATCH --job-name=harness-unit\n"
                            "#SBATCH --requeue\n"
                            "#SBATCH --open-mode=append\n"
                            "#SBATCH --mem=%lluM\n"
                            "#SBATCH --time=%llu\n"
                            "exec %s unit --every %u %s \"$SLURM_ARRAY_TASK_ID\"\n",
                            (unsigned long long)estimate->megabytes,
                            (unsigned long long)estimate->minutes, harness, n_tasks(plan), sweep);
    char *gather = mem_format("#!/bin/sh\n"
                              "#SBATCH --job-name=harness-gather\n"
                              "#SBATCH --mem=1500M\n"
                              "exec %s gather %s\n",
                              harness, sweep);
    int status = write_script(plan, "unit.sbatch", unit);
    status = status ? status : write_script(plan, "gather.sbatch", gather);
    free(unit);
    free(gather);
    free(harness);
    free(sweep);
    return status;
}

static void add_range(struct str *out, uint32_t first, uint32_t last)
{
    str_format(out, "%s%u", out->n > 0 ? "," : "", first);
    if (last > first) {
        str_format(out, "-%u", last);
    }
}

void scripts_array(const struct plan *plan, const bool *wanted, struct str *out)
{
    uint32_t tasks = n_tasks(plan), first = 0;
    struct str ranges = {0};
    bool before = false;
    for (uint32_t task = 0; task <= tasks; task++) {
        bool now = false;
        for (uint32_t i = task; task < tasks && i < plan->n; i += tasks) {
            now = now || wanted[i];
        }
        if (now && !before) {
            first = task;
        } else if (before && !now) {
            add_range(&ranges, first, task - 1);
        }
        before = now;
    }
    str_add(out, str_text(&ranges));
    str_finish(&ranges);
}
