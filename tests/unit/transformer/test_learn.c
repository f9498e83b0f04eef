/* Training beside PyTorch's autograd in double (tests/golden/make_learn_golden.py): losses, every
 * parameter's gradient, 50 updates; the same bits whoever computes them. */
#include "learn/learn.h"
#include "learn/sense_loss.h"

#include "mini_host.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 512 };

struct bench {
    struct train_job job;
    struct emb_train_request request;
    struct learn_model model;
    struct learn_scratch scratch;
    uint32_t ids[MOST_ROWS], targets[MOST_ROWS];
    uint32_t n_sequences, n_targets;
};

/* Numbers of [-1, 1) that follow no line, from whole ones. */
static double scatter(uint64_t i)
{
    uint32_t x = (uint32_t)i * 2654435761u;
    x = (x ^ x >> 15) * 2246822519u;
    return (x ^ x >> 13) / 2147483648.0 - 1;
}

static struct learn_shape gpt2(uint32_t n_blocks, uint32_t dim, uint32_t n_heads, uint32_t inner,
                               uint32_t context, uint32_t vocabulary)
{
    return (struct learn_shape){.n_blocks = n_blocks,
                                .dim = dim,
                                .n_heads = n_heads,
                                .inner = inner,
                                .context = context,
                                .positions = context,
                                .vocabulary = vocabulary,
                                .epsilon = 1e-5f,
                                .arch = LEARN_GPT2};
}

static void open_bench(struct bench *bench, const struct learn_shape *shape, uint32_t n_sequences,
                       uint32_t n_workers)
{
    bench->request =
        (struct emb_train_request){.struct_size = sizeof bench->request, .n_threads = n_workers};
    job_init(&bench->job, mini_host(n_workers), &bench->request, "test", 1 << 30);
    cr_assert_leq(n_sequences, 8);
    cr_assert_eq(learn_model_init(&bench->model, &bench->job, shape), EMB_OK);
    cr_assert_eq(learn_scratch_init(&bench->scratch, &bench->model, n_sequences), EMB_OK);
    bench->n_sequences = n_sequences;
    uint64_t i = 0;
    for (uint32_t t = 0; t < bench->model.n_tensors; t++) {
        const struct learn_tensor *tensor = &bench->model.tensors[t];
        bool is_gain = (strstr(tensor->name, "ln_") || strstr(tensor->name, "norm")) &&
                       strstr(tensor->name, ".weight");
        for (uint64_t k = 0; k < (uint64_t)tensor->rows * tensor->columns; k++, i++) {
            double size = shape->dim < 50 ? 0.3 : 0.15;
            double wave = size * scatter(i) + (is_gain ? 1 : 0);
            bench->model.values[tensor->first + k] = (float)wave;
        }
    }
}

static void close_bench(struct bench *bench)
{
    learn_scratch_finish(&bench->scratch, &bench->model);
    learn_model_finish(&bench->model);
}

/* BERT's sequences become a piece shorter one after the other. */
static void fill_batch(struct bench *bench, uint32_t step)
{
    const struct learn_shape *shape = &bench->model.shape;
    uint32_t row = 0, lengths[8];
    bench->n_targets = 0;
    for (uint32_t s = 0; s < bench->n_sequences; s++) {
        uint32_t shorter = shape->arch == LEARN_BERT ? s : 0;
        lengths[s] = shape->context > shorter ? shape->context - shorter : 1;
        for (uint64_t p = 0; p < lengths[s]; p++, row++) {
            uint64_t r = (uint64_t)s * shape->context + p;
            bench->ids[row] = (uint32_t)((r * r + 3 * step + s) % shape->vocabulary);
            bench->targets[row] =
                r % 9 == 8 ? LEARN_NO_TARGET : (uint32_t)((5 * r + step) % shape->vocabulary);
            bench->n_targets += r % 9 != 8;
        }
    }
    learn_room_lay(&bench->scratch, &bench->model, lengths, bench->n_sequences);
}

static double gradient(struct bench *bench, uint32_t step)
{
    double sum = 0;
    fill_batch(bench, step);
    learn_forward(&bench->model, &bench->scratch, bench->ids, bench->targets, true,
                  1 / (float)bench->n_targets);
    learn_backward(&bench->model, &bench->scratch, bench->ids);
    for (uint32_t r = 0; r < bench->scratch.n_rows; r++) {
        sum += bench->scratch.losses[r];
    }
    return sum / bench->n_targets;
}

