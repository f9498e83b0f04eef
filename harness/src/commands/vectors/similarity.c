/*
 * similarity - the cosine of two words, two sentences, or two words in their sentences, stage by
 * stage.
 */
#include "base/error.h"
#include "base/few.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "commands/vectors/lookup.h"
#include "data/unicode.h"
#include "math/vectors.h"
#include "plugin/context.h"
#include "suites/shared/sentence_words.h"
#include "suites/sts/own.h"
#include "suites/shared/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    SANDBOX_OPTION,
    {"stages", "LIST", "stages to compare at (default all); see harness run --help"},
    {"as", "KIND",
     "words, sentences, or targets: the word that each marks, \"the [bank] of a river\";\n"
     "default: words where neither holds a blank, else sentences"},
    {"json", NULL, "print JSON"},
    {0},
};

enum kind { WORDS, SENTENCES, TARGETS };
static const char *const kind_names[] = {"words", "sentences", "targets"};

struct request {
    const char *texts[2];
    const char *stages;
    enum kind kind;
    bool json;
    uint32_t n_answers; /* embedders that had both vectors */
};

/* A word of a text, as it was looked for. */
struct part {
    char *word;
    uint8_t status;
};

/* What a text's vector is the mean of. */
struct parts {
    struct part *list; /* [n] */
    uint32_t n;
};

/* Of one embedder. */
struct compared {
    const char *status[2];
    struct parts parts[2];
    uint32_t n_stages;
    double *cosines; /* [n_stages] NAN: a text has no vector */
    double own;      /* of the model's own sentence vectors; NAN: it has none */
};

static int check_marks(const char *given)
{
    struct str plain = {0};
    struct text_words marks = {0};
    lookup_unmark(given, strlen(given), &plain, &marks);
    int status = marks.n == 1 ? 0
                              : error_set(ERR_REQUEST,
                                          "similarity: \"%s\" marks %u words, expected one, as "
                                          "\"the [bank] of a river\"",
                                          given, marks.n);
    str_finish(&plain);
    text_words_finish(&marks);
    return status;
}

static int choose_kind(const struct args *args, struct request *request)
{
    const char *name = args_value(args, "as", NULL);
    request->kind = strpbrk(request->texts[0], " \t\n") || strpbrk(request->texts[1], " \t\n")
                        ? SENTENCES
                        : WORDS;
    bool found = !name;
    for (int k = WORDS; name && k <= TARGETS; k++) {
        if (strcmp(kind_names[k], name) == 0) {
            request->kind = (enum kind)k;
            found = true;
        }
    }
    TRY(found ? 0
              : error_set(ERR_REQUEST, "--as: found '%s', expected words, sentences or targets",
                          name));
    for (int i = 0; request->kind == TARGETS && i < 2; i++) {
        TRY(check_marks(request->texts[i]));
    }
    return 0;
}

static int read_request(const struct args *args, struct request *request)
{
    *request = (struct request){.stages = args_value(args, "stages", NULL),
                                .json = args_flag(args, "json")};
    if (args_n(args) != 2) {
        return error_set(ERR_REQUEST,
                         "similarity: found %u text%s, expected two words, or two sentences, in "
                         "quotes; see harness similarity --help",
                         args_n(args), args_n(args) == 1 ? "" : "s");
    }
    for (uint32_t i = 0; i < 2; i++) {
        request->texts[i] = args_word(args, i);
        if (slice_trim(slice_of(request->texts[i])).n == 0) {
            return error_set(ERR_REQUEST, "similarity: found an empty text");
        }
    }
    return choose_kind(args, request);
}

static void list_parts(struct parts *parts, const char *text, const struct emb_span *spans,
                       uint32_t n)
{
    parts->list = mem_array(n + 1u, sizeof *parts->list);
    parts->n = n;
    for (uint32_t i = 0; i < n; i++) {
        parts->list[i].word = mem_text_n(text + spans[i].begin, spans[i].end - spans[i].begin);
        parts->list[i].status = EMB_WORD_UNKNOWN;
    }
}

/* As the suite similarity compares them. */
static int compare_words(const struct request *request, struct embedder *embedder,
                         struct compared *compared)
{
    const struct words_protocol protocol = {.keep_case = false};
    struct words words = {0};
    uint32_t number[2];
    for (int i = 0; i < 2; i++) {
        number[i] = words_put(&words, request->texts[i]);
    }
    int status = words_embed(&words, embedder, &protocol);
    for (int i = 0; status == 0 && i < 2; i++) {
        const struct emb_span whole = {0, (uint32_t)strlen(request->texts[i])};
        list_parts(&compared->parts[i], request->texts[i], &whole, 1);
        compared->parts[i].list[0].status = words.status[number[i]];
        compared->status[i] = lookup_status(words.status[number[i]]);
    }
    for (uint32_t s = 0; status == 0 && s < compared->n_stages; s++) {
        compared->cosines[s] = words_cosine(&words, number[0], number[1], s);
    }
    words_finish(&words);
    return status;
}

