/*
 * fuzz_gold.c - any bytes as the sense-tagged data that the plugin known takes its answers from:
 * x.data.xml and x.gold.key.txt of a folder (folder.h).
 */
#include "../folder.h"
#include "gold_index.h"
#include "mini_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[sizeof fuzz_place + 16];
    struct gold_index index = {0};
    snprintf(path, sizeof path, "%s/x.data.xml", fuzz_unpack(data, size));
    const struct emb_host *host = mini_host(1);
    emb_status status = gold_index_add(host, &index, path);
    if (status != EMB_OK && mini_host_failure()[0] == '\0') {
        abort();
    }
    gold_index_find(&index, "a b", 3, 0, 1);
    gold_index_finish(host, &index);
    if (mini_host_bytes() != 0) {
        abort();
    }
    return 0;
}
