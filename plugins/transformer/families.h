/* families.h - tensor names of the families (family_names.c), for the table in families.c. */
#ifndef TRANSFORMER_FAMILIES_H
#define TRANSFORMER_FAMILIES_H

#include "arch.h"

extern const struct names names_bert, names_roberta, names_electra, names_mpnet, names_albert,
    names_distilbert, names_modernbert, names_gpt2, names_neox, names_llama;

/* What every description must satisfy before the engine computes with it; the message names file
 * and quantity. */
emb_status arch_check(const struct emb_host *host, const char *path, const struct arch *arch);

#endif /* TRANSFORMER_FAMILIES_H */
