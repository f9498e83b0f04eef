/* A model's folder, whole or not at all. */
#include "learn/folder.h"
#include "learn/half.h"

#include "embedder_util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIDE_FILE "training.json"

enum { MOST_NAME = 32 };

static emb_status join(const struct train_job *job, const char *folder, const char *name,
                       char **ret_path)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    emb_status status = job_alloc(job, n, 1, "a file name", ret_path);
    if (status == EMB_OK) {
        snprintf(*ret_path, n, "%s/%s", folder, name);
    }
    return status;
}

/* A model's folder, and what it holds: files, and snapshots that are such folders. */
static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char inner[PATH_MAX];
        bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_self && unlinkat(dirfd(dir), entry->d_name, 0) != 0 && errno == EISDIR &&
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner) {
            remove_folder(inner);
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(path);
}

static emb_status check_place(const struct train_job *job)
{
    const char *output = job->request->output;
    struct stat at;
    char *side;
    if (lstat(output, &at) != 0) {
        return EMB_OK;
    }
    emb_status status = join(job, output, SIDE_FILE, &side);
    if (status != EMB_OK) {
        return status;
    }
    bool ours = S_ISDIR(at.st_mode) && access(side, F_OK) == 0;
    job->host->free(job->host, side);
    return ours ? EMB_OK
                : emb_failf(job->host, EMB_E_OPTION,
                            "%s: found %s, expected nothing, or a model's folder with a " SIDE_FILE
                            " to replace",
                            output, S_ISDIR(at.st_mode) ? "another folder" : "a file");
}

emb_status learn_folder_open(struct learn_folder *folder, const struct train_job *job)
{
    const char *output = job->request->output;
    size_t n = strlen(output);
    *folder = (struct learn_folder){.job = job, .lock = -1};
    emb_status status = check_place(job);
    if (status == EMB_OK) {
        status = job_alloc(job, n + MOST_NAME + 16, 1, "a file name", &folder->file_path);
    }
    char *path = NULL;
    if (status == EMB_OK) {
        status = job_alloc(job, n + 16, 1, "a file name", &path);
    }
    if (status != EMB_OK) {
        return status;
    }
    memcpy(path, output, n);
    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    memcpy(path + n, ".tmp-XXXXXX", 12);
    if (!mkdtemp(path)) {
        status = emb_failf(job->host, EMB_E_IO, "%s: cannot make a temporary folder beside it: %s",
                           output, strerror(errno));
        job->host->free(job->host, path);
        return status;
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)!chmod(path, 0777 & ~mask);
    folder->path = path;
    folder->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)!flock(folder->lock, LOCK_EX | LOCK_NB);
    return EMB_OK;
}

const char *learn_folder_file(const struct learn_folder *folder, const char *name)
{
    sprintf(folder->file_path, "%s/%.*s", folder->path, (int)MOST_NAME - 2, name);
    return folder->file_path;
}

emb_status learn_folder_write(const struct learn_folder *folder, const char *name,
                              void (*write)(void *arg, struct output *file), void *arg)
{
    struct output file = {0};
    emb_status status = output_open(&file, folder->job, learn_folder_file(folder, name));
    if (status == EMB_OK) {
        write(arg, &file);
        status = output_close(&file);
    }
    if (status == EMB_OK) {
        status = output_commit(&file);
    }
    output_finish(&file);
    return status;
}

struct copy {
    const struct train_job *job;
    FILE *from;
    const char *path;
    emb_status status;
};

static void write_copy(void *arg, struct output *file)
{
    struct copy *copy = arg;
    char block[1 << 14];
    for (size_t n; (n = fread(block, 1, sizeof block, copy->from)) > 0;) {
        output_bytes(file, block, n);
    }
    if (ferror(copy->from)) {
        copy->status = emb_failf(copy->job->host, EMB_E_IO, "%s: %s", copy->path, strerror(errno));
    }
}

emb_status learn_folder_copy(const struct learn_folder *folder, const char *name, const char *from)
{
    struct copy copy = {folder->job, fopen(from, "rbe"), from, EMB_OK};
    if (!copy.from) {
        return emb_failf(folder->job->host, EMB_E_IO, "%s: %s", from, strerror(errno));
    }
    emb_status status = learn_folder_write(folder, name, write_copy, &copy);
    fclose(copy.from);
    return status != EMB_OK ? status : copy.status;
}

