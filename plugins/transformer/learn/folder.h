/*
 * folder.h - a trained model as a Hugging Face folder that appears whole or not at all: files are
 * made in OUTPUT.tmp-XXXXXX beside it, flushed to the disk, and the folder is renamed.
 *
 *   config.json        model_type gpt2, llama or bert
 *   model.safetensors  float32 or float16, names as GPT2LMHeadModel, LlamaForCausalLM,
 *                      BertForMaskedLM or, without a head, BertModel saves them
 *   tokenizer.json     and tokenizer_config.json
 *   held-out.txt       the lines that the model did not learn from
 *   training.json      how it came to be
 *   at-PIECES/         snapshots: such folders, without held-out.txt
 *
 * An earlier model of the same name (a folder with a training.json) is replaced; anything else of
 * that name is refused before work begins.
 */
#ifndef TRANSFORMER_LEARN_FOLDER_H
#define TRANSFORMER_LEARN_FOLDER_H

#include "learn/learn.h"
#include "train/output.h"

struct learn_folder {
    const struct train_job *job;
    char *path;      /* the temporary one */
    int lock;        /* held on it: one that nobody has locked is cleared away by the host */
    char *file_path; /* of the file asked for last */
};

/* EMB_E_OPTION if something else stands at the output's place, EMB_E_IO. */
emb_status learn_folder_open(struct learn_folder *folder, const struct train_job *job);
/* "TEMPORARY/name", valid until the next call. */
const char *learn_folder_file(const struct learn_folder *folder, const char *name);
/* One file, made by write(arg, file). */
emb_status learn_folder_write(const struct learn_folder *folder, const char *name,
                              void (*write)(void *arg, struct output *file), void *arg);
/* A copy of a file. */
emb_status learn_folder_copy(const struct learn_folder *folder, const char *name, const char *from);
/* What a model's files say beside its parameters. */
struct learn_facts {
    bool half;                    /* float16 */
    bool lowercase;               /* BERT's tokenizer */
    uint32_t end, pad;            /* numbers of the end-of-text piece, of BERT's padding */
    const char *end_text;         /* its spelling */
    const char *tokenizer_config; /* a file to copy if it is there, or NULL */
};
/* model_files.c. config.json, model.safetensors, tokenizer_config.json. */
emb_status learn_folder_write_model(const struct learn_folder *folder,
                                    const struct learn_model *model,
                                    const struct learn_facts *facts);
emb_status learn_folder_commit(struct learn_folder *folder);
void learn_folder_finish(struct learn_folder *folder); /* what is not committed is removed */

/* A folder inside, for learn_folder_copy() and the writing functions; left in every case. */
emb_status learn_folder_sub(const struct learn_folder *parent, const char *name,
                            struct learn_folder *ret_sub);
void learn_folder_leave(struct learn_folder *sub);
/* A folder inside, out to CHECKPOINT.snapshots/ if it is not there yet, and in again, where it
 * stays there, too, until learn_folder_unpark(). empty_first: what is there is of another run.
 * EMB_E_IO.
 */
emb_status learn_folder_park(const struct learn_folder *folder, const char *name,
                             const char *checkpoint, bool empty_first);
emb_status learn_folder_fetch(const struct learn_folder *folder, const char *name,
                              const char *checkpoint);
void learn_folder_unpark(const struct train_job *job, const char *checkpoint);

#endif /* TRANSFORMER_LEARN_FOLDER_H */
