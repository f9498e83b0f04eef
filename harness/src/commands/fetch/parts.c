/* What an entry consists of, and how one part of it gets here. */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/fetch/fetch.h"
#include "data/archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A file's name for what a URL leads to: its last part, in harmless letters. */
static char *local_name(const struct fetch_part *part, uint32_t number)
{
    const char *source = part->to ? part->to : fetch_part_source(part);
    char *name = mem_format("%02u-%s", number, file_name(source));
    name[strcspn(name, "?#")] = '\0';
    for (char *at = name; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || strchr("._-", *at);
        *at = plain ? *at : '_';
    }
    if (strlen(name) > 100) {
        name[100] = '\0';
    }
    return name;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* A member that is there must be a whole number of at least `least`: -1 bytes, read as no limit,
 * would check nothing. */
static int read_whole(const struct catalogue_entry *entry, const json *described, const char *where,
                      const char *member, uint64_t least, uint64_t *ret_value)
{
    const json *value = jsonr_get(described, member);
    uint64_t found = 0;
    if (value && (!jsonr_as_uint(value, &found) || found < least)) {
        return error_set(ERR_REQUEST,
                         "%s: %s: \"%s\": expected a whole number of at least %" PRIu64,
                         entry->manifest_path, where, member, least);
    }
    *ret_value = found;
    return 0;
}

/* described: the manifest itself or one of its downloads; source: what has "url" or "npm". */
static int read_part(const struct catalogue_entry *entry, const json *described, const json *source,
                     const char *where, struct fetch_part *part)
{
    *part = (struct fetch_part){
        .url = jsonr_get_text(source, "url", NULL),
        .npm = jsonr_get_text(source, "npm", NULL),
        .sha256 = jsonr_get_text(described, "sha256", NULL),
        .to = jsonr_get_text(described, "to", NULL),
        .unpack = jsonr_get_bool(described, "unpack", false),
        .files = jsonr_get(described, "files"),
    };
    TRY(read_whole(entry, described, where, "bytes", 1, &part->bytes));
    TRY(read_whole(entry, described, where, "unpacked", 1, &part->unpacked));
    TRY(read_whole(entry, described, where, "strip", 0, &part->strip));
    if (part->npm && !download_npm_is_exact(part->npm)) {
        return error_set(ERR_REQUEST,
                         "%s: %s: \"npm\": found \"%s\", expected NAME@VERSION or "
                         "@SCOPE/NAME@VERSION with a version such as 1.2.3",
                         entry->manifest_path, where, part->npm);
    }
    if (!part->url == !part->npm) {
        return error_set(ERR_REQUEST, "%s: %s: expected \"url\" or \"npm\"", entry->manifest_path,
                         where);
    }
    if (part->sha256 && !is_sha256(part->sha256)) {
        return error_set(ERR_REQUEST, "%s: %s: \"sha256\": expected 64 lower-case digits",
                         entry->manifest_path, where);
    }
    if (part->to && !archive_stays_inside(part->to)) {
        return error_set(ERR_REQUEST, "%s: %s: \"to\": found \"%s\", expected a relative path",
                         entry->manifest_path, where, part->to);
    }
    if (part->files && !jsonr_is_object(part->files)) {
        return error_set(ERR_REQUEST, "%s: %s: \"files\": expected an object", entry->manifest_path,
                         where);
    }
    return 0;
}

int fetch_parts_read(const struct catalogue_entry *entry, struct fetch_parts *ret_parts)
{
    const json *downloads = jsonr_get(entry->manifest, "downloads");
    const json *source = jsonr_get(entry->manifest, "source");
    char *cache = file_cache_folder();
    struct fetch_parts parts = {.n = downloads ? (uint32_t)jsonr_length(downloads)
                                               : (source && !entry->comes_along ? 1 : 0),
                                .folder = mem_format("%s/downloads/%s.d", cache, entry->name)};
    free(cache);
    parts.items = mem_array(parts.n + 1u, sizeof *parts.items);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < parts.n; i++) {
        const json *described = downloads ? jsonr_at(downloads, i) : entry->manifest;
        char where[32] = "source";
        if (downloads) {
            snprintf(where, sizeof where, "download %u", i + 1);
        }
        struct fetch_part *part = &parts.items[i];
        status = read_part(entry, described, downloads ? described : source, where, part);
        if (status == 0) {
            char *name = local_name(part, i + 1);
            part->path = file_join(parts.folder, name);
            free(name);
        }
    }
    if (status != 0) {
        fetch_parts_finish(&parts);
        return status;
    }
    *ret_parts = parts;
    return 0;
}

