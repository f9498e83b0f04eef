/*
 * trie.h - all entries of a set of texts that a text begins with, in one walk.
 */
#ifndef TOKENIZER_TRIE_H
#define TOKENIZER_TRIE_H

#include "embedder.h"

#include <stdbool.h>

#define TRIE_NONE UINT32_MAX

struct trie_key {
    const char *text;
    uint32_t n_bytes;
    uint32_t value; /* not TRIE_NONE */
};

struct trie_node {
    uint32_t children; /* index of the first; they are side by side, by rising byte */
    uint32_t value;    /* TRIE_NONE: no entry ends here */
    uint16_t n_children;
    uint8_t byte;
    uint8_t reserved;
};

struct trie {
    const struct emb_host *host;
    struct trie_node *nodes; /* [n] node 0 is the root; NULL: empty */
    uint32_t n, capacity;
    uint32_t roots[256]; /* child of the root by byte, 0 = none */
};

/* `keys` is reordered. Of equal texts the one that is given last counts, or the first with
 * `first_wins`. Empty texts are left out. EMB_E_NOMEM, reported to the host. */
emb_status trie_build(struct trie *trie, const struct emb_host *host, struct trie_key *keys,
                      uint32_t n, bool first_wins);
void trie_finish(struct trie *trie);

/* The child of a node by byte, 0 if none. */
static inline uint32_t trie_step(const struct trie *trie, uint32_t node, unsigned char byte)
{
    if (node == 0) {
        return trie->roots[byte];
    }
    const struct trie_node *parent = &trie->nodes[node];
    const struct trie_node *child = &trie->nodes[parent->children];
    uint32_t low = 0;
    uint32_t high = parent->n_children;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (child[middle].byte < byte) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < parent->n_children && child[low].byte == byte ? parent->children + low : 0;
}

#endif /* TOKENIZER_TRIE_H */
