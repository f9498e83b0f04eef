/* Reads fastText's binary models, rows of subwords included. */
#include "vectors/fasttext_model.h"
#include "base/try.h"
#include "embedder_util.h"
#include "vectors/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    MAGIC = 793712314,
    OLDEST = 11,
    NEWEST = 12,
    SUPERVISED = 3,
    BLOCK_WORDS = 256,
    PROGRESS_WORDS = 65536
};

/* Reads from the start; `short_of` names what was being read when the bytes ran out. */
struct cursor {
    const char *data;
    uint64_t n, at;
    const char *short_of;
};

static void take(struct cursor *cursor, void *to, size_t n, const char *what)
{
    if (cursor->short_of || cursor->n - cursor->at < n) {
        cursor->short_of = cursor->short_of ? cursor->short_of : what;
        memset(to, 0, n);
        return;
    }
    memcpy(to, cursor->data + cursor->at, n);
    cursor->at += n;
}

static int32_t take_i32(struct cursor *cursor, const char *what)
{
    int32_t value;
    take(cursor, &value, sizeof value, what);
    return value;
}

static int64_t take_i64(struct cursor *cursor, const char *what)
{
    int64_t value;
    take(cursor, &value, sizeof value, what);
    return value;
}

struct arguments {
    int32_t version, dim, bucket, minn, maxn, model;
};

static emb_status fault(const struct vector_table *table, const struct cursor *cursor,
                        const char *found)
{
    return emb_failf(table->host, EMB_E_FORMAT, "%s: byte %llu of the fastText model: %s",
                     table->path, (unsigned long long)cursor->at, found);
}

static emb_status cut_short(const struct vector_table *table, const struct cursor *cursor)
{
    return emb_failf(table->host, EMB_E_FORMAT,
                     "%s: byte %llu of the fastText model: the file ends, expected %s", table->path,
                     (unsigned long long)cursor->at, cursor->short_of);
}

static emb_status read_arguments(const struct vector_table *table, struct cursor *cursor,
                                 struct arguments *args)
{
    int32_t a[12];
    int32_t magic = take_i32(cursor, "magic");
    args->version = take_i32(cursor, "version");
    for (int i = 0; i < 12; i++) {
        a[i] = take_i32(cursor, "training arguments");
    }
    take_i64(cursor, "training arguments");
    *args = (struct arguments){args->version, a[0], a[8], a[9], a[10], a[7]};
    if (cursor->short_of) {
        return cut_short(table, cursor);
    }
    if (magic != MAGIC || args->version < OLDEST || args->version > NEWEST) {
        return emb_failf(table->host, EMB_E_FORMAT,
                         "%s: byte 4: fastText model version %d, expected %d or %d", table->path,
                         args->version, OLDEST, NEWEST);
    }
    if (args->version == OLDEST && args->model == SUPERVISED) {
        args->maxn = 0; /* had none, whatever its arguments say */
    }
    if (args->dim < 1 || args->dim > VECTORS_MAX_DIM || args->bucket < 0 || args->minn < 0 ||
        args->maxn < 0 || (args->maxn > 0 && args->bucket == 0)) {
        return emb_failf(table->host, EMB_E_FORMAT,
                         "%s: byte 8: fastText model with dim %d, bucket %d, minn %d, maxn %d",
                         table->path, args->dim, args->bucket, args->minn, args->maxn);
    }
    return EMB_OK;
}

/* Spelling, count, type. The spelling points into the file. */
static const char *take_entry(struct cursor *cursor, size_t *ret_n_bytes, int8_t *ret_type)
{
    const char *spelling = cursor->data + cursor->at;
    uint64_t left = cursor->n - cursor->at;
    uint64_t most = left < VECTORS_MAX_WORD ? left : VECTORS_MAX_WORD;
    const char *nul = cursor->short_of ? NULL : memchr(spelling, '\0', most);
    if (!nul) {
        cursor->short_of = "the end of a word";
        return NULL;
    }
    *ret_n_bytes = (size_t)(nul - spelling);
    cursor->at += *ret_n_bytes + 1;
    take_i64(cursor, "the count of a word");
    take(cursor, ret_type, 1, "the type of a word");
    return cursor->short_of ? NULL : spelling;
}

