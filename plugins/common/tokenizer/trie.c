/* Builds a trie of texts and walks it. */
#include "tokenizer/trie.h"

#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by text; among equal ones by the order they were given in, which keys lie in memory by
 * before the sort: so it is put into `order`. */
struct ordered_key {
    struct trie_key key;
    uint32_t order;
};

static int compare_keys(const void *a, const void *b)
{
    const struct ordered_key *left = a;
    const struct ordered_key *right = b;
    uint32_t n = left->key.n_bytes < right->key.n_bytes ? left->key.n_bytes : right->key.n_bytes;
    int order = memcmp(left->key.text, right->key.text, n);
    if (order) {
        return order;
    }
    if (left->key.n_bytes != right->key.n_bytes) {
        return left->key.n_bytes < right->key.n_bytes ? -1 : 1;
    }
    return left->order < right->order ? -1 : left->order > right->order;
}

static bool same_text(const struct trie_key *a, const struct trie_key *b)
{
    return a->n_bytes == b->n_bytes && memcmp(a->text, b->text, a->n_bytes) == 0;
}

/* Sort, drop empty and shadowed keys; returns how many are left. */
static emb_status sort_keys(const struct emb_host *host, struct trie_key *keys, uint32_t n,
                            bool first_wins, uint32_t *ret_n)
{
    struct ordered_key *sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    if (!sorted) {
        return emb_failf(host, EMB_E_NOMEM, "out of memory for a vocabulary");
    }
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = (struct ordered_key){keys[i], i};
    }
    qsort(sorted, n, sizeof *sorted, compare_keys);
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool shadowed = first_wins ? left > 0 && same_text(&keys[left - 1], &sorted[i].key)
                                   : i + 1 < n && same_text(&sorted[i].key, &sorted[i + 1].key);
        if (!shadowed && sorted[i].key.n_bytes) {
            keys[left++] = sorted[i].key;
        }
    }
    free(sorted);
    *ret_n = left;
    return EMB_OK;
}

static bool add_node(struct trie *trie, uint8_t byte)
{
    if (trie->n == trie->capacity) {
        uint32_t capacity = trie->capacity ? trie->capacity * 2 : 256;
        struct trie_node *nodes = capacity > trie->capacity
                                      ? trie->host->alloc(trie->host, capacity * sizeof *nodes)
                                      : NULL;
        if (!nodes) {
            return false;
        }
        if (trie->nodes) {
            memcpy(nodes, trie->nodes, trie->n * sizeof *nodes);
            trie->host->free(trie->host, trie->nodes);
        }
        trie->nodes = nodes;
        trie->capacity = capacity;
    }
    trie->nodes[trie->n++] = (struct trie_node){.value = TRIE_NONE, .byte = byte};
    return true;
}

struct pending { /* a node whose keys are [begin, end), all with its `depth` bytes in common */
    uint32_t node, begin, end, depth;
};

/* Make the children of one node and put them at the end of the queue. */
static bool expand(struct trie *trie, const struct trie_key *keys, struct pending at,
                   struct pending *queue, uint32_t *n_queue)
{
    uint32_t i = at.begin;
    if (keys[i].n_bytes == at.depth) {
        trie->nodes[at.node].value = keys[i++].value;
    }
    trie->nodes[at.node].children = trie->n;
    while (i < at.end) {
        uint8_t byte = (uint8_t)keys[i].text[at.depth];
        uint32_t begin = i;
        while (i < at.end && (uint8_t)keys[i].text[at.depth] == byte) {
            i++;
        }
        queue[(*n_queue)++] = (struct pending){trie->n, begin, i, at.depth + 1};
        if (!add_node(trie, byte)) {
            return false;
        }
        trie->nodes[at.node].n_children++;
    }
    return true;
}

emb_status trie_build(struct trie *trie, const struct emb_host *host, struct trie_key *keys,
                      uint32_t n, bool first_wins)
{
    *trie = (struct trie){.host = host};
    emb_status status = sort_keys(host, keys, n, first_wins, &n);
    if (status || n == 0) {
        return status;
    }
    /* Level by level: nodes of a level have disjoint keys, so two levels' queues suffice. */
    struct pending *levels[2] = {malloc(n * sizeof **levels), malloc(n * sizeof **levels)};
    bool good = levels[0] && levels[1] && add_node(trie, 0);
    uint32_t n_now = 0;
    if (good) {
        levels[0][n_now++] = (struct pending){0, 0, n, 0};
    }
    for (int now = 0; good && n_now; now = !now) {
        uint32_t n_next = 0;
        for (uint32_t i = 0; good && i < n_now; i++) {
            good = expand(trie, keys, levels[now][i], levels[!now], &n_next);
        }
        n_now = n_next;
    }
    free(levels[0]);
    free(levels[1]);
    if (!good) {
        trie_finish(trie);
        return emb_failf(host, EMB_E_NOMEM, "out of memory for a vocabulary");
    }
    for (uint32_t i = 0; i < trie->nodes[0].n_children; i++) {
        uint32_t child = trie->nodes[0].children + i;
        trie->roots[trie->nodes[child].byte] = child;
    }
    return EMB_OK;
}

void trie_finish(struct trie *trie)
{
    if (trie->host) {
        trie->host->free(trie->host, trie->nodes);
    }
    *trie = (struct trie){0};
}
