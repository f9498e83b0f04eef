/*
 * splits.h - which records are of a row's split: those whose attributes say so.
 *
 * A split AXIS:VALUE is said by an attribute AXIS with that value, or with a whole number within
 * it where VALUE is a range ("2-3", "7+"). VALUE,AXIS:VALUE asks for both.
 */
#ifndef COMMANDS_COMPARE_SPLITS_H
#define COMMANDS_COMPARE_SPLITS_H

#include "base/arena.h"
#include "base/map.h"
#include "report/result.h"

/* All zero: none was asked for. The texts of rows and items live as long as the arena that they
 * are noted with. */
struct compare_splits {
    struct map names;    /* asked for, in the order of the options */
    struct split *asked; /* [names.n] as a row has it; no axis: of all items, or no row has it */
    bool *of_records;    /* [names.n] has it a row that is made of records? */
    struct map there;    /* of rows that are made of records */
    struct split *rows;  /* [there.n] */
    size_t rows_capacity;
    struct map axes;     /* of these, "distance" of "clue:left,distance:0", too */
    struct map said;     /* "AXIS\tVALUE", what attributes of such a name say */
    struct map patterns; /* a byte for each that was asked for: '1' where an item is in it */
    bool **members;      /* [names.n][patterns.n] */
};

/* Destroy with compare_splits_finish. */
void compare_splits_init(struct compare_splits *splits, const char *const *names, uint32_t n);
void compare_splits_finish(struct compare_splits *splits);

/* Takes note of a row's split, which was read before the records; its number among those asked
 * for, or MAP_NONE. */
uint32_t compare_splits_row(struct compare_splits *splits, const struct figure *row,
                            bool of_records, struct arena *texts);
/* Which of them an item is in: the number of a pattern. */
uint32_t compare_splits_item(struct compare_splits *splits, const struct result_item *item);
/* When all is read. has_records: a report has some. ERR_REQUEST: no row has a split, or no record
 * says who is in it; the error lists those that can be asked for. */
int compare_splits_close(struct compare_splits *splits, bool has_records);

#endif /* COMMANDS_COMPARE_SPLITS_H */
