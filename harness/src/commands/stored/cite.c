/*
 * cite - what to cite for the figures of a report.
 */
#include "base/error.h"
#include "commands/command.h"
#include "report/bibtex.h"
#include "report/stored/read.h"

#include <stddef.h>

static const struct option_help options[] = {{0}};

static int run(const struct args *args)
{
    struct result_tree report;
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST, "cite: expected one REPORT; see harness cite --help");
    }
    int status = report_read(args_word(args, 0), &report);
    if (status == 0) {
        report_write_bibtex(&report, stdout);
        result_tree_finish(&report);
    }
    return status;
}

const struct command command_cite = {
    .name = "cite",
    .synopsis = "REPORT",
    .summary = "what to cite for a report, as BibTeX",
    .details =
        "The models and plugins of its embedders and its data sets, as their manifests and the\n"
        "plugins say, each once, with the licences as notes. `harness run … --cite` prints the\n"
        "same before a run.\n\n"
        "  harness cite results/a.json >references.bib",
    .options = options,
    .run = run,
};
