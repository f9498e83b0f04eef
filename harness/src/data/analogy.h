/*
 * analogy.h - analogy questions "a is to b as c is to ?", in the layouts they come in.
 *
 *  Google (questions-words.txt), MSR merged into one file: lines of four words; a line ": NAME"
 *      begins a section, or goes on with the one that was called so in this file.
 *          : capital-common-countries
 *          Athens Greece Baghdad Iraq
 *  A table with commas, semicolons or tabs: four words a line, behind the line's number or not; or
 *      a header that names word1 to word4 (or a to d), and category, section, relation or the like.
 *          id,word1,word2,word3,word4,category
 *          0,Athens,Greece,Baghdad,Iraq,capital-common-countries
 *  MSR as published: X.questions of three words and a label (the section), X.answers of a label and
 *      a word, line by line.
 *          good better rough JJ_JJR                jj_jjr rougher
 *  BATS: a folder of folders of files (.txt, .csv, .tsv; not README, SOURCE.txt and what else
 *      data/beside.h knows), or any of these; a file is a section, a line is a word and
 *      its answers. Every ordered pair of lines is a question; b is the first line's first answer,
 *      and any of the second line's answers is right.
 *          cat<TAB>feline/animal/mammal
 *  SAT: blocks with blank lines between them: a source line, the stem pair, five pairs to choose
 *      from (each with or without a part-of-speech pattern), the right one's letter. Lines
 *      that start with # are comments.
 *          190 FROM REAL SATs
 *          lull trust v:n
 *          balk fortitude v:n
 *          ...
 *          d
 */
#ifndef DATA_ANALOGY_H
#define DATA_ANALOGY_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct analogy_section {
    const char *name;
    const char *group; /* "semantic", "syntactic" for Google's; a BATS folder's name; NULL */
};

struct analogy_question {
    uint32_t a, b, c;      /* in the set's words */
    uint32_t first_answer; /* in answers[] */
    uint32_t n_answers;
    uint32_t section;
    uint32_t choices;   /* SAT: first of n_choices pairs in choices[]; then a:b is the stem, c is
                           unused and the one answer is the number of the right choice */
    uint32_t n_choices; /* 0: an open question */
    uint32_t number;    /* 1.. in its section */
    uint64_t line;      /* what it was made from; 0 = a pair of lines */
};

struct analogy_set {
    struct arena texts;
    char *name;
    struct map words; /* as written */
    struct analogy_question *questions;
    uint32_t *answers;      /* words (or the number of a choice) */
    uint32_t (*choices)[2]; /* pairs of words */
    struct analogy_section *sections;
    uint32_t n, n_answers, n_choices, n_sections;
    uint32_t section, first_section; /* while it is read: at hand; the first of the file's */
    size_t questions_capacity, answers_capacity, choices_capacity, sections_capacity;
};

/* A file or, for BATS, a folder. ERR_REQUEST names file, line, found and expected. */
int analogy_read(const char *path, struct analogy_set *ret_set);
void analogy_finish(struct analogy_set *set);

/* "section:number" of a question, 1.. in its section. free() it. */
char *analogy_id(const struct analogy_set *set, uint32_t question);

/* For readers: the section of that name in the file at hand goes on, else a new one begins; a
 * question of it with one answer, the last of the words. */
void analogy_begin_section(struct analogy_set *set, struct slice name, const char *group);
void analogy_add_question(struct analogy_set *set, const struct slice words[4], uint64_t line);

#endif /* DATA_ANALOGY_H */
