/*
 * model.h - a loaded transformer: weights, tokenizer, scratch, and what its files give one another.
 *
 *     load.c      one tensor -> one matrix    load_parts.c  all of them -> weights
 *     plan.c      sentences -> sequences, groups, picks
 *     embed.c     a batch: plan, groups on the workers
 *     forward.c, forward_rows.c  a group through the blocks, a tile of its rows
 *     extract.c   stages of a group to the batch
 *     buffers.c      states, keys, rotations
 *     sequence.c  one sentence, remembered    lm.c, score.c, attention.c  emb.lm, score, attention
 *     extensions.c  emb.tokens, weights, table    transplant.c, linear_map.c  table=FILE
 *     sentence_read.c, sentence_prompt.c, sentence.c  the model's own sentence vector
 *     intervention.c  ablate=, mask=
 */
#ifndef TRANSFORMER_MODEL_H
#define TRANSFORMER_MODEL_H

#include "arch.h"
#include "kernels.h"

#include "tensors/tensors.h"
#include "tokenizer/tokenizer.h"

struct norm {
    const float *weight, *bias; /* [dim]; bias NULL where there is none */
};

struct block {
    struct norm attn_norm, ff_norm, q_norm, k_norm;
    struct matrix q, k, v, o, up, gate, down;
};

struct weights {
    const struct tensor *table; /* [n_vocab, table_dim], in the file's type */
    float *own_table;           /* the same as float32 once a row has been replaced, else NULL */
    const float *position;      /* [n_positions, table_dim] or NULL */
    const float *type;          /* [n_types, table_dim] or NULL */
    struct norm embed_norm, final_norm, head_norm;
    struct matrix embed_project, head_dense;
    struct block *blocks;         /* [n_weight_sets] */
    const float *rel_bias;        /* [n_heads, 2 * max_positions - 1] by distance, or NULL */
    const struct tensor *decoder; /* [n_vocab, dim or table_dim], NULL = no language model head */
    const float *decoder_bias;    /* [n_vocab] or NULL */
    bool head_is_there;
};

/* Rows [first, first + n) of a group that attend to one another, and their keys' first panel. */
struct sequence {
    uint32_t first, n, key_panel;
};

/* A target's pieces: rows picks[first .. first + n) of its group; row of the output. */
struct pick {
    uint64_t output;
    uint32_t first, n;
};

/* Whole sentences that go through the blocks together. */
struct group {
    uint32_t sequence, n_sequences; /* of the plan */
    uint32_t row, n_rows;           /* of the plan's ids */
    uint32_t n_key_panels;
    uint32_t pick, n_picks;
    uint32_t n_wanted; /* rows that are read from the last block; n_rows: all */
};

struct plan {
    struct token_list *lists; /* [n_lists] a sentence each, kept for their memory */
    uint32_t n_lists;
    uint32_t *ids;       /* [n_rows] pieces of all groups */
    uint32_t *positions; /* [n_rows] within their sequence */
    uint32_t *wanted;    /* [n_rows] a group's wanted rows, ascending, from its first row on */
    struct sequence *sequences;
    struct group *groups;
    struct pick *picks;
    uint32_t *pick_rows; /* rows of the pick's group */
    uint64_t ids_capacity, positions_capacity, wanted_capacity, sequences_capacity, groups_capacity,
        picks_capacity, pick_rows_capacity;
    uint32_t n_rows, n_sequences, n_groups, n_picks, n_pick_rows;
};

/* Hidden states of one group. */
struct states {
    float *x;     /* [rows, ld_x] between blocks */
    float *mid;   /* [rows, ld_x] after a block's attention */
    float *qkv;   /* [rows, ld_qkv] */
    float *keys;  /* [key panels, n_kv_heads, head_dim, KEY_PANEL] */
    uint32_t *at; /* [rows] of wanted rows: where in their sequence */
    uint32_t rows_capacity, panels_capacity;
};

/* Rows that pass a block's weights together: many, since weights come from memory each time; a
 * tile's buffers still fit the last cache beside them. */
enum { TILE_ROWS = 252, GROUP_ROWS = 512 };

/* What a worker needs for a tile. */
struct tile {
    float *normed;  /* [TILE_ROWS, ld_x] */
    float *context; /* [TILE_ROWS, ld_context] */
    float *inner;   /* [TILE_ROWS, ld_inner] */
    float *gate;    /* [TILE_ROWS, ld_inner], gated only */
    float *scratch; /* attention_scratch */
    void *work;     /* product_work, reduced precision only */
    float *row;     /* [max(dim, table_dim)] */
};

