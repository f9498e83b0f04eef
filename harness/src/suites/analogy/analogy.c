/*
 * Suite `analogy`: a is to b as c is to ?, answered from the whole vocabulary (METRICS.md,
 * "Analogy"), and choices among pairs (SAT).
 */
#include "suites/suite.h"

#include "suites/analogy/rows.h"
#include "suites/shared/set_names.h"
#include "suites/similarity/sets.h"
#include "suites/shared/words.h"
#include "suites/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/analogy.h"
#include "data/unicode.h"
#include "math/correlation.h"
#include "math/search.h"
#include "math/vectors.h"
#include "plugin/open.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum search_method method;
    bool by_default;
} methods[] = {
    {"3cosadd", SEARCH_3COSADD, true},
    {"3cosmul", SEARCH_3COSMUL, true},
    {"pair-direction", SEARCH_PAIR_DIRECTION, false},
};
#define N_METHODS (sizeof methods / sizeof *methods)

struct suite_state {
    struct analogy_set *sets; /* [n] */
    uint32_t n;
    bool wanted[N_METHODS];
    bool keep_case;
    uint64_t vocabulary_limit; /* 0 = whole */
    uint32_t k;                /* answers looked at: accuracy@k */
};

static void release(struct suite_state *state)
{
    if (!state) {
        return;
    }
    for (uint32_t i = 0; i < state->n; i++) {
        analogy_finish(&state->sets[i]);
    }
    free(state->sets);
    free(state);
}

static int read_methods(const struct suite_request *request, struct suite_state *state)
{
    bool any = request->n_methods == 0;
    for (size_t m = 0; m < N_METHODS; m++) {
        state->wanted[m] = request->n_methods == 0 && methods[m].by_default;
        for (uint32_t i = 0; i < request->n_methods; i++) {
            state->wanted[m] |= strcasecmp(request->methods[i], methods[m].name) == 0;
        }
        any |= state->wanted[m];
    }
    if (!any) {
        return error_set(ERR_REQUEST,
                         "suite analogy: found method \"%s\", expected 3cosadd, 3cosmul or "
                         "pair-direction",
                         request->methods[0]);
    }
    return 0;
}

static int read_options(const struct suite_request *request, struct suite_state *state)
{
    state->k = (uint32_t)suite_whole(request, "top");
    state->keep_case = suite_says(request, "case", "exact");
    state->vocabulary_limit = request->vocabulary_limit;
    return read_methods(request, state);
}

static int read_set(const struct suite_request *request, const char *name, struct set_names *names,
                    struct suite_state *state)
{
    char *path, *variant;
    TRY(suite_locate(name, &path, &variant));
    struct analogy_set *set = &state->sets[state->n];
    int status = analogy_read(path, set);
    if (!status) {
        state->n++;
        set_names_add(names, name, path, set->name);
        if (request->limit && set->n > request->limit) {
            set->n = (uint32_t)request->limit;
        }
    }
    free(path);
    free(variant);
    return status;
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    state->sets = mem_array((size_t)request->n_datasets + 1, sizeof *state->sets);
    struct set_names names = {0};
    int status;
    TRY_OR_FINISH(read_options(request, state));
    if (request->n_datasets == 0) {
        status = read_set(request, "google-analogy", &names, state);
        if (status) {
            error_context(status, "suite analogy has no data set of its own; give one with "
                                  "--dataset");
            goto finish;
        }
    }
    for (uint32_t i = 0; i < request->n_datasets; i++) {
        TRY_OR_FINISH(read_set(request, request->datasets[i], &names, state));
    }
    TRY_OR_FINISH(set_names_settle(&names, "analogy"));
    for (uint32_t i = 0; i < state->n; i++) {
        set_names_put(&names, i, &state->sets[i].name);
    }
    *ret_state = state;
    state = NULL;
finish:
    set_names_finish(&names);
    release(state);
    return status;
}