/* The mean of what has a vector among a text's targets. */
struct mean {
    size_t n; /* n_stages * dim */
    double *sums[2];
    uint32_t n_known[2];
    struct parts *parts; /* [2] */
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct mean *mean = ctx;
    for (uint32_t t = 0; t < embedded->n_targets; t++) {
        mean->parts[embedded->tag].list[t].status = embedded->status[t];
        if (word_has_vector(embedded->status[t])) {
            vec_axpy(1, embedded->vectors + t * mean->n, mean->sums[embedded->tag], mean->n);
            mean->n_known[embedded->tag]++;
        }
    }
    return 0;
}

/* The text whole, or, of a static embedder, its words: as the suite sts compares sentences. */
static int push_sentence(struct embed_stream *stream, uint32_t number, const char *given,
                         bool is_static, struct parts *parts)
{
    struct slice text = slice_trim(slice_of(given));
    struct emb_span whole = {0, (uint32_t)text.n};
    if (!is_static) {
        list_parts(parts, text.text, &whole, 1);
        return embed_stream_push(stream, number, text.text, whole.end, NULL, 0, &whole, 1);
    }
    struct str lower = {0};
    unicode_lower(text.text, text.n, &lower);
    struct emb_span *spans = mem_array(lower.n + 1, sizeof *spans);
    uint32_t n = sentence_words_cut(&lower, spans);
    list_parts(parts, str_text(&lower), spans, n);
    int status =
        embed_stream_push(stream, number, str_text(&lower), (uint32_t)lower.n, spans, n, spans, n);
    free(spans);
    str_finish(&lower);
    return status;
}

static int push_target(struct embed_stream *stream, uint32_t number, const char *given,
                       struct parts *parts)
{
    struct str plain = {0};
    struct text_words marks = {0};
    lookup_unmark(given, strlen(given), &plain, &marks);
    list_parts(parts, str_text(&plain), marks.spans, marks.n);
    int status = embed_stream_push(stream, number, str_text(&plain), (uint32_t)plain.n, NULL, 0,
                                   marks.spans, marks.n);
    str_finish(&plain);
    text_words_finish(&marks);
    return status;
}

static int embed_texts(const struct request *request, struct embedder *embedder, struct mean *mean)
{
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take, mean, "comparing", 2);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < 2; i++) {
        status = request->kind == TARGETS
                     ? push_target(stream, i, request->texts[i], &mean->parts[i])
                     : push_sentence(stream, i, request->texts[i], embedder_is_static(embedder),
                                     &mean->parts[i]);
    }
    return embed_stream_end(stream, status);
}

static uint32_t count_parts(const struct parts *parts, uint8_t status)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        n += parts->list[i].status == status;
    }
    return n;
}

/* A sentence has a vector if one of its words has; that others lack one is reported. */
static const char *status_of(const struct parts *parts)
{
    uint32_t n_cut = count_parts(parts, EMB_WORD_CUT);
    uint32_t n_lacking = count_parts(parts, EMB_WORD_UNKNOWN) + n_cut;
    return n_lacking == parts->n ? lookup_status(n_cut ? EMB_WORD_CUT : EMB_WORD_UNKNOWN)
           : n_lacking > 0       ? "partly"
                           : lookup_status(count_parts(parts, EMB_WORD_BACKOFF) ? EMB_WORD_BACKOFF
                                                                                : EMB_WORD_OK);
}

static int compare_texts(const struct request *request, struct embedder *embedder,
                         struct compared *compared)
{
    uint32_t dim = embedder_dim(embedder);
    struct mean mean = {.n = (size_t)compared->n_stages * dim, .parts = compared->parts};
    for (int i = 0; i < 2; i++) {
        mean.sums[i] = mem_array(mean.n + 1, sizeof *mean.sums[i]);
    }
    int status = embed_texts(request, embedder, &mean);
    for (uint32_t s = 0; status == 0 && s < compared->n_stages; s++) {
        compared->cosines[s] = mean.n_known[0] && mean.n_known[1]
                                   ? vec_cosine_double(mean.sums[0] + (size_t)s * dim,
                                                       mean.sums[1] + (size_t)s * dim, dim)
                                   : NAN;
    }
    for (int i = 0; i < 2; i++) {
        compared->status[i] = status_of(&compared->parts[i]);
        free(mean.sums[i]);
    }
    return status;
}

/* The model's own sentence vectors, where it makes some and reads plainly. */
static int compare_own(const struct request *request, struct embedder *embedder, double *ret_cosine)
{
    const struct emb_ext_sentence *sentence = embedder_extension(embedder, EMB_EXT_SENTENCE);
    if (request->kind != SENTENCES || !sentence || !sentence->own(embedder_model(embedder)) ||
        !word_view_is_plain(embedder_word_view(embedder))) {
        return 0;
    }
    struct sts_pair pair = {.first = request->texts[0], .second = request->texts[1], .id = "1"};
    const struct sts_set set = {.pairs = &pair, .n = 1};
    return sts_own_scores(embedder, sentence, &set, ret_cosine);
}

static void print_line(const char *stage, double cosine)
{
    printf("  ");
    lookup_put(stage, 16);
    if (isfinite(cosine)) {
        printf(" %6.3f\n", cosine);
    } else {
        printf(" %6s\n", "-");
    }
}

