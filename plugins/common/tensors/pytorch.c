#include "tensor_file.h"

#include "embedder_util.h"

emb_status pytorch_read(struct tensor_file *file, const struct tensor_map *map)
{
    return emb_failf(file->host, EMB_E_UNSUPPORTED, "%s: PyTorch files are not read yet",
                     map->path);
}
