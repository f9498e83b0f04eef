/* Gathers the gains of every readout of an embedder, and says where they agree. */
#include "report/readouts.h"

#include "base/map.h"
#include "base/mem.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const readout_gain_names[READOUT_N_GAINS] = {
    "all stages", "attention", "feed-forward", "attention − feed-forward", "input", "other parts"};

enum {
    MOST_READOUTS = 64 /* of one embedder on one data set */,
    MOST_NAMES = 4 /* in a sentence */
};

/* Lists in the making: tables and readouts by their names. */
struct gathering {
    struct readouts *readouts;
    struct map tables, names; /* "dataset\tembedder\tmetric"; "table\tsuite\tmethod\tpost" */
    size_t capacity;
    uint32_t *place; /* [names.n] number in its table */
    size_t place_capacity;
    const char **suites; /* [tables.n] of the first readout; "": of several */
    size_t suites_capacity;
};

/* Which gain a row is; READOUT_N_GAINS: none. */
static enum readout_gain gain_of(const struct figure *row, enum metric_form form)
{
    static const struct {
        const char *part;
        enum readout_gain gain;
    } parts[] = {{"attention", READOUT_ATTENTION},
                 {"feed-forward", READOUT_FEED_FORWARD},
                 {"input", READOUT_INPUT},
                 {"other", READOUT_OTHER}};
    if (split_is_all(&row->split)) {
        return form == METRIC_GAIN_TOTAL       ? READOUT_TOTAL
               : form == METRIC_ATTENTION_LEAD ? READOUT_LEAD
                                               : READOUT_N_GAINS;
    }
    bool is_part = form == METRIC_GAIN_TOTAL && row->split.axis && row->split.value &&
                   strcmp(row->split.axis, "part") == 0;
    for (size_t i = 0; is_part && i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(row->split.value, parts[i].part) == 0) {
            return parts[i].gain;
        }
    }
    return READOUT_N_GAINS;
}

/* "standardise" of "standardise on wordnet-definitions"; "" of vectors as they are. */
static struct slice post_of(const struct figure *row)
{
    const char *post = protocol_get(row->protocol, PROTOCOL_POST);
    const char *on = post ? strstr(post, " on ") : NULL;
    return post ? (struct slice){post, on ? (size_t)(on - post) : strlen(post)}
                : (struct slice){"", 0};
}

/* "minilm" of "minilm+standardise" where that is its post-processing. */
static size_t embedder_length(const char *embedder, struct slice post)
{
    size_t n = strlen(embedder);
    bool ends = post.n > 0 && n > post.n + 1 && embedder[n - post.n - 1] == '+' &&
                memcmp(embedder + n - post.n, post.text, post.n) == 0;
    return ends ? n - post.n - 1 : n;
}

static uint32_t put_table(struct gathering *of, const struct figure *row, struct slice metric,
                          struct slice post)
{
    struct readouts *readouts = of->readouts;
    struct str key = {0};
    size_t n = embedder_length(row->embedder, post);
    str_format(&key, "%s\t%.*s\t%.*s", row->dataset, (int)n, row->embedder, (int)metric.n,
               metric.text);
    uint32_t known = of->tables.n, number = map_put(&of->tables, str_text(&key), key.n);
    str_finish(&key);
    if (number == known) {
        const char *units = protocol_get(row->protocol, PROTOCOL_INTERVAL);
        MEM_GROW(readouts->tables, of->capacity, (size_t)number + 1);
        MEM_GROW(of->suites, of->suites_capacity, (size_t)number + 1);
        of->suites[number] = row->suite;
        readouts->tables[readouts->n++] = (struct readout_table){
            .dataset = row->dataset,
            .embedder = arena_text(&readouts->texts, row->embedder, n),
            .metric = arena_text(&readouts->texts, metric.text, metric.n),
            .units = arena_text(&readouts->texts, units ? units : "", units ? strlen(units) : 0),
            .scale = metric_shown_times(row->suite, row->metric),
            .readouts = mem_array(MOST_READOUTS, sizeof(struct readout)),
        };
    }
    of->suites[number] = strcmp(of->suites[number], row->suite) == 0 ? row->suite : "";
    return number;
}

/* The readout of a row; NULL: its table is full. Names are "suite\tmethod" until all are known. */
static struct readout *put_readout(struct gathering *of, uint32_t number, const struct figure *row,
                                   struct slice post)
{
    struct readout_table *table = &of->readouts->tables[number];
    struct str key = {0};
    str_format(&key, "%u\t%s\t%s%s%.*s%s", number, row->suite, row->method, post.n ? " (" : "",
               (int)post.n, post.text, post.n ? ")" : "");
    uint32_t known = of->names.n, name = map_put(&of->names, str_text(&key), key.n);
    if (name == known) {
        MEM_GROW(of->place, of->place_capacity, (size_t)name + 1);
        of->place[name] = table->n;
        if (table->n < MOST_READOUTS) {
            struct readout *readout = &table->readouts[table->n++];
            const char *begin = strchr(str_text(&key), '\t') + 1;
            readout->name = arena_text(&of->readouts->texts, begin, strlen(begin));
            for (int g = 0; g < READOUT_N_GAINS; g++) {
                readout->gains[g] = (struct readout_value){NAN, NAN, NAN};
            }
        }
    }
    str_finish(&key);
    bool full = of->place[name] >= MOST_READOUTS;
    table->left_out += full && name == known;
    return full ? NULL : &table->readouts[of->place[name]];
}

