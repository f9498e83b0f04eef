/* Grows a block of anonymous memory by remapping it. */
#include "vectors/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 * 1024 * 1024, MOST_ON_HEAP = 32 * 1024 };

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static bool resize_on_heap(struct pages *pages, size_t bytes)
{
    char *base = realloc(pages->base, bytes);
    if (!base) {
        return false;
    }
    memset(base + pages->bytes, 0, bytes - pages->bytes);
    *pages = (struct pages){base, bytes, false};
    return true;
}

static bool resize(struct pages *pages, size_t bytes)
{
    void *base = pages->mapped ? mremap(pages->base, pages->bytes, bytes, MREMAP_MAYMOVE)
                               : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return false;
    }
    if (bytes >= 2 * HUGE_PAGE) {
        madvise(base, bytes, MADV_HUGEPAGE); /* fewer faults; no harm where it is refused */
    }
    if (pages->base && !pages->mapped) {
        memcpy(base, pages->base, pages->bytes);
        free(pages->base);
    }
    *pages = (struct pages){base, bytes, true};
    return true;
}

bool pages_reserve(struct pages *pages, size_t bytes)
{
    if (bytes <= pages->bytes) {
        return true;
    }
    if (bytes > SIZE_MAX / 4) {
        return false;
    }
    if (bytes <= MOST_ON_HEAP && !pages->mapped) {
        size_t generous = pages->bytes + pages->bytes / 2;
        return resize_on_heap(pages, bytes > generous ? bytes : generous);
    }
    size_t unit = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : (size_t)sysconf(_SC_PAGESIZE);
    size_t exact = round_up(bytes, unit);
    size_t generous = round_up(pages->bytes + pages->bytes / 2, unit);
    /* A limit on address space may forbid the generous size and still allow the exact one. */
    return (generous > exact && resize(pages, generous)) || resize(pages, exact);
}

void pages_trim(struct pages *pages, size_t bytes)
{
    size_t kept = round_up(bytes, (size_t)sysconf(_SC_PAGESIZE));
    if (kept == 0) {
        pages_release(pages);
    } else if (pages->mapped && kept < pages->bytes) {
        munmap((char *)pages->base + kept, pages->bytes - kept);
        pages->bytes = kept;
    }
}

void pages_release(struct pages *pages)
{
    if (pages->mapped) {
        munmap(pages->base, pages->bytes);
    } else {
        free(pages->base);
    }
    *pages = (struct pages){0};
}
