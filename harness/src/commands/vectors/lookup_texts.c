/* Walks over texts and yields the words whose vectors are wanted. */
#include "commands/vectors/lookup_texts.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/archive.h"
#include "data/coarse_wsd.h"
#include "data/unicode.h"
#include "data/wsd_read.h"
#include "suites/suite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

/* A walk over all texts; the rest is room that is used again. */
struct walk {
    const struct lookup_texts *texts;
    lookup_take_text take;
    void *ctx;
    uint64_t number;
    bool in_file, begun; /* a line of the file that is not empty was seen */
    struct str plain, lower;
    struct text_words targets;
    const char **ids, **labels;
    size_t ids_capacity, labels_capacity;
    struct str joined;
    struct arena of_sentence; /* labels of the last sentence of a data set */
};

void lookup_unmark(const char *text, size_t n, struct str *plain, struct text_words *targets)
{
    str_clear(plain);
    targets->n = 0;
    for (size_t at = 0; at < n;) {
        size_t end = at + 1;
        while (text[at] == '[' && end < n && text[end] != '[' && text[end] != ']') {
            end++;
        }
        if (text[at] != '[' || end == n || text[end] != ']' || end == at + 1) {
            str_add_char(plain, text[at++]);
            continue;
        }
        MEM_GROW(targets->spans, targets->capacity, (size_t)targets->n + 1);
        struct emb_span *span = &targets->spans[targets->n++];
        span->begin = (uint32_t)plain->n;
        str_append(plain, text + at + 1, end - at - 1);
        span->end = (uint32_t)plain->n;
        at = end + 1;
    }
}

/* Does a label stand before the text that is being taken, or may one? */
static bool is_labelled(const struct walk *walk)
{
    enum lookup_lines lines = walk->texts->lines;
    return lines == LOOKUP_EITHER || (lines == LOOKUP_LABEL && walk->in_file);
}

/* Is it the one word that is wanted? */
static bool is_wanted(struct walk *walk, const char *text, size_t n)
{
    str_clear(&walk->lower);
    unicode_lower(text, n, &walk->lower);
    return strcmp(str_text(&walk->lower), walk->texts->word) == 0;
}

/* What is not wanted is taken out of a text's targets. */
static void narrow(struct walk *walk, const char *text)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < walk->targets.n; t++) {
        struct emb_span span = walk->targets.spans[t];
        if (is_wanted(walk, text + span.begin, span.end - span.begin)) {
            walk->targets.spans[n++] = span;
        }
    }
    walk->targets.n = n;
}

/* LABEL<TAB> is taken off the text; returns the label, which lives until the next text; NULL: it
 * has none. */
static const char *take_label(struct walk *walk, const char **text, size_t *n)
{
    const char *tab = is_labelled(walk) && *n ? memchr(*text, '\t', *n) : NULL;
    if (!tab) {
        return NULL;
    }
    struct slice label = slice_trim((struct slice){*text, (size_t)(tab - *text)});
    arena_finish(&walk->of_sentence);
    *n -= (size_t)(tab + 1 - *text);
    *text = tab + 1;
    return label.n ? arena_text(&walk->of_sentence, label.text, label.n) : NULL;
}

/* Every target of a text has its label. */
static void label_targets(struct walk *walk, const char *label)
{
    MEM_GROW(walk->ids, walk->ids_capacity, (size_t)walk->targets.n + 1);
    MEM_GROW(walk->labels, walk->labels_capacity, (size_t)walk->targets.n + 1);
    for (uint32_t t = 0; t < walk->targets.n; t++) {
        walk->ids[t] = NULL;
        walk->labels[t] = label;
    }
}

/* The words of a plain text that are wanted; what brackets mark comes before what is spelled so. */
static void find_targets(struct walk *walk, const char *text, size_t n, struct lookup_text *taken)
{
    walk->targets.n = 0;
    if (walk->texts->word) {
        lookup_unmark(text, n, &walk->plain, &walk->targets);
    }
    if (walk->targets.n == 0) {
        text_words_cut(&walk->targets, text, (uint32_t)n);
        if (walk->texts->word) {
            narrow(walk, text);
        }
        return;
    }
    taken->text = str_text(&walk->plain);
    taken->n_bytes = (uint32_t)walk->plain.n;
}

