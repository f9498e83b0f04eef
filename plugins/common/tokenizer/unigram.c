/* Unigram segmentation: the most probable cut by Viterbi's algorithm. */
#include "tokenizer/model.h"

#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"

#include <math.h>
#include <stdlib.h>

#define UNKNOWN_PENALTY 10.0 /* below the least likely piece, as SentencePiece has it */

/* The best cut of the text up to here. */
struct unigram_node {
    double score;
    uint32_t begin; /* of its last piece; NO_ID: no cut ends here */
    uint32_t id;
};

emb_status unigram_prepare(struct model *model)
{
    struct unigram *unigram = &model->unigram;
    const struct vocab *vocab = &model->vocab;
    find_byte_ids(vocab, unigram->byte_ids);
    double least = INFINITY;
    for (uint32_t i = 0; i < unigram->n_scores; i++) {
        least = unigram->scores[i] < least ? unigram->scores[i] : least;
    }
    unigram->unknown_score = least - UNKNOWN_PENALTY;
    if (unigram->single) {
        unigram->unknown_score = (double)(float)unigram->unknown_score;
    }
    struct trie_key *keys = malloc(((size_t)vocab->n + 1) * sizeof *keys);
    if (!keys) {
        return emb_failf(vocab->host, EMB_E_NOMEM, "out of memory for a vocabulary");
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < vocab->n; i++) {
        const struct vocab_entry *entry = &vocab->entries[i];
        if (!isnan(unigram->scores[entry->id])) {
            keys[n++] = (struct trie_key){vocab->bytes + entry->text, entry->n_bytes, entry->id};
        }
    }
    emb_status status = trie_build(&unigram->trie, vocab->host, keys, n, false);
    free(keys);
    return status;
}

/* SentencePiece keeps its sums as floats but compares a new one before it is rounded, which decides
 * between cuts of the same pieces in another order. */
static void offer(const struct unigram *unigram, struct unigram_node *node, double score,
                  uint32_t begin, uint32_t id)
{
    if (node->begin == NO_ID || score > node->score) {
        score = unigram->single ? (double)(float)score : score;
        *node = (struct unigram_node){score, begin, id};
    }
}

/* The best cut of every prefix of text[0, n). False: an unknown character, and no unknown piece. */
static bool find_cuts(const struct unigram *unigram, const char *text, uint32_t n,
                      struct unigram_node *nodes)
{
    for (uint32_t i = 1; i <= n; i++) {
        nodes[i] = (struct unigram_node){.begin = NO_ID};
    }
    nodes[0] = (struct unigram_node){.begin = 0};
    for (uint32_t begin = 0; begin < n;) {
        double score = nodes[begin].score;
        uint32_t next = begin;
        utf8_next(text, &next);
        bool is_piece = false; /* the character alone */
        uint32_t node = 0;
        for (uint32_t at = begin; at < n; at++) {
            node = trie_step(&unigram->trie, node, (unsigned char)text[at]);
            if (node == 0) {
                break;
            }
            uint32_t id = unigram->trie.nodes[node].value;
            if (id != TRIE_NONE) {
                offer(unigram, &nodes[at + 1], unigram->scores[id] + score, begin, id);
                is_piece |= at + 1 == next;
            }
        }
        if (!is_piece) {
            if (unigram->unknown == NO_ID) {
                return false;
            }
            offer(unigram, &nodes[next], unigram->unknown_score + score, begin, unigram->unknown);
        }
        begin = next;
    }
    return true;
}

/* Text of no piece: its bytes, each standing for the whole of it, or the unknown piece. */
static emb_status emit_unknown(const struct model *model, struct work *work, uint32_t begin,
                               uint32_t end)
{
    const struct unigram *unigram = &model->unigram;
    const char *bytes = work->text.bytes;
    bool has_bytes = unigram->byte_fallback;
    for (uint32_t i = begin; i < end && has_bytes; i++) {
        has_bytes = unigram->byte_ids[(unsigned char)bytes[i]] != NO_ID;
    }
    uint32_t id;
    if (vocab_find(&model->vocab, bytes + begin, end - begin, &id)) {
        return work_emit(work, id, begin, end); /* "<unk>" itself, or a run that spells a piece */
    }
    if (!has_bytes) {
        return work_emit(work, unigram->unknown, begin, end);
    }
    for (uint32_t i = begin; i < end; i++) {
        TRY(work_emit(work, unigram->byte_ids[(unsigned char)bytes[i]], begin, end));
    }
    return EMB_OK;
}

/* Turn the way back from nodes[n] into the way there: afterwards the pieces are nodes[i].begin,
 * nodes[i].id for i in [ret_first, n). Unknown neighbours are one where they are fused. */
static uint32_t reverse_way(const struct unigram *unigram, struct unigram_node *nodes, uint32_t n)
{
    uint32_t to = n + 1;
    for (uint32_t end = n; end > 0;) {
        struct unigram_node piece = nodes[end];
        uint32_t before = piece.begin;
        while (unigram->fuse_unknown && piece.id == unigram->unknown && before > 0 &&
               nodes[before].id == unigram->unknown) {
            before = nodes[before].begin;
        }
        piece.begin = before;
        nodes[--to] = piece; /* to > before: a piece has a byte or more */
        end = before;
    }
    return to;
}

emb_status unigram_cut(const struct model *model, struct work *work, uint32_t begin, uint32_t end)
{
    const struct unigram *unigram = &model->unigram;
    uint32_t n = end - begin;
    if (!grow_items(&work->nodes, &work->nodes_capacity, (uint64_t)n + 2, sizeof *work->nodes)) {
        return work_no_memory(work);
    }
    struct unigram_node *nodes = work->nodes;
    if (!find_cuts(unigram, work->text.bytes + begin, n, nodes)) {
        return emb_failf(work->host, EMB_E_FORMAT,
                         "%s: a character is not in the vocabulary, and it has no unknown piece",
                         work->name);
    }
    uint32_t first = reverse_way(unigram, nodes, n);
    for (uint32_t i = first; i <= n; i++) {
        uint32_t from = begin + nodes[i].begin;
        uint32_t to = i < n ? begin + nodes[i + 1].begin : end;
        TRY(nodes[i].id == unigram->unknown ? emit_unknown(model, work, from, to)
                                            : work_emit(work, nodes[i].id, from, to));
    }
    return EMB_OK;
}