/* The rows of the set's words in the vocabulary, SEARCH_NONE where a word is not in it. */
static uint32_t *find_rows(const struct suite_run *run, const struct analogy_set *set,
                           const struct emb_ext_vocab *vocab, uint64_t limit)
{
    struct emb_model *model = embedder_model(run->embedder);
    uint32_t *rows = mem_array((size_t)set->words.n + 1, sizeof *rows);
    for (uint32_t i = 0; i < set->words.n; i++) {
        const char *word = map_key(&set->words, i);
        char *text = run->state->keep_case ? mem_text(word) : unicode_lower_text(word);
        uint64_t row;
        int32_t status = vocab->find(model, text, (uint32_t)strlen(text), &row);
        rows[i] = status != EMB_WORD_UNKNOWN && row < limit ? (uint32_t)row : SEARCH_NONE;
        free(text);
    }
    return rows;
}

/* Questions all of whose words are known: a, b, c and at least one answer. */
struct attempts {
    struct search_query *queries; /* [n] in `words` */
    uint32_t *questions;          /* [n] in the set */
    uint32_t *words;              /* [n_words] distinct rows */
    uint32_t n, n_words;
};

static bool is_known(const struct analogy_set *set, const struct analogy_question *question,
                     const uint32_t *rows)
{
    if (question->n_choices > 0 || rows[question->a] == SEARCH_NONE ||
        rows[question->b] == SEARCH_NONE || rows[question->c] == SEARCH_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < question->n_answers; i++) {
        if (rows[set->answers[question->first_answer + i]] != SEARCH_NONE) {
            return true;
        }
    }
    return false;
}

/* The number of a row among the distinct words. `numbers` has one entry for each word of the set,
 * by its row. */
static uint32_t number_word(struct attempts *attempts, struct map *numbers, uint32_t row)
{
    uint32_t known = numbers->n, number = map_put(numbers, (const char *)&row, sizeof row);
    if (number == known) {
        attempts->words[attempts->n_words++] = row;
    }
    return number;
}

static struct attempts collect(const struct analogy_set *set, const uint32_t *rows)
{
    struct attempts attempts = {
        .queries = mem_array((size_t)set->n + 1, sizeof *attempts.queries),
        .questions = mem_array((size_t)set->n + 1, sizeof *attempts.questions),
        .words = mem_array((size_t)set->words.n + 1, sizeof *attempts.words)};
    struct map numbers = {0};
    for (uint32_t q = 0; q < set->n; q++) {
        const struct analogy_question *question = &set->questions[q];
        if (!is_known(set, question, rows)) {
            continue;
        }
        attempts.questions[attempts.n] = q;
        attempts.queries[attempts.n].a = number_word(&attempts, &numbers, rows[question->a]);
        attempts.queries[attempts.n].b = number_word(&attempts, &numbers, rows[question->b]);
        attempts.queries[attempts.n++].c = number_word(&attempts, &numbers, rows[question->c]);
    }
    map_finish(&numbers);
    return attempts;
}

static void judge(const struct suite_run *run, const struct analogy_set *set, const uint32_t *rows,
                  const struct emb_ext_vocab *vocab, const struct attempts *attempts,
                  const struct search_hit *hits, struct analogy_outcome *outcomes)
{
    uint32_t k = run->state->k;
    for (uint32_t i = 0; i < attempts->n; i++) {
        const struct analogy_question *question = &set->questions[attempts->questions[i]];
        struct analogy_outcome *outcome = &outcomes[attempts->questions[i]];
        const struct search_hit *best = &hits[(size_t)i * k];
        outcome->attempted = true;
        outcome->score = best->score;
        for (uint32_t h = 0; h < k && !outcome->right && best[h].row != SEARCH_NONE; h++) {
            for (uint32_t j = 0; j < question->n_answers; j++) {
                outcome->right |= best[h].row == rows[set->answers[question->first_answer + j]];
            }
        }
        if (best->row != SEARCH_NONE) {
            outcome->answer =
                vocab->word(embedder_model(run->embedder), best->row, &outcome->answer_bytes);
        }
    }
}

