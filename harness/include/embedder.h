/*
 * embedder.h - the binary contract between the harness and an embedder plugin.
 *
 * The one header a plugin needs. One exported data symbol, constant descriptors, options parsed by
 * the host, outputs allocated by the host, all stages in one call, extensions by string id.
 * Compiles alone as C99 to C2x and as C++17, and under clang -Wpadded.
 *
 * Reading order: 1 rules, 2 status, 3 host, 4 descriptor, 5 batch, 6 model, 7 entry, 8 extensions
 *
 * 1 RULES
 * Strings   UTF-8, NUL-terminated unless a length sits beside them.
 * Offsets   Bytes, half-open [begin, end).
 * Matrices  float32, row-major, shape written [slowest, ..., fastest]; strides count floats.
 * Memory    Who allocates frees. The host allocates every output buffer.
 * Lifetime  Descriptors and entry: for ever (the host never unmaps a plugin). host: from
 *           create() until destroy() has returned. Arguments: until the call returns.
 * Failure   0 or a negative emb_status. On failure no ret_ argument has been written.
 *           Never exit(), abort() or longjmp() across this border; no C++ exception crosses it.
 * Threads   [any] any thread, concurrently; [model] any thread, one at a time per model.
 * Growth    A struct that starts with struct_size may gain members at its end within one
 *           ABI major: test with EMB_HAS. A struct marked frozen is an array element.
 */
/* The columns of comments are set by hand. */
/* clang-format off */
#ifndef EMBEDDER_H
#define EMBEDDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EMB_ABI_MAJOR 1 /* part of the entry symbol's name */
#define EMB_ABI_MINOR 1 /* +1 for each member or extension appended */

/* True if *p, as its author compiled it, has member m. */
#define EMB_HAS(p, type, m) ((p)->struct_size >= offsetof(type, m) + sizeof((p)->m))

#define EMB_EXPORT __attribute__((visibility("default")))

/* 2 STATUS */

typedef int32_t emb_status;

enum {
    EMB_OK = 0,
    EMB_E_NOMEM = -1,       /* allocation failed */
    EMB_E_INVAL = -2,       /* caller broke this contract */
    EMB_E_IO = -3,          /* file missing, short or unreadable */
    EMB_E_FORMAT = -4,      /* file read but not understood */
    EMB_E_OPTION = -5,      /* option unknown, missing or out of range */
    EMB_E_UNSUPPORTED = -6, /* this model cannot do that; not a fault */
    EMB_E_CANCELLED = -7,   /* progress() said stop */
    EMB_E_INTERNAL = -8     /* a bug; say so in the message */
};

/* 3 HOST SERVICES */

enum { EMB_LOG_DEBUG, EMB_LOG_INFO, EMB_LOG_WARN, EMB_LOG_ERROR };

struct emb_options; /* parsed by the host against emb_model_desc.options */

struct emb_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    void *ctx; /* the host's; do not touch */

    /* One finished line, no trailing newline. [any] */
    void (*log)(const struct emb_host *host, int32_t level, const char *line);

    /* Remember why this thread is about to fail; returns code, so that
     * `return host->fail(host, EMB_E_IO, why);` reads as one act. [any] */
    emb_status (*fail)(const struct emb_host *host, emb_status code, const char *why);

    /* At least bytes bytes, 64-byte aligned, zeroed; NULL if out of memory. Counted per model
     * in the report. free(NULL) is fine. [any] */
    void *(*alloc)(const struct emb_host *host, size_t bytes);
    void (*free)(const struct emb_host *host, void *block);

    /* done of total units (total 0 = unknown). EMB_E_CANCELLED: clean up and return it. [any] */
    emb_status (*progress)(const struct emb_host *host, uint64_t done, uint64_t total);

    /* body(arg, i, worker) for each i in [0, n), worker in [0, n_workers); returns when all are
     * done. Nested calls run serially. BLAS is single-threaded inside bodies. [any] */
    void (*parallel_for)(const struct emb_host *host, uint32_t n,
                         void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg);
    uint32_t n_workers; /* >= 1, constant */
    uint32_t reserved;

    /* Option values; defaults applied and ranges checked by the host. [any] */
    const char *(*opt_text)(const struct emb_options *options, const char *name);
    int64_t (*opt_int)(const struct emb_options *options, const char *name);
    double (*opt_real)(const struct emb_options *options, const char *name);

    /* A host extension table, or NULL. Owned by the host. [any] */
    const void *(*extension)(const struct emb_host *host, const char *id);
};