/* The sequence that states[0] were left by: as far as which stage. n = 0: by none. */
struct seen {
    uint32_t *ids; /* [n] */
    uint64_t capacity;
    uint32_t n, last_stage;
};

/* What ablate= does to a block. */
enum ablated {
    ABLATED_ATTENTION = 1,
    ABLATED_FEED_FORWARD = 2,
    ABLATED_WEIGHTS = 4, /* of attention: uniform */
    ABLATED_HEADS = 8,   /* some, by ablated_heads */
};

struct memory { /* every block a model has from the host */
    const struct emb_host *host;
    void **blocks;
    uint32_t n, capacity;
};

struct emb_model {
    const struct emb_host *host;
    char *path;
    struct arch arch;
    const struct names *names;
    const struct kernels *kernels;
    struct weights weights;
    struct tensor_file *file;
    struct tokenizer *tokenizer;
    struct memory memory;
    enum compute compute;
    bool claims_causal;     /* made by the descriptor that says EMB_CAP_CAUSAL */
    bool causal;            /* attention sees no piece to the right: as arch.causal, or by mask= */
    bool without_positions; /* ablate=positions */
    uint8_t *ablated;       /* [n_blocks] of enum ablated; NULL: nothing */
    uint8_t *ablated_heads; /* [n_blocks, n_heads] 1: this one; NULL: none */
    bool windowed;          /* long=window */
    bool head_follows;      /* tied=1: a tied output head has the replaced rows, too */
    bool special; /* special=1: a target over the whole sentence pools special pieces too */
    struct sentence *sentence; /* the model's own sentence vector, or NULL */
    uint32_t max_tokens;       /* of a sequence */
    bool asked_tokens; /* by the option max-tokens, which may be more than the settings have */
    uint32_t n_before, n_after; /* special pieces of a sequence */
    size_t ld_x, ld_qkv, ld_context, ld_inner, key_column, value_column;
    uint32_t n_stages;
    char (*stage_names)[16]; /* [n_stages] */
    /* [rope_rows, rope.dims / 2] cosines and sines of blocks that see all and of local ones */
    float *cosines[2], *sines[2];
    uint32_t rope_rows;
    struct plan plan;
    struct states *states;     /* [n_workers] */
    struct tile *tiles;        /* [n_workers] */
    struct emb_tensor *listed; /* [n_listed] for emb.weights/1 */
    uint32_t n_listed, listed_capacity;
    uint32_t table_listed;
    struct seen seen;
};

/* memory.c. Blocks live until memory_finish. NULL after host->fail-less failure: the caller says
 * no_memory(). */
void *memory_take(struct memory *memory, uint64_t n, uint64_t size);
void memory_give(struct memory *memory, void *block);
void memory_finish(struct memory *memory);
emb_status no_memory(const struct emb_host *host, const char *what);
/* Make *array hold n elements of `size` bytes; contents are kept. */
emb_status memory_grow(struct memory *memory, void *array, uint64_t *capacity, uint64_t n,
                       size_t size);

/* load_parts.c: fill model->weights from model->file by model->arch and model->names. */
emb_status load_weights(struct emb_model *model);
/* One more tensor for emb.weights/1; a copy is kept. */
emb_status weights_list(struct emb_model *model, const struct emb_tensor *entry);
/* Row `id` of the table as float32, [table_dim]. id < n_vocab. */
void table_row(const struct emb_model *model, uint32_t id, float *ret_row);

/* plan.c */
emb_status plan_make(struct emb_model *model, const struct emb_batch *batch);
void plan_finish(struct plan *plan);
/* Pieces of a sentence as the model sees them, after truncation; list is overwritten. */
emb_status plan_cut_kept(const struct emb_model *model, const struct emb_sentence *sentence,
                         struct token_list *list);
/* A plan of sequences without targets: clear it, then add. Groups as plan_make's. */
void plan_clear(struct plan *plan);
emb_status plan_add_ids(struct emb_model *model, const uint32_t *ids, uint32_t n);

/* buffers.c: make room for the plan's groups in states[0 .. n_states) and for rotations of all
 * positions. */
emb_status forward_prepare(struct emb_model *model, uint32_t n_states);