static int run_open(const struct suite_run *run, const struct analogy_set *set)
{
    const struct suite_state *state = run->state;
    const struct emb_ext_vocab *vocab = embedder_extension(run->embedder, EMB_EXT_VOCAB);
    uint64_t n_words = embedder_info(run->embedder)->n_words;
    uint64_t limit = state->vocabulary_limit && state->vocabulary_limit < n_words
                         ? state->vocabulary_limit
                         : n_words;
    limit = limit < SEARCH_NONE ? limit : SEARCH_NONE - 1;
    struct embedder_table table = embedder_table_of(run->embedder, limit);
    if (!table.rows || n_words == 0) {
        log_info("%s: has no table of words, which analogies search; %s is left out",
                 embedder_name(run->embedder), set->name);
        embedder_table_finish(&table);
        return 0;
    }
    uint32_t *rows = find_rows(run, set, vocab, limit);
    struct attempts attempts = collect(set, rows);
    struct search_hit *hits = mem_array((size_t)attempts.n * state->k + 1, sizeof *hits);
    for (size_t m = 0; m < N_METHODS; m++) {
        if (!state->wanted[m]) {
            continue;
        }
        const struct search_plan plan = {.table = table.rows,
                                         .stride = table.stride,
                                         .n_rows = (uint32_t)limit,
                                         .dim = embedder_dim(run->embedder),
                                         .words = attempts.words,
                                         .n_words = attempts.n_words,
                                         .queries = attempts.queries,
                                         .n_queries = attempts.n,
                                         .method = methods[m].method,
                                         .k = state->k,
                                         .pool = embedder_pool(run->embedder)};
        search_run(&plan, hits);
        struct analogy_outcome *outcomes = mem_array((size_t)set->n + 1, sizeof *outcomes);
        judge(run, set, rows, vocab, &attempts, hits, outcomes);
        const struct analogy_protocol protocol = {STAGE_THE_TABLE, methods[m].name, limit, n_words,
                                                  state->k,        state->keep_case};
        analogy_rows(run, set, &protocol, outcomes);
        free(outcomes);
    }
    free(hits);
    free(attempts.queries);
    free(attempts.questions);
    free(attempts.words);
    free(rows);
    embedder_table_finish(&table);
    return 0;
}

/* SAT: the choice whose direction is nearest to the stem's, at every stage. */

static double direction_cosine(const struct words *words, const uint32_t x[2], const uint32_t y[2],
                               uint32_t stage, double *scratch)
{
    for (int i = 0; i < 2; i++) {
        if (!words_known(words, x[i]) || !words_known(words, y[i])) {
            return NAN;
        }
    }
    const float *a = words_vector(words, x[0], stage), *b = words_vector(words, x[1], stage);
    const float *c = words_vector(words, y[0], stage), *d = words_vector(words, y[1], stage);
    for (uint32_t i = 0; i < words->dim; i++) {
        scratch[i] = (double)b[i] - (double)a[i];
        scratch[words->dim + i] = (double)d[i] - (double)c[i];
    }
    return vec_cosine_double(scratch, scratch + words->dim, words->dim);
}

static void choose(const struct analogy_set *set, const struct words *words, uint32_t stage,
                   double *scratch, struct analogy_outcome *outcomes)
{
    for (uint32_t q = 0; q < set->n; q++) {
        const struct analogy_question *question = &set->questions[q];
        struct analogy_outcome *outcome = &outcomes[q];
        const uint32_t stem[2] = {question->a, question->b};
        uint32_t best = 0;
        for (uint32_t c = 0; c < question->n_choices; c++) {
            double cosine =
                direction_cosine(words, stem, set->choices[question->choices + c], stage, scratch);
            if (!isnan(cosine) && (!outcome->attempted || cosine > outcome->score + CHOICE_TIE)) {
                outcome->attempted = true;
                outcome->score = cosine;
                best = c;
            }
        }
        if (outcome->attempted) {
            uint32_t word = set->choices[question->choices + best][0];
            outcome->answer = map_key(&set->words, word);
            outcome->answer_bytes = (uint32_t)strlen(outcome->answer);
            outcome->right = best == set->answers[question->first_answer];
        }
    }
}

