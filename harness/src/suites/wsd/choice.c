/* Scores definitions by a language model's output head. */
#include "suites/wsd/choice.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"
#include "plugin/embed.h"
#include "suites/shared/piece_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BY_MEAN, BY_TOTAL, N_WAYS };
static const char *const method_names[N_WAYS] = {"choice:mean", "choice:total"};

struct choice {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_test *test;
    const char *template;
    bool is_alone; /* no other method was asked for, which would list the words */
    struct piece_scores pieces;
    struct str text, definition;
    double *scores[N_WAYS];             /* [most candidates] */
    struct wsd_answer *answers[N_WAYS]; /* [n_instances] of the set at hand */
};

/* What a template holds: the next "{name}" of a text, or what stands before it. */
static bool next_part(struct slice *rest, struct slice *ret_part, bool *ret_is_name)
{
    if (rest->n == 0) {
        return false;
    }
    const char *open = memchr(rest->text, '{', rest->n);
    const char *close = open == rest->text ? memchr(rest->text, '}', rest->n) : NULL;
    size_t n = close                       ? (size_t)(close - rest->text) + 1
               : open && open > rest->text ? (size_t)(open - rest->text)
                                           : rest->n;
    *ret_part = (struct slice){rest->text, n};
    *ret_is_name = close != NULL;
    *rest = (struct slice){rest->text + n, rest->n - n};
    return true;
}

int wsd_choice_check(const char *template)
{
    struct slice rest = slice_of(template), part;
    uint32_t n = 0;
    bool is_name, known = true;
    while (known && next_part(&rest, &part, &is_name)) {
        bool definition = is_name && slice_is(part, "{definition}");
        n += definition;
        known = is_name ? definition || slice_is(part, "{sentence}") || slice_is(part, "{word}") ||
                              slice_is(part, "{lemma}")
                        : !memchr(part.text, '{', part.n) && !memchr(part.text, '}', part.n);
    }
    return known && n == 1 ? 0
                           : error_set(ERR_REQUEST,
                                       "suite wsd, option choice-template: found \"%s\", expected "
                                       "{definition} once in it, and of braces {sentence}, {word} "
                                       "and {lemma} besides",
                                       template);
}

/* The text in which a definition stands, and the definition's bytes in it. */
static struct emb_span fill(struct choice *choice, uint32_t i)
{
    const struct wsd_data *data = choice->test->data;
    const struct wsd_instance *instance = &data->instances[i];
    const char *sentence = wsd_sentence_text(data, instance->sentence);
    struct slice rest = slice_of(choice->template), part;
    struct emb_span span = {0, 0};
    bool is_name;
    str_clear(&choice->text);
    while (next_part(&rest, &part, &is_name)) {
        if (!is_name) {
            str_append(&choice->text, part.text, part.n);
        } else if (slice_is(part, "{sentence}")) {
            str_append(&choice->text, sentence, data->sentences[instance->sentence].n_bytes);
        } else if (slice_is(part, "{word}")) {
            str_append(&choice->text, sentence + instance->span.begin,
                       instance->span.end - instance->span.begin);
        } else if (slice_is(part, "{lemma}")) {
            str_add(&choice->text, instance->lemma);
        } else {
            span.begin = (uint32_t)choice->text.n;
            str_append(&choice->text, str_text(&choice->definition), choice->definition.n);
            span.end = (uint32_t)choice->text.n;
        }
    }
    return span;
}

/* The scores of one definition; *ret_cut where some of it is beyond the window. */
static int score_definition(struct choice *choice, uint32_t i, uint32_t c, bool *ret_cut)
{
    struct emb_span span = fill(choice, i);
    const struct emb_sentence sentence = {.text = str_text(&choice->text),
                                          .n_bytes = (uint32_t)choice->text.n};
    const struct piece_scores *pieces = &choice->pieces;
    uint32_t n = 0, end = 0;
    double sum = 0;
    TRY(piece_scores_of(choice->run->embedder, &sentence, &choice->pieces));
    for (uint32_t p = 0; p < pieces->n; p++) {
        const struct emb_piece *piece = &pieces->pieces[p];
        end = piece->end > end ? piece->end : end;
        if (piece->end > span.begin && piece->begin < span.end && !isnan(pieces->log_probs[p])) {
            sum += (double)pieces->log_probs[p];
            n++;
        }
    }
    *ret_cut = *ret_cut || end < span.end;
    choice->scores[BY_MEAN][c] = n ? sum / n : NAN;
    choice->scores[BY_TOTAL][c] = n ? sum : NAN;
    return 0;
}