/* intervention.c. The options ablate= and mask=; arch is there, weights need not be. */
emb_status interventions_read(struct emb_model *model, const struct emb_options *values);

/* A decoder that sees what stands to the right would be asked for what it has seen. */
bool interventions_allow_predictions(const struct emb_model *model);
/* Weights of attention that is taken out could not say that nothing comes of them. */
bool interventions_allow_attention(const struct emb_model *model);

static inline bool is_ablated(const struct emb_model *model, uint32_t block, enum ablated part)
{
    return model->ablated && (model->ablated[block] & (uint8_t)part) != 0;
}

/* forward.c */
/* Push a group through as many blocks as the last wanted stage needs. spread: its row tiles on all
 * workers, else all in this thread as `worker`. The states stay in model->states[worker]. */
void forward_group(struct emb_model *model, const struct group *group, uint32_t last_stage,
                   const struct emb_batch *batch, bool spread, uint32_t worker);

/* forward_rows.c */
/* What the attention kernel is given for a sequence in block `block` (from 0), whose queries, keys
 * and values the states hold. */
struct attention attention_of(const struct emb_model *model, uint32_t block,
                              const struct sequence *sequence, const struct states *states);

/* sequence.c */
/* Pieces of a sentence as emb.tokens/1 cuts it, and their ids (memory_give); list is overwritten.
 * EMB_E_UNSUPPORTED if they are more than one sequence holds (long=window). */
emb_status sequence_of_sentence(struct emb_model *model, const struct emb_sentence *sentence,
                                struct token_list *list, uint32_t **ret_ids);
/* Make states[0] what ids leave there on their way up to last_stage, at least in row `row`. */
emb_status sequence_run(struct emb_model *model, const uint32_t *ids, uint32_t n,
                        uint32_t last_stage, uint32_t row);
/* To be called by everything that writes states[0] or changes weights. */
void sequence_forget(struct emb_model *model);

/* embed.c */
emb_status model_embed(struct emb_model *model, const struct emb_batch *batch);
/* The same, unchecked, also for pooling by OWN_POOL_*. */
emb_status model_run(struct emb_model *model, const struct emb_batch *batch);

/* sentence_read.c */
/* Ways of pooling beyond EMB_POOL_*, of sentence vectors alone. */
enum { OWN_POOL_MAX = 100, OWN_POOL_SQRT, OWN_POOL_WEIGHTED };
/* The folder of a model's files: `root`, or the one that its modules.json names. */
emb_status sentence_find(struct emb_model *model, const char *root, char *ret_path, size_t size);
/* model->sentence from the modules.json of `root`; none without one, or with long=window. After
 * arch is known. */
emb_status sentence_read(struct emb_model *model, const char *root,
                         const struct emb_options *values);

/* lm.c */
emb_status lm_check_mask(const struct emb_model *model); /* EMB_E_UNSUPPORTED: none */
bool lm_has_bos(const struct emb_model *model);
/* What the decoder multiplies, [n, ld_x], n <= TILE_ROWS: the last block's states [n, ld_x], which
 * are overwritten, after final norm and head; scratch: as large. *ret_dim: its columns. */
const float *lm_head_input(const struct emb_model *model, uint32_t n, float *states, float *scratch,
                           uint32_t *ret_dim);
/* Row `id` of the decoder as float32, [dim]. */
void lm_decoder_row(const struct emb_model *model, uint32_t id, uint32_t dim, float *ret_row);

/* extensions.c. Give this instance a float32 table of its own, whose rows may be replaced. */
emb_status table_own(struct emb_model *model);

/* transplant.c. Replace look-up rows as the options table, map, norms, ridge and table-seed say;
 * nothing without table=FILE. Tokenizer and weights are there. */
emb_status transplant(struct emb_model *model, const struct emb_options *values);

/* extensions.c, lm.c, score.c, attention.c */
const void *model_extension(struct emb_model *model, const char *id);
extern const struct emb_ext_sentence sentence_extension;
extern const struct emb_ext_lm lm_extension;
extern const struct emb_ext_score score_extension;
extern const struct emb_ext_attention attention_extension;

/* Stage i: 0 table, 1 input, then attention and output of each block, then the final norm. */
static inline uint32_t stage_of_block(uint32_t block) /* from 0: its output */
{
    return 3 + 2 * block;
}

#endif /* TRANSFORMER_MODEL_H */
