/* Cuts a text by white space, punctuation, digits, bytes or patterns. */
#include "tokenizer/pre_tokenizer.h"

#include "base/regex.h"
#include "base/try.h"
#include "base/unicode.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/unicode_then.h"

#include <string.h>

const char byte_level_pattern[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
    "|\\s+(?!\\S)|\\s+";

const char qwen2_pattern[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                             "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

void pre_tokenizer_finish(struct pre_tokenizer *step)
{
    regex_free(step->regex);
}

/* A step finds the ranges of one split, then its behavior makes new splits of them. */
typedef emb_status find_ranges(const struct pre_tokenizer *step, struct work *work,
                               const struct split *split);

static emb_status push_split(struct work *work, uint32_t begin, uint32_t end)
{
    return begin < end ? split_push(work, &work->next_splits, begin, end, NO_ID) : EMB_OK;
}

/* Each match of Isolated or Removed, each run of Contiguous. */
static emb_status split_at_matches(struct work *work, enum split_behavior behavior)
{
    const struct range_list *ranges = &work->ranges;
    for (uint32_t i = 0; i < ranges->n; i++) {
        uint32_t begin = ranges->items[i].begin;
        bool is_match = ranges->items[i].is_match;
        while (behavior == SPLIT_CONTIGUOUS && i + 1 < ranges->n &&
               ranges->items[i + 1].is_match == is_match) {
            i++;
        }
        if (!(behavior == SPLIT_REMOVED && is_match)) {
            TRY(push_split(work, begin, ranges->items[i].end));
        }
    }
    return EMB_OK;
}

/* A match joins what precedes it, unless that ends with a match. */
static emb_status split_after_matches(struct work *work)
{
    const struct range_list *ranges = &work->ranges;
    for (uint32_t i = 0; i < ranges->n; i++) {
        uint32_t begin = ranges->items[i].begin;
        if (!ranges->items[i].is_match && i + 1 < ranges->n && ranges->items[i + 1].is_match) {
            i++;
        }
        TRY(push_split(work, begin, ranges->items[i].end));
    }
    return EMB_OK;
}

/* A match joins what follows it, unless that begins with a match. */
static emb_status split_before_matches(struct work *work)
{
    const struct range_list *ranges = &work->ranges;
    for (uint32_t i = 0; i < ranges->n; i++) {
        uint32_t begin = ranges->items[i].begin;
        if (ranges->items[i].is_match && i + 1 < ranges->n && !ranges->items[i + 1].is_match) {
            i++;
        }
        TRY(push_split(work, begin, ranges->items[i].end));
    }
    return EMB_OK;
}

static emb_status apply_behavior(struct work *work, enum split_behavior behavior)
{
    switch (behavior) {
    case SPLIT_MERGED_WITH_PREVIOUS:
        return split_after_matches(work);
    case SPLIT_MERGED_WITH_NEXT:
        return split_before_matches(work);
    default:
        return split_at_matches(work, behavior);
    }
}

static void use_next_splits(struct work *work)
{
    struct split_list old = work->splits;
    work->splits = work->next_splits;
    work->next_splits = old;
}

static emb_status cut(const struct pre_tokenizer *step, struct work *work, find_ranges *find,
                      enum split_behavior behavior)
{
    work->next_splits.n = 0;
    for (uint32_t i = 0; i < work->splits.n; i++) {
        struct split split = work->splits.items[i];
        if (split.id != NO_ID) {
            TRY(split_push(work, &work->next_splits, split.begin, split.end, split.id));
        } else {
            work->ranges.n = 0;
            TRY(find(step, work, &split));
            TRY(apply_behavior(work, behavior));
        }
    }
    use_next_splits(work);
    return EMB_OK;
}

/* Every code point that `is_match` accepts is a match of its own. */
static emb_status find_code_points(struct work *work, const struct split *split,
                                   bool (*is_match)(uint32_t c, uint32_t arg), uint32_t arg)
{
    const char *bytes = work->text.bytes;
    uint32_t last = split->begin;
    emb_status status = EMB_OK;
    for (uint32_t at = split->begin; at < split->end && status == EMB_OK;) {
        uint32_t begin = at;
        if (!is_match(utf8_next(bytes, &at), arg)) {
            continue;
        }
        if (last < begin) {
            status = range_push(work, last, begin, false);
        }
        if (status == EMB_OK) {
            status = range_push(work, begin, at, true);
        }
        last = at;
    }
    return status == EMB_OK && last < split->end ? range_push(work, last, split->end, false)
                                                 : status;
}

static bool is_space(uint32_t c, uint32_t arg)
{
    (void)arg;
    return unicode_is_space(c);
}

static bool is_number(uint32_t c, uint32_t arg)
{
    (void)arg;
    return c < 0x80 ? c >= '0' && c <= '9' : (unicode_category(c) & UNICODE_NUMBER) != 0;
}

static bool is_punctuation(uint32_t c, uint32_t arg)
{
    (void)arg;
    if (c < 0x80) {
        return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
               (c > 'z' && c < 0x7F);
    }
    return then_is_punctuation(c);
}

static bool is_same(uint32_t c, uint32_t arg)
{
    return c == arg;
}

static emb_status find_space(const struct pre_tokenizer *step, struct work *work,
                             const struct split *split)
{
    (void)step;
    return find_code_points(work, split, is_space, 0);
}

static emb_status find_punctuation(const struct pre_tokenizer *step, struct work *work,
                                   const struct split *split)
{
    (void)step;
    return find_code_points(work, split, is_punctuation, 0);
}

static emb_status find_digits(const struct pre_tokenizer *step, struct work *work,
                              const struct split *split)
{
    (void)step;
    return find_code_points(work, split, is_number, 0);
}

static emb_status find_char(const struct pre_tokenizer *step, struct work *work,
                            const struct split *split)
{
    return find_code_points(work, split, is_same, step->c);
}

/* The next match of a Split: REGEX_FOUND, REGEX_NONE or a negative status. */
static int32_t find_next(const struct pre_tokenizer *step, struct work *work,
                         const struct split *split, uint32_t from, uint32_t *ret_begin,
                         uint32_t *ret_end)
{
    const char *text = work->text.bytes + split->begin;
    uint32_t n = split->end - split->begin;
    if (step->regex) {
        return regex_find(step->regex, work->match, text, n, from, ret_begin, ret_end);
    }
    const char *found = memmem(text + from, n - from, step->literal, step->n_literal);
    if (!found) {
        return REGEX_NONE;
    }
    *ret_begin = (uint32_t)(found - text);
    *ret_end = *ret_begin + step->n_literal;
    return REGEX_FOUND;
}

static emb_status find_pattern(const struct pre_tokenizer *step, struct work *work,
                               const struct split *split)
{
    if (!work->match && !(work->match = regex_match_create())) {
        return work_no_memory(work);
    }
    uint32_t n = split->end - split->begin;
    uint32_t last = 0; /* all before is in ranges */
    uint32_t from = 0; /* where to search on */
    uint32_t begin;
    uint32_t end;
    int32_t found = REGEX_NONE;
    emb_status status = EMB_OK;
    while (status == EMB_OK && from < n &&
           (found = find_next(step, work, split, from, &begin, &end)) == REGEX_FOUND) {
        if (last < begin) {
            status = range_push(work, split->begin + last, split->begin + begin, step->invert);
        }
        if (status == EMB_OK) {
            status = range_push(work, split->begin + begin, split->begin + end, !step->invert);
        }
        last = from = end;
        if (begin == end && end < n) { /* an empty match */
            uint32_t next = split->begin + end;
            utf8_next(work->text.bytes, &next);
            from = next - split->begin;
        }
    }
    if (status == EMB_OK && found < 0) {
        status = found;
    }
    return status == EMB_OK && last < n
               ? range_push(work, split->begin + last, split->end, step->invert)
               : status;
}

/* Runs of word characters and runs of what is neither word nor space; space is removed. */
static emb_status find_words(const struct pre_tokenizer *step, struct work *work,
                             const struct split *split)
{
    (void)step;
    const char *bytes = work->text.bytes;
    uint32_t begin = split->begin;
    int last = -1;
    for (uint32_t at = split->begin; at < split->end;) {
        uint32_t here = at;
        uint32_t c = utf8_next(bytes, &at);
        int kind = unicode_is_space(c) ? 0 : unicode_is_word(c) ? 1 : 2;
        if (kind != last && here > begin) {
            TRY(range_push(work, begin, here, last == 0));
            begin = here;
        }
        last = kind;
    }
    return range_push(work, begin, split->end, last == 0);
}

static emb_status find_lengths(const struct pre_tokenizer *step, struct work *work,
                               const struct split *split)
{
    for (uint32_t at = split->begin; at < split->end;) {
        uint32_t begin = at;
        for (uint32_t i = 0; i < step->length && at < split->end; i++) {
            utf8_next(work->text.bytes, &at);
        }
        TRY(range_push(work, begin, at, false));
    }
    return EMB_OK;
}

/* White space removed, punctuation isolated, in one pass: the loop that WordPiece models live in.
 */
static emb_status find_bert(const struct pre_tokenizer *step, struct work *work,
                            const struct split *split)
{
    (void)step;
    const char *bytes = work->text.bytes;
    uint32_t begin = split->begin;
    for (uint32_t at = split->begin; at < split->end;) {
        uint32_t here = at;
        uint32_t c = utf8_next(bytes, &at);
        bool space = unicode_is_space(c);
        if (!space && !is_punctuation(c, 0)) {
            continue;
        }
        TRY(push_split(work, begin, here));
        if (!space) {
            TRY(push_split(work, here, at));
        }
        begin = at;
    }
    return push_split(work, begin, split->end);
}

static emb_status prefix_space(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)arg;
    if (rewrite->at < rewrite->end && rewrite->old->bytes[rewrite->at] != ' ') {
        rewrite_put_prefix(rewrite, " ", 1, work->by_word);
    }
    rewrite_keep(rewrite, rewrite->end - rewrite->at);
    return EMB_OK;
}

static emb_status apply_byte_level(const struct pre_tokenizer *step, struct work *work)
{
    if (step->add_prefix_space && work->at_boundary) {
        TRY(work_rewrite(work, prefix_space, step));
    }
    if (step->regex) {
        TRY(cut(step, work, find_pattern, SPLIT_ISOLATED));
    }
    return work_rewrite(work, byte_level_rewrite, step);
}

static emb_status metaspace(struct work *work, struct rewrite *rewrite, const void *arg)
{
    const struct pre_tokenizer *step = arg;
    const char *bytes = rewrite->old->bytes;
    if (rewrite->at == rewrite->end) {
        return EMB_OK;
    }
    uint32_t next = rewrite->at;
    uint32_t first = utf8_next(bytes, &next);
    bool is_first = work->at_start && text_origin(rewrite->old, rewrite->at).begin == 0;
    bool wanted = step->prepend == PREPEND_ALWAYS ? work->at_boundary
                                                  : step->prepend == PREPEND_FIRST && is_first;
    if (wanted && first != ' ' && first != step->c) {
        char prefix[4];
        rewrite_put_prefix(rewrite, prefix, utf8_put(step->c, prefix), work->by_word);
    }
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        const char *from = bytes + rewrite->at;
        const char *space = memchr(from, ' ', rewrite->end - rewrite->at);
        rewrite_keep(rewrite, space ? (uint32_t)(space - from) : rewrite->end - rewrite->at);
        if (space) {
            rewrite_put(rewrite, step->c, REWRITE_REPLACE);
        }
    }
    return EMB_OK;
}

