/* Prints --help of the program and of each command from their option tables. */
#include "commands/args.h"
#include "commands/say.h"

#include "data/unicode.h"
#include "report/write.h"

#include <string.h>

enum { HELP_COLUMN = 28, HELP_LEAST = 28, HELP_MOST = 110 };

/* Columns of what is printed to a stream: the terminal's, but no more than one cares to read. */
static int help_width(FILE *stream)
{
    int columns = table_columns(stream);
    return columns < HELP_MOST ? columns : HELP_MOST;
}

/* Broken at blanks to the width, every line behind `indent` columns; the first one stands at `at`
 * already. */
static void wrap(FILE *stream, const char *text, int at, int indent)
{
    struct slice rest = slice_of(text), word;
    int most = help_width(stream);
    most = most < indent + HELP_LEAST ? indent + HELP_LEAST : most;
    bool begun = false;
    while (slice_word(&rest, &word)) {
        int columns = (int)unicode_columns(word.text, word.n);
        if (begun && at + 1 + columns > most) {
            fputc('\n', stream);
            at = 0;
            begun = false;
        }
        if (!begun) {
            fprintf(stream, "%*s", indent > at ? indent - at : 0, "");
            at = indent > at ? indent : at;
        }
        say_to(stream, "%s%.*s", begun ? " " : "", (int)word.n, word.text);
        at += columns + begun;
        begun = true;
    }
    fputc('\n', stream);
}

static void word_line(const char *word, const char *about, void *ctx)
{
    int at = fprintf(ctx, "%*s  %-9s ", HELP_COLUMN, "", word);
    wrap(ctx, about ? about : "", at, HELP_COLUMN + 4);
}

void args_help_line(FILE *stream, const char *label, const char *help)
{
    int at = 2 + (int)unicode_columns(label, strlen(label));
    say_to(stream, "  %s", label);
    if (at >= HELP_COLUMN - 1) {
        fputc('\n', stream);
        at = 0;
    }
    wrap(stream, help, at, HELP_COLUMN);
}

static void option_line(const struct option_help *option, FILE *stream)
{
    const char *dashes = strlen(option->name) == 1 ? "-" : "--";
    struct str label = {0};
    str_format(&label, "%s%s%s%s", dashes, option->name, option->value ? " " : "",
               option->value ? option->value : "");
    args_help_line(stream, str_text(&label), option->help);
    str_finish(&label);
}

/* Paragraphs are broken to the width; lines that stand in from the left, examples, stay. */
static void wrap_details(FILE *stream, const char *details)
{
    struct slice rest = slice_of(details), line;
    struct str paragraph = {0};
    while (slice_line(&rest, &line)) {
        bool text = line.n > 0 && line.text[0] != ' ';
        if (text) {
            str_format(&paragraph, "%s%.*s", paragraph.n ? " " : "", (int)line.n, line.text);
            continue;
        }
        if (paragraph.n > 0) {
            wrap(stream, str_text(&paragraph), 0, 0);
            str_clear(&paragraph);
        }
        fprintf(stream, "%.*s\n", (int)line.n, line.text);
    }
    if (paragraph.n > 0) {
        wrap(stream, str_text(&paragraph), 0, 0);
    }
    str_finish(&paragraph);
}

bool args_each_word(const struct command *command, const char *option,
                    void (*visit)(const char *word, const char *about, void *ctx), void *ctx)
{
    for (const struct option_words *words = command->words; words && words->option; words++) {
        if (strcmp(words->option, option) == 0) {
            words->each(visit, ctx);
            return true;
        }
    }
    return false;
}

int args_help(const struct command *command, const struct args *args, FILE *stream)
{
    fprintf(stream, "harness %s %s\n", command->name, command->synopsis);
    wrap(stream, command->summary, 0, 0);
    if (command->details[0]) {
        fputc('\n', stream);
        wrap_details(stream, command->details);
    }
    if (command->options && command->options->name) {
        fprintf(stream, "\nOptions\n");
        for (const struct option_help *option = command->options; option->name; option++) {
            option_line(option, stream);
            args_each_word(command, option->name, word_line, stream);
        }
        option_line(&(struct option_help){"quiet", NULL, "say nothing but warnings and errors"},
                    stream);
    }
    return command->more_help ? command->more_help(args, stream) : 0;
}

void args_overview(FILE *stream)
{
    fputs("harness - which embedder, and which of its stages, separates the senses of a word\n"
          "\n"
          "  harness [run] --suite SUITES [options]   score embedders on benchmark suites\n",
          stream);
    for (const struct command *const *command = commands + 1; *command; command++) {
        int at = fprintf(stream, "  harness %-12s ", (*command)->name);
        wrap(stream, (*command)->summary, at, at);
    }
    fputs(
        "\nExamples\n"
        "  harness --suite wsd\n"
        "  harness --suite wsd,similarity --embedder minilm --embedder mine=glove:vectors.txt\n"
        "  harness explain bank \"He sat by the river bank.\" \"She went to the bank for money.\"\n"
        "  harness COMMAND --help                   what a command takes\n\n"
        "Results go to standard output and report files, progress and messages to standard\n"
        "error; --quiet leaves only warnings and errors.\n"
        "Exit status: 0 done; 1 finished, but something in it failed; 2 the request was wrong;\n"
        "3 the machine failed (disk, memory).\n",
        stream);
}
