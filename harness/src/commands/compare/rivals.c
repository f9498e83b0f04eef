/* Says which rows may stand side by side, whether they were made alike, and what they are called.
 */
#include "commands/compare/rivals.h"

#include "base/mem.h"
#include "base/str.h"
#include "report/figure_text.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 12         /* data sets that an error lists */
#define MOST_OF_LINE 600 /* bytes of rows that it lists of one */

bool compare_same_place(const struct compare_system *a, const struct compare_system *b)
{
    return strcmp(a->suite, b->suite) == 0 && strcmp(a->dataset, b->dataset) == 0 &&
           strcmp(a->metric, b->metric) == 0 && strcmp(a->split.text, b->split.text) == 0;
}

bool compare_same_system(const struct compare_system *a, const struct compare_system *b)
{
    return compare_same_place(a, b) && strcmp(a->embedder, b->embedder) == 0 &&
           stage_same(&a->stage, &b->stage) && strcmp(a->method, b->method) == 0;
}

bool compare_same_question(const struct args *args, const struct compare_system *a,
                           const struct compare_system *b)
{
    if (!compare_same_place(a, b)) {
        return false;
    }
    if (a->is_baseline || b->is_baseline) {
        return true;
    }
    uint32_t n;
    free(args_values(args, "method", true, &n));
    const char *ends = strncmp(a->method, "nn", 2) == 0 ? "-+" : "+";
    size_t length = strcspn(a->method, ends);
    bool predictions = strcmp(a->kind, "predictions") == 0 || strcmp(b->kind, "predictions") == 0;
    return n > 1 || predictions ||
           (length == strcspn(b->method, ends) && strncmp(a->method, b->method, length) == 0);
}

/* Signatures. */

/* Terms that say which system it is, or only inform, not how it was measured. Of two embedders'
 * rows, what a word sees and how its pieces are pooled belong to the embedder; of two methods',
 * what they learn from belongs to the method. How a word alone is written for a table and for a
 * contextual model are two questions: between the two kinds, the answers are no difference of
 * protocol. */
static bool names_the_system(const struct protocol_term *term, const struct compare_system *a,
                             const struct compare_system *b)
{
    bool embedders = strcmp(a->embedder, b->embedder) != 0;
    switch (protocol_term_role(term)) {
    case PROTOCOL_OF_SYSTEM:
    case PROTOCOL_OF_INFORMATION:
        return true;
    case PROTOCOL_OF_EMBEDDER:
        return embedders;
    case PROTOCOL_OF_WRITING:
        return embedders && strcmp(a->kind, b->kind) != 0;
    case PROTOCOL_OF_METHOD:
        return strcmp(a->method, b->method) != 0;
    case PROTOCOL_OF_EXPERIMENT:
    case PROTOCOL_N_ROLES:
        break;
    }
    return false;
}

/* The term that answers to another: with the same key, of those without one the same text. n if
 * there is none. */
static uint32_t find_term(const struct protocol *protocol, const struct protocol_term *term)
{
    uint32_t i = 0;
    for (; i < protocol->n; i++) {
        const struct protocol_term *other = &protocol->terms[i];
        const char *x = term->name ? term->name : term->value;
        const char *y = other->name ? other->name : other->value;
        bool known = term->key != PROTOCOL_OTHER;
        if (other->key == term->key &&
            (known || (!term->name == !other->name && strcmp(x, y) == 0))) {
            break;
        }
    }
    return i;
}

/* The first term of `a` that b contradicts, as text. Terms that only one of two methods has say how
 * that one works; of one method they must be in both. */
static bool find_difference(const struct compare_system *a, const struct compare_system *b,
                            struct str *ret_a, struct str *ret_b)
{
    bool one_method = strcmp(a->method, b->method) == 0;
    for (uint32_t i = 0; i < a->protocol->n; i++) {
        const struct protocol_term *term = &a->protocol->terms[i];
        uint32_t other = find_term(b->protocol, term);
        bool lacks = other == b->protocol->n;
        if (names_the_system(term, a, b) || (lacks && !one_method)) {
            continue;
        }
        str_clear(ret_a);
        str_clear(ret_b);
        protocol_write_term(a->protocol, i, ret_a);
        if (!lacks) {
            protocol_write_term(b->protocol, other, ret_b);
        }
        if (strcmp(str_text(ret_a), str_text(ret_b)) != 0) {
            return true;
        }
    }
    return false;
}

char *compare_signatures(const struct compare_system *a, const struct compare_system *b)
{
    struct str x = {0}, y = {0};
    bool differ = find_difference(a, b, &x, &y) || find_difference(b, a, &y, &x);
    char *text = differ ? mem_format("\"%s\" of %s, \"%s\" of %s", str_text(&x), a->label,
                                     str_text(&y), b->label)
                        : NULL;
    str_finish(&x);
    str_finish(&y);
    return text;
}

/* Names. */

void compare_label(struct compare_input *input)
{
    struct map places = {0}, methods = {0};
    uint32_t *count = mem_array((size_t)input->n + 1, sizeof *count);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < input->n; i++) {
            struct compare_system *system = &input->systems[i];
            char *place = mem_format("%s\t%s", system->suite, system->dataset);
            char *method = mem_format("%s\t%s", place, system->method);
            uint32_t number = map_put_text(&places, place), known = methods.n;
            if (pass == 0 && !system->is_baseline) {
                count[number] += map_put_text(&methods, method) == known;
            }
            free(place);
            free(method);
            if (pass == 0) {
                continue;
            }
            struct str label = {0};
            if (input->n_reports > 1) {
                str_format(&label, "%s: ", input->reports[system->report]);
            }
            if (system->is_baseline) {
                str_add(&label, system->method);
            } else {
                str_format(&label, "%s%s%s", system->embedder, system->stage.name[0] ? " " : "",
                           system->stage.name);
                str_add(&label, count[number] > 1 ? " " : "");
                str_add(&label, count[number] > 1 ? system->method : "");
            }
            system->label = arena_text(&input->texts, str_text(&label), label.n);
            str_finish(&label);
        }
    }
    free(count);
    map_finish(&places);
    map_finish(&methods);
}

char *compare_rows_there_are(const struct compare_input *input)
{
    struct map places = {0}, seen = {0};
    struct str *lines = mem_array((size_t)input->n + 1, sizeof *lines), all = {0};
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *system = &input->systems[i];
        if (!system->asked) {
            continue;
        }
        char *place = mem_format("%s %s", system->suite, system->dataset);
        uint32_t number = map_put_text(&places, place), known = seen.n;
        char *row = mem_format("%u %s", number, system->label);
        if (map_put_text(&seen, row) == known) {
            bool full = lines[number].n > MOST_OF_LINE;
            str_add(&lines[number], full ? "" : lines[number].n ? ", " : "");
            str_add(&lines[number], full ? "" : system->label);
            if (!full && lines[number].n > MOST_OF_LINE) {
                str_add(&lines[number], " …");
            }
        }
        free(row);
        free(place);
    }
    for (uint32_t p = 0; p < places.n; p++) {
        if (p < SHOWN) {
            str_format(&all, "%s  %s: %s", p ? "\n" : "", map_key(&places, p), str_text(&lines[p]));
        }
        str_finish(&lines[p]);
    }
    if (places.n > SHOWN) {
        str_format(&all, "\n  and %u more data sets", places.n - SHOWN);
    }
    free(lines);
    map_finish(&places);
    map_finish(&seen);
    str_add(&all, all.n ? "" : "  none");
    compare_add_left_out(input, "\n  rows of policy ", &all);
    return all.data;
}
