/* Reading the lines of objective=senses. */
#include "learn/sense_text.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARE_OF_MEMORY = 8, MOST_FIELDS = 4 };

struct field {
    const char *text;
    uint32_t n;
};

/* One pass over the lines. */
struct reading {
    struct sense_text *text;
    const struct tokenizer *tokenizer;
    struct token_list list; /* of the sentence before */
    struct emb_span *words; /* [n_words] of it */
    uint32_t n_words, words_capacity;
    bool in_development, has_sentence;
    uint64_t line;
    struct field fields[MOST_FIELDS];
    uint32_t n_fields;
};

static emb_status wrong(const struct reading *of, const char *expected)
{
    const struct field *first = &of->fields[0];
    return emb_failf(
        of->text->job->host, EMB_E_FORMAT,
        "corpus, line %llu of the sense lines: found \"%.*s\" with %u fields, expected "
        "%s (objective=senses reads what harness train senses hands on)",
        (unsigned long long)of->line, (int)(first->n < 40 ? first->n : 40), first->text,
        of->n_fields, expected);
}

static bool is(struct field field, const char *word)
{
    return field.n == strlen(word) && memcmp(field.text, word, field.n) == 0;
}

static void cut_fields(struct reading *of, const char *line, uint32_t n)
{
    of->n_fields = 0;
    for (const char *end = line + n; of->n_fields < MOST_FIELDS;) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        const char *stop = tab ? tab : end;
        of->fields[of->n_fields++] = (struct field){line, (uint32_t)(stop - line)};
        if (!tab) {
            break;
        }
        line = tab + 1;
    }
}

/* A number at the field's begin, which goes on behind it and `after`; false: there is none. */
static bool take_number(struct field *field, char after, uint32_t *ret_number)
{
    uint64_t number = 0;
    uint32_t i = 0;
    for (; i < field->n && field->text[i] >= '0' && field->text[i] <= '9' && number < UINT32_MAX;
         i++) {
        number = 10 * number + (uint64_t)(field->text[i] - '0');
    }
    if (i == 0 || number >= SENSE_RIGHT || (i < field->n && field->text[i] != after)) {
        return false;
    }
    i += i < field->n;
    field->text += i;
    field->n -= i;
    *ret_number = (uint32_t)number;
    return true;
}

static emb_status append_pieces(struct reading *of, struct spool *into)
{
    struct sense_text *text = of->text;
    struct sense_pieces pieces = {text->pieces.n_bytes / sizeof(uint32_t), of->list.n};
    emb_status status = EMB_OK;
    for (uint32_t i = 0; status == EMB_OK && i < of->list.n; i++) {
        status = spool_append(&text->pieces, &of->list.items[i].id, sizeof(uint32_t));
    }
    return status != EMB_OK ? status : spool_append(into, &pieces, sizeof pieces);
}

static emb_status read_definition(struct reading *of)
{
    if (of->n_fields != 2) {
        return wrong(of, "definition, TEXT");
    }
    of->text->n_definitions++;
    emb_status status = tokenizer_encode(of->tokenizer, of->fields[1].text, of->fields[1].n,
                                         TOKENIZER_SPECIAL, &of->list);
    of->has_sentence = false;
    if (status == EMB_OK && of->list.n == 0) {
        return wrong(of, "a definition of a piece at least");
    }
    return status != EMB_OK ? status : append_pieces(of, &of->text->definition_spool);
}

static emb_status read_words(struct reading *of, struct field words, uint32_t n_bytes)
{
    of->n_words = 0;
    for (struct emb_span span, before = {0, 0}; words.n > 0; before = span) {
        if (!take_number(&words, ':', &span.begin) || !take_number(&words, ' ', &span.end) ||
            span.begin < before.end || span.end <= span.begin || span.end > n_bytes) {
            return wrong(of, "words as begin:end, in order, inside the text");
        }
        if (of->n_words == of->words_capacity) {
            uint32_t scratch = of->words_capacity ? 2 * of->words_capacity : 64;
            struct emb_span *wider = realloc(of->words, scratch * sizeof *wider);
            if (!wider) {
                return emb_failf(of->text->job->host, EMB_E_NOMEM, "out of memory for words");
            }
            of->words = wider;
            of->words_capacity = scratch;
        }
        of->words[of->n_words++] = span;
    }
    return EMB_OK;
}

