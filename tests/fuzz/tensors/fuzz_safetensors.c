/* fuzz_safetensors.c - arbitrary bytes as a safetensors file. */
#include "tensors_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tensor_file_close(fuzz_open(data, size));
    return 0;
}
