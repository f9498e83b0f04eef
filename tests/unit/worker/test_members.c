/* What stands in a struct's list of members arrives: every member is given a value of its own, sent
 * over the wire, kept in a tree, written to JSON, XML and records and read back, and compared by
 * the same list. A member whose type no macro below knows does not compile. */
#include "worker/job.h"
#include "worker/message.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "plugin/plugin.h"
#include "report/stored/read.h"
#include "report/tree.h"
#include "report/write.h"
#include "temporary.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct wire_rules rules = {0, message_limits, MESSAGE_KINDS};
static const struct stage some_stage = {"its name says nothing", 3, STAGE_ATTENTION};
static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "suite"},
                                       {.key = PROTOCOL_DATASET, .value = "set"},
                                       {.key = PROTOCOL_ITEMS, .value = "3"},
                                       {.key = PROTOCOL_TRAIN, .value = "semcor"},
                                       {.key = PROTOCOL_VERSION, .value = "v1"}};
static const struct protocol some_protocol = {.terms = terms, .n = 5};
static const struct result_attribute some_attributes[] = {{"lemma", "bank"}, {"pos", "NOUN"}};
static unsigned count; /* makes numbers that are all different */

static struct stage *two_stages(void)
{
    return stages_copy((const struct stage[]){STAGE_THE_TABLE, some_stage}, 2);
}

static const char *const *two_texts(const char *name)
{
    static char kept[8][2][32];
    static const char *texts[8][2];
    static unsigned n;
    cr_assert_lt(n, 8);
    for (unsigned i = 0; i < 2; i++) {
        snprintf(kept[n][i], sizeof kept[n][i], "%s %u", name, i);
        texts[n][i] = kept[n][i];
    }
    return texts[n++];
}

/* clang-format off */
#define FILL(type, member, ...) FILL_##type(member)
#define FILL_TEXT(member) to->member = #member;
#define FILL_OWN_TEXT(member) to->member = mem_text(#member);
#define FILL_MADE_TEXT(member)
#define FILL_NAMES(member) to->member = #member "\nanother";
#define FILL_REAL(member) to->member = ++count + 0.25;
#define FILL_WHOLE(member) to->member = ((uint64_t)1 << 40) + ++count;
#define FILL_WHOLE32(member) to->member = ++count;
#define FILL_STAGE(member) to->member = some_stage;
#define FILL_SPLIT(member) to->member = (struct split){"pos", "NOUN", NULL};
#define FILL_PROTOCOL(member) to->member = &some_protocol;
#define FILL_STAGES(member) to->member = two_stages(); to->n_##member = 2;
#define FILL_ATTRIBUTES(member) to->member = some_attributes; to->n_##member = 2;
#define FILL_TEXTS(member) to->member = two_texts(#member); to->n_##member = 2;
#define FILL_SETTINGS(member)
#define FILL_FLAG(member) to->member = true;
#define FILL_KIND(member) to->member = CONTEXT_WINDOW;
#define FILL_SIGNED32(member) to->member = -3;
#define FILL_SPEC(member)
#define FILL_TASKS(member)

