/*
 * shards.h - models cut into several files: model.safetensors.index.json and
 * pytorch_model.bin.index.json.
 *
 * A JSON object:
 *   "weight_map"  object: tensor name -> file name, in the index's own folder
 *   "metadata"    anything (skipped), as are other members
 *
 * Checked: file names have no '/' and are not hidden; each is read once; every tensor of the
 * weight_map is in the file it names. A tensor that no weight_map names is loaded with a warning;
 * one that two shards hold is refused.
 */
#ifndef COMMON_TENSORS_SHARDS_H
#define COMMON_TENSORS_SHARDS_H

#include "tensor_file.h"

#endif /* COMMON_TENSORS_SHARDS_H */
