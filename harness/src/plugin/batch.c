/* Calls embed() for a batch, checks what came back and keeps account of it. */
#include "plugin/batch.h"

#include "plugin/batch_answer.h"
#include "plugin/certify.h"
#include "plugin/opened.h"
#include "plugin/split.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#include <stdio.h>

/* The sentence and the word that row r stands for. */
static void find_row(const struct embed_batch *batch, uint64_t r,
                     const struct emb_sentence **ret_sentence, struct slice *ret_word)
{
    for (size_t i = 0; i < batch->n; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        if (r < sentence->n_targets) {
            const struct emb_span *span = &sentence->targets[r];
            *ret_sentence = sentence;
            *ret_word = (struct slice){sentence->text + span->begin, span->end - span->begin};
            return;
        }
        r -= sentence->n_targets;
    }
    *ret_sentence = NULL;
    *ret_word = slice_of("");
}

static int flaw_error(const struct embed_batch *batch, enum guarded_flaw flaw,
                      const struct guarded_place *place)
{
    const struct embedder *embedder = batch->embedder;
    const struct emb_sentence *sentence;
    struct slice word;
    find_row(batch, place->row, &sentence, &word);
    if (!sentence) {
        return error_set(ERR_FAILED, "%s: embed() wrote past its rows: after the last of %llu",
                         embedder->name, (unsigned long long)batch->out->n_rows);
    }
    char what[128];
    const char *stage = embedder->stages.stages[embedder->choice.asked[place->stage]].name;
    switch (flaw) {
    case GUARDED_PAST:
        snprintf(what, sizeof what, "wrote past its rows (float %u of %u)", place->column,
                 batch->out->dim);
        break;
    case GUARDED_STATUS:
        snprintf(what, sizeof what, "left no valid word status (%u)", place->status);
        break;
    case GUARDED_UNWRITTEN:
        snprintf(what, sizeof what, "did not write float %u of %u", place->column, batch->out->dim);
        break;
    case GUARDED_NOT_FINITE:
        snprintf(what, sizeof what, "returned %s in float %u of %u",
                 place->value != place->value ? "NaN" : "an infinity", place->column,
                 batch->out->dim);
        break;
    default:
        snprintf(what, sizeof what, "returned %g for a word without a vector (status %u), not 0",
                 (double)place->value, place->status);
        break;
    }
    bool is_long = sentence->n_bytes > 200;
    return error_set(ERR_FAILED, "%s: embed() %s at stage %s of \"%.*s\" in \"%.*s%s\"",
                     embedder->name, what, stage, (int)(word.n > 100 ? 100 : word.n), word.text,
                     is_long ? 200 : (int)sentence->n_bytes, sentence->text, is_long ? "…" : "");
}

/* White-space separated runs of a text without words of its own. */
static uint64_t count_tokens(const struct emb_sentence *sentence)
{
    if (sentence->n_words > 0) {
        return sentence->n_words;
    }
    struct slice rest = {sentence->text, sentence->n_bytes}, word;
    uint64_t n = 0;
    while (slice_word(&rest, &word)) {
        n++;
    }
    return n;
}

/* The claims that are put to the test. A word at the beginning of all that is shown of its sentence
 * need not change with it: the model may be causal. */
static uint32_t claims(const struct embedder *embedder)
{
    enum context_kind context = embedder->word_view.context;
    bool first = context == CONTEXT_RIGHT || context == CONTEXT_NONE;
    return embedder->kind->desc->caps & (first ? ~(uint32_t)EMB_CAP_CONTEXTUAL : UINT32_MAX);
}

/* Before anything is made of the vectors: the claims are the model's own. */
static void certify_batch(const struct embed_batch *batch)
{
    struct embedder *embedder = batch->embedder;
    const struct guarded *out = batch->out;
    uint64_t row = 0;
    if (!embedder->watched) {
        return;
    }
    if (!embedder->certifier) {
        const struct certifier_plan plan = {
            .caps = claims(embedder),
            .dim = out->dim,
            .n_stages = out->n_stages,
            .max_tokens = embedder->info.max_tokens,
            .has_table = embedder->choice.asked[0] == 0,
            .only_table = embedder->info.n_stages == 1,
            .stage_stride = out->stage_stride,
        };
        embedder->certifier = certifier_create(&plan);
    }
    for (size_t i = 0; i < batch->n; i++) {
        certifier_take(embedder->certifier, &batch->sentences[i], batch->pooling,
                       out->vectors + row * out->row_stride, out->row_stride, out->status + row);
        row += batch->sentences[i].n_targets;
    }
}

static int check_rows(const struct embed_batch *batch)
{
    struct guarded_place place;
    enum guarded_flaw flaw = guarded_check(batch->out, &place);
    return flaw ? flaw_error(batch, flaw, &place) : 0;
}

static int ask_model(const struct embed_batch *batch, const struct emb_batch *request,
                     double *ret_seconds)
{
    struct embedder *embedder = batch->embedder;
    double start = clock_seconds();
    host_forget_failure();
    emb_status status = embedder->ops->embed(embedder->model, request);
    *ret_seconds = clock_seconds() - start;
    return status ? host_error(embedder->name, "embed", status) : check_rows(batch);
}

/* A batch of work that is split: from the model and recorded, from a record, or not at all. */
static int take_turn(const struct embed_batch *batch, const struct emb_batch *request,
                     double *ret_seconds)
{
    struct split *split = batch->embedder->split;
    char question[DIGEST_TEXT_BYTES];
    struct split_answer answer = {0};
    struct str bytes = {0};
    int status = 0;
    batch_question(request, batch->out->dim, question);
    switch (split_turn(split, question, &answer)) {
    case SPLIT_ASK:
        status = split_fail(split, ask_model(batch, request, ret_seconds));
        if (!status && split_is_chunk(split)) {
            batch_answer_write(batch->out, &bytes);
            answer = (struct split_answer){bytes.data, bytes.n, *ret_seconds};
            status = split_record(split, question, &answer);
            str_finish(&bytes);
        }
        break;
    case SPLIT_RECORDED:
        *ret_seconds = answer.seconds;
        status = batch_answer_read(&answer, batch->out);
        status = status ? status : check_rows(batch);
        break;
    case SPLIT_LEFT:
        break;
    }
    if (!status && split_is_chunk(split)) {
        batch_answer_nothing(batch->out);
    }
    return status;
}

int embed_batch(const struct embed_batch *batch)
{
    struct embedder *embedder = batch->embedder;
    const struct emb_batch request = {
        .struct_size = sizeof request,
        .n_sentences = (uint32_t)batch->n,
        .sentences = batch->sentences,
        .stages = embedder->choice.asked,
        .n_stages = embedder->choice.n_asked,
        .pooling = batch->pooling,
        .vectors = batch->out->vectors,
        .word_status = batch->out->status,
        .row_stride = batch->out->row_stride,
        .stage_stride = batch->out->stage_stride,
    };
    double seconds = 0;
    TRY(embedder->split ? take_turn(batch, &request, &seconds)
                        : ask_model(batch, &request, &seconds));
    embedder->seconds += seconds;
    embedder->sentences += batch->n;
    for (size_t i = 0; i < batch->n; i++) {
        embedder->tokens += count_tokens(&batch->sentences[i]);
    }
    if (!split_is_chunk(embedder->split)) {
        certify_batch(batch);
    }
    return 0;
}
