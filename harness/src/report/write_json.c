#include "report/write.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"

#include <math.h>

static void write_run(struct json_writer *w, const struct run_facts *run)
{
    jsonw_put_text(w, "schema", REPORT_SCHEMA);
    jsonw_key(w, "harness");
    jsonw_open(w, '{');
    jsonw_put_text(w, "version", run->version);
    jsonw_put_text(w, "build", run->build);
    jsonw_close(w, '}');
    jsonw_key(w, "run");
    jsonw_open(w, '{');
    jsonw_put_text(w, "command", run->command);
    jsonw_put_uint(w, "seed", run->seed);
    jsonw_put_text(w, "start", run->started);
    jsonw_put_real(w, "seconds", run->seconds);
    jsonw_key(w, "machine");
    jsonw_open(w, '{');
    jsonw_put_text(w, "processor", run->processor);
    jsonw_put_text(w, "system", run->system);
    jsonw_put_uint(w, "threads", run->n_threads);
    jsonw_put_uint(w, "memory_bytes", run->memory_bytes);
    jsonw_close(w, '}');
    jsonw_close(w, '}');
    jsonw_put_text(w, "items", run->items);
    jsonw_put_text(w, "keys", run->keys);
}

static void write_embedder(struct json_writer *w, const struct embedder_facts *facts)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "name", facts->name);
    jsonw_put_text(w, "plugin", facts->plugin);
    jsonw_put_text(w, "plugin_path", facts->plugin_path);
    jsonw_put_text(w, "plugin_version", facts->plugin_version);
    jsonw_put_text(w, "plugin_sha256", facts->plugin_sha256);
    jsonw_put_text(w, "citation", facts->citation);
    jsonw_put_text(w, "kind", facts->kind);
    jsonw_put_text(w, "options", facts->options);
    jsonw_put_uint(w, "dim", facts->dim);
    jsonw_put_uint(w, "vocabulary", facts->n_words);
    jsonw_key(w, "stages");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < facts->n_stages; i++) {
        jsonw_text(w, facts->stages[i]);
    }
    jsonw_close(w, ']');
    jsonw_put_text(w, "model_path", facts->model_path);
    jsonw_put_uint(w, "model_bytes", facts->model_bytes);
    jsonw_put_text(w, "model_sha256", facts->model_sha256);
    jsonw_put_text(w, "weights_sha256_before", facts->weights_before);
    jsonw_put_text(w, "weights_sha256_after", facts->weights_after);
    jsonw_put_text(w, "status", facts->status);
    jsonw_put_text(w, "error", facts->error);
    jsonw_put_real(w, "load_seconds", facts->load_seconds);
    jsonw_put_real(w, "seconds", facts->seconds);
    jsonw_put_uint(w, "allocated_bytes", facts->allocated_bytes);
    jsonw_put_uint(w, "peak_rss_bytes", facts->peak_rss_bytes);
    jsonw_put_real(w, "tokens_per_second", facts->tokens_per_second);
    jsonw_close(w, '}');
}

static void write_row(struct json_writer *w, const struct result_row *row)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "suite", row->suite);
    jsonw_put_text(w, "dataset", row->dataset);
    jsonw_put_text(w, "embedder", row->embedder);
    jsonw_put_text(w, "kind", row->kind);
    jsonw_put_text(w, "stage", row->stage);
    jsonw_put_text(w, "method", row->method);
    jsonw_put_text(w, "metric", row->metric);
    jsonw_put_real(w, "value", row->value);
    jsonw_put_real(w, "low", row->low);
    jsonw_put_real(w, "high", row->high);
    jsonw_put_uint(w, "n", row->n);
    jsonw_put_uint(w, "answered", row->answered);
    jsonw_put_real(w, "coverage", row->coverage);
    jsonw_put_text(w, "split", row->split);
    jsonw_put_text(w, "policy", row->policy);
    jsonw_put_text(w, "signature", row->signature);
    jsonw_close(w, '}');
}

/* Write what is gathered, and start over: memory stays flat however many rows there are. */
static void drain(struct str *out, FILE *stream)
{
    fwrite(out->data, 1, out->n, stream);
    str_clear(out);
}

int report_write_json(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '{');
    write_run(&w, &tree->run);
    jsonw_key(&w, "embedders");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        write_embedder(&w, &tree->embedders[i]);
    }
    jsonw_close(&w, ']');
    jsonw_key(&w, "results");
    jsonw_open(&w, '[');
    w.indent = 0; /* a row a line */
    for (size_t i = 0; i < tree->n_rows; i++) {
        write_row(&w, &tree->rows[i]);
        if (i + 1 < tree->n_rows) {
            str_add(&out, ",\n");
            w.first = true;
        }
        drain(&out, file.stream);
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    str_add_char(&out, '\n');
    drain(&out, file.stream);
    str_finish(&out);
    return file_out_commit(&file);
}
