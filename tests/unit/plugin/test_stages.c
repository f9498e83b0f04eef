/* --stages: which rows a run looks at, and what it must ask the model for. */
#include "plugin/stages.h"
#include "support.h"

#include "base/str.h"

static struct stage stages[] = {
    {"table", 0, STAGE_TABLE},           {"input", 0, STAGE_INPUT},
    {"1.attention", 1, STAGE_ATTENTION}, {"1", 1, STAGE_FEED_FORWARD},
    {"2.attention", 2, STAGE_ATTENTION}, {"2", 2, STAGE_FEED_FORWARD},
    {"3.attention", 3, STAGE_ATTENTION}, {"3", 3, STAGE_FEED_FORWARD},
    {"4.attention", 4, STAGE_ATTENTION}, {"4", 4, STAGE_FEED_FORWARD},
    {"5.attention", 5, STAGE_ATTENTION}, {"5", 5, STAGE_FEED_FORWARD},
};
static const struct stage_table five = {.stages = stages, .n = 12},
                                three = {.stages = stages, .n = 8},
                                only_table = {.stages = stages, .n = 1};

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
        str_format(&out, "%s%s", i ? " " : "", pick->stage.name);
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

/* What ABI 1 does not carry is derived once, at the door: every name that the plugins of the house
 * give, with the flags that they give, and names of others. */
Test(stages, what_a_plugin_offers_gets_its_part)
{
    static const struct {
        const char *name;
        int32_t block;
        uint32_t is_block_output;
        enum stage_part part;
    } offered[] = {
        {"table", 0, 0, STAGE_TABLE},
        {"input", 0, 1, STAGE_INPUT},
        {"1.attention", 1, 0, STAGE_ATTENTION},
        {"12", 12, 1, STAGE_FEED_FORWARD},
        {"norm", 12, 0, STAGE_NORM},
        {"layer-2", 2, 1, STAGE_FEED_FORWARD}, /* an output under any name */
        {"embedding", 0, 1, STAGE_INPUT},
        {"2.attention", 1, 0, STAGE_OTHER}, /* of another block than it says */
        {"0.attention", 0, 0, STAGE_OTHER},
        {"1.attention.value", 1, 0, STAGE_OTHER},
        {"sum:1-2", 2, 0, STAGE_OTHER}, /* a plugin adds nothing up */
        {"pooled", 2, 0, STAGE_OTHER},
    };
    for (size_t i = 0; i < sizeof offered / sizeof *offered; i++) {
        const struct emb_stage stage = {.struct_size = sizeof stage,
                                        .name = offered[i].name,
                                        .block = offered[i].block,
                                        .is_block_output = offered[i].is_block_output};
        struct stage typed = stage_of_plugin(&stage);
        cr_expect_str_eq(typed.name, offered[i].name);
        cr_expect_eq(typed.block, offered[i].block);
        cr_expect_eq(typed.part, offered[i].part, "%s is %s, expected %s", typed.name,
                     stage_part_name(typed.part), stage_part_name(offered[i].part));
    }
}

Test(stages, a_combination_says_its_last_block_and_norm_comes_behind_all)
{
    struct stage_choice choice;
    cr_assert_eq(stage_choice_parse(&five, "5,mean:1-3,sum:last2", &choice), 0);
    cr_assert_eq(choice.n, 3);
    cr_expect_eq(choice.picks[0].stage.part, STAGE_FEED_FORWARD);
    cr_expect_eq(choice.picks[1].stage.part, STAGE_COMBINATION);
    cr_expect_eq(choice.picks[1].stage.block, 3);
    cr_expect_eq(choice.picks[2].stage.block, 5);
    cr_expect(!stage_is_native(&choice.picks[2].stage));
    stage_choice_finish(&choice);
    const struct stage norm = {"norm", 5, STAGE_NORM};
    cr_expect(stage_is_native(&norm) && stage_is_whole(&norm) && !stage_is_output(&norm));
    for (uint32_t i = 0; i < five.n; i++) {
        cr_expect_lt(stage_place(&stages[i]), stage_place(i + 1 < five.n ? &stages[i + 1] : &norm));
    }
    for (int part = STAGE_NONE; part < STAGE_N_PARTS; part++) {
        cr_expect_eq(stage_part_of(stage_part_name((enum stage_part)part)), part);
    }
    cr_expect_eq(stage_part_of("head"), STAGE_N_PARTS);
}
