/*
 * latex.c - tables of figures as LaTeX, for the packages booktabs and (with pdfLaTeX)
 * inputenc.
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/file.h"
#include "report/text/markup.h"
#include "report/text/view.h"

#include <string.h>

static void write_text(FILE *out, const char *text)
{
    struct str escaped = {0};
    markup_latex(text, &escaped);
    fputs(str_text(&escaped), out);
    str_finish(&escaped);
}

/* What begins a line after \\ must not look like its argument. */
static void write_first(FILE *out, const char *text)
{
    fputs(*text == '[' || *text == '*' ? "{}" : "", out);
    write_text(out, text);
}

static void write_cell(FILE *out, const struct view_cell *cell)
{
    fputs(" & ", out);
    if (!cell->row) {
        return;
    }
    fputs(cell->best ? "\\textbf{" : "", out);
    write_text(out, cell->text);
    fputs(cell->best ? "}" : "", out);
    if (cell->interval) {
        fputs(" {\\scriptsize ", out);
        write_text(out, cell->interval);
        fputc('}', out);
    }
}

static void write_head(FILE *out, const struct view_table *table)
{
    fputs("\\begin{table}\n\\centering\n\\caption{", out);
    write_text(out, table->title);
    fputs(". ", out);
    write_text(out, table->notes);
    fputs("}\n\\label{tab:harness-", out);
    for (const char *at = table->suite; *at; at++) {
        bool plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *at);
        fputc(plain ? *at : '-', out);
    }
    fputs("}\n\\begin{tabular}{", out);
    for (uint32_t i = 0; i < table->n_labels + table->n_columns; i++) {
        fputc(i < table->n_labels ? 'l' : 'r', out);
    }
    fputs("}\n\\toprule\n", out);
    for (uint32_t k = 0; k < table->n_labels; k++) {
        fprintf(out, "%s%s", k ? " & " : "", table->label_names[k]);
    }
    for (uint32_t c = 0; c < table->n_columns; c++) {
        fputs(" & ", out);
        write_text(out, table->columns[c]);
    }
    fputs(" \\\\\n\\midrule\n", out);
}

/* A thin rule between embedders. */
static bool begins_group(const struct view_table *table, uint32_t r)
{
    const char *now = table->labels[r][0], *before = r > 0 ? table->labels[r - 1][0] : now;
    return table->n_labels > 1 && now && before && strcmp(now, before) != 0;
}

static void write_table(FILE *out, const struct view_table *table)
{
    write_head(out, table);
    for (uint32_t r = 0; r < table->n_rows; r++) {
        fputs(begins_group(table, r) ? "\\addlinespace\n" : "", out);
        for (uint32_t k = 0; k < table->n_labels; k++) {
            const char *label = table->labels[r][k] ? table->labels[r][k] : "";
            fputs(k ? " & " : "", out);
            if (k == 0) {
                write_first(out, label);
            } else {
                write_text(out, label);
            }
        }
        for (uint32_t c = 0; c < table->n_columns; c++) {
            write_cell(out, &table->cells[r][c]);
        }
        fputs(" \\\\\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n\\end{table}\n", out);
}

static int write_latex(const struct result_tree *tree, const struct view_options *options,
                       const char *path)
{
    struct view view;
    struct file_out file;
    int status = view_build(tree, options, &view);
    if (status != 0) {
        return status;
    }
    status = file_out_open(&file, path);
    if (status == 0) {
        fputs("% \\usepackage{booktabs}\n", file.stream);
    }
    for (uint32_t i = 0; i < view.n_tables && status == 0; i++) {
        fputs(i ? "\n" : "", file.stream);
        write_table(file.stream, &view.tables[i]);
    }
    view_finish(&view);
    return status ? status : file_out_commit(&file);
}

static int write_look(const struct result_tree *tree, const struct report_look *look,
                      const char *path)
{
    return write_latex(tree, &look->view, path);
}

const struct report_format report_format_latex = {
    .name = "latex",
    .about = "tables of figures, LaTeX",
    .ending = ".tex",
    .write_look = write_look,
    .write_cells = cells_write_latex,
    .of_view = true,
};