/* "2 of 4 words have no vector and are left out: zzyx, qwrt". */
static void print_lacking(const struct parts *parts)
{
    struct few few = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        if (!word_has_vector(parts->list[i].status)) {
            few_add(&few, parts->list[i].word, strlen(parts->list[i].word));
            n++;
        }
    }
    char *words = few_text(&few);
    printf("%u of %u words %s no vector and %s left out: %s", n, parts->n, n == 1 ? "has" : "have",
           n == 1 ? "is" : "are", words);
    free(words);
    few_finish(&few);
}

/* What must be said of a text; nothing of one that was found as it is written. */
static void print_status(const char *text, const char *status, const struct parts *parts)
{
    if (strcmp(status, "ok") == 0) {
        return;
    }
    printf("    ");
    lookup_put(text, 0);
    printf(": ");
    if (strcmp(status, "partly") == 0) {
        print_lacking(parts);
    } else {
        printf("%s", strcmp(status, "backoff") == 0 ? "found in another form"
                     : strcmp(status, "cut") == 0   ? "beyond the model's window"
                     : parts->n > 1                 ? "none of its words is in the vocabulary"
                                                    : "not in the vocabulary");
    }
    printf(" (%s)\n", status);
}

static void print(const struct request *request, const struct embedder *embedder,
                  const struct compared *compared)
{
    char *rest = mem_format(", cosine as %s", kind_names[request->kind]);
    lookup_put_embedder(embedder, rest);
    free(rest);
    for (int i = 0; i < 2; i++) {
        print_status(request->texts[i], compared->status[i], &compared->parts[i]);
    }
    for (uint32_t s = 0; s < compared->n_stages; s++) {
        print_line(embedder_stage(embedder, s)->name, compared->cosines[s]);
    }
    if (isfinite(compared->own)) {
        print_line("sentence (own)", compared->own);
    }
    printf("\n");
}

static void write_json(const struct request *request, const struct embedder *embedder,
                       const struct compared *compared, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(embedder));
    jsonw_put_text(w, "as", kind_names[request->kind]);
    jsonw_key(w, "texts");
    jsonw_open(w, '[');
    for (int i = 0; i < 2; i++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "text", request->texts[i]);
        jsonw_put_text(w, "status", compared->status[i]);
        jsonw_key(w, "without_vector");
        jsonw_open(w, '[');
        for (uint32_t p = 0; p < compared->parts[i].n; p++) {
            if (!word_has_vector(compared->parts[i].list[p].status)) {
                jsonw_text(w, compared->parts[i].list[p].word);
            }
        }
        jsonw_close(w, ']');
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_key(w, "stages");
    jsonw_open(w, '[');
    for (uint32_t s = 0; s < compared->n_stages; s++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "stage", embedder_stage(embedder, s)->name);
        jsonw_put_real(w, "cosine", compared->cosines[s]);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_put_real(w, "own", compared->own);
    jsonw_close(w, '}');
}

static int compare(void *ctx, struct embedder *embedder, struct json_writer *w)
{
    struct request *request = ctx;
    struct compared compared = {.n_stages = embedder_n_stages(embedder), .own = NAN};
    compared.cosines = mem_array(compared.n_stages + 1u, sizeof *compared.cosines);
    int status =
        (request->kind == WORDS ? compare_words : compare_texts)(request, embedder, &compared);
    status = status ? status : compare_own(request, embedder, &compared.own);
    if (status == 0 && request->json) {
        write_json(request, embedder, &compared, w);
    } else if (status == 0) {
        print(request, embedder, &compared);
    }
    request->n_answers += status == 0 && compared.n_stages > 0 && isfinite(compared.cosines[0]);
    free(compared.cosines);
    for (int i = 0; i < 2; i++) {
        for (uint32_t p = 0; p < compared.parts[i].n; p++) {
            free(compared.parts[i].list[p].word);
        }
        free(compared.parts[i].list);
    }
    return status;
}

static int run(const struct args *args)
{
    struct request request;
    int status = read_request(args, &request);
    status = status ? status : lookup_each(args, request.stages, request.json, compare, &request);
    return status || request.n_answers > 0
               ? status
               : error_set(ERR_FAILED, "similarity: no embedder has a vector of both");
}

const struct command command_similarity = {
    .name = "similarity",
    .synopsis = "A B [options]",
    .summary = "the cosine of two words or two sentences, stage by stage",
    .details =
        "Words are compared as suite similarity does: each alone, in lower case for a static\n"
        "embedder. Sentences are compared as suite sts does: by the mean of their pieces, for a\n"
        "static embedder of their known words; a model with a sentence vector of its own shows\n"
        "that, too. Targets are words in their sentences. What has no vector is named.\n"
        "\n"
        "  harness similarity king queen --embedder glove\n"
        "  harness similarity \"A man eats.\" \"Someone is eating.\" --embedder minilm --stages "
        "blocks\n"
        "  harness similarity \"the river [bank]\" \"the [bank] lends\" --as targets --embedder "
        "minilm",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
