/*
 * Gains by every readout of an embedder, in the table for people: of each embedder its first data
 * set. Columns that the terminal has no room for are left out; the sentence below tells of the
 * first four in any case.
 *
 *     homographs, minilm: gains of f1 × 100 by 3 readouts
 *                             all stages  attention  feed-forward  attention − feed-forward
 *     nn                          +35.4*     +26.0*         +9.4*                    +16.6*
 *     gloss:sentence-gloss        +26.1*      +1.5         +24.4*                    −22.9*
 */
#include "report/text/table.h"

#include "base/mem.h"
#include "report/readouts.h"

#include <math.h>
#include <stdlib.h>

enum { GAP = 2 };

static int name_width(const struct readout_table *of)
{
    int width = 0;
    for (uint32_t r = 0; r < of->n; r++) {
        int one = table_width(of->readouts[r].name);
        width = one > width ? one : width;
    }
    return width;
}

static bool is_used(const struct readout_table *of, enum readout_gain gain)
{
    bool used = false;
    for (uint32_t r = 0; r < of->n; r++) {
        used = used || isfinite(of->readouts[r].gains[gain].value);
    }
    return used;
}

/* Columns that have a gain and fit behind the names; how many. */
static int choose_columns(const struct table *table, const struct readout_table *of, int name,
                          enum readout_gain ret_gains[READOUT_N_GAINS])
{
    int n = 0, at = name;
    for (int gain = 0; gain < READOUT_N_GAINS; gain++) {
        int width = GAP + table_width(readout_gain_names[gain]);
        if (is_used(of, (enum readout_gain)gain) && at + width <= table->columns) {
            ret_gains[n++] = (enum readout_gain)gain;
            at += width;
        }
    }
    return n;
}

static void put_gain(const struct table *table, const struct readout_value *gain, int width)
{
    struct str text = {0};
    enum readout_verdict verdict = readout_verdict(gain);
    readout_write(gain, false, &text);
    if (text.n > 0) {
        str_add(&text, verdict == READOUT_ADDS || verdict == READOUT_LOSES ? "*" : " ");
    }
    table_signs(table, str_text(&text), width, true);
    str_finish(&text);
}

static void put_table(const struct table *table, const struct readout_table *of)
{
    enum readout_gain gains[READOUT_N_GAINS];
    char *title = readouts_title(of), *sentence = readouts_sentence(of);
    int name = name_width(of), most = table->columns / 2;
    name = name > most ? most : name;
    int n = choose_columns(table, of, name, gains);
    fputs(table->bold, table->out);
    table_wrapped(table, title);
    fputs(table->off, table->out);
    table_put(table, "", name, false);
    for (int g = 0; g < n; g++) {
        const char *heading = readout_gain_names[gains[g]];
        table_signs(table, heading, GAP + table_width(heading), true);
    }
    fputc('\n', table->out);
    for (uint32_t r = 0; r < of->n; r++) {
        table_put(table, of->readouts[r].name, name, false);
        for (int g = 0; g < n; g++) {
            put_gain(table, &of->readouts[r].gains[gains[g]],
                     GAP + table_width(readout_gain_names[gains[g]]));
        }
        fputc('\n', table->out);
    }
    fputs(table->dim, table->out);
    table_wrapped(table, "*: the paired 95 % interval leaves 0 out, each for itself");
    fputs(table->off, table->out);
    table_wrapped(table, sentence);
    fputc('\n', table->out);
    free(sentence);
    free(title);
}

void write_table_readouts(const struct table *table, const struct result_tree *tree)
{
    struct readouts readouts;
    readouts_list(tree, &readouts);
    for (uint32_t t = 0; t < readouts.n; t++) {
        if (readouts.tables[t].first) {
            put_table(table, &readouts.tables[t]);
        }
    }
    readouts_finish(&readouts);
}
