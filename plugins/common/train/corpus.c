/* Maps a corpus to word numbers and cuts it into lines and chunks. */
#include "train/corpus.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>

enum { BATCH = 4096 }; /* word numbers between two appends */

struct reading {
    struct corpus *corpus;
    struct train_job *job;
    struct word_reader reader;
    uint32_t batch[BATCH];
    uint32_t n_batch;
    uint32_t last; /* number appended last */
};

static uint64_t fnv1a(uint64_t hash, const char *bytes, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static emb_status put(struct reading *reading, uint32_t number)
{
    reading->batch[reading->n_batch++] = number;
    reading->last = number;
    if (reading->n_batch < BATCH) {
        return EMB_OK;
    }
    reading->n_batch = 0;
    return spool_append(&reading->corpus->spool, reading->batch, sizeof reading->batch);
}

static emb_status end_line(struct reading *reading)
{
    return reading->last == CORPUS_LINE ? EMB_OK : put(reading, CORPUS_LINE);
}

static emb_status read_block(struct reading *reading, const char *text, uint64_t n_bytes)
{
    struct corpus *corpus = reading->corpus;
    struct word_reader *reader = &reading->reader;
    corpus->hash = fnv1a(corpus->hash, text, n_bytes);
    corpus->n_bytes += n_bytes;
    word_reader_text(reader, text, n_bytes);
    emb_status status = EMB_OK;
    for (enum word_event event; status == EMB_OK;) {
        event = word_reader_next(reader);
        if (event == WORD_FOUND) {
            uint32_t number;
            status = word_counts_add(&corpus->vocabulary, reader->word, reader->n_bytes, &number);
            corpus->n_read++;
            if (status == EMB_OK) {
                status = put(reading, number);
            }
        } else if (event == WORD_LINE) {
            corpus->n_lines++;
            status = end_line(reading);
        } else {
            break;
        }
    }
    if (status == EMB_OK && text[n_bytes - 1] != '\n') { /* a last line without an end */
        corpus->n_lines++;
        status = end_line(reading);
    }
    return status;
}

static emb_status read_all(struct reading *reading)
{
    const struct emb_corpus *source = reading->job->request->corpus;
    for (;;) {
        const char *text;
        uint64_t n_bytes;
        emb_status status = source->next(source->ctx, &text, &n_bytes);
        if (status != EMB_OK || n_bytes == 0) {
            return status != EMB_OK ? status
                                    : spool_append(&reading->corpus->spool, reading->batch,
                                                   reading->n_batch * sizeof *reading->batch);
        }
        TRY(read_block(reading, text, n_bytes));
        TRY(job_step(reading->job, reading->corpus->n_bytes, NAN));
    }
}

/* Old word numbers to new ones in place; dropped words leave no gap. */
static void renumber(struct corpus *corpus, uint32_t *ids, uint64_t n, const uint32_t *map)
{
    uint64_t kept = 0;
    uint32_t last = CORPUS_LINE;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t number = ids[i] == CORPUS_LINE ? CORPUS_LINE : map[ids[i]];
        if (number == WORD_COUNTS_NONE && (ids[i] != CORPUS_LINE || last == CORPUS_LINE)) {
            continue;
        }
        corpus->n_tokens += number != CORPUS_LINE;
        ids[kept++] = last = number;
    }
    corpus->ids = ids;
    corpus->n_ids = kept;
}

emb_status corpus_read(struct corpus *corpus, struct train_job *job, const struct word_rules *rules,
                       uint64_t min_count, uint64_t max_words)
{
    *corpus = (struct corpus){.hash = UINT64_C(14695981039346656037)};
    job_phase(job, 1, "vocabulary", "bytes", 0, job->request->corpus->n_bytes);
    spool_init(&corpus->spool, job, "word numbers", job->memory_bytes / 4);
    emb_status status = word_counts_init(&corpus->vocabulary, job);
    struct reading *reading;
    if (status == EMB_OK) {
        status = job_alloc(job, 1, sizeof *reading, "the reader", &reading);
    }
    if (status != EMB_OK) {
        return status;
    }
    reading->corpus = corpus;
    reading->job = job;
    reading->last = CORPUS_LINE;
    word_reader_init(&reading->reader, rules);
    status = read_all(reading);
    job->host->free(job->host, reading);
    void *ids = NULL;
    if (status == EMB_OK) {
        status = spool_map(&corpus->spool, &ids);
    }
    uint32_t *map = NULL;
    if (status == EMB_OK) {
        corpus->n_types = corpus->vocabulary.n_words;
        status = word_counts_order(&corpus->vocabulary, min_count, max_words, &map);
    }
    if (status != EMB_OK) {
        return status;
    }
    renumber(corpus, ids, corpus->spool.n_bytes / sizeof(uint32_t), map);
    job->host->free(job->host, map);
    job->reading_seconds = job_phase_seconds(job);
    if (corpus->n_tokens == 0) {
        return emb_failf(job->host, EMB_E_FORMAT,
                         "corpus: %llu words, of which none occurs %llu times or more; nothing to "
                         "train on",
                         (unsigned long long)corpus->n_read, (unsigned long long)min_count);
    }
    return EMB_OK;
}

void corpus_finish(struct corpus *corpus)
{
    word_counts_finish(&corpus->vocabulary);
    spool_finish(&corpus->spool);
}

/* The next start after `from`, see corpus_cut. */
static uint64_t next_start(const struct corpus *corpus, uint64_t from, uint64_t n_ids,
                           uint64_t max_line)
{
    uint64_t in_line = 0;
    for (uint64_t i = from; i < corpus->n_ids; i++) {
        in_line = corpus->ids[i] == CORPUS_LINE ? 0 : in_line + 1;
        if (in_line == max_line) {
            in_line = 0;
        }
        if (in_line == 0 && i + 1 - from >= n_ids) {
            return i + 1;
        }
    }
    return corpus->n_ids;
}

emb_status corpus_cut(const struct corpus *corpus, uint64_t n_ids, uint64_t max_line,
                      uint64_t **ret_starts, uint64_t *ret_n)
{
    const struct train_job *job = corpus->vocabulary.job;
    uint64_t *starts, n = 0;
    TRY(job_alloc(job, corpus->n_ids / n_ids + 2, sizeof *starts, "pieces of the corpus", &starts));
    for (uint64_t at = 0; at < corpus->n_ids; n++) {
        starts[n] = at;
        at = next_start(corpus, at, n_ids, max_line);
    }
    starts[n] = corpus->n_ids;
    *ret_starts = starts;
    *ret_n = n;
    return EMB_OK;
}
