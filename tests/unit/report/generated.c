/* Generates result trees full of texts and numbers that are hard to write. */
#include "generated.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "report/fields.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const pieces[] = {
    "a",
    " ",
    "  two  ",
    "&amp;",
    "]]>",
    "</script><script>alert(1)</script>",
    "<!--",
    "\"quoted\" 'and'",
    "\\",
    "\\u0041",
    "\\\\",
    "\n",
    "\r\n",
    "\t",
    "\x01",
    "\x0b\x1f",
    "\x7f",
    "\xc2\x85",     /* U+0085 */
    "\xef\xbf\xbe", /* U+FFFE */
    "\xef\xbf\xbf", /* U+FFFF */
    "\xef\xbf\xbd", /* U+FFFD */
    "\xe2\x80\xa8", /* U+2028 */
    "银行",
    "בנק",
    "🏦👩‍👧",
    "\xf0\x9f\xbf\xbe", /* U+1FFFE */
    "\xcc\x81",         /* a lone combining accent */
    "%s%n",
    "=1+1",
};

static char *some_text(struct rng *rng)
{
    struct str text = {0};
    for (uint64_t n = rng_below(rng, 6); n > 0; n--) {
        str_add(&text, pieces[rng_below(rng, sizeof pieces / sizeof *pieces)]);
    }
    return text.data ? text.data : mem_text("");
}

static double some_real(struct rng *rng)
{
    const double known[] = {
        NAN,  INFINITY, -INFINITY, 0.0, -0.0,    DBL_MAX, DBL_MIN, 4.94e-324,          1e15,
        1e16, 1e22,     0.1,       1.0, 1.0 / 3, -1.0,    1e-7,    12345678901234567.0};
    uint64_t which = rng_below(rng, 2 * sizeof known / sizeof *known);
    return which < sizeof known / sizeof *known ? known[which] : rng_normal(rng);
}

static uint64_t some_whole(struct rng *rng)
{
    const uint64_t known[] = {0, 1, UINT32_MAX, (uint64_t)1 << 53, INT64_MAX, UINT64_MAX};
    uint64_t which = rng_below(rng, 12);
    return which < 6 ? known[which] : rng_next(rng) >> rng_below(rng, 64);
}

static struct stage some_stage(struct rng *rng, const char *name)
{
    int32_t blocks[] = {STAGE_NO_BLOCK, 0, 1, 12, INT32_MAX};
    return (struct stage){name, blocks[rng_below(rng, 5)],
                          (enum stage_part)(1 + rng_below(rng, STAGE_N_PARTS - 1))};
}

/* A text that lives as long as the tree. */
static const char *kept_text(struct result_tree *tree, struct rng *rng)
{
    char *text = some_text(rng);
    const char *kept = result_tree_text(tree, text);
    free(text);
    return kept;
}

/* Every field of a struct; texts and lists are of the tree. */
static void fill(struct result_tree *tree, struct rng *rng, const struct field *fields,
                 void *object)
{
    for (const struct field *field = fields; field->name; field++) {
        char *at = (char *)object + field->offset;
        if (field->type == FIELD_TEXT) {
            const char *kept = field->needed || rng_below(rng, 4) > 0 ? kept_text(tree, rng) : NULL;
            memcpy(at, &kept, sizeof kept);
        } else if (field->type == FIELD_REAL) {
            memcpy(at, &(double){some_real(rng)}, sizeof(double));
        } else if (field->type == FIELD_WHOLE) {
            memcpy(at, &(uint64_t){some_whole(rng)}, sizeof(uint64_t));
        } else if (field->type == FIELD_WHOLE32) {
            memcpy(at, &(uint32_t){(uint32_t)some_whole(rng)}, sizeof(uint32_t));
        } else if (field->type == FIELD_BOOL) {
            memcpy(at, &(bool){rng_below(rng, 2) == 1}, sizeof(bool));
        } else if (field->type == FIELD_BLOCK || field->type == FIELD_PART) {
            continue; /* of a row's stage: some_stage() */
        } else if (field->type == FIELD_OBJECT) {
            fill(tree, rng, field->fields, object);
        } else {
            uint32_t n = (uint32_t)rng_below(rng, 4);
            size_t size = field->size;
            char *list = arena_alloc(&tree->attributes, (n + 1u) * size);
            for (uint32_t i = 0; i < n; i++) {
                if (field->type == FIELD_STAGES) {
                    ((struct stage *)(void *)list)[i] = some_stage(rng, kept_text(tree, rng));
                } else {
                    fill(tree, rng, field->fields, list + i * field->size);
                }
            }
            memcpy(at, &list, sizeof list);
            memcpy((char *)object + field->count, &n, sizeof n);
        }
    }
}

static void add_some_terms(struct protocol *protocol, struct rng *rng)
{
    for (uint64_t n = rng_below(rng, 8); n > 0; n--) {
        char *name = some_text(rng), *value = some_text(rng);
        struct protocol_term term = {.key = (enum protocol_key)rng_below(rng, PROTOCOL_N_KEYS + 4),
                                     .value = value};
        if (term.key >= PROTOCOL_OTHER) {
            term.key = PROTOCOL_OTHER;
            term.name = rng_below(rng, 2) && protocol_key_of(name, strlen(name)) == PROTOCOL_OTHER
                            ? name
                            : NULL;
            term.role = (enum protocol_role)rng_below(rng, PROTOCOL_N_ROLES);
        }
        protocol_add_term(protocol, &term);
        free(name);
        free(value);
    }
}

void generate_tree(uint64_t seed, struct result_tree *ret_tree)
{
    struct rng rng;
    struct result_tree tree = {0};
    rng_init(&rng, seed, 0);
    fill(&tree, &rng, fields_of_run, &tree.run);
    for (uint64_t n = rng_below(&rng, 9); n > 0; n--) {
        struct embedder_facts facts = {0};
        fill(&tree, &rng, fields_of_embedder, &facts);
        facts = embedder_facts_copy(&facts);
        result_tree_add_embedder(&tree, &facts);
    }
    for (uint64_t n = rng_below(&rng, 60); n > 0; n--) {
        struct figure row = {0};
        fill(&tree, &rng, fields_of_row, &row);
        struct protocol protocol = {0};
        add_some_terms(&protocol, &rng);
        row.stage = row.stage.name ? some_stage(&rng, row.stage.name) : (struct stage){0};
        row.split.value = row.split.axis ? row.split.value : NULL;
        row.protocol = &protocol;
        result_tree_add_row(&tree, &row);
        protocol_finish(&protocol);
    }
    *ret_tree = tree;
}
