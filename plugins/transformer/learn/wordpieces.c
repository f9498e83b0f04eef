/* Learning a WordPiece vocabulary, and writing it. */
#include "learn/wordpieces.h"

#include "base/unicode.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

enum { CODE_POINTS = 0x110000 };

static const char *const special[WORDPIECE_SPECIAL] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                       "[MASK]"};

emb_status wordpieces_init(struct wordpieces *pieces, struct train_job *job, bool lowercase)
{
    *pieces = (struct wordpieces){.job = job};
    pieces->normalizer.kind = NORMALIZER_BERT;
    pieces->normalizer.bert.clean_text = true;
    pieces->normalizer.bert.chinese_chars = true;
    pieces->normalizer.bert.strip_accents = lowercase;
    pieces->normalizer.bert.lowercase = lowercase;
    pieces->pre_tokenizer.kind = PRE_BERT;
    work_init(&pieces->work, job->host, job->model, NULL);
    return word_counts_init(&pieces->words, job);
}

void wordpieces_finish(struct wordpieces *pieces)
{
    if (pieces->job) {
        const struct emb_host *host = pieces->job->host;
        work_finish(&pieces->work);
        word_counts_finish(&pieces->words);
        host->free(host, pieces->numbers);
        host->free(host, pieces->characters);
        host->free(host, pieces->merges.pairs);
    }
    *pieces = (struct wordpieces){0};
}

static uint32_t n_characters_of(const char *word, uint32_t n_bytes)
{
    uint32_t n = 0;
    for (uint32_t at = 0; at < n_bytes; n++) {
        utf8_next(word, &at);
    }
    return n;
}

emb_status wordpieces_count(struct wordpieces *pieces, const char *line, uint32_t n_bytes)
{
    struct work *work = &pieces->work;
    uint32_t number;
    if (!text_assign(&work->text, line, n_bytes)) {
        return work_no_memory(work);
    }
    work->splits.n = 0;
    emb_status status = split_push(work, &work->splits, 0, work->text.n, NO_ID);
    status = status != EMB_OK ? status : normalizer_apply(&pieces->normalizer, work);
    status = status != EMB_OK ? status : pre_tokenizer_apply(&pieces->pre_tokenizer, work);
    for (uint32_t i = 0; status == EMB_OK && i < work->splits.n; i++) {
        const char *word = work->text.bytes + work->splits.items[i].begin;
        uint32_t n = work->splits.items[i].end - work->splits.items[i].begin;
        if (n > 0 && n_characters_of(word, n) <= WORDPIECE_LONGEST) {
            status = word_counts_add(&pieces->words, word, n, &number);
        }
    }
    return status;
}

struct character {
    uint64_t count;
    uint32_t c;
};

static int by_count(const void *a, const void *b)
{
    const struct character *x = a, *y = b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : x->c < y->c ? -1 : x->c > y->c;
}

static int by_code_point(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* How often each character stands in the text; returns how many there are. */
static uint32_t count_characters(const struct word_counts *words, struct character *all)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < words->n_words; w++) {
        const char *word = word_counts_text(words, w);
        for (uint32_t at = 0; at < words->words[w].n_bytes;) {
            all[utf8_next(word, &at)].count += words->words[w].count;
        }
    }
    for (uint32_t c = 0; c < CODE_POINTS; c++) {
        if (all[c].count) {
            all[n++] = (struct character){all[c].count, c};
        }
    }
    return n;
}

static emb_status keep_characters(struct wordpieces *pieces, uint32_t n_pieces)
{
    const struct train_job *job = pieces->job;
    struct character *all = NULL;
    uint32_t scratch = (n_pieces - WORDPIECE_SPECIAL) / 2;
    uint32_t most = scratch < WORDPIECE_CHARACTERS ? scratch : WORDPIECE_CHARACTERS;
    emb_status status = job_alloc(job, CODE_POINTS, sizeof *all, "characters", &all);
    if (status == EMB_OK) {
        status =
            job_alloc(job, CODE_POINTS, sizeof *pieces->numbers, "characters", &pieces->numbers);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, most + 1ull, sizeof *pieces->characters, "characters",
                           &pieces->characters);
    }
    if (status == EMB_OK) {
        uint32_t n = count_characters(&pieces->words, all);
        qsort(all, n, sizeof *all, by_count);
        pieces->n_characters = n < most ? n : most;
        for (uint32_t i = 0; i < pieces->n_characters; i++) {
            pieces->characters[i] = all[i].c;
        }
        qsort(pieces->characters, pieces->n_characters, sizeof(uint32_t), by_code_point);
        for (uint32_t i = 0; i < pieces->n_characters; i++) {
            pieces->numbers[pieces->characters[i]] = WORDPIECE_SPECIAL + 2 * i;
        }
    }
    job->host->free(job->host, all);
    return status;
}

