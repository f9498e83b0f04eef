/*
 * plan.c - sentences of a batch into sequences of pieces, groups of sequences, and the rows that
 * each target is pooled from.
 *
 * Grouping is a rule of the batch alone: whole sentences in order, a group ends before the sentence
 * that would bring it over GROUP_ROWS rows. Pieces that no target's vector depends on are left
 * out: windows behind the last target, in a causal model every piece behind it.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

/* Pieces of a sentence as the model sees them; list is overwritten. *ret_n: after truncation, whose
 * kept pieces are [0, *ret_n - n_after) and the last n_after of the list. */
static emb_status cut_pieces(const struct emb_model *model, const struct emb_sentence *sentence,
                             struct token_list *list, uint32_t *ret_n)
{
    TRY(sentence->n_words > 0
            ? tokenizer_encode_words(model->tokenizer, sentence->text, sentence->words,
                                     sentence->n_words, TOKENIZER_SPECIAL, list)
            : tokenizer_encode(model->tokenizer, sentence->text, sentence->n_bytes,
                               TOKENIZER_SPECIAL, list));
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->items[i].id >= model->arch.n_vocab) {
            return emb_failf(model->host, EMB_E_FORMAT,
                             "%s: the tokenizer gives piece %u, but the table has %u rows",
                             model->path, list->items[i].id, model->arch.n_vocab);
        }
    }
    bool cut = !model->windowed && list->n > model->max_tokens;
    *ret_n = cut ? model->max_tokens : list->n;
    return EMB_OK;
}

emb_status plan_cut_kept(const struct emb_model *model, const struct emb_sentence *sentence,
                         struct token_list *list)
{
    uint32_t n = 0;
    emb_status status = cut_pieces(model, sentence, list, &n);
    if (status == EMB_OK && n < list->n) {
        uint32_t after = model->n_after; /* these follow the cut */
        memmove(list->items + n - after, list->items + list->n - after,
                after * sizeof *list->items);
        list->n = n;
    }
    return status;
}

/* Where the pieces of one sentence stand in its group. */
struct layout {
    const struct token_list *list;
    uint32_t row;       /* of the first window's first piece, in the group */
    uint32_t n_content; /* pieces between the special ones */
    uint32_t capacity;  /* content of a window */
    uint32_t stride;    /* content from window to window */
    uint32_t n_windows;
    uint32_t before, after;
};

static struct layout lay_out(const struct emb_model *model, const struct token_list *list)
{
    struct layout l = {.list = list, .before = model->n_before, .after = model->n_after};
    if (list->n < l.before + l.after) { /* an empty sentence of a template without specials */
        l.before = l.after = 0;
    }
    l.n_content = list->n - l.before - l.after;
    l.capacity = model->max_tokens - l.before - l.after;
    l.stride = l.capacity - l.capacity / 2;
    l.n_windows = 1;
    if (model->windowed && l.n_content > l.capacity) {
        l.n_windows = 1 + (l.n_content - l.capacity + l.stride - 1) / l.stride;
    }
    return l;
}

static uint32_t window_content(const struct layout *l, uint32_t window)
{
    uint32_t left = l->n_content - window * l->stride;
    return left < l->capacity ? left : l->capacity;
}

/* Row of piece p (of the whole list) in the group; false if it was cut away. Content in the overlap
 * of two windows is read from the one whose edge is farther. */
static bool row_of(const struct layout *l, uint32_t p, uint32_t *ret_row)
{
    if (p < l->before) {
        *ret_row = l->row + p;
        return true;
    }
    uint32_t window, offset;
    if (p >= l->before + l->n_content) { /* the closing special pieces of the last window */
        window = l->n_windows - 1;
        offset = window_content(l, window) + (p - l->before - l->n_content);
    } else {
        uint32_t c = p - l->before;
        uint32_t overlap = l->capacity - l->stride;
        window = c < overlap / 2 ? 0 : (c - overlap / 2) / l->stride;
        window = window < l->n_windows ? window : l->n_windows - 1;
        offset = c - window * l->stride;
        if (offset >= l->capacity) {
            return false;
        }
    }
    *ret_row = l->row + window * (l->capacity + l->before + l->after) + l->before + offset;
    return true;
}

