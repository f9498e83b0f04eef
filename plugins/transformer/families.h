/*
 * families.h - the families of models: what reads their configuration (families.c), and what their
 * tensors are called (family_names.c).
 */
#ifndef TRANSFORMER_FAMILIES_H
#define TRANSFORMER_FAMILIES_H

#include "arch.h"
#include "config.h"

extern const struct names names_bert, names_roberta, names_electra, names_mpnet, names_albert,
    names_distilbert, names_modernbert, names_gpt2, names_neox, names_llama;

enum { FAMILY_KEYS = 40 };

/* One family of models. */
struct family {
    const char *model_type;
    emb_status (*read)(const struct config *c, struct arch *arch);
    const struct names *names;
    const char *keys[FAMILY_KEYS]; /* all that the reader reads */
};

const struct family *families_find(const char *model_type); /* NULL: not known */
/* Refuses a configuration whose model_type is not known, by the names of those that are. */
emb_status families_unknown(const struct config *c);

/* What every description must satisfy before the engine computes with it; the message names file
 * and quantity. */
emb_status arch_check(const struct emb_host *host, const char *path, const struct arch *arch);

#endif /* TRANSFORMER_FAMILIES_H */