static int answer(struct choice *choice, uint32_t i)
{
    const struct wsd_group *group = wsd_group_of(choice->task, choice->test, i);
    bool cut = false;
    for (uint32_t c = 0; group && c < group->n; c++) {
        str_clear(&choice->definition);
        choice->scores[BY_MEAN][c] = choice->scores[BY_TOTAL][c] = NAN;
        if (wsd_definition(choice->task, group, c, &choice->definition) &&
            choice->definition.n > 0) {
            int status = score_definition(choice, i, c, &cut);
            if (status) {
                return error_context(status, "%s: %s, instance %s",
                                     embedder_name(choice->run->embedder), choice->test->data->name,
                                     choice->test->data->instances[i].id);
            }
        }
    }
    for (int way = 0; way < N_WAYS; way++) {
        choice->answers[way][i] = group && !cut
                                      ? wsd_choose(choice->test, i, choice->scores[way], group->n)
                                      : (struct wsd_answer){.score = NAN,
                                                            .choice = WSD_NONE,
                                                            .status = cut ? WSD_CUT : WSD_NO_LEMMA};
    }
    return 0;
}

static void report(const struct choice *choice, unsigned methods)
{
    struct wsd_answers systems[N_WAYS];
    struct protocol protocols[N_WAYS] = {{0}};
    uint32_t n = 0;
    for (int way = 0; way < N_WAYS; way++) {
        if (!(methods & (way == BY_MEAN ? WSD_CHOICE_MEAN : WSD_CHOICE_TOTAL))) {
            continue;
        }
        const struct stage head = {"head", STAGE_NO_BLOCK, STAGE_OTHER};
        protocol_add(&protocols[n], PROTOCOL_METHOD, method_names[way]);
        protocol_add(&protocols[n], PROTOCOL_STAGE, head.name);
        protocol_add(&protocols[n], PROTOCOL_TEMPLATE, choice->template);
        systems[n] = (struct wsd_answers){.method = method_names[way],
                                          .stage = head,
                                          .protocol = &protocols[n],
                                          .answers = choice->answers[way],
                                          .lists_words = n == 0 && choice->is_alone,
                                          .can_back_off = true};
        n++;
    }
    wsd_report(choice->run, choice->task, choice->test, systems, n);
    for (uint32_t i = 0; i < n; i++) {
        protocol_finish(&protocols[i]);
    }
}

static int run_test(struct choice *choice, unsigned methods)
{
    const struct wsd_data *data = choice->test->data;
    uint32_t n = wsd_n(choice->test), n_cut = 0;
    int status = 0;
    for (int way = 0; way < N_WAYS; way++) {
        choice->answers[way] = mem_array(n + 1u, sizeof *choice->answers[way]);
    }
    progress_begin(data->name, "instances", n);
    for (uint32_t i = 0; i < n && !status; i++) {
        status = answer(choice, i);
        n_cut += choice->answers[BY_MEAN][i].status == WSD_CUT;
        progress_to(i + UINT64_C(1));
    }
    progress_end();
    if (status == 0) {
        report(choice, methods);
    }
    if (n_cut > 0) {
        log_warn("%s: %s: %u of %u instances are not answered by method choice: with a definition "
                 "they are longer than the model's window",
                 embedder_name(choice->run->embedder), data->name, n_cut, n);
    }
    for (int way = 0; way < N_WAYS; way++) {
        free(choice->answers[way]);
    }
    return status;
}

static bool has_definitions(const struct wsd_task *task, const struct wsd_test *test)
{
    return test->data->inventory == WSD_NAMED ? inventory_has_definitions(task->inventory)
                                              : test->data->inventory != WSD_OWN;
}

int wsd_choice_run(const struct suite_run *run, const struct wsd_task *task, unsigned methods,
                   const char *template, bool optional)
{
    static const char lacks[] =
        "gives no log-probabilities (" EMB_EXT_SCORE "), which method choice asks for: its file "
        "holds no output head, or a decoder was opened as transformer instead of "
        "transformer-causal";
    const char *beyond = piece_scores_beyond_reach(run->embedder);
    if (beyond) {
        log_info("%s: %s does not reach an output head; method choice is left out",
                 embedder_name(run->embedder), beyond);
        return 0;
    }
    if (!piece_scores_can(run->embedder)) {
        if (!optional) {
            return error_set(ERR_REQUEST, "%s: %s", embedder_name(run->embedder), lacks);
        }
        log_warn("%s: %s", embedder_name(run->embedder), lacks);
        return 0;
    }
    struct choice choice = {.run = run, .task = task, .template = template, .is_alone = !optional};
    uint32_t most = 1;
    for (uint32_t g = 0; g < task->n_groups; g++) {
        most = task->groups[g].n > most ? task->groups[g].n : most;
    }
    for (int way = 0; way < N_WAYS; way++) {
        choice.scores[way] = mem_array(most, sizeof *choice.scores[way]);
    }
    int status = 0;
    for (uint32_t t = 0; t < task->n_tests && !status; t++) {
        choice.test = &task->tests[t];
        if (has_definitions(task, choice.test)) {
            status = run_test(&choice, methods);
        } else {
            log_warn("%s: method choice needs definitions, which its labels have none of",
                     choice.test->data->name);
        }
    }
    for (int way = 0; way < N_WAYS; way++) {
        free(choice.scores[way]);
    }
    piece_scores_finish(&choice.pieces);
    str_finish(&choice.text);
    str_finish(&choice.definition);
    return status;
}
