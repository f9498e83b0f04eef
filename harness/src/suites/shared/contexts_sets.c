/* Reads the sets of pairs that a request names, and how their words are weighed. */
#include "suites/shared/contexts.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "suites/options.h"
#include "suites/shared/set_names.h"

#include <stdlib.h>

void contexts_release(struct suite_state *state)
{
    if (state) {
        for (uint32_t i = 0; i < state->n; i++) {
            context_set_finish(&state->sets[i]);
        }
        free(state->sets);
        oov_of_free(state->oov_of);
        word_counts_finish(&state->frequencies);
        free(state->file);
        free(state);
    }
}

const char *const contexts_split_names[CONTEXT_N_SPLITS] = {"train", "dev", "test", "all"};

char *contexts_dataset(const struct context_set *set, uint32_t split)
{
    return split == CONTEXT_WHOLE ? mem_text(set->name)
                                  : mem_format("%s:%s", set->name, contexts_split_names[split]);
}

/* The sets' names, and of a set with splits theirs. */
static int name_sets(struct set_names *names, const char *suite, struct suite_state *state)
{
    int status = set_names_settle(names, suite);
    for (uint32_t i = 0; status == 0 && i < state->n; i++) {
        struct context_set *set = &state->sets[i];
        bool seen[CONTEXT_N_SPLITS] = {[CONTEXT_WHOLE] = true};
        set_names_put(names, i, &set->name);
        for (size_t p = 0; status == 0 && p < set->n_pairs; p++) {
            uint8_t split = set->pairs[p].split;
            if (!seen[split]) {
                char *name = contexts_dataset(set, split);
                status = set_names_derive(names, suite, i, name);
                free(name);
                seen[split] = true;
            }
        }
    }
    return status;
}

int contexts_prepare(const struct suite_request *request, const char *suite,
                     int (*read)(const char *path, struct context_sets *ret_sets),
                     struct suite_state **ret_state)
{
    if (request->n_datasets == 0) {
        return error_set(ERR_REQUEST, "suite %s: has no data of its own: --dataset DATA", suite);
    }
    struct suite_state *state = mem_alloc(sizeof *state);
    struct set_names names = {0};
    size_t capacity = 0;
    const char *file;
    int status = word_mean_read(request, suite, &state->mean, &state->frequencies, &file);
    state->file = file ? mem_text(file_name(file)) : NULL;
    state->best = suite_says(request, "best", "yes");
    for (uint32_t i = 0; status == 0 && i < request->n_datasets; i++) {
        char *path, *variant;
        status = suite_locate(request->datasets[i], &path, &variant);
        if (status == 0) {
            struct context_sets sets = {0};
            status = read(path, &sets);
            MEM_GROW(state->sets, capacity, (size_t)state->n + sets.n + 1);
            for (uint32_t s = 0; s < sets.n; s++) {
                context_set_limit(&sets.sets[s], request->limit);
                set_names_add(&names, request->datasets[i], path, sets.sets[s].name);
                state->sets[state->n++] = sets.sets[s];
            }
            free(sets.sets);
            free(path);
            free(variant);
        }
    }
    status = status ? status : name_sets(&names, suite, state);
    set_names_finish(&names);
    if (status) {
        contexts_release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}
