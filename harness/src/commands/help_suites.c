/* help_suites.c - what suites declare, for people and for shells. */
#include "commands/help_suites.h"

#include "commands/say.h"
#include "report/protocol.h"
#include "report/write.h"
#include "suites/suite.h"
#include "suites/options.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* A suite. */

/* A paragraph broken at blanks to the terminal, at most some 90 columns; lines after the first
 * hang by `more`. */
static void print_wrapped(struct slice text, const char *indent, size_t more)
{
    size_t columns = (size_t)table_columns(stdout), column = 0;
    size_t most = columns < 92 ? columns - 2 : 90;
    struct slice word;
    while (slice_word(&text, &word)) {
        if (column == 0) {
            say("%s", indent);
            column = strlen(indent);
        } else if (column + 1 + word.n > most) {
            say("\n%s%*s", indent, (int)more, "");
            column = strlen(indent) + more;
        } else {
            say(" ");
            column++;
        }
        say("%.*s", (int)word.n, word.text);
        column += word.n;
    }
    say("\n");
}

/* A line that begins with a blank goes on with the one before. */
static void print_paragraphs(const char *text, const char *indent)
{
    while (*text) {
        const char *end = text + strcspn(text, "\n");
        while (end[0] == '\n' && end[1] == ' ') {
            end += 1 + strcspn(end + 1, "\n");
        }
        print_wrapped((struct slice){text, (size_t)(end - text)}, indent, 2);
        text = *end ? end + 1 : end;
    }
}

void help_suite(const struct suite *suite)
{
    say("  %s: %s\n", suite->id, suite->title);
    print_wrapped(slice_of(suite->summary), "    ", 0);
    say("    methods:\n");
    print_wrapped(slice_of(suite->methods), "      ", 0);
    struct arena arena = {0};
    struct option_table table = suite_table(suite, &arena);
    if (table.n > 0) {
        say("    options (--set NAME=VALUE):\n");
    }
    for (uint32_t i = 0; i < table.n; i++) {
        struct str label = {0}, help = {0};
        option_describe(&table, i, &label, &help);
        say("      %s\n", str_text(&label));
        print_wrapped(slice_of(str_text(&help)), "        ", 0);
        str_finish(&label);
        str_finish(&help);
    }
    arena_finish(&arena);
    if (suite->data) {
        say("    data (--dataset DATA, or the name of a fetched set):\n");
        print_paragraphs(suite->data, "      ");
    }
}

/* Calls visit for each option of each suite that has any. */
static void each_option(void (*visit)(const struct suite *suite, const struct option_table *table,
                                      uint32_t i, void *ctx),
                        void *ctx)
{
    for (size_t s = 0; suites[s]; s++) {
        struct arena arena = {0};
        struct option_table table = suite_table(suites[s], &arena);
        for (uint32_t i = 0; i < table.n; i++) {
            visit(suites[s], &table, i, ctx);
        }
        arena_finish(&arena);
    }
}

static void print_option(const struct suite *suite, const struct option_table *table, uint32_t i,
                         void *ctx)
{
    struct str label = {0}, help = {0};
    option_describe(table, i, &label, &help);
    fprintf(ctx, "  %s.%s\n", suite->id, str_text(&label));
    struct slice rest = slice_of(str_text(&help)), word;
    size_t column = 0, columns = (size_t)table_columns(ctx);
    size_t most = columns > 110 ? 82 : columns > 60 ? columns - 28 : 32;
    while (slice_word(&rest, &word)) {
        bool begin = column == 0 || column + 1 + word.n > most;
        fprintf(ctx, "%s%*s%.*s",
                !begin   ? " "
                : column ? "\n"
                         : "",
                begin ? 28 : 0, "", (int)word.n, word.text);
        column = begin ? word.n : column + 1 + word.n;
    }
    fputs("\n", ctx);
    str_finish(&label);
    str_finish(&help);
}

int help_suites_options(const struct args *args, FILE *out)
{
    (void)args;
    fputs("\nSettings of suites (--set SUITE.NAME=VALUE, or\nNAME=VALUE for every suite that has "
          "it)\n",
          out);
    each_option(print_option, out);
    return 0;
}

/* The manual page. */

static void man_terms(const char *what, const struct suite_term *terms, void (*roff)(const char *))
{
    for (const struct suite_term *term = terms; term && term->name; term++) {
        printf(".TP\n%s \\fB", what);
        roff(term->name);
        printf("\\fR\n");
        roff(term->what);
        printf("\n");
    }
}

