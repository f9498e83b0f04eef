/*
 * fuzz_description.c - any bytes as what a plugin says of itself. What is accepted is used as the
 * registry uses it: its options are shown and given their fallbacks.
 */
#include "base/mem.h"
#include "plugin/description.h"
#include "plugin/options.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct emb_option *options, uint32_t n)
{
    struct str help = {0};
    struct emb_options *values = NULL;
    options_help(options, n, "  ", &help);
    str_finish(&help);
    if (options_create(options, n, NULL, 0, "it", &values) == 0) {
        options_destroy(values);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct wire wire = wire_of((const char *)data, size);
    struct plugin_description *models;
    uint32_t n, abi_minor;
    char *flaw = description_read(&wire, &arena, &models, &n, &abi_minor);
    for (uint32_t i = 0; !flaw && i < n; i++) {
        use(models[i].desc.options, models[i].desc.n_options);
        use(models[i].train_options, models[i].n_train_options);
    }
    free(flaw);
    arena_finish(&arena);
    return 0;
}
