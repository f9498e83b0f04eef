/* from.h - the model that another one starts from. */
#ifndef TRANSFORMER_LEARN_FROM_H
#define TRANSFORMER_LEARN_FROM_H

#include "arch.h"
#include "learn/training.h"
#include "tensors/tensors.h"

struct learn_from {
    const char *path; /* option from */
    struct arch arch;
    enum learn_arch of;
    struct tensor_file *file;
    bool table_only; /* keep=table */
};

/* Its parameters into the model that was made: all, or the table; a head that it lacks stays. */
emb_status learn_from_read(struct training *of);

/* What cannot be read although an option names it is the option's fault, no disk's. */
static inline emb_status learn_of_option(emb_status status)
{
    return status == EMB_E_IO ? EMB_E_OPTION : status;
}

#endif /* TRANSFORMER_LEARN_FROM_H */
