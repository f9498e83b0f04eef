/* fuzz_gguf.c - arbitrary bytes as a GGUF file; what was accepted is asked for every key in it. */
#include "tensors_fuzz.h"

#include "gguf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch_array(const struct gguf *gguf, const char *key)
{
    const char *text = NULL;
    uint64_t n = 0, n_text = 0, value = 0;
    double real = 0;
    unsigned char sum = 0;
    if (!gguf_array_length(gguf, key, &n)) {
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        if (gguf_array_text(gguf, key, i, &text, &n_text) && n_text > 0) {
            sum = (unsigned char)(sum + (unsigned char)text[0] + (unsigned char)text[n_text - 1]);
        }
        gguf_array_uint(gguf, key, i, &value);
        gguf_array_real(gguf, key, i, &real);
    }
    if (gguf_array_uint(gguf, key, n, &value)) {
        abort();
    }
    (void)sum;
}

static void touch_pair(const struct gguf *gguf, const struct gguf_pair *pair)
{
    char key[256];
    const char *text = NULL;
    uint64_t n_text = 0, value = 0;
    double real = 0;
    if (pair->n_key >= sizeof key) {
        return;
    }
    memcpy(key, pair->key, pair->n_key);
    key[pair->n_key] = '\0';
    if (gguf_find(gguf, key, pair->n_key) != pair) {
        abort();
    }
    int found = gguf_text(gguf, key, &text, &n_text) + gguf_uint(gguf, key, &value) +
                gguf_real(gguf, key, &real);
    if (found > 1 || (pair->is_array && found)) {
        abort();
    }
    touch_array(gguf, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tensor_file *file = fuzz_open(data, size);
    const struct gguf *gguf = file ? tensor_file_gguf(file) : NULL;
    for (uint64_t i = 0; gguf && i < gguf->n_pairs; i++) {
        touch_pair(gguf, &gguf->pairs[i]);
    }
    tensor_file_close(file);
    return 0;
}