/* 4 DESCRIPTOR: constant data, so that listing a plugin runs none of its code */

enum {
    EMB_CAP_STATIC = 1u << 0,     /* a word's vector ignores its sentence */
    EMB_CAP_CONTEXTUAL = 1u << 1, /* it does not */
    EMB_CAP_CAUSAL = 1u << 2,     /* only the words to the left count */
    EMB_CAP_CONCURRENT = 1u << 3  /* embed() is [any] instead of [model] */
};

/* SEED (ABI 1.1; a host of 1.0 refuses it): an INT that something random starts from. Where the user
 * does not set it, the host does from its own --seed, so that runs with several seeds differ.
 * CHANGE (ABI 1.1; a host of 1.0 refuses it): a TEXT, printable and without '|', that makes another
 * model of the same files for an experiment. Where it differs from its fallback it stands in the
 * signature of every figure, and in the name of an embedder that is given none. */
enum {
    EMB_OPT_TEXT,
    EMB_OPT_PATH,
    EMB_OPT_INT,
    EMB_OPT_REAL,
    EMB_OPT_FLAG,
    EMB_OPT_SEED,
    EMB_OPT_CHANGE
};

struct emb_option { /* frozen */
    const char *name;     /* "window" */
    const char *fallback; /* as typed by a user; NULL = required */
    const char *help;     /* one line */
    int32_t kind;         /* EMB_OPT_* */
    int32_t reserved;
    double min, max; /* INT, SEED and REAL; min > max = unbounded */
};

struct emb_model_desc {
    uint32_t struct_size;
    uint32_t caps;        /* EMB_CAP_*, a claim that `harness check` puts to the test */
    const char *id;       /* stable, lower case: "glove" */
    const char *name;     /* for people: "GloVe" */
    const char *version;  /* of the implementation: "1.2.0" */
    const char *citation; /* one line, goes into every report */
    const struct emb_option *options; /* [n_options] */
    uint32_t n_options;
    uint32_t reserved;
};

/* 5 BATCH */

struct emb_span { /* frozen */
    uint32_t begin, end; /* bytes in the sentence, begin < end */
};

struct emb_sentence { /* frozen */
    const char *text;                  /* not NUL-terminated */
    const struct emb_span *words;      /* [n_words] the data set's own tokens, in order; none = plain text */
    const struct emb_span *targets;    /* [n_targets] whose vectors are wanted, by begin */
    uint32_t n_bytes, n_words, n_targets, reserved;
};

enum { EMB_POOL_MEAN, EMB_POOL_FIRST, EMB_POOL_LAST }; /* pieces of a target -> one vector */

enum { /* per target; none of these fails the call */
    EMB_WORD_OK,
    EMB_WORD_UNKNOWN, /* out of vocabulary: its rows are zero */
    EMB_WORD_CUT,     /* beyond the model's window: its rows are zero */
    EMB_WORD_BACKOFF  /* found after lower-casing or the like */
};

struct emb_batch {
    uint32_t struct_size;
    uint32_t n_sentences;
    const struct emb_sentence *sentences; /* [n_sentences] */
    const uint32_t *stages;               /* [n_stages] wanted, ascending; see emb_stage */
    uint32_t n_stages;
    int32_t pooling; /* EMB_POOL_* */
    /* Outputs. A row is a target; rows follow the targets of sentence 0, then 1, ... R rows. */
    float *vectors;        /* [R, n_stages, dim], strides below */
    uint8_t *word_status;  /* [R], EMB_WORD_* */
    uint64_t row_stride;   /* floats between rows, >= n_stages * dim */
    uint64_t stage_stride; /* floats between stages, >= dim */
};

/* 6 MODEL */

struct emb_model; /* the plugin's own */

struct emb_model_info {
    uint32_t struct_size; /* set by the caller */
    uint32_t dim;
    uint32_t n_stages;   /* >= 1 */
    uint32_t max_tokens; /* per sentence, special tokens included; 0 = unbounded */
    uint64_t n_words;    /* vocabulary; 0 = open (subwords) */
};

/* A point of the forward pass at which a word's vector can be read. The first is always the
 * look-up table row alone: what a static embedder has, and all that it has.
 *   "table"        the row, no position, no normalisation
 *   "input"        what enters the first block (position, type, normalisation applied)
 *   "3.attention"  after block 3's attention and its residual
 *   "3"            after block 3 (its feed-forward part and residual); the usual "layer 3"   */
