/* neighbours_text.c - the nearest places of a text to a word in its sentence. */
#include "commands/vectors/neighbours.h"

#include "base/error.h"
#include "base/few.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "math/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_POINTS = 28, WORD_COLUMNS = 16 };

/* A place of the text. */
struct place {
    double cosine;
    uint64_t sentence;
    uint32_t begin, end; /* code points */
    char *word, *lower;
    char *before, *after; /* what stands beside it in the sentence */
};

/* The best of one word at one stage. */
struct best {
    struct place *places; /* [n] the nearest first, earlier ones first among equals */
    uint32_t n;
};

struct search_text {
    struct neighbours_request *request;
    struct embedder *embedder;
    uint32_t dim, n_stages, first, n_shown; /* stages first … first + n_shown are shown */
    float *vectors;                         /* [n, n_stages, dim] of the words asked for */
    double *norms;                          /* [n, n_stages] */
    uint8_t *status;                        /* [n] */
    struct best *bests;                     /* [n, n_stages] */
    uint64_t n_places, n_lacking;
    struct few lacking; /* words of n_lacking */
};

static void free_place(struct place *place)
{
    free(place->word);
    free(place->lower);
    free(place->before);
    free(place->after);
}

static int take_asked(void *ctx, const struct embedded *embedded)
{
    struct search_text *search = ctx;
    size_t row = (size_t)search->n_stages * search->dim;
    memcpy(search->vectors + embedded->tag * row, embedded->vectors, row * sizeof(float));
    search->status[embedded->tag] = embedded->status[0];
    for (uint32_t s = 0; s < search->n_stages; s++) {
        search->norms[embedded->tag * search->n_stages + s] =
            vec_norm(embedded->vectors + (size_t)s * search->dim, search->dim);
    }
    return 0;
}

static int push_asked(struct embed_stream *stream, uint32_t number, const char *given)
{
    struct str plain = {0};
    struct text_words marks = {0};
    struct slice text = slice_trim(slice_of(given));
    lookup_unmark(text.text, text.n, &plain, &marks);
    const struct emb_span whole = {0, (uint32_t)plain.n};
    int status = embed_stream_push(stream, number, str_text(&plain), (uint32_t)plain.n, NULL, 0,
                                   marks.n ? marks.spans : &whole, 1);
    str_finish(&plain);
    text_words_finish(&marks);
    return status;
}

static int embed_asked(struct search_text *search)
{
    const struct neighbours_request *request = search->request;
    struct embed_stream *stream = embed_stream_create(search->embedder, EMB_POOL_MEAN, take_asked,
                                                      search, "the words", request->n);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < request->n; i++) {
        status = push_asked(stream, i, request->words[i]);
    }
    return embed_stream_end(stream, status);
}

/* At most SIDE_POINTS code points before byte `end`, or from byte `begin` on. */
static char *left_of(const struct lookup_text *text, uint32_t end)
{
    uint32_t begin = end;
    for (uint32_t n = 0; begin > 0 && n < SIDE_POINTS; n++) {
        begin--;
        while (begin > 0 && ((unsigned char)text->text[begin] & 0xC0) == 0x80) {
            begin--;
        }
    }
    return mem_text_n(text->text + begin, end - begin);
}

static char *right_of(const struct lookup_text *text, uint32_t begin)
{
    uint32_t end = begin;
    size_t bytes;
    for (uint32_t n = 0; end < text->n_bytes && n < SIDE_POINTS; n++, end += (uint32_t)bytes) {
        unicode_next(text->text + end, text->n_bytes - end, &bytes);
    }
    return mem_text_n(text->text + begin, end - begin);
}

static struct place place_of(const struct lookup_word *word, const char *lower, double cosine)
{
    const struct emb_span *span = &word->text->targets[word->target];
    return (struct place){.cosine = cosine,
                          .sentence = word->text->number,
                          .begin = word->begin,
                          .end = word->end,
                          .word =
                              mem_text_n(word->text->text + span->begin, span->end - span->begin),
                          .lower = mem_text(lower),
                          .before = left_of(word->text, span->begin),
                          .after = right_of(word->text, span->end)};
}

