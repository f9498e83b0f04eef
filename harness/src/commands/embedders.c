#include "commands/embedders.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int add_spec(struct embedders *embedders, const char *text)
{
    embedders->specs = mem_resize(embedders->specs, embedders->n + 1, sizeof *embedders->specs);
    int status = spec_parse(&embedders->registry, text, &embedders->specs[embedders->n]);
    embedders->n += status == 0;
    return status;
}

/* "minilm" means the prepared embedder of that name, unless a plugin is called so as well. */
static int add_named(struct embedders *embedders, const char *text)
{
    const struct catalogue_entry *entry =
        strpbrk(text, "=:,") ? NULL : catalogue_find(&embedders->catalogue, text);
    if (!entry || !entry->is_model) {
        int status = add_spec(embedders, text);
        return status && !strpbrk(text, "=:,")
                   ? error_context(status, "embedder %s: not a prepared one (see harness list)",
                                   text)
                   : status;
    }
    if (!entry->ready) {
        return error_set(ERR_REQUEST, "embedder %s: %s is not there; bring it with: %s%s", text,
                         entry->path, entry->prepare ? entry->prepare : "harness fetch ",
                         entry->prepare ? "" : entry->name);
    }
    char *spelled = catalogue_embedder(entry);
    int status = add_spec(embedders, spelled);
    free(spelled);
    return status;
}

static int add_defaults(struct embedders *embedders)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < embedders->catalogue.n_entries; i++) {
        const struct catalogue_entry *entry = &embedders->catalogue.entries[i];
        if (!entry->is_model || !entry->is_default) {
            continue;
        }
        if (entry->ready) {
            status = add_named(embedders, entry->name);
        } else {
            log_warn("embedder %s is left out: it is not there; bring it with: %s%s", entry->name,
                     entry->prepare ? entry->prepare : "harness fetch ",
                     entry->prepare ? "" : entry->name);
        }
    }
    if (status == 0 && embedders->n == 0) {
        status = error_set(ERR_REQUEST, "no embedder: none is prepared and none was given; "
                                        "run ./run --set-up, or see harness list");
    }
    return status;
}

int embedders_from_args(const struct args *args, struct embedders *ret_embedders)
{
    struct embedders embedders = {0};
    uint32_t n_folders, n_names;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    const char **names = args_values(args, "embedder", false, &n_names);
    int status = catalogue_open(&embedders.catalogue);
    if (status == 0) {
        status = registry_open(folders, n_folders, &embedders.registry);
    }
    for (uint32_t i = 0; status == 0 && i < n_names; i++) {
        status = add_named(&embedders, names[i]);
    }
    if (status == 0 && n_names == 0) {
        status = add_defaults(&embedders);
    }
    if (status == 0) {
        status = specs_check_names(embedders.specs, embedders.n);
    }
    free(folders);
    free(names);
    if (status != 0) {
        embedders_finish(&embedders);
        return status;
    }
    *ret_embedders = embedders;
    return 0;
}

void embedders_finish(struct embedders *embedders)
{
    for (uint32_t i = 0; i < embedders->n; i++) {
        spec_finish(&embedders->specs[i]);
    }
    free(embedders->specs);
    registry_close(&embedders->registry);
    catalogue_close(&embedders->catalogue);
    *embedders = (struct embedders){0};
}