struct planner {
    struct emb_model *model;
    const struct emb_batch *batch;
    struct group group;
    uint64_t output; /* row of the next target */
};

/* One more sequence of n pieces at the end of the plan, counted to `group`; its ids are the
 * caller's to fill. */
static emb_status add_sequence(struct emb_model *model, struct group *group, uint32_t n,
                               uint32_t **ret_ids)
{
    struct plan *plan = &model->plan;
    struct memory *memory = &model->memory;
    uint64_t rows = (uint64_t)plan->n_rows + n;
    if (rows > INT32_MAX) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: a batch of more than 2^31 pieces");
    }
    TRY(memory_grow(memory, &plan->ids, &plan->ids_capacity, rows, sizeof *plan->ids));
    TRY(memory_grow(memory, &plan->positions, &plan->positions_capacity, rows,
                    sizeof *plan->positions));
    TRY(memory_grow(memory, &plan->wanted, &plan->wanted_capacity, rows, sizeof *plan->wanted));
    TRY(memory_grow(memory, &plan->sequences, &plan->sequences_capacity,
                    (uint64_t)plan->n_sequences + 1, sizeof *plan->sequences));
    for (uint32_t i = 0; i < n; i++) {
        plan->positions[plan->n_rows + i] = i;
    }
    plan->sequences[plan->n_sequences++] = (struct sequence){group->n_rows, n, group->n_key_panels};
    group->n_sequences++;
    group->n_rows += n;
    group->n_wanted += n;
    group->n_key_panels += (n + KEY_PANEL - 1) / KEY_PANEL;
    *ret_ids = plan->ids + plan->n_rows;
    plan->n_rows += n;
    return EMB_OK;
}

static uint32_t window_rows(const struct layout *l, uint32_t window)
{
    return l->before + window_content(l, window) + l->after;
}

/* The first n pieces of a window. */
static emb_status add_window(struct planner *planner, const struct layout *l, uint32_t window,
                             uint32_t n)
{
    uint32_t content = window_content(l, window);
    uint32_t *ids = NULL;
    emb_status status = add_sequence(planner->model, &planner->group, n, &ids);
    for (uint32_t i = 0; status == EMB_OK && i < n; i++) {
        uint32_t p = i < l->before             ? i
                     : i < l->before + content ? i + window * l->stride
                                               : i - content + l->n_content;
        ids[i] = l->list->items[p].id;
    }
    return status;
}

static emb_status add_pick_row(struct planner *planner, uint32_t row)
{
    struct plan *plan = &planner->model->plan;
    emb_status status =
        memory_grow(&planner->model->memory, &plan->pick_rows, &plan->pick_rows_capacity,
                    (uint64_t)plan->n_pick_rows + 1, sizeof *plan->pick_rows);
    if (status == EMB_OK) {
        plan->pick_rows[plan->n_pick_rows++] = row;
    }
    return status;
}

