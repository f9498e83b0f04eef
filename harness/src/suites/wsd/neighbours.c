/* Votes of the k nearest training occurrences. */
#include "suites/wsd/neighbours.h"

#include "base/error.h"
#include "base/mem.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>

/* One gold key of one occurrence: a vote to come. */
struct vote {
    uint32_t row;   /* of the occurrence */
    uint32_t sense; /* number in wsd_task.senses */
};

struct wsd_neighbours {
    const struct wsd_task *task;
    uint64_t k;
    uint32_t n_stages, dim;
    uint32_t **rows; /* [train.n][n_instances] row of an occurrence, WSD_NONE: not asked for */
    size_t n_rows;
    struct vote *votes;                    /* by group, in it by row */
    size_t *first_vote;                    /* [n_groups + 1] */
    size_t most_votes;                     /* of a group */
    float *vectors[WSD_N_REPRESENTATIONS]; /* [n_rows, n_stages, dim]; NULL if not wanted */
    double *norms[WSD_N_REPRESENTATIONS];  /* [n_rows, n_stages] */
    uint8_t *there[WSD_N_REPRESENTATIONS]; /* [n_rows] it has a vector */
};

/* The group that has a sense among its candidates: [labels.n], WSD_NONE for relatives. */
static uint32_t *list_groups(const struct wsd_task *task)
{
    uint32_t *group_of = mem_array(task->labels.n + 1u, sizeof *group_of);
    for (uint32_t s = 0; s < task->labels.n; s++) {
        group_of[s] = WSD_NONE;
    }
    for (uint32_t g = 0; g < task->n_groups; g++) {
        for (uint32_t c = 0; c < task->groups[g].n; c++) {
            group_of[task->groups[g].first + c] = g;
        }
    }
    return group_of;
}

/* Counts the votes of each group at first_vote[group + 1]; numbers the occurrences. */
static void count_votes(struct wsd_neighbours *neighbours, const uint32_t *group_of)
{
    const struct wsd_task *task = neighbours->task;
    neighbours->rows = mem_array(task->train.n + 1u, sizeof *neighbours->rows);
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *data = task->train.sets[t];
        neighbours->rows[t] = mem_array(data->n_instances + 1, sizeof **neighbours->rows);
        for (size_t i = 0; i < data->n_instances; i++) {
            bool wanted = false;
            const struct wsd_instance *instance = &data->instances[i];
            for (uint32_t g = 0; g < instance->n_gold; g++) {
                uint32_t sense = task->train_sense[t][instance->first_gold + g];
                if (sense != WSD_NONE && group_of[sense] != WSD_NONE) {
                    neighbours->first_vote[group_of[sense] + 1]++;
                    wanted = true;
                }
            }
            neighbours->rows[t][i] = wanted ? (uint32_t)neighbours->n_rows++ : WSD_NONE;
        }
    }
}

static void list_votes(struct wsd_neighbours *neighbours, const uint32_t *group_of)
{
    const struct wsd_task *task = neighbours->task;
    size_t *first = neighbours->first_vote;
    size_t *next = mem_array(task->n_groups + 1u, sizeof *next);
    for (uint32_t g = 0; g < task->n_groups; g++) {
        size_t n = first[g + 1];
        neighbours->most_votes = n > neighbours->most_votes ? n : neighbours->most_votes;
        next[g] = first[g];
        first[g + 1] += first[g];
    }
    neighbours->votes = mem_array(first[task->n_groups] + 1, sizeof *neighbours->votes);
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *data = task->train.sets[t];
        for (size_t i = 0; i < data->n_instances; i++) {
            const struct wsd_instance *instance = &data->instances[i];
            for (uint32_t g = 0; neighbours->rows[t][i] != WSD_NONE && g < instance->n_gold; g++) {
                uint32_t sense = task->train_sense[t][instance->first_gold + g];
                if (sense != WSD_NONE && group_of[sense] != WSD_NONE) {
                    neighbours->votes[next[group_of[sense]]++] =
                        (struct vote){neighbours->rows[t][i], sense};
                }
            }
        }
    }
    free(next);
}

static int give_capacity(struct wsd_neighbours *neighbours, const struct wsd_plan *plan)
{
    uint32_t n_representations = (plan->nn ? 1u : 0u) + (plan->context ? 1u : 0u);
    size_t rows = neighbours->n_rows * neighbours->n_stages;
    double bytes = (double)rows * n_representations * (4.0 * neighbours->dim + 8);
    if (bytes > (double)plan->memory) {
        return error_set(
            ERR_REQUEST,
            "option k=%llu keeps the vectors of %zu training occurrences: %.0f MiB for "
            "%u stages of dimension %u, and option memory allows %.0f MiB; ask for fewer stages "
            "(--stages), or allow more (--set memory=%.0fM)",
            (unsigned long long)plan->k, neighbours->n_rows, ceil(bytes / 0x1p20),
            neighbours->n_stages, neighbours->dim, floor((double)plan->memory / 0x1p20),
            ceil(bytes / 0x1p20));
    }
    const bool wanted[WSD_N_REPRESENTATIONS] = {plan->nn, plan->context};
    for (int r = 0; r < WSD_N_REPRESENTATIONS; r++) {
        if (wanted[r]) {
            neighbours->vectors[r] = mem_array(rows * neighbours->dim + 1, sizeof(float));
            neighbours->norms[r] = mem_array(rows + 1, sizeof(double));
            neighbours->there[r] = mem_array(neighbours->n_rows + 1, 1);
        }
    }
    return 0;
}

