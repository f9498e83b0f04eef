/*
 * explain - one word in several sentences, stage by stage: how far apart its vectors are, which
 * sense of WordNet lies nearest, which words it looks at, what the model expects next, and whether
 * any weight changed while the vectors did.
 */
#include "commands/explain/explain.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "math/blas.h"
#include "plugin/confinement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    {"stages", "LIST", "stages to show; see harness run --help"},
    {"at", "STAGE",
     "the stage of which senses and, of three sentences or more, all cosines are shown;\n"
     "default: of those that a block has made the one where the sentences lie farthest apart"},
    {"pos", "POS",
     "noun, verb, adj, adv or all: whose senses to compare with; default: the part of\n"
     "speech that the word most often has in WordNet's own texts"},
    {"top", "N", "how many attended words and expected pieces to show (default 5)"},
    {"wordnet", "DIR", "the WordNet data base; default: $WNSEARCHDIR, then /usr/share/wordnet"},
    {"html", "FILE", "write a page of it, too, that needs nothing else; - for standard output"},
    {"json", NULL, "print JSON"},
    SANDBOX_OPTION,
    {0},
};

static int explain(const struct explain_question *q, const struct embedder_spec *spec,
                   struct pool *pool, struct explanation *e)
{
    struct embedder *embedder;
    TRY(embedder_open(spec, q->stages, pool, &embedder));
    int status = explain_gather(q, embedder, e);
    embedder_close(embedder);
    return status;
}

/* Standard output is the page's if it is written there. */
static int write_out(const struct explain_question *q, const struct explanation *list, uint32_t n,
                     const struct args *args)
{
    const char *html = args_value(args, "html", NULL);
    bool as_json = args_flag(args, "json"), text = !as_json && !(html && strcmp(html, "-") == 0);
    if (as_json) {
        struct str out = {0};
        struct json_writer w = jsonw_create(&out, 1);
        jsonw_open(&w, '[');
        for (uint32_t i = 0; i < n; i++) {
            explain_write_json(q, &list[i], &w);
        }
        jsonw_close(&w, ']');
        printf("%s\n", str_text(&out));
        str_finish(&out);
    }
    if (text && n > 0) {
        explain_print(q, list, n);
    }
    return html ? explain_write_page(q, list, n, args_line(args), html) : 0;
}

static int check_weights(const struct explanation *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].weights_known && !explain_frozen(&list[i])) {
            return error_set(ERR_FAILED, "%s: its weights changed", list[i].name);
        }
    }
    return 0;
}

static int check_options(const struct args *args)
{
    const char *html = args_value(args, "html", NULL);
    return html && strcmp(html, "-") == 0 && args_flag(args, "json")
               ? error_set(ERR_REQUEST, "explain: --json and --html - would both be written to "
                                        "standard output; name a file for the page")
               : 0;
}

static int run(const struct args *args)
{
    struct explain_question q = {0};
    struct embedders embedders = {0};
    struct explanation *list = NULL;
    struct pool *pool = NULL;
    int status;
    TRY_OR_FINISH(check_options(args));
    TRY_OR_FINISH(explain_ask(args, &q));
    TRY_OR_FINISH(embedders_from_args(args, &embedders));
    if (args_value(args, "html", NULL)) {
        confinement_allow_output(args_value(args, "html", NULL));
    }
    embedders_confine(&embedders);
    blas_use_one_thread();
    pool = pool_create(0);
    list = mem_array(embedders.n + 1u, sizeof *list);
    for (uint32_t i = 0; i < embedders.n; i++) {
        TRY_OR_FINISH(explain(&q, &embedders.specs[i], pool, &list[i]));
    }
    TRY_OR_FINISH(write_out(&q, list, embedders.n, args));
    status = check_weights(list, embedders.n);
finish:
    for (uint32_t i = 0; list && i < embedders.n; i++) {
        explanation_finish(&q, &list[i]);
    }
    free(list);
    pool_destroy(pool);
    embedders_finish(&embedders);
    explain_question_finish(&q);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "WORD SENTENCE SENTENCE… [options]",
    .summary = "one word in several sentences, stage by stage",
    .details =
        "For each stage: the cosine between the word's vectors (of three sentences or more the\n"
        "mean over all pairs), and for each sentence the WordNet sense that lies nearest: n2 is\n"
        "the second of the noun, scored by the nearest of its texts, which are \"WORD :\n"
        "DEFINITION\" and WordNet's examples. At the look-up table the cosine is 1.000 and all\n"
        "sentences are alike, in every embedder; only the sentence separates them afterwards,\n"
        "as no weight changes: the weights are hashed before and after. Then, for models that\n"
        "offer it: how much attention the word pays to each word of its sentence, and what the\n"
        "model expects after the word, or in its place.\n"
        "\n"
        "Where the word occurs twice in a sentence, or in another form, brackets mark the one\n"
        "that is meant.\n"
        "\n"
        "  harness explain bank \"the river bank\" \"the financial bank\" --embedder minilm\n"
        "  harness explain bank \"I [bank] at the bank.\" \"two river [banks]\" --html page.html",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
