/*
 * safetensors.h - the safetensors format, byte by byte.
 *
 *   0        u64, little-endian: N, bytes of the header; N <= 100,000,000 and 8 + N <= file size
 *   8        JSON object in UTF-8, N bytes, first byte '{', may end in spaces
 *   8 + N    data, up to the end of the file
 *
 * The header maps each tensor's name to an object of exactly three members:
 *   "dtype"         "F64" "F32" "F16" "BF16" "I64" "I32" "I16" "I8" "U8" "BOOL"; the other types
 *                   of the format (U16, U32, U64, F8_*, ...) are refused by name
 *   "shape"         array of integers >= 0, slowest first, row-major; [] is a scalar; 4 at most here
 *   "data_offsets"  [begin, end), bytes from the start of data
 * and, at most once, "__metadata__" to an object whose values are texts (skipped).
 *
 * Checked: the product of the shape times the element size is end - begin, without overflow; sorted
 * by place, the tensors cover data exactly: no overlap, no hole, nothing behind the last; no name
 * twice, no member twice, no unknown member. Data may lie at any alignment.
 *
 * Sharded models: shards.h.
 */
#ifndef COMMON_TENSORS_SAFETENSORS_H
#define COMMON_TENSORS_SAFETENSORS_H

#include "tensor_file.h"

#define SAFETENSORS_MAX_HEADER 100000000u /* bytes */

#endif /* COMMON_TENSORS_SAFETENSORS_H */
