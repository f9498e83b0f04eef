/* Recognises the format of sense-tagged data by what lies at a path and hands it to its reader. */
#include "data/wsd_read.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/coarse_wsd.h"
#include "data/homographs.h"
#include "data/wsd_lines.h"
#include "data/wsd_xml.h"

#include <stdlib.h>
#include <string.h>

static bool is_xml_name(const char *name)
{
    const char *end = strstr(name, ".xml");
    return end && (end[4] == '\0' || end[4] == '.');
}

static int read_xml(const char *path, bool train, struct wsd_data **ret_data)
{
    (void)train;
    return wsd_xml_read(path, NULL, ret_data);
}

static int read_coarse_table(const char *path, bool train, struct wsd_data **ret_data)
{
    (void)train;
    return coarse_wsd_read_table(path, ret_data);
}

static int read_lines(const char *path, bool train, struct wsd_data **ret_data)
{
    (void)train;
    return wsd_lines_read(path, ret_data);
}

static bool is_xml(const char *path)
{
    return is_xml_name(file_name(path));
}

static bool is_any(const char *path)
{
    (void)path;
    return true;
}

struct format {
    bool (*is_at)(const char *path);
    int (*read)(const char *path, bool train, struct wsd_data **ret_data);
};

/* In order: the first that is at a path reads it. */
static const struct format file_formats[] = {
    {is_xml, read_xml},
    {coarse_wsd_is_table, read_coarse_table},
    {is_any, read_lines},
};

/* Folders that are one set, with a training part of its own. */
static const struct format folder_formats[] = {
    {homographs_is_at, homographs_read},
    {coarse_wsd_is_at, coarse_wsd_read},
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* NULL: none of them. */
static const struct format *format_at(const char *path, const struct format *formats, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (formats[i].is_at(path)) {
            return &formats[i];
        }
    }
    return NULL;
}

static int read_set(const struct format *format, const char *path, bool train,
                    struct wsd_sets *sets)
{
    struct wsd_data *data;
    int status = format->read(path, train, &data);
    if (status == 0) {
        sets->sets = mem_resize(sets->sets, sets->n + 1u, sizeof *sets->sets);
        sets->sets[sets->n++] = data;
    }
    return status;
}

static int read_file(const char *path, bool train, struct wsd_sets *sets)
{
    return read_set(format_at(path, file_formats, LENGTH(file_formats)), path, train, sets);
}

/* Sets that a composed set of the same folder holds already are left out. */
static void drop_parts(struct wsd_sets *sets, uint32_t first)
{
    for (uint32_t whole = first; whole < sets->n; whole++) {
        const struct wsd_data *composed = sets->sets[whole];
        for (uint32_t p = 0; p < composed->n_parts; p++) {
            for (uint32_t i = first; i < sets->n; i++) {
                if (sets->sets[i] != composed &&
                    strcmp(sets->sets[i]->name, composed->parts[p]) == 0) {
                    wsd_data_free(sets->sets[i]);
                    memmove(&sets->sets[i], &sets->sets[i + 1],
                            (sets->n - i - 1) * sizeof *sets->sets);
                    sets->n--;
                    whole -= i < whole;
                    break;
                }
            }
        }
    }
}

/* "NAME.data.xml", plain or packed; a packed one beside the plain one is skipped. */
static bool is_corpus(const struct file_list *list, uint32_t i)
{
    return strstr(list->names[i], ".data.xml") && is_xml_name(list->names[i]) &&
           !(i > 0 && text_ends(list->names[i - 1], ".data.xml") &&
             text_starts(list->names[i], list->names[i - 1]));
}

static int read_folder(const char *path, bool train, uint32_t depth, struct wsd_sets *sets)
{
    const struct format *format = format_at(path, folder_formats, LENGTH(folder_formats));
    if (format) {
        return read_set(format, path, train, sets);
    }
    struct file_list list;
    int status = file_list_folder(path, &list);
    if (status) {
        return status;
    }
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        char *inside = file_join(path, list.names[i]);
        if (file_is_folder(inside) && depth == 0) {
            status = read_folder(inside, train, depth + 1, sets);
        } else if (!file_is_folder(inside) && is_corpus(&list, i)) {
            status = read_file(inside, train, sets);
        }
        free(inside);
    }
    file_list_finish(&list);
    return status;
}

bool wsd_brings_training(const char *path)
{
    return file_is_folder(path) && format_at(path, folder_formats, LENGTH(folder_formats));
}

bool wsd_is_tagged(const char *path)
{
    const char *name = file_name(path);
    return file_is_folder(path) || strstr(name, ".xml") || strstr(name, ".tsv") ||
           strstr(name, ".jsonl");
}

int wsd_read(const char *path, bool train, struct wsd_sets *sets)
{
    uint32_t before = sets->n;
    if (!file_exists(path)) {
        return error_set(ERR_REQUEST, "%s: no such file or folder", path);
    }
    TRY(file_is_folder(path) ? read_folder(path, train, 0, sets) : read_file(path, train, sets));
    if (sets->n == before) {
        return error_set(
            ERR_REQUEST,
            "%s: holds no sense-tagged data; expected NAME.data.xml with "
            "NAME.gold.key.txt, a folder of such, the words of CoarseWSD-20, or senses.tsv "
            "with items.tsv",
            path);
    }
    drop_parts(sets, before);
    return 0;
}