static emb_status read_sentence(struct reading *of)
{
    const struct field *fields = of->fields;
    bool trains = of->n_fields == 4 && is(fields[1], "train");
    of->in_development = of->n_fields == 4 && is(fields[1], "development");
    if (!trains && !of->in_development) {
        return wrong(of, "sentence, train or development, TEXT, WORDS");
    }
    emb_status status = read_words(of, fields[3], fields[2].n);
    if (status == EMB_OK) {
        status = tokenizer_encode_words(of->tokenizer, fields[2].text, of->words, of->n_words,
                                        TOKENIZER_SPECIAL, &of->list);
    }
    of->has_sentence = true;
    of->text->n_sentences++;
    return status != EMB_OK ? status : append_pieces(of, &of->text->sentence_spool);
}

static bool holds(struct field list, uint32_t number)
{
    uint32_t other;
    while (list.n > 0 && take_number(&list, ',', &other)) {
        if (other == number) {
            return true;
        }
    }
    return false;
}

static emb_status read_candidates(struct reading *of, struct sense_item *item)
{
    struct sense_text *text = of->text;
    struct field candidates = of->fields[3];
    uint32_t n_right = 0;
    emb_status status = EMB_OK;
    item->candidates = text->list_spool.n_bytes / sizeof(uint32_t);
    for (uint32_t number; status == EMB_OK && candidates.n > 0;) {
        if (!take_number(&candidates, ',', &number) || number >= text->n_definitions) {
            return wrong(of, "numbers of definitions that stand before");
        }
        bool right = holds(of->fields[2], number);
        uint32_t entry = right ? number | SENSE_RIGHT : number;
        n_right += right;
        item->n_candidates++;
        status = spool_append(&text->list_spool, &entry, sizeof entry);
    }
    return status != EMB_OK || n_right ? status : wrong(of, "a right sense among the candidates");
}

static emb_status read_target(struct reading *of)
{
    struct sense_text *text = of->text;
    struct sense_item item = {.sentence = text->n_sentences - 1};
    uint32_t word;
    if (of->n_fields != 4 || !of->has_sentence || !take_number(&of->fields[1], '\0', &word) ||
        word >= of->n_words) {
        return wrong(of, "target, the number of a word of the sentence before, RIGHT, CANDIDATES");
    }
    for (uint32_t i = 0; i < of->list.n; i++) {
        if (of->list.items[i].word == word) {
            item.first = item.n ? item.first : i;
            item.n = i + 1 - item.first;
        }
    }
    struct field candidates = of->fields[3];
    emb_status status = read_candidates(of, &item);
    status = status != EMB_OK
                 ? status
                 : word_counts_add(&text->groups, candidates.text, candidates.n, &item.group);
    if (status != EMB_OK || item.n == 0 || item.n_candidates < 2) {
        text->n_without += status == EMB_OK;
        return status;
    }
    return spool_append(of->in_development ? &text->development.spool : &text->train.spool, &item,
                        sizeof item);
}

static emb_status read_line(struct reading *of, const char *line, uint32_t n)
{
    cut_fields(of, line, n);
    return is(of->fields[0], "definition") ? read_definition(of)
           : is(of->fields[0], "sentence") ? read_sentence(of)
           : is(of->fields[0], "target")   ? read_target(of)
                                           : wrong(of, "definition, sentence or target");
}

static emb_status read_bytes(struct sense_text *text)
{
    const struct emb_corpus *corpus = text->job->request->corpus;
    job_phase(text->job, 1, "reading", "bytes", 0, corpus->n_bytes);
    for (;;) {
        const char *block;
        uint64_t n;
        emb_status status = corpus->next(corpus->ctx, &block, &n);
        if (status != EMB_OK || n == 0) {
            return status;
        }
        for (uint64_t i = 0; i < n; i++) {
            text->hash = (text->hash ^ (unsigned char)block[i]) * UINT64_C(1099511628211);
        }
        text->n_bytes += n;
        TRY(spool_append(&text->bytes, block, n));
        TRY(job_step(text->job, text->n_bytes, NAN));
    }
}

