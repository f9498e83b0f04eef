/*
 * ready.h - what a program says of itself in its first message, looked through.
 */
#ifndef PROCESS_READY_H
#define PROCESS_READY_H

#include "base/json.h"
#include "embedder.h"

enum { /* extensions that are known; others are ignored, as unknown keys are */
       READY_TOKENS = 1u << 0,
       READY_VOCAB = 1u << 1,
       READY_LM = 1u << 2,
       READY_SCORE = 1u << 3,
       READY_ATTENTION = 1u << 4,
       READY_WEIGHTS = 1u << 5
};

enum {
    READY_STAGES_MOST = 4096,
    READY_DIM_MOST = 1 << 20,
    READY_FILES_MOST = 4096,
    READY_LINE_MOST = 1000
};

struct ready_stage {
    const char *name;
    int32_t block;
    uint32_t is_block_output;
};

struct ready {
    struct json_file *said;                /* what the texts point into */
    const char *name, *version, *citation; /* "" where it does not say */
    uint32_t dim, n_stages, max_tokens, max_sentences /* 0 = any */, extensions /* READY_* */;
    uint64_t n_words, n_lm_pieces;
    struct ready_stage *stages; /* [n_stages] */
    const char **files;         /* [n_files] of the model, for the report */
    uint32_t n_files;
    uint32_t *n_heads; /* [n_blocks], of attention */
    uint32_t n_blocks;
};

/* said: the message, which becomes *ret_ready's, for success and for failure. kind: what the
 * descriptor claims. host->fail names what is missing or wrong. */
emb_status ready_read(const struct emb_host *host, const char *kind, struct json_file *said,
                      struct ready *ret_ready);
void ready_finish(struct ready *ready);

#endif /* PROCESS_READY_H */
