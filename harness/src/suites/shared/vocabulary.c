/* Finds the words that a model lacks or cuts into pieces. */
#include "suites/shared/vocabulary.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct split vocabulary_pieces_splits[VOCABULARY_N_PIECES] = {
    {"pieces", "1", NULL}, {"pieces", "2", NULL}, {"pieces", "3+", NULL}};

uint32_t vocabulary_pieces_cell(uint32_t n_pieces)
{
    return n_pieces == 0                    ? VOCABULARY_N_PIECES
           : n_pieces < VOCABULARY_N_PIECES ? n_pieces - 1
                                            : VOCABULARY_N_PIECES - 1;
}

struct cutter cutter_of(struct embedder *embedder)
{
    bool subwords = embedder && !embedder_is_static(embedder);
    return (struct cutter){
        .embedder = embedder,
        .tokens = subwords ? embedder_extension(embedder, EMB_EXT_TOKENS) : NULL,
    };
}

void cutter_finish(struct cutter *cutter)
{
    free(cutter->pieces);
    *cutter = (struct cutter){0};
}

bool cutter_cuts(const struct cutter *cutter)
{
    return cutter->tokens != NULL;
}

int cutter_cut(struct cutter *cutter, const struct emb_sentence *sentence)
{
    struct emb_model *model = embedder_model(cutter->embedder);
    for (;;) {
        cutter->n = 0;
        if (cutter->tokens->cut(model, sentence, cutter->pieces, (uint32_t)cutter->capacity,
                                &cutter->n)) {
            cutter->n = 0;
            return error_set(
                ERR_FAILED, "%s: cut() failed on \"%.*s\"", embedder_name(cutter->embedder),
                (int)(sentence->n_bytes < 200 ? sentence->n_bytes : 200), sentence->text);
        }
        if (cutter->n <= cutter->capacity) {
            return 0;
        }
        MEM_GROW(cutter->pieces, cutter->capacity, cutter->n);
    }
}

static bool touches(const struct emb_piece *piece, struct emb_span span)
{
    return piece->begin < piece->end && piece->begin < span.end && piece->end > span.begin;
}

uint32_t cutter_count(const struct cutter *cutter, struct emb_span span)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < cutter->n; p++) {
        n += touches(&cutter->pieces[p], span);
    }
    return n;
}

struct vocabulary_word {
    uint32_t count, n_pieces; /* n_pieces 0: unknown */
    char *cut;                /* NULL: unknown */
};

void vocabulary_finish(struct vocabulary *vocabulary)
{
    for (uint32_t i = 0; i < vocabulary->words.n; i++) {
        free(vocabulary->list[i].cut);
    }
    free(vocabulary->list);
    map_finish(&vocabulary->words);
    *vocabulary = (struct vocabulary){0};
}

/* The word's entry, counted; *ret_new if it is its first. */
static struct vocabulary_word *count_word(struct vocabulary *vocabulary, const char *word,
                                          size_t n_bytes, bool *ret_new)
{
    uint32_t known = vocabulary->words.n;
    uint32_t number = map_put(&vocabulary->words, word, n_bytes);
    *ret_new = number == known;
    if (*ret_new) {
        MEM_GROW(vocabulary->list, vocabulary->capacity, (size_t)number + 1);
        vocabulary->list[number] = (struct vocabulary_word){0};
    }
    vocabulary->list[number].count++;
    return &vocabulary->list[number];
}

void vocabulary_add_unknown(struct vocabulary *vocabulary, const char *word, size_t n_bytes)
{
    bool is_new;
    count_word(vocabulary, word, n_bytes, &is_new);
}

/* The pieces that touch a span as the vocabulary spells them, else as they stand in the text. */
static char *spell(const struct cutter *cutter, const struct emb_sentence *sentence,
                   struct emb_span span)
{
    struct str text = {0};
    for (uint32_t p = 0; p < cutter->n; p++) {
        const struct emb_piece *piece = &cutter->pieces[p];
        if (!touches(piece, span)) {
            continue;
        }
        const char *spelling =
            cutter->tokens->spelling(embedder_model(cutter->embedder), piece->id);
        if (text.n) {
            str_add_char(&text, ' ');
        }
        if (spelling) {
            str_add(&text, spelling);
        } else {
            str_append(&text, sentence->text + piece->begin, piece->end - piece->begin);
        }
    }
    return text.data;
}

void vocabulary_add_cut(struct vocabulary *vocabulary, const struct cutter *cutter,
                        const struct emb_sentence *sentence, struct emb_span span)
{
    uint32_t n = cutter_count(cutter, span);
    if (n < 2) {
        return;
    }
    bool is_new;
    struct vocabulary_word *word =
        count_word(vocabulary, sentence->text + span.begin, span.end - span.begin, &is_new);
    if (is_new) {
        word->n_pieces = n;
        word->cut = spell(cutter, sentence, span);
    }
}

void vocabulary_write(const struct vocabulary *vocabulary, const struct suite_run *run,
                      const struct figure *row)
{
    for (uint32_t i = 0; i < vocabulary->words.n && run->sink->item; i++) {
        const struct vocabulary_word *word = &vocabulary->list[i];
        char count[16];
        snprintf(count, sizeof count, "%u", word->count);
        const struct result_attribute attribute = {"count", count};
        const struct result_item item = {
            .suite = row->suite,
            .dataset = row->dataset,
            .embedder = row->embedder,
            .method = "vocabulary",
            .id = map_key(&vocabulary->words, i),
            .answer = word->cut,
            .status = word->cut ? "ok" : "oov",
            .score = word->cut ? (double)word->n_pieces : (double)NAN,
            .gold_score = NAN,
            .correct = NAN,
            .attributes = &attribute,
            .n_attributes = 1,
        };
        run->sink->item(run->sink->ctx, &item);
    }
}
