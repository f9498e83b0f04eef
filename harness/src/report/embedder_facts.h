/*
 * embedder_facts.h - what a report says of one embedder: what it was, and how its run ended.
 */
#ifndef REPORT_EMBEDDER_FACTS_H
#define REPORT_EMBEDDER_FACTS_H

#include "data/stage.h"

#include <stdint.h>

/* Texts are owned (free by embedder_facts_finish), NULL where not known: a run that crashed while
 * loading knows little. */
struct embedder_facts {
    char *name;        /* "minilm" */
    char *plugin;      /* "transformer" */
    char *plugin_path; /* of the .so */
    char *plugin_version;
    char *plugin_sha256;
    char *citation;   /* the plugin's */
    char *model_name; /* the model's own word, as the next; NULL: it does not say */
    char *model_version;
    char *model_citation; /* likewise, else of its manifest */
    char *licence;        /* the model's, of its manifest; NULL: it has none */
    char *kind;           /* "static", "contextual" */
    char *options;        /* as parsed, "path=…,lowercase=1" */
    char *model_path;
    char *model_sha256;
    uint64_t model_bytes; /* on disk */
    uint32_t dim;
    uint32_t n_stages;
    struct stage *stages; /* [n_stages] with names of their own */
    uint64_t n_words;     /* vocabulary, 0 = open */
    char *weights_before; /* sha256 of the parameters in memory; NULL without emb.weights/1 */
    char *weights_after;
    char *series;                 /* of one model at several times of training: its name */
    double series_tokens;         /* tokens that it had learned from; NAN: no series */
    double held_out_loss;         /* then, nats a piece, as its training said; NAN: not known */
    char *status;                 /* "ok", "failed", "crashed", "garbled", "timeout" */
    char *error;                  /* NULL if ok */
    double load_seconds, seconds; /* seconds: in all, loading included */
    uint64_t allocated_bytes;     /* by the plugin through the host, at most at once */
    uint64_t peak_rss_bytes;
    /* What the model claims of its vectors, as far as the run could see (plugin/certify.h). */
    char *claim;                /* "kept", "broken", "open": too little was seen; NULL: no run */
    char *claim_statement;      /* one sentence: what was seen, or the first offence */
    uint64_t claim_words;       /* words seen in two texts or more */
    uint64_t claim_comparisons; /* of their table rows, bit by bit */
    uint64_t claim_moves;       /* contextual: vectors compared between texts at the last stage */
    uint64_t claim_moved;       /* of these, those that differed */
    double tokens_per_second;   /* words of the data embedded, over the time inside embed() */
};

void embedder_facts_finish(struct embedder_facts *facts);

#endif /* REPORT_EMBEDDER_FACTS_H */
