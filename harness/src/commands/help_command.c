/*
 * help - what a command takes; and the manual page and the shell completion, made from the same
 * tables, so that neither can say what the program does not do.
 */
#include "base/error.h"
#include "commands/args.h"
#include "commands/help_suites.h"
#include "data/catalogue.h"
#include "suites/suite.h"

#include <string.h>

static const struct option_help options[] = {
    {"man", NULL, "print the manual page (roff), as installed by the build"},
    {"completion", "SHELL", "print a completion script for bash, zsh or fish"},
    {"tables", NULL,
     "print the metrics, splits, policies and settings of all suites as Markdown, as REPORT.md\n"
     "has them"},
    {"words", "WHAT",
     "print what can follow, one per line, as completion asks for it: suites, embedders,\n"
     "datasets, names (of fetch) or commands"},
    {"schema", NULL, "print the JSON Schema of experiment files (run --config), as installed"},
    {0},
};

/* A text in roff: backslashes, hyphens and leading dots escaped. */
static void roff(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (at == text && (*at == '.' || *at == '\'')) {
            fputs("\\&", stdout);
        }
        if (*at == '\\') {
            fputs("\\e", stdout);
        } else if (*at == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*at);
        }
        if (*at == '\n' && (at[1] == '.' || at[1] == '\'')) {
            fputs("\\&", stdout);
        }
    }
}

static void man_word(const char *word, const char *about, void *ctx)
{
    (void)ctx;
    printf(".br\n\\fB");
    roff(word);
    printf("\\fR: ");
    roff(about);
    printf("\n");
}

static void man_options(const struct command *command)
{
    for (const struct option_help *option = command->options; option && option->name; option++) {
        printf(".TP\n\\fB%s", strlen(option->name) == 1 ? "\\-" : "\\-\\-");
        roff(option->name);
        printf("\\fR%s\\fI", option->value ? " " : "");
        roff(option->value ? option->value : "");
        printf("\\fR\n");
        roff(option->help);
        printf("\n");
        args_each_word(command, option->name, man_word, NULL);
    }
}

/* What --dataset reads, suite by suite. */
static void print_data(void)
{
    printf(
        ".SH DATA\nThe layouts that \\fB\\-\\-dataset\\fR reads, suite by suite. Files may have LF "
        "or CRLF, a byte order mark, and be packed (.gz, .xz, .bz2, .zst).\n");
    for (size_t i = 0; suites[i]; i++) {
        if (suites[i]->data) {
            printf(".SS %s\n.nf\n", suites[i]->id);
            roff(suites[i]->data);
            printf("\n.fi\n");
        }
    }
}