/* Rows of the pieces that overlap the target; pieces before *from end before every later target. */
static emb_status add_target(struct planner *planner, const struct emb_sentence *sentence,
                             const struct layout *l, const struct emb_span *target, uint32_t *from)
{
    struct emb_model *model = planner->model;
    struct plan *plan = &model->plan;
    const struct emb_piece *pieces = l->list->items;
    bool special = model->special && target->begin == 0 && target->end == sentence->n_bytes;
    uint32_t first = plan->n_pick_rows;
    bool cut = false;
    while (*from < l->list->n && pieces[*from].end <= target->begin) {
        ++*from;
    }
    for (uint32_t p = special ? 0 : *from; p < l->list->n; p++) {
        bool content = pieces[p].begin < pieces[p].end;
        if (content && pieces[p].begin >= target->end) {
            break;
        }
        uint32_t row;
        if (!(content ? pieces[p].end > target->begin : special)) {
            continue;
        }
        if (!row_of(l, p, &row)) {
            cut = true;
            continue;
        }
        TRY(add_pick_row(planner, row));
    }
    uint32_t n = plan->n_pick_rows - first;
    planner->batch->word_status[planner->output] = n > 0 ? EMB_WORD_OK
                                                   : cut ? EMB_WORD_CUT
                                                         : EMB_WORD_UNKNOWN;
    if (n > 0) {
        TRY(memory_grow(&model->memory, &plan->picks, &plan->picks_capacity,
                        (uint64_t)plan->n_picks + 1, sizeof *plan->picks));
        plan->picks[plan->n_picks++] = (struct pick){planner->output, first, n};
        planner->group.n_picks++;
        return EMB_OK;
    }
    for (uint32_t s = 0; s < planner->batch->n_stages; s++) {
        memset(emb_row(planner->batch, planner->output, s), 0, model->arch.dim * sizeof(float));
    }
    return EMB_OK;
}

/* List the rows that the group's picks read. */
static void list_wanted(struct plan *plan, int32_t pooling, struct group *group)
{
    uint32_t *wanted = plan->wanted + group->row, n = 0;
    memset(wanted, 0, group->n_rows * sizeof *wanted);
    for (uint32_t p = group->pick; p < group->pick + group->n_picks; p++) {
        const uint32_t *rows = plan->pick_rows + plan->picks[p].first;
        uint32_t from = pooling == EMB_POOL_LAST ? plan->picks[p].n - 1 : 0;
        uint32_t end = pooling == EMB_POOL_FIRST ? 1 : plan->picks[p].n;
        for (uint32_t i = from; i < end; i++) {
            wanted[rows[i]] = 1;
        }
    }
    for (uint32_t r = 0; r < group->n_rows; r++) {
        if (wanted[r]) {
            wanted[n++] = r; /* n <= r: the flag there has been read */
        }
    }
    group->n_wanted = n;
}

static emb_status close_group(struct planner *planner)
{
    struct plan *plan = &planner->model->plan;
    if (planner->group.n_rows > 0) {
        list_wanted(plan, planner->batch->pooling, &planner->group);
        TRY(memory_grow(&planner->model->memory, &plan->groups, &plan->groups_capacity,
                        (uint64_t)plan->n_groups + 1, sizeof *plan->groups));
        plan->groups[plan->n_groups++] = planner->group;
    }
    planner->group =
        (struct group){.sequence = plan->n_sequences, .row = plan->n_rows, .pick = plan->n_picks};
    return EMB_OK;
}

/* How many of the sentence's rows, from its first, the vectors of its targets depend on. */
static uint32_t rows_needed(const struct emb_model *model, const struct emb_sentence *sentence,
                            const struct layout *l)
{
    uint32_t end = 0, p = l->list->n, row = 0, rows = 0;
    for (uint32_t t = 0; t < sentence->n_targets; t++) {
        end = sentence->targets[t].end > end ? sentence->targets[t].end : end;
    }
    const struct emb_piece *pieces = l->list->items;
    while (p > 0 && (pieces[p - 1].begin >= pieces[p - 1].end || pieces[p - 1].begin >= end)) {
        p--;
    }
    if (p == 0 && !model->special) {
        return 0;
    }
    bool all = model->special || !row_of(l, p - 1, &row); /* or cut away: behind all of them */
    for (uint32_t w = 0; w < l->n_windows && (all || rows <= row); w++) {
        rows += window_rows(l, w);
    }
    return model->causal && !all ? row + 1 : rows;
}

