/*
 * catalogue.h - what can be brought or prepared by name: datasets/NAME.json, one manifest each.
 *
 *     {
 *       "name": "minilm",               also the name of its folder in the cache
 *       "kind": "model",                or "dataset"
 *       "title": "…", "licence": "…", "citation": "…", "homepage": "…",
 *       "terms": "…", "format": "…", "note": "…", "bibtex": ["line", …],    for people
 *       "source": {"npm": "NAME@VERSION"} or {"url": "https://…"}, or absent: made on the spot;
 *                  {"folder": "NAME"}: comes with the program, beside the manifest
 *       "sha256": "…", "bytes": N,   of what the source gives, demanded; where they are not known,
 *                                    what the server says is checked, and what came first is
 *                                    demanded from then on
 *       "files": {"package/model/config.json": "config.json", "x/train/a?.txt": "train/"},
 *                                    member of the archive: file; "*" and "?" within a folder's
 *                                    name, a file that ends in '/' keeps its own name; without it
 *                                    all members come, less "strip" leading folders
 *       "unpacked": N,               bytes at most; else by rule (commands/fetch/place.c)
 *       "downloads": [{"url": "…", "sha256": "…", "bytes": N, "to": "ALL/ALL.data.xml"}, …],
 *                                    instead of source: file by file; with "unpack": true the file
 *                                    is gzip, xz, zstd or bzip2; without "to" an archive
 *       "convert": {"script": "wink_to_glove.mjs", "from": "x.json", "to": "vectors.txt"},
 *       "prepare": "harness prepare …",  the command that makes it, where it has no source
 *       "embedder": {"plugin": "transformer", "path": ".", "options": {"name": "value"},
 *                    "default": true},
 *       "dataset": {"suites": ["wsd"], "path": "wordnet-examples.data.xml", "default": true}
 *     }
 *
 * Models land in <cache>/models/NAME, data sets in <cache>/datasets/NAME; what comes with the
 * program stays where it is.
 */
#ifndef DATA_CATALOGUE_H
#define DATA_CATALOGUE_H

#include "data/json.h"

#include <stdbool.h>
#include <stdint.h>

struct catalogue_entry {
    const char *name, *title, *licence, *citation;
    bool is_model;
    bool is_default;     /* of the default embedders, or of its suite's default data */
    const char *plugin;  /* of a model */
    char *folder;        /* <cache>/models/NAME, or beside the manifest */
    bool comes_along;    /* beside the manifest: nothing to bring or make */
    char *path;          /* what is used: folder/PATH */
    bool ready;          /* path is there */
    const char *prepare; /* the command that brings or makes it */
    const json *manifest;
    char *manifest_path;
};

struct catalogue {
    char *folder;                    /* the manifests' */
    struct catalogue_entry *entries; /* [n_entries] by name */
    uint32_t n_entries;
    json **documents; /* the tree's own */
};

/* All manifests of ${HARNESS_DATASETS}, else of the source tree or the installation this was built
 * for. A manifest that is wrong is an error naming file and member. */
int catalogue_open(struct catalogue *ret_catalogue);
void catalogue_close(struct catalogue *catalogue);
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *name);

/* Where a data set lies that comes with its manifest: of ${HARNESS_DATASETS}, else of the program's
 * own, so that these are there whatever the variable says. NULL if none has this name. free() it.
 */
char *catalogue_shipped(const char *name);

/* The embedder specification of a ready model: "minilm=transformer:/cache/models/minilm"; free().
 */
char *catalogue_embedder(const struct catalogue_entry *entry);

#endif /* DATA_CATALOGUE_H */
