/*
 * transplant.c - static word vectors in the place of look-up rows: table=FILE. Or, without them,
 * what few dimensions keep of the model's own rows: map=pca:K, of all rows or of the words of
 * table=FILE.
 *
 * Shared words are the words of the file that the tokenizer, in the middle of a text, makes exactly
 * one piece of (so a WordPiece without ##, a byte-level piece with its leading space, a ▁piece). Of
 * words that fall together on a piece the one spelled as the piece is wins, else the file's first.
 * In the order of the pieces every tenth shared word is held out: the map is fitted on the others,
 * used on all, and what it explains of the held-out rows is logged.
 */
#include "linear_map.h"
#include "model.h"
#include "transplant_own.h"

#include "base/try.h"
#include "embedder_util.h"
#include "vectors/lookup.h"
#include "vectors/vectors.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const map_names[] = {"identity", "procrustes",    "ridge",
                                        "random",   "shuffled-rows", "pca"};

enum {
    HELD_OUT = 10,
    LONGEST_WORD = 200, /* bytes; no vocabulary has longer pieces worth looking for */
};

/* ---- options ---- */

static emb_status read_options(const struct emb_host *host, const struct emb_options *values,
                               struct transplant *t)
{
    const char *text = host->opt_text(values, "map");
    uint32_t kind = 0;
    while (kind <= MAP_SHUFFLED && strcmp(text, map_names[kind]) != 0) {
        kind++;
    }
    if (kind == MAP_PCA) {
        int used = 0;
        bool digit = strncmp(text, "pca:", 4) == 0 && text[4] >= '1' && text[4] <= '9';
        if (!digit || sscanf(text, "pca:%9u%n", &t->n_directions, &used) != 1 || text[used]) {
            return emb_failf(host, EMB_E_OPTION,
                             "map=%s: expected identity, procrustes, ridge, random, shuffled-rows "
                             "or pca:K",
                             text);
        }
    }
    t->kind = (enum map_kind)kind;
    text = host->opt_text(values, "norms");
    t->matched = strcmp(text, "matched") == 0;
    if (!t->matched && strcmp(text, "raw") != 0) {
        return emb_failf(host, EMB_E_OPTION, "norms=%s: expected matched or raw", text);
    }
    t->lambda = host->opt_real(values, "ridge");
    t->seed = (uint64_t)host->opt_int(values, "table-seed");
    return EMB_OK;
}

/* ---- shared words ---- */

/* The piece that a word in the middle of a text is, UINT32_MAX if it is not exactly one. */
static emb_status piece_of_word(const struct transplant *t, const char *word, uint32_t n_bytes,
                                struct token_list *list, uint32_t *ret_piece)
{
    char text[LONGEST_WORD + 2] = "a ";
    const struct emb_span words[] = {{0, 1}, {2, 2 + n_bytes}};
    *ret_piece = UINT32_MAX;
    if (n_bytes == 0 || n_bytes > LONGEST_WORD) {
        return EMB_OK;
    }
    memcpy(text + 2, word, n_bytes);
    emb_status status = tokenizer_encode_words(t->into->tokenizer, text, words, 2, 0, list);
    uint32_t n = 0, piece = UINT32_MAX;
    for (uint32_t i = 0; status == EMB_OK && i < list->n; i++) {
        if (list->items[i].word != 0 && list->items[i].begin >= 1) { /* a lone space counts, too */
            n++;
            piece = list->items[i].id;
        }
    }
    if (n == 1 && piece != t->unknown && piece < t->into->n_pieces) {
        *ret_piece = piece;
    }
    return status;
}

static void cut_words(void *arg, uint32_t task, uint32_t worker)
{
    struct transplant *t = arg;
    struct token_list list = {0};
    uint64_t begin = (uint64_t)task * WORDS_PER_TASK, end = begin + WORDS_PER_TASK;
    end = end < t->vectors->n_words ? end : t->vectors->n_words;
    emb_status status = EMB_OK;
    (void)worker;
    for (uint64_t w = begin; status == EMB_OK && w < end; w++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&t->vectors->words, w, &n_bytes);
        status = piece_of_word(t, word, n_bytes, &list, &t->piece_of[w]);
    }
    if (status != EMB_OK) {
        __atomic_store_n(&t->cutting, status, __ATOMIC_RELAXED);
    }
    token_list_finish(&list);
}

