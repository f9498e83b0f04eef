/*
 * pytorch.h - the tensors of a PyTorch file (torch.save since version 1.6).
 *
 * A ZIP archive (zip.h) of stored entries in one folder, whatever its name:
 *   FOLDER/data.pkl    a pickle (pickle.h) of the object saved
 *   FOLDER/data/KEY    the bytes of the storage KEY, little-endian
 *   FOLDER/byteorder   "little" where present; "big" is refused
 *   FOLDER/version, other entries: not read
 *
 * The object must be a dictionary from texts to tensors. In the pickle
 *   BINPERSID of ("storage", torch.<T>Storage, KEY, device, elements) is a storage, and
 *   torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks
 *     [, metadata]) a view of it: offset and strides count elements, slowest dimension first;
 *   torch._utils._rebuild_parameter(tensor, requires_grad, hooks) the tensor itself;
 *   collections.OrderedDict() an empty dictionary.
 * T: Float, Half, BFloat16, Double, Long, Int, Short, Char, Byte, Bool. Nothing else is allowed.
 *
 * Checked: a storage has exactly elements * size of T bytes; every element of a view lies in its
 * storage. A contiguous view points into the map. Any other (a transposed one) is copied in
 * row-major order; a view with more elements than its storage (an expanded one) is refused, and all
 * copies together may be twice the file. metadata (conjugate and negative bits) must be empty.
 */
#ifndef COMMON_TENSORS_PYTORCH_H
#define COMMON_TENSORS_PYTORCH_H

#include "tensor_file.h"

#endif /* COMMON_TENSORS_PYTORCH_H */
