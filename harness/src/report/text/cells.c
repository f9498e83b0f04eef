/* cells.c - tables of ready texts: one writer, and the markup of HTML, Markdown and LaTeX. */
#include "report/text/cells.h"

#include "base/mem.h"
#include "report/html/html.h"
#include "report/text/markup.h"

#include <stdlib.h>

/* Several lines stay lines. */
static void write_lines(const struct cell_markup *markup, const char *text, struct str *out)
{
    struct slice rest = slice_of(text), line;
    while (slice_line(&rest, &line)) {
        char *copy = mem_text_n(line.text, line.n);
        markup->escape(copy, out);
        str_add_char(out, '\n');
        free(copy);
    }
}

static void write_row(const struct cell_markup *markup, const struct str *cells, uint32_t n,
                      bool head, struct str *out)
{
    str_add(out, head ? markup->begin_head : markup->begin_row);
    for (uint32_t i = 0; i < n; i++) {
        str_add(out, i == 0 ? "" : head ? markup->between_heads : markup->between_cells);
        str_add(out, head ? markup->head_cell : markup->cell);
        markup->escape(str_text(&cells[i]), out);
    }
    str_add(out, head ? markup->end_head : markup->end_row);
}

void cells_write(const struct cell_tables *tables, const struct cell_markup *markup,
                 struct str *out)
{
    if (tables->opening.n > 0) {
        write_lines(markup, str_text(&tables->opening), out);
        str_add_char(out, '\n');
    }
    for (uint32_t t = 0; t < tables->n; t++) {
        const struct cell_table *table = &tables->tables[t];
        str_add(out, markup->begin_title);
        markup->escape(table->title, out);
        str_add(out, markup->end_title);
        str_add(out, markup->begin_table);
        for (uint32_t r = 0; r <= table->n_rows; r++) {
            write_row(markup, table->cells + (size_t)r * tables->n_columns, tables->n_columns,
                      r == 0, out);
        }
        str_add(out, markup->end_table);
        if (table->note.n > 0) {
            write_lines(markup, str_text(&table->note), out);
            str_add(out, "\n");
        }
    }
    write_lines(markup, str_text(&tables->closing), out);
}

void cells_write_html(const struct cell_tables *tables, struct str *out)
{
    static const struct cell_markup html = {
        "<h2>",    "</h2>\n", "<table>\n", "</table>\n<p>", "<tr>",  "</tr>\n",  "<tr>",
        "</tr>\n", "<th>",    "</th>",     "<td>",          "</td>", html_append};
    str_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                 "<title>harness comparison</title>\n<style>body{font:16px/1.4 sans-serif;margin:"
                 "2em}table{border-collapse:collapse}th,td{border-bottom:1px solid #ccc;padding:"
                 ".2em .7em;text-align:left;font-variant-numeric:tabular-nums}</style></head>"
                 "<body>\n");
    str_add(out, tables->opening.n > 0 ? "<p>" : "");
    cells_write(tables, &html, out);
    str_add(out, "</body></html>\n");
}

void cells_write_markdown(const struct cell_tables *tables, struct str *out)
{
    struct str rule = {0};
    str_add(&rule, " |\n|");
    for (uint32_t i = 0; i < tables->n_columns; i++) {
        str_add(&rule, tables->align[i] == 'r' ? "---:|" : "---|");
    }
    str_add(&rule, "\n");
    const struct cell_markup markdown = {"### ", "\n\n", "",    "\n", "| ",  str_text(&rule), "| ",
                                         " |\n", "",     " | ", "",   " | ", markup_markdown};
    cells_write(tables, &markdown, out);
    str_finish(&rule);
}

void cells_write_latex(const struct cell_tables *tables, struct str *out)
{
    struct str begin = {0};
    str_format(&begin, "\\begin{tabular}{%s}\n", tables->align);
    const struct cell_markup latex = {"% ",
                                      "\n",
                                      str_text(&begin),
                                      "\\end{tabular}\n\n",
                                      "",
                                      " \\\\\n\\hline\n",
                                      "",
                                      " \\\\\n",
                                      "",
                                      " & ",
                                      "",
                                      " & ",
                                      markup_latex};
    cells_write(tables, &latex, out);
    str_finish(&begin);
}