static void drop(struct best *best, uint32_t at)
{
    free_place(&best->places[at]);
    memmove(best->places + at, best->places + at + 1, (--best->n - at) * sizeof *best->places);
}

/* Keeps a place if it is among the best; later ones stay behind equal ones. */
static void consider(const struct neighbours_request *request, struct best *best,
                     const struct lookup_word *word, const char *lower, double cosine)
{
    if (best->n == request->top && !(cosine > best->places[best->n - 1].cosine)) {
        return;
    }
    for (uint32_t i = 0; request->distinct && i < best->n; i++) {
        if (strcmp(best->places[i].lower, lower) == 0) {
            if (!(cosine > best->places[i].cosine)) {
                return;
            }
            drop(best, i);
            break;
        }
    }
    if (best->n == request->top) {
        drop(best, best->n - 1);
    }
    uint32_t at = best->n++;
    for (; at > 0 && cosine > best->places[at - 1].cosine; at--) {
        best->places[at] = best->places[at - 1];
    }
    best->places[at] = place_of(word, lower, cosine);
}

static int take_place(void *ctx, const struct lookup_word *word)
{
    struct search_text *search = ctx;
    const struct emb_span *span = &word->text->targets[word->target];
    search->n_places++;
    if (!word_has_vector(word->status)) {
        search->n_lacking++;
        few_add(&search->lacking, word->text->text + span->begin, span->end - span->begin);
        return 0;
    }
    struct str lower = {0};
    unicode_lower(word->text->text + span->begin, span->end - span->begin, &lower);
    for (uint32_t s = search->first; s < search->first + search->n_shown; s++) {
        const float *row = word->vectors + (size_t)s * search->dim;
        double norm = vec_norm(row, search->dim);
        for (uint32_t i = 0; i < search->request->n; i++) {
            size_t at = (size_t)i * search->n_stages + s;
            if (word_has_vector(search->status[i])) {
                consider(search->request, &search->bests[at], word, str_text(&lower),
                         vec_cosine_normed(search->vectors + at * search->dim, search->norms[at],
                                           row, norm, search->dim));
            }
        }
    }
    str_finish(&lower);
    return 0;
}

static void print_best(const struct best *best)
{
    for (uint32_t i = 0; i < best->n; i++) {
        const struct place *place = &best->places[i];
        char *side = mem_format("%s[%s]%s", place->before, place->word, place->after);
        printf("  %4u  ", i + 1);
        lookup_put(place->word, WORD_COLUMNS);
        printf(" %6.3f  %5llu: ", place->cosine, (unsigned long long)place->sentence);
        lookup_put(side, 0);
        printf("\n");
        free(side);
    }
}

static void print(const struct search_text *search)
{
    const struct neighbours_request *request = search->request;
    char *rest = mem_format(", the nearest of %llu places; with the line each is in",
                            (unsigned long long)(search->n_places - search->n_lacking));
    lookup_put_embedder(search->embedder, rest);
    free(rest);
    if (search->n_lacking > 0) {
        char *words = few_text(&search->lacking);
        printf("    %llu place%s no vector and %s left out: %s\n",
               (unsigned long long)search->n_lacking, search->n_lacking == 1 ? " has" : "s have",
               search->n_lacking == 1 ? "is" : "are", words);
        free(words);
    }
    for (uint32_t i = 0; i < request->n; i++) {
        if (!word_has_vector(search->status[i])) {
            printf("  ");
            lookup_put(request->words[i], 0);
            printf(": no vector (%s)\n", lookup_status(search->status[i]));
        }
        for (uint32_t s = search->first;
             word_has_vector(search->status[i]) && s < search->first + search->n_shown; s++) {
            printf("  ");
            lookup_put(request->words[i], 0);
            printf("   at %s\n", embedder_stage(search->embedder, s)->name);
            print_best(&search->bests[(size_t)i * search->n_stages + s]);
        }
    }
    printf("\n");
}