static void man_option(const struct suite *suite, const struct option_table *table, uint32_t i,
                       void *ctx)
{
    void (*const *roff)(const char *) = ctx;
    struct str label = {0}, help = {0};
    option_describe(table, i, &label, &help);
    printf(".TP\n\\-\\-set \\fB");
    (*roff)(suite->id);
    printf(".");
    (*roff)(str_text(&label));
    printf("\\fR\n");
    (*roff)(str_text(&help));
    printf("\n");
    str_finish(&label);
    str_finish(&help);
}

void help_suites_man(void (*roff)(const char *text))
{
    printf(".SH SUITES\nWhat \\fB\\-\\-suite\\fR can name, and what their figures are.\n");
    for (size_t s = 0; suites[s]; s++) {
        const struct suite *suite = suites[s];
        printf(".SS ");
        roff(suite->id);
        printf("\n");
        roff(suite->title);
        printf(". Methods: ");
        roff(suite->methods);
        printf("\n");
        for (const struct metric *metric = suite->figures.metrics; metric->id; metric++) {
            printf(".TP\nmetric \\fB");
            roff(metric->id);
            printf("\\fR\n%s; ", metric_role_name(metric));
            roff(metric->what);
            printf("\n");
        }
        man_terms("split", suite->splits, roff);
        man_terms("policy", suite->policies, roff);
    }
    printf(".SH \"SETTINGS OF SUITES\"\n");
    each_option(man_option, &roff);
}

/* Completion: names with '=' behind them, and the words that an option can be. */

static const char *words_of(const struct option_table *table, uint32_t i)
{
    return table->options[i].kind == EMB_OPT_FLAG ? "0|1" : table->words[i];
}

static void bash_name(const struct suite *suite, const struct option_table *table, uint32_t i,
                      void *ctx)
{
    (void)ctx;
    printf(" %s.%s=", suite->id, table->options[i].name);
}

static void bash_words(const struct suite *suite, const struct option_table *table, uint32_t i,
                       void *ctx)
{
    (void)ctx;
    const char *words = words_of(table, i);
    if (!words) {
        return;
    }
    printf("    %s.%s) words='", suite->id, table->options[i].name);
    for (const char *at = words; *at; at++) {
        putchar(*at == '|' ? ' ' : *at);
    }
    printf("' ;;\n");
}

void help_suites_bash(void)
{
    printf("# what follows --set; bash takes '=' for a word of its own\n"
           "_harness_set() {\n  local name=$1\n  words=\n  case $name in\n    '') words='");
    each_option(bash_name, NULL);
    printf("' ;;\n");
    each_option(bash_words, NULL);
    printf("  esac\n}\n");
}

static void fish_setting(const struct suite *suite, const struct option_table *table, uint32_t i,
                         void *ctx)
{
    (void)ctx;
    const char *words = words_of(table, i);
    struct slice rest = slice_of(words ? words : ""), word;
    while (slice_field(&rest, '|', &word)) {
        printf("complete -c harness -l set -x -a '%s.%s=%.*s'\n", suite->id, table->options[i].name,
               (int)word.n, word.text);
    }
}

void help_suites_fish(void)
{
    each_option(fish_setting, NULL);
}

/* A regular expression. */

static void pattern_of(const struct suite *suite, const struct option_table *table, uint32_t i,
                       void *ctx)
{
    static const char *const kinds[] = {
        [EMB_OPT_TEXT] = "",
        [EMB_OPT_PATH] = ".*",
        [EMB_OPT_INT] = "[0-9]+",
        [EMB_OPT_REAL] = "[0-9.eE+-]+",
        [EMB_OPT_FLAG] = "0|1|no|yes|false|true|off|on",
        [EMB_OPT_SEED] = "[0-9]+",
        [OPTION_BYTES] = "[0-9]+ ?[A-Za-z]*",
    };
    struct str *out = ctx;
    const char *words = table->words[i];
    int32_t kind = table->options[i].kind;
    const char *more = kind == EMB_OPT_TEXT && !words ? ".*" : kinds[kind];
    str_format(out, "%s(%s\\.)?%s=(%s%s%s)", out->n > 2 ? "|" : "", suite->id,
               table->options[i].name, words ? words : "", words && more[0] ? "|" : "", more);
}

void help_suites_pattern(struct str *out)
{
    str_add(out, "^(");
    each_option(pattern_of, out);
    str_add(out, ")$");
}

/* Markdown. */