struct emb_stage {
    uint32_t struct_size; /* set by the caller */
    int32_t block;        /* 0 = before the first block, 1.. = block number */
    const char *name;     /* valid until destroy() */
    uint32_t is_block_output; /* 1: one of the usual layers (input, 1, 2, ...) */
    uint32_t reserved;
};

struct emb_model_ops {
    uint32_t struct_size;
    uint32_t reserved;

    /* Load the model. Slow work belongs here, with progress(). [any] */
    emb_status (*create)(const struct emb_host *host, const struct emb_model_desc *desc,
                         const struct emb_options *options, struct emb_model **ret_model);

    /* NULL is fine. No call on the model is running or will follow. [model] */
    void (*destroy)(struct emb_model *model);

    /* Fill the members that struct_size admits. Cheap. [any] */
    emb_status (*info)(const struct emb_model *model, struct emb_model_info *info);
    emb_status (*stage)(const struct emb_model *model, uint32_t i, struct emb_stage *stage);

    /* Fill batch->vectors and batch->word_status. Equal batches give equal bytes; regrouping the
     * same sentences may move the last bits (BLAS picks a kernel by shape), so the host alone
     * decides the grouping, by a rule free of the core count.
     * [model], or [any] with EMB_CAP_CONCURRENT */
    emb_status (*embed)(struct emb_model *model, const struct emb_batch *batch);

    /* A model extension table (section 8), or NULL. Valid until destroy(); model may be NULL for
     * emb.train/1 alone. [any] */
    const void *(*extension)(struct emb_model *model, const char *id);
};

/* 7 ENTRY */

struct emb_plugin_model { /* frozen */
    const struct emb_model_desc *desc;
    const struct emb_model_ops *ops;
};

struct emb_plugin_entry {
    uint32_t struct_size;
    uint32_t abi_minor;   /* EMB_ABI_MINOR the plugin was compiled with */
    const char *built_by; /* compiler and version, for the report */
    const struct emb_plugin_model *models; /* [n_models] */
    uint32_t n_models;
    uint32_t reserved;
};

#define EMB_ENTRY_SYMBOL "emb_plugin_entry_v1"
extern EMB_EXPORT const struct emb_plugin_entry emb_plugin_entry_v1;

/* 8 EXTENSIONS
 *
 * Asked for by id through emb_model_ops.extension; a table never changes, its id does. A plugin
 * offers those that make sense for it and answers NULL to every other id. All but emb.train/1
 * belong to a model; emb.train/1 is asked for with model == NULL. */

/* emb.tokens/1: the cut of a sentence into the pieces that the model sees. */
#define EMB_EXT_TOKENS "emb.tokens/1"
#define EMB_NO_WORD UINT32_MAX

struct emb_piece { /* frozen */
    uint32_t begin, end; /* bytes in the sentence; begin == end for a special piece */
    uint32_t id;         /* row of the look-up table */
    uint32_t word;       /* index into emb_sentence.words, EMB_NO_WORD if none */
};

struct emb_ext_tokens {
    /* Writes min(capacity, *ret_n) pieces, special ones included; *ret_n is how many there are
     * after the model's own truncation. [any] */
    emb_status (*cut)(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n);
    /* The vocabulary's own spelling of a piece, NUL-terminated, or NULL. Valid until destroy().
     * [any] */
    const char *(*spelling)(struct emb_model *model, uint32_t id);
};

/* emb.vocab/1: a closed vocabulary and its table, read-only: neighbours, analogies. */
#define EMB_EXT_VOCAB "emb.vocab/1"

struct emb_ext_vocab {
    /* Word i of [0, info.n_words) in the file's order, not NUL-terminated. [any] */
    const char *(*word)(struct emb_model *model, uint64_t i, uint32_t *ret_n_bytes);
    /* EMB_WORD_OK, EMB_WORD_BACKOFF or EMB_WORD_UNKNOWN; *ret_i is written unless unknown. [any] */
    int32_t (*find)(struct emb_model *model, const char *word, uint32_t n_bytes, uint64_t *ret_i);
    /* The table [n_words, dim], float32, *ret_row_stride floats from row to row. NULL if the
     * table is not held as float32. Valid until destroy() or emb.table/1's set_row. [any] */
    const float *(*table)(struct emb_model *model, uint64_t *ret_row_stride);
};