static emb_status read_dictionary(struct vector_table *table, struct cursor *cursor,
                                  uint64_t *ret_n_words)
{
    int32_t n_entries = take_i32(cursor, "the dictionary");
    int32_t n_words = take_i32(cursor, "the dictionary");
    int32_t n_labels = take_i32(cursor, "the dictionary");
    take_i64(cursor, "the dictionary");
    int64_t n_pruned = take_i64(cursor, "the dictionary");
    if (cursor->short_of) {
        return cut_short(table, cursor);
    }
    if (n_words < 1 || n_labels < 0 || n_entries != (int64_t)n_words + n_labels ||
        (uint64_t)n_entries > (cursor->n - cursor->at) / 10) {
        return fault(table, cursor, "a dictionary whose sizes cannot be");
    }
    if (!vocabulary_reserve(&table->builder, (uint64_t)n_words, 8 * (uint64_t)n_words)) {
        return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory at %d words", table->path,
                         n_words);
    }
    for (int32_t i = 0; i < n_entries; i++) {
        if (i % PROGRESS_WORDS == 0) {
            TRY(table->host->progress(table->host, cursor->at, cursor->n));
        }
        size_t n_bytes;
        int8_t type;
        const char *word = take_entry(cursor, &n_bytes, &type);
        if (!word) {
            return cut_short(table, cursor);
        }
        if (type != (i >= n_words)) {
            return fault(table, cursor, "a dictionary entry of the wrong type");
        }
        if (i >= n_words) {
            continue;
        }
        int added = vocabulary_add(&table->builder, word, n_bytes, fingerprint_of(word, n_bytes));
        if (added < 0) {
            return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory", table->path);
        }
        if (added == 0) {
            return fault(table, cursor, "a word that is in the dictionary already");
        }
    }
    if (n_pruned > 0) {
        if ((uint64_t)n_pruned > (cursor->n - cursor->at) / 8) {
            cursor->short_of = "the pruned n-grams";
            return cut_short(table, cursor);
        }
        cursor->at += 8 * (uint64_t)n_pruned;
    }
    *ret_n_words = (uint64_t)n_words;
    return EMB_OK;
}

/* The head of a matrix and its bytes, which are stepped over. */
static emb_status take_matrix(const struct vector_table *table, struct cursor *cursor,
                              const char *what, uint64_t *ret_rows, const char **ret_data)
{
    uint8_t quantised;
    take(cursor, &quantised, 1, what);
    if (!cursor->short_of && quantised) {
        return emb_failf(table->host, EMB_E_UNSUPPORTED,
                         "%s: a quantised fastText model (.ftz): its vectors are rounded to a few "
                         "codes; use the full model (.bin)",
                         table->path);
    }
    int64_t m = take_i64(cursor, what), n = take_i64(cursor, what);
    uint64_t row_bytes = table->dim * sizeof(float);
    if (cursor->short_of) {
        return cut_short(table, cursor);
    }
    if (m < 0 || n != (int64_t)table->dim) {
        return emb_failf(table->host, EMB_E_FORMAT,
                         "%s: byte %llu of the fastText model: found %s of %lld x %lld numbers, "
                         "expected rows of %u",
                         table->path, (unsigned long long)cursor->at - 16, what, (long long)m,
                         (long long)n, table->dim);
    }
    if ((uint64_t)m > (cursor->n - cursor->at) / row_bytes) {
        cursor->short_of = what;
        return cut_short(table, cursor);
    }
    *ret_rows = (uint64_t)m;
    *ret_data = cursor->data + cursor->at;
    cursor->at += (uint64_t)m * row_bytes;
    return EMB_OK;
}

static emb_status parse_model(struct vector_table *table, struct cursor *cursor)
{
    struct fasttext_model *model = table->fasttext;
    struct arguments args;
    TRY(read_arguments(table, cursor, &args));
    table->dim = model->dim = (uint32_t)args.dim;
    model->bucket = (uint32_t)args.bucket;
    model->minn = args.minn;
    model->maxn = args.maxn;
    TRY(read_dictionary(table, cursor, &model->n_words));
    TRY(take_matrix(table, cursor, "the input matrix", &model->n_rows, &model->input));
    uint64_t needed = model->n_words + (model->maxn > 0 ? model->bucket : 0);
    if (model->n_rows < needed) {
        return emb_failf(table->host, EMB_E_FORMAT,
                         "%s: an input matrix of %llu rows, expected %llu (%llu words and %u "
                         "buckets of n-grams)",
                         table->path, (unsigned long long)model->n_rows, (unsigned long long)needed,
                         (unsigned long long)model->n_words, model->bucket);
    }
    uint64_t n_output;
    const char *output;
    return take_matrix(table, cursor, "the output matrix", &n_output, &output);
}

/* All bytes of a packed model into memory. */
static emb_status unpack(struct vector_table *table, struct byte_stream *stream, uint64_t *ret_n)
{
    enum { STEP = 4 * 1024 * 1024 };
    struct pages *pages = &table->fasttext->unpacked;
    uint64_t n = 0;
    size_t got = STEP;
    while (got == STEP) {
        if (!pages_reserve(pages, n + STEP)) {
            return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory at %llu bytes",
                             table->path, (unsigned long long)n);
        }
        if (byte_stream_read(stream, (char *)pages->base + n, STEP, &got) != EMB_OK) {
            return byte_stream_failure(stream);
        }
        n += got;
        TRY(table->host->progress(table->host, n, 0));
    }
    pages_trim(pages, n);
    *ret_n = n;
    return EMB_OK;
}

