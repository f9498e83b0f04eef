/*
 * fetch - bring models and data sets by their manifests: checked, whole, on known terms.
 */
#include "commands/fetch/fetch.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "commands/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const struct option_help options[] = {
    {"list", NULL,
     "what can be fetched, with size and licence; with names: all about them,\n"
     "where they come from and how to cite them. Fetches nothing"},
    {"force", NULL, "fetch it again even if it is there"},
    {"renew", NULL,
     "accept what a server has now even if it differs from the first download; sizes and\ndigests "
     "of a manifest still have to match"},
    {"keep", NULL, "keep the downloaded files in the cache, for --offline"},
    {"offline", NULL, "use no network, only what was kept (also HARNESS_OFFLINE=1)"},
    {"tries", "N", "failures in a row, without a byte gained, that end a download (default 5)"},
    {"wait", "SECONDS", "before the second try; doubles up to a minute (default 1)"},
    {"timeout", "SECONDS",
     "seconds below 1000 bytes/s after which a try fails (default 60; 0: never)"},
    {"max-size", "BYTES", "refuse a download above this: 500M, 10G (default 64G)"},
    {0},
};

static int read_settings(const struct args *args, struct fetch_settings *settings)
{
    const char *offline = getenv("HARNESS_OFFLINE"), *size = args_value(args, "max-size", "64G");
    settings->force = args_flag(args, "force");
    settings->renew = args_flag(args, "renew");
    settings->keep = args_flag(args, "keep");
    settings->offline =
        args_flag(args, "offline") || (offline && offline[0] && strcmp(offline, "0") != 0);
    TRY(args_uint(args, "tries", 5, &settings->tries));
    TRY(args_uint(args, "wait", 1, &settings->wait));
    TRY(args_uint(args, "timeout", 60, &settings->timeout));
    if (!num_bytes(slice_of(size), &settings->max_bytes) || !settings->max_bytes) {
        return error_set(ERR_REQUEST, "--max-size: found \"%s\", expected bytes, as 500M or 10G",
                         size);
    }
    return 0;
}

/* One process at a time fetches an entry. The file stays: removing it would let two others hold
 * locks on two files of one name. */
