/* Option tables: values of each kind, defaults, ranges, and what a plugin reads. */
#include "plugin/options.h"
#include "support.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static const struct emb_option table[] = {
    {"path", NULL, "a file", EMB_OPT_PATH, 0, 1, 0},
    {"dim", "64", "floats", EMB_OPT_INT, 0, 1, 100},
    {"rate", "0.05", "a rate", EMB_OPT_REAL, 0, 0, 1},
    {"free", "-3", "any integer", EMB_OPT_INT, 0, 1, 0},
    {"lower", "0", "a flag", EMB_OPT_FLAG, 0, 0, 1},
    {"kind", "plain", "a text", EMB_OPT_TEXT, 0, 1, 0},
    {"seed", "1", "a seed", EMB_OPT_SEED, 0, 0, 0x1p53},
    {"change", "own", "another model", EMB_OPT_CHANGE, 0, 1, 0},
    {"more", "", "another model still", EMB_OPT_CHANGE, 0, 1, 0},
};
enum { N = sizeof table / sizeof *table };

static struct emb_options *make(const char *const *words)
{
    struct option_pair pairs[8];
    uint32_t n = 0;
    for (; words[2 * n]; n++) {
        pairs[n] = (struct option_pair){(char *)(uintptr_t)words[2 * n],
                                        (char *)(uintptr_t)words[2 * n + 1]};
    }
    struct emb_options *options = NULL;
    return options_create(table, N, pairs, n, "plugin x", &options) ? NULL : options;
}

#define MAKE(...) make((const char *const[]){__VA_ARGS__, NULL})

Test(options, defaults_are_applied)
{
    struct emb_options *options = MAKE("path", "a.txt");
    cr_assert(options);
    cr_expect_str_eq(options_get_text(options, "path"), "a.txt");
    cr_expect_eq(options_get_int(options, "dim"), 64);
    cr_expect_eq(options_get_int(options, "free"), -3);
    cr_expect_eq(options_get_real(options, "rate"), 0.05);
    cr_expect_eq(options_get_int(options, "lower"), 0);
    cr_expect_str_eq(options_get_text(options, "kind"), "plain");
    cr_expect_str_eq(options_path(options), "a.txt");
    options_destroy(options);
}

Test(options, values_are_typed)
{
    struct emb_options *options =
        MAKE("path", "p", "dim", "100", "rate", "1e-3", "free", "9007199254740993", "lower", "yes",
             "kind", "", "seed", "9007199254740991");
    cr_assert(options);
    cr_expect_eq(options_get_int(options, "dim"), 100);
    cr_expect_eq(options_get_real(options, "rate"), 1e-3);
    cr_expect_eq(options_get_int(options, "free"), 9007199254740993, "not through a double");
    cr_expect_eq(options_get_int(options, "lower"), 1);
    cr_expect_eq(options_get_int(options, "seed"), 9007199254740991);
    cr_expect_eq(options_get_real(options, "seed"), 9007199254740991.0, "a seed is an integer");
    cr_expect_str_eq(options_get_text(options, "kind"), "");
    cr_expect_eq(options_get_real(options, "dim"), 100.0, "an integer is a number");
    options_destroy(options);
}

