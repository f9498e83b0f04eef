/*
 * rows.h - what the suite `analogy` reports: accuracies by section, and the answers.
 */
#ifndef SUITES_ANALOGY_ROWS_H
#define SUITES_ANALOGY_ROWS_H

#include "data/analogy.h"
#include "suites/suite.h"

struct analogy_outcome {
    const char *answer; /* the best row's word, not NUL-terminated */
    uint32_t answer_bytes;
    bool attempted; /* all words of the question are known */
    bool right;
    double score;
};

struct analogy_protocol {
    struct stage stage;
    const char *method;
    uint64_t limit, n_words; /* rows searched, of all; 0 = no search */
    uint32_t k;
    bool keep_case;
};

/* Rows of accuracy for all, the groups (semantic, syntactic) and the sections: policy "skip" is
 * right / attempted, "zero" right / questions. outcomes[set->n]. */
void analogy_rows(const struct suite_run *run, const struct analogy_set *set,
                  const struct analogy_protocol *protocol, const struct analogy_outcome *outcomes);

#endif /* SUITES_ANALOGY_ROWS_H */