static int take_plain(struct walk *walk, const char *text, size_t n)
{
    const char *label = take_label(walk, &text, &n);
    struct lookup_text taken = {.number = ++walk->number, .text = text, .n_bytes = (uint32_t)n};
    if (walk->texts->marked) {
        lookup_unmark(text, n, &walk->plain, &walk->targets);
        taken.text = str_text(&walk->plain);
        taken.n_bytes = (uint32_t)walk->plain.n;
    } else {
        find_targets(walk, text, n, &taken);
    }
    if (is_labelled(walk)) {
        label_targets(walk, label);
        taken.ids = walk->ids;
        taken.labels = walk->labels;
    }
    taken.targets = walk->targets.spans;
    taken.n_targets = walk->targets.n;
    return walk->take(walk->ctx, &taken);
}

static int check_line(const char *name, uint64_t number, struct slice line)
{
    const char *nul = line.n ? memchr(line.text, 0, line.n) : NULL;
    size_t wrong = nul ? (size_t)(nul - line.text) : unicode_check(line.text, line.n);
    if (line.n > UINT32_MAX / 2) {
        return error_set(ERR_REQUEST, "%s: line %llu: holds %zu bytes, expected at most %u", name,
                         (unsigned long long)number, line.n, UINT32_MAX / 2);
    }
    return wrong < line.n
               ? error_set(ERR_REQUEST, "%s: line %llu: byte %zu: found %s, expected UTF-8 text",
                           name, (unsigned long long)number, wrong + 1,
                           nul ? "a NUL byte" : "bytes that are no UTF-8")
               : 0;
}

static uint32_t count_tabs(struct slice line)
{
    uint32_t n = 0;
    for (size_t i = 0; i < line.n; i++) {
        n += line.text[i] == '\t';
    }
    return n;
}

/* What the first line of a file that is not empty shows of its layout. */
static int check_first(const struct walk *walk, const char *name, uint64_t number,
                       struct slice line)
{
    bool xml = line.n >= 5 && memcmp(line.text, "<?xml", 5) == 0;
    bool json = line.n >= 2 && memcmp(line.text, "{\"", 2) == 0;
    if (xml || (json && walk->texts->lines != LOOKUP_TEXT)) {
        return error_set(ERR_REQUEST, "%s: line %llu: found %s, expected text%s", name,
                         (unsigned long long)number, xml ? "XML" : "JSON",
                         walk->texts->no_datasets ? ""
                                                  : "; sense-tagged texts are read by --dataset");
    }
    return walk->texts->lines == LOOKUP_FIND && count_tabs(line) > 0
               ? error_set(ERR_REQUEST,
                           "%s: line %llu: found a tab, before which may stand a label or a word; "
                           "expected --lines label (LABEL<TAB>TEXT) or --lines text (the line as "
                           "it is)%s",
                           name, (unsigned long long)number,
                           walk->texts->no_datasets ? "" : "; sense-tagged data: --dataset")
               : 0;
}

static int check_layout(struct walk *walk, const char *name, uint64_t number, struct slice line)
{
    uint32_t n_tabs = walk->texts->lines == LOOKUP_TEXT ? 0 : count_tabs(line);
    if (slice_trim(line).n > 0 && !walk->begun) {
        walk->begun = true;
        TRY(check_first(walk, name, number, line));
    }
    if (walk->texts->lines == LOOKUP_LABEL && n_tabs == 0 && slice_trim(line).n > 0) {
        return error_set(ERR_REQUEST, "%s: line %llu: found no tab, expected LABEL<TAB>TEXT", name,
                         (unsigned long long)number);
    }
    return is_labelled(walk) && n_tabs > 1
               ? error_set(ERR_REQUEST,
                           "%s: line %llu: found %u tabs, expected LABEL<TAB>TEXT; sense-tagged "
                           "data are read by --dataset",
                           name, (unsigned long long)number, n_tabs)
               : 0;
}

static int take_block(struct walk *walk, const char *name, struct slice block, uint64_t *number)
{
    struct slice line;
    while (slice_line(&block, &line)) {
        if (++*number == 1 && line.n >= 3 && memcmp(line.text, "\xEF\xBB\xBF", 3) == 0) {
            line = (struct slice){line.text + 3, line.n - 3};
        }
        TRY(check_line(name, *number, line));
        TRY(check_layout(walk, name, *number, line));
        TRY(take_plain(walk, line.text, line.n));
    }
    return 0;
}

