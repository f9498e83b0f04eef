/* Output buffers with a guard page and a pattern, to find writes outside the rows. */
#include "plugin/guarded.h"

#include "base/mem.h"
#include "plugin/embed.h"

#include <embedder.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_BITS 0xFFC0DEADu /* a NaN that arithmetic does not make */
#define BLANK_BITS 0xFFC0B1A4u /* another */
#define STATUS_BLANK 0xEEu
#define STATUS_GUARD 0xA5u
#define STATUS_GUARD_BYTES 64u

void guarded_init(struct guarded *guarded, uint32_t n_stages, uint32_t dim, uint64_t stage_stride)
{
    stage_stride = stage_stride ? stage_stride : (dim + 15ull) / 16 * 16 + GUARD_FLOATS;
    *guarded = (struct guarded){.n_stages = n_stages,
                                .dim = dim,
                                .stage_stride = stage_stride,
                                .row_stride = n_stages * stage_stride};
}

void guarded_finish(struct guarded *guarded)
{
    if (guarded->map) {
        munmap(guarded->map, guarded->map_bytes);
    }
    free(guarded->status);
    *guarded = (struct guarded){0};
}

/* n_rows rows that end where an unwritable page begins. */
static void map_rows(struct guarded *guarded, uint64_t n_rows)
{
    if (guarded->map) {
        munmap(guarded->map, guarded->map_bytes);
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = n_rows * guarded->row_stride * sizeof(float);
    size_t rounded = (bytes + page - 1) / page * page;
    guarded->map_bytes = rounded + page;
    guarded->map =
        mmap(NULL, guarded->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded->map == MAP_FAILED || mprotect((char *)guarded->map + rounded, page, PROT_NONE)) {
        fprintf(stderr, "harness: out of memory: %zu bytes for vectors asked for\n", rounded);
        exit(3);
    }
    guarded->map_rows = n_rows;
    guarded->vectors = (float *)(void *)((char *)guarded->map + rounded - bytes);
}

static void fill(float *at, uint64_t n, uint32_t bits)
{
    uint32_t *words = (uint32_t *)(void *)at;
    for (uint64_t i = 0; i < n; i++) {
        words[i] = bits;
    }
}

void guarded_prepare(struct guarded *guarded, uint64_t n_rows)
{
    guarded->n_rows = n_rows;
    if (n_rows > guarded->map_rows) {
        map_rows(guarded, n_rows);
    }
    MEM_GROW(guarded->status, guarded->status_capacity, n_rows + STATUS_GUARD_BYTES);
    memset(guarded->status, STATUS_BLANK, n_rows);
    memset(guarded->status + n_rows, STATUS_GUARD, STATUS_GUARD_BYTES);
    for (uint64_t s = 0; s < n_rows * guarded->n_stages; s++) {
        float *row = guarded->vectors + s * guarded->stage_stride;
        fill(row, guarded->dim, BLANK_BITS);
        fill(row + guarded->dim, guarded->stage_stride - guarded->dim, GUARD_BITS);
    }
    if (guarded->map_rows > n_rows) {
        fill(guarded->vectors + n_rows * guarded->row_stride, GUARD_FLOATS, GUARD_BITS);
    }
}

/* Index of the first word that is not `bits`, n if none. */
static uint64_t first_other(const float *at, uint64_t n, uint32_t bits)
{
    const uint32_t *words = (const uint32_t *)(const void *)at;
    uint32_t differs = 0;
    for (uint64_t i = 0; i < n; i++) {
        differs |= words[i] ^ bits;
    }
    if (!differs) {
        return n;
    }
    uint64_t i = 0;
    while (words[i] == bits) {
        i++;
    }
    return i;
}

static bool is_not_finite(uint32_t bits)
{
    return (bits & 0x7F800000u) == 0x7F800000u;
}

/* Index of the first float that is not finite, n if none. */
static uint32_t first_not_finite(const float *row, uint32_t n)
{
    const uint32_t *words = (const uint32_t *)(const void *)row;
    uint32_t any = 0;
    for (uint32_t i = 0; i < n; i++) {
        any |= is_not_finite(words[i]);
    }
    if (!any) {
        return n;
    }
    uint32_t i = 0;
    while (!is_not_finite(words[i])) {
        i++;
    }
    return i;
}

static uint32_t first_not_zero(const float *row, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && row[i] == 0.0f) {
        i++;
    }
    return i;
}

static enum guarded_flaw check_stage(const struct guarded *guarded, struct guarded_place *place)
{
    const float *row =
        guarded->vectors + place->row * guarded->row_stride + place->stage * guarded->stage_stride;
    uint32_t dim = guarded->dim;
    uint64_t n_guard = guarded->stage_stride - dim;
    if (first_other(row + dim, n_guard, GUARD_BITS) < n_guard) {
        place->column = dim + (uint32_t)first_other(row + dim, n_guard, GUARD_BITS);
        return GUARDED_PAST;
    }
    place->column = first_not_finite(row, dim);
    if (place->column < dim) {
        uint32_t bits;
        memcpy(&bits, row + place->column, sizeof bits);
        place->value = row[place->column];
        return bits == BLANK_BITS ? GUARDED_UNWRITTEN : GUARDED_NOT_FINITE;
    }
    if (!word_has_vector(place->status)) {
        place->column = first_not_zero(row, dim);
        if (place->column < dim) {
            place->value = row[place->column];
            return GUARDED_NOT_ZERO;
        }
    }
    return GUARDED_SOUND;
}

static bool status_guard_is_whole(const struct guarded *guarded)
{
    for (uint32_t i = 0; i < STATUS_GUARD_BYTES; i++) {
        if (guarded->status[guarded->n_rows + i] != STATUS_GUARD) {
            return false;
        }
    }
    return true;
}

/* Every guard before anything else: what is written past a row lands in another row. */
enum guarded_flaw guarded_check(const struct guarded *guarded, struct guarded_place *ret_place)
{
    struct guarded_place place = {0};
    enum guarded_flaw flaw = GUARDED_SOUND;
    if (!status_guard_is_whole(guarded) ||
        (guarded->map_rows > guarded->n_rows &&
         first_other(guarded->vectors + guarded->n_rows * guarded->row_stride, GUARD_FLOATS,
                     GUARD_BITS) < GUARD_FLOATS)) {
        place.row = guarded->n_rows;
        flaw = GUARDED_PAST;
    }
    for (uint64_t r = 0; r < guarded->n_rows && !flaw; r++) {
        place = (struct guarded_place){.row = r, .status = guarded->status[r]};
        if (place.status > EMB_WORD_BACKOFF) {
            flaw = GUARDED_STATUS;
        }
        for (uint32_t s = 0; s < guarded->n_stages && !flaw; s++) {
            place.stage = s;
            flaw = check_stage(guarded, &place);
        }
    }
    if (flaw) {
        *ret_place = place;
    }
    return flaw;
}
