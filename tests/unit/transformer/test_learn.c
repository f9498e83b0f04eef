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

/* How products are computed from here on. */
static enum compute compute = COMPUTE_F32;
static enum learn_recompute recompute;
static bool by_blas;

static bool has_bf16(void)
{
    const struct kernels *kernels = kernels_named("avx512");
    return kernels && kernels_for(kernels, COMPUTE_BF16);
}

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
    bench->model.compute = compute;
    bench->model.by_blas = by_blas;
    bench->model.recompute = recompute;
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
        double most = compute == COMPUTE_BF16 ? 2e-2 : 1e-5; /* a bfloat16 is off by 2^-9 */
        cr_assert(sqrt(squares) <= most * norm, "%s: off by %g of %g", name, sqrt(squares), norm);
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
        double most = compute == COMPUTE_BF16 ? 2e-2 : 1e-4;
        cr_assert(fabs(loss - right) <= most, "step %u: %g instead of %g", step, loss, right);
        cr_assert(learn_adamw_step(&bench->model, &how) > 0);
    }
}

/* By one worker; bits do not depend on how many there are, see below. */
static void compare_with_golden(enum learn_arch arch)
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
            open_bench(&bench, &shape, n_sequences, 1);
            gradient(&bench, 0);
        } else if (strncmp(line, "losses ", 7) == 0) {
            char *at = line + 7;
            for (uint32_t r = 0; r < bench.scratch.n_rows; r++) {
                double right = next_number(&at);
                double most = compute == COMPUTE_BF16 ? 1e-2 : 1e-5;
                cr_assert(fabs(bench.scratch.losses[r] - right) <= most * (1 + right));
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

static void compare_all_with_golden(void)
{
    compare_with_golden(LEARN_GPT2);
    compare_with_golden(LEARN_LLAMA);
    compare_with_golden(LEARN_BERT);
}

Test(learn, gradients_and_updates_are_pytorchs)
{
    compare_all_with_golden();
    by_blas = true;
    compare_all_with_golden();
}

Test(learn, gradients_and_updates_in_bf16_are_near_pytorchs)
{
    if (!has_bf16()) {
        cr_skip("no AVX-512 BF16");
    }
    compute = COMPUTE_BF16;
    compare_all_with_golden();
}

static float bf16_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A product on awkward sizes, factors turned or not, beside sums in double of what is multiplied.
 */
static void check_product(const struct train_job *job, uint32_t m, uint32_t k, uint32_t n,
                          int turns, bool add)
{
    enum { MOST = 700 };
    static float left[MOST * MOST], right[MOST * MOST], c[MOST * MOST];
    struct blas_factor a = {left, turns & 1 ? m : k, turns & 1},
                       b = {right, turns & 2 ? k : n, turns & 2};
    struct learn_products how;
    cr_assert(learn_products_init(&how, job, compute, by_blas));
    how.lane_units = learn_left_units(&how, k);
    how.left = calloc(how.lane_units + 1, sizeof *how.left);
    how.right[0] = calloc(learn_right_units(&how, k, n) + 1, sizeof *how.left);
    for (uint32_t i = 0; i < m * k; i++) {
        left[i] = (float)scatter(i);
    }
    for (uint32_t i = 0; i < k * n; i++) {
        right[i] = (float)scatter(i + 77);
    }
    for (uint32_t i = 0; i < m * (n + 3); i++) {
        c[i] = 5;
    }
    struct learn_right ready = learn_lay_right(&how, LEARN_WEIGHTS, b, k, n);
    for (uint32_t t = 0, first; t < learn_tiles(&how, m, a.turn); t++) {
        uint32_t rows = learn_tile(&how, m, a.turn, t, &first);
        struct blas_factor rest = {left + (a.turn ? first : first * a.ld), a.ld, a.turn};
        learn_rows(&how, 0, rest, rows, &ready, add, c + first * (n + 3), n + 3);
    }
    for (uint32_t i = 0; i < m; i++) {
        for (uint32_t j = 0; j < n + 3; j++) {
            double sum = j < n && !add ? 0 : 5;
            for (uint32_t p = 0; p < k && j < n; p++) {
                float x = a.turn ? left[p * m + i] : left[i * k + p];
                float y = b.turn ? right[j * k + p] : right[p * n + j];
                sum += compute == COMPUTE_BF16 ? (double)bf16_of(x) * bf16_of(y) : (double)x * y;
            }
            cr_assert(fabs(c[i * (n + 3) + j] - sum) <= 1e-6 * (k + 5),
                      "%u x %u x %u, turns %d, add %d: %u, %u: %g instead of %g", m, k, n, turns,
                      add, i, j, c[i * (n + 3) + j], sum);
        }
    }
    free(how.left);
    free(how.right[0]);
}

Test(learn, products_are_sums)
{
    static const uint32_t sizes[][3] = {{1, 1, 1},     {3, 2, 33},     {57, 31, 32},
                                        {29, 397, 15}, {120, 33, 290}, {14, 800, 64}};
    struct emb_train_request request = {.struct_size = sizeof request, .n_threads = 1};
    struct train_job job;
    job_init(&job, mini_host(1), &request, "test", 1 << 30);
    for (int kind = 0; kind < 3; kind++) { /* kernels, BLAS, bfloat16 */
        by_blas = kind == 1;
        compute = kind == 2 ? COMPUTE_BF16 : COMPUTE_F32;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes && (kind < 2 || has_bf16()); i++) {
            for (int turns = 0; turns < 4; turns++) {
                check_product(&job, sizes[i][0], sizes[i][1], sizes[i][2], turns, false);
                check_product(&job, sizes[i][0], sizes[i][1], sizes[i][2], turns, true);
            }
        }
    }
}

/* What is not finite stays so in a product: a run that diverged must be seen. */
Test(learn, a_product_in_bf16_hides_no_nan)
{
    struct emb_train_request request = {.struct_size = sizeof request, .n_threads = 1};
    struct train_job job;
    struct learn_products how;
    int32_t left[56 * 48], right[64];
    const uint32_t bits = 0x7fffffff; /* a NaN that rounds to -0 if it is taken for a number */
    float x, one = 1, y = 0;
    memcpy(&x, &bits, sizeof x);
    if (!has_bf16()) {
        cr_skip("no AVX-512 BF16");
    }
    job_init(&job, mini_host(1), &request, "test", 1 << 30);
    cr_assert(learn_products_init(&how, &job, COMPUTE_BF16, false));
    how.left = left;
    how.right[0] = right;
    struct learn_right ready =
        learn_lay_right(&how, LEARN_WEIGHTS, (struct blas_factor){&one, 1, 0}, 1, 1);
    learn_rows(&how, 0, (struct blas_factor){&x, 1, 0}, 1, &ready, false, &y, 1);
    cr_assert(isnan(y));
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

static void check_bits(void)
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

/* What is not learned from is computed in float32, as the finished model is. */
Test(learn, held_out_losses_are_float32)
{
    struct bench benches[2];
    const struct learn_shape shape = gpt2(2, 24, 2, 40, 35, 50);
    if (!has_bf16()) {
        cr_skip("no AVX-512 BF16");
    }
    for (int b = 0; b < 2; b++) {
        compute = b ? COMPUTE_BF16 : COMPUTE_F32;
        open_bench(&benches[b], &shape, 3, 1);
        gradient(&benches[b], 0);
    }
    uint64_t n = benches[0].scratch.n_rows;
    double *losses[] = {benches[0].scratch.losses, benches[1].scratch.losses};
    cr_assert(memcmp(losses[0], losses[1], n * sizeof **losses) != 0);
    for (int b = 0; b < 2; b++) {
        learn_forward(&benches[b].model, &benches[b].scratch, benches[b].ids, benches[b].targets,
                      false, 1);
    }
    cr_assert(memcmp(losses[0], losses[1], n * sizeof **losses) == 0);
    close_bench(&benches[0]);
    close_bench(&benches[1]);
}

/* Activations that are computed anew give the same gradients, to the bit, in less memory. */
Test(learn, recomputed_activations_change_no_bit)
{
    for (int arch = LEARN_GPT2; arch <= LEARN_BERT; arch++) {
        struct learn_shape shape = gpt2(3, 24, 2, 40, 70, 50);
        struct bench benches[2];
        shape.arch = (enum learn_arch)arch;
        shape.rotary_base = 10000;
        for (int b = 0; b < 2; b++) {
            recompute = b ? LEARN_RECOMPUTE_ALWAYS : LEARN_RECOMPUTE_NEVER;
            open_bench(&benches[b], &shape, 3, 2);
            gradient(&benches[b], 0);
        }
        const struct learn_scratch *kept = &benches[0].scratch, *anew = &benches[1].scratch;
        cr_assert(memcmp(benches[0].model.gradients, benches[1].model.gradients,
                         benches[0].model.n_parameters * sizeof(float)) == 0);
        cr_assert(!kept->recomputes && anew->recomputes);
        /* two blocks less, of which what leaves them stays */
        uint64_t rows = 3 * 70;
        cr_assert(kept->bytes - anew->bytes == kept->kept_bytes - anew->kept_bytes);
        cr_assert(kept->bytes - anew->bytes >= 2 * rows * (7 * 24 + 2 * 40 + 2 * 70) * 4);
        close_bench(&benches[0]);
        close_bench(&benches[1]);
    }
}

/* Of two blocks' memory, less than the job's is kept, more is not. */
Test(learn, activations_are_recomputed_where_memory_ends)
{
    const struct learn_shape shape = gpt2(2, 16, 2, 24, 32, 50);
    struct bench bench;
    open_bench(&bench, &shape, 2, 1);
    uint64_t bytes = bench.scratch.bytes;
    cr_assert(!bench.scratch.recomputes);
    for (int less = 0; less < 2; less++) {
        learn_scratch_finish(&bench.scratch, &bench.model);
        bench.job.memory_bytes = bytes - (uint64_t)less;
        cr_assert_eq(learn_scratch_init(&bench.scratch, &bench.model, 2), EMB_OK);
        cr_assert_eq(bench.scratch.recomputes, less);
    }
    close_bench(&bench);
}

Test(learn, bits_do_not_depend_on_workers)
{
    check_bits();
    by_blas = true;
    check_bits();
    by_blas = false;
    compute = has_bf16() ? COMPUTE_BF16 : COMPUTE_F32;
    check_bits();
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