static int each_of_file(struct walk *walk, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    struct byte_source *source;
    if (walk->texts->lines != LOOKUP_TEXT && coarse_wsd_is_part(path)) {
        char *folder = file_folder(path);
        int status = error_set(
            ERR_REQUEST,
            "%s: found sentences of CoarseWSD-20, each behind the number of its target; expected "
            "%s%s%s",
            path, walk->texts->no_datasets ? "a text alone" : "--dataset ",
            walk->texts->no_datasets ? "" : folder,
            walk->texts->no_datasets ? "" : ", its test sentences, with their classes");
        free(folder);
        return status;
    }
    walk->begun = false;
    walk->in_file = true;
    int status = byte_source_open(standard ? "/dev/stdin" : path, &source);
    if (status != 0) {
        return status;
    }
    uint64_t number = 0;
    for (struct slice block = {.n = 1}; status == 0 && block.n > 0;) {
        status = byte_source_lines(source, BLOCK_BYTES, &block.text, &block.n);
        if (status == 0 && block.n > 0) {
            status = take_block(walk, name, block, &number);
        }
    }
    byte_source_close(source);
    walk->in_file = false;
    return status;
}

/* The gold labels of an instance, with blanks between. */
static const char *join_labels(struct walk *walk, const struct wsd_data *data,
                               const struct wsd_instance *instance)
{
    str_clear(&walk->joined);
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        str_format(&walk->joined, "%s%s", g ? " " : "",
                   map_key(&data->labels, data->gold[instance->first_gold + g]));
    }
    return arena_text(&walk->of_sentence, str_text(&walk->joined), walk->joined.n);
}

static void name_target(struct walk *walk, const struct wsd_data *data, uint32_t target,
                        const struct wsd_instance *instance)
{
    walk->ids[target] = instance ? instance->id : NULL;
    walk->labels[target] = instance ? join_labels(walk, data, instance) : NULL;
}

/* Instances by begin; a reader may bring them in any order. */
static void instances_as_targets(struct walk *walk, const struct wsd_data *data,
                                 const struct wsd_sentence *sentence)
{
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        const struct wsd_instance *instance = &data->instances[sentence->first_instance + i];
        if (walk->texts->word && !is_wanted(walk, instance->lemma, strlen(instance->lemma))) {
            continue;
        }
        uint32_t at = walk->targets.n++;
        for (; at > 0 && walk->targets.spans[at - 1].begin > instance->span.begin; at--) {
            walk->targets.spans[at] = walk->targets.spans[at - 1];
            walk->ids[at] = walk->ids[at - 1];
            walk->labels[at] = walk->labels[at - 1];
        }
        walk->targets.spans[at] = instance->span;
        name_target(walk, data, at, instance);
    }
}

static void tokens_as_targets(struct walk *walk, const struct wsd_data *data,
                              const struct wsd_sentence *sentence)
{
    walk->targets.n = sentence->n_words;
    for (uint32_t t = 0; t < sentence->n_words; t++) {
        walk->targets.spans[t] = data->words[sentence->first_word + t];
        name_target(walk, data, t, NULL);
    }
    for (uint32_t i = sentence->n_instances; i-- > 0;) { /* of two at one token the first stays */
        const struct wsd_instance *instance = &data->instances[sentence->first_instance + i];
        name_target(walk, data, instance->token, instance);
    }
}

static int take_sentence(struct walk *walk, const struct wsd_data *data, uint32_t number)
{
    const struct wsd_sentence *sentence = &data->sentences[number];
    size_t capacity = (size_t)sentence->n_words + sentence->n_instances + 1;
    MEM_GROW(walk->targets.spans, walk->targets.capacity, capacity);
    MEM_GROW(walk->ids, walk->ids_capacity, capacity);
    MEM_GROW(walk->labels, walk->labels_capacity, capacity);
    walk->targets.n = 0;
    arena_finish(&walk->of_sentence);
    (walk->texts->marked ? instances_as_targets : tokens_as_targets)(walk, data, sentence);
    const struct lookup_text taken = {.number = ++walk->number,
                                      .text = wsd_sentence_text(data, number),
                                      .n_bytes = sentence->n_bytes,
                                      .n_words = sentence->n_words,
                                      .n_targets = walk->targets.n,
                                      .words = data->words + sentence->first_word,
                                      .targets = walk->targets.spans,
                                      .ids = walk->ids,
                                      .labels = walk->labels};
    return walk->take(walk->ctx, &taken);
}

