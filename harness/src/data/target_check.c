/* Targets against their lemmas, letter by letter. */
#include "data/target_check.h"

#include "base/log.h"
#include "base/mem.h"
#include "data/unicode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool has_ascii_letter(struct slice text)
{
    bool any = false;
    for (size_t i = 0; i < text.n; i++) {
        any |= (text.text[i] | 32) >= 'a' && (text.text[i] | 32) <= 'z';
    }
    return any;
}

static bool holds(struct slice text, int32_t wanted)
{
    for (size_t i = 0, bytes; i < text.n; i += bytes) {
        if (unicode_next(text.text + i, text.n - i, &bytes) == wanted) {
            return true;
        }
    }
    return false;
}

/* Both in lower case. */
static bool share_a_letter(struct slice target, struct slice lemma)
{
    bool any = false;
    for (size_t i = 0, bytes; i < lemma.n && !any; i += bytes) {
        int32_t point = unicode_next(lemma.text + i, lemma.n - i, &bytes);
        any = point >= 0 && unicode_is_letter(point) && holds(target, point);
    }
    return any;
}

void target_check_add(struct target_check *check, const char *place, struct slice target,
                      const char *lemma)
{
    struct str low_target = {0}, low_lemma = {0};
    unicode_lower(target.text, target.n, &low_target);
    unicode_lower(lemma, strlen(lemma), &low_lemma);
    struct slice a = {str_text(&low_target), low_target.n}, b = {str_text(&low_lemma), low_lemma.n};
    bool comparable =
        unicode_has_letter(b.text, b.n) &&
        (!unicode_has_letter(a.text, a.n) || has_ascii_letter(a) == has_ascii_letter(b));
    check->n++;
    if (comparable && !share_a_letter(a, b)) {
        if (check->strange++ == 0) {
            check->first = mem_format("%s: target \"%.*s\", lemma \"%s\"", place, (int)target.n,
                                      target.text, lemma);
        }
    }
    str_finish(&low_target);
    str_finish(&low_lemma);
}

void target_check_finish(struct target_check *check, const char *path, double share,
                         const char *hint)
{
    if (check->strange && (double)check->strange > share * (double)check->n) {
        log_warn("%s: %llu of %llu targets share no letter with their lemma (first %s); %s", path,
                 (unsigned long long)check->strange, (unsigned long long)check->n, check->first,
                 hint);
    }
    free(check->first);
    *check = (struct target_check){0};
}
