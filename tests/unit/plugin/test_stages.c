/* --stages: which rows a run looks at, and what it must ask the model for. */
#include "plugin/stages.h"
#include "support.h"

#include "base/str.h"

static struct stage stages[] = {
    {"table", 0, false},       {"input", 0, true}, {"1.attention", 1, false}, {"1", 1, true},
    {"2.attention", 2, false}, {"2", 2, true},     {"3.attention", 3, false}, {"3", 3, true},
    {"4.attention", 4, false}, {"4", 4, true},     {"5.attention", 5, false}, {"5", 5, true},
};
static const struct stage_table five = {stages, 12}, three = {stages, 8}, only_table = {stages, 1};

/* "NAME=part+part NAME=… | asked,asked" */
static char *describe(const struct stage_table *table, const char *text)
{
    struct stage_choice choice;
    struct str out = {0};
    if (stage_choice_parse(table, text, &choice)) {
        return mem_text("refused");
    }
    for (uint32_t i = 0; i < choice.n; i++) {
        const struct stage_pick *pick = &choice.picks[i];
        str_format(&out, "%s%s", i ? " " : "", pick->name);
        for (uint32_t p = 0; pick->is_compound && p < pick->n_parts; p++) {
            str_format(&out, "%s%s", p ? "+" : "=",
                       table->stages[choice.asked[pick->parts[p]]].name);
        }
    }
    str_add(&out, " |");
    for (uint32_t i = 0; i < choice.n_asked; i++) {
        str_format(&out, " %u", choice.asked[i]);
    }
    stage_choice_finish(&choice);
    return out.data;
}

#define expect_stages(table, text, wanted)                                                         \
    do {                                                                                           \
        char *found_ = describe(&(table), text);                                                   \
        cr_expect_str_eq(found_, wanted);                                                          \
        free(found_);                                                                              \
    } while (0)

Test(stages, all_adds_the_sum_of_the_last_four_blocks)
{
    expect_stages(five, NULL,
                  "table input 1.attention 1 2.attention 2 3.attention 3 4.attention 4 "
                  "5.attention 5 sum:2-5=2+3+4+5 | 0 1 2 3 4 5 6 7 8 9 10 11");
    expect_stages(three, "all",
                  "table input 1.attention 1 2.attention 2 3.attention 3 | 0 1 2 3 4 5 6 7");
    expect_stages(only_table, "", "table | 0");
}

Test(stages, names_patterns_and_ranges)
{
    expect_stages(five, "3,table", "table 3 | 0 7");
    expect_stages(five, "table,table", "table | 0");
    expect_stages(five, "blocks", "input 1 2 3 4 5 | 1 3 5 7 9 11");
    expect_stages(five, "*.attention",
                  "1.attention 2.attention 3.attention 4.attention "
                  "5.attention | 2 4 6 8 10");
    expect_stages(five, "2-4", "2 3 4 | 5 7 9");
    expect_stages(five, "0-1", "input 1 | 1 3");
    expect_stages(five, " 1 , 2 ", "1 2 | 3 5");
}

Test(stages, sums_and_means)
{
    expect_stages(five, "sum:3-5", "sum:3-5=3+4+5 | 7 9 11");
    expect_stages(five, "mean:1-2,5", "5 mean:1-2=1+2 | 3 5 11");
    expect_stages(five, "sum:last2", "sum:4-5=4+5 | 9 11");
    expect_stages(five, "sum:last2,sum:4-5", "sum:4-5=4+5 | 9 11");
    expect_stages(five, "mean:0-5", "mean:0-5=input+1+2+3+4+5 | 1 3 5 7 9 11");
    expect_stages(five, "sum:2-2", "sum:2-2=2 | 5");
}

Test(stages, what_is_not_there_is_refused)
{
    static const char *const texts[] = {
        "6",    "sum:3-6", "4-6", "sum:last6", "sum:last0",           "nothing", "sum:", "sum:5-3",
        "1,,2", "mean:x",  "3-",  "-3",        "sum:1-9999999999999", "x*"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_stages(five, texts[i], "refused");
        expect_message("--stages: found \"");
        expect_message("the model has: table, input, 1.attention");
    }
}
