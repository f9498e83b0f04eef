/* Writes per-item records and the prediction keys beside them. */
#include "report/write.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "data/zstd.h"
#include "report/metric.h"

#include <stdlib.h>
#include <string.h>

/* The answers of one system on one data set, gathered as text: they are written at the end, so
 * that the number of open files does not grow with the number of systems. */
struct key_file {
    struct str lines;
};

struct item_writer {
    struct file_out out;
    struct zstd_out *packed; /* into `out` */
    struct str line;
    char *keys_folder; /* NULL: none wanted */
    struct map key_names;
    struct key_file *keys; /* [key_names.n] */
    size_t key_capacity;
};

int item_writer_open(const char *path, const char *keys_folder, struct item_writer **ret_writer)
{
    struct item_writer *writer = mem_alloc(sizeof *writer);
    int status = file_out_open(&writer->out, path);
    if (status != 0) {
        free(writer);
        return status;
    }
    writer->packed = zstd_out_create(writer->out.stream);
    writer->keys_folder = keys_folder ? mem_text(keys_folder) : NULL;
    *ret_writer = writer;
    return 0;
}

/* A part of a file's name: '%' and two digits stand for what a file name cannot hold, and for what
 * would make two different names one. A stage's own point ("1.attention") needs no such care: it
 * comes last. */
static void add_part(struct str *name, const char *text, bool keep_points)
{
    for (const char *at = text; *at; at++) {
        bool plain = (unsigned char)*at > ' ' && *at != 0x7f && !strchr("/:%\\*?\"<>|", *at) &&
                     (*at != '.' || keep_points);
        if (plain) {
            str_add_char(name, *at);
        } else {
            str_format(name, "%%%02X", (unsigned char)*at);
        }
    }
}

/* DATASET.EMBEDDER.METHOD.STAGE.key, one file a system. */
static char *key_name(const struct result_item *item)
{
    struct str name = {0};
    add_part(&name, item->dataset, false);
    str_add_char(&name, '.');
    add_part(&name, item->embedder, false);
    str_add_char(&name, '.');
    add_part(&name, item->method, false);
    str_add_char(&name, '.');
    add_part(&name, item->stage.name ? item->stage.name : "none", true);
    str_add(&name, ".key");
    return name.data;
}

static bool answers_are_keys(const struct result_item *item)
{
    return item->gold && strchr(item->gold, '%') && suite_answers_gold_keys(item->suite) &&
           strcmp(item->status, "expected") != 0;
}

static void add_key(struct item_writer *writer, const struct result_item *item)
{
    char *name = key_name(item);
    uint32_t number = map_put_text(&writer->key_names, name);
    free(name);
    if (number >= writer->key_capacity) {
        size_t before = writer->key_capacity;
        MEM_GROW(writer->keys, writer->key_capacity, (size_t)number + 1);
        memset(writer->keys + before, 0, (writer->key_capacity - before) * sizeof *writer->keys);
    }
    if (item->answer) {
        str_format(&writer->keys[number].lines, "%s %s\n", item->id, item->answer);
    }
}

/* A list of names; left out where an item counts in the figures of its own data set alone. */
static void put_names(struct json_writer *w, const char *key, const char *names)
{
    struct slice rest = slice_of(names ? names : ""), name;
    if (rest.n == 0) {
        return;
    }
    jsonw_key(w, key);
    jsonw_open(w, '[');
    while (slice_line(&rest, &name)) {
        char *text = mem_text_n(name.text, name.n);
        jsonw_text(w, text);
        free(text);
    }
    jsonw_close(w, ']');
}

static void put_stage(struct json_writer *w, const char *name, const char *block, const char *part,
                      const struct stage *stage)
{
    bool none = stage->part == STAGE_NONE || stage->block == STAGE_NO_BLOCK;
    jsonw_put_text(w, name, stage->name);
    jsonw_key(w, block);
    none ? jsonw_null(w) : jsonw_int(w, stage->block);
    jsonw_put_text(w, part, stage_part_name(stage->part));
}

static void put_attributes(struct json_writer *w, const char *key,
                           const struct result_attribute *attributes, uint32_t n)
{
    jsonw_key(w, key);
    jsonw_open(w, '{');
    for (uint32_t i = 0; i < n; i++) {
        jsonw_put_text(w, attributes[i].name, attributes[i].value);
    }
    jsonw_close(w, '}');
}

/* clang-format off */
#define PUT(type, member) PUT_##type(member)
#define PUT_TEXT(member) jsonw_put_text(&w, #member, item->member);
#define PUT_STAGE(member) \
    put_stage(&w, #member, #member "_block", #member "_part", &item->member);
#define PUT_NAMES(member) put_names(&w, #member, item->member);
#define PUT_REAL(member) jsonw_put_real(&w, #member, item->member);
#define PUT_ATTRIBUTES(member) put_attributes(&w, #member, item->member, item->n_##member);
/* clang-format on */

void item_writer_add(struct item_writer *writer, const struct result_item *item)
{
    struct json_writer w = jsonw_create(&writer->line, 0);
    jsonw_open(&w, '{');
    RESULT_ITEM_MEMBERS(PUT)
    jsonw_close(&w, '}');
    str_add_char(&writer->line, '\n');
    zstd_out_write(writer->packed, writer->line.data, writer->line.n);
    str_clear(&writer->line);
    if (writer->keys_folder && answers_are_keys(item)) {
        add_key(writer, item);
    }
}

static int write_keys(struct item_writer *writer)
{
    int status = writer->key_names.n > 0 ? file_make_folders(writer->keys_folder) : 0;
    for (uint32_t i = 0; status == 0 && i < writer->key_names.n; i++) {
        char *path = file_join(writer->keys_folder, map_key(&writer->key_names, i));
        struct file_out out;
        status = file_out_open(&out, path);
        if (status == 0) {
            fwrite(str_text(&writer->keys[i].lines), 1, writer->keys[i].lines.n, out.stream);
            status = file_out_commit(&out);
        }
        free(path);
    }
    return status;
}

static void destroy(struct item_writer *writer)
{
    for (uint32_t i = 0; i < writer->key_names.n; i++) {
        str_finish(&writer->keys[i].lines);
    }
    free(writer->keys);
    zstd_out_free(writer->packed);
    map_finish(&writer->key_names);
    str_finish(&writer->line);
    free(writer->keys_folder);
    free(writer);
}

int item_writer_commit(struct item_writer *writer)
{
    int status = zstd_out_end(writer->packed);
    status = status ? status : write_keys(writer);
    if (status == 0) {
        status = file_out_commit(&writer->out);
    } else {
        file_out_abort(&writer->out);
    }
    destroy(writer);
    return status;
}

void item_writer_abort(struct item_writer *writer)
{
    if (writer) {
        file_out_abort(&writer->out);
        destroy(writer);
    }
}