/* The next word of the golden file as a number. */
static double next_number(char **line)
{
    char *end;
    double value = strtod(*line, &end);
    cr_assert(end != *line, "a number is missing");
    *line = end;
    return value;
}

static void check_gradient(struct bench *bench, char *line)
{
    char name[64];
    int used;
    cr_assert_eq(sscanf(line, "%63s%n", name, &used), 1);
    line += used;
    for (uint32_t t = 0; t < bench->model.n_tensors; t++) {
        const struct learn_tensor *tensor = &bench->model.tensors[t];
        uint64_t n = (uint64_t)tensor->rows * tensor->columns;
        if (strcmp(tensor->name, name) != 0) {
            continue;
        }
        double norm = next_number(&line), squares = 0;
        for (uint64_t i = 0; i < n; i += n < 500 ? 7 : 61) {
            double off = bench->model.gradients[tensor->first + i] - next_number(&line);
            squares += off * off;
        }
        cr_assert(sqrt(squares) <= 1e-5 * norm, "%s: off by %g of %g", name, sqrt(squares), norm);
        return;
    }
    cr_assert(false, "%s: no such parameter", name);
}

static void check_steps(struct bench *bench, char *line)
{
    const struct learn_adamw how = {
        .rate = 3e-3, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.1, .clip = 1};
    memset(bench->model.gradients, 0, bench->model.n_parameters * sizeof(float));
    for (uint32_t step = 0; step < 50; step++) {
        double loss = gradient(bench, step), right = next_number(&line);
        cr_assert(fabs(loss - right) <= 1e-4, "step %u: %g instead of %g", step, loss, right);
        cr_assert(learn_adamw_step(&bench->model, &how) > 0);
    }
}

static void compare_with_golden(enum learn_arch arch, uint32_t n_workers)
{
    char path[512];
    size_t scratch = 0;
    char *line = NULL;
    struct bench bench = {0};
    uint32_t n_gradients = 0, n_steps = 0;
    snprintf(path, sizeof path, "%s/tests/golden/learn/%s.txt", getenv("HARNESS_SOURCE_ROOT"),
             arch == LEARN_LLAMA  ? "llama"
             : arch == LEARN_BERT ? "bert"
                                  : "gpt2");
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    while (getline(&line, &scratch, file) > 0) {
        struct learn_shape shape = {.epsilon = 1e-5f, .arch = arch, .rotary_base = 10000};
        uint32_t n_sequences;
        if (sscanf(line, "shape %*s %u %u %u %u %u %u %u", &shape.n_blocks, &shape.dim,
                   &shape.n_heads, &shape.inner, &shape.context, &shape.vocabulary,
                   &n_sequences) == 7) {
            shape.positions = shape.context;
            close_bench(&bench);
            open_bench(&bench, &shape, n_sequences, n_workers);
            gradient(&bench, 0);
        } else if (strncmp(line, "losses ", 7) == 0) {
            char *at = line + 7;
            for (uint32_t r = 0; r < bench.scratch.n_rows; r++) {
                double right = next_number(&at);
                cr_assert(fabs(bench.scratch.losses[r] - right) <= 1e-5 * (1 + right));
            }
        } else if (strncmp(line, "gradient ", 9) == 0) {
            check_gradient(&bench, line + 9);
            n_gradients++;
        } else if (strncmp(line, "steps ", 6) == 0) {
            check_steps(&bench, line + 6);
            n_steps++;
        }
    }
    cr_assert_eq(n_gradients, arch == LEARN_LLAMA  ? 2 * 3 + 6 * 6
                              : arch == LEARN_BERT ? 10 * 3 + 12 * 6
                                                   : 4 * 3 + 12 * 6);
    cr_assert_eq(n_steps, 1);
    close_bench(&bench);
    free(line);
    fclose(file);
}

Test(learn, gradients_and_updates_are_pytorchs)
{
    compare_with_golden(LEARN_GPT2, 1);
    compare_with_golden(LEARN_GPT2, 3);
    compare_with_golden(LEARN_LLAMA, 1);
    compare_with_golden(LEARN_LLAMA, 3);
    compare_with_golden(LEARN_BERT, 1);
    compare_with_golden(LEARN_BERT, 3);
}

