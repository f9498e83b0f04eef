/*
 * lookup_texts.h - texts, and the words in them whose vectors are wanted: what `embed` writes down
 * and `neighbours` looks among. One text after another, so that a file may be of any size.
 */
#ifndef COMMANDS_VECTORS_LOOKUP_TEXTS_H
#define COMMANDS_VECTORS_LOOKUP_TEXTS_H

#include "base/str.h"
#include "commands/command.h"
#include "suites/shared/text_words.h"

#include <stdbool.h>
#include <stdint.h>

struct lookup_text {
    uint64_t number; /* 1.., of all texts; of a file alone the number of the line */
    const char *text;
    uint32_t n_bytes, n_words, n_targets;
    const struct emb_span *words;           /* [n_words] a data set's own; none: plain text */
    const struct emb_span *targets;         /* [n_targets] by begin */
    const char *const *ids, *const *labels; /* [n_targets] of a data set, labels of LABEL<TAB>TEXT,
                                               too; NULL where one has none; NULL: of plain text */
};

/* What a line of a file is. A text that is given on the command line is one but for
 * LOOKUP_EITHER. */
enum lookup_lines {
    LOOKUP_FIND,   /* a text, if the first line that is not empty has no tab; else it is refused,
                      since what stands before the tab may be a label or a word */
    LOOKUP_TEXT,   /* a text, tabs and all */
    LOOKUP_LABEL,  /* LABEL<TAB>TEXT: the label of its targets */
    LOOKUP_EITHER, /* either; texts given on the command line, too */
};

/* What is asked for. */
struct lookup_texts {
    const char **given; /* [n_given] texts, or text files with a text a line; "-" is stdin */
    uint32_t n_given;
    const char **datasets; /* [n_datasets] sense-tagged, as the suite wsd reads them */
    uint32_t n_datasets;
    bool no_datasets; /* the command reads none: messages do not send there */
    bool only_text;   /* none of `given` is a file */
    enum lookup_lines lines;
    const char *word; /* lower case: of all targets this word alone, or, of a data set, the
                         instances of this lemma; NULL: all */
    bool marked; /* targets are what brackets mark, or the data set's instances; else every word:
                    runs of letters, digits and '_' with a letter in them, or the set's tokens */
};

/* 0 or an error that ends the walk. Nothing of a text may be kept. */
typedef int (*lookup_take_text)(void *ctx, const struct lookup_text *text);

/* Is every one of them there? So that nothing is found out after a model was loaded. A word that
 * looks like a file's name and is none is an error, too. */
int lookup_texts_check(const struct lookup_texts *texts);

/* Is any of `given` a file? */
bool lookup_texts_have_file(const struct lookup_texts *texts);

/* Every text in order, those without a target too. Errors name file, line and byte. */
int lookup_texts_each(const struct lookup_texts *texts, lookup_take_text take, void *ctx);

/* --lines: text or label; without it LOOKUP_FIND. */
int lookup_read_lines(const struct args *args, enum lookup_lines *ret_lines);
#define LOOKUP_LINES_OPTION                                                                        \
    {                                                                                              \
        "lines", "KIND",                                                                           \
            "what a line of a file is: text, or label, which is LABEL<TAB>TEXT; without it a "     \
            "file\n"                                                                               \
            "whose first line holds a tab is refused, since that may be either"                    \
    }
void lookup_lines_each(void (*visit)(const char *word, const char *about, void *ctx), void *ctx);

/* Takes the brackets of each "[word]" away: *plain is the text without them, *targets the words
 * that stood in them. Brackets with brackets in them, or nothing, are left as they are. Both
 * arguments are replaced. */
void lookup_unmark(const char *text, size_t n, struct str *plain, struct text_words *targets);

#endif /* COMMANDS_VECTORS_LOOKUP_TEXTS_H */
