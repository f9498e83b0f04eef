/* fuzz_served.c - header lines of any server, as digests of what it serves. */
#include "../folder.h"
#include "data/served_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct served_digests digests = {0};
    const char *at = (const char *)data, *end = at + size;
    for (int line = 0; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop + 1 : end) - at);
        char *exactly = malloc(n ? n : 1); /* so that the first byte behind it is seen */
        memcpy(exactly, at, n);
        if (n == 1) {
            served_digests_next_answer(&digests);
        } else {
            served_digests_add(&digests, exactly, n, line % 2);
        }
        free(exactly);
        at += n;
    }
    const char *by;
    static const char *path;
    path = path ? path : strdup(fuzz_put("served", "abc", 3));
    served_digests_check(&digests, path, &by);
    return 0;
}
