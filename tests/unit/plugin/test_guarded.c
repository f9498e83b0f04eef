/* Guarded buffers: every way of writing wrongly is seen, and where. */
#include "plugin/guarded.h"
#include "support.h"

#include <embedder.h>

#include <math.h>
#include <signal.h>

enum { ROWS = 3, STAGES = 2, DIM = 5 };

static struct guarded fresh(uint64_t stage_stride)
{
    struct guarded guarded;
    guarded_init(&guarded, STAGES, DIM, stage_stride);
    guarded_prepare(&guarded, ROWS);
    return guarded;
}

static float *at(const struct guarded *guarded, uint64_t row, uint32_t stage)
{
    return guarded->vectors + row * guarded->row_stride + stage * guarded->stage_stride;
}

static void write_all(struct guarded *guarded)
{
    for (uint64_t r = 0; r < guarded->n_rows; r++) {
        for (uint32_t s = 0; s < STAGES; s++) {
            for (uint32_t d = 0; d < DIM; d++) {
                at(guarded, r, s)[d] = (float)(r + s + d);
            }
        }
        guarded->status[r] = EMB_WORD_OK;
    }
}

Test(guarded, sound_rows_pass_at_every_stride)
{
    const uint64_t strides[] = {0, DIM, DIM + 1, 64};
    for (size_t i = 0; i < 4; i++) {
        struct guarded guarded = fresh(strides[i]);
        struct guarded_place place;
        write_all(&guarded);
        cr_expect_eq(guarded_check(&guarded, &place), GUARDED_SOUND);
        guarded_finish(&guarded);
    }
}

Test(guarded, rows_are_aligned_by_default)
{
    struct guarded guarded = fresh(0);
    cr_expect_eq((uintptr_t)at(&guarded, 1, 1) % 64, 0);
    guarded_finish(&guarded);
}

#define expect_flaw(change, flaw, wanted_row, wanted_stage, wanted_column)                         \
    do {                                                                                           \
        struct guarded guarded = fresh(0);                                                         \
        struct guarded_place place = {99, 99, 99, 99, 0};                                          \
        write_all(&guarded);                                                                       \
        change;                                                                                    \
        cr_expect_eq(guarded_check(&guarded, &place), flaw);                                       \
        cr_expect_eq(place.row, wanted_row);                                                       \
        cr_expect_eq(place.stage, wanted_stage);                                                   \
        cr_expect_eq(place.column, wanted_column);                                                 \
        guarded_finish(&guarded);                                                                  \
    } while (0)

Test(guarded, each_flaw_is_found_where_it_is)
{
    expect_flaw(at(&guarded, 1, 1)[3] = NAN, GUARDED_NOT_FINITE, 1, 1, 3);
    expect_flaw(at(&guarded, 2, 0)[0] = -INFINITY, GUARDED_NOT_FINITE, 2, 0, 0);
    expect_flaw(at(&guarded, 0, 0)[DIM] = 0, GUARDED_PAST, 0, 0, DIM);
    expect_flaw(at(&guarded, 1, 0)[guarded.stage_stride - 1] = 0, GUARDED_PAST, 1, 0,
                guarded.stage_stride - 1);
    expect_flaw(at(&guarded, 2, 1)[DIM + 2] = 0, GUARDED_PAST, 2, 1, DIM + 2);
    expect_flaw(guarded.status[1] = 4, GUARDED_STATUS, 1, 0, 0);
    expect_flaw(guarded.status[ROWS] = 0, GUARDED_PAST, ROWS, 0, 0);
    expect_flaw(guarded.status[2] = EMB_WORD_UNKNOWN, GUARDED_NOT_ZERO, 2, 0, 0);
    expect_flaw(guarded.status[0] = EMB_WORD_CUT, GUARDED_NOT_ZERO, 0, 0, 1); /* 0 at [0][0][0] */
}

Test(guarded, what_was_left_out_is_found)
{
    struct guarded guarded = fresh(0);
    struct guarded_place place;
    cr_expect_eq(guarded_check(&guarded, &place), GUARDED_STATUS, "nothing at all was written");
    write_all(&guarded);
    guarded_prepare(&guarded, ROWS);
    guarded.status[0] = EMB_WORD_OK;
    cr_expect_eq(guarded_check(&guarded, &place), GUARDED_UNWRITTEN);
    cr_expect_eq(place.row, 0);
    guarded_finish(&guarded);
}

Test(guarded, fewer_rows_later_are_guarded_too)
{
    struct guarded guarded = fresh(0);
    struct guarded_place place;
    guarded_prepare(&guarded, 1);
    write_all(&guarded);
    cr_expect_eq(guarded_check(&guarded, &place), GUARDED_SOUND);
    at(&guarded, 1, 0)[0] = 1;
    cr_expect_eq(guarded_check(&guarded, &place), GUARDED_PAST);
    guarded_finish(&guarded);
}

Test(guarded, the_page_behind_the_last_row_cannot_be_written, .signal = SIGSEGV)
{
    struct guarded guarded = fresh(0);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit status of it */
    at(&guarded, ROWS, 0)[0] = 1;
}
