/*
 * check_rules.h - what the rules of check.c share. For plugin/check*.c alone.
 */
#ifndef PLUGIN_CHECK_RULES_H
#define PLUGIN_CHECK_RULES_H

#include "plugin/check.h"
#include "plugin/guarded.h"
#include "plugin/host.h"

#include "base/arena.h"
#include "base/str.h"

/* A model under examination. */
struct check {
    const struct embedder_spec *spec;
    const struct emb_model_ops *ops;
    const struct emb_model_desc *desc; /* the plugin's own */
    uint32_t caps;
    struct host host;
    struct emb_model *model; /* NULL where none could be created */
    struct emb_model_info info;
    const char **words; /* [n_words] that the model should know; distinct */
    uint32_t n_words;
    struct arena arena;   /* of words and sentences */
    struct fence *fences; /* check_texts.c: [n_fences] what sentences point to */
    size_t n_fences, fences_capacity;
    struct str why; /* the reason of the present verdict */
};

/* A rule: KEPT, or BROKEN or SKIPPED with the reason in check->why. */
typedef enum verdict (*check_rule)(struct check *check);

enum verdict check_failed(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum verdict check_skipped(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "embed() returned -4 (a file was not understood): WHY" */
enum verdict check_failed_call(struct check *check, const char *call, emb_status status);

/* A copy of bytes behind which, at once, lies a page that cannot be read. Lives as long as the
 * check. */
void *check_fenced(struct check *check, const void *bytes, size_t n);
void check_fences_finish(struct check *check);

/* Sentences whose words are all targets. */
struct sample {
    struct emb_sentence *sentences; /* [n] */
    uint32_t n;
    uint64_t n_rows;
};

/* text: words between single blanks; the array and what it points to live in the check's arena. */
struct emb_sentence check_sentence(struct check *check, const char *text);
/* The usual sample: every word of the check in some sentence, lengths 1 to 12. */
struct sample check_sample(struct check *check);
/* Row of word w of sentence i. */
uint64_t sample_row(const struct sample *sample, uint32_t i, uint32_t w);

/* Vectors of a sample. Free with vectors_finish. */
struct vectors {
    struct guarded out;
    uint32_t n_stages;
};

/* How to ask: stages NULL = all of the model. */
struct ask {
    const uint32_t *stages;
    uint32_t n_stages;
    int32_t pooling;
    uint64_t stage_stride; /* 0 = wide */
};

/* Embeds and checks what came (plugin/guarded.h). BROKEN with the reason if it went wrong; vectors
 * are then finished already. */
enum verdict check_embed(struct check *check, const struct sample *sample, const struct ask *ask,
                         struct vectors *ret_vectors);
/* The same sample, all stages, once more into the same vectors, which are not looked at. */
enum verdict check_embed_again(struct check *check, const struct sample *sample,
                               struct vectors *vectors);
const float *vectors_at(const struct vectors *vectors, uint64_t row, uint32_t stage);
void vectors_finish(struct vectors *vectors);

/* check_interrupt.c: embed() of samples[0], stopped at random places while samples[1] is embedded
 * by another thread. */
enum verdict check_interrupted(struct check *check, const struct sample samples[2],
                               const struct vectors expected[2]);

/* Are all rows and states the same, bit by bit? */
bool vectors_equal(const struct vectors *a, const struct vectors *b);

/* check_embed.c */
enum verdict rule_rows(struct check *check);
enum verdict rule_equal_batches(struct check *check);
enum verdict rule_strides(struct check *check);
enum verdict rule_stage_subsets(struct check *check);
enum verdict rule_poolings(struct check *check);
enum verdict rule_no_targets(struct check *check);
enum verdict rule_plain_text(struct check *check);
enum verdict rule_odd_text(struct check *check);
/* check_texts.c */
enum verdict rule_bytes(struct check *check);
/* check_heap.c */
enum verdict rule_heap(struct check *check);
/* check_claims.c */
enum verdict rule_static(struct check *check);
enum verdict rule_table(struct check *check);
enum verdict rule_contextual(struct check *check);
enum verdict rule_causal(struct check *check);
enum verdict rule_concurrent(struct check *check);
enum verdict rule_two_models(struct check *check);
/* check_extensions.c */
enum verdict rule_unknown_extension(struct check *check);
enum verdict rule_tokens(struct check *check);
enum verdict rule_vocab(struct check *check);
enum verdict rule_weights(struct check *check);
enum verdict rule_table_extension(struct check *check);
enum verdict rule_lm(struct check *check);
enum verdict rule_score(struct check *check);
enum verdict rule_attention(struct check *check);
enum verdict rule_about(struct check *check);
enum verdict rule_sentence(struct check *check);
enum verdict rule_train(struct check *check);

#endif /* PLUGIN_CHECK_RULES_H */