static void print_man(void)
{
    printf(".TH HARNESS 1 \"\" \"harness %s\" \"User Commands\"\n", HARNESS_VERSION);
    printf(".SH NAME\nharness \\- score word embedders, stage by stage, on sense and similarity "
           "benchmarks\n.SH SYNOPSIS\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("%s.B harness ", command == commands ? "" : ".br\n");
        roff((*command)->name);
        printf("\n");
        roff((*command)->synopsis);
        printf("\n");
    }
    printf(
        ".SH DESCRIPTION\nThe harness loads word embedders as plugins, runs word\\-sense "
        "disambiguation, word\\-in\\-context, similarity and analogy suites, and reports how well "
        "each stage of each embedder separates the senses of a word: the look\\-up table, and "
        "every attention and block after it.\n.PP\nWith \\fB\\-\\-quiet\\fR every command says "
        "nothing but warnings and errors beside its results.\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf(".SH \"HARNESS %s\"\n", (*command)->name);
        roff((*command)->summary);
        printf("\n.PP\n.nf\n");
        roff((*command)->details);
        printf("\n.fi\n");
        man_options(*command);
    }
    help_suites_man(roff);
    print_data();
    printf(
        ".SH ENVIRONMENT\n"
        ".TP\n\\fBHARNESS_CACHE\\fR\nwhere models and data sets are kept; default "
        "$XDG_CACHE_HOME/harness or ~/.cache/harness\n"
        ".TP\n\\fBHARNESS_PLUGIN_PATH\\fR\nfolders of plugins, between colons\n"
        ".TP\n\\fBHARNESS_DATASETS\\fR\nfolder of manifests, instead of the installed one\n"
        ".TP\n\\fBHARNESS_OFFLINE\\fR\n1: fetch uses no network, as with \\-\\-offline\n"
        ".TP\n\\fBHARNESS_NO_CACHE\\fR\nplugins keep no parsed tables of word vectors\n"
        ".TP\n\\fBWNSEARCHDIR\\fR\nthe WordNet data base, where \\-\\-wordnet is not given\n"
        ".TP\n\\fBTMPDIR\\fR\nwhere temporary files lie; default /tmp\n"
        ".TP\n\\fBHARNESS_\\fIOPTION\\fR\nthe value of any option that is given neither as a flag "
        "nor in \\-\\-config: HARNESS_OUT, HARNESS_MEMORY_LIMIT, …\n"
        ".TP\n\\fBHARNESS_LOG\\fR\ndebug, info, warn or error\n"
        ".TP\n\\fBSLURM_CPUS_PER_TASK\\fR, \\fBSLURM_CPUS_ON_NODE\\fR\nthreads of harness unit, "
        "where \\-\\-threads is not given\n"
        ".TP\n\\fBOPENBLAS_CORETYPE\\fR\nthe kernels that OpenBLAS takes; a sweep planned with it "
        "has all its units take them\n"
        ".TP\n\\fBNO_COLOR\\fR\nno colours in the table\n"
        ".SH \"EXIT STATUS\"\n0 done; 1 finished, but something in it failed; 2 the request was "
        "wrong; 3 the machine failed (disk, memory).\n");
}

static void bash_word(const char *word, const char *about, void *ctx)
{
    (void)about;
    (void)ctx;
    printf(" %s", word);
}

/* What follows an option whose value is one of a list. The first command can go unnamed. */
static void bash_words(void)
{
    for (const struct command *const *command = commands; *command; command++) {
        const struct option_words *words = (*command)->words;
        for (; words && words->option; words++) {
            printf("    %s\\ --%s", (*command)->name, words->option);
            if (command == commands) {
                printf("|--*\\ --%s", words->option);
            }
            printf(") words='");
            words->each(bash_word, NULL);
            printf("' ;;\n");
        }
    }
}

/* Options whose values are lists that grow: the program is asked at the prompt. */
static const struct {
    const char *option, *what;
} asked[] = {{"suite", "suites"}, {"embedder", "embedders"}, {"dataset", "datasets"}, {0}};

static void bash_asked(void)
{
    for (size_t i = 0; asked[i].option; i++) {
        printf("    *\\ --%s) words=$(harness help --words %s 2>/dev/null) ;;\n", asked[i].option,
               asked[i].what);
    }
    printf("    fetch\\ *) [[ $prev == -* ]] || words+=\" $(harness help --words names "
           "2>/dev/null)\" ;;\n"
           "    help\\ *) [[ $prev == -* ]] || words+=\" $(harness help --words commands "
           "2>/dev/null) $(harness help --words suites 2>/dev/null)\" ;;\n"
           "    *\\ --stages|*\\ --stage) words='all blocks table input last best dev' ;;\n");
}

