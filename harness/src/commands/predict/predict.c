/*
 * predict - what a language model expects: after a word alone and after the same word in its
 * sentence, or, of a masked model, in the word's place.
 */
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "commands/predict/predict.h"
#include "data/unicode.h"
#include "math/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    {"word", "WORD", "the word in TEXT; default: [MASK] where it stands there, else the last word"},
    {"top", "N", "how many pieces to show (default 10)"},
    {"json", NULL, "print JSON"},
    SANDBOX_OPTION,
    {0},
};

static bool find_mask(struct question *q)
{
    const char *at = strstr(q->text, PREDICT_MASK);
    q->is_mask = at != NULL;
    if (at) {
        uint32_t begin = (uint32_t)(at - q->text);
        q->word = (struct emb_span){begin, begin + (uint32_t)strlen(PREDICT_MASK)};
    }
    return q->is_mask;
}

/* The first part of the text that is `word` but for case and signs at its ends; NULL: the last that
 * holds a letter or digit. */
static int find_word(struct question *q, const char *word)
{
    struct slice rest = slice_of(q->text), part;
    char *wanted = word ? unicode_lower_text(word) : NULL;
    bool found = false;
    while (!(found && wanted) && slice_word(&rest, &part)) {
        part = unicode_trim(part);
        struct str lower = {0};
        unicode_lower(part.text, part.n, &lower);
        if (part.n > 0 && (!wanted || strcmp(str_text(&lower), wanted) == 0)) {
            uint32_t begin = (uint32_t)(part.text - q->text);
            q->word = (struct emb_span){begin, begin + (uint32_t)part.n};
            found = true;
        }
        str_finish(&lower);
    }
    free(wanted);
    return found  ? 0
           : word ? error_set(ERR_REQUEST, "predict: the word '%s' does not occur in \"%s\"", word,
                              q->text)
                  : error_set(ERR_REQUEST, "predict: \"%s\" holds no word", q->text);
}

static int read_question(const struct args *args, struct question *q)
{
    uint64_t top;
    int status = args_uint(args, "top", 10, &top);
    const char *word = args_value(args, "word", NULL);
    if (status != 0) {
        return status;
    }
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST,
                         "predict: found %u texts, expected one, in quotes; see harness "
                         "predict --help",
                         args_n(args));
    }
    if (top < 1 || top > 1000) {
        return error_set(ERR_REQUEST, "--top: found %llu, expected 1 to 1000",
                         (unsigned long long)top);
    }
    *q = (struct question){.text = args_word(args, 0),
                           .top = (uint32_t)top,
                           .json = args_flag(args, "json"),
                           .named = args_value(args, "embedder", NULL) != NULL};
    return !word && find_mask(q) ? 0 : find_word(q, word);
}

static int answer(struct predictor *p, const struct question *q, struct json_writer *w)
{
    int status = predictor_ask(p, q);
    if (status == 0 && q->json) {
        predictor_write_json(p, q, w);
    } else if (status == 0) {
        predictor_print(p, q);
    }
    predictor_finish(p);
    return status;
}

/* Counts in *n_answers; a model without a head is skipped, and named if it was asked for. */
static int predict(const struct question *q, const struct embedder_spec *spec, struct pool *pool,
                   struct json_writer *w, uint32_t *n_answers)
{
    struct embedder *embedder;
    int status = embedder_open(spec, NULL, pool, &embedder);
    if (status != 0) {
        return status;
    }
    struct predictor p = {.embedder = embedder,
                          .model = embedder_model(embedder),
                          .lm = embedder_extension(embedder, EMB_EXT_LM),
                          .tokens = embedder_extension(embedder, EMB_EXT_TOKENS),
                          .causal = embedder_plugin(embedder)->desc->caps & EMB_CAP_CAUSAL};
    if (p.lm && p.tokens) {
        status = answer(&p, q, w);
        ++*n_answers;
    } else if (q->named) {
        log_info("%s: has no output head (" EMB_EXT_LM "), so it predicts nothing",
                 embedder_name(embedder));
    }
    embedder_close(embedder);
    return status;
}

static int run(const struct args *args)
{
    struct question q = {.text = NULL};
    struct embedders embedders = {0};
    int status = read_question(args, &q);
    if (status == 0) {
        status = embedders_from_args(args, &embedders);
    }
    if (status != 0) {
        embedders_finish(&embedders);
        return status;
    }
    embedders_confine(&embedders);
    blas_use_one_thread();
    struct pool *pool = pool_create(0);
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    uint32_t n_answers = 0;
    jsonw_open(&w, '[');
    for (uint32_t i = 0; status == 0 && i < embedders.n; i++) {
        status = predict(&q, &embedders.specs[i], pool, &w, &n_answers);
    }
    jsonw_close(&w, ']');
    if (status == 0 && n_answers == 0) {
        char *who = embedders.n == 1 ? mem_format("%s has", embedders.specs[0].name)
                                     : mem_text("the embedders have");
        status = error_set(ERR_REQUEST,
                           "predict: %s no output head, expected a model whose file holds one: "
                           "a masked one (BERT, RoBERTa, ModernBERT … with its head) as "
                           "transformer:FOLDER, a decoder (GPT-2, Llama, Qwen …) as "
                           "transformer-causal:FOLDER",
                           who);
        free(who);
    } else if (status == 0 && q.json) {
        printf("%s\n", str_text(&out));
    }
    str_finish(&out);
    pool_destroy(pool);
    embedders_finish(&embedders);
    return status;
}

const struct command command_predict = {
    .name = "predict",
    .synopsis = "TEXT [--word WORD] [options]",
    .summary = "what a language model expects after a word, or in its place",
    .details =
        "For a decoder: the next piece after the word alone, and after the word in its text; it\n"
        "does not see what follows the word. For a masked model: the piece in the place of the\n"
        "word, which is masked. Probabilities with a bar each, the longest for the greatest.\n"
        "Needs a model with an output head (emb.lm/1): gpt, which comes with the program, has\n"
        "one; sentence encoders such as minilm have none.\n"
        "\n"
        "  harness predict \"He sat by the river bank\"\n"
        "  harness predict \"He sat by the river bank\" --decoder gpt2\n"
        "  harness predict \"He sat by the [MASK] bank.\" --embedder transformer:bert-base-uncased",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
