/*
 * pages.h - a contiguous block of zeroed memory that grows without being copied.
 *
 * Anonymous pages, grown by mremap: the kernel moves page tables, not bytes, so a table of unknown
 * height can be filled in one pass with a peak of the table itself. Pages cost memory when touched.
 * A block of a few pages is the allocator's instead: that costs less, and an overrun is seen by
 * AddressSanitizer.
 */
#ifndef VECTORS_PAGES_H
#define VECTORS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct pages {
    void *base;   /* NULL while bytes == 0 */
    size_t bytes; /* if mapped, a multiple of the page size */
    bool mapped;
};

/* Make room for at least `bytes` bytes; `base` may move. False: out of memory, nothing changed. */
bool pages_reserve(struct pages *pages, size_t bytes);
/* Give back what lies beyond the first `bytes`. */
void pages_trim(struct pages *pages, size_t bytes);
void pages_release(struct pages *pages); /* NULL base is fine */

#endif /* VECTORS_PAGES_H */