static emb_status read_lines(struct reading *of, const char *bytes)
{
    struct sense_text *text = of->text;
    emb_status status = EMB_OK;
    job_phase(text->job, 2, "pieces", "bytes", 0, text->n_bytes);
    for (uint64_t at = 0, n; status == EMB_OK && at < text->n_bytes; at += n + 1) {
        const char *end = memchr(bytes + at, '\n', text->n_bytes - at);
        n = end ? (uint64_t)(end - bytes) - at : text->n_bytes - at;
        of->line++;
        status = n > UINT32_MAX / 2 ? EMB_E_FORMAT : read_line(of, bytes + at, (uint32_t)n);
        status = status != EMB_OK ? status : job_step(text->job, at, NAN);
    }
    return status;
}

static int by_group(const void *a, const void *b)
{
    const struct sense_item *x = a, *y = b;
    return x->group != y->group            ? (x->group < y->group ? -1 : 1)
           : x->candidates < y->candidates ? -1 /* the order of the lines */
                                           : x->candidates > y->candidates;
}

static emb_status sort_items(struct sense_items *of)
{
    void *items = NULL;
    emb_status status = spool_map(&of->spool, &items);
    of->items = items;
    of->n = (uint32_t)(of->spool.n_bytes / sizeof *of->items);
    if (status == EMB_OK && of->n) {
        qsort(of->items, of->n, sizeof *of->items, by_group);
    }
    return status;
}

static emb_status map_all(struct sense_text *text)
{
    void *ids = NULL, *lists = NULL, *definitions = NULL, *sentences = NULL;
    emb_status status = spool_map(&text->pieces, &ids);
    status = status != EMB_OK ? status : spool_map(&text->list_spool, &lists);
    status = status != EMB_OK ? status : spool_map(&text->definition_spool, &definitions);
    status = status != EMB_OK ? status : spool_map(&text->sentence_spool, &sentences);
    status = status != EMB_OK ? status : sort_items(&text->train);
    status = status != EMB_OK ? status : sort_items(&text->development);
    text->ids = ids;
    text->lists = lists;
    text->definitions = definitions;
    text->sentences = sentences;
    return status != EMB_OK || text->train.n
               ? status
               : emb_failf(text->job->host, EMB_E_FORMAT,
                           "corpus: no word with two senses or more; nothing to train on");
}

emb_status sense_text_read(struct sense_text *text, struct train_job *job,
                           const struct tokenizer *tokenizer)
{
    struct reading of = {.text = text, .tokenizer = tokenizer};
    struct spool *const spools[] = {
        &text->bytes,      &text->pieces,      &text->definition_spool, &text->sentence_spool,
        &text->list_spool, &text->train.spool, &text->development.spool};
    void *bytes = NULL;
    *text = (struct sense_text){.job = job, .hash = UINT64_C(14695981039346656037)};
    for (size_t i = 0; i < sizeof spools / sizeof *spools; i++) {
        spool_init(spools[i], job, "sense lines", job->memory_bytes / SHARE_OF_MEMORY);
    }
    tokenizer_special_counts(tokenizer, &text->n_before, &text->n_after);
    emb_status status = word_counts_init(&text->groups, job);
    status = status != EMB_OK ? status : read_bytes(text);
    status = status != EMB_OK ? status : spool_map(&text->bytes, &bytes);
    status = status != EMB_OK ? status : read_lines(&of, bytes);
    token_list_finish(&of.list);
    free(of.words);
    return status != EMB_OK ? status : map_all(text);
}

void sense_text_limit(struct sense_text *text, uint64_t most)
{
    struct sense_item *items = text->train.items;
    struct rng rng = rng_stream(text->job->request->seed, 'l', 0);
    uint32_t n = text->train.n;
    if (most == 0 || most >= n) {
        return;
    }
    for (uint32_t i = 0; i < most; i++) {
        uint32_t j = i + rng_below(&rng, n - i);
        struct sense_item other = items[j];
        items[j] = items[i];
        items[i] = other;
    }
    text->train.n = (uint32_t)most;
    qsort(items, text->train.n, sizeof *items, by_group);
}

void sense_text_finish(struct sense_text *text)
{
    if (text->job) {
        spool_finish(&text->bytes);
        spool_finish(&text->pieces);
        spool_finish(&text->definition_spool);
        spool_finish(&text->sentence_spool);
        spool_finish(&text->list_spool);
        spool_finish(&text->train.spool);
        spool_finish(&text->development.spool);
        word_counts_finish(&text->groups);
    }
    *text = (struct sense_text){0};
}
