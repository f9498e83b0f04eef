/* Says what each stage of a model is, and chooses those that a run looks at. */
#include "plugin/stages.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define LAST_BLOCKS 4 /* what "all" adds up: Devlin et al. 2019, table 7 */

/* A choice while it is being read. */
struct draft {
    const struct stage_table *table;
    bool *single;            /* [table->n] wanted as they are */
    struct stage_pick *sums; /* parts index the table, not yet `asked` */
    uint32_t n_sums;
    struct arena names;
};

/* "3.attention" of block 3. */
static bool is_attention_of(const char *name, int32_t block)
{
    uint64_t number;
    struct slice rest = slice_of(name), digits;
    return slice_field(&rest, '.', &digits) && rest.text && slice_is(rest, "attention") &&
           num_uint(digits, &number) && block > 0 && number == (uint64_t)block;
}

struct stage stage_of_plugin(const struct emb_stage *offered)
{
    const char *name = offered->name;
    enum stage_part part = STAGE_OTHER;
    if (offered->is_block_output == 1) {
        part = offered->block > 0 ? STAGE_FEED_FORWARD : STAGE_INPUT;
    } else if (strcmp(name, "table") == 0) {
        part = STAGE_TABLE;
    } else if (is_attention_of(name, offered->block)) {
        part = STAGE_ATTENTION;
    } else if (strcmp(name, "norm") == 0) {
        part = STAGE_NORM;
    }
    return (struct stage){name, offered->block, part};
}

static int unknown(const struct stage_table *table, struct slice item)
{
    struct str names = {0};
    for (uint32_t i = 0; i < table->n; i++) {
        str_format(&names, "%s%s", i ? ", " : "", table->stages[i].name);
    }
    bool is_static = table->n == 1 && strcmp(table->stages[0].name, "table") == 0;
    int status = error_set(ERR_REQUEST, "--stages: found \"%.*s\", but the model has: %s%s",
                           (int)item.n, item.text, str_text(&names),
                           is_static ? " (for static and contextual embedders in one run add it: "
                                       "--stages table,LIST)"
                                     : "");
    str_finish(&names);
    return status;
}

static uint32_t last_block(const struct stage_table *table)
{
    int32_t last = 0;
    for (uint32_t i = 0; i < table->n; i++) {
        const struct stage *stage = &table->stages[i];
        last = stage_is_output(stage) && stage->block > last ? stage->block : last;
    }
    return (uint32_t)last;
}

/* "3-6", or "lastN" where compound is allowed; false if it is something else. */
static bool parse_range(const struct stage_table *table, struct slice text, bool compound,
                        uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t n;
    if (compound && text.n > 4 && memcmp(text.text, "last", 4) == 0) {
        uint32_t last = last_block(table);
        if (!num_uint((struct slice){text.text + 4, text.n - 4}, &n) || n == 0 || n > last) {
            return false;
        }
        *ret_first = last - n + 1;
        *ret_last = last;
        return true;
    }
    struct slice rest = text, first;
    return slice_field(&rest, '-', &first) && rest.text && num_uint(first, ret_first) &&
           num_uint(rest, ret_last) && *ret_first <= *ret_last;
}

static bool in_range(const struct stage *stage, uint64_t first, uint64_t last)
{
    return stage_is_output(stage) && stage->block >= 0 && (uint64_t)stage->block >= first &&
           (uint64_t)stage->block <= last;
}

/* How many block outputs lie in first..last; all must be there. */
static bool range_is_whole(const struct stage_table *table, uint64_t first, uint64_t last)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < table->n; i++) {
        n += in_range(&table->stages[i], first, last);
    }
    return last < UINT32_MAX && n == last - first + 1;
}

static void add_sum(struct draft *draft, bool is_mean, uint64_t first, uint64_t last)
{
    char *name = mem_format("%s:%llu-%llu", is_mean ? "mean" : "sum", (unsigned long long)first,
                            (unsigned long long)last);
    for (uint32_t i = 0; i < draft->n_sums; i++) {
        if (strcmp(draft->sums[i].stage.name, name) == 0) {
            free(name);
            return;
        }
    }
    struct stage_pick pick = {
        .stage = {arena_keep(&draft->names, name), (int32_t)last, STAGE_COMBINATION},
        .is_mean = is_mean,
        .is_compound = true};
    free(name);
    pick.parts = mem_array(draft->table->n, sizeof *pick.parts);
    for (uint32_t i = 0; i < draft->table->n; i++) {
        if (in_range(&draft->table->stages[i], first, last)) {
            pick.parts[pick.n_parts++] = i;
        }
    }
    draft->sums = mem_resize(draft->sums, draft->n_sums + 1, sizeof *draft->sums);
    draft->sums[draft->n_sums++] = pick;
}