/* The vectors' numbers follow the word's; gradients are twice what the file has. */
static void check_senses(char *line)
{
    enum { MOST = 8, MOST_DIM = 16 };
    float numbers[(MOST + 1) * MOST_DIM], slopes[(MOST + 1) * MOST_DIM] = {0};
    double scores[MOST];
    uint8_t right[MOST];
    uint32_t n = (uint32_t)next_number(&line), dim = (uint32_t)next_number(&line);
    double scale = next_number(&line);
    uint32_t bits = (uint32_t)next_number(&line);
    for (uint32_t i = 0; i < (n + 1) * dim; i++) {
        numbers[i] = (float)scatter(i);
    }
    for (uint32_t c = 0; c < n; c++) {
        right[c] = bits >> c & 1;
    }
    double loss =
        sense_loss(numbers, numbers + dim, right, n, dim, scale, 2, scores, slopes, slopes + dim);
    double expected = next_number(&line);
    cr_assert(fabs(loss - expected) <= 1e-6, "%g instead of %g", loss, expected);
    for (uint32_t i = 0; i < (n + 1) * dim; i++) {
        double slope = next_number(&line);
        cr_assert(fabs(slopes[i] / 2 - slope) <= 1e-5 * (fabs(slope) + 0.01), "number %u", i);
    }
}

Test(learn, losses_of_senses_are_pytorchs)
{
    char path[512], *line = NULL;
    size_t scratch = 0;
    uint32_t n = 0;
    snprintf(path, sizeof path, "%s/tests/golden/learn/senses.txt", getenv("HARNESS_SOURCE_ROOT"));
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    while (getline(&line, &scratch, file) > 0) {
        if (strncmp(line, "senses ", 7) == 0) {
            check_senses(line + 7);
            n++;
        }
    }
    cr_assert_eq(n, 3);
    free(line);
    fclose(file);
}

/* The slope along one direction, by losses on both sides of it. */
Test(learn, gradients_are_finite_differences)
{
    const struct learn_shape shape = gpt2(2, 16, 4, 24, 6, 13);
    struct bench bench;
    open_bench(&bench, &shape, 2, 1);
    gradient(&bench, 0);
    double slope = 0, losses[2];
    for (uint64_t i = 0; i < bench.model.n_parameters; i++) {
        slope += bench.model.gradients[i] * cos((double)i);
    }
    const double step = 1e-4; /* the direction is some 50 long */
    for (int side = 0; side < 2; side++) {
        for (uint64_t i = 0; i < bench.model.n_parameters; i++) {
            bench.model.values[i] += (float)((side ? 2 : -1) * step * cos((double)i));
        }
        losses[side] = gradient(&bench, 0);
    }
    double difference = (losses[1] - losses[0]) / (2 * step);
    cr_assert(fabs(difference - slope) <= 2e-3 * fabs(slope), "%g, %g", difference, slope);
    close_bench(&bench);
}

Test(learn, bits_do_not_depend_on_workers)
{
    const struct learn_shape shape = gpt2(2, 72, 6, 200, 65, 300);
    const struct learn_adamw how = {
        .rate = 1e-2, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.1, .clip = 1};
    struct bench benches[2];
    double losses[2][4], norms[2];
    float *values[2];
    for (int b = 0; b < 2; b++) {
        open_bench(&benches[b], &shape, 5, b ? 4 : 1);
        learn_model_start(&benches[b].model, 7);
        for (uint32_t step = 0; step < 4; step++) {
            losses[b][step] = gradient(&benches[b], step);
            norms[b] = learn_adamw_step(&benches[b].model, &how);
        }
        values[b] = benches[b].model.values;
    }
    cr_assert(memcmp(losses[0], losses[1], sizeof losses[0]) == 0);
    cr_assert(norms[0] <= norms[1] && norms[0] >= norms[1]);
    cr_assert(memcmp(values[0], values[1], benches[0].model.n_parameters * sizeof(float)) == 0);
    cr_assert(fabs(losses[0][0] - log(300)) < 0.1, "a new model knows nothing: %g", losses[0][0]);
    close_bench(&benches[0]);
    close_bench(&benches[1]);
}

Test(learn, a_gradient_that_is_not_finite_changes_nothing)
{
    const struct learn_shape shape = gpt2(1, 8, 2, 8, 4, 9);
    const struct learn_adamw how = {.rate = 1e-2, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8};
    struct bench bench;
    open_bench(&bench, &shape, 1, 1);
    gradient(&bench, 0);
    float before = bench.model.values[3];
    bench.model.gradients[5] = NAN;
    cr_assert(!isfinite(learn_adamw_step(&bench.model, &how)));
    cr_assert(bench.model.values[3] >= before && bench.model.values[3] <= before);
    cr_assert_eq(bench.model.step, 0);
    close_bench(&bench);
}
