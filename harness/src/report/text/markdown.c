/*
 * markdown.c - tables of figures as Markdown (pipe tables, as GitHub and pandoc read them).
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/file.h"
#include "report/readouts.h"
#include "report/text/markup.h"
#include "report/text/view.h"

static void write_text(FILE *out, const char *text)
{
    struct str escaped = {0};
    markup_markdown(text, &escaped);
    fputs(str_text(&escaped), out);
    str_finish(&escaped);
}

static void write_cell(FILE *out, const struct view_cell *cell)
{
    fputs(" ", out);
    if (cell->row) {
        fputs(cell->best ? "**" : "", out);
        write_text(out, cell->text);
        fputs(cell->best ? "**" : "", out);
        if (cell->interval) {
            fputc(' ', out);
            write_text(out, cell->interval);
        }
    }
    fputs(" |", out);
}

static void write_table(FILE *out, const struct view_table *table)
{
    fputs("**", out);
    write_text(out, table->title);
    fputs("**\n\n|", out);
    for (uint32_t k = 0; k < table->n_labels; k++) {
        fprintf(out, " %s |", table->label_names[k]);
    }
    for (uint32_t c = 0; c < table->n_columns; c++) {
        fputc(' ', out);
        write_text(out, table->columns[c]);
        fputs(" |", out);
    }
    fputs("\n|", out);
    for (uint32_t i = 0; i < table->n_labels + table->n_columns; i++) {
        fputs(i < table->n_labels ? "---|" : "---:|", out);
    }
    for (uint32_t r = 0; r < table->n_rows; r++) {
        fputs("\n|", out);
        for (uint32_t k = 0; k < table->n_labels; k++) {
            fputc(' ', out);
            write_text(out, table->labels[r][k] ? table->labels[r][k] : "");
            fputs(" |", out);
        }
        for (uint32_t c = 0; c < table->n_columns; c++) {
            write_cell(out, &table->cells[r][c]);
        }
    }
    fputs("\n\n", out);
    write_text(out, table->notes);
    fputc('\n', out);
}

/* Behind the tables of figures. */
static void write_readouts(FILE *out, const struct readouts *readouts)
{
    struct cell_tables tables;
    struct str text = {0};
    readouts_cells(readouts, &tables);
    cells_write_markdown(&tables, &text);
    if (readouts->n > 0) {
        fprintf(out, "\n%s", str_text(&text));
    }
    str_finish(&text);
    readouts_cells_finish(&tables);
}

static int write_file(const struct result_tree *tree, const struct view_options *options,
                      const struct readouts *readouts, const char *path)
{
    struct view view;
    struct file_out file;
    int status = view_build(tree, options, &view);
    if (status != 0) {
        return status;
    }
    status = file_out_open(&file, path);
    for (uint32_t i = 0; i < view.n_tables && status == 0; i++) {
        fputs(i ? "\n" : "", file.stream);
        write_table(file.stream, &view.tables[i]);
    }
    if (readouts && status == 0) {
        write_readouts(file.stream, readouts);
    }
    view_finish(&view);
    return status ? status : file_out_commit(&file);
}

static int write_look(const struct result_tree *tree, const struct report_look *look,
                      const char *path)
{
    return write_file(tree, &look->view, look->readouts, path);
}

const struct report_format report_format_markdown = {
    .name = "markdown",
    .about = "tables of figures, Markdown",
    .ending = ".md",
    .write_look = write_look,
    .write_cells = cells_write_markdown,
    .of_view = true,
};
