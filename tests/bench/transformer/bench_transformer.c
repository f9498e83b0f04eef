/*
 * bench_transformer - the whole forward pass, all stages kept, beside the machine's SGEMM rate.
 *
 *     bench_transformer [WORKERS [COMPUTE [SECONDS [MODEL [STEP]]]]]      defaults: 2 f32 1.0 "" 4
 *
 * Shapes of MiniLM-L6, BERT-base and GPT-2 (124M) with random weights; sentences of 16, 32 and 128
 * pieces and the lengths of SemCor's sentences. Every STEP-th piece is a target: one in four is
 * about SemCor's share, with 1 no row can be saved. Pieces are those of the sentences, GFLOP those
 * that were computed. The rates of one line come from rounds that take turns, so that a noisy
 * machine hurts both alike. With BENCH_CPU_TIME set, seconds are those of the processor (for one
 * worker on a busy machine).
 */
#include "base/blas.h"
#include "mini_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern const struct emb_plugin_entry emb_plugin_entry_v1;

enum { VOCAB = 2000, MAX_SENTENCES = 512, BATCH_PIECES = 2048 };

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(getenv("BENCH_CPU_TIME") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- models of random weights ---- */

struct shape {
    const char *name;
    const char *config;
    unsigned dim, inner, blocks, positions;
    int gpt2;
};

static const struct shape shapes[] = {
    {"MiniLM-L6",
     "{\"model_type\":\"bert\",\"hidden_size\":384,\"num_attention_heads\":12,"
     "\"num_hidden_layers\":6,\"intermediate_size\":1536,\"vocab_size\":2000,"
     "\"max_position_embeddings\":512,\"hidden_act\":\"gelu\",\"layer_norm_eps\":1e-12}",
     384, 1536, 6, 512, 0},
    {"BERT-base",
     "{\"model_type\":\"bert\",\"hidden_size\":768,\"num_attention_heads\":12,"
     "\"num_hidden_layers\":12,\"intermediate_size\":3072,\"vocab_size\":2000,"
     "\"max_position_embeddings\":512,\"hidden_act\":\"gelu\",\"layer_norm_eps\":1e-12}",
     768, 3072, 12, 512, 0},
    {"GPT-2-124M",
     "{\"model_type\":\"gpt2\",\"n_embd\":768,\"n_head\":12,\"n_layer\":12,\"n_positions\":1024,"
     "\"vocab_size\":2000,\"activation_function\":\"gelu_new\",\"layer_norm_epsilon\":1e-5}",
     768, 3072, 12, 1024, 1},
};

struct writer {
    FILE *file;
    char *header;
    size_t n;
    unsigned long long offset;
    int measuring; /* first pass: the header; second: the data */
    unsigned random;
};

static void tensor(struct writer *w, const char *name, unsigned rows, unsigned columns, float scale,
                   float centre)
{
    unsigned long long n = (unsigned long long)rows * (columns ? columns : 1);
    if (w->measuring) {
        w->n += (size_t)sprintf(w->header + w->n, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%u",
                                w->n > 1 ? "," : "", name, rows);
        if (columns) {
            w->n += (size_t)sprintf(w->header + w->n, ",%u", columns);
        }
        w->n += (size_t)sprintf(w->header + w->n, "],\"data_offsets\":[%llu,%llu]}", w->offset,
                                w->offset + 4 * n);
        w->offset += 4 * n;
        return;
    }
    float values[4096];
    for (unsigned long long done = 0, some; done < n; done += some) {
        some = n - done < 4096 ? n - done : 4096;
        for (unsigned long long i = 0; i < some; i++) {
            w->random = w->random * 1664525u + 1013904223u;
            values[i] = ((float)(w->random >> 8) / 8388608.0f - 1.0f) * scale + centre;
        }
        fwrite(values, sizeof *values, some, w->file);
    }
}

static void linear(struct writer *w, const char *prefix, const char *name, unsigned out,
                   unsigned in, int transposed)
{
    char full[200];
    snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    float scale = 1.7f / sqrtf((float)in);
    tensor(w, full, transposed ? in : out, transposed ? out : in, scale, 0);
    snprintf(full, sizeof full, "%s%s.bias", prefix, name);
    tensor(w, full, out, 0, 0.1f, 0);
}

static void norm(struct writer *w, const char *prefix, const char *name, unsigned dim)
{
    char full[200];
    snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    tensor(w, full, dim, 0, 0.1f, 1);
    snprintf(full, sizeof full, "%s%s.bias", prefix, name);
    tensor(w, full, dim, 0, 0.1f, 0);
}

static void tensors(struct writer *w, const struct shape *s)
{
    char p[64];
    if (s->gpt2) {
        tensor(w, "wte.weight", VOCAB, s->dim, 1, 0);
        tensor(w, "wpe.weight", s->positions, s->dim, 0.3f, 0);
        norm(w, "", "ln_f", s->dim);
    } else {
        tensor(w, "embeddings.word_embeddings.weight", VOCAB, s->dim, 1, 0);
        tensor(w, "embeddings.position_embeddings.weight", s->positions, s->dim, 0.3f, 0);
        tensor(w, "embeddings.token_type_embeddings.weight", 2, s->dim, 0.3f, 0);
        norm(w, "embeddings.", "LayerNorm", s->dim);
    }
    for (unsigned b = 0; b < s->blocks; b++) {
        if (s->gpt2) {
            snprintf(p, sizeof p, "h.%u.", b);
            norm(w, p, "ln_1", s->dim);
            linear(w, p, "attn.c_attn", 3 * s->dim, s->dim, 1);
            linear(w, p, "attn.c_proj", s->dim, s->dim, 1);
            norm(w, p, "ln_2", s->dim);
            linear(w, p, "mlp.c_fc", s->inner, s->dim, 1);
            linear(w, p, "mlp.c_proj", s->dim, s->inner, 1);
            continue;
        }
        snprintf(p, sizeof p, "encoder.layer.%u.", b);
        linear(w, p, "attention.self.query", s->dim, s->dim, 0);
        linear(w, p, "attention.self.key", s->dim, s->dim, 0);
        linear(w, p, "attention.self.value", s->dim, s->dim, 0);
        linear(w, p, "attention.output.dense", s->dim, s->dim, 0);
        norm(w, p, "attention.output.LayerNorm", s->dim);
        linear(w, p, "intermediate.dense", s->inner, s->dim, 0);
        linear(w, p, "output.dense", s->dim, s->inner, 0);
        norm(w, p, "output.LayerNorm", s->dim);
    }
}

static FILE *create(const char *folder, const char *name)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(3);
    }
    return file;
}

