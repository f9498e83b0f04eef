/* fuzz_shards.c - any index of shards beside two small ones that are whole, in a model's folder. */
#include "../folder.h"
#include "tensors_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One tensor of two float32, by the name. */
static void put_shard(const char *file, const char *tensor)
{
    uint8_t bytes[128] = {0};
    int n = snprintf((char *)bytes + 8, sizeof bytes - 8,
                     "{\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", tensor);
    bytes[0] = (uint8_t)n;
    fuzz_put(file, bytes, 8 + (size_t)n + 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_folder();
    fuzz_clear();
    put_shard("a.safetensors", "x");
    put_shard("b.safetensors", "y");
    fuzz_put("model.safetensors.index.json", data, size);
    struct tensor_file *file = NULL;
    if (tensor_file_open(mini_host(1), fuzz_folder(), &file) == EMB_OK) {
        for (uint32_t i = 0; i < tensor_file_count(file); i++) {
            fuzz_touch(tensor_file_at(file, i));
        }
        tensor_file_close(file);
    } else if (mini_host_failure()[0] == '\0') {
        abort();
    }
    if (mini_host_bytes() != 0) {
        abort();
    }
    return 0;
}