struct about {
    const struct learn_model *model;
    bool half;
    uint32_t end;
    const char *end_text;
};

static void write_ends(const struct about *of, struct output *file)
{
    output_text(file,
                "  \"initializer_range\": 0.02,\n  \"tie_word_embeddings\": true,\n"
                "  \"torch_dtype\": \"%s\",\n  \"bos_token_id\": %u,\n  \"eos_token_id\": %u\n}\n",
                of->half ? "float16" : "float32", of->end, of->end);
}

static void write_llama_config(const struct about *of, struct output *file)
{
    const struct learn_shape *shape = &of->model->shape;
    output_text(file,
                "{\n  \"model_type\": \"llama\",\n  \"architectures\": [\"LlamaForCausalLM\"],\n"
                "  \"vocab_size\": %u,\n  \"max_position_embeddings\": %u,\n"
                "  \"hidden_size\": %u,\n  \"num_hidden_layers\": %u,\n",
                shape->vocabulary, shape->context, shape->dim, shape->n_blocks);
    output_text(file,
                "  \"num_attention_heads\": %u,\n  \"num_key_value_heads\": %u,\n"
                "  \"intermediate_size\": %u,\n  \"hidden_act\": \"silu\",\n"
                "  \"attention_bias\": false,\n  \"mlp_bias\": false,\n",
                shape->n_heads, shape->n_heads, shape->inner);
    output_text(file, "  \"rope_theta\": %.1f,\n  \"rms_norm_eps\": ", LEARN_ROTARY_BASE);
    output_number(file, (double)shape->epsilon, 6);
    output_text(file, ",\n");
    write_ends(of, file);
}

static void write_config(void *arg, struct output *file)
{
    const struct about *of = arg;
    const struct learn_shape *shape = &of->model->shape;
    if (shape->arch == LEARN_LLAMA) {
        write_llama_config(of, file);
        return;
    }
    output_text(
        file,
        "{\n  \"model_type\": \"gpt2\",\n  \"architectures\": [\"GPT2LMHeadModel\"],\n"
        "  \"vocab_size\": %u,\n  \"n_positions\": %u,\n  \"n_ctx\": %u,\n  \"n_embd\": %u,\n"
        "  \"n_layer\": %u,\n  \"n_head\": %u,\n  \"n_inner\": %u,\n",
        shape->vocabulary, shape->context, shape->context, shape->dim, shape->n_blocks,
        shape->n_heads, shape->inner);
    output_text(file, "  \"activation_function\": \"gelu_new\",\n  \"layer_norm_epsilon\": ");
    output_number(file, (double)shape->epsilon, 6);
    output_text(file, ",\n  \"attn_pdrop\": 0.0,\n  \"embd_pdrop\": 0.0,\n  \"resid_pdrop\": 0.0,\n"
                      "  \"scale_attn_weights\": true,\n");
    write_ends(of, file);
}

static void write_tokenizer_config(void *arg, struct output *file)
{
    const struct about *of = arg;
    output_text(file,
                "{\n  \"tokenizer_class\": \"GPT2Tokenizer\",\n  \"add_prefix_space\": false,\n"
                "  \"bos_token\": \"%s\",\n  \"eos_token\": \"%s\",\n  \"unk_token\": \"%s\",\n"
                "  \"model_max_length\": %u\n}\n",
                of->end_text, of->end_text, of->end_text, of->model->shape.context);
}

static void write_part(const struct learn_part *part, bool half, uint64_t *begin, char line[320])
{
    uint64_t bytes =
        (uint64_t)part->of->rows * part->n_columns * (half ? sizeof(uint16_t) : sizeof(float));
    uint32_t rows = part->transposed ? part->n_columns : part->of->rows;
    uint32_t columns = part->transposed ? part->of->rows : part->n_columns;
    char shape[32];
    if (part->of->decays) {
        snprintf(shape, sizeof shape, "%u, %u", rows, columns);
    } else {
        snprintf(shape, sizeof shape, "%u", columns);
    }
    snprintf(line, 320,
             "\"%s\": {\"dtype\": \"%s\", \"shape\": [%s], \"data_offsets\": [%llu, %llu]}",
             part->name, half ? "F16" : "F32", shape, (unsigned long long)*begin,
             (unsigned long long)(*begin + bytes));
    *begin += bytes;
}

