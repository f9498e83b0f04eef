/* Forms and hashes the character n-grams of words. */
#include "train/subwords.h"

#include "base/try.h"
#include "train/words.h"

#include <string.h>

static uint32_t hash_of(const char *bytes, uint32_t n)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < n; i++) {
        h = (h ^ (uint32_t)(int32_t)(int8_t)bytes[i]) * 16777619u;
    }
    return h;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Rows of the n-grams to `to`, or only counted if that is NULL. */
static uint32_t ngrams(const char *word, uint32_t n_bytes, uint32_t n_words,
                       const struct subword_rules *rules, uint32_t *to)
{
    char text[WORD_MAX_BYTES + 2];
    uint32_t size = n_bytes + 2, found = 0;
    if (n_bytes == 4 && memcmp(word, "</s>", 4) == 0) {
        return 0;
    }
    text[0] = '<';
    memcpy(text + 1, word, n_bytes);
    text[size - 1] = '>';
    for (uint32_t i = 0; i < size; i++) {
        if (continues(text[i])) {
            continue;
        }
        uint32_t j = i;
        for (uint32_t n = 1; j < size && n <= rules->maxn; n++) {
            j++;
            while (j < size && continues(text[j])) {
                j++;
            }
            if (n < rules->minn || (n == 1 && (i == 0 || j == size))) {
                continue;
            }
            if (to) {
                to[found] = n_words + hash_of(text + i, j - i) % rules->bucket;
            }
            found++;
        }
    }
    return found;
}

emb_status subwords_init(struct subwords *subwords, const struct word_counts *vocabulary,
                         const struct subword_rules *rules)
{
    const struct train_job *job = vocabulary->job;
    uint32_t n_words = vocabulary->n_words;
    TRY(job_alloc(job, n_words + 1, sizeof *subwords->begin, "subwords", &subwords->begin));
    for (uint32_t i = 0; i < n_words; i++) {
        uint32_t n = 1 + ngrams(word_counts_text(vocabulary, i), vocabulary->words[i].n_bytes,
                                n_words, rules, NULL);
        subwords->begin[i + 1] = subwords->begin[i] + n;
        subwords->most = n > subwords->most ? n : subwords->most;
    }
    TRY(job_alloc(job, subwords->begin[n_words], sizeof *subwords->rows, "subwords",
                  &subwords->rows));
    for (uint32_t i = 0; i < n_words; i++) {
        uint32_t *rows = subwords->rows + subwords->begin[i];
        rows[0] = i;
        ngrams(word_counts_text(vocabulary, i), vocabulary->words[i].n_bytes, n_words, rules,
               rows + 1);
    }
    return EMB_OK;
}

void subwords_finish(struct subwords *subwords, const struct train_job *job)
{
    job->host->free(job->host, subwords->begin);
    job->host->free(job->host, subwords->rows);
    *subwords = (struct subwords){0};
}