static emb_status apply_metaspace(const struct pre_tokenizer *step, struct work *work)
{
    emb_status status = work_rewrite(work, metaspace, step);
    return status || !step->split ? status : cut(step, work, find_char, SPLIT_MERGED_WITH_NEXT);
}

emb_status pre_tokenizer_apply(const struct pre_tokenizer *step, struct work *work)
{
    switch (step->kind) {
    case PRE_BERT:
        return cut(step, work, find_bert, SPLIT_ISOLATED);
    case PRE_BYTE_LEVEL:
        return apply_byte_level(step, work);
    case PRE_METASPACE:
        return apply_metaspace(step, work);
    case PRE_WHITESPACE:
        return cut(step, work, find_words, SPLIT_REMOVED);
    case PRE_WHITESPACE_SPLIT:
        return cut(step, work, find_space, SPLIT_REMOVED);
    case PRE_PUNCTUATION:
        return cut(step, work, find_punctuation, step->behavior);
    case PRE_DIGITS:
        return cut(step, work, find_digits, step->individual ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS);
    case PRE_SPLIT:
        return cut(step, work, find_pattern, step->behavior);
    case PRE_CHAR_DELIMITER:
        return cut(step, work, find_char, SPLIT_REMOVED);
    case PRE_UNICODE_SCRIPTS:
        /* Each match is the run of one script; what precedes the first is dropped. */
        return cut(step, work, find_pattern, SPLIT_REMOVED);
    case PRE_FIXED_LENGTH:
        return cut(step, work, find_lengths, SPLIT_ISOLATED);
    }
    return EMB_E_INTERNAL;
}
