/*
 * fuzz_sentence.c - any bytes as a folder of sentence-transformers (folder.h): modules.json and the
 * configurations of its modules, which may all lie in the folder itself (path "."), where each has
 * the name config.json. The transformer is taken for loaded, 4 numbers wide.
 */
#include "../folder.h"
#include "mini_host.h"
#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The prompt is the model's default, or asked for by name. */
static void read_with(const char *root, const char *prompt)
{
    static const struct emb_option known[] = {
        {"prompt", "auto", "by name", EMB_OPT_TEXT, 0, 1, 0},
        {"prompt-text", "", "in words", EMB_OPT_TEXT, 0, 1, 0},
    };
    static struct emb_model model;
    char path[4300];
    const struct emb_host *host = mini_host(1);
    struct emb_options *options = mini_options(known, 2, &prompt, 1);
    memset(&model, 0, sizeof model);
    model.host = model.memory.host = host;
    model.arch.dim = 4;
    emb_status status = sentence_find(&model, root, path, sizeof path);
    if (status == EMB_OK) {
        status = sentence_read(&model, root, options);
    }
    if (status != EMB_OK && mini_host_failure()[0] == '\0') {
        abort();
    }
    memory_finish(&model.memory);
    mini_options_free(options);
    if (mini_host_bytes() != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *root = fuzz_unpack(data, size);
    read_with(root, "prompt=auto");
    read_with(root, "prompt=query");
    return 0;
}