static int lock_entry(const char *path, const char *name, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        return error_set(ERR_MACHINE, "%s: cannot write: %s", path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_info("%s: is being fetched by another process; waiting", name);
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    *ret_fd = fd;
    return 0;
}

static void tell_terms(const struct catalogue_entry *entry)
{
    const char *terms = jsonr_get_text(entry->manifest, "terms", NULL);
    log_info("%s: %s", entry->name, entry->title);
    log_info("%s: licence: %s%s%s", entry->name, entry->licence, terms ? "; " : "",
             terms ? terms : "");
}

static int bring_and_place(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                           const struct fetch_parts *parts, const struct fetch_settings *settings)
{
    struct fetch_record record;
    char *parent = file_folder(entry->folder);
    int status = file_make_folders(parent);
    free(parent);
    if (status == 0) {
        status = file_make_folders(parts->folder);
    }
    if (status == 0) {
        status = fetch_record_open(entry->name, &record);
    }
    if (status != 0) {
        return status;
    }
    tell_terms(entry);
    for (uint32_t i = 0; status == 0 && i < parts->n; i++) {
        status = fetch_bring(entry, &parts->items[i], settings, &record);
    }
    fetch_record_close(&record);
    return status == 0 ? fetch_place(catalogue, entry, parts) : status;
}

static int fetch_locked(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        const struct fetch_settings *settings)
{
    struct fetch_parts parts;
    int status = fetch_parts_read(entry, &parts);
    if (status != 0) {
        return status;
    }
    if (parts.n == 0) {
        status = error_set(ERR_REQUEST, "%s has no source; it is made by: %s", entry->name,
                           entry->prepare ? entry->prepare : "its owner");
    } else {
        status = bring_and_place(catalogue, entry, &parts, settings);
    }
    if (status == 0) {
        log_info("%s: ready (%s; licence: %s)", entry->name, entry->path, entry->licence);
        if (!settings->keep) {
            fetch_remove_folder(parts.folder);
        }
    } else {
        rmdir(parts.folder); /* if nothing is in it to go on from */
    }
    fetch_parts_finish(&parts);
    return status;
}

static int fetch(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                 const struct fetch_settings *settings)
{
    if (entry->ready && (entry->comes_along || !settings->force)) {
        log_info("%s: is there already (%s)", entry->name, entry->path);
        return 0;
    }
    char *cache = file_cache_folder(), *downloads = file_join(cache, "downloads");
    char *lock = mem_format("%s/%s.lock", downloads, entry->name);
    int fd = -1, status = file_make_folders(downloads);
    if (status == 0) {
        status = lock_entry(lock, entry->name, &fd);
    }
    if (status == 0 && !settings->force && file_exists(entry->path)) {
        /* the other process brought it */
        log_info("%s: is there already (%s)", entry->name, entry->path);
    } else if (status == 0) {
        status = fetch_locked(catalogue, entry, settings);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(lock);
    free(downloads);
    free(cache);
    return status;
}

/* Every name before the first download. */
static int check_names(const struct catalogue *catalogue, const struct args *args)
{
    for (uint32_t i = 0; i < args_n(args); i++) {
        if (!catalogue_find(catalogue, args_word(args, i))) {
            return error_set(ERR_REQUEST,
                             "%s: no manifest of that name in %s; see harness fetch --list",
                             args_word(args, i), catalogue->folder);
        }
    }
    return 0;
}

static int show_all(const struct catalogue *catalogue, const struct args *args)
{
    if (args_n(args) == 0) {
        fetch_list(catalogue);
    }
    for (uint32_t i = 0; i < args_n(args); i++) {
        fputs(i ? "\n" : "", stdout);
        TRY(fetch_show(catalogue_find(catalogue, args_word(args, i))));
    }
    return 0;
}

/* All of them, also behind one that fails. */
static int fetch_all(const struct catalogue *catalogue, const struct args *args,
                     const struct fetch_settings *settings)
{
    struct str failed = {0};
    int status = 0;
    uint32_t n_failed = 0;
    for (uint32_t i = 0; i < args_n(args); i++) {
        const char *name = args_word(args, i);
        int one = fetch(catalogue, catalogue_find(catalogue, name), settings);
        if (one != 0) {
            status = one;
            n_failed++;
            str_format(&failed, "%s%s", failed.n ? ", " : "", name);
        }
        if (one != 0 && args_n(args) > 1) {
            log_error("%s", error_message());
        }
    }
    if (n_failed > 0 && args_n(args) > 1) {
        error_set(status, "fetch: not fetched: %s", str_text(&failed));
    }
    str_finish(&failed);
    return status;
}

static int run(const struct args *args)
{
    struct fetch_settings settings = {0};
    struct catalogue catalogue;
    bool list = args_flag(args, "list");
    if (args_n(args) == 0 && !list) {
        return error_set(ERR_REQUEST,
                         "fetch: expected the names of what to fetch; see harness fetch --list");
    }
    TRY(read_settings(args, &settings));
    TRY(catalogue_open(&catalogue));
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a write error, reported like a full disk */
    int status = check_names(&catalogue, args);
    if (status == 0) {
        status = list ? show_all(&catalogue, args) : fetch_all(&catalogue, args, &settings);
    }
    catalogue_close(&catalogue);
    return status;
}

const struct command command_fetch = {
    .name = "fetch",
    .synopsis = "[options] NAME…",
    .summary = "bring models and data sets by name, checked by sha256",
    .details =
        "Names are those of the manifests (harness fetch --list). Nothing is ever fetched\n"
        "without being asked for here. A download is kept only if its size and SHA-256 are what\n"
        "the manifest says; where it says none, the server's own digest is checked, and the\n"
        "SHA-256 that was found is recorded in the cache and required from then on. An\n"
        "interrupted download is continued, now or by the next call; a file under its final\n"
        "name is whole. Archives are unpacked only into their own folder: no links, no devices,\n"
        "no paths out of it.\n"
        "\n"
        "Everything goes into the cache: ${HARNESS_CACHE:-${XDG_CACHE_HOME:-~/.cache}/harness}.\n"
        "A proxy is taken from http_proxy, https_proxy, all_proxy and no_proxy, certificates from\n"
        "SSL_CERT_FILE or CURL_CA_BUNDLE.\n"
        "\n"
        "    harness fetch --list            what can be fetched\n"
        "    harness fetch --list glove-6b   from where, on what terms, how to cite it\n"
        "    harness fetch raganato2017 && harness --suite wsd --dataset raganato2017\n",
    .options = options,
    .run = run,
};
