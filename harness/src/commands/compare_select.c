#include "commands/compare_select.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct args *args, const char *option, const char *text)
{
    uint32_t n;
    const char **values = args_values(args, option, true, &n);
    bool listed = n == 0;
    for (uint32_t i = 0; i < n; i++) {
        listed |= strcmp(values[i], text) == 0;
    }
    free(values);
    return listed;
}

bool compare_wanted(const struct args *args, const struct compare_system *system)
{
    return system->metric && is_listed(args, "suite", system->suite) &&
           is_listed(args, "dataset", system->dataset) &&
           is_listed(args, "embedder", system->embedder) &&
           is_listed(args, "method", system->method);
}

bool compare_same_place(const struct compare_system *a, const struct compare_system *b)
{
    return strcmp(a->suite, b->suite) == 0 && strcmp(a->dataset, b->dataset) == 0;
}

bool compare_same_system(const struct compare_system *a, const struct compare_system *b)
{
    return compare_same_place(a, b) && strcmp(a->embedder, b->embedder) == 0 &&
           strcmp(a->stage, b->stage) == 0 && strcmp(a->method, b->method) == 0;
}

bool compare_same_question(const struct args *args, const struct compare_system *a,
                           const struct compare_system *b)
{
    if (!compare_same_place(a, b)) {
        return false;
    }
    uint32_t n;
    free(args_values(args, "method", true, &n));
    const char *ends = strncmp(a->method, "nn", 2) == 0 ? "-+" : "+";
    size_t length = strcspn(a->method, ends);
    return n > 1 ||
           (length == strcspn(b->method, ends) && strncmp(a->method, b->method, length) == 0);
}

bool compare_stage_shown(const struct args *args, const struct compare_input *input, uint32_t s)
{
    const struct compare_system *system = &input->systems[s];
    const char *stage = args_value(args, "stage", "last");
    if (strcmp(stage, "all") == 0) {
        return true;
    }
    bool last = strcmp(stage, "last") == 0, best = strcmp(stage, "best") == 0;
    if (!last && !best) {
        return strcmp(stage, system->stage) == 0 ||
               (strcmp(system->stage, "table") == 0 && !strcmp(stage, "table"));
    }
    if (last && strpbrk(system->stage, ":.")) {
        return false; /* sums, and points within a block */
    }
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *other = &input->systems[i];
        if (i == s || other->report != system->report || !compare_same_place(system, other) ||
            strcmp(system->embedder, other->embedder) != 0 ||
            strcmp(system->method, other->method) != 0) {
            continue;
        }
        if (last ? i > s && !strpbrk(other->stage, ":.")
                 : other->value > system->value || (other->value == system->value && i < s)) {
            return false;
        }
    }
    return true;
}

void compare_label(struct compare_input *input)
{
    for (uint32_t i = 0; i < input->n; i++) {
        struct compare_system *system = &input->systems[i];
        bool several = false;
        for (uint32_t j = 0; j < input->n; j++) {
            several |= compare_same_place(system, &input->systems[j]) &&
                       strcmp(system->method, input->systems[j].method) != 0;
        }
        struct str label = {0};
        if (input->n_reports > 1) {
            str_format(&label, "%s: ", input->reports[system->report]);
        }
        str_format(&label, "%s %s", system->embedder, system->stage);
        if (several) {
            str_format(&label, " %s", system->method);
        }
        system->label = arena_text(&input->texts, str_text(&label), label.n);
        str_finish(&label);
    }
}
