/* Notes the files that suites read, with size and SHA-256. */
#include "commands/run/provenance.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/digest.h"

#include <string.h>

static void note(void *ctx, const char *path)
{
    provenance_add(ctx, path);
}

void provenance_watch(struct provenance *provenance)
{
    file_watch_reads(note, provenance);
}

void provenance_stop(void)
{
    file_watch_reads(NULL, NULL);
}

void provenance_add(struct provenance *provenance, const char *path)
{
    if (path && strncmp(path, "/proc/", 6) != 0) {
        map_put_text(&provenance->paths, path);
    }
}

/* The manifest of the folder that a file lies in, or NULL. */
static const struct catalogue_entry *manifest_of(const struct catalogue *catalogue,
                                                 const char *path)
{
    for (uint32_t i = 0; i < catalogue->n_entries; i++) {
        const struct catalogue_entry *entry = &catalogue->entries[i];
        size_t n = entry->folder ? strlen(entry->folder) : 0;
        if (n > 0 && strncmp(path, entry->folder, n) == 0 && (path[n] == '/' || !path[n])) {
            return entry;
        }
    }
    return NULL;
}

void provenance_of_model(const struct catalogue *catalogue, struct embedder_facts *facts)
{
    const struct catalogue_entry *entry =
        facts->model_path ? manifest_of(catalogue, facts->model_path) : NULL;
    if (entry && !facts->licence && entry->licence) {
        facts->licence = mem_text(entry->licence);
    }
    if (entry && !facts->model_citation && entry->citation) {
        facts->model_citation = mem_text(entry->citation);
    }
}

int provenance_describe(const struct provenance *provenance, const struct catalogue *catalogue,
                        struct result_tree *tree)
{
    uint32_t n = provenance->paths.n;
    struct data_facts *data = arena_alloc(&tree->attributes, (n + 1u) * sizeof *data);
    for (uint32_t i = 0; i < n; i++) {
        const char *path = map_key(&provenance->paths, i);
        const struct catalogue_entry *entry = manifest_of(catalogue, path);
        char hex[DIGEST_TEXT_BYTES];
        TRY(digest_file(path, hex, &data[i].bytes));
        data[i].path = result_tree_text(tree, path);
        data[i].sha256 = result_tree_text(tree, hex);
        data[i].name = result_tree_text(tree, entry ? entry->name : NULL);
        data[i].licence = result_tree_text(tree, entry ? entry->licence : NULL);
        data[i].citation = result_tree_text(tree, entry ? entry->citation : NULL);
    }
    tree->run.data = data;
    tree->run.n_data = n;
    return 0;
}

void provenance_finish(struct provenance *provenance)
{
    map_finish(&provenance->paths);
}