/* emb.weights/1: every parameter in memory, so that a run can prove that none changed. */
#define EMB_EXT_WEIGHTS "emb.weights/1"

enum {
    EMB_TYPE_F32,
    EMB_TYPE_F16,
    EMB_TYPE_BF16,
    EMB_TYPE_I8,
    EMB_TYPE_I32,
    EMB_TYPE_OTHER /* packed or quantised: bytes only */
};

struct emb_tensor { /* frozen */
    const char *name; /* as the model file calls it */
    const void *data; /* as held in memory, contiguous */
    uint64_t n_bytes;
    uint64_t shape[4]; /* slowest first */
    uint32_t n_dims;   /* <= 4 */
    int32_t type;      /* EMB_TYPE_* */
};

struct emb_ext_weights {
    uint32_t (*count)(struct emb_model *model);                                       /* [any] */
    emb_status (*tensor)(struct emb_model *model, uint32_t i, struct emb_tensor *ret); /* [any] */
};

/* emb.table/1: read and replace rows of the look-up table in this instance only (GloVe vectors put
 * into a transformer's table). Rows are [dim] as the stage "table" shows them. */
#define EMB_EXT_TABLE "emb.table/1"

struct emb_ext_table {
    uint64_t (*n_rows)(struct emb_model *model);                                     /* [any] */
    emb_status (*get_row)(struct emb_model *model, uint64_t id, float *ret_row);     /* [model] */
    emb_status (*set_row)(struct emb_model *model, uint64_t id, const float *row);   /* [model] */
};

/* emb.lm/1: what the model expects at a place. Natural logarithms. */
#define EMB_EXT_LM "emb.lm/1"

struct emb_ext_lm {
    uint64_t (*n_pieces)(struct emb_model *model); /* entries of a distribution. [any] */
    /* Distribution of piece number `piece` (counted as emb.tokens/1 cuts, special ones included,
     * up to and including the one after the last). EMB_CAP_CAUSAL: given the pieces before it;
     * else: that piece masked, given all others. [model] */
    emb_status (*log_probs)(struct emb_model *model, const struct emb_sentence *sentence,
                            uint32_t piece, float *ret_log_probs);
};

/* emb.score/1: how likely the model finds each piece of a sentence in its place, all in one call.
 * Natural logarithms. EMB_CAP_CAUSAL: given the pieces before it (one forward pass); else: each
 * piece masked in turn, given all others (pseudo-log-likelihood, Salazar et al. 2020). */
#define EMB_EXT_SCORE "emb.score/1"

struct emb_ext_score {
    /* One number for each of the n_pieces that emb.tokens/1 cuts, in its order: NaN for special
     * pieces, and for a first piece that nothing stands before. capacity >= n_pieces, else
     * EMB_E_INVAL. [model] */
    emb_status (*pieces)(struct emb_model *model, const struct emb_sentence *sentence,
                         uint32_t capacity, float *ret_log_probs /* [n_pieces] */);
};

/* emb.attention/1: from where a piece takes what it becomes, in each head of each block. */
#define EMB_EXT_ATTENTION "emb.attention/1"

struct emb_ext_attention {
    uint32_t (*n_blocks)(struct emb_model *model); /* >= 1. [any] */
    /* Heads of block `block`, counted from 1; 0 = there is no such block. [any] */
    uint32_t (*n_heads)(struct emb_model *model, uint32_t block);
    /* Weights after the softmax of piece number `piece` (the query) over all pieces (the keys) as
     * emb.tokens/1 cuts them, special ones included: each row adds up to 1, and is 0 where the
     * model may not look. EMB_E_INVAL: no such block or piece. [model] */
    emb_status (*weights)(struct emb_model *model, const struct emb_sentence *sentence,
                          uint32_t block /* 1.. */, uint32_t piece,
                          float *ret_weights /* [n_heads, n_pieces] */);
};

/* emb.sentence/1: a sentence as one vector, in the way the model was made to give it. */
#define EMB_EXT_SENTENCE "emb.sentence/1"

