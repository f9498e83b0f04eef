/*
 * fetch.h - what the files of `harness fetch` share.
 *
 *   <cache>/downloads/NAME.d/      what is being brought, part by part; goes when all stands
 *   <cache>/downloads/NAME.lock    held by the process that fetches NAME
 *   <cache>/models/NAME.new/       being filled; becomes models/NAME in one step
 *   <cache>/fetched/NAME.json      the record: what came, from where, its sha256, who checked it
 */
#ifndef COMMANDS_FETCH_FETCH_H
#define COMMANDS_FETCH_FETCH_H

#include "data/catalogue.h"
#include "data/download.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- parts: what is to be downloaded for an entry ---- */

struct fetch_part {
    const char *url, *npm; /* one of them */
    const char *sha256;    /* by the manifest; NULL: not known */
    uint64_t bytes;        /* by the manifest; 0: not known */
    uint64_t unpacked;     /* bytes at most, by the manifest; 0: by rule */
    const char *to;        /* a single file's place in the entry's folder; NULL: an archive */
    bool unpack;           /* the single file is packed (gzip, xz, zstd, bzip2) */
    uint64_t strip;        /* leading folders that members of an archive lose */
    const json *files;     /* {"member": "place"}; NULL: all members */
    char *path;            /* where it lies once it is brought */
};

struct fetch_parts {
    struct fetch_part *items;
    uint32_t n;
    char *folder; /* where they lie */
};

/* By the manifest, whose faults are errors; without any source n is 0. */
int fetch_parts_read(const struct catalogue_entry *entry, struct fetch_parts *ret_parts);
void fetch_parts_finish(struct fetch_parts *parts);
const char *fetch_part_source(const struct fetch_part *part); /* URL or package */

/* How to bring them. */
struct fetch_settings {
    bool force, keep, offline, renew;
    uint64_t tries, wait, timeout, max_bytes; /* as struct download */
};

/* ---- the record ---- */

struct fetch_record {
    char *path;
    json *document; /* as it was read; NULL: nothing came before */
    struct fetched {
        char *source, *checked_by, *stamp; /* checked_by: NULL = by no digest */
        char sha256[DIGEST_TEXT_BYTES];
        uint64_t bytes;
    } * items;
    uint32_t n;
};

/* The record of an entry, by the entry's name; an empty one where there is none yet. Close it. */
int fetch_record_open(const char *name, struct fetch_record *ret_record);
void fetch_record_close(struct fetch_record *record);
/* What came from a source before, or NULL. */
const struct fetched *fetch_record_find(const struct fetch_record *record, const char *source);
/* Adds or replaces, and writes the file. */
int fetch_record_put(struct fetch_record *record, const struct catalogue_entry *entry,
                     const char *source, const struct download_facts *facts);

/* ---- steps ---- */

/* A part, checked, at part->path: what is there already, or brought. */
int fetch_bring(const struct catalogue_entry *entry, const struct fetch_part *part,
                const struct fetch_settings *settings, struct fetch_record *record);
/* Fill the entry's folder from its parts: all of it in one step, or nothing. */
int fetch_place(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                const struct fetch_parts *parts);
/* Remove a folder and what is in it; a link is removed, not followed. */
void fetch_remove_folder(const char *path);
/* What can be fetched, a few lines each, or everything about one. To standard output. */
void fetch_list(const struct catalogue *catalogue);
int fetch_show(const struct catalogue_entry *entry);

#endif /* COMMANDS_FETCH_FETCH_H */