Test(options, refusals_name_what_was_found_and_expected)
{
    static const struct {
        const char *name, *value, *says;
    } cases[] = {
        {"dim", "0", "option dim: found \"0\", expected an integer from 1 to 100"},
        {"dim", "101", "found \"101\""},
        {"dim", "12x", "found \"12x\", expected an integer"},
        {"dim", "", "found \"\""},
        {"dim", "1.5", "found \"1.5\""},
        {"change", "a|b", "found \"a|b\", expected a printable text without |"},
        {"change", "a\x01", "expected a printable text without |"},
        {"rate", "nan", "found \"nan\", expected a number from 0 to 1"},
        {"rate", "1.01", "found \"1.01\""},
        {"lower", "2", "found \"2\", expected 1 or 0"},
        {"lwoer", "1", "unknown option \"lwoer\", expected one of path, dim"},
        {"seed", "-1", "option seed: found \"-1\", expected an integer from 0 to 9007199254740992"},
        {"path", "again", "option path is given twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_null(MAKE("path", "p", cases[i].name, cases[i].value));
        expect_message(cases[i].says);
        expect_message("plugin x");
    }
}

Test(options, a_required_one_is_missed)
{
    cr_expect_null(MAKE("dim", "3"));
    expect_message("option path is missing (a file)");
}

Test(options, description_shows_what_differs)
{
    struct emb_options *options = MAKE("path", "p", "dim", "64", "rate", "0.5");
    struct str text = {0};
    options_describe(options, &text);
    cr_expect_str_eq(str_text(&text), "path=p,rate=0.5");
    str_finish(&text);
    options_destroy(options);
}

Test(options, a_plugin_that_asks_wrongly_is_counted)
{
    struct emb_options *options = MAKE("path", "p");
    cr_expect_null(options_get_text(options, "nothing"));
    cr_expect_eq(options_get_int(options, "kind"), 0);
    cr_expect_eq(options_get_real(options, "lower"), 0.0);
    cr_expect_eq(options_misuses(), 3);
    options_destroy(options);
}

/* Only those of kind CHANGE, where they change something. */
Test(options, changes_are_described)
{
    struct emb_options *options =
        MAKE("path", "p", "dim", "3", "more", "a+b:1-2", "change", "own", "kind", "other");
    struct str text = {0};
    cr_assert(options);
    options_describe_changes(options, &text);
    cr_expect_str_eq(str_text(&text), "more=a+b:1-2");
    str_finish(&text);
    options_destroy(options);
}

Test(options, flaws_of_a_table)
{
    static const struct {
        struct emb_option option;
        const char *says;
    } cases[] = {
        {{"", "", "help", EMB_OPT_TEXT, 0, 1, 0}, "name"},
        {{"a b", "", "help", EMB_OPT_TEXT, 0, 1, 0}, "a b"},
        {{"a", "", "", EMB_OPT_TEXT, 0, 1, 0}, "help"},
        {{"a", "", "two\nlines", EMB_OPT_TEXT, 0, 1, 0}, "one line"},
        {{"a", "", "help", 9, 0, 1, 0}, "kind 9, wanted 0 to 6"},
        {{"a", "1.5", "help", EMB_OPT_SEED, 0, 0, 9}, "fallback \"1.5\""},
        {{"a", "11", "help", EMB_OPT_INT, 0, 1, 10}, "fallback \"11\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *flaw = option_flaw(&cases[i].option);
        cr_expect(flaw && strstr(flaw, cases[i].says), "case %zu: %s", i, flaw ? flaw : "none");
        free(flaw);
    }
    for (size_t i = 0; i < N; i++) {
        cr_expect_null(option_flaw(&table[i]));
    }
}

/* Tables of suites: words besides what the kind says, bytes, ranges without an end. */
Test(options, words_and_bytes)
{
    static const struct emb_option own[] = {
        {"case", "lower", "a word of two", EMB_OPT_TEXT, 0, 0, 0},
        {"k", "silhouette", "a word or a number", EMB_OPT_INT, 0, 1, INFINITY},
        {"block", "256M", "memory", OPTION_BYTES, 0, 1, INFINITY},
        {"from", "rank", "a word or a file", EMB_OPT_PATH, 0, 0, 0},
    };
    static const char *const words[] = {"lower|exact", "silhouette|gold", NULL, "rank|train"};
    static const struct option_table of = {own, words, 4};
    static const struct {
        const char *name, *value, *why; /* NULL: it is taken */
        int64_t integer;
    } cases[] = {
        {"case", "exact", NULL, 0},
        {"case", "low", "found \"low\", expected lower or exact", 0},
        {"case", "lower|exact", "expected lower or exact", 0},
        {"case", "", "expected lower or exact", 0},
        {"k", "gold", NULL, 0},
        {"k", "7", NULL, 7},
        {"k", "0", "expected silhouette, gold or an integer, 1 or more", 0},
        {"k", "golden", "expected silhouette, gold or an integer, 1 or more", 0},
        {"block", "2G", NULL, 2147483648},
        {"block", "lots", "expected bytes such as 256M, 1 or more", 0},
        {"block", "0", "expected bytes such as 256M, 1 or more", 0},
        {"from", "train", NULL, 0},
        {"from", "a/b.txt", NULL, 0},
        {"nope", "1", "unknown option \"nope\", expected one of case, k, block, from", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct option_pair pair = {(char *)(uintptr_t)cases[i].name,
                                         (char *)(uintptr_t)cases[i].value};
        struct emb_options *options = NULL;
        int status = options_create_from(&of, &pair, 1, "suite x", &options);
        cr_expect_eq(status == 0, cases[i].why == NULL, "%s=%s", cases[i].name, cases[i].value);
        if (cases[i].why) {
            cr_expect(strstr(error_message(), cases[i].why), "%s", error_message());
        } else if (cases[i].integer) {
            cr_expect_eq(options_get_int(options, cases[i].name), cases[i].integer);
        }
        options_destroy(options);
    }
    struct str label = {0}, help = {0};
    option_describe(&of, 1, &label, &help);
    cr_expect_str_eq(str_text(&label), "k=silhouette|gold|integer");
    cr_expect_str_eq(str_text(&help), "a word or a number (default silhouette, 1 or more)");
    str_finish(&label);
    str_finish(&help);
}