/* Whether the piece is spelled as the word, but for a sign of its leading space. */
static bool spelled_alike(const struct transplant *t, uint32_t piece, uint64_t w)
{
    const char *spelling = tokenizer_spelling(t->into->tokenizer, piece);
    uint32_t n_bytes;
    const char *word = vocabulary_word(&t->vectors->words, w, &n_bytes);
    size_t n = spelling ? strlen(spelling) : 0;
    return n >= n_bytes && memcmp(spelling + n - n_bytes, word, n_bytes) == 0;
}

/* Fills word_of and counts. */
static emb_status find_shared(struct transplant *t)
{
    const struct emb_host *host = t->into->host;
    if (!t->vectors) {
        t->n = t->into->n_pieces; /* word_of is zero: nobody asks which word it was */
        return EMB_OK;
    }
    static const char nowhere[] = "\xF0\x90\x9D\xA0"; /* U+10760, a letter of Linear A */
    struct token_list list = {0};
    t->unknown = UINT32_MAX;
    emb_status status = piece_of_word(t, nowhere, sizeof nowhere - 1, &list, &t->unknown);
    token_list_finish(&list);
    uint64_t n_words = t->vectors->n_words;
    if (status == EMB_OK) {
        host->parallel_for(host, (uint32_t)((n_words + WORDS_PER_TASK - 1) / WORDS_PER_TASK),
                           cut_words, t);
        status = t->cutting;
    }
    if (status != EMB_OK) {
        return emb_failf(host, status, "%s: its words could not be cut into pieces", t->path);
    }
    for (uint32_t p = 0; p < t->into->n_pieces; p++) {
        t->word_of[p] = VOCABULARY_NONE;
    }
    for (uint64_t w = 0; w < n_words; w++) {
        uint32_t piece = t->piece_of[w];
        if (piece == UINT32_MAX) {
            continue;
        }
        bool first = t->word_of[piece] == VOCABULARY_NONE;
        t->n += first;
        if (first || (spelled_alike(t, piece, w) && !spelled_alike(t, piece, t->word_of[piece]))) {
            t->word_of[piece] = w;
        }
    }
    return t->n > 0 ? EMB_OK
                    : emb_failf(host, EMB_E_FORMAT,
                                "%s: none of its %llu words is a piece of the vocabulary of %s",
                                t->path, (unsigned long long)n_words, t->into->path);
}

/* Pieces and their rows, the fitted ones first. */
static emb_status gather(struct transplant *t)
{
    struct memory *memory = t->into->memory;
    /* map=pca describes these very rows: none is left out */
    uint32_t dim = t->into->dim, seen = 0, held = t->kind == MAP_PCA ? 0 : t->n / HELD_OUT;
    t->n_fitted = t->n - held;
    t->pieces = memory_take(memory, t->n, sizeof *t->pieces);
    t->old = memory_take(memory, t->n, dim * sizeof *t->old);
    t->new = memory_take(memory, t->n, dim * sizeof *t->new);
    t->mean = memory_take(memory, dim, sizeof *t->mean);
    if (!t->pieces || !t->old || !t->new || !t->mean) {
        return no_memory(t->into->host, "a transplant");
    }
    for (uint32_t p = 0; p < t->into->n_pieces; p++) {
        if (t->word_of[p] == VOCABULARY_NONE) {
            continue;
        }
        uint32_t n_out = held ? seen / HELD_OUT : 0; /* before it */
        bool out = held && seen % HELD_OUT == HELD_OUT - 1;
        uint32_t place = out ? t->n_fitted + n_out : seen - n_out;
        t->pieces[place] = p;
        memcpy(t->old + (size_t)place * dim, t->into->rows + (size_t)p * dim, dim * sizeof *t->old);
        seen++;
    }
    mean_row(t->old, t->n_fitted, dim, t->mean);
    return EMB_OK;
}

/* ---- in their place ---- */

static void put_rows(struct transplant *t)
{
    uint32_t dim = t->into->dim;
    for (uint32_t i = 0; i < t->n; i++) {
        memcpy(t->into->rows + (size_t)t->pieces[i] * dim, t->new + (size_t)i *dim,
               dim * sizeof *t->new);
    }
}