/* Lists are completed behind their last comma. */
static void print_bash(const char *function)
{
    help_suites_bash();
    printf("# bash completion of harness; source it, or install it as bash-completion's\n"
           "%s() {\n  local words cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
           "  case $command in\n",
           function);
    for (const struct command *const *command = commands; *command; command++) {
        printf("    %s) words='--help --quiet", (*command)->name);
        for (const struct option_help *option = (*command)->options; option && option->name;
             option++) {
            printf(" %s%s", strlen(option->name) == 1 ? "-" : "--", option->name);
        }
        printf("' ;;\n");
    }
    printf("    *) words='--help --quiet --version");
    for (const struct command *const *command = commands; *command; command++) {
        printf(" %s", (*command)->name);
    }
    for (const struct option_help *option = commands[0]->options; option->name; option++) {
        printf(" --%s", option->name);
    }
    printf("' ;;\n  esac\n"
           "  local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "  case \"$command $prev\" in\n");
    bash_words();
    bash_asked();
    printf("  esac\n"
           "  if [[ $prev == --set ]]; then _harness_set ''\n"
           "    compopt -o nospace 2>/dev/null\n"
           "  elif [[ $cur == = ]]; then _harness_set \"$prev\"; cur=\n"
           "  elif [[ $prev == = ]]; then _harness_set \"${COMP_WORDS[COMP_CWORD-2]}\"\n  fi\n"
           "  local before=\n"
           "  [[ $cur == *,* && $prev == --* ]] && { before=${cur%%,*},; cur=${cur##*,}; }\n"
           "  COMPREPLY=($(compgen -P \"$before\" -W \"$words\" -- \"$cur\"))\n"
           "  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
           "complete -o filenames -F %s harness\n",
           function);
}

/* A text in single quotes of fish; its first line alone. */
static void fish_text(const char *text)
{
    putchar('\'');
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'' || *text == '\\') {
            putchar('\\');
        }
        putchar(*text);
    }
    putchar('\'');
}

static void fish_word(const char *word, const char *about, void *ctx)
{
    (void)about;
    printf("%s%s", *(bool *)ctx ? " " : " -x -a '", word);
    *(bool *)ctx = true;
}

static void fish_words(const struct command *command, const char *option)
{
    bool begun = false;
    if (args_each_word(command, option, fish_word, &begun)) {
        printf("'");
    }
}

/* The same lists as bash's, asked for at the prompt. */
static bool fish_asked(const char *option)
{
    for (size_t i = 0; asked[i].option; i++) {
        if (strcmp(asked[i].option, option) == 0) {
            printf(" -x -a '(harness help --words %s 2>/dev/null)'", asked[i].what);
            return true;
        }
    }
    return false;
}

static void fish_options(const struct command *command, const char *condition)
{
    for (const struct option_help *option = command->options; option && option->name; option++) {
        bool required = option->value && option->value[0] != '[';
        printf("complete -c harness -n '%s%s' -%c %s%s -d ", condition, command->name,
               strlen(option->name) == 1 ? 's' : 'l', option->name, required ? " -r" : "");
        fish_text(option->help);
        fish_asked(option->name) ? (void)0 : fish_words(command, option->name);
        putchar('\n');
    }
}

static void print_fish(void)
{
    printf("# fish completion of harness; put it into ~/.config/fish/completions/harness.fish\n"
           "complete -c harness -l help -d 'what a command takes'\n"
           "complete -c harness -n __fish_use_subcommand -l version -d 'the version'\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("complete -c harness -n __fish_use_subcommand -a %s -d ", (*command)->name);
        fish_text((*command)->summary);
        putchar('\n');
        fish_options(*command, "__fish_seen_subcommand_from ");
    }
    printf("complete -c harness -n '__fish_seen_subcommand_from fetch' -a '(harness help --words "
           "names 2>/dev/null)'\n"
           "complete -c harness -n '__fish_seen_subcommand_from help' -a '(harness help --words "
           "commands 2>/dev/null; harness help --words suites 2>/dev/null)'\n"
           "complete -c harness -l quiet -d 'say nothing but warnings and errors'\n");
    help_suites_fish();
    for (const struct option_help *option = commands[0]->options; option->name; option++) {
        printf("complete -c harness -n __fish_use_subcommand -l %s%s -d ", option->name,
               option->value && option->value[0] != '[' ? " -r" : "");
        fish_text(option->help);
        fish_asked(option->name) ? (void)0 : fish_words(commands[0], option->name);
        putchar('\n');
    }
}