static emb_status add_sentence(struct planner *planner, const struct emb_sentence *sentence,
                               const struct token_list *list)
{
    struct layout l = lay_out(planner->model, list);
    uint32_t rows = rows_needed(planner->model, sentence, &l);
    if ((uint64_t)planner->group.n_rows + rows > GROUP_ROWS) {
        TRY(close_group(planner));
    }
    l.row = planner->group.n_rows;
    for (uint32_t w = 0; rows > 0; w++) {
        uint32_t n = window_rows(&l, w) < rows ? window_rows(&l, w) : rows;
        TRY(add_window(planner, &l, w, n));
        rows -= n;
    }
    uint32_t from = 0;
    for (uint32_t t = 0; t < sentence->n_targets; t++, planner->output++) {
        TRY(add_target(planner, sentence, &l, &sentence->targets[t], &from));
    }
    return EMB_OK;
}

struct cutting {
    struct emb_model *model;
    const struct emb_batch *batch;
    emb_status status;
};

static void cut_task(void *arg, uint32_t i, uint32_t worker)
{
    struct cutting *cutting = arg;
    (void)worker;
    uint32_t n;
    emb_status status = cut_pieces(cutting->model, &cutting->batch->sentences[i],
                                   &cutting->model->plan.lists[i], &n);
    if (status != EMB_OK) {
        __atomic_store_n(&cutting->status, status, __ATOMIC_RELAXED);
    }
}

static emb_status cut_all(struct emb_model *model, const struct emb_batch *batch)
{
    struct plan *plan = &model->plan;
    if (batch->n_sentences > plan->n_lists) {
        struct token_list *lists = memory_take(&model->memory, batch->n_sentences, sizeof *lists);
        if (!lists) {
            return no_memory(model->host, "a batch");
        }
        if (plan->lists) {
            memcpy(lists, plan->lists, plan->n_lists * sizeof *lists);
            memory_give(&model->memory, plan->lists);
        }
        plan->lists = lists;
        plan->n_lists = batch->n_sentences;
    }
    struct cutting cutting = {model, batch, EMB_OK};
    model->host->parallel_for(model->host, batch->n_sentences, cut_task, &cutting);
    /* a reason is remembered for the thread that gave it: let it be this one */
    for (uint32_t i = 0, n; cutting.status != EMB_OK && i < batch->n_sentences; i++) {
        TRY(cut_pieces(model, &batch->sentences[i], &plan->lists[i], &n));
    }
    return EMB_OK;
}

void plan_clear(struct plan *plan)
{
    plan->n_rows = plan->n_sequences = plan->n_groups = plan->n_picks = plan->n_pick_rows = 0;
}

emb_status plan_add_ids(struct emb_model *model, const uint32_t *ids, uint32_t n)
{
    struct plan *plan = &model->plan;
    struct group *group = plan->n_groups ? &plan->groups[plan->n_groups - 1] : NULL;
    if (!group || group->n_rows + n > GROUP_ROWS) {
        TRY(memory_grow(&model->memory, &plan->groups, &plan->groups_capacity,
                        (uint64_t)plan->n_groups + 1, sizeof *plan->groups));
        group = &plan->groups[plan->n_groups++];
        *group = (struct group){.sequence = plan->n_sequences, .row = plan->n_rows};
    }
    uint32_t *to = NULL;
    TRY(add_sequence(model, group, n, &to));
    memcpy(to, ids, n * sizeof *ids);
    return EMB_OK;
}

emb_status plan_make(struct emb_model *model, const struct emb_batch *batch)
{
    struct plan *plan = &model->plan;
    plan_clear(plan);
    TRY(cut_all(model, batch));
    struct planner planner = {.model = model, .batch = batch};
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        TRY(add_sentence(&planner, &batch->sentences[i], &plan->lists[i]));
    }
    return close_group(&planner);
}

void plan_finish(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->n_lists; i++) {
        token_list_finish(&plan->lists[i]);
    }
}
