/* Parses "name=value" texts by a descriptor's option table. */
#include "plugin/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t misuses;

static const char *kind_name(int32_t kind)
{
    static const char *const names[] = {
        [EMB_OPT_TEXT] = "text",   [EMB_OPT_PATH] = "path",  [EMB_OPT_INT] = "integer",
        [EMB_OPT_REAL] = "number", [EMB_OPT_FLAG] = "flag",  [EMB_OPT_SEED] = "seed",
        [EMB_OPT_CHANGE] = "text", [OPTION_BYTES] = "bytes",
    };
    return kind >= 0 && kind <= OPTION_BYTES ? names[kind] : "?";
}

static bool is_bounded(const struct emb_option *option)
{
    return option->min <= option->max;
}

static bool is_number(const struct emb_option *option)
{
    return option->kind == EMB_OPT_INT || option->kind == EMB_OPT_REAL ||
           option->kind == EMB_OPT_SEED || option->kind == OPTION_BYTES;
}

/* A bound as people write it: 1000000000000000, not 1e+15. */
static const char *bound_text(double value, char buffer[NUM_TEXT_MAX])
{
    if (fabs(value) < 1e18 && value == floor(value)) {
        snprintf(buffer, NUM_TEXT_MAX, "%.0f", value);
        return buffer;
    }
    return num_text(value, buffer);
}

static const char *words_of(const struct option_table *table, uint32_t i)
{
    return table->words ? table->words[i] : NULL;
}

static bool is_word(const char *words, const char *text)
{
    struct slice rest = slice_of(words ? words : ""), word;
    while (words && slice_field(&rest, '|', &word)) {
        if (slice_is(word, text)) {
            return true;
        }
    }
    return false;
}

/* "lower or exact"; "silhouette, gold or " before what else may be. */
static void describe_words(const char *words, bool alone, struct str *out)
{
    struct slice rest = slice_of(words), word;
    for (const char *before = ""; slice_field(&rest, '|', &word); before = ", ") {
        bool last = alone && !rest.text && before[0];
        str_format(out, "%s%.*s", last ? " or " : before, (int)word.n, word.text);
    }
    str_add(out, alone ? "" : " or ");
}

/* "an integer from 1 to 300" */
static void describe_wanted(const struct emb_option *option, const char *words, struct str *out)
{
    bool alone = option->kind == EMB_OPT_TEXT;
    if (words) {
        describe_words(words, alone, out);
        if (alone) {
            return;
        }
    }
    switch (option->kind) {
    case EMB_OPT_INT:
    case EMB_OPT_SEED:
        str_add(out, "an integer");
        break;
    case EMB_OPT_REAL:
        str_add(out, "a number");
        break;
    case OPTION_BYTES:
        str_add(out, "bytes such as 256M");
        break;
    case EMB_OPT_FLAG:
        str_add(out, "1 or 0");
        break;
    case EMB_OPT_CHANGE:
        str_add(out, "a printable text without |");
        break;
    default:
        str_add(out, "a text");
        break;
    }
    if (is_number(option) && is_bounded(option)) {
        char low[NUM_TEXT_MAX], high[NUM_TEXT_MAX];
        if (isinf(option->max)) {
            str_format(out, ", %s or more", bound_text(option->min, low));
        } else {
            str_format(out, " from %s to %s", bound_text(option->min, low),
                       bound_text(option->max, high));
        }
    }
}

static bool parse_flag(const char *text, int64_t *ret_value)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"no", "yes"}, {"false", "true"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (int64_t value = 0; value < 2; value++) {
            if (strcmp(text, words[i][value]) == 0) {
                *ret_value = value;
                return true;
            }
        }
    }
    return false;
}

/* The typed value of text, all but the copy of the text itself; false if it does not fit. */
static bool parse(const struct emb_option *option, const char *words, const char *text,
                  struct option_value *value)
{
    uint64_t bytes;
    if (words && (option->kind == EMB_OPT_TEXT || is_word(words, text))) {
        return is_word(words, text);
    }
    switch (option->kind) {
    case EMB_OPT_INT:
    case EMB_OPT_SEED:
        if (!num_int(slice_of(text), &value->integer)) {
            return false;
        }
        value->real = (double)value->integer;
        break;
    case EMB_OPT_REAL:
        if (!num_real(slice_of(text), &value->real)) {
            return false;
        }
        break;
    case OPTION_BYTES:
        if (!num_bytes(slice_of(text), &bytes) || bytes > INT64_MAX) {
            return false;
        }
        value->integer = (int64_t)bytes;
        value->real = (double)bytes;
        break;
    case EMB_OPT_FLAG:
        return parse_flag(text, &value->integer);
    case EMB_OPT_CHANGE:
        return text_is_printable(text) && !strchr(text, '|');
    default:
        return true;
    }
    return !is_bounded(option) || (value->real >= option->min && value->real <= option->max);
}