/* None where a character is not kept. */
static uint32_t characters_of(void *arg, const char *word, uint32_t n_bytes, uint32_t *ret_pieces)
{
    const struct wordpieces *pieces = arg;
    uint32_t n = 0;
    for (uint32_t at = 0; at < n_bytes; n++) {
        uint32_t number = pieces->numbers[utf8_next(word, &at)];
        if (number == 0) {
            return 0;
        }
        ret_pieces[n] = number + (n > 0);
    }
    return n;
}

emb_status wordpieces_learn(struct wordpieces *pieces, uint32_t n_pieces)
{
    emb_status status = keep_characters(pieces, n_pieces);
    pieces->merges = (struct merges){.job = pieces->job,
                                     .words = &pieces->words,
                                     .first_number = wordpieces_first_merge(pieces),
                                     .first_pieces = characters_of,
                                     .arg = pieces};
    return status != EMB_OK
               ? status
               : merges_learn(&pieces->merges, n_pieces - wordpieces_first_merge(pieces));
}

static bool continues(const struct wordpieces *pieces, uint32_t number)
{
    uint32_t first = wordpieces_first_merge(pieces);
    while (number >= first) {
        number = pieces->merges.pairs[number - first][0];
    }
    return (number - WORDPIECE_SPECIAL) % 2 == 1;
}

/* Without its "##". */
static void write_characters(const struct wordpieces *pieces, struct output *file, uint32_t number)
{
    uint32_t first = wordpieces_first_merge(pieces);
    if (number >= first) {
        write_characters(pieces, file, pieces->merges.pairs[number - first][0]);
        write_characters(pieces, file, pieces->merges.pairs[number - first][1]);
        return;
    }
    char encoded[4];
    uint32_t c = pieces->characters[(number - WORDPIECE_SPECIAL) / 2];
    if (c == '"' || c == '\\') {
        output_text(file, "\\");
    }
    output_bytes(file, encoded, utf8_put(c, encoded));
}

static void write_vocabulary(const struct wordpieces *pieces, struct output *file)
{
    uint32_t n = wordpieces_first_merge(pieces) + pieces->merges.n;
    output_text(file,
                "  \"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\",\n"
                "    \"continuing_subword_prefix\": \"##\", "
                "\"max_input_chars_per_word\": %d,\n    \"vocab\": {",
                WORDPIECE_LONGEST);
    for (uint32_t i = 0; i < n; i++) {
        output_text(file, "%s\n      \"", i ? "," : "");
        if (i < WORDPIECE_SPECIAL) {
            output_text(file, "%s", special[i]);
        } else {
            output_text(file, "%s", continues(pieces, i) ? "##" : "");
            write_characters(pieces, file, i);
        }
        output_text(file, "\": %u", i);
    }
    output_text(file, "}}\n");
}

static void write_template(struct output *file)
{
    static const char cls[] = "{\"SpecialToken\": {\"id\": \"[CLS]\", \"type_id\": 0}}";
    output_text(file,
                "  \"post_processor\": {\"type\": \"TemplateProcessing\",\n"
                "    \"single\": [%s, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, "
                "{\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}],\n",
                cls);
    output_text(file,
                "    \"pair\": [%s, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, "
                "{\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}, "
                "{\"Sequence\": {\"id\": \"B\", \"type_id\": 1}}, "
                "{\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 1}}],\n",
                cls);
    output_text(file,
                "    \"special_tokens\": {\"[CLS]\": {\"id\": \"[CLS]\", \"ids\": [%d], "
                "\"tokens\": [\"[CLS]\"]}, \"[SEP]\": {\"id\": \"[SEP]\", \"ids\": [%d], "
                "\"tokens\": [\"[SEP]\"]}}},\n",
                WORDPIECE_CLS, WORDPIECE_SEP);
}

void wordpieces_write(const struct wordpieces *pieces, struct output *file)
{
    output_text(file, "{\n  \"version\": \"1.0\", \"truncation\": null, \"padding\": null,\n"
                      "  \"added_tokens\": [");
    for (int i = 0; i < WORDPIECE_SPECIAL; i++) {
        output_text(file,
                    "%s\n    {\"id\": %d, \"content\": \"%s\", \"single_word\": false, "
                    "\"lstrip\": false, \"rstrip\": false, \"normalized\": false, "
                    "\"special\": true}",
                    i ? "," : "", i, special[i]);
    }
    output_text(file,
                "],\n  \"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true, "
                "\"handle_chinese_chars\": true,\n    \"strip_accents\": null, "
                "\"lowercase\": %s},\n  \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"},\n"
                "  \"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", "
                "\"cleanup\": true},\n",
                pieces->normalizer.bert.lowercase ? "true" : "false");
    write_template(file);
    write_vocabulary(pieces, file);
    output_text(file, "}\n");
}