/* 8 bytes: length of the header; the header, padded with blanks to a multiple of 8; the numbers. */
static void write_header(const struct about *of, struct output *file, uint64_t *ret_bytes,
                         bool count)
{
    const char *before = "{\"__metadata__\": {\"format\": \"pt\"}, ";
    uint64_t begin = 0, n = 0;
    struct learn_part part;
    for (uint32_t t = 0, piece = 0; learn_part(of->model, &t, &piece, &part);) {
        char line[320];
        write_part(&part, of->half, &begin, line);
        n += strlen(before) + strlen(line);
        if (!count) {
            output_text(file, "%s%s", before, line);
        }
        before = ", ";
    }
    *ret_bytes = n + 1; /* the closing brace */
}

static void write_numbers(struct output *file, const float *x, uint64_t n, bool half)
{
    uint16_t block[1 << 10];
    uint64_t most = sizeof block / sizeof *block;
    if (!half) {
        output_bytes(file, x, n * sizeof *x);
        return;
    }
    for (uint64_t at = 0, size; at < n; at += size) {
        size = n - at < most ? n - at : most;
        for (uint64_t i = 0; i < size; i++) {
            block[i] = half_of(x[at + i]);
        }
        output_bytes(file, block, size * sizeof *block);
    }
}

static void write_elements(struct output *file, const float *x, const struct learn_part *part,
                           bool half)
{
    float row[1 << 10];
    uint32_t rows = part->of->rows, most = sizeof row / sizeof *row;
    if (!part->transposed) {
        write_numbers(file, x, (uint64_t)rows * part->n_columns, half); /* all of its columns */
        return;
    }
    for (uint32_t c = part->first_column; c < part->first_column + part->n_columns; c++) {
        for (uint32_t first = 0, n; first < rows; first += n) {
            n = rows - first < most ? rows - first : most;
            for (uint32_t r = 0; r < n; r++) {
                row[r] = x[(uint64_t)(first + r) * part->of->columns + c];
            }
            write_numbers(file, row, n, half);
        }
    }
}

static void write_weights(void *arg, struct output *file)
{
    const struct about *of = arg;
    const struct learn_model *model = of->model;
    uint64_t n, padded;
    unsigned char length[8];
    write_header(of, file, &n, true);
    padded = (n + 7) & ~(uint64_t)7;
    for (int i = 0; i < 8; i++) {
        length[i] = (unsigned char)(padded >> 8 * i);
    }
    output_bytes(file, length, sizeof length);
    write_header(of, file, &n, false);
    output_bytes(file, "}       ", 1 + padded - n);
    struct learn_part part;
    for (uint32_t t = 0, piece = 0; learn_part(model, &t, &piece, &part);) {
        write_elements(file, model->values + part.of->first, &part, of->half);
    }
}

emb_status learn_folder_write_model(const struct learn_folder *folder,
                                    const struct learn_model *model, bool half, uint32_t end,
                                    const char *end_text)
{
    struct about about = {model, half, end, end_text};
    emb_status status = learn_folder_write(folder, "config.json", write_config, &about);
    if (status == EMB_OK) {
        status =
            learn_folder_write(folder, "tokenizer_config.json", write_tokenizer_config, &about);
    }
    return status != EMB_OK
               ? status
               : learn_folder_write(folder, "model.safetensors", write_weights, &about);
}

emb_status learn_folder_commit(struct learn_folder *folder)
{
    const char *output = folder->job->request->output;
    struct stat at;
    bool is_there = lstat(output, &at) == 0;
    int flags = is_there ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, folder->path, AT_FDCWD, output, (unsigned)flags) != 0) {
        return emb_failf(folder->job->host, EMB_E_IO,
                         "%s: cannot put the finished folder in place: %s", output,
                         strerror(errno));
    }
    if (is_there) {
        remove_folder(folder->path); /* the earlier model, now under the temporary name */
    }
    folder->job->host->free(folder->job->host, folder->path);
    folder->path = NULL;
    return EMB_OK;
}

void learn_folder_finish(struct learn_folder *folder)
{
    if (folder->job) {
        if (folder->path) {
            remove_folder(folder->path);
        }
        folder->job->host->free(folder->job->host, folder->path);
        folder->job->host->free(folder->job->host, folder->file_path);
        if (folder->lock >= 0) {
            close(folder->lock);
        }
    }
    *folder = (struct learn_folder){0};
}

