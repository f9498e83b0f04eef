/*
 * settings.h - options shared by the trainers, and all options of a run as text.
 */
#ifndef TRAIN_SETTINGS_H
#define TRAIN_SETTINGS_H

#include "train/corpus.h"
#include "train/output.h"

#define TRAIN_VERSION "1.0.0"

/* How text is cut into words, and with what means: the end of every trainer's option list. */
/* clang-format off */
#define SETTINGS_TEXT_OPTIONS                                                                      \
    {"lowercase", "0", "lower-case the text",                    \
     EMB_OPT_FLAG, 0, 0, 1},                                                                       \
    {"strip-punctuation", "0",                                                                     \
     "words are letters and digits with an apostrophe suffix; all else separates",                 \
     EMB_OPT_FLAG, 0, 0, 1},                                                                       \
    {"unicode", "0", "letters and digits of all scripts, not of ASCII alone",                \
     EMB_OPT_FLAG, 0, 0, 1},                                                                       \
    {"memory", "0", "gigabytes to use; 0 = as the request says, else 4",                           \
     EMB_OPT_REAL, 0, 0, 1e6},                                                                     \
    {"kernel", "auto", "inner loops: auto, reference, vector, avx2 or avx512",                     \
     EMB_OPT_TEXT, 0, 1, 0}
/* clang-format on */

int64_t setting_int(const struct train_job *job, const char *name);
double setting_real(const struct train_job *job, const char *name);
const char *setting_text(const struct train_job *job, const char *name);
/* The value of an option as text: buf or the host's own. */
const char *setting_value(const struct train_job *job, const struct emb_option *option, char *buf,
                          size_t n);

struct word_rules settings_word_rules(const struct train_job *job);

/* job_init with the options "memory" and "kernel". EMB_E_OPTION, EMB_E_INVAL (a request that breaks
 * the contract). */
struct kernels;
emb_status settings_begin(struct train_job *job, const struct emb_host *host,
                          const struct emb_train_request *request, const char *model,
                          const struct kernels **ret_kernels);

/* FNV-1a of "name=value\n" of every option but memory, then of the seed: runs of equal hash over
 * the same corpus do the same work. */
uint64_t settings_hash(const struct train_job *job, const struct emb_ext_train *table);

/* "options": {NAME: VALUE, ...}, as a member of a JSON object, with a comma behind it. */
void settings_write_options(struct output *file, const struct train_job *job,
                            const struct emb_ext_train *table);

/* What the JSON file beside the output tells. */
struct run_facts {
    const struct emb_ext_train *table;
    const struct corpus *corpus;
    const char *kernel;
    uint32_t dim;
    int deterministic;       /* same bytes for any number of workers */
    uint64_t n_records;      /* co-occurrences; 0 = none */
    double loss;             /* of the last pass */
    double training_seconds; /* without reading the corpus */
};

/* Make the request's output, filled by write(arg, file), and "OUTPUT.json" beside it; neither is
 * put in place before both are safe on the disk; then fill *result (NULL is fine). The JSON file
 * is one object:
 * {"format": "harness-training/1", "model", "version", "output", "corpus": {"bytes", "fnv1a64",
 * "lines", "tokens" (running words), "types", "trained_tokens" (in the vocabulary)}, "options":
 * {...}, "seed", "threads", "deterministic", "kernel", "words", "dim", "records" (GloVe), "loss",
 * "seconds" in all, "reading_seconds",
 * "counting_seconds" and "shuffling_seconds" (GloVe), "training_seconds", "resumed"}. */
emb_status settings_publish(const struct train_job *job, const struct run_facts *facts,
                            void (*write)(void *arg, struct output *file), void *arg,
                            struct emb_train_result *result);

#endif /* TRAIN_SETTINGS_H */
