/* Packs and unpacks files, a block at a time. */
#include "commands/sweep/packed.h"

#include "base/error.h"
#include "base/file.h"
#include "data/zstd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 16 };

static int cannot(const char *path, const char *what, int why)
{
    return error_set(ERR_MACHINE, "%s: cannot %s: %s", path, what,
                     why ? strerror(why) : "unknown reason");
}

static int pack(FILE *from, FILE *to, const char *path)
{
    static char block[BLOCK_BYTES];
    struct zstd_out *out = zstd_out_create(to);
    size_t n;
    errno = 0;
    while ((n = fread(block, 1, sizeof block, from)) > 0) {
        zstd_out_write(out, block, n);
    }
    int status = ferror(from) ? cannot(path, "read what is to be packed", errno) : 0;
    if (status == 0 && (status = zstd_out_end(out)) != 0) {
        status = error_context(status, "%s", path);
    }
    zstd_out_free(out);
    if (status == 0 && (ferror(to) || fflush(to) != 0 || fsync(fileno(to)) != 0)) {
        status = cannot(path, "write", errno);
    }
    return status;
}

int packed_write(const char *from, const char *to)
{
    FILE *source = fopen(from, "rbe");
    if (!source) {
        return cannot(from, "read", errno);
    }
    FILE *target = fopen(to, "wbxe");
    int status = target ? pack(source, target, to) : cannot(to, "write", errno);
    if (target && fclose(target) != 0 && status == 0) {
        status = cannot(to, "write", errno);
    }
    fclose(source);
    return status;
}

static int torn(const struct unzstd *unzstd, const char *path)
{
    return error_set(ERR_REQUEST, "%s: torn: byte %" PRIu64 ": %s", path, unzstd_at(unzstd),
                     unzstd_why(unzstd));
}

/* All that was fed so far. */
static int unpack_fed(struct unzstd *unzstd, FILE *to, const char *path)
{
    static char block[BLOCK_BYTES];
    size_t n = 1;
    while (n > 0) {
        if (!unzstd_read(unzstd, block, sizeof block, &n)) {
            return torn(unzstd, path);
        }
        if (fwrite(block, 1, n, to) != n) {
            return cannot(path, "unpack", errno);
        }
    }
    return 0;
}

static int unpack(FILE *from, FILE *to, const char *path)
{
    static char packed[BLOCK_BYTES];
    struct unzstd *unzstd = unzstd_create();
    int status = 0;
    size_t n = 1;
    errno = 0;
    while (status == 0 && n > 0) {
        n = fread(packed, 1, sizeof packed, from);
        if (ferror(from)) {
            status = cannot(path, "read", errno);
            break;
        }
        unzstd_feed(unzstd, packed, n);
        status = unpack_fed(unzstd, to, path);
    }
    unzstd_free(unzstd);
    return status;
}

int packed_open(const char *path, FILE **ret_stream)
{
    FILE *from = fopen(path, "rbe");
    if (!from) {
        return error_set(errno == ENOENT ? ERR_REQUEST : ERR_MACHINE, "%s: cannot read: %s", path,
                         strerror(errno));
    }
    FILE *stream = file_nameless();
    int status = stream ? unpack(from, stream, path)
                        : error_set(ERR_MACHINE, "a file without a name: %s", strerror(errno));
    if (status == 0 && fseek(stream, 0, SEEK_SET) != 0) {
        status = cannot(path, "unpack", errno);
    }
    fclose(from);
    if (status != 0 && stream) {
        fclose(stream);
    } else if (status == 0) {
        *ret_stream = stream;
    }
    return status;
}