emb_status learn_folder_sub(const struct learn_folder *parent, const char *name,
                            struct learn_folder *ret_sub)
{
    const struct train_job *job = parent->job;
    *ret_sub = (struct learn_folder){.job = job};
    emb_status status = join(job, parent->path, name, &ret_sub->path);
    if (status == EMB_OK) {
        status = job_alloc(job, strlen(ret_sub->path) + MOST_NAME + 2, 1, "a file name",
                           &ret_sub->file_path);
    }
    if (status == EMB_OK && mkdir(ret_sub->path, 0777) != 0) {
        status = emb_failf(job->host, EMB_E_IO, "%s: cannot make a folder: %s", ret_sub->path,
                           strerror(errno));
    }
    return status;
}

void learn_folder_leave(struct learn_folder *sub)
{
    if (sub->job) {
        sub->job->host->free(sub->job->host, sub->path);
        sub->job->host->free(sub->job->host, sub->file_path);
    }
    *sub = (struct learn_folder){0};
}

/* "CHECKPOINT.snapshots" */
static emb_status parking(const struct train_job *job, const char *checkpoint, char **ret_path)
{
    size_t n = strlen(checkpoint) + sizeof ".snapshots";
    emb_status status = job_alloc(job, n, 1, "a file name", ret_path);
    if (status == EMB_OK) {
        snprintf(*ret_path, n, "%s.snapshots", checkpoint);
    }
    return status;
}

static emb_status park_at(const struct learn_folder *folder, const char *name, const char *place)
{
    const struct train_job *job = folder->job;
    char *to = NULL;
    emb_status status = join(job, place, name, &to);
    if (status == EMB_OK && mkdir(place, 0777) != 0 && errno != EEXIST) {
        status =
            emb_failf(job->host, EMB_E_IO, "%s: cannot make a folder: %s", place, strerror(errno));
    }
    if (status == EMB_OK && rename(learn_folder_file(folder, name), to) != 0) {
        status =
            emb_failf(job->host, EMB_E_IO, "%s: cannot keep a snapshot: %s", to, strerror(errno));
    }
    job->host->free(job->host, to);
    return status;
}

emb_status learn_folder_park(const struct learn_folder *folder, const char *name,
                             const char *checkpoint, bool is_first)
{
    char *place = NULL;
    emb_status status = parking(folder->job, checkpoint, &place);
    if (status == EMB_OK) {
        if (is_first) {
            remove_folder(place);
        }
        status = park_at(folder, name, place);
    }
    folder->job->host->free(folder->job->host, place);
    return status;
}

/* The files of a snapshot as further names of theirs, so that they also stay where they are. */
static emb_status link_files(const struct learn_folder *into, const char *from)
{
    DIR *dir = opendir(from);
    bool failed = !dir;
    for (struct dirent *entry; dir && !failed && (entry = readdir(dir));) {
        failed = entry->d_name[0] != '.' && linkat(dirfd(dir), entry->d_name, AT_FDCWD,
                                                   learn_folder_file(into, entry->d_name), 0) != 0;
    }
    emb_status status =
        failed ? emb_failf(into->job->host, EMB_E_IO, "%s: a snapshot of the interrupted run: %s",
                           from, strerror(errno))
               : EMB_OK;
    if (dir) {
        closedir(dir);
    }
    return status;
}

emb_status learn_folder_fetch(const struct learn_folder *folder, const char *name,
                              const char *checkpoint)
{
    struct learn_folder sub = {0};
    char *place = NULL, *from = NULL;
    emb_status status = parking(folder->job, checkpoint, &place);
    status = status != EMB_OK ? status : join(folder->job, place, name, &from);
    status = status != EMB_OK ? status : learn_folder_sub(folder, name, &sub);
    status = status != EMB_OK ? status : link_files(&sub, from);
    learn_folder_leave(&sub);
    folder->job->host->free(folder->job->host, place);
    folder->job->host->free(folder->job->host, from);
    return status;
}

void learn_folder_unpark(const struct train_job *job, const char *checkpoint)
{
    char *place = NULL;
    if (parking(job, checkpoint, &place) == EMB_OK) {
        remove_folder(place);
    }
    job->host->free(job->host, place);
}
