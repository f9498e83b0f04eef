/*
 * fuzz_report.c - any bytes as a report. The first byte chooses: j JSON, x XML, i the items beside
 * a report, s a selection of a report's rows. A report that is accepted is written as JSON, read
 * again and written again, to the same bytes.
 */
#include "../folder.h"
#include "base/mem.h"
#include "report/stored/read.h"
#include "report/select.h"
#include "report/tree.h"
#include "report/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

/* A report of two rows, for what is read against one. */
static struct result_tree small(void)
{
    struct result_tree tree = {.run.items = "items"};
    result_tree_add_embedder(
        &tree, &(struct embedder_facts){.name = mem_text("e"), .status = mem_text("ok")});
    result_tree_add_row(&tree, &(struct figure){.suite = "similarity",
                                                .dataset = "d",
                                                .embedder = "e",
                                                .stage = STAGE_THE_TABLE,
                                                .method = "cosine",
                                                .metric = "spearman",
                                                .kind = "static",
                                                .value = 0.5,
                                                .n = 3});
    result_tree_add_row(&tree, &(struct figure){.suite = "wsd",
                                                .dataset = "d",
                                                .split = {"pos", "NOUN", NULL},
                                                .embedder = "e",
                                                .stage = STAGE_THE_TABLE,
                                                .method = "nn",
                                                .metric = "f1",
                                                .kind = "static",
                                                .value = 0.25,
                                                .n = 4});
    return tree;
}

static int take_item(void *ctx, const struct result_item *item)
{
    (void)ctx;
    touched += item->id ? strlen(item->id) : 0;
    for (uint32_t i = 0; i < item->n_attributes; i++) {
        touched += item->attributes[i].name ? strlen(item->attributes[i].name) : 0;
    }
    return 0;
}

static bool same_file(const char *a, const char *b)
{
    static char x[1 << 20], y[1 << 20];
    FILE *first = fopen(a, "rb"), *second = fopen(b, "rb");
    size_t n = first ? fread(x, 1, sizeof x, first) : 0;
    size_t m = second ? fread(y, 1, sizeof y, second) : 0;
    bool same = first && second && n == m && memcmp(x, y, n) == 0;
    fclose(first);
    fclose(second);
    return same;
}

static void write_and_read(const struct result_tree *tree)
{
    struct result_tree again;
    const char *once = fuzz_put("once.json", "", 0), *twice = fuzz_put("twice.json", "", 0);
    if (report_write_json(tree, once) != 0 || report_read(once, &again) != 0 ||
        report_write_json(&again, twice) != 0 || !same_file(once, twice)) {
        abort();
    }
    result_tree_finish(&again);
}

static void read_beside(uint8_t kind, const char *bytes, size_t n)
{
    struct result_tree tree = small();
    if (kind == 's') {
        char *selection = strndup(bytes, n);
        result_tree_select(&tree, selection);
        free(selection);
    } else {
        char path[96];
        fuzz_put("items", bytes, n);
        snprintf(path, sizeof path, "%s/report", fuzz_folder());
        report_read_items(path, &tree, take_item, NULL);
    }
    result_tree_finish(&tree);
}

static void read_report(const char *bytes, size_t n)
{
    struct result_tree tree;
    if (report_read(fuzz_put("report", bytes, n), &tree) == 0) {
        write_and_read(&tree);
        result_tree_finish(&tree);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && size < FUZZ_MOST_BYTES) {
        fuzz_folder();
        fuzz_clear();
        const char *bytes = (const char *)data + 1;
        if (data[0] == 'i' || data[0] == 's') {
            read_beside(data[0], bytes, size - 1);
        } else {
            read_report(bytes, size - 1);
        }
    }
    return 0;
}
