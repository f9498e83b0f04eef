/*
 * model.h - what a started program is to the plugin: what it said of itself, the memory it shares,
 * and the conversation.
 */
#ifndef PROCESS_MODEL_H
#define PROCESS_MODEL_H

#include "base/json.h"
#include "embedder.h"
#include "program.h"
#include "ready.h"
#include "shared.h"
#include "text.h"

#include <pthread.h>

/* The host as readers of messages see it: what they give as a reason is kept here as well, to go
 * into the reason why the program is ended. */
struct ear {
    struct emb_host api; /* the host's, but for fail */
    const struct emb_host *host;
    char reported[1024];
};

struct emb_model {
    const struct emb_host *host;
    struct ear ear;
    const char *kind; /* "static", "contextual" or "causal", by the descriptor */
    struct program program;
    struct ready ready;    /* what it said of itself */
    struct shared shared;  /* memory where it writes */
    pthread_mutex_t lock;  /* one question at a time: [any] functions of extensions take it too */
    struct text question;  /* scratch, under the lock */
    uint64_t last_id;      /* of the questions so far */
    double last_sign;      /* seconds by the clock: of life, passed on to the host */
    char dead[1536];       /* why no further question makes sense; "" = it lives */
    struct extras *extras; /* extensions.c; NULL until asked for */
};

/* talk.c: the conversation. All but talk_begin under the lock. */

void talk_init(struct emb_model *model);
/* The head of a question of that type into model->question, as far as its id, which is returned;
 * members follow, each with its comma. */
uint64_t talk_begin(struct emb_model *model, const char *type);
/* Ends the question, asks it, waits for the answer with that id: "done" (in *ret_answer, where not
 * NULL, to be freed with json_free), or an error, reported. */
emb_status talk_ask(struct emb_model *model, uint64_t id, struct json_file **ret_answer);
/* The first exchange: fills model->ready. options: an object in JSON. */
emb_status talk_hello(struct emb_model *model, const struct text *options);
/* Makes the shared memory at least that large, telling the program. */
emb_status talk_share(struct emb_model *model, uint64_t bytes);
/* Asks the program to end, and ends it. */
void talk_bye(struct emb_model *model);

/* embed.c */
emb_status model_embed(struct emb_model *model, const struct emb_batch *batch);

/* extensions.c */
const void *model_extension(struct emb_model *model, const char *id);
emb_status extras_load(struct emb_model *model); /* what must be there before the first call */
void extras_free(struct emb_model *model);

#endif /* PROCESS_MODEL_H */
