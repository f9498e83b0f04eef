/* Opens a model's file, and refuses by name what is no regular file. */
#include "base/open.h"

#include "embedder_util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : "not a regular file";
}

emb_status open_regular(const struct emb_host *host, const char *path, int *ret_fd)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no waiting at a FIFO */
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        *ret_fd = fd;
        return EMB_OK;
    }
    if (fd < 0) {
        return emb_failf(host, EMB_E_IO, "%s: %s", path, strerror(errno));
    }
    close(fd);
    return emb_failf(host, EMB_E_IO, "%s: %s, expected a file", path, kind_of(about.st_mode));
}
