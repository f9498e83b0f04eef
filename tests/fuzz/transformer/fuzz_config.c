/* config.json of any content: an architecture the engine can hold, or a refusal. */
#include "arch.h"
#include "mini_host.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arch arch;
    const struct names *names;
    const struct emb_host *host = mini_host(1);
    if (arch_from_config_text(host, "config.json", (const char *)data, size, size % 2, &arch,
                              &names) != EMB_OK) {
        if (mini_host_failure()[0] == '\0') {
            abort(); /* refused without a reason */
        }
        return 0;
    }
    if (arch.n_heads % arch.n_kv_heads != 0 || arch.table_dim > arch.dim ||
        arch.rope.dims > arch.head_dim || arch.n_weight_sets > arch.n_blocks) {
        abort();
    }
    return 0;
}