static void tell(const struct transplant *t, double r2)
{
    double root, before = transplant_mean_length(t->old, t->n, t->into->dim, &root);
    double after = transplant_mean_length(t->new, t->n, t->into->dim, &root);
    char line[1024], which[600], map[24], fit[64] = "too few words to hold any out";
    if (t->n > t->n_fitted) {
        snprintf(fit, sizeof fit, "held-out R2 %.4f on %u words", r2, t->n - t->n_fitted);
    } else if (t->kind == MAP_PCA) {
        snprintf(fit, sizeof fit, "%.1f %% of the variance", 100 * r2);
    }
    if (t->vectors) {
        snprintf(which, sizeof which, "%s: %u of %u pieces (%.1f %%) are words of it", t->path,
                 t->n, t->into->n_pieces, 100.0 * t->n / t->into->n_pieces);
    } else {
        snprintf(which, sizeof which, "all %u rows of the table", t->n);
    }
    int n = snprintf(map, sizeof map, "%s", map_names[t->kind]);
    if (t->kind == MAP_PCA) {
        snprintf(map + n, sizeof map - (size_t)n, ":%u", t->n_directions);
    }
    snprintf(line, sizeof line,
             "%s; map %s, %s; mean length of these rows %.4g before, %.4g after (norms %s)", which,
             map, fit, before, after, t->matched ? "matched" : "raw");
    t->into->host->log(t->into->host, EMB_LOG_INFO, line);
}

static emb_status replace_rows(struct transplant *t)
{
    const struct emb_host *host = t->into->host;
    uint64_t n_words = t->vectors ? t->vectors->n_words : 0;
    t->static_rows = t->vectors ? lookup_rows(t->vectors) : NULL;
    t->piece_of = memory_take(t->into->memory, n_words + 1, sizeof *t->piece_of);
    t->word_of = memory_take(t->into->memory, t->into->n_pieces, sizeof *t->word_of);
    if ((t->vectors && !t->static_rows) || !t->piece_of || !t->word_of) {
        return no_memory(host, "a transplant");
    }
    TRY(find_shared(t));
    TRY(gather(t));
    TRY(transplant_make_rows(t));
    uint32_t first = t->kind == MAP_PCA ? 0 : t->n_fitted; /* of the rows that are predicted */
    size_t skipped = (size_t)first * t->into->dim;
    double r2 = explained(t->old + skipped, t->new + skipped, t->mean, t->n - first, t->into->dim);
    if (t->matched) {
        transplant_match_norms(t);
    }
    put_rows(t);
    tell(t, r2);
    return EMB_OK;
}

emb_status transplant_check(const struct emb_host *host, const struct emb_options *values)
{
    struct transplant unused = {.n = 0};
    const char *path = host->opt_text(values, "table");
    emb_status status = read_options(host, values, &unused);
    if (status == EMB_OK && unused.kind == MAP_PCA) {
        status = emb_failf(host, EMB_E_OPTION,
                           "map=%s: rows that are yet to be learned cannot be "
                           "cut; expected identity, procrustes, ridge, random or shuffled-rows",
                           host->opt_text(values, "map"));
    }
    return status != EMB_OK || !*path || access(path, R_OK) == 0
               ? status
               : emb_failf(host, EMB_E_IO, "table=%s: %s", path, strerror(errno));
}

emb_status transplant_into(const struct transplant_table *into, const struct emb_options *values)
{
    const struct emb_host *host = into->host;
    struct memory *memory = into->memory;
    struct transplant t = {.into = into, .path = host->opt_text(values, "table")};
    emb_status status = read_options(host, values, &t);
    if (status != EMB_OK || (t.path[0] == '\0' && t.kind != MAP_PCA)) {
        return status;
    }
    if (t.path[0]) {
        const struct vector_options plain = {.cache = true};
        status = vectors_load(host, t.path, &plain, &t.vectors);
    }
    if (status == EMB_OK) {
        status = replace_rows(&t);
    }
    vectors_free(t.vectors);
    memory_give(memory, t.piece_of);
    memory_give(memory, t.word_of);
    memory_give(memory, t.pieces);
    memory_give(memory, t.old);
    memory_give(memory, t.new);
    memory_give(memory, t.mean);
    return status;
}

emb_status transplant(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    struct transplant asked = {.n = 0};
    emb_status status = read_options(host, values, &asked);
    bool has_table = host->opt_text(values, "table")[0] != '\0', cuts = asked.kind == MAP_PCA;
    if (status == EMB_OK && !has_table && !cuts && asked.kind != MAP_RIDGE) {
        status = emb_failf(host, EMB_E_OPTION, "map=%s: expected table=FILE beside it",
                           map_names[asked.kind]);
    }
    if (status == EMB_OK && (has_table || cuts)) {
        status = table_own(model);
    }
    const struct transplant_table into = {.host = host,
                                          .memory = &model->memory,
                                          .tokenizer = model->tokenizer,
                                          .path = model->path,
                                          .rows = model->weights.own_table,
                                          .n_pieces = model->arch.n_vocab,
                                          .dim = model->arch.table_dim};
    return status == EMB_OK ? transplant_into(&into, values) : status;
}