static void write_best(const struct best *best, struct json_writer *w)
{
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < best->n; i++) {
        const struct place *place = &best->places[i];
        jsonw_open(w, '{');
        jsonw_put_text(w, "word", place->word);
        jsonw_put_real(w, "score", place->cosine);
        jsonw_put_uint(w, "sentence", place->sentence);
        jsonw_put_uint(w, "begin", place->begin);
        jsonw_put_uint(w, "end", place->end);
        jsonw_put_text(w, "before", place->before);
        jsonw_put_text(w, "after", place->after);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void write_json(const struct search_text *search, struct json_writer *w)
{
    for (uint32_t s = search->first; s < search->first + search->n_shown; s++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "embedder", embedder_name(search->embedder));
        jsonw_put_text(w, "stage", embedder_stage(search->embedder, s)->name);
        jsonw_put_uint(w, "places", search->n_places);
        jsonw_put_uint(w, "without_vector", search->n_lacking);
        jsonw_key(w, "words");
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < search->request->n; i++) {
            jsonw_open(w, '{');
            jsonw_put_text(w, "word", search->request->words[i]);
            jsonw_put_text(w, "status", lookup_status(search->status[i]));
            jsonw_key(w, "neighbours");
            write_best(&search->bests[(size_t)i * search->n_stages + s], w);
            jsonw_close(w, '}');
        }
        jsonw_close(w, ']');
        jsonw_close(w, '}');
    }
}

/* Without --stages: the last block's output, or the only stage there is. */
static void choose_stages(struct search_text *search)
{
    search->n_shown = search->n_stages;
    for (uint32_t s = 0; !search->request->stages && s < search->n_stages; s++) {
        if (stage_is_output(embedder_stage(search->embedder, s))) {
            search->first = s;
            search->n_shown = 1;
        }
    }
}

static void init(struct search_text *search)
{
    size_t n = (size_t)search->request->n * search->n_stages;
    search->vectors = mem_array(n * search->dim + 1, sizeof *search->vectors);
    search->norms = mem_array(n + 1, sizeof *search->norms);
    search->status = mem_array(search->request->n + 1u, sizeof *search->status);
    search->bests = mem_array(n + 1, sizeof *search->bests);
    for (size_t i = 0; i < n; i++) {
        search->bests[i].places = mem_array(search->request->top, sizeof(struct place));
    }
}

static void finish(struct search_text *search)
{
    for (size_t i = 0; i < (size_t)search->request->n * search->n_stages; i++) {
        while (search->bests[i].n > 0) {
            drop(&search->bests[i], search->bests[i].n - 1);
        }
        free(search->bests[i].places);
    }
    free(search->bests);
    free(search->vectors);
    free(search->norms);
    free(search->status);
    few_finish(&search->lacking);
}

/* A second embedder would find standard input empty. */
static int check_input(struct neighbours_request *request)
{
    for (uint32_t i = 0; i < request->among.n_given; i++) {
        if (strcmp(request->among.given[i], "-") == 0 && request->read_input) {
            return error_set(ERR_REQUEST, "neighbours: standard input can be read once, expected "
                                          "one --embedder, or a file");
        }
        request->read_input |= strcmp(request->among.given[i], "-") == 0;
    }
    return 0;
}

int neighbours_in_texts(void *ctx, struct embedder *embedder, struct json_writer *w)
{
    TRY(check_input(ctx));
    struct search_text search = {.request = ctx,
                                 .embedder = embedder,
                                 .dim = embedder_dim(embedder),
                                 .n_stages = embedder_n_stages(embedder)};
    uint64_t n_texts;
    choose_stages(&search);
    init(&search);
    int status = embed_asked(&search);
    status = status ? status
                    : lookup_embed(embedder, &search.request->among, "looking", take_place, &search,
                                   &n_texts);
    for (uint32_t i = 0; status == 0 && i < search.request->n; i++) {
        search.request->n_answers += word_has_vector(search.status[i]);
    }
    if (status == 0 && search.request->json) {
        write_json(&search, w);
    } else if (status == 0) {
        print(&search);
    }
    finish(&search);
    return status;
}