static int run_choices(const struct suite_run *run, const struct analogy_set *set)
{
    struct words words = {0};
    for (uint32_t i = 0; i < set->words.n; i++) {
        words_put(&words, map_key(&set->words, i)); /* the same numbers as in the set */
    }
    const struct words_protocol protocol = {.keep_case = run->state->keep_case};
    int status = words_embed(&words, run->embedder, &protocol);
    if (!status) {
        words_tell_lacking(&words, run->embedder, set->name);
    }
    double *scratch = mem_array((size_t)embedder_dim(run->embedder) * 2 + 1, sizeof *scratch);
    for (uint32_t s = 0; !status && s < words.n_stages; s++) {
        struct analogy_outcome *outcomes = mem_array((size_t)set->n + 1, sizeof *outcomes);
        choose(set, &words, s, scratch, outcomes);
        const struct analogy_protocol how = {
            *embedder_stage(run->embedder, s), "pair-direction", 0, 0, 1, run->state->keep_case};
        analogy_rows(run, set, &how, outcomes);
        free(outcomes);
    }
    free(scratch);
    words_finish(&words);
    return status;
}

static int run(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct analogy_set *set = &run->state->sets[i];
        TRY(set->n_choices ? run_choices(run, set) : run_open(run, set));
    }
    return 0;
}

static const struct metric metrics[] = {
    {"accuracy", "questions answered rightly", METRIC_HIGHER, METRIC_SHARE, METRIC_HEADLINE,
     METRIC_SHARE_CORRECT, .low = 0, .high = 1},
    {"accuracy@K", "the same, the right answer among the K best", METRIC_HIGHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_SHARE_CORRECT, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    {{"case", "lower", "look words up lower-cased, or as written", EMB_OPT_TEXT, 0, 0, 0},
     "lower|exact"},
    {{"top", "1", "right if among this many best answers", EMB_OPT_INT, 0, 1, 1000}, NULL},
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"section:NAME", "of the file"},
    {"semantic|syntactic", "of Google's sections: those named gram… are syntactic"},
    {"FOLDER", "of BATS: the sections of a folder"},
    {0},
};

static const struct suite_term policies[] = {
    {"skip", "questions whose words are known"},
    {"zero", "a question with an unknown word is wrong"},
    {0},
};

const struct suite suite_analogy = {
    .id = "analogy",
    .title = "word analogies",
    .summary = "a is to b as c is to ?: the best row of the whole vocabulary except the three "
               "given words (3CosAdd, 3CosMul, PairDirection), by section. Google's, MSR's and "
               "BATS' layouts; SAT questions choose the pair whose direction is nearest. Needs an "
               "embedder with a table of words (SAT does not).",
    .methods = "3cosadd, 3cosmul, pair-direction",
    .choosable = true,
    .options = options,
    .data =
        "Google: four words a line, sections \": NAME\". MSR: X.questions with X.answers\n"
        "tables by commas, semicolons or tabs: four words, after the line's number or not; or a\n"
        "  header with word1 to word4 (or a to d), and category, section, relation or the like\n"
        "BATS: a folder of folders; a file is a section, a line a word and its answers with / "
        "between\n"
        "SAT: blocks of a source line, the stem, the choices and the right one's letter",
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY) | PROTOCOL_BIT(CASE) |
                     PROTOCOL_BIT(VOCABULARY) | PROTOCOL_BIT(INPUTS) | PROTOCOL_BIT(TIE) |
                     PROTOCOL_BIT(INTERVAL),
    .splits = splits,
    .policies = policies,
    .unsplit = "it goes through a table of vectors, not through a text",
    .prepare = prepare,
    .release = release,
    .run = run,
};
