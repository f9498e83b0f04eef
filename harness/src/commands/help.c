/* Prints --help of the program and of each command from their option tables. */
#include "commands/args.h"

#include <string.h>

enum { HELP_COLUMN = 28 };

static void word_line(const char *word, const char *about, void *ctx)
{
    fprintf(ctx, "%*s  %-9s %s\n", HELP_COLUMN, "", word, about);
}

static void option_line(const struct option_help *option, FILE *stream)
{
    const char *dashes = strlen(option->name) == 1 ? "-" : "--";
    int n = fprintf(stream, "  %s%s%s%s", dashes, option->name, option->value ? " " : "",
                    option->value ? option->value : "");
    const char *line = option->help;
    if (n >= HELP_COLUMN - 1) {
        fputc('\n', stream);
        n = 0;
    }
    while (line) {
        const char *end = strchr(line, '\n');
        fprintf(stream, "%*s%.*s\n", HELP_COLUMN - n, "",
                end ? (int)(end - line) : (int)strlen(line), line);
        n = 0;
        line = end ? end + 1 : NULL;
    }
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

void args_help(const struct command *command, FILE *stream)
{
    fprintf(stream, "harness %s %s\n%s\n", command->name, command->synopsis, command->summary);
    if (command->details[0]) {
        fprintf(stream, "\n%s\n", command->details);
    }
    if (command->options && command->options->name) {
        fprintf(stream, "\nOptions\n");
        for (const struct option_help *option = command->options; option->name; option++) {
            option_line(option, stream);
            args_each_word(command, option->name, word_line, stream);
        }
    }
    if (command->more_help) {
        command->more_help(stream);
    }
}

void args_overview(FILE *stream)
{
    fputs("harness - which embedder, and which of its stages, separates the senses of a word\n"
          "\n"
          "  harness [run] --suite SUITES [options]   score embedders on benchmark suites\n",
          stream);
    for (const struct command *const *command = commands + 1; *command; command++) {
        fprintf(stream, "  harness %-12s %s\n", (*command)->name, (*command)->summary);
    }
    fputs(
        "\nExamples\n"
        "  harness --suite wsd\n"
        "  harness --suite wsd,similarity --embedder minilm --embedder mine=glove:vectors.txt\n"
        "  harness explain bank \"He sat by the river bank.\" \"She went to the bank for money.\"\n"
        "  harness COMMAND --help                   what a command takes\n\n"
        "Results go to standard output and to report files; everything else to standard error.\n"
        "Exit status: 0 done; 1 finished, but something in it failed; 2 the request was wrong;\n"
        "3 the machine failed us (disk, memory).\n",
        stream);
}
