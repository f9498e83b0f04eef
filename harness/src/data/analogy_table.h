/*
 * analogy_table.h - analogy questions as tables with tabs, semicolons or commas between the columns
 * (layout in analogy.h).
 */
#ifndef DATA_ANALOGY_TABLE_H
#define DATA_ANALOGY_TABLE_H

#include "data/analogy.h"
#include "data/table_text.h"

/* What separates the columns: the first line has four of them or more. '\0': it is no table. */
char analogy_table_separator(struct table_lines lines);

int analogy_table_read(const char *path, const struct str *text, char separator,
                       struct analogy_set *set);

#endif /* DATA_ANALOGY_TABLE_H */