emb_status fasttext_model_load(struct vector_table *table, struct byte_stream *stream)
{
    struct fasttext_model *model = calloc(1, sizeof *model);
    if (!model) {
        return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory", table->path);
    }
    pthread_mutex_init(&model->lock, NULL);
    table->fasttext = model;
    table->format = FASTTEXT_BINARY;
    const void *data = NULL;
    uint64_t n = 0;
    emb_status status = byte_stream_map(stream, &data, &model->map_bytes);
    if (status == EMB_OK) {
        model->map = (void *)data;
        n = model->map_bytes;
    } else if (status == EMB_E_UNSUPPORTED) {
        status = unpack(table, stream, &n);
        data = model->unpacked.base;
    }
    struct cursor cursor = {data, n, 0, NULL};
    if (status == EMB_OK) {
        status = parse_model(table, &cursor);
    }
    if (status == EMB_OK) {
        table->words = table->builder.words;
        table->n_words = model->n_words;
        table->row_stride = table->dim;
    }
    return status;
}

void fasttext_model_free(struct fasttext_model *model)
{
    if (model) {
        if (model->map) {
            munmap(model->map, model->map_bytes);
        }
        pages_release(&model->unpacked);
        pages_release(&model->rows);
        pthread_mutex_destroy(&model->lock);
        free(model);
    }
}

static void add_row(const struct fasttext_model *model, uint64_t row, float *sum)
{
    const char *from = model->input + row * model->dim * sizeof(float);
    for (uint32_t d = 0; d < model->dim; d++) {
        float x;
        memcpy(&x, from + d * sizeof x, sizeof x);
        sum[d] += x;
    }
}

/* Byte i of "<word>". */
static inline unsigned char bracketed(const char *word, size_t n_bytes, size_t i)
{
    return i == 0 ? '<' : i <= n_bytes ? (unsigned char)word[i - 1] : '>';
}

static inline bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Adds the rows of all n-grams; returns how many. FNV-1a runs along as an n-gram grows. */
static uint32_t add_ngrams(const struct fasttext_model *model, const char *word, size_t n_bytes,
                           float *sum)
{
    uint32_t n_added = 0;
    size_t size = n_bytes + 2;
    for (size_t i = 0; i < size; i++) {
        if (is_continuation(bracketed(word, n_bytes, i))) {
            continue;
        }
        uint32_t hash = 2166136261u;
        size_t j = i;
        for (int32_t n = 1; j < size && n <= model->maxn; n++) {
            do {
                hash ^= (uint32_t)(int8_t)bracketed(word, n_bytes, j++);
                hash *= 16777619u;
            } while (j < size && is_continuation(bracketed(word, n_bytes, j)));
            if (n >= model->minn && !(n == 1 && (i == 0 || j == size))) {
                add_row(model, model->n_words + hash % model->bucket, sum);
                n_added++;
            }
        }
    }
    return n_added;
}

uint32_t fasttext_model_vector(const struct fasttext_model *model, uint64_t i, const char *word,
                               size_t n_bytes, float *ret_vector)
{
    uint32_t n = 0;
    memset(ret_vector, 0, model->dim * sizeof *ret_vector);
    if (i != VOCABULARY_NONE) {
        add_row(model, i, ret_vector);
        n = 1;
    }
    bool is_end = n_bytes == 4 && memcmp(word, "</s>", 4) == 0; /* fastText's end of sentence */
    if (model->maxn > 0 && !is_end) {
        n += add_ngrams(model, word, n_bytes, ret_vector);
    }
    if (n > 0) {
        float share = (float)(1.0 / n);
        for (uint32_t d = 0; d < model->dim; d++) {
            ret_vector[d] *= share;
        }
    }
    return n;
}

struct rows_job {
    const struct vector_table *table;
    float *rows;
};

static void rows_block(void *arg, uint32_t block, uint32_t worker)
{
    (void)worker;
    const struct rows_job *job = arg;
    const struct vector_table *table = job->table;
    uint64_t begin = (uint64_t)block * BLOCK_WORDS;
    uint64_t end = begin + BLOCK_WORDS < table->n_words ? begin + BLOCK_WORDS : table->n_words;
    for (uint64_t i = begin; i < end; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&table->words, i, &n_bytes);
        fasttext_model_vector(table->fasttext, i, word, n_bytes, job->rows + i * table->dim);
    }
}

float *fasttext_model_rows(const struct vector_table *table)
{
    struct fasttext_model *model = table->fasttext;
    pthread_mutex_lock(&model->lock);
    if (!model->rows.base &&
        pages_reserve(&model->rows, table->n_words * table->dim * sizeof(float))) {
        struct rows_job job = {table, model->rows.base};
        uint64_t n_blocks = (table->n_words + BLOCK_WORDS - 1) / BLOCK_WORDS;
        table->host->parallel_for(table->host, (uint32_t)n_blocks, rows_block, &job);
    }
    float *rows = model->rows.base;
    pthread_mutex_unlock(&model->lock);
    return rows;
}