static void add_all(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->table->n; i++) {
        draft->single[i] = true;
    }
    uint32_t last = last_block(draft->table);
    if (last >= LAST_BLOCKS && range_is_whole(draft->table, last - LAST_BLOCKS + 1, last)) {
        add_sum(draft, false, last - LAST_BLOCKS + 1, last);
    }
}

static bool add_matching(struct draft *draft, struct slice item)
{
    char *pattern = mem_text_n(item.text, item.n);
    bool found = false;
    for (uint32_t i = 0; i < draft->table->n; i++) {
        const struct stage *stage = &draft->table->stages[i];
        if (slice_is(item, "blocks") ? stage_is_output(stage)
                                     : fnmatch(pattern, stage->name, 0) == 0) {
            draft->single[i] = true;
            found = true;
        }
    }
    free(pattern);
    return found;
}

static int add_item(struct draft *draft, struct slice item)
{
    uint64_t first, last;
    if (slice_is(item, "all")) {
        add_all(draft);
        return 0;
    }
    bool is_sum = item.n > 4 && memcmp(item.text, "sum:", 4) == 0;
    bool is_mean = item.n > 5 && memcmp(item.text, "mean:", 5) == 0;
    if (is_sum || is_mean) {
        size_t skip = is_sum ? 4 : 5;
        struct slice range = {item.text + skip, item.n - skip};
        if (!parse_range(draft->table, range, true, &first, &last) ||
            !range_is_whole(draft->table, first, last)) {
            return unknown(draft->table, item);
        }
        add_sum(draft, is_mean, first, last);
        return 0;
    }
    if (add_matching(draft, item)) {
        return 0;
    }
    if (!parse_range(draft->table, item, false, &first, &last) ||
        !range_is_whole(draft->table, first, last)) {
        return unknown(draft->table, item);
    }
    for (uint32_t i = 0; i < draft->table->n; i++) {
        draft->single[i] = draft->single[i] || in_range(&draft->table->stages[i], first, last);
    }
    return 0;
}

/* From table indices to indices into `asked`. */
static void settle(struct draft *draft, struct stage_choice *choice)
{
    uint32_t n = draft->table->n;
    bool *needed = mem_array(n, sizeof *needed);
    uint32_t *place = mem_array(n, sizeof *place);
    memcpy(needed, draft->single, n * sizeof *needed);
    for (uint32_t s = 0; s < draft->n_sums; s++) {
        for (uint32_t p = 0; p < draft->sums[s].n_parts; p++) {
            needed[draft->sums[s].parts[p]] = true;
        }
    }
    choice->asked = mem_array(n, sizeof *choice->asked);
    choice->picks = mem_array(n + draft->n_sums, sizeof *choice->picks);
    for (uint32_t i = 0; i < n; i++) {
        if (needed[i]) {
            place[i] = choice->n_asked;
            choice->asked[choice->n_asked++] = i;
        }
        if (draft->single[i]) {
            struct stage_pick pick = {.stage = draft->table->stages[i], .n_parts = 1};
            pick.stage.name = arena_keep(&draft->names, pick.stage.name);
            pick.parts = mem_array(1, sizeof *pick.parts);
            pick.parts[0] = place[i];
            choice->picks[choice->n++] = pick;
        }
    }
    for (uint32_t s = 0; s < draft->n_sums; s++) {
        struct stage_pick pick = draft->sums[s]; /* now the choice's */
        for (uint32_t p = 0; p < pick.n_parts; p++) {
            pick.parts[p] = place[pick.parts[p]];
        }
        choice->picks[choice->n++] = pick;
    }
    draft->n_sums = 0;
    choice->names = draft->names;
    draft->names = (struct arena){0};
    free(needed);
    free(place);
}

int stage_choice_parse(const struct stage_table *table, const char *text,
                       struct stage_choice *ret_choice)
{
    struct draft draft = {.table = table, .single = mem_array(table->n, sizeof(bool))};
    struct slice rest = slice_of(text && text[0] ? text : "all"), item;
    bool lenient = table->n == 1, any = false; /* see stages.h */
    int status = 0;
    while ((!status || lenient) && slice_field(&rest, ',', &item)) {
        status = add_item(&draft, slice_trim(item));
        any = any || !status;
    }
    status = lenient && any ? 0 : status;
    if (!status) {
        struct stage_choice choice = {0};
        settle(&draft, &choice);
        *ret_choice = choice;
    }
    for (uint32_t s = 0; s < draft.n_sums; s++) {
        free(draft.sums[s].parts);
    }
    arena_finish(&draft.names);
    free(draft.sums);
    free(draft.single);
    return status;
}

void stage_choice_finish(struct stage_choice *choice)
{
    for (uint32_t i = 0; i < choice->n; i++) {
        free(choice->picks[i].parts);
    }
    arena_finish(&choice->names);
    free(choice->picks);
    free(choice->asked);
    *choice = (struct stage_choice){0};
}

void stage_table_finish(struct stage_table *table)
{
    free(table->stages);
    arena_finish(&table->names);
    *table = (struct stage_table){0};
}
