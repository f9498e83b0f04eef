/*
 * weights.h - what proves that a model did not change: a hash of each of the program's tensors,
 * made again by the program whenever it is asked, and the model files that it named, byte by byte.
 */
#ifndef PROCESS_WEIGHTS_H
#define PROCESS_WEIGHTS_H

#include "base/json.h"
#include "embedder.h"
#include "ready.h"

enum { WEIGHTS_HASH_BYTES = 32 }; /* SHA-256 */

struct weights {
    struct emb_tensor *tensors; /* [n] files first */
    uint32_t n, n_files;
    char **file_names;                           /* [n_files] */
    unsigned char (*hashes)[WEIGHTS_HASH_BYTES]; /* [n - n_files] */
    struct json_file *said;                      /* what the tensors' names point into */
};

/* Maps the files. EMB_E_IO names one that is not a readable file. */
emb_status weights_open(const struct emb_host *host, const struct ready *ready,
                        struct weights *ret_weights);
/* said: {"tensors":[{"name":…,"shape":[…],"sha256":…},…]}, becomes the weights', in any case. */
emb_status weights_take(const struct emb_host *host, struct json_file *said,
                        struct weights *weights);
void weights_finish(struct weights *weights);

#endif /* PROCESS_WEIGHTS_H */
