/*
 * run_options.h - the options of a run, of which an experiment file is made: for the tables of all
 * commands that take them.
 */
#ifndef COMMANDS_RUN_RUN_OPTIONS_H
#define COMMANDS_RUN_RUN_OPTIONS_H

#include "commands/embedders.h"
#include "report/formats.h"

/* clang-format off */
#define RUN_OPTIONS                                                                                \
    {"suite", "LIST", "suites to run, comma-separated; see harness list suites"},                  \
    EMBEDDER_OPTIONS,                                                                              \
    {"dataset", "DATA",                                                                            \
     "file, folder or name of a prepared set; SUITE=DATA gives it to one suite\n"                  \
     "alone, NAME=DATA and SUITE=NAME=DATA say what it is called in the report;\n"                 \
     "repeatable; default: the suites' prepared sets"},                                            \
    {"train", "DATA", "sense-tagged training corpus of wsd, probe and mixture; repeatable"},       \
    {"dev", "DATA",                                                                                \
     "data set on which the headline stage is chosen; default: semeval2007 where a set of\n"       \
     "wsd has it as a part"},                                                                      \
    {"method", "LIST", "methods, comma-separated; default: all that the data allow"},              \
    {"stages", "LIST",                                                                             \
     "stages, comma-separated: all (default), blocks, table, 3, 3.attention, 1-6,\n"               \
     "'*.attention', sum:3-6, mean:1-6, sum:last4"},                                               \
    {"context", "LIST",                                                                            \
     "run every contextual embedder once with each of these contexts, called NAME@left and so\n"   \
     "on: both (plain), left, right, repeat, shuffled, none, window:N, window:all; an\n"           \
     "embedder with a context= of its own keeps it"},                                              \
    {"pooling", "LIST",                                                                            \
     "the same with each of mean (plain), first, last: which pieces of a word make its vector"},   \
    {"postprocess", "LIST",                                                                        \
     "score every embedder under each of raw (default), centre, standardise, abtt:D,\n"            \
     "whiten, int8, binary, dims:N and dims:N+ before one of these, each in a run of its own,\n"   \
     "called NAME+abtt:2; all vectors of all suites are transformed, by parameters fitted\n"       \
     "stage by stage on a sample of text; binary and dims:N alone need none"},                     \
    {"postprocess-sample", "FILE",                                                                 \
     "the text to fit on: 2,000 of its lines, evenly spaced; default: WordNet's definitions"},     \
    {"grid", "OPTION=LIST",                                                                        \
     "run every embedder whose plugin has the option once with each of these values, called\n"     \
     "NAME@OPTION:VALUE (lowercase=0,1); EMBEDDER.OPTION=LIST is for one embedder alone; an\n"     \
     "embedder that gives the option keeps it; several make every combination; repeatable"},       \
    {"set", "NAME=VALUE",                                                                          \
     "setting of a suite (harness list suites); SUITE.NAME=VALUE gives it to one suite alone;\n"   \
     "repeatable"},                                                                                \
    {"limit", "N", "only the first N items of each data set"},                                     \
    {"vocabulary-limit", "N", "analogy: answers among the N most frequent words"},                 \
    {"resamples", "N", "bootstrap resamples behind each 95 % interval; 0 = none; default 2000"},   \
    {"seed", "LIST",                                                                               \
     "seed of everything random, seed options of plugins that are not set included;\n"             \
     "default 1. Several (1,2,3): every embedder runs once with each, called NAME@seed:1 and so\n" \
     "on, and NAME has the means with their standard deviations. --seeds is the same"},            \
    {"wordnet", "DIR", "the WordNet data base; default: $WNSEARCHDIR, then /usr/share/wordnet"},   \
    {"out", "DIR", "where report files go; default results"},                                      \
    {"name", "NAME", "base name of the report files; default the date, time and suites"},          \
    {"format", "FORMAT",                                                                           \
     "format in which the report is printed: table (default), or another of these"},               \
    {"json", NULL, "the same as --format json"},                                                   \
    {"junit", "FILE", "write JUnit XML for CI dashboards there too; see harness report"},          \
    {"page", "WHICH", "the report page: full (default) or summary"},                               \
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},                           \
    {"no-items", NULL,                                                                             \
     "write no per-item records and no answer keys; the journal of a run that goes on may hold\n"  \
     "the items all the same, for --resume: see REPORT.md"},                                       \
    {"no-report", NULL, "print the report, and leave no file but that of --junit"},                \
    {"threads", "N", "default: all processors"},                                                   \
    {"timeout", "SECONDS",                                                                         \
     "end an embedder that has shown no sign of life for so long; default 900;\n"                  \
     "0 = never"},                                                                                 \
    {"memory-limit", "BYTES", "end an embedder that uses more (4G, 500M)"},                        \
    {"sandbox", "on|off",                                                                          \
     "keep plugins from the network, other processes and files that are not theirs; default:\n"    \
     "on, except for plugins of the harness that start programs (process)"},                       \
    {"in-process", NULL, "run embedders in this process, for a debugger"},                         \
    {"config", "FILE", "take these options from a JSON object; flags come first"}
/* Words of theirs, for a table of option_words. */
#define RUN_OPTION_WORDS {"format", report_format_each}, {"page", report_page_each}
/* clang-format on */

#endif /* COMMANDS_RUN_RUN_OPTIONS_H */
