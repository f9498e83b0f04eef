/* What was brought, from where: what makes the second time as strict as a manifest would. */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "commands/fetch/fetch.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more; zeroed. */
static struct fetched *add_item(struct fetch_record *record)
{
    record->items = mem_resize(record->items, record->n + 1u, sizeof *record->items);
    struct fetched *item = &record->items[record->n++];
    *item = (struct fetched){0};
    return item;
}

static int read_items(struct fetch_record *record)
{
    const json *downloads = jsonr_get(record->document, "downloads");
    for (size_t i = 0; i < jsonr_length(downloads); i++) {
        const json *download = jsonr_at(downloads, i);
        const char *source = jsonr_get_text(download, "source", NULL);
        const char *sha256 = jsonr_get_text(download, "sha256", "");
        const char *by = jsonr_get_text(download, "checked_by", NULL);
        if (!source || strlen(sha256) != DIGEST_TEXT_BYTES - 1) {
            return error_set(ERR_REQUEST,
                             "%s: download %zu: expected \"source\" and \"sha256\"; remove the "
                             "file to fetch without comparing with the first download",
                             record->path, i + 1);
        }
        struct fetched *item = add_item(record);
        item->source = mem_text(source);
        item->checked_by = by ? mem_text(by) : NULL;
        item->stamp = mem_text(jsonr_get_text(download, "fetched", ""));
        item->bytes = jsonr_get_uint(download, "bytes", 0);
        memcpy(item->sha256, sha256, DIGEST_TEXT_BYTES);
    }
    return 0;
}

int fetch_record_open(const char *name, struct fetch_record *ret_record)
{
    char *cache = file_cache_folder(), *folder = file_join(cache, "fetched");
    struct fetch_record record = {.path = mem_format("%s/%s.json", folder, name)};
    int status = file_make_folders(folder);
    if (status == 0 && file_exists(record.path)) {
        status = jsonr_read_file(record.path, &record.document);
    }
    if (status == 0) {
        status = read_items(&record);
    }
    free(folder);
    free(cache);
    if (status != 0) {
        fetch_record_close(&record);
        return status;
    }
    *ret_record = record;
    return 0;
}

static void finish_item(struct fetched *item)
{
    free(item->source);
    free(item->checked_by);
    free(item->stamp);
}

void fetch_record_close(struct fetch_record *record)
{
    for (uint32_t i = 0; i < record->n; i++) {
        finish_item(&record->items[i]);
    }
    free(record->items);
    free(record->path);
    jsonr_free(record->document);
    *record = (struct fetch_record){0};
}

const struct fetched *fetch_record_find(const struct fetch_record *record, const char *source)
{
    for (uint32_t i = 0; i < record->n; i++) {
        if (strcmp(record->items[i].source, source) == 0) {
            return &record->items[i];
        }
    }
    return NULL;
}

static int write_record(const struct fetch_record *record, const struct catalogue_entry *entry)
{
    struct str text = {0};
    struct json_writer w = jsonw_create(&text, 2);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "name", entry->name);
    jsonw_put_text(&w, "licence", entry->licence);
    jsonw_key(&w, "downloads");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < record->n; i++) {
        const struct fetched *item = &record->items[i];
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "source", item->source);
        jsonw_put_uint(&w, "bytes", item->bytes);
        jsonw_put_text(&w, "sha256", item->sha256);
        jsonw_put_text(&w, "checked_by", item->checked_by);
        jsonw_put_text(&w, "fetched", item->stamp);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    str_add_char(&text, '\n');
    struct file_out out;
    int status = file_out_open(&out, record->path);
    if (status == 0) {
        fwrite(text.data, 1, text.n, out.stream);
        status = file_out_commit(&out);
    }
    str_finish(&text);
    return status;
}

int fetch_record_put(struct fetch_record *record, const struct catalogue_entry *entry,
                     const char *source, const struct download_facts *facts)
{
    uint32_t i = 0;
    while (i < record->n && strcmp(record->items[i].source, source) != 0) {
        i++;
    }
    struct fetched *item = i < record->n ? &record->items[i] : add_item(record);
    if (item->source) {
        if (strcmp(item->sha256, facts->sha256) == 0) {
            return 0; /* who checked it at first, and when, stays */
        }
        finish_item(item);
    }
    char stamp[32];
    clock_stamp(stamp);
    item->source = mem_text(source);
    item->checked_by = facts->checked_by ? mem_text(facts->checked_by) : NULL;
    item->stamp = mem_text(stamp);
    item->bytes = facts->bytes;
    memcpy(item->sha256, facts->sha256, DIGEST_TEXT_BYTES);
    return write_record(record, entry);
}
