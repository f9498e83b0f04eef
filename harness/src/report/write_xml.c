#include "report/write.h"

#include "base/file.h"
#include "base/num.h"
#include "data/xml.h"

#include <inttypes.h>
#include <math.h>

static void real(struct xml_writer *xml, const char *name, double value)
{
    char buffer[NUM_TEXT_MAX];
    if (isfinite(value)) {
        xml_attribute(xml, name, num_text(value, buffer));
    }
}

static void whole(struct xml_writer *xml, const char *name, uint64_t value)
{
    char buffer[NUM_TEXT_MAX];
    snprintf(buffer, sizeof buffer, "%" PRIu64, value);
    xml_attribute(xml, name, buffer);
}

static void write_run(struct xml_writer *xml, const struct run_facts *run)
{
    xml_attribute(xml, "schema", REPORT_SCHEMA);
    xml_attribute(xml, "items", run->items);
    xml_attribute(xml, "keys", run->keys);
    xml_start(xml, "harness");
    xml_attribute(xml, "version", run->version);
    xml_attribute(xml, "build", run->build);
    xml_end(xml);
    xml_start(xml, "run");
    xml_attribute(xml, "command", run->command);
    whole(xml, "seed", run->seed);
    xml_attribute(xml, "start", run->started);
    real(xml, "seconds", run->seconds);
    xml_start(xml, "machine");
    xml_attribute(xml, "processor", run->processor);
    xml_attribute(xml, "system", run->system);
    whole(xml, "threads", run->n_threads);
    whole(xml, "memory_bytes", run->memory_bytes);
    xml_end(xml);
    xml_end(xml);
}

static void write_embedder(struct xml_writer *xml, const struct embedder_facts *facts)
{
    xml_start(xml, "embedder");
    xml_attribute(xml, "name", facts->name);
    xml_attribute(xml, "plugin", facts->plugin);
    xml_attribute(xml, "plugin_path", facts->plugin_path);
    xml_attribute(xml, "plugin_version", facts->plugin_version);
    xml_attribute(xml, "plugin_sha256", facts->plugin_sha256);
    xml_attribute(xml, "citation", facts->citation);
    xml_attribute(xml, "kind", facts->kind);
    xml_attribute(xml, "options", facts->options);
    whole(xml, "dim", facts->dim);
    whole(xml, "vocabulary", facts->n_words);
    xml_attribute(xml, "model_path", facts->model_path);
    whole(xml, "model_bytes", facts->model_bytes);
    xml_attribute(xml, "model_sha256", facts->model_sha256);
    xml_attribute(xml, "weights_sha256_before", facts->weights_before);
    xml_attribute(xml, "weights_sha256_after", facts->weights_after);
    xml_attribute(xml, "status", facts->status);
    xml_attribute(xml, "error", facts->error);
    real(xml, "load_seconds", facts->load_seconds);
    real(xml, "seconds", facts->seconds);
    whole(xml, "allocated_bytes", facts->allocated_bytes);
    whole(xml, "peak_rss_bytes", facts->peak_rss_bytes);
    real(xml, "tokens_per_second", facts->tokens_per_second);
    for (uint32_t i = 0; i < facts->n_stages; i++) {
        xml_start(xml, "stage");
        xml_attribute(xml, "name", facts->stages[i]);
        xml_end(xml);
    }
    xml_end(xml);
}

static void write_row(struct xml_writer *xml, const struct result_row *row)
{
    xml_start(xml, "result");
    xml_attribute(xml, "suite", row->suite);
    xml_attribute(xml, "dataset", row->dataset);
    xml_attribute(xml, "embedder", row->embedder);
    xml_attribute(xml, "kind", row->kind);
    xml_attribute(xml, "stage", row->stage);
    xml_attribute(xml, "method", row->method);
    xml_attribute(xml, "metric", row->metric);
    real(xml, "value", row->value);
    real(xml, "low", row->low);
    real(xml, "high", row->high);
    whole(xml, "n", row->n);
    whole(xml, "answered", row->answered);
    real(xml, "coverage", row->coverage);
    xml_attribute(xml, "split", row->split);
    xml_attribute(xml, "policy", row->policy);
    xml_attribute(xml, "signature", row->signature);
    xml_end(xml);
}

int report_write_xml(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    struct xml_writer *xml = xml_writer_create(file.stream);
    xml_start(xml, "report");
    write_run(xml, &tree->run);
    xml_start(xml, "embedders");
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        write_embedder(xml, &tree->embedders[i]);
    }
    xml_end(xml);
    xml_start(xml, "results");
    for (size_t i = 0; i < tree->n_rows; i++) {
        write_row(xml, &tree->rows[i]);
    }
    xml_end(xml);
    xml_end(xml);
    status = xml_writer_finish(xml);
    if (status != 0) {
        file_out_abort(&file);
        return status;
    }
    return file_out_commit(&file);
}
