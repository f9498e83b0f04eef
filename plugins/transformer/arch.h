/*
 * arch.h - a transformer described by data: what the engine (forward_rows.c) computes and under
 * which names a model file keeps the weights. read_config.c fills it from config.json by the
 * families of families.c, gguf_arch.c from GGUF metadata.
 *
 * One block, from hidden states x [n, dim] (norms by `pre_norm`):
 *
 *     post:  a = N1(x + O attend(Q x, K x, V x))     x' = N2(a + F(a))
 *     pre:   a = x + O attend(Q N1 x, ...)           x' = a + F(N2 a); parallel: x' = a + F(N2 x)
 *     F(u) = D act(U u); gated: D (act(G u) * U u)
 */
#ifndef TRANSFORMER_ARCH_H
#define TRANSFORMER_ARCH_H

#include "kernels.h"

#include "embedder.h"

enum norm_kind { NORM_LAYER, NORM_RMS };

enum rope_scaling {
    ROPE_PLAIN,
    ROPE_LINEAR, /* angles divided by factor */
    ROPE_LLAMA3, /* low frequencies divided, high kept, a ramp between */
    ROPE_YARN,   /* Peng et al. 2023 */
};

enum { ROPE_MAX_DIVISORS = 256 };

/* Rotary positions (Su et al. 2021) on the first `dims` of a head; 0 = none. */
struct rope {
    uint32_t dims;
    bool interleaved; /* pairs (2i, 2i + 1) instead of (i, i + dims / 2) */
    enum rope_scaling scaling;
    double theta;                                 /* base of the wave lengths */
    double factor, low_freq, high_freq, original; /* LLAMA3; factor alone: LINEAR */
    double beta_fast, beta_slow,
        attention_factor; /* YARN, with factor and original; 0 = computed */
    double mscale, mscale_all;
    bool truncate;       /* YARN: correction range rounded to whole dimensions */
    uint32_t n_divisors; /* 0, or dims / 2 that the frequencies are divided by */
    float divisors[ROPE_MAX_DIVISORS];
};

enum { NO_WINDOW = UINT32_MAX, ARCH_MAX_BLOCKS = 4096 };

struct arch {
    const char *family; /* "bert" */
    uint32_t n_blocks;
    uint32_t n_weight_sets; /* distinct blocks: n_blocks, fewer where they are shared (ALBERT) */
    uint32_t dim;           /* of the hidden states */
    uint32_t table_dim;     /* of a look-up row: dim, less where the table is factorised */
    uint32_t n_heads, n_kv_heads, head_dim;
    uint32_t inner;           /* of the feed-forward part */
    uint32_t n_vocab;         /* rows of the table */
    uint32_t max_positions;   /* pieces of a sequence, at most */
    uint32_t n_positions;     /* rows of the learned position table, 0 = none */
    uint32_t position_offset; /* its row of the first piece */
    uint32_t n_types;         /* rows of the segment table, 0 = none; row 0 is used */
    enum norm_kind norm;
    float norm_eps;
    bool norm_bias;
    bool pre_norm;
    bool embed_norm;        /* a norm on what enters the first block */
    bool first_norm_absent; /* block 1 reads x as it is (ModernBERT) */
    bool final_norm;        /* a norm after the last block: the stage "norm" */
    bool qk_norm;           /* RMS over each head of queries and keys, before rotation (Qwen3) */
    bool paired_rows;       /* rows of Q and K stand as interleaved rotation has them (GGUF) */
    bool qkv_bias, o_bias, ff_bias;
    enum activation act;
    bool gated, parallel;
    bool causal;
    uint32_t window;      /* a local row sees keys at most `window` away, itself at 0 */
    uint32_t rel_buckets; /* relative position bias shared by all blocks (MPNet), 0 = none */
    uint8_t local[ARCH_MAX_BLOCKS / 8]; /* bit i % 8 of byte i / 8: block i (from 0) is local */
    struct rope rope, rope_local;       /* rope_local: of local blocks; dims 0 = as rope */
    bool tied;                          /* the output head is the table */
    enum activation head_act;
    float head_norm_eps;
    uint32_t bos, mask; /* ids, UINT32_MAX = not named by the configuration */
};

enum qkv_layout {
    QKV_APART,    /* three tensors */
    QKV_THIRDS,   /* one: all of Q, all of K, all of V */
    QKV_PER_HEAD, /* one: head 0's Q, K, V, head 1's ... (GPT-NeoX) */
};

/* Tensor names of a family, without ".weight" and ".bias". %u: number of the block (from 0), of
 * ALBERT's groups the group. NULL: there is none. */
struct names {
    const char *prefixes[4]; /* tried in this order before every name but `decoder` and `head_*` */
    const char *word, *position, *type, *embed_norm, *embed_project;
    const char *block;
    const char *attn_norm, *q, *k, *v, *qkv, *q_norm, *k_norm, *o;
    const char *ff_norm, *up, *gate, *gate_up, *down;
    const char *final_norm, *rel_bias;
    const char *head_dense, *head_norm; /* before the decoder (masked language models) */
    const char *decoder;                /* untied: its weight; its bias if there is one */
    const char *decoder_bias;           /* complete name of a bias that stands elsewhere */
    enum qkv_layout layout;
    bool transposed;  /* matrices are [in, out] (GPT-2's Conv1D) */
    bool gate_second; /* gate_up keeps the gate in its second half */
};

/* Read config.json (or the metadata of a GGUF file) into *ret_arch and the names that go with it.
 * EMB_E_UNSUPPORTED: unknown architecture or a key that changes the mathematics, named. */
emb_status arch_from_config(const struct emb_host *host, const char *path, bool allow_unknown,
                            struct arch *ret_arch, const struct names **ret_names);
emb_status arch_from_config_text(const struct emb_host *host, const char *path, const char *text,
                                 size_t n_bytes, bool allow_unknown, struct arch *ret_arch,
                                 const struct names **ret_names);
struct tensor_file;
emb_status arch_from_gguf(const struct emb_host *host, const char *path,
                          const struct tensor_file *file, struct arch *ret_arch,
                          const struct names **ret_names);

static inline bool arch_names_local(const struct arch *arch, uint32_t i)
{
    return i < ARCH_MAX_BLOCKS && (arch->local[i / 8] >> i % 8 & 1) != 0;
}

/* Whether block i (from 0) attends within the window only. */
static inline bool arch_is_local(const struct arch *arch, uint32_t i)
{
    return arch->window != NO_WINDOW && arch_names_local(arch, i);
}

/* Angular frequencies of the rotated pairs, [rope.dims / 2], and the factor on cos and sin. */
void rope_frequencies(const struct arch *arch, bool local, float *ret_frequencies,
                      float *ret_magnitude);

#endif /* TRANSFORMER_ARCH_H */
