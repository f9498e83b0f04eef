/* findings.c - what an explanation comes to, in sentences. */
#include "commands/explain/explain.h"

#include "base/mem.h"
#include "base/str.h"
#include "plugin/embed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool explain_is_line(const struct explain_question *q, const struct explanation *e)
{
    return q->n_sentences > 1 && e->is_static && e->n_stages == 1 && !e->has_attention &&
           e->n_predictions == 0;
}

static void add_senses(struct str *text, const struct explain_question *q,
                       const struct explanation *e, uint32_t stage)
{
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(q, e, stage, i);
        str_format(text, "%s%s", i ? " and " : "", q->senses[nearest.sense].label);
    }
}

/* "From stage 1 on the two "bank" part: nearest are n1 and n2 at 6." */
char *explain_finding(const struct explain_question *q, const struct explanation *e)
{
    uint32_t from = explain_parted_from(q, e), last = e->n_stages, several = 0;
    const char *those = q->n_sentences == 2 ? "the two" : "the sentences";
    struct str text = {0};
    for (uint32_t s = 0; s < e->n_stages; s++) {
        if (stage_is_native(&e->stages[s])) {
            last = s;
            several += explain_distinguished_at(q, e, s);
        }
    }
    if (q->n_sentences < 2 || q->n_senses < 2 || last == e->n_stages) {
        return mem_text("");
    }
    if (from < e->n_stages && e->n_stages > 1) {
        str_format(&text, "From stage %s on %s \"%s\" differ in sense: nearest are ",
                   e->stages[from].name, those, q->word);
        add_senses(&text, q, e, last);
        str_format(&text, " at %s.", e->stages[last].name);
    } else if (several > 0) {
        str_format(&text,
                   "At %u of %u stages the nearest senses of %s differ, but at %s, the last, they "
                   "do not.",
                   several, e->n_stages, those, e->stages[last].name);
    } else {
        str_format(&text, "At no stage do the nearest senses of %s differ.", those);
    }
    return text.data;
}

static bool has_vector(const struct explain_question *q, const struct explanation *e)
{
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        if (!word_has_vector(e->status[i])) {
            return false;
        }
    }
    return true;
}

char *explain_static_line(const struct explain_question *q, const struct explanation *list,
                          uint32_t n)
{
    struct str text = {0}, lacking = {0};
    for (uint32_t i = 0; i < n; i++) {
        const struct explanation *e = &list[i];
        if (!explain_is_line(q, e)) {
            continue;
        }
        if (!has_vector(q, e)) {
            str_format(&lacking, "%s%s", lacking.n ? ", " : "", e->name);
            continue;
        }
        struct explain_nearest nearest = explain_nearest(q, e, 0, 0);
        str_format(&text, "%s%s", text.n ? ", " : "", e->name);
        if (!e->identical[0]) { /* another form of the word is another row */
            double cosine = explain_mean_cosine(q, e, 0);
            str_format(&text, " (forms differ, cosine %.3f)", cosine);
        } else if (nearest.ties == 1) {
            str_format(&text, " (nearest %s, %.3f)", q->senses[nearest.sense].label,
                       nearest.cosine);
        } else if (nearest.ties > 1) {
            str_format(&text, " (%u senses alike)", nearest.ties);
        }
    }
    if (text.n > 0) {
        char *names = mem_text(str_text(&text));
        str_clear(&text);
        str_format(&text, "Static, one vector for a form whatever the sentence: %s.", names);
        free(names);
    }
    if (lacking.n > 0) {
        str_format(&text, "%sStatic, and the embedder does not know the word: %s.",
                   text.n ? " " : "", str_text(&lacking));
    }
    str_finish(&lacking);
    return text.data ? text.data : mem_text("");
}

char *explain_take_away(const struct explain_question *q, const struct explanation *list,
                        uint32_t n)
{
    struct str parts = {0}, not = {0}, text = {0};
    for (uint32_t i = 0; i < n && q->n_sentences > 1 && q->n_senses > 1; i++) {
        const struct explanation *e = &list[i];
        uint32_t from = explain_parted_from(q, e);
        if (from < e->n_stages && e->n_stages > 1) {
            str_format(&parts, "%s%s (from stage %s on)", parts.n ? ", " : "", e->name,
                       e->stages[from].name);
        } else if (from == e->n_stages) {
            str_format(&not, "%s%s", not .n ? ", " : "", e->name);
        }
    }
    if (parts.n > 0) {
        str_format(&text, "Told apart by %s", str_text(&parts));
        str_format(&text, "%s%s.", not .n ? "; not by " : "", str_text(&not ));
    } else if (not .n > 0) {
        str_format(&text, "Told apart by none of %s.", str_text(&not ));
    }
    str_finish(&parts);
    str_finish(&not );
    return text.data ? text.data : mem_text("");
}