/* A cell: '|' would end it. */
static void cell(const char *text)
{
    for (const char *at = text; *at; at++) {
        printf(*at == '|' ? "\\|" : "%c", *at);
    }
}

static void range(const struct metric *metric)
{
    if (isinf(metric->low)) {
        printf("any");
    } else if (isinf(metric->high)) {
        printf("%g or more", metric->low);
    } else {
        printf("%g to %g", metric->low, metric->high);
    }
}

static void metric_row(const struct suite *suite, const struct metric *metric)
{
    const char *test = metric_test_name(metric->records);
    printf("| %s | `%s` | ", suite->id, metric->id);
    cell(metric->what);
    printf(" | %s | %s | ", metric_role_name(metric), metric_direction_name(metric->direction));
    range(metric);
    printf("%s | %s | %s |\n", metric->scale == METRIC_SHARE ? ", × 100" : "",
           metric_records_name(metric->records), test ? test : "–");
}

static void term_rows(const struct suite *suite, const struct suite_term *terms)
{
    for (const struct suite_term *term = terms; term && term->name; term++) {
        printf("| %s | `", suite->id);
        cell(term->name);
        printf("` | ");
        cell(term->what);
        printf(" |\n");
    }
}

static void option_row(const struct suite *suite, const struct option_table *table, uint32_t i,
                       void *ctx)
{
    struct str label = {0}, help = {0};
    (void)ctx;
    option_describe(table, i, &label, &help);
    printf("| %s | `", suite->id);
    cell(str_text(&label));
    printf("` | ");
    cell(str_text(&help));
    printf(" |\n");
    str_finish(&label);
    str_finish(&help);
}

static void not_of_records(void)
{
    const char *separator = "";
    printf("\nNot a function of the per-item records: ");
    for (size_t s = 0; suites[s]; s++) {
        for (const struct metric *m = suites[s]->figures.metrics; m->id; m++) {
            if (m->records == METRIC_NOT_OF_RECORDS) {
                printf("%s`%s` (%s)", separator, m->id, suites[s]->id);
                separator = ", ";
            }
        }
    }
    printf(".\n");
}

/* The suites whose protocols have a key, between commas. */
static void suites_of(enum protocol_key key)
{
    uint64_t bit = UINT64_C(1) << key;
    const char *separator = "";
    if (PROTOCOL_OF_ALL & bit) {
        printf("all");
    }
    for (size_t s = 0; suites[s]; s++) {
        if (suites[s]->protocol_keys & ~PROTOCOL_OF_ALL & bit) {
            printf("%s%s", separator, suites[s]->id);
            separator = ", ";
        }
    }
}

static void protocol_rows(void)
{
    printf("\n| key | role | what | suites |\n|---|---|---|---|\n");
    for (int k = 0; k < PROTOCOL_N_KEYS; k++) {
        enum protocol_key key = (enum protocol_key)k;
        const struct protocol_term term = {.key = key};
        printf("| `%s` | %s | ", protocol_key_name(key),
               protocol_role_name(protocol_term_role(&term)));
        cell(protocol_key_meaning(key));
        printf(" | ");
        suites_of(key);
        printf(" |\n");
    }
}

void help_suites_tables(void)
{
    printf("| suite | metric | what | role | better | range | made of the records | test of "
           "`compare` |\n"
           "|---|---|---|---|---|---|---|---|\n");
    for (size_t s = 0; suites[s]; s++) {
        for (const struct metric *metric = suites[s]->figures.metrics; metric->id; metric++) {
            metric_row(suites[s], metric);
        }
    }
    not_of_records();
    printf("\n| derived | what |\n|---|---|\n");
    for (int form = METRIC_GAIN; form < METRIC_N_FORMS; form++) {
        printf("| `METRIC%s` | %s |\n", metric_forms[form].ending, metric_forms[form].what);
    }
    printf("| `METRIC" METRIC_BY_DOCUMENT "` | the same, with its interval over documents |\n");
    printf("\n| suite | split | what |\n|---|---|---|\n");
    for (size_t s = 0; suites[s]; s++) {
        term_rows(suites[s], suites[s]->splits);
    }
    printf("\n| suite | policy | what |\n|---|---|---|\n");
    for (size_t s = 0; suites[s]; s++) {
        term_rows(suites[s], suites[s]->policies);
    }
    printf("\n| suite | `--set` | what |\n|---|---|---|\n");
    each_option(option_row, NULL);
    protocol_rows();
}