static int set_value(struct emb_options *options, uint32_t i, const char *text, const char *owner)
{
    struct option_value value = {0};
    const char *words = options->words ? options->words[i] : NULL;
    if (!parse(&options->options[i], words, text, &value)) {
        struct str wanted = {0};
        describe_wanted(&options->options[i], words, &wanted);
        int status = error_set(ERR_REQUEST, "%s, option %s: found \"%s\", expected %s", owner,
                               options->options[i].name, text, str_text(&wanted));
        str_finish(&wanted);
        return status;
    }
    value.text = mem_text(text);
    options->values[i] = value;
    return 0;
}

static int find(const struct emb_option *options, uint32_t n_options, const char *name,
                const char *owner, uint32_t *ret_i)
{
    for (uint32_t i = 0; i < n_options; i++) {
        if (strcmp(options[i].name, name) == 0) {
            *ret_i = i;
            return 0;
        }
    }
    struct str known = {0};
    for (uint32_t i = 0; i < n_options; i++) {
        str_format(&known, "%s%s", i ? ", " : "", options[i].name);
    }
    int status = error_set(ERR_REQUEST, "%s: found the unknown option \"%s\", expected %s%s", owner,
                           name, known.n ? "one of " : "none", str_text(&known));
    str_finish(&known);
    return status;
}

static int fill(struct emb_options *options, const struct option_pair *pairs, uint32_t n_pairs,
                const char *owner)
{
    for (uint32_t p = 0; p < n_pairs; p++) {
        uint32_t i = 0;
        TRY(find(options->options, options->n, pairs[p].name, owner, &i));
        if (options->values[i].text) {
            return error_set(ERR_REQUEST, "%s: option %s is given twice", owner, pairs[p].name);
        }
        TRY(set_value(options, i, pairs[p].value, owner));
    }
    for (uint32_t i = 0; i < options->n; i++) {
        const struct emb_option *option = &options->options[i];
        if (!options->values[i].text && !option->fallback) {
            return error_set(ERR_REQUEST, "%s: option %s is missing (%s)", owner, option->name,
                             option->help);
        }
        TRY(options->values[i].text ? 0 : set_value(options, i, option->fallback, owner));
    }
    return 0;
}

int options_create(const struct emb_option *options, uint32_t n_options,
                   const struct option_pair *pairs, uint32_t n_pairs, const char *owner,
                   struct emb_options **ret_options)
{
    const struct option_table table = {options, NULL, n_options};
    return options_create_from(&table, pairs, n_pairs, owner, ret_options);
}

int options_create_from(const struct option_table *table, const struct option_pair *pairs,
                        uint32_t n_pairs, const char *owner, struct emb_options **ret_options)
{
    struct emb_options *made = mem_alloc(sizeof *made);
    made->options = table->options;
    made->words = table->words;
    made->n = table->n;
    made->values = mem_array(table->n, sizeof *made->values);
    int status = fill(made, pairs, n_pairs, owner);
    if (status) {
        options_destroy(made);
        return status;
    }
    *ret_options = made;
    return 0;
}

void options_destroy(struct emb_options *options)
{
    if (!options) {
        return;
    }
    for (uint32_t i = 0; i < options->n; i++) {
        free(options->values[i].text);
    }
    free(options->values);
    free(options);
}

const struct emb_option *options_path_option(const struct emb_option *options, uint32_t n_options)
{
    for (uint32_t i = 0; i < n_options; i++) {
        if (options[i].kind == EMB_OPT_PATH) {
            return &options[i];
        }
    }
    return NULL;
}

const char *options_path(const struct emb_options *options)
{
    const struct emb_option *option = options_path_option(options->options, options->n);
    if (!option) {
        return NULL;
    }
    const char *text = options->values[option - options->options].text;
    return text[0] ? text : NULL;
}

static bool differs(const struct emb_options *options, uint32_t i)
{
    const char *fallback = options->options[i].fallback;
    return !fallback || strcmp(fallback, options->values[i].text) != 0;
}

bool options_is_changed(const struct emb_options *options, uint32_t i)
{
    return options->options[i].kind == EMB_OPT_CHANGE && differs(options, i);
}

static void describe(const struct emb_options *options,
                     bool (*counts)(const struct emb_options *options, uint32_t i), struct str *out)
{
    const char *separator = "";
    for (uint32_t i = 0; i < options->n; i++) {
        if (counts(options, i)) {
            str_format(out, "%s%s=%s", separator, options->options[i].name,
                       options->values[i].text);
            separator = ",";
        }
    }
}

void options_describe(const struct emb_options *options, struct str *out)
{
    describe(options, differs, out);
}

void options_describe_changes(const struct emb_options *options, struct str *out)
{
    describe(options, options_is_changed, out);
}

