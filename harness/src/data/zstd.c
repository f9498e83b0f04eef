/* Packs and unpacks zstd streams by libzstd, with checksums and a limit. */
#include "data/zstd.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

/* A run's records, 186 MB: level 3 makes 15.4 MB of them in 0.7 s, level 9 11.7 MB in 3.1 s. */
enum { LEVEL = 3 };

struct zstd_out {
    ZSTD_CCtx *context;
    FILE *to;
    char *packed; /* [room] */
    size_t room;
    const char *why; /* of the first failure since the last end; NULL: none */
};

struct zstd_out *zstd_out_create(FILE *to)
{
    struct zstd_out *out = mem_alloc(sizeof *out);
    *out = (struct zstd_out){ZSTD_createCCtx(), to, NULL, ZSTD_CStreamOutSize(), NULL};
    out->packed = mem_alloc(out->room);
    if (!out->context ||
        ZSTD_isError(ZSTD_CCtx_setParameter(out->context, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(out->context, ZSTD_c_checksumFlag, 1))) {
        out->why = "libzstd cannot start";
    }
    return out;
}

/* Until all is taken in; with ZSTD_e_end, until all is out as well. */
static void pack(struct zstd_out *out, ZSTD_inBuffer in, ZSTD_EndDirective directive)
{
    size_t left = 1;
    while (!out->why && (directive == ZSTD_e_end ? left > 0 : in.pos < in.size)) {
        ZSTD_outBuffer to = {out->packed, out->room, 0};
        left = ZSTD_compressStream2(out->context, &to, &in, directive);
        out->why = ZSTD_isError(left) ? ZSTD_getErrorName(left) : NULL;
        fwrite(out->packed, 1, to.pos, out->to);
    }
}

void zstd_out_write(struct zstd_out *out, const void *bytes, size_t n)
{
    pack(out, (ZSTD_inBuffer){bytes, n, 0}, ZSTD_e_continue);
}

int zstd_out_end(struct zstd_out *out)
{
    pack(out, (ZSTD_inBuffer){"", 0, 0}, ZSTD_e_end);
    return out->why ? error_set(ERR_MACHINE, "zstd: cannot pack: %s", out->why) : 0;
}

void zstd_out_free(struct zstd_out *out)
{
    if (out) {
        ZSTD_freeCCtx(out->context);
        free(out->packed);
        free(out);
    }
}

bool zstd_is(const void *bytes, size_t n)
{
    static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd}, rest[] = {0x2a, 0x4d, 0x18};
    const unsigned char *at = bytes;
    return n >= 4 && (memcmp(at, frame, 4) == 0 ||
                      ((at[0] & 0xf0) == 0x50 && memcmp(at + 1, rest, 3) == 0)); /* skippable */
}

struct unzstd {
    ZSTD_DCtx *context;
    ZSTD_inBuffer packed;
    uint64_t n_packed; /* of portions before this one */
    uint64_t n_unpacked;
    bool all_fed;
    bool in_frame;  /* something of a frame has been taken in, and more must come */
    bool any_frame; /* one is complete */
    bool full;      /* the last call filled its room: there may be more without more packed bytes */
    const char *why;
};

struct unzstd *unzstd_create(void)
{
    struct unzstd *unzstd = mem_alloc(sizeof *unzstd);
    unzstd->context = ZSTD_createDCtx();
    if (!unzstd->context || ZSTD_isError(ZSTD_DCtx_setParameter(
                                unzstd->context, ZSTD_d_windowLogMax, ZSTD_MOST_WINDOW))) {
        unzstd->why = "libzstd cannot start";
    }
    return unzstd;
}

void unzstd_free(struct unzstd *unzstd)
{
    if (unzstd) {
        ZSTD_freeDCtx(unzstd->context);
        free(unzstd);
    }
}

void unzstd_feed(struct unzstd *unzstd, const void *packed, size_t n)
{
    unzstd->n_packed += unzstd->packed.size;
    unzstd->packed = (ZSTD_inBuffer){packed, n, 0};
    unzstd->all_fed = n == 0;
}

bool unzstd_hungry(const struct unzstd *unzstd)
{
    return unzstd->packed.pos == unzstd->packed.size && !unzstd->full && !unzstd->all_fed;
}

uint64_t unzstd_at(const struct unzstd *unzstd)
{
    return unzstd->n_packed + unzstd->packed.pos;
}

/* One call of libzstd; false: damaged. */
static bool unpack_some(struct unzstd *unzstd, ZSTD_outBuffer *to)
{
    size_t wanted = ZSTD_decompressStream(unzstd->context, to, &unzstd->packed);
    if (ZSTD_isError(wanted)) {
        bool behind = unzstd->any_frame && ZSTD_getErrorCode(wanted) == ZSTD_error_prefix_unknown;
        unzstd->why = behind ? "other bytes follow the last frame" : ZSTD_getErrorName(wanted);
        return false;
    }
    unzstd->in_frame = wanted > 0;
    unzstd->any_frame |= wanted == 0;
    unzstd->full = to->pos == to->size && unzstd->in_frame;
    return true;
}

bool unzstd_read(struct unzstd *unzstd, void *bytes, size_t capacity, size_t *ret_n)
{
    ZSTD_outBuffer to = {bytes, capacity, 0};
    bool more = unzstd->packed.pos < unzstd->packed.size || unzstd->full;
    while (!unzstd->why && to.pos == 0 && capacity > 0 && more) {
        if (!unpack_some(unzstd, &to)) {
            return false;
        }
        more = unzstd->packed.pos < unzstd->packed.size || unzstd->full;
    }
    unzstd->n_unpacked += to.pos;
    if (!unzstd->why &&
        unzstd->n_unpacked > unzstd_at(unzstd) * ZSTD_MOST_TIMES + ZSTD_MOST_SPARE) {
        unzstd->why = "it unpacks to more than 1000 times its bytes and 64 MiB";
    } else if (!unzstd->why && to.pos == 0 && capacity > 0 && unzstd->all_fed && unzstd->in_frame) {
        unzstd->why = "cut short";
    }
    *ret_n = to.pos;
    return !unzstd->why;
}

const char *unzstd_why(const struct unzstd *unzstd)
{
    return unzstd->why ? unzstd->why : "whole";
}