int wsd_neighbours_create(const struct wsd_task *task, const struct wsd_plan *plan,
                          uint32_t n_stages, uint32_t dim, struct wsd_neighbours **ret_neighbours)
{
    struct wsd_neighbours *neighbours = mem_alloc(sizeof *neighbours);
    *neighbours =
        (struct wsd_neighbours){.task = task, .k = plan->k, .n_stages = n_stages, .dim = dim};
    neighbours->first_vote = mem_array(task->n_groups + 1u, sizeof *neighbours->first_vote);
    uint32_t *group_of = list_groups(task);
    count_votes(neighbours, group_of);
    list_votes(neighbours, group_of);
    free(group_of);
    int status = give_capacity(neighbours, plan);
    if (status) {
        wsd_neighbours_free(neighbours);
        return status;
    }
    *ret_neighbours = neighbours;
    return 0;
}

void wsd_neighbours_free(struct wsd_neighbours *neighbours)
{
    if (!neighbours) {
        return;
    }
    for (int r = 0; r < WSD_N_REPRESENTATIONS; r++) {
        free(neighbours->vectors[r]);
        free(neighbours->norms[r]);
        free(neighbours->there[r]);
    }
    for (uint32_t t = 0; t < neighbours->task->train.n; t++) {
        free(neighbours->rows[t]);
    }
    free(neighbours->rows);
    free(neighbours->votes);
    free(neighbours->first_vote);
    free(neighbours);
}

void wsd_neighbours_add(struct wsd_neighbours *neighbours, uint32_t set, uint32_t instance,
                        enum wsd_representation representation, const float *vector)
{
    uint32_t row = neighbours->rows[set][instance];
    if (row == WSD_NONE || !neighbours->vectors[representation]) {
        return;
    }
    size_t n_stages = neighbours->n_stages, dim = neighbours->dim;
    float *kept = neighbours->vectors[representation] + row * n_stages * dim;
    for (size_t i = 0; i < n_stages * dim; i++) {
        kept[i] = vector[i];
    }
    for (size_t s = 0; s < n_stages; s++) {
        neighbours->norms[representation][row * n_stages + s] = vec_norm(vector + s * dim, dim);
    }
    neighbours->there[representation][row] = 1;
}

void wsd_neighbours_remove(struct wsd_neighbours *neighbours, const struct wsd_contexts *contexts,
                           uint32_t m)
{
    uint32_t dim = neighbours->dim;
    for (size_t i = 0; i < neighbours->n_rows; i++) {
        float *vector = neighbours->vectors[WSD_CONTEXT] + i * dim;
        wsd_contexts_remove(contexts, m, vector);
        neighbours->norms[WSD_CONTEXT][i] = vec_norm(vector, dim);
    }
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

/* The cosine that a voter must have: WSD_TIE less than the k-th greatest. each[] is put in order.
 */
static double least_cosine(double *each, size_t n, uint64_t k)
{
    if (n <= k) {
        return -INFINITY;
    }
    qsort(each, n, sizeof *each, descending);
    return each[k - 1] - WSD_TIE;
}

/* The votes [n] of a group, each with the cosine of its occurrence, not-a-number without one. */
static void elect(const struct vote *votes, const double *cosines, size_t n, double least,
                  const struct wsd_group *group, uint32_t *counts, double *ret_cosines)
{
    uint32_t most = 1;
    for (uint32_t c = 0; c < group->n; c++) {
        counts[c] = 0;
        ret_cosines[c] = NAN;
    }
    for (size_t v = 0; v < n; v++) {
        if (cosines[v] >= least) {
            uint32_t c = votes[v].sense - group->first;
            counts[c]++;
            most = counts[c] > most ? counts[c] : most;
            ret_cosines[c] = ret_cosines[c] >= cosines[v] ? ret_cosines[c] : cosines[v];
        }
    }
    for (uint32_t c = 0; c < group->n; c++) {
        ret_cosines[c] = counts[c] == most ? ret_cosines[c] : NAN;
    }
}

void wsd_neighbours_score(const struct wsd_neighbours *neighbours, const struct wsd_group *group,
                          enum wsd_representation representation, const float *vector,
                          double *ret_cosines, uint32_t stride)
{
    uint32_t n_stages = neighbours->n_stages, dim = neighbours->dim;
    size_t first = neighbours->first_vote[group - neighbours->task->groups];
    size_t n = neighbours->first_vote[group - neighbours->task->groups + 1] - first;
    const struct vote *votes = neighbours->votes + first;
    double *cosines = mem_array(2 * neighbours->most_votes + 1, sizeof *cosines);
    double *each = cosines + neighbours->most_votes; /* once an occurrence */
    uint32_t *counts = mem_array(group->n + 1u, sizeof *counts);
    for (uint32_t s = 0; s < n_stages; s++) {
        const float *query = vector + (size_t)s * dim;
        double norm = vec_norm(query, dim);
        size_t n_each = 0;
        for (size_t v = 0; v < n; v++) {
            size_t row = votes[v].row, at = row * n_stages + s;
            bool again = v > 0 && votes[v - 1].row == row;
            if (again) {
                cosines[v] = cosines[v - 1];
            } else if (neighbours->there[representation][row]) {
                const float *kept = neighbours->vectors[representation] + at * dim;
                cosines[v] = vec_cosine_normed(query, norm, kept,
                                               neighbours->norms[representation][at], dim);
                each[n_each++] = cosines[v];
            } else {
                cosines[v] = NAN;
            }
        }
        elect(votes, cosines, n, least_cosine(each, n_each, neighbours->k), group, counts,
              ret_cosines + (size_t)s * stride);
    }
    free(counts);
    free(cosines);
}