static void take_row(struct gathering *of, const struct figure *row)
{
    struct metric_name metric = metric_find(row->suite, row->metric);
    enum readout_gain gain = gain_of(row, metric.form);
    if (gain == READOUT_N_GAINS || metric.by_document || !metric.metric ||
        metric.metric->direction != METRIC_HIGHER || row->seeds) {
        return;
    }
    struct slice post = post_of(row);
    struct readout *readout = put_readout(of, put_table(of, row, metric.id, post), row, post);
    double scale = metric_shown_times(row->suite, row->metric);
    if (readout) {
        readout->gains[gain] =
            (struct readout_value){scale * row->value, scale * row->low, scale * row->high};
    }
}

/* The suite stands before the method only where a table has several. */
static void name_readouts(struct readouts *readouts, struct readout_table *table, bool one_suite)
{
    for (uint32_t r = 0; r < table->n; r++) {
        const char *name = table->readouts[r].name, *method = strchr(name, '\t');
        table->readouts[r].name = one_suite ? method + 1
                                            : arena_format(&readouts->texts, "%.*s %s",
                                                           (int)(method - name), name, method + 1);
    }
}

/* Tables of two readouts or more stay. */
static void settle(struct gathering *of)
{
    struct readouts *readouts = of->readouts;
    struct map embedders = {0};
    uint32_t n = 0;
    for (uint32_t t = 0; t < readouts->n; t++) {
        struct readout_table *table = &readouts->tables[t];
        if (table->n < 2) {
            free(table->readouts);
            continue;
        }
        uint32_t known = embedders.n;
        name_readouts(readouts, table, *of->suites[t]);
        table->first = map_put_text(&embedders, table->embedder) == known;
        readouts->tables[n++] = *table;
    }
    readouts->n = n;
    map_finish(&embedders);
}

void readouts_list(const struct result_tree *tree, struct readouts *ret_readouts)
{
    *ret_readouts = (struct readouts){0};
    struct gathering of = {.readouts = ret_readouts};
    for (size_t i = 0; i < tree->n_rows; i++) {
        take_row(&of, &tree->rows[i]);
    }
    settle(&of);
    map_finish(&of.tables);
    map_finish(&of.names);
    free(of.place);
    free(of.suites);
}

void readouts_finish(struct readouts *readouts)
{
    for (uint32_t t = 0; t < readouts->n; t++) {
        free(readouts->tables[t].readouts);
    }
    free(readouts->tables);
    arena_finish(&readouts->texts);
    *readouts = (struct readouts){0};
}

/* What they say. */

enum readout_verdict readout_verdict(const struct readout_value *gain)
{
    bool tested = isfinite(gain->low) && isfinite(gain->high);
    return !tested          ? READOUT_UNTESTED
           : gain->low > 0  ? READOUT_ADDS
           : gain->high < 0 ? READOUT_LOSES
                            : READOUT_NOT_SHOWN;
}

static const char *const shows[READOUT_N_VERDICTS] = {
    "show a gain", "show a loss", "show neither a gain nor a loss", "have no interval"};
static const char *const shown_by[READOUT_N_VERDICTS] = {"a gain by ", "a loss by ",
                                                         "neither shown by ", "no interval of "};

/* The names of those of one verdict; of many how many they are. */
static void add_names(const struct readout_table *table, enum readout_gain gain,
                      enum readout_verdict verdict, uint32_t count, struct str *out)
{
    uint32_t n = 0;
    str_add(out, shown_by[verdict]);
    if (count > MOST_NAMES) {
        str_format(out, "%u", count);
        return;
    }
    for (uint32_t r = 0; r < table->n; r++) {
        const struct readout_value *value = &table->readouts[r].gains[gain];
        if (isfinite(value->value) && readout_verdict(value) == verdict) {
            str_format(out, "%s%s", n++ ? ", " : "", table->readouts[r].name);
        }
    }
}

/* "attention: all 3 show a gain. ", "attention: no agreement: 2 of 3 show a gain; a loss by nn. "
 */