char *option_flaw(const struct emb_option *option)
{
    if (!option->name || !option->name[0] || strpbrk(option->name, "=,: \t\n\\") ||
        !text_is_printable(option->name)) {
        return mem_format("found the name \"%s\", wanted a word without = , : \\ and white space",
                          option->name ? option->name : "(NULL)");
    }
    if (!option->help || !option->help[0] || !text_is_printable(option->help)) {
        return mem_format("%s: wanted one line of help", option->name);
    }
    if (option->kind < EMB_OPT_TEXT || option->kind > EMB_OPT_CHANGE) {
        return mem_format("%s: found the kind %d, wanted %d to %d", option->name, option->kind,
                          EMB_OPT_TEXT, EMB_OPT_CHANGE);
    }
    if (isnan(option->min) || isnan(option->max)) {
        return mem_format("%s: its range is not a number", option->name);
    }
    struct option_value value = {0};
    if (option->fallback && !text_is_printable(option->fallback)) {
        return mem_format("%s: found control characters in its fallback", option->name);
    }
    if (option->fallback && !parse(option, NULL, option->fallback, &value)) {
        struct str wanted = {0};
        describe_wanted(option, NULL, &wanted);
        char *flaw = mem_format("%s: its fallback \"%s\" is not %s", option->name, option->fallback,
                                str_text(&wanted));
        str_finish(&wanted);
        return flaw;
    }
    return NULL;
}

/* "lower|exact", "silhouette|gold|INTEGER", "BYTES": what an option can be. */
static void add_values(const struct option_table *table, uint32_t i, struct str *out)
{
    const char *words = words_of(table, i);
    int32_t kind = table->options[i].kind;
    str_add(out, words ? words : "");
    if (!words || kind != EMB_OPT_TEXT) {
        str_format(out, "%s%s", words ? "|" : "", kind_name(kind));
    }
}

/* "(default 1, 1 to 300)" */
static void add_note(const struct emb_option *option, struct str *out)
{
    if (!option->fallback) {
        str_add(out, "(required");
    } else {
        str_format(out, "(default %s", option->fallback[0] ? option->fallback : "none");
    }
    if (is_number(option) && is_bounded(option)) {
        char low[NUM_TEXT_MAX], high[NUM_TEXT_MAX];
        if (isinf(option->max)) {
            str_format(out, ", %s or more", bound_text(option->min, low));
        } else {
            str_format(out, ", %s to %s", bound_text(option->min, low),
                       bound_text(option->max, high));
        }
    }
    str_add(out, ")");
}

void option_describe(const struct option_table *table, uint32_t i, struct str *ret_label,
                     struct str *ret_help)
{
    str_format(ret_label, "%s=", table->options[i].name);
    add_values(table, i, ret_label);
    str_format(ret_help, "%s ", table->options[i].help);
    add_note(&table->options[i], ret_help);
}

void options_help(const struct emb_option *options, uint32_t n_options, const char *indent,
                  struct str *out)
{
    const struct option_table table = {options, NULL, n_options};
    for (uint32_t i = 0; i < n_options; i++) {
        struct str label = {0}, help = {0};
        option_describe(&table, i, &label, &help);
        str_format(out, "%s%-22s %s\n", indent, str_text(&label), str_text(&help));
        str_finish(&label);
        str_finish(&help);
    }
}

/* The value of an option whose kind is in `kinds` (bits), or NULL for a plugin's mistake. */
static const struct option_value *get(const struct emb_options *options, const char *name,
                                      uint32_t kinds)
{
    for (uint32_t i = 0; i < options->n; i++) {
        if (strcmp(options->options[i].name, name) == 0) {
            if (kinds >> options->options[i].kind & 1u) {
                return &options->values[i];
            }
            atomic_fetch_add(&misuses, 1);
            log_error("the plugin reads its option \"%s\" as another kind than the %s that it is",
                      name, kind_name(options->options[i].kind));
            return NULL;
        }
    }
    atomic_fetch_add(&misuses, 1);
    log_error("the plugin asks for an option \"%s\" that it never declared", name);
    return NULL;
}

const char *options_get_text(const struct emb_options *options, const char *name)
{
    const struct option_value *value = get(options, name, ~0u); /* any kind has a text */
    return value ? value->text : NULL;
}

int64_t options_get_int(const struct emb_options *options, const char *name)
{
    const struct option_value *value =
        get(options, name,
            1u << EMB_OPT_INT | 1u << EMB_OPT_FLAG | 1u << EMB_OPT_SEED | 1u << OPTION_BYTES);
    return value ? value->integer : 0;
}

double options_get_real(const struct emb_options *options, const char *name)
{
    const struct option_value *value =
        get(options, name, 1u << EMB_OPT_REAL | 1u << EMB_OPT_INT | 1u << EMB_OPT_SEED);
    return value ? value->real : 0.0;
}

uint64_t options_misuses(void)
{
    return atomic_load(&misuses);
}