static void write_model(const char *folder, const struct shape *s)
{
    struct writer w = {.measuring = 1, .random = 1};
    w.header = malloc(1 << 20);
    w.header[w.n++] = '{';
    tensors(&w, s);
    w.header[w.n++] = '}';
    w.file = create(folder, "model.safetensors");
    unsigned long long n = w.n;
    fwrite(&n, 8, 1, w.file);
    fwrite(w.header, 1, w.n, w.file);
    w.measuring = 0;
    tensors(&w, s);
    fclose(w.file);
    free(w.header);
    FILE *file = create(folder, "config.json");
    fputs(s->config, file);
    fclose(file);
    file = create(folder, "tokenizer.json");
    fputs("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[],"
          "\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},"
          "\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":\"WordPiece\","
          "\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
          "\"max_input_chars_per_word\":100,\"vocab\":{\"[UNK]\":0",
          file);
    for (unsigned i = 1; i < VOCAB; i++) {
        fprintf(file, ",\"p%u\":%u", i, i);
    }
    fputs("}}}\n", file);
    fclose(file);
}

static void remove_model(const char *folder)
{
    static const char *const files[] = {"model.safetensors", "config.json", "tokenizer.json"};
    for (size_t i = 0; i < 3; i++) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* ---- batches ---- */

struct work {
    struct emb_batch batch;
    struct emb_sentence sentences[MAX_SENTENCES];
    uint32_t stages[64];
    unsigned pieces;
    float *out;
    uint8_t *statuses;
};

static void add_sentence(struct work *work, unsigned length, unsigned step, uint64_t *rows)
{
    char *text = malloc(8 * (size_t)length);
    struct emb_span *targets = malloc((length / step + 1) * sizeof *targets);
    struct emb_sentence *s = &work->sentences[work->batch.n_sentences++];
    uint32_t at = 0, n = 0;
    for (unsigned i = 0; i < length; i++) {
        uint32_t begin = at;
        at += (uint32_t)sprintf(text + at, "p%u ", 1 + (work->pieces * 31 + i * 17) % (VOCAB - 1));
        if (i % step == 0) {
            targets[n++] = (struct emb_span){begin, at - 1};
        }
    }
    *s = (struct emb_sentence){.text = text, .targets = targets, .n_bytes = at - 1, .n_targets = n};
    *rows += n;
    work->pieces += length;
}

/* Pieces of SemCor's sentences, about: words of the first ones in the file times 1.15, plus two. */
static unsigned semcor_lengths(unsigned *lengths, unsigned capacity)
{
    const char *shared = getenv("HARNESS_SHARED");
    char command[1100], line[4096];
    snprintf(command, sizeof command, "gzip -dc '%s/wsd/semcor/semcor.data.xml.gz' 2>/dev/null",
             shared ? shared : ".");
    FILE *file = popen(command, "r");
    unsigned n = 0, words = 0;
    while (file && n < capacity && fgets(line, sizeof line, file)) {
        words += strstr(line, "<wf ") || strstr(line, "<instance ");
        if (strstr(line, "</sentence>")) {
            lengths[n++] = 2 + (unsigned)((double)words * 1.15);
            words = 0;
        }
    }
    if (file) {
        pclose(file);
    }
    for (unsigned i = 0; n < capacity; i++) { /* without the file: the same spread, roughly */
        lengths[n++] = 4 + (i * 37 + i * i % 11) % 48;
    }
    return n;
}

static void make_batch(struct work *work, unsigned length, unsigned step,
                       const struct emb_model_info *info)
{
    static unsigned semcor[MAX_SENTENCES];
    uint64_t rows = 0;
    if (!length) {
        semcor_lengths(semcor, MAX_SENTENCES);
    }
    for (unsigned i = 0; i < MAX_SENTENCES; i++) {
        unsigned n = length ? length : semcor[i];
        if (work->pieces + n > BATCH_PIECES) {
            break;
        }
        add_sentence(work, n, step, &rows);
    }
    for (uint32_t i = 0; i < info->n_stages; i++) {
        work->stages[i] = i;
    }
    work->out = malloc(rows * info->n_stages * info->dim * sizeof(float));
    work->statuses = malloc(rows);
    work->batch.struct_size = sizeof work->batch;
    work->batch.sentences = work->sentences;
    work->batch.stages = work->stages;
    work->batch.n_stages = info->n_stages;
    work->batch.vectors = work->out;
    work->batch.word_status = work->statuses;
    work->batch.row_stride = (uint64_t)info->n_stages * info->dim;
    work->batch.stage_stride = info->dim;
}

static void free_batch(struct work *work)
{
    for (uint32_t i = 0; i < work->batch.n_sentences; i++) {
        free((void *)work->sentences[i].text);
        free((void *)work->sentences[i].targets);
    }
    free(work->out);
    free(work->statuses);
    free(work);
}

/* ---- measuring ---- */

/* Products of the batch, those that are saved left out: in the last block, all but keys and values
 * of rows that are no target; in a causal model, rows behind the last target and keys ahead. */
static double flop_of(const struct shape *s, const struct work *work, unsigned step)
{
    double flop = 0, square = (double)s->dim * s->dim, wide = 2.0 * s->dim * s->inner;
    for (uint32_t i = 0; i < work->batch.n_sentences; i++) {
        unsigned targets = work->sentences[i].n_targets;
        unsigned length = 1; /* "p1 p2 ..." */
        for (uint32_t c = 0; c < work->sentences[i].n_bytes; c++) {
            length += work->sentences[i].text[c] == ' ';
        }
        double rows = s->gpt2 ? (targets - 1) * step + 1 : length;
        double keys = s->gpt2 ? (rows + 1) / 2 : rows; /* of a row, in the mean */
        double whole = 4 * square + wide + 2 * s->dim * keys;
        flop += (s->blocks - 1) * rows * whole + rows * 2 * square + targets * (whole - 2 * square);
    }
    return 2 * flop;
}

static double sgemm_rate(int threads, float *scratch)
{
    enum { N = 4096 };
    blas_threads(threads);
    double start = seconds_now();
    blas_product(N, N, N, scratch, scratch + (size_t)N * N, scratch + 2 * (size_t)N * N);
    double rate = 2.0 * N * N * N / (seconds_now() - start) * 1e-9;
    blas_threads(1);
    return rate;
}

static double median(double *values, int n)
{
    for (int i = 1; i < n; i++) {
        for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
            double swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    }
    return values[n / 2];
}

static void measure(const struct shape *s, struct emb_model *model, unsigned length, unsigned step,
                    int workers, double seconds, float *scratch)
{
    const struct emb_model_ops *ops = emb_plugin_entry_v1.models[0].ops;
    struct emb_model_info info = {.struct_size = sizeof info};
    ops->info(model, &info);
    struct work *work = calloc(1, sizeof *work);
    make_batch(work, length, step, &info);
    double flop = flop_of(s, work, step);
    enum { ROUNDS = 3 };
    double ours[ROUNDS], peak[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        peak[r] = sgemm_rate(workers, scratch);
        ops->embed(model, &work->batch); /* meanwhile OpenBLAS's threads go to sleep */
        double start = seconds_now(), spent;
        int n = 0;
        do {
            ops->embed(model, &work->batch);
            n++;
        } while ((spent = seconds_now() - start) < seconds);
        ours[r] = n / spent;
    }
    double rate = median(ours, ROUNDS), gemm = median(peak, ROUNDS);
    char what[16];
    snprintf(what, sizeof what, length ? "%u" : "SemCor", length);
    printf("%-12s %7s %9.0f %9.1f %9.1f %7.1f %%\n", s->name, what, rate * work->pieces,
           rate * flop * 1e-9, gemm, 100 * rate * flop * 1e-9 / gemm);
    fflush(stdout);
    free_batch(work);
}

int main(int argc, char **argv)
{
    int workers = argc > 1 ? atoi(argv[1]) : 2;
    const char *compute = argc > 2 ? argv[2] : "f32";
    double seconds = argc > 3 ? atof(argv[3]) : 1.0;
    const char *only = argc > 4 ? argv[4] : "";
    unsigned step = argc > 5 && atoi(argv[5]) > 0 ? (unsigned)atoi(argv[5]) : 4;
    float *scratch = calloc(3 * (size_t)4096 * 4096, sizeof *scratch);
    for (size_t i = 0; i < 2 * (size_t)4096 * 4096; i++) {
        scratch[i] = (float)(i % 17) * 0.1f - 0.8f;
    }
    printf("%-12s %7s %9s %9s %9s %9s\n", "model", "pieces", "pieces/s", "GFLOP/s", "SGEMM",
           "of SGEMM");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (!strstr(shapes[i].name, only)) {
            continue;
        }
        const char *tmp = getenv("TMPDIR");
        char folder[600], path[700], arithmetic[64];
        snprintf(folder, sizeof folder, "%s/transformer-bench-XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(folder)) {
            return 3;
        }
        write_model(folder, &shapes[i]);
        const struct emb_plugin_model *plugin = &emb_plugin_entry_v1.models[0];
        snprintf(path, sizeof path, "path=%s", folder);
        snprintf(arithmetic, sizeof arithmetic, "compute=%s", compute);
        const char *pairs[] = {path, arithmetic};
        struct emb_options *options =
            mini_options(plugin->desc->options, plugin->desc->n_options, pairs, 2);
        struct emb_model *model;
        if (plugin->ops->create(mini_host((uint32_t)workers), plugin->desc, options, &model) !=
            EMB_OK) {
            fprintf(stderr, "%s\n", mini_host_failure());
            remove_model(folder);
            return 1;
        }
        remove_model(folder);
        static const unsigned lengths[] = {16, 32, 128, 0};
        for (size_t l = 0; l < 4; l++) {
            measure(&shapes[i], model, lengths[l], step, workers, seconds, scratch);
        }
        plugin->ops->destroy(model);
        mini_options_free(options);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory: %ld MB (192 of them the SGEMM matrices)\n", usage.ru_maxrss / 1024);
    free(scratch);
    return 0;
}
