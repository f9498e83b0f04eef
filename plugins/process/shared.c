/* Makes the shared memory that rows come back in. */
#include "shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

bool shared_make(uint64_t n, struct shared *ret_shared)
{
    int fd = memfd_create("emb-process", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return false;
    }
    void *bytes = MAP_FAILED;
    if (n <= INT64_MAX && ftruncate(fd, (off_t)n) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        bytes = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (bytes == MAP_FAILED) {
        int why = errno;
        close(fd);
        errno = why;
        return false;
    }
    *ret_shared = (struct shared){.bytes = bytes, .n = n, .fd = fd};
    return true;
}

void shared_finish(struct shared *shared)
{
    if (shared->bytes) {
        munmap(shared->bytes, shared->n);
        close(shared->fd);
    }
    *shared = (struct shared){0};
}
