/* From the parts that were brought to a folder that stands whole or not at all. */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/fetch/fetch.h"
#include "data/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An archive of text packs to a tenth, of a table of numbers to a third; only made-up bytes pack to
 * less than a hundredth. */
enum { UNPACKED_RATIO = 100, MEMBERS_MAX = 200000 };
#define UNPACKED_ALWAYS (64u << 20)

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    remove(path);
    return 0;
}

void fetch_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in a folder, whose own folders are made; NULL if they cannot be. free() it. */
static char *make_place(const char *folder, const char *name, int *ret_status)
{
    char *path = file_join(folder, name), *parent = file_folder(path);
    *ret_status = file_make_folders(parent);
    free(parent);
    if (*ret_status != 0) {
        free(path);
        return NULL;
    }
    return path;
}

/* Where the members of one archive go. */
struct placement {
    const struct catalogue_entry *entry;
    const struct fetch_part *part;
    const char *folder;
    uint32_t n_placed;
    bool *was_placed; /* [members of part->files] */
};

/* The member's place by the manifest, NULL: left out. "a/b.txt" names a member, and "*" and "?" in
 * it stand for letters of one folder's name; a place that ends in '/' keeps the member's own name.
 */
struct search {
    const char *member;
    char *found;   /* free() it */
    size_t number; /* of the line that is looked at */
    size_t line;   /* found there */
};

static int match_line(void *ctx, const char *key, const json *value)
{
    struct search *search = ctx;
    const char *to = jsonr_as_text(value);
    bool matches = to && fnmatch(key, search->member, FNM_PATHNAME) == 0;
    if (matches) {
        search->found = mem_format("%s%s", to, text_ends(to, "/") ? file_name(search->member) : "");
        search->line = search->number;
    }
    search->number++;
    return matches;
}

/* Without its first folders; "" if it has no more. */
static const char *stripped(const char *member, uint64_t n)
{
    while (text_starts(member, "./")) {
        member += 2;
    }
    for (; n > 0 && *member; n--) {
        const char *slash = strchr(member, '/');
        member = slash ? slash + 1 : "";
    }
    return member;
}

static char *place(void *ctx, const char *member, int *ret_status)
{
    struct placement *placement = ctx;
    struct search search = {.member = member};
    if (placement->part->files) {
        jsonr_each(placement->part->files, match_line, &search);
    } else {
        search.found = mem_text(stripped(member, placement->part->strip));
    }
    char *path = NULL;
    if (search.found && search.found[0]) {
        if (archive_stays_inside(search.found)) {
            path = make_place(placement->folder, search.found, ret_status);
        } else {
            *ret_status = error_set(ERR_REQUEST,
                                    "%s: \"files\": found \"%s\", expected a relative "
                                    "path",
                                    placement->entry->manifest_path, search.found);
        }
    }
    if (path) {
        placement->n_placed++;
        placement->was_placed[search.line] = true;
    }
    free(search.found);
    return path;
}

static int check_placed(const struct placement *placement)
{
    const struct fetch_part *part = placement->part;
    size_t n = jsonr_length(part->files), n_found = 0;
    for (size_t i = 0; i < n; i++) {
        n_found += placement->was_placed[i];
    }
    if (n_found < n) {
        return error_set(ERR_FAILED, "%s: found %zu of the %zu files that %s names", part->path,
                         n_found, n, placement->entry->manifest_path);
    }
    if (placement->n_placed == 0) {
        return error_set(ERR_FAILED, "%s: found no files", part->path);
    }
    return 0;
}

static uint64_t unpacked_limit(const struct fetch_part *part)
{
    uint64_t bytes = 0;
    file_size(part->path, &bytes);
    return part->unpacked ? part->unpacked : bytes * UNPACKED_RATIO + UNPACKED_ALWAYS;
}

static int place_archive(const struct catalogue_entry *entry, const struct fetch_part *part,
                         const char *folder)
{
    struct placement placement = {.entry = entry,
                                  .part = part,
                                  .folder = folder,
                                  .was_placed =
                                      mem_array(jsonr_length(part->files) + 1, sizeof(bool))};
    struct archive_plan plan = {.place = place,
                                .ctx = &placement,
                                .max_bytes = unpacked_limit(part),
                                .max_members = MEMBERS_MAX,
                                .everything = !part->files};
    log_info("%s: unpacking %s", entry->name, file_name(part->path));
    int status = archive_extract(part->path, &plan);
    if (status == 0) {
        status = check_placed(&placement);
    }
    free(placement.was_placed);
    return status;
}

/* The bytes stay under both names until all is done, so that a second attempt finds them. */
static int place_file(const struct fetch_part *part, const char *folder)
{
    int status;
    char *to = make_place(folder, part->to, &status);
    if (!to) {
        return status;
    }
    if (file_exists(to)) {
        status = error_set(ERR_REQUEST, "%s: two downloads go to this path", part->to);
    } else if (part->unpack) {
        status = archive_unpack(part->path, to, unpacked_limit(part));
    } else if (link(part->path, to) != 0 && rename(part->path, to) != 0) {
        status =
            error_set(ERR_MACHINE, "%s: cannot rename to %s: %s", part->path, to, strerror(errno));
    }
    free(to);
    return status;
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

/* Is what the manifest says is used among what came? */
static int check_use(const struct catalogue_entry *entry, const char *folder)
{
    const char *inside = entry->path + strlen(entry->folder);
    char *path = mem_format("%s%s", folder, inside);
    int status = file_exists(path)
                     ? 0
                     : error_set(ERR_FAILED, "%s: \"%s\": not among the downloaded files",
                                 entry->manifest_path, inside[0] == '/' ? inside + 1 : inside);
    free(path);
    return status;
}

/* The filled folder takes the place of what is there, which goes: at no time is there neither. */
static int exchange(const char *filled, const char *folder)
{
    if (!file_exists(folder) && rename(filled, folder) == 0) {
        return 0;
    }
    if (renameat2(AT_FDCWD, filled, AT_FDCWD, folder, RENAME_EXCHANGE) == 0) {
        fetch_remove_folder(filled);
        return 0;
    }
    char *old = mem_format("%s.old", folder); /* a file system that cannot exchange */
    fetch_remove_folder(old);
    int status = 0;
    if ((rename(folder, old) != 0 && errno != ENOENT) || rename(filled, folder) != 0) {
        status =
            error_set(ERR_MACHINE, "%s: cannot rename to %s: %s", filled, folder, strerror(errno));
    }
    fetch_remove_folder(old);
    free(old);
    return status;
}

int fetch_place(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                const struct fetch_parts *parts)
{
    char *filled = mem_format("%s.new", entry->folder);
    fetch_remove_folder(filled);
    int status = file_make_folders(filled);
    for (uint32_t i = 0; status == 0 && i < parts->n; i++) {
        const struct fetch_part *part = &parts->items[i];
        status = part->to ? place_file(part, filled) : place_archive(entry, part, filled);
    }
    if (status == 0) {
        status = convert(catalogue, entry, filled);
    }
    if (status == 0) {
        status = check_use(entry, filled);
    }
    if (status == 0) {
        status = exchange(filled, entry->folder);
    }
    if (status != 0) {
        fetch_remove_folder(filled);
    }
    free(filled);
    return status;
}
