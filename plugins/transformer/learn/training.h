/*
 * training.h - one run of the trainer, as its files share it.
 *
 *   train.c    options, the run from text to folder      batches.c  windows, a step, held-out loss
 *   side.c     training.json and the checkpoint          start.c    where parameters begin
 *   from.c     the model of from=
 *   snapshots.c  models kept on the way             masked.c   BERT's windows and losses
 *   tokenizers.c learned, given, or another model's    applies.c  options that say nothing here
 */
#ifndef TRANSFORMER_LEARN_TRAINING_H
#define TRANSFORMER_LEARN_TRAINING_H

#include "learn/bpe.h"
#include "learn/folder.h"
#include "learn/learn.h"
#include "learn/text.h"
#include "learn/wordpieces.h"

#include <stdio.h>

#define END_OF_TEXT "<|endoftext|>"

enum {
    MOST_ROWS = 4096,
    CURVE = 20,
    CURVE_PIECES = 1 << 15,
    MOST_SNAPSHOTS = 64,
    LEARN_SNAPSHOT_NAME = 32,
    LEARN_PATH = 4096
};

/* A point of the learning curve. */
struct moment {
    uint64_t pieces;
    double loss, held_out; /* NAN: no lines are held out */
};

/* Pieces of the text that a sequence is made of. */
struct window {
    uint64_t from;
    uint32_t n;
};

/* What is known of the run so far; it travels with the checkpoint. */
struct training_record {
    struct moment curve[CURVE + 1], snapshots[MOST_SNAPSHOTS];
    uint64_t n_curve, n_snapshots;
    double recent; /* loss, decaying mean over some 50 updates */
    double spent;  /* seconds of training before this part of the run */
};

struct training {
    struct train_job *job;
    struct learn_text text;
    struct bpe bpe;
    struct wordpieces wordpieces;
    struct tokenizer *tokenizer;
    struct learn_folder folder;
    struct learn_model model;
    struct learn_scratch scratch;
    struct learn_adamw how;
    uint32_t *ids, *targets; /* [room.most_rows] */
    uint32_t *lengths;       /* [room.most_rows] of masked learning's sequences */
    uint32_t *places;        /* [context] scratch of masking */
    uint32_t *order;         /* [n_windows] of this epoch */
    uint64_t n_windows, epoch;
    struct window *windows; /* [n_windows] of masked learning */
    uint64_t batch;         /* pieces a step */
    uint32_t per_step;      /* windows */
    uint64_t n_steps, warm_up;
    uint64_t frozen_tokens; /* the table learns after so many; UINT64_MAX: never */
    enum learn_arch arch;
    enum compute compute;
    enum learn_recompute recompute;
    bool is_masked;       /* objective=masked */
    bool is_senses;       /* objective=senses */
    bool cosine, is_half; /* is_half: dtype=f16 */
    uint32_t end;         /* number of the piece before each line; of BERT's [SEP] */
    uint32_t begin, mask; /* of BERT's [CLS] and [MASK] */
    struct training_record record;
    struct learn_from *from; /* start.c: the model that this one starts from, or NULL */
    double began, seconds;   /* of training: when, and how long in all */
};

/* Room for a batch of n sequences, of which the host's log is told how large it is and why. */
emb_status learn_make_room(struct training *of, uint32_t n_sequences);
/* Room for a batch; after room is made. */
emb_status learn_make_batch(struct training *of);
/* How many updates, of what. After the model is made. */
emb_status learn_plan(struct training *of);
/* Options that cannot act in this run: EMB_E_OPTION, unless they are at their defaults (a default
 * that is given cannot be told from none). After objective and architecture are known. */
emb_status learn_check_applies(const struct training *of);
/* The same of one option that only the caller knows to be idle; read_where: "with table=FILE". */
emb_status learn_refuse_unread(const struct training *of, const char *name, const char *read_where);
/* Share of option minutes that is behind; 0: there is none. */
double learn_time(const struct training *of);
/* One update's gradient, in as many parts as there is room for. Returns the mean loss. */
double learn_gradient(struct training *of, uint64_t step);
/* Mean loss of the held-out lines' pieces, each line by itself behind an end of text, what lies
 * beyond the context left out; of the first `most` pieces. NAN: there are none. */
double learn_held_out_loss(struct training *of, uint64_t most);

/* Which window of the text is number `number` of the run, counted over epochs. */
uint32_t learn_window(struct training *of, uint64_t number);
double learn_sum_losses(const struct training *of);
/* masked.c: what learn_gradient() and learn_held_out_loss() do there. */
double learn_masked_gradient(struct training *of, uint64_t step);
double learn_masked_held_out_loss(struct training *of, uint64_t most);

/* tokenizers.c. tokenizer.json into the folder, and from there. */
emb_status learn_get_tokenizer(struct training *of);

/* start.c. The model of from=FOLDER is opened, and closed in every case. */
emb_status learn_from_open(struct training *of);
void learn_from_close(struct training *of);
enum learn_arch learn_from_arch(const struct training *of);
/* Number of the piece that it puts before a text; UINT32_MAX: none is named, or no model. */
uint32_t learn_from_end(const struct training *of);
/* "FOLDER/name" of from=. */
emb_status learn_from_file(const struct training *of, const char *name, char ret_path[LEARN_PATH]);
/* Sizes by the options and by from=; n_pieces: of the tokenizer. */
emb_status learn_shape(const struct training *of, uint32_t n_pieces, struct learn_shape *ret_shape);
/* The parameters of the model that was made: drawn, read, the rows of table=FILE put in. */
emb_status learn_begin(struct training *of);
/* Options table, map, norms and table-train, before anything is read. */
emb_status learn_read_table_options(struct training *of);
/* As table-train says; after the model is made. */
void learn_freeze_table(struct training *of);

/* snapshots.c. Keeps the model if this is a moment to; held-out loss over all held-out lines. */
emb_status learn_snapshot(struct training *of);
/* To the checkpoint's side, and back from where it was resumed. */
emb_status learn_snapshots_park(struct training *of);
emb_status learn_snapshots_fetch(struct training *of);
void learn_snapshots_write(const struct training *of, struct output *file);
static inline void learn_snapshot_name(uint64_t pieces, char ret_name[LEARN_SNAPSHOT_NAME])
{
    snprintf(ret_name, LEARN_SNAPSHOT_NAME, "at-%llu", (unsigned long long)pieces);
}

/* train.c: emb.train/1 and its options. */
extern const struct emb_ext_train learn_train;

/* The model's files into a folder. */
emb_status learn_write_model(const struct training *of, const struct learn_folder *folder);
/* Every parameter as float16 has it. */
void learn_round_to_half(struct learn_model *model);

/* What stands in a checkpoint: load and save. */
emb_status learn_resume(struct training *of);
emb_status learn_save(struct training *of);
/* BEFORE and a number, or null where it is not finite. */
void learn_write_real(struct output *file, const char *before, double value);
/* training.json, for learn_folder_write(). */
void learn_write_side(void *arg, struct output *file);

#endif /* TRANSFORMER_LEARN_TRAINING_H */
