/*
 * similarity - the cosine of two words, two sentences, or two words in their sentences, stage by
 * stage.
 */
#include "base/error.h"
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

/* Of one embedder. */
struct compared {
    const char *status[2];
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
                         "similarity: found %u texts, expected two words, or two sentences, in "
                         "quotes; see harness similarity --help",
                         args_n(args));
    }
    for (uint32_t i = 0; i < 2; i++) {
        request->texts[i] = args_word(args, i);
        if (slice_trim(slice_of(request->texts[i])).n == 0) {
            return error_set(ERR_REQUEST, "similarity: found an empty text");
        }
    }
    return choose_kind(args, request);
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
    uint32_t n_known[2], n_lacking[2];
    uint8_t status[2]; /* of the last target */
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct mean *mean = ctx;
    for (uint32_t t = 0; t < embedded->n_targets; t++) {
        mean->status[embedded->tag] = embedded->status[t];
        if (word_has_vector(embedded->status[t])) {
            vec_axpy(1, embedded->vectors + t * mean->n, mean->sums[embedded->tag], mean->n);
            mean->n_known[embedded->tag]++;
        } else {
            mean->n_lacking[embedded->tag]++;
        }
    }
    return 0;
}

/* The text whole, or, of a static embedder, its words: as the suite sts compares sentences. */
static int push_sentence(struct embed_stream *stream, uint32_t number, const char *given,
                         bool is_static)
{
    struct slice text = slice_trim(slice_of(given));
    struct emb_span whole = {0, (uint32_t)text.n};
    if (!is_static) {
        return embed_stream_push(stream, number, text.text, whole.end, NULL, 0, &whole, 1);
    }
    struct str lower = {0};
    unicode_lower(text.text, text.n, &lower);
    struct emb_span *spans = mem_array(lower.n + 1, sizeof *spans);
    uint32_t n = sentence_words_cut(&lower, spans);
    int status =
        embed_stream_push(stream, number, str_text(&lower), (uint32_t)lower.n, spans, n, spans, n);
    free(spans);
    str_finish(&lower);
    return status;
}

static int push_target(struct embed_stream *stream, uint32_t number, const char *given)
{
    struct str plain = {0};
    struct text_words marks = {0};
    lookup_unmark(given, strlen(given), &plain, &marks);
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
                     ? push_target(stream, i, request->texts[i])
                     : push_sentence(stream, i, request->texts[i], embedder_is_static(embedder));
    }
    return embed_stream_end(stream, status);
}

/* A sentence has a vector if one of its words has; that others lack one is reported. */
static const char *status_of(const struct mean *mean, int i)
{
    return mean->n_known[i] == 0
               ? lookup_status(mean->n_lacking[i] ? mean->status[i] : EMB_WORD_UNKNOWN)
           : mean->n_lacking[i] == 0
               ? lookup_status(mean->status[i] == EMB_WORD_BACKOFF ? EMB_WORD_BACKOFF : EMB_WORD_OK)
               : "partly";
}

static int compare_texts(const struct request *request, struct embedder *embedder,
                         struct compared *compared)
{
    uint32_t dim = embedder_dim(embedder);
    struct mean mean = {.n = (size_t)compared->n_stages * dim};
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
        compared->status[i] = status_of(&mean, i);
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

static void print(const struct request *request, const struct embedder *embedder,
                  const struct compared *compared)
{
    char *rest = mem_format(", cosine as %s", kind_names[request->kind]);
    lookup_put_embedder(embedder, rest);
    free(rest);
    for (int i = 0; i < 2; i++) {
        if (strcmp(compared->status[i], "ok") != 0) {
            printf("    ");
            lookup_put(request->texts[i], 0);
            printf(": %s (%s)\n",
                   strcmp(compared->status[i], "partly") == 0 ? "some of its words have no vector"
                   : strcmp(compared->status[i], "backoff") == 0 ? "found in another form"
                   : strcmp(compared->status[i], "cut") == 0     ? "beyond the model's window"
                                                                 : "not in the vocabulary",
                   compared->status[i]);
        }
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
