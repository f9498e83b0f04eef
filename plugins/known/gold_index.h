/*
 * gold_index.h - what the oracle knows: which sense each marked place of a sense-tagged text has.
 *
 * Read from the unified WSD framework's files, NAME.data.xml and NAME.gold.key.txt beside it (plain
 * or packed). Only what that format uses of XML is understood: <sentence>, <wf>, <instance id=…>
 * with text and character references. Places and senses are kept as hashes.
 */
#ifndef KNOWN_GOLD_INDEX_H
#define KNOWN_GOLD_INDEX_H

#include "embedder.h"

struct gold_index {
    uint64_t *slots; /* [2 * n_slots]: place, sense; place 0 is free */
    uint64_t n_slots, n;
};

/* Adds a file's instances. Errors were reported to host->fail. */
emb_status gold_index_add(const struct emb_host *host, struct gold_index *index, const char *path);
void gold_index_finish(const struct emb_host *host, struct gold_index *index);

/* The sense at bytes [begin, end) of a sentence, 0 if none is known. Never 0 for a known place. */
uint64_t gold_index_find(const struct gold_index *index, const char *text, uint32_t n_bytes,
                         uint32_t begin, uint32_t end);

/* FNV-1a with a final mix; never 0. */
uint64_t known_hash(const char *bytes, uint64_t n, uint64_t seed);

#endif /* KNOWN_GOLD_INDEX_H */