void fetch_parts_finish(struct fetch_parts *parts)
{
    for (uint32_t i = 0; i < parts->n; i++) {
        free(parts->items[i].path);
    }
    free(parts->items);
    free(parts->folder);
    *parts = (struct fetch_parts){0};
}

const char *fetch_part_source(const struct fetch_part *part)
{
    return part->url ? part->url : part->npm;
}

/* The file of a part, whole since an earlier attempt? It must be what is demanded; where nothing
 * is, it is not trusted. */
static bool lies_there(const struct fetch_part *part, const char *sha256,
                       struct download_facts *facts)
{
    if (!file_exists(part->path)) {
        return false;
    }
    if (sha256 && digest_file(part->path, facts->sha256, &facts->bytes) == 0 &&
        strcmp(facts->sha256, sha256) == 0) {
        return true;
    }
    unlink(part->path);
    return false;
}

static int bring_package(const struct fetch_part *part, const char *sha256, const char *sha256_from,
                         struct download_facts *facts)
{
    int status = download_npm(part->npm, part->path);
    if (status == 0) {
        status = digest_file(part->path, facts->sha256, &facts->bytes);
    }
    if (status == 0 && part->bytes > 0 && facts->bytes != part->bytes) {
        status = error_set(ERR_FAILED, "%s: found %" PRIu64 " bytes, expected %" PRIu64, part->npm,
                           facts->bytes, part->bytes);
    }
    if (status == 0 && sha256 && strcmp(facts->sha256, sha256) != 0) {
        status = error_set(ERR_FAILED, "%s: found sha256 %s, expected %s%s", part->npm,
                           facts->sha256, sha256, sha256_from);
    }
    if (status != 0) {
        unlink(part->path); /* never used, never kept */
    }
    return status;
}

/* Nothing was required and no digest is known: say so. */
static void tell_first(const struct catalogue_entry *entry, const struct fetch_part *part,
                       const struct fetch_record *record, const struct download_facts *facts)
{
    if (facts->checked_by) {
        log_info("%s: %s: sha256 %s, as the server says (%s)", entry->name, file_name(part->path),
                 facts->sha256, facts->checked_by);
    } else {
        log_warn("%s: %s: no digest is known for it; found sha256 %s, which is required from now "
                 "on (%s)",
                 entry->name, file_name(part->path), facts->sha256, record->path);
    }
}

int fetch_bring(const struct catalogue_entry *entry, const struct fetch_part *part,
                const struct fetch_settings *settings, struct fetch_record *record)
{
    const char *source = fetch_part_source(part);
    const struct fetched *before = settings->renew ? NULL : fetch_record_find(record, source);
    const char *sha256 = part->sha256 ? part->sha256 : before ? before->sha256 : NULL;
    struct download_facts facts = {.checked_by = "sha256"};
    if (lies_there(part, sha256, &facts)) {
        return fetch_record_put(record, entry, source, &facts);
    }
    bool is_local = part->url && strncasecmp(part->url, "file:", 5) == 0;
    if (settings->offline && !is_local) {
        return error_set(ERR_FAILED, "%s: %s is not here, and --offline forbids fetching it",
                         entry->name, source);
    }
    char *from =
        part->sha256
            ? mem_text("")
            : mem_format(", as in the first download (%s; --renew accepts the present file)",
                         record->path);
    log_info("%s: fetching %s", entry->name, source);
    int status;
    if (part->npm) {
        status = bring_package(part, sha256, from, &facts);
        facts.checked_by = sha256 ? "sha256" : "npm";
    } else {
        struct download download = {.url = part->url,
                                    .path = part->path,
                                    .label = entry->name,
                                    .sha256 = sha256,
                                    .sha256_from = from,
                                    .bytes = part->bytes,
                                    .max_bytes = settings->max_bytes,
                                    .tries = settings->tries,
                                    .wait = settings->wait,
                                    .timeout = settings->timeout};
        status = download_bring(&download, &facts);
    }
    free(from);
    if (status == 0 && facts.bytes == 0) {
        unlink(part->path);
        status = error_set(ERR_FAILED, "%s: %s: the download is empty", entry->name, source);
    }
    if (status == 0 && !sha256) {
        tell_first(entry, part, record, &facts);
    }
    return status == 0 ? fetch_record_put(record, entry, source, &facts) : status;
}