/* As a file _harness in fpath, or sourced: bash's function, run by zsh's own door to such. */
static void print_zsh(void)
{
    printf("#compdef harness\n"
           "# zsh completion of harness; a file _harness in a folder of $fpath, or to be sourced\n"
           "autoload -U +X bashcompinit && bashcompinit\n");
    print_bash("_harness_words");
    printf("[[ -z ${compstate-} ]] || _bash_complete -o filenames -F _harness_words\n");
}

static int print_completion(const char *shell)
{
    if (strcmp(shell, "fish") == 0) {
        print_fish();
        return 0;
    }
    if (strcmp(shell, "zsh") == 0) {
        print_zsh();
        return 0;
    }
    if (strcmp(shell, "bash") != 0) {
        return error_set(ERR_REQUEST, "--completion: found '%s', expected bash, zsh or fish",
                         shell);
    }
    print_bash("_harness");
    return 0;
}

static int print_words(const char *what)
{
    bool fetched = strcmp(what, "names") == 0, embedders = strcmp(what, "embedders") == 0;
    if (strcmp(what, "suites") == 0) {
        for (size_t i = 0; suites[i]; i++) {
            puts(suites[i]->id);
        }
        return 0;
    }
    if (strcmp(what, "commands") == 0) {
        for (const struct command *const *command = commands; *command; command++) {
            puts((*command)->name);
        }
        return 0;
    }
    if (!fetched && !embedders && strcmp(what, "datasets") != 0) {
        return error_set(ERR_REQUEST,
                         "--words: found '%s', expected suites, embedders, datasets, names or "
                         "commands",
                         what);
    }
    struct catalogue catalogue;
    TRY(catalogue_open(&catalogue));
    for (uint32_t i = 0; i < catalogue.n_entries; i++) {
        const struct catalogue_entry *entry = &catalogue.entries[i];
        bool wanted = fetched ? !entry->comes_along && !entry->prepare
                              : entry->ready && entry->is_model == embedders;
        if (wanted && text_is_printable(entry->name)) {
            puts(entry->name);
        }
    }
    catalogue_close(&catalogue);
    return 0;
}

/* A command, a suite, or both: analogy is the name of either. */
static int print_topic(const struct args *args)
{
    const char *name = args_word(args, 0);
    const struct command *const *command = commands;
    while (*command && strcmp((*command)->name, name) != 0) {
        command++;
    }
    const struct suite *suite = suite_find(name);
    int status = 0;
    if (*command) {
        struct args *about = args_behind(*command, args);
        status = args_help(*command, about, stdout);
        args_destroy(about);
    }
    if (suite) {
        printf("%s", *command ? "\nThe suite of this name\n\n" : "");
        help_suite(suite);
    }
    return *command || suite
               ? status
               : error_set(ERR_REQUEST,
                           "help: found '%s', expected a command (harness --help) or a suite "
                           "(harness list suites)",
                           name);
}

static int run(const struct args *args)
{
    const char *shell = args_value(args, "completion", NULL);
    if (args_flag(args, "man")) {
        print_man();
        return 0;
    }
    if (args_flag(args, "tables")) {
        help_suites_tables();
        return 0;
    }
    if (args_flag(args, "schema")) {
        struct str schema = {0};
        args_write_schema(commands[0], &schema);
        fputs(str_text(&schema), stdout);
        str_finish(&schema);
        return 0;
    }
    const char *what = args_value(args, "words", NULL);
    if (what) {
        return print_words(what);
    }
    if (shell) {
        return print_completion(shell);
    }
    if (args_n(args) == 0) {
        args_overview(stdout);
        return 0;
    }
    return print_topic(args);
}

const struct command command_help = {
    .name = "help",
    .synopsis = "[COMMAND [TRAINER]|SUITE]",
    .summary = "what a command takes, what a suite measures; manual page; shell completion",
    .details = "  source <(harness help --completion bash)",
    .options = options,
    .run = run,
};
