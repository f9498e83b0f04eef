/* What can be brought, from where, on what terms. */
#include "base/error.h"
#include "base/file.h"
#include "commands/fetch/fetch.h"
#include "commands/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "822 MB"; "" for 0. */
#define SIZE_TEXT 16
static const char *size_text(uint64_t bytes, char buffer[SIZE_TEXT])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 999.5) {
        size /= 1000;
        unit++;
    }
    buffer[0] = '\0';
    if (bytes > 0) {
        snprintf(buffer, SIZE_TEXT, size < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", size,
                 units[unit]);
    }
    return buffer;
}

/* Of all parts; 0: not known of all. */
static uint64_t total_bytes(const struct fetch_parts *parts)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        if (parts->items[i].bytes == 0) {
            return 0;
        }
        total += parts->items[i].bytes;
    }
    return total;
}

static void list_entry(const struct catalogue_entry *entry)
{
    struct fetch_parts parts;
    char size[SIZE_TEXT] = "";
    if (fetch_parts_read(entry, &parts) == 0) {
        size_text(total_bytes(&parts), size);
        fetch_parts_finish(&parts);
    }
    say("  %-24s %-8s %8s  %s\n", entry->name, entry->ready ? "is there" : "", size[0] ? size : "?",
        entry->licence);
    say("  %-24s %s\n", "", entry->title);
}

void fetch_list(const struct catalogue *catalogue)
{
    for (int models = 1; models >= 0; models--) {
        say("%s%s\n\n", models ? "Models" : "\nData sets",
            models ? " (harness fetch NAME; then --embedder NAME)" : " (then --dataset NAME)");
        for (uint32_t i = 0; i < catalogue->n_entries; i++) {
            const struct catalogue_entry *entry = &catalogue->entries[i];
            bool comes = jsonr_get(entry->manifest, "downloads") ||
                         (jsonr_get(entry->manifest, "source") && !entry->comes_along);
            if (comes && entry->is_model == (models == 1)) {
                list_entry(entry);
            }
        }
    }
}

static void show_member(const struct catalogue_entry *entry, const char *label, const char *key)
{
    const char *text = jsonr_get_text(entry->manifest, key, NULL);
    if (text) {
        say("  %-10s %s\n", label, text);
    }
}

static void show_part(const struct fetch_part *part, const struct fetch_record *record)
{
    const struct fetched *before = fetch_record_find(record, fetch_part_source(part));
    say("  %-10s %s\n", "from", fetch_part_source(part));
    if (part->bytes > 0) {
        say("  %-10s   %" PRIu64 " bytes\n", "", part->bytes);
    }
    if (part->sha256) {
        say("  %-10s   sha256 %s\n", "", part->sha256);
    } else if (before) {
        say("  %-10s   sha256 %s, recorded at the first download, %s (%s)\n", "", before->sha256,
            before->stamp, before->checked_by ? before->checked_by : "no digest to check by");
    } else {
        say("  %-10s   no sha256 known: the server's own digest is checked\n", "");
    }
}

int fetch_show(const struct catalogue_entry *entry)
{
    struct fetch_parts parts;
    struct fetch_record record;
    TRY(fetch_parts_read(entry, &parts));
    int status = fetch_record_open(entry->name, &record);
    if (status != 0) {
        fetch_parts_finish(&parts);
        return status;
    }
    say("%s (%s)\n  %s\n", entry->name, entry->is_model ? "model" : "data set", entry->title);
    say("  %-10s %s\n", "licence", entry->licence);
    show_member(entry, "terms", "terms");
    show_member(entry, "format", "format");
    show_member(entry, "homepage", "homepage");
    show_member(entry, "note", "note");
    for (uint32_t i = 0; i < parts.n; i++) {
        show_part(&parts.items[i], &record);
    }
    if (entry->prepare) {
        say("  %-10s %s\n", "made by", entry->prepare);
    }
    say("  %-10s %s%s\n", "here", entry->path, entry->ready ? "" : " (not yet)");
    const json *bibtex = jsonr_get(entry->manifest, "bibtex");
    say("  %-10s %s\n", "cite", entry->citation);
    for (size_t i = 0; i < jsonr_length(bibtex); i++) {
        const char *line = jsonr_as_text(jsonr_at(bibtex, i));
        say("%s\n", line ? line : "");
    }
    fetch_record_close(&record);
    fetch_parts_finish(&parts);
    return 0;
}