static int locate(const char *dataset, char **ret_path)
{
    char *variant;
    int status = suite_locate(dataset, ret_path, &variant);
    if (status == 0 && variant) {
        status = error_set(ERR_REQUEST, "data set \"%s\": found variant \"%s\", expected none",
                           dataset, variant);
        free(*ret_path);
        free(variant);
    }
    return status;
}

static int each_of_dataset(struct walk *walk, const char *dataset)
{
    struct wsd_sets sets = {0};
    char *path;
    TRY(locate(dataset, &path));
    int status = wsd_read(path, false, &sets);
    for (uint32_t s = 0; status == 0 && s < sets.n; s++) {
        for (uint32_t i = 0; status == 0 && i < sets.sets[s]->n_sentences; i++) {
            status = take_sentence(walk, sets.sets[s], i);
        }
    }
    wsd_sets_finish(&sets);
    free(path);
    return status;
}

static bool is_file(const struct lookup_texts *texts, const char *given)
{
    return !texts->only_text && (strcmp(given, "-") == 0 || file_exists(given));
}

/* "corpus.txt", "data/corpus": no blank, and a folder or an ending. */
static bool looks_like_path(const char *given)
{
    const char *dot = strrchr(given, '.');
    return !strpbrk(given, " \t\n") &&
           (strchr(given, '/') || (dot && dot > given && isalnum((unsigned char)dot[1])));
}

static const struct {
    const char *name, *about;
} line_kinds[] = {{"text", "a text, tabs and all"}, {"label", "LABEL<TAB>TEXT"}};

void lookup_lines_each(void (*visit)(const char *word, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; i < sizeof line_kinds / sizeof *line_kinds; i++) {
        visit(line_kinds[i].name, line_kinds[i].about, ctx);
    }
}

int lookup_read_lines(const struct args *args, enum lookup_lines *ret_lines)
{
    const char *name = args_value(args, "lines", NULL);
    *ret_lines = !name ? LOOKUP_FIND : strcmp(name, "label") == 0 ? LOOKUP_LABEL : LOOKUP_TEXT;
    return !name || *ret_lines == LOOKUP_LABEL || strcmp(name, "text") == 0
               ? 0
               : error_set(ERR_REQUEST, "--lines: found '%s', expected text or label", name);
}

int lookup_texts_check(const struct lookup_texts *texts)
{
    for (uint32_t i = 0; i < texts->n_given; i++) {
        const char *given = texts->given[i];
        if (is_file(texts, given)) {
            if (file_is_folder(given)) {
                return error_set(ERR_REQUEST, "%s: is a folder, expected a text file", given);
            }
        } else if (!texts->only_text && looks_like_path(given)) {
            return error_set(ERR_REQUEST,
                             "%s: there is no such file; if it is a text, say so by --text", given);
        } else if (unicode_check(given, strlen(given)) < strlen(given)) {
            return error_set(ERR_REQUEST, "\"%s\": found bytes that are no UTF-8", given);
        }
    }
    for (uint32_t i = 0; i < texts->n_datasets; i++) {
        char *path;
        TRY(locate(texts->datasets[i], &path));
        free(path);
    }
    return 0;
}

bool lookup_texts_have_file(const struct lookup_texts *texts)
{
    for (uint32_t i = 0; i < texts->n_given; i++) {
        if (is_file(texts, texts->given[i])) {
            return true;
        }
    }
    return false;
}

int lookup_texts_each(const struct lookup_texts *texts, lookup_take_text take, void *ctx)
{
    struct walk walk = {.texts = texts, .take = take, .ctx = ctx};
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < texts->n_given; i++) {
        const char *given = texts->given[i];
        status = is_file(texts, given) ? each_of_file(&walk, given)
                                       : take_plain(&walk, given, strlen(given));
    }
    for (uint32_t i = 0; status == 0 && i < texts->n_datasets; i++) {
        status = each_of_dataset(&walk, texts->datasets[i]);
    }
    str_finish(&walk.plain);
    str_finish(&walk.lower);
    str_finish(&walk.joined);
    arena_finish(&walk.of_sentence);
    text_words_finish(&walk.targets);
    free(walk.ids);
    free(walk.labels);
    return status;
}
