/*
 * What each readout of an embedder says that the parts of the model add, and where the readouts
 * agree: of each embedder its first data set, the others folded.
 */
#include "report/html/page.h"
#include "report/readouts.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_FOLDED = 60 };

static void write_head(FILE *out, const bool used[READOUT_N_GAINS])
{
    fputs("<thead><tr><th scope=\"col\">readout</th>", out);
    for (int gain = 0; gain < READOUT_N_GAINS; gain++) {
        if (used[gain]) {
            fputs("<th scope=\"col\" class=\"n\">", out);
            html_text(out, readout_gain_names[gain]);
            fputs("</th>", out);
        }
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void write_gain(FILE *out, const struct readout_value *gain)
{
    static const char *const looks[READOUT_N_VERDICTS] = {[READOUT_ADDS] = "n up",
                                                          [READOUT_LOSES] = "n down",
                                                          [READOUT_NOT_SHOWN] = "n",
                                                          [READOUT_UNTESTED] = "n"};
    struct str text = {0};
    readout_write(gain, false, &text);
    fprintf(out, "<td class=\"%s\">", looks[readout_verdict(gain)]);
    html_text(out, str_text(&text));
    fputs("<span class=\"ci\">", out);
    html_interval(out, gain->low, gain->high);
    fputs("</span></td>", out);
    str_finish(&text);
}

static void write_table(const struct report_page *page, const struct readout_table *table)
{
    FILE *out = page->out;
    bool used[READOUT_N_GAINS] = {false};
    char *title = readouts_title(table), *sentence = readouts_sentence(table);
    for (uint32_t r = 0; r < table->n; r++) {
        for (int gain = 0; gain < READOUT_N_GAINS; gain++) {
            used[gain] = used[gain] || isfinite(table->readouts[r].gains[gain].value);
        }
    }
    page_figure_begin(out, title, true);
    fputs("<table>\n<caption class=\"hidden\">", out);
    html_text(out, title);
    fputs("</caption>\n", out);
    write_head(out, used);
    for (uint32_t r = 0; r < table->n; r++) {
        fputs("<tr><th scope=\"row\">", out);
        html_name(out, table->readouts[r].name);
        fputs("</th>", out);
        for (int gain = 0; gain < READOUT_N_GAINS; gain++) {
            if (used[gain]) {
                write_gain(out, &table->readouts[r].gains[gain]);
            }
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
    html_scroll_end(out);
    fputs("<p>", out);
    html_text(out, sentence);
    fputs("</p>\n</figure>\n", out);
    free(sentence);
    free(title);
}

static uint32_t write_tables(const struct report_page *page, bool first)
{
    const struct readouts *readouts = page->readouts;
    uint32_t n = 0;
    for (uint32_t t = 0; t < readouts->n; t++) {
        if (readouts->tables[t].first == first && (first || n < MOST_FOLDED)) {
            write_table(page, &readouts->tables[t]);
            n++;
        }
    }
    return n;
}

static uint32_t n_folded(const struct readouts *readouts)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < readouts->n; t++) {
        n += !readouts->tables[t].first;
    }
    return n;
}

void write_html_readouts(const struct report_page *page)
{
    FILE *out = page->out;
    if (page->readouts->n == 0) {
        return;
    }
    uint32_t folded = page->full ? n_folded(page->readouts) : 0;
    fputs("<section>\n", out);
    page_heading(out, "h2", "readouts", "Readouts");
    fputs("<p class=\"note\">What a part of a model adds is what one way of reading its vectors "
          "says: a row for each. Below a gain its 95 % interval, paired: all stages on the same "
          "resamples. A gain or a loss is shown where the interval leaves 0 out, each for "
          "itself.</p>\n",
          out);
    write_tables(page, true);
    if (folded > 0) {
        fprintf(out, "<details>\n<summary>Other data sets (%u)</summary>\n", folded);
        uint32_t written = write_tables(page, false);
        if (written < folded) {
            fprintf(out,
                    "<p class=\"note\">%u of %u; harness report --format csv lists the gains of "
                    "all.</p>\n",
                    written, folded);
        }
        fputs("</details>\n", out);
    }
    fputs("</section>\n", out);
}
