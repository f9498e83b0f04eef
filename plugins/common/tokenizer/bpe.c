/* Byte-pair encoding: merges by rank with a heap over a linked list of symbols. */
#include "tokenizer/model.h"

#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"

#include <string.h>

#define NO_SYMBOL UINT32_MAX

/* A piece so far; those of a word form a list by position. Joined ones have n_bytes 0. */
struct bpe_symbol {
    uint32_t id; /* NO_ID: a character of no piece (by_spelling only) */
    uint32_t begin, n_bytes;
    uint32_t before, after; /* NO_SYMBOL at the ends */
};

struct bpe_candidate {
    uint32_t rank;
    uint32_t left; /* symbol; equal ranks are joined from the left */
    uint32_t joined;
    uint32_t left_id, right_id; /* of the two symbols, to see whether they still stand there */
};

static uint32_t rule_slot(const struct bpe *bpe, uint32_t left, uint32_t right)
{
    uint64_t key = (uint64_t)left << 32 | right;
    return (uint32_t)((key ^ key >> 31) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & bpe->mask;
}

emb_status bpe_reserve(struct model *model, struct pool *pool, uint32_t n_rules)
{
    uint32_t n_slots = 16;
    while (n_slots / 2 < n_rules) {
        n_slots *= 2;
    }
    struct bpe *bpe = &model->bpe;
    bpe->rules = pool_alloc(pool, n_slots * sizeof *bpe->rules);
    if (!bpe->rules) {
        return EMB_E_NOMEM;
    }
    bpe->mask = n_slots - 1;
    for (uint32_t i = 0; i < n_slots; i++) {
        bpe->rules[i].rank = NO_ID;
    }
    return EMB_OK;
}

void bpe_add_rule(struct bpe *bpe, uint32_t left, uint32_t right, uint32_t joined)
{
    uint32_t s = rule_slot(bpe, left, right);
    while (bpe->rules[s].rank != NO_ID &&
           (bpe->rules[s].left != left || bpe->rules[s].right != right)) {
        s = (s + 1) & bpe->mask;
    }
    bpe->rules[s] = (struct bpe_rule){left, right, bpe->n_rules++, joined};
}

void bpe_prepare(struct model *model)
{
    find_byte_ids(&model->vocab, model->bpe.byte_ids);
    for (unsigned c = 0; c < 128; c++) {
        char text = (char)c;
        model->bpe.ascii_ids[c] = NO_ID;
        vocab_find(&model->vocab, &text, 1, &model->bpe.ascii_ids[c]);
    }
}

/* What joins two neighbours, if anything does. */
static bool find_join(const struct model *model, const struct work *work,
                      const struct bpe_symbol *left, const struct bpe_symbol *right,
                      uint32_t *ret_rank, uint32_t *ret_joined)
{
    const struct bpe *bpe = &model->bpe;
    if (bpe->by_spelling) {
        uint32_t n = left->n_bytes + right->n_bytes;
        if (!vocab_find(&model->vocab, work->text.bytes + left->begin, n, ret_joined) ||
            bpe->ranks[*ret_joined] == NO_ID) {
            return false;
        }
        *ret_rank = bpe->ranks[*ret_joined];
        return true;
    }
    uint32_t s = rule_slot(bpe, left->id, right->id);
    for (; bpe->rules[s].rank != NO_ID; s = (s + 1) & bpe->mask) {
        if (bpe->rules[s].left == left->id && bpe->rules[s].right == right->id) {
            *ret_rank = bpe->rules[s].rank;
            *ret_joined = bpe->rules[s].joined;
            return true;
        }
    }
    return false;
}

static bool precedes(const struct bpe_candidate *a, const struct bpe_candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->left < b->left;
}

static emb_status push_candidate(struct work *work, uint32_t *n, struct bpe_candidate candidate)
{
    if (!grow_items(&work->heap, &work->heap_capacity, (uint64_t)*n + 1, sizeof *work->heap)) {
        return work_no_memory(work);
    }
    struct bpe_candidate *heap = work->heap;
    uint32_t i = (*n)++;
    for (; i > 0 && precedes(&candidate, &heap[(i - 1) / 2]); i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = candidate;
    return EMB_OK;
}

static struct bpe_candidate pop_candidate(struct bpe_candidate *heap, uint32_t *n)
{
    struct bpe_candidate top = heap[0];
    struct bpe_candidate last = heap[--*n];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= *n) {
            break;
        }
        child += child + 1 < *n && precedes(&heap[child + 1], &heap[child]);
        if (!precedes(&heap[child], &last)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

/* Note the join of a symbol and its right neighbour, if there is one. */
static emb_status consider(const struct model *model, struct work *work, uint32_t left, uint32_t *n)
{
    const struct bpe_symbol *symbols = work->symbols;
    if (left == NO_SYMBOL || symbols[left].after == NO_SYMBOL) {
        return EMB_OK;
    }
    const struct bpe_symbol *right = &symbols[symbols[left].after];
    struct bpe_candidate candidate = {
        .left = left, .left_id = symbols[left].id, .right_id = right->id};
    return find_join(model, work, &symbols[left], right, &candidate.rank, &candidate.joined)
               ? push_candidate(work, n, candidate)
               : EMB_OK;
}

/* A candidate whose neighbours have changed counts all the same if they join to the same piece. */
static bool still_stands(const struct model *model, const struct work *work,
                         const struct bpe_symbol *left, const struct bpe_symbol *right,
                         const struct bpe_candidate *candidate)
{
    uint32_t rank;
    uint32_t joined;
    if (left->id == candidate->left_id && right->id == candidate->right_id && left->id != NO_ID &&
        right->id != NO_ID) {
        return true;
    }
    return find_join(model, work, left, right, &rank, &joined) && joined == candidate->joined;
}

static emb_status join_all(const struct model *model, struct work *work, uint32_t n_symbols)
{
    struct bpe_symbol *symbols = work->symbols;
    uint32_t n = 0;
    emb_status status = EMB_OK;
    for (uint32_t i = 0; i < n_symbols && status == EMB_OK; i++) {
        status = consider(model, work, i, &n);
    }
    while (n > 0 && status == EMB_OK) {
        struct bpe_candidate top = pop_candidate(work->heap, &n);
        struct bpe_symbol *left = &symbols[top.left];
        if (left->n_bytes == 0 || left->after == NO_SYMBOL) {
            continue; /* a neighbour has been joined elsewhere since */
        }
        struct bpe_symbol *right = &symbols[left->after];
        if (!still_stands(model, work, left, right, &top)) {
            continue;
        }
        left->id = top.joined;
        left->n_bytes += right->n_bytes;
        right->n_bytes = 0;
        left->after = right->after;
        if (left->after != NO_SYMBOL) {
            symbols[left->after].before = top.left;
        }
        status = consider(model, work, left->before, &n);
        if (status == EMB_OK) {
            status = consider(model, work, top.left, &n);
        }
    }
    return status;
}

/* Symbols of a word as they are made. */
struct symbol_writer {
    struct work *work;
    uint32_t n;
    uint32_t unknown_begin, unknown_bytes; /* unknown characters not yet written */
};

static emb_status add_symbol(struct symbol_writer *writer, uint32_t id, uint32_t begin,
                             uint32_t n_bytes)
{
    struct work *work = writer->work;
    uint32_t n = writer->n;
    if (!grow_items(&work->symbols, &work->symbols_capacity, (uint64_t)n + 1,
                    sizeof *work->symbols)) {
        return work_no_memory(work);
    }
    work->symbols[n] = (struct bpe_symbol){id, begin, n_bytes, n ? n - 1 : NO_SYMBOL, n + 1};
    writer->n++;
    return EMB_OK;
}

static emb_status flush_unknown(const struct bpe *bpe, struct symbol_writer *writer)
{
    if (writer->unknown_bytes == 0) {
        return EMB_OK;
    }
    uint32_t n_bytes = writer->unknown_bytes;
    writer->unknown_bytes = 0;
    return add_symbol(writer, bpe->unknown, writer->unknown_begin, n_bytes);
}

static bool has_bytes(const struct bpe *bpe, const char *bytes, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (bpe->byte_ids[(unsigned char)bytes[i]] == NO_ID) {
            return false;
        }
    }
    return true;
}

/* A character that is no piece: its bytes, or the unknown piece (one for a run of them where they
 * are fused), or nothing at all. */
static emb_status add_unknown(const struct bpe *bpe, struct symbol_writer *writer, uint32_t begin,
                              uint32_t n_bytes)
{
    const char *bytes = writer->work->text.bytes + begin;
    if (bpe->byte_fallback && has_bytes(bpe, bytes, n_bytes)) {
        for (uint32_t i = 0; i < n_bytes; i++) {
            TRY(add_symbol(writer, bpe->byte_ids[(unsigned char)bytes[i]], begin + i, 1));
        }
        return EMB_OK;
    }
    if (bpe->unknown == NO_ID) {
        return bpe->unknown_is_error
                   ? emb_failf(writer->work->host, EMB_E_FORMAT,
                               "%s: \"%.*s\" is not in the vocabulary, and the unknown piece that "
                               "the model names is not either",
                               writer->work->name, (int)n_bytes, bytes)
                   : EMB_OK;
    }
    if (!bpe->fuse_unknown) {
        TRY(flush_unknown(bpe, writer));
    }
    if (writer->unknown_bytes == 0) {
        writer->unknown_begin = begin;
    }
    writer->unknown_bytes += n_bytes;
    return EMB_OK;
}

/* Id of the character [begin, end) of a word, with the prefix of those that continue it and the
 * suffix of the one that ends it. */
static bool find_character(const struct model *model, struct work *work, uint32_t begin,
                           uint32_t end, bool continues, bool ends, uint32_t *ret_id)
{
    const struct bpe *bpe = &model->bpe;
    const char *bytes = work->text.bytes + begin;
    uint32_t n_prefix = continues ? bpe->n_prefix : 0;
    uint32_t n_suffix = ends ? bpe->n_suffix : 0;
    if (n_prefix + n_suffix == 0) {
        if (end - begin == 1) {
            *ret_id = bpe->ascii_ids[(unsigned char)*bytes];
            return *ret_id != NO_ID;
        }
        return vocab_find(&model->vocab, bytes, end - begin, ret_id);
    }
    uint32_t n = n_prefix + (end - begin) + n_suffix;
    if (!grow_items(&work->spelling, &work->spelling_capacity, n, 1)) {
        return false;
    }
    if (n_prefix) {
        memcpy(work->spelling, bpe->prefix, n_prefix);
    }
    memcpy(work->spelling + n_prefix, bytes, end - begin);
    if (n_suffix) {
        memcpy(work->spelling + n - n_suffix, bpe->suffix, n_suffix);
    }
    return vocab_find(&model->vocab, work->spelling, n, ret_id);
}

/* The characters of a word as symbols. */
static emb_status make_symbols(const struct model *model, struct work *work, uint32_t begin,
                               uint32_t end, uint32_t *ret_n)
{
    const struct bpe *bpe = &model->bpe;
    struct symbol_writer writer = {.work = work};
    for (uint32_t at = begin; at < end;) {
        uint32_t from = at;
        utf8_next(work->text.bytes, &at);
        uint32_t id = NO_ID;
        bool found = find_character(model, work, from, at, from > begin, at == end, &id);
        if (found || bpe->by_spelling) {
            TRY(flush_unknown(bpe, &writer));
            TRY(add_symbol(&writer, id, from, at - from));
        } else {
            TRY(add_unknown(bpe, &writer, from, at - from));
        }
    }
    TRY(flush_unknown(bpe, &writer));
    if (writer.n) {
        work->symbols[writer.n - 1].after = NO_SYMBOL;
    }
    *ret_n = writer.n;
    return EMB_OK;
}

/* by_spelling: characters that stayed alone and are no piece become bytes or unknown now. */
static emb_status emit_character(const struct bpe *bpe, struct work *work,
                                 const struct bpe_symbol *symbol)
{
    const char *bytes = work->text.bytes + symbol->begin;
    if (bpe->byte_fallback && has_bytes(bpe, bytes, symbol->n_bytes)) {
        for (uint32_t i = 0; i < symbol->n_bytes; i++) {
            TRY(work_emit(work, bpe->byte_ids[(unsigned char)bytes[i]], symbol->begin + i,
                          symbol->begin + i + 1));
        }
        return EMB_OK;
    }
    return bpe->unknown == NO_ID
               ? EMB_OK
               : work_emit(work, bpe->unknown, symbol->begin, symbol->begin + symbol->n_bytes);
}

emb_status bpe_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end)
{
    const struct bpe *bpe = &model->bpe;
    uint32_t id;
    if (bpe->ignore_merges &&
        vocab_find(&model->vocab, work->text.bytes + begin, end - begin, &id)) {
        return work_emit(work, id, begin, end);
    }
    uint32_t n = 0;
    TRY(make_symbols(model, work, begin, end, &n));
    TRY(join_all(model, work, n));
    for (uint32_t i = n ? 0 : NO_SYMBOL; i != NO_SYMBOL;) {
        const struct bpe_symbol *symbol = &work->symbols[i];
        TRY(symbol->id == NO_ID
                ? emit_character(bpe, work, symbol)
                : work_emit(work, symbol->id, symbol->begin, symbol->begin + symbol->n_bytes));
        i = symbol->after;
    }
    return EMB_OK;
}
