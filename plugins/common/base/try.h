/* try.h - how a failure is passed on. */
#ifndef COMMON_TRY_H
#define COMMON_TRY_H

#include "embedder.h"

/* Returns what `call` returned unless that is EMB_OK. For functions with nothing to clean up. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const emb_status try_status = (call);                                                      \
        if (try_status != EMB_OK) {                                                                \
            return try_status;                                                                     \
        }                                                                                          \
    } while (0)

/* The same in a function that cleans up at its label `finish:`; what failed is in `status`. */
#define TRY_OR_FINISH(call)                                                                        \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status) {                                                                              \
            goto finish;                                                                           \
        }                                                                                          \
    } while (0)

#endif /* COMMON_TRY_H */