static void add_question(const struct readout_table *table, enum readout_gain gain, struct str *out)
{
    uint32_t counts[READOUT_N_VERDICTS] = {0}, n = 0;
    int most = 0;
    for (uint32_t r = 0; r < table->n; r++) {
        const struct readout_value *value = &table->readouts[r].gains[gain];
        if (isfinite(value->value)) {
            counts[readout_verdict(value)]++;
            n++;
        }
    }
    for (int v = 0; v < READOUT_N_VERDICTS; v++) {
        most = counts[v] > counts[most] ? v : most;
    }
    if (n < 2) {
        return;
    }
    str_format(out, "%s: ", readout_gain_names[gain]);
    if (counts[most] == n) {
        if (n == 2) {
            str_format(out, "both %s. ", shows[most]);
        } else {
            str_format(out, "all %u %s. ", n, shows[most]);
        }
        return;
    }
    str_add(out, "no agreement: ");
    if (counts[most] > 1) {
        str_format(out, "%u of %u %s", counts[most], n, shows[most]);
    } else {
        add_names(table, gain, (enum readout_verdict)most, 1, out);
    }
    for (int v = 0; v < READOUT_N_VERDICTS; v++) {
        if (v != most && counts[v] > 0) {
            str_add(out, "; ");
            add_names(table, gain, (enum readout_verdict)v, counts[v], out);
        }
    }
    str_add(out, ". ");
}

char *readouts_sentence(const struct readout_table *table)
{
    struct str text = {0};
    for (enum readout_gain gain = READOUT_TOTAL; gain <= READOUT_LEAD; gain++) {
        add_question(table, gain, &text);
    }
    while (text.n > 0 && text.data[text.n - 1] == ' ') {
        text.data[--text.n] = '\0';
    }
    return text.data ? text.data : mem_text("");
}

static void add_signed(struct str *out, double value)
{
    double rounded = round(10 * value) / 10;
    str_format(out, "%s%.1f", rounded < 0 ? "−" : "+", fabs(rounded));
}

void readout_write(const struct readout_value *gain, bool intervals, struct str *out)
{
    if (!isfinite(gain->value)) {
        return;
    }
    add_signed(out, gain->value);
    if (intervals && readout_verdict(gain) != READOUT_UNTESTED) {
        str_add(out, " (");
        add_signed(out, gain->low);
        str_add(out, " to ");
        add_signed(out, gain->high);
        str_add(out, ")");
    }
}

char *readouts_title(const struct readout_table *table)
{
    char *all = table->left_out ? mem_format(" of %u", table->n + table->left_out) : mem_text("");
    char *title =
        mem_format("%s, %s: gains of %s%s by %u%s readouts", table->dataset, table->embedder,
                   table->metric, table->scale > 1 ? " × 100" : "", table->n, all);
    free(all);
    return title;
}

/* As cells. */

static bool is_used(const struct readouts *readouts, enum readout_gain gain)
{
    bool used = false;
    for (uint32_t t = 0; t < readouts->n; t++) {
        for (uint32_t r = 0; r < readouts->tables[t].n; r++) {
            used = used || isfinite(readouts->tables[t].readouts[r].gains[gain].value);
        }
    }
    return used;
}

static void fill_row(const struct readout *readout, const enum readout_gain *columns, uint32_t n,
                     struct str *cells)
{
    str_add(&cells[0], readout ? readout->name : "readout");
    for (uint32_t c = 0; c < n; c++) {
        if (readout) {
            readout_write(&readout->gains[columns[c]], true, &cells[c + 1]);
        } else {
            str_add(&cells[c + 1], readout_gain_names[columns[c]]);
        }
    }
}

void readouts_cells(const struct readouts *readouts, struct cell_tables *ret_tables)
{
    enum readout_gain columns[READOUT_N_GAINS];
    uint32_t n = 0;
    for (int gain = 0; gain < READOUT_N_GAINS; gain++) {
        if (is_used(readouts, (enum readout_gain)gain)) {
            columns[n++] = (enum readout_gain)gain;
        }
    }
    *ret_tables = (struct cell_tables){
        .align = "lrrrrrr",
        .tables = mem_array(readouts->n + 1u, sizeof *ret_tables->tables),
        .n = readouts->n,
        .n_columns = n + 1,
    };
    for (uint32_t t = 0; t < readouts->n; t++) {
        const struct readout_table *table = &readouts->tables[t];
        struct cell_table *cells = &ret_tables->tables[t];
        char *sentence = readouts_sentence(table);
        cells->title = readouts_title(table);
        cells->n_rows = table->n;
        cells->cells = mem_array((table->n + 1u) * (n + 1u), sizeof *cells->cells);
        for (uint32_t r = 0; r <= table->n; r++) {
            fill_row(r ? &table->readouts[r - 1] : NULL, columns, n, cells->cells + r * (n + 1u));
        }
        str_format(&cells->note,
                   "In brackets 95 %% intervals, paired: all stages on the same resamples%s%s. A "
                   "gain or a loss is shown where the interval leaves 0 out, each for itself. %s",
                   *table->units ? " of " : "", table->units, sentence);
        free(sentence);
    }
}

void readouts_cells_finish(struct cell_tables *tables)
{
    for (uint32_t t = 0; t < tables->n; t++) {
        struct cell_table *table = &tables->tables[t];
        for (uint32_t i = 0; i < (table->n_rows + 1) * tables->n_columns; i++) {
            str_finish(&table->cells[i]);
        }
        free(table->cells);
        free((char *)table->title);
        str_finish(&table->note);
    }
    free(tables->tables);
    *tables = (struct cell_tables){0};
}