#define SAME(type, member, ...) SAME_##type(member)
#define SAME_TEXT(member) same_text(#member, b->member, a->member);
#define SAME_OWN_TEXT(member) same_text(#member, b->member, a->member);
#define SAME_MADE_TEXT(member) cr_expect_str_eq(b->member, "suite|set(3)|train:semcor|v1");
#define SAME_NAMES(member) same_text(#member, b->member, a->member);
#define SAME_REAL(member) cr_expect_eq(b->member, a->member, "%s: %g", #member, b->member);
#define SAME_WHOLE(member) \
    cr_expect_eq(b->member, a->member, "%s: %ju", #member, (uintmax_t)b->member);
#define SAME_WHOLE32(member) SAME_WHOLE(member)
#define SAME_STAGE(member) same_stage(&b->member, &a->member);
#define SAME_SPLIT(member) \
    same_text(#member, b->member.axis, a->member.axis); \
    same_text(#member, b->member.value, a->member.value);
#define SAME_PROTOCOL(member) same_protocol(b->member, a->member);
#define SAME_STAGES(member) \
    cr_assert_eq(b->n_##member, 2); \
    for (uint32_t i = 0; i < 2; i++) { same_stage(&b->member[i], &a->member[i]); }
#define SAME_ATTRIBUTES(member) \
    cr_assert_eq(b->n_##member, 2); \
    for (uint32_t i = 0; i < 2; i++) { \
        same_text(#member, b->member[i].name, a->member[i].name); \
        same_text(#member, b->member[i].value, a->member[i].value); \
    }
#define SAME_TEXTS(member) \
    cr_assert_eq(b->n_##member, 2, #member); \
    for (uint32_t i = 0; i < 2; i++) { same_text(#member, b->member[i], a->member[i]); }
#define SAME_SETTINGS(member) cr_expect_null(b->member);
#define SAME_FLAG(member) cr_expect_eq(b->member, a->member, "%s", #member);
#define SAME_KIND(member) SAME_FLAG(member)
#define SAME_SIGNED32(member) SAME_FLAG(member)
#define SAME_SPEC(member)
#define SAME_TASKS(member) cr_assert_eq(b->n_##member, a->n_##member);

/* What travels is the same, and what does not is not there. */
#define ARRIVED(type, member, name, needed, travel) ARRIVED_##travel(type, member)
#define OF_JOB_ARRIVED(type, member, travel) ARRIVED_##travel(type, member)
#define ARRIVED_SENT(type, member) SAME_##type(member)
#define ARRIVED_ONCE(type, member) SAME_##type(member)
#define ARRIVED_KEPT(type, member) cr_expect(!b->member, "%s came over the wire", #member);

/* A copy holds nothing of what it was made of. */
#define APART(type, member, ...) APART_##type(member)
#define APART_TEXT(member) cr_expect_neq(b->member, a->member, "%s is no copy", #member);
#define APART_NAMES(member) APART_TEXT(member)
#define APART_PROTOCOL(member) APART_TEXT(member)
#define APART_STAGE(member) APART_TEXT(member.name)
#define APART_SPLIT(member) APART_TEXT(member.axis) APART_TEXT(member.value)
#define APART_ATTRIBUTES(member) \
    APART_TEXT(member) \
    for (uint32_t i = 0; i < 2; i++) { APART_TEXT(member[i].name) APART_TEXT(member[i].value) }
#define APART_MADE_TEXT(member)
#define APART_REAL(member)
#define APART_WHOLE(member)
/* clang-format on */

static void same_text(const char *member, const char *found, const char *expected)
{
    cr_expect(found && strcmp(found, expected) == 0, "%s: found %s, expected %s", member,
              found ? found : "nothing", expected);
}

static void same_stage(const struct stage *found, const struct stage *expected)
{
    same_text("stage", found->name, expected->name);
    cr_expect_eq(found->block, expected->block);
    cr_expect_eq(found->part, expected->part);
}

static void same_protocol(const struct protocol *found, const struct protocol *expected)
{
    cr_assert_not_null(found);
    cr_assert_eq(found->n, expected->n);
    for (uint32_t i = 0; i < found->n; i++) {
        cr_expect_eq(found->terms[i].key, expected->terms[i].key);
        same_text("protocol", found->terms[i].value, expected->terms[i].value);
    }
}

static void fill_row(struct figure *to)
{
    FIGURE_MEMBERS(FILL)
}

static void fill_item(struct result_item *to)
{
    RESULT_ITEM_MEMBERS(FILL)
}

static void fill_facts(struct embedder_facts *to)
{
    EMBEDDER_FACTS_MEMBERS(FILL)
    free(to->claim); /* of a few words */
    to->claim = mem_text("verified");
}

static void same_row(const struct figure *b, const struct figure *a)
{
    FIGURE_MEMBERS(SAME)
}

static void same_item(const struct result_item *b, const struct result_item *a)
{
    RESULT_ITEM_MEMBERS(SAME)
}

static void row_is_apart(const struct figure *b, const struct figure *a)
{
    FIGURE_MEMBERS(APART)
}

static void item_is_apart(const struct result_item *b, const struct result_item *a)
{
    RESULT_ITEM_MEMBERS(APART)
}

static void same_facts(const struct embedder_facts *b, const struct embedder_facts *a)
{
    EMBEDDER_FACTS_MEMBERS(SAME)
}

static void row_arrived(const struct figure *b, const struct figure *a)
{
    FIGURE_MEMBERS(ARRIVED)
}

static void facts_arrived(const struct embedder_facts *b, const struct embedder_facts *a)
{
    EMBEDDER_FACTS_MEMBERS(ARRIVED)
}

static struct wire sent(const struct str *out)
{
    struct wire_frame frame;
    cr_assert_eq(wire_frame(&rules, out->data, out->n, &frame), WIRE_WHOLE);
    return frame.values;
}

Test(members, of_rows_items_and_facts_over_the_wire)
{
    struct str out = {0};
    struct figure row = {0}, got_row;
    struct protocol protocol = {0};
    fill_row(&row);
    message_write_row(&out, &row);
    struct wire wire = sent(&out);
    cr_assert(message_read_row(&wire, &protocol, &got_row));
    row_arrived(&got_row, &row);
    protocol_finish(&protocol);
    str_clear(&out);

    struct result_item item = {0}, got_item;
    struct result_attribute *attributes = NULL;
    size_t capacity = 0;
    fill_item(&item);
    message_write_item(&out, &item);
    wire = sent(&out);
    cr_assert(message_read_item(&wire, &attributes, &capacity, &got_item));
    same_item(&got_item, &item);
    free(attributes);
    str_clear(&out);

    struct embedder_facts facts = {0}, got_facts = {0};
    fill_facts(&facts);
    message_write_facts(&out, &facts);
    wire = sent(&out);
    const char *flaw = message_read_facts(&wire, &got_facts);
    cr_assert_null(flaw, "%s", flaw);
    facts_arrived(&got_facts, &facts);
    embedder_facts_finish(&facts);
    embedder_facts_finish(&got_facts);
    str_finish(&out);
}

static void same_request(const struct suite_request *b, const struct suite_request *a)
{
    SUITE_REQUEST_MEMBERS(SAME)
}

static void fill_request(struct suite_request *to)
{
    SUITE_REQUEST_MEMBERS(FILL)
}

static void fill_view(struct word_view *to)
{
    WORD_VIEW_MEMBERS(FILL)
}

static void view_arrived(const struct word_view *b, const struct word_view *a)
{
    WORD_VIEW_MEMBERS(OF_JOB_ARRIVED)
}

static void fill_job(struct worker_job *to)
{
    WORKER_JOB_MEMBERS(FILL)
}

static void job_arrived(const struct worker_job *b,
                        const struct worker_job *a){WORKER_JOB_MEMBERS(OF_JOB_ARRIVED)}

Test(members, of_jobs_over_the_wire)
{
    const struct plugin plugin = {.path = "p.so"};
    const struct emb_model_desc desc = {.id = "toy"};
    const struct plugin_model model = {.plugin = &plugin, .desc = &desc};
    struct option_pair pairs[] = {{(char *)(uintptr_t) "dim", (char *)(uintptr_t) "16"}};
    struct embedder_spec spec = {
        .name = (char *)(uintptr_t) "e", .model = &model, .pairs = pairs, .n_pairs = 1};
    const struct suite suite = {.id = "suite"};
    struct suite_request request = {0};
    fill_request(&request);
    const struct worker_task task = {&suite, &request};
    struct worker_job job = {.spec = &spec, .tasks = &task, .n_tasks = 1};
    fill_view(&spec.word_view);
    fill_job(&job);
    struct job_received got;
    struct str out = {0};
    job_write(&out, 7, &job);
    struct wire wire = wire_of(out.data, out.n);
    cr_assert(job_read(&wire, &got));
    job_arrived(&got.job, &job);
    view_arrived(&got.spec.word_view, &spec.word_view);
    cr_expect_eq(got.token, 7u);
    same_text("name", got.spec.name, "e");
    same_text("path", got.plugin_path, "p.so");
    same_text("id", got.plugin_id, "toy");
    cr_assert_eq(got.spec.n_pairs, 1u);
    same_text("pair", got.spec.pairs[0].value, "16");
    same_text("suite", got.suites[0], "suite");
    same_request(&got.requests[0], &request);
    job_received_finish(&got);
    str_finish(&out);
}

typedef int writer(const struct result_tree *tree, const char *path);

static void through(writer *write, const char *path, const struct result_tree *tree)
{
    struct result_tree read;
    cr_assert_eq(write(tree, path), 0, "%s", error_message());
    cr_assert_eq(report_read(path, &read), 0, "%s", error_message());
    cr_assert_eq(read.n_rows, 1);
    same_row(&read.rows[0], &tree->rows[0]);
    cr_assert_eq(read.n_embedders, 1);
    same_facts(&read.embedders[0], &tree->embedders[0]);
    result_tree_finish(&read);
}

static int take_item(void *ctx, const struct result_item *item)
{
    same_item(item, ctx);
    count = 0;
    return 0;
}

Test(members, of_rows_items_and_facts_in_the_tree_and_its_files)
{
    const char *folder = temporary_folder();
    char *json = file_join(folder, "r.json"), *xml = file_join(folder, "r.xml");
    char *items = file_join(folder, "items.jsonl");
    struct result_tree tree = {
        .run = {.version = "1", .command = "c", .started = "s", .items = "items.jsonl"}};
    struct figure row = {0};
    struct result_item item = {0};
    struct embedder_facts facts = {0}, same = {0};
    fill_row(&row);
    result_tree_add_row(&tree, &row);
    same_row(&tree.rows[0], &row);
    row_is_apart(&tree.rows[0], &row);
    fill_item(&item);
    result_tree_add_item(&tree, &item);
    same_item(&tree.items[0], &item);
    item_is_apart(&tree.items[0], &item);
    fill_facts(&facts);
    same = facts;
    result_tree_add_embedder(&tree, &facts);
    same_facts(&tree.embedders[0], &same);
    through(report_write_json, json, &tree);
    through(report_write_xml, xml, &tree);

    struct item_writer *to;
    cr_assert_eq(item_writer_open(items, NULL, &to), 0, "%s", error_message());
    item_writer_add(to, &item);
    cr_assert_eq(item_writer_commit(to), 0, "%s", error_message());
    cr_assert_eq(report_read_items(json, &tree, take_item, &item), 0, "%s", error_message());
    cr_expect_eq(count, 0, "the item was read");
    result_tree_finish(&tree);
    free(json);
    free(xml);
    free(items);
    temporary_remove(folder);
}
