/* Remembers until the next boot which caches have been checked whole. */
#include "vectors/cache_seal.h"
#include "vectors/cache_format.h"
#include "vectors/fingerprint.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEAL_MAGIC "HCHECKED"

struct seal {
    char magic[8], boot[40];
    struct file_identity cache;
    uint64_t cache_print, print;
};

_Static_assert(sizeof(struct seal) == 104, "as documented");

static bool read_boot(char boot[40])
{
    memset(boot, 0, 40);
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, boot, 36) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return n == 36;
}

/* As it would stand on the disk; false: one boot cannot be told from another. */
static bool make_seal(const struct file_identity *cache, uint64_t print, struct seal *ret_seal)
{
    struct seal seal = {.magic = SEAL_MAGIC, .cache = *cache, .cache_print = print};
    if (!read_boot(seal.boot)) {
        return false;
    }
    seal.print = fingerprint_of(&seal, offsetof(struct seal, print));
    *ret_seal = seal;
    return true;
}

/* "x/KEY.vectors" → "x/KEY.checked" + more */
static bool seal_place(const char *file, const char *more, char place[CACHE_PATH_ROOM + 32])
{
    size_t n = strlen(file), ending = strlen(CACHE_ENDING);
    return n > ending && n < CACHE_PATH_ROOM &&
           snprintf(place, CACHE_PATH_ROOM + 32, "%.*s%s%s", (int)(n - ending), file,
                    CACHE_SEAL_ENDING, more) < CACHE_PATH_ROOM + 32;
}

bool cache_seal_holds(const char *file, const struct file_identity *cache, uint64_t print)
{
    char place[CACHE_PATH_ROOM + 32];
    struct seal wanted, found;
    if (!seal_place(file, "", place) || !make_seal(cache, print, &wanted)) {
        return false;
    }
    int fd = open(place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, &found, sizeof found) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return n == (ssize_t)sizeof found && memcmp(&found, &wanted, sizeof found) == 0;
}

void cache_seal_note(const char *file, const struct file_identity *cache, uint64_t print)
{
    char place[CACHE_PATH_ROOM + 32], temporary[CACHE_PATH_ROOM + 32];
    struct seal seal;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t present = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    if (cache->ctime > present - CACHE_RACY_NS || !seal_place(file, "", place) ||
        !seal_place(file, "-XXXXXX", temporary) || !make_seal(cache, print, &seal)) {
        return;
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return; /* a read-only cache */
    }
    bool written = write(fd, &seal, sizeof seal) == (ssize_t)sizeof seal;
    close(fd);
    if (!written || rename(temporary, place) != 0) {
        unlink(temporary);
    }
}
