/* A whole GGUF model of any content: opened, one sentence embedded at all stages, closed. */
#include "embedder.h"
#include "mini_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct emb_plugin_entry emb_plugin_entry_v1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void embed(struct emb_model *model, const struct emb_model_ops *ops)
{
    struct emb_model_info info = {.struct_size = sizeof info};
    ops->info(model, &info);
    static const char text[] = "p7 p9 \xc3\xa9t\xc3\xa9 p11 \xff p12";
    struct emb_span all = {0, sizeof text - 1};
    struct emb_sentence sentence = {text, NULL, &all, sizeof text - 1, 0, 1, 0};
    uint32_t *stages = calloc(info.n_stages, sizeof *stages);
    float *out = calloc((size_t)info.n_stages * info.dim, sizeof *out);
    uint8_t status;
    for (uint32_t s = 0; stages && s < info.n_stages; s++) {
        stages[s] = s;
    }
    struct emb_batch batch = {.struct_size = sizeof batch,
                              .n_sentences = 1,
                              .sentences = &sentence,
                              .stages = stages,
                              .n_stages = info.n_stages,
                              .vectors = out,
                              .word_status = &status,
                              .row_stride = (uint64_t)info.n_stages * info.dim,
                              .stage_stride = info.dim};
    if (stages && out) {
        ops->embed(model, &batch);
    }
    free(stages);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("model", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size) {
        abort();
    }
    char path[64];
    snprintf(path, sizeof path, "path=/proc/self/fd/%d", file);
    const char *pairs[] = {path, "max-tokens=8"};
    const struct emb_plugin_model *plugin = &emb_plugin_entry_v1.models[0];
    struct emb_options *options =
        mini_options(plugin->desc->options, plugin->desc->n_options, pairs, 2);
    struct emb_model *model = NULL;
    emb_status status = plugin->ops->create(mini_host(1), plugin->desc, options, &model);
    if (status == EMB_OK) {
        embed(model, plugin->ops);
        plugin->ops->destroy(model);
    } else if (mini_host_failure()[0] == '\0') {
        abort();
    }
    if (mini_host_bytes() != 0) {
        abort();
    }
    mini_options_free(options);
    close(file);
    return 0;
}
