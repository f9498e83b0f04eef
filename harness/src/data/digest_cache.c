/* Keeps hashes of files and folders beside the stamps of the files they were made of. */
#include "data/digest_cache.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SETTLED_SECONDS 3
#define MOST_DEPTH 8 /* as digest_path */

/* One line a file: what would change with its content. */
static bool add_stamps(const char *path, int depth, struct str *out, time_t *latest)
{
    struct stat info;
    if (depth > MOST_DEPTH || stat(path, &info) != 0) {
        return false;
    }
    if (!S_ISDIR(info.st_mode)) {
        str_format(out, "%s %jd %ju %ju %jd.%09ld %jd.%09ld\n", path, (intmax_t)info.st_size,
                   (uintmax_t)info.st_dev, (uintmax_t)info.st_ino, (intmax_t)info.st_mtim.tv_sec,
                   info.st_mtim.tv_nsec, (intmax_t)info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
        time_t changed =
            info.st_ctim.tv_sec > info.st_mtim.tv_sec ? info.st_ctim.tv_sec : info.st_mtim.tv_sec;
        *latest = changed > *latest ? changed : *latest;
        return true;
    }
    struct file_list list;
    if (file_list_folder(path, &list) != 0) {
        return false;
    }
    bool whole = true;
    for (uint32_t i = 0; whole && i < list.n; i++) {
        char *inner = file_join(path, list.names[i]);
        whole = add_stamps(inner, depth + 1, out, latest);
        free(inner);
    }
    file_list_finish(&list);
    return whole;
}

/* "<cache>/digests/<hash of machine and path>", its folder made. A cache folder may be shared by
 * machines on which one path is another file, or the same on a device of another number. */
static char *place_of(const char *path)
{
    char hex[DIGEST_TEXT_BYTES], host[256] = "";
    char *cache = file_cache_folder(), *folder = file_join(cache, "digests");
    (void)gethostname(host, sizeof host - 1);
    char *key = mem_format("%s:%s", host, path);
    digest_of(key, strlen(key), hex);
    free(key);
    char *place = file_make_folders(folder) == 0 ? file_join(folder, hex) : NULL;
    free(folder);
    free(cache);
    return place;
}

/* Written by this user, and by nobody else: what others could write is not believed. */
static bool is_own(const char *place)
{
    struct stat info;
    return lstat(place, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
           !(info.st_mode & (S_IWGRP | S_IWOTH));
}

/* "HEX STAMP BYTES": false if it is not there or of other files. */
static bool read_kept(const char *place, const char *stamp, char hex[DIGEST_TEXT_BYTES],
                      uint64_t *ret_bytes)
{
    struct str text;
    const size_t n = DIGEST_TEXT_BYTES - 1;
    if (!is_own(place) || file_read_unnoted(place, &text) != 0) {
        return false;
    }
    bool holds = text.n > 2 * n + 2 && text.data[n] == ' ' && text.data[2 * n + 1] == ' ' &&
                 strspn(text.data, "0123456789abcdef") == n &&
                 memcmp(text.data + n + 1, stamp, n) == 0 &&
                 num_uint(slice_of(text.data + 2 * n + 2), ret_bytes);
    if (holds) {
        memcpy(hex, text.data, n);
        hex[n] = '\0';
    }
    str_finish(&text);
    return holds;
}

static void keep(const char *place, const char *hex, const char *stamp, uint64_t bytes)
{
    struct file_out out;
    if (file_out_open(&out, place) == 0) {
        fprintf(out.stream, "%s %s %" PRIu64, hex, stamp, bytes);
        (void)file_out_commit(&out);
    }
}

int digest_cached(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes)
{
    struct str stamps = {0};
    char stamp[DIGEST_TEXT_BYTES];
    time_t latest = 0;
    char *real = realpath(path, NULL);
    char *place = real && add_stamps(real, 0, &stamps, &latest) ? place_of(real) : NULL;
    int status = 0;
    digest_of(str_text(&stamps), stamps.n, stamp);
    if (!place || !read_kept(place, stamp, ret_hex, ret_bytes)) {
        time_t now = time(NULL);
        status = digest_path(path, ret_hex, ret_bytes);
        if (status == 0 && place && latest + SETTLED_SECONDS < now) {
            keep(place, ret_hex, stamp, *ret_bytes);
        }
    }
    str_finish(&stamps);
    free(place);
    free(real);
    return status;
}