struct emb_ext_sentence {
    /* How a target that is its whole text is pooled under EMB_POOL_MEAN, as signatures tell it:
     * "mean", or "mean+special" where special pieces count. Valid until destroy(). [any] */
    const char *(*whole)(struct emb_model *model);
    /* What the model's own sentence vector is made by, "mean+special,normalise", in signatures,
     * too; NULL: it has none, so that dim() and embed() are not called. Valid until destroy(). [any] */
    const char *(*own)(struct emb_model *model);
    uint32_t (*dim)(struct emb_model *model); /* of such a vector. [any] */
    /* Plain texts that are not empty; their words and targets are not looked at. [model] */
    emb_status (*embed)(struct emb_model *model, const struct emb_sentence *sentences,
                        uint32_t n_sentences, float *ret_vectors /* [n_sentences, dim] */);
    /* Why there is none where the model's files describe one, in a line; NULL: they do not, or
     * there is one. Valid until destroy(). [any] */
    const char *(*refusal)(struct emb_model *model);
};

/* emb.about/1: what a model says of itself, for plugins whose models have authors of their own (a
 * descriptor speaks of the plugin): into every report, beside the plugin's name and citation. */
#define EMB_EXT_ABOUT "emb.about/1"

struct emb_ext_about {
    /* Each one line of at most 1000 bytes, valid until destroy(); NULL: it does not say. [any] */
    const char *(*name)(struct emb_model *model);     /* "all-MiniLM-L6-v2" */
    const char *(*version)(struct emb_model *model);  /* "2.1" */
    const char *(*citation)(struct emb_model *model); /* "Wang et al. 2020, MiniLM" */
};

/* emb.stop/1, the host's own, asked for through emb_host.extension: does the host still want what it
 * waits for? For plugins whose calls take long. One that asked within the last half second is given
 * a second to return EMB_E_CANCELLED, tidily, before its process is ended; others are ended at
 * once. Unlike progress(), asking is no sign of life. */
#define EMB_EXT_STOP "emb.stop/1"

struct emb_ext_stop {
    int32_t (*wanted)(const struct emb_host *host); /* 0: return EMB_E_CANCELLED. [any] */
};

/* emb.train/1: make a model of this kind from text. */
#define EMB_EXT_TRAIN "emb.train/1"

struct emb_corpus {
    uint32_t struct_size;
    uint32_t reserved;
    void *ctx;
    uint64_t n_bytes; /* of text in all, uncompressed; 0 = unknown */
    /* Next block of whole lines; *ret_n_bytes 0 at the end. Valid until the next call. [model] */
    emb_status (*next)(void *ctx, const char **ret_text, uint64_t *ret_n_bytes);
    /* Back to the first line. EMB_E_UNSUPPORTED where the text comes once (a pipe). [model] */
    emb_status (*rewind)(void *ctx);
};

struct emb_train_state {
    uint32_t struct_size;
    uint32_t phase_number; /* 1.. */
    const char *phase;     /* "vocabulary", "co-occurrences", "epoch 3/5" */
    uint64_t done, total;  /* in units */
    const char *unit;      /* "words", "records" */
    double loss;           /* mean since the last report, NaN if none yet */
    double rate;           /* units a second */
};

struct emb_train_request {
    uint32_t struct_size;
    uint32_t n_threads; /* >= 1 */
    const struct emb_options *options; /* parsed against emb_ext_train.options */
    const struct emb_corpus *corpus;
    uint64_t seed;
    uint64_t memory_bytes;   /* the trainer's budget, 0 = its own default */
    const char *output;      /* file to make, by temporary file and rename */
    const char *checkpoint;  /* file to save to when report() cancels; NULL = none */
    const char *resume_from; /* a checkpoint, or NULL */
    void *ctx;
    /* At most some ten times a second; EMB_E_CANCELLED: save the checkpoint and return it. [model] */
    emb_status (*report)(void *ctx, const struct emb_train_state *state);
};

struct emb_train_result {
    uint32_t struct_size; /* set by the caller */
    uint32_t dim;
    uint64_t n_words;       /* vocabulary */
    uint64_t corpus_tokens; /* running words read, once */
    double seconds;
    double loss; /* of the last pass, NaN if not known */
};

struct emb_ext_train {
    const struct emb_option *options; /* [n_options], parsed by the host as a model's are */
    uint32_t n_options;
    uint32_t reserved;
    emb_status (*train)(const struct emb_host *host, const struct emb_train_request *request,
                        struct emb_train_result *result); /* [any] */
};

#ifdef __cplusplus
}
#endif

#endif /* EMBEDDER_H */
