/*
 * One word, two sentences: a static embedder gives the same vector, bit by bit; a transformer's
 * table row is the same too, and what its blocks make of it is not. On the real models, over many
 * words. Exit status 77 where the models are not prepared.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 2000 };

/* The word stands at a place of its own in each, among other words, before and after. */
static const char *const frames[] = {"near the", "and so it was that every", "they never saw a"};
static const char *const ends[] = {"by the river", "", "or anything else that could be called old"};
enum { N_FRAMES = 3 };

struct comparison {
    struct embedder *embedder;
    float *first;   /* [n_stages, dim] of the word in its first sentence */
    uint64_t *same; /* [n_stages] sentences in which the vector is the same, bit by bit */
    uint64_t n;     /* sentences compared */
    bool known;
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct comparison *c = ctx;
    uint32_t n_stages = embedder_n_stages(c->embedder), dim = embedder_dim(c->embedder);
    size_t bytes = dim * sizeof(float);
    if (embedded->tag % N_FRAMES == 0) {
        memcpy(c->first, embedded->vectors, n_stages * bytes);
        c->known = embedded->status[0] == EMB_WORD_OK || embedded->status[0] == EMB_WORD_BACKOFF;
        return 0;
    }
    if (c->known) {
        c->n++;
        for (uint32_t s = 0; s < n_stages; s++) {
            c->same[s] +=
                memcmp(c->first + (size_t)s * dim, embedded->vectors + (size_t)s * dim, bytes) == 0;
        }
    }
    return 0;
}

static int push_word(struct embed_stream *stream, uint64_t tag, struct slice word)
{
    struct str text = {0};
    struct emb_span spans[32], target;
    uint32_t n = 0;
    size_t frame = tag % N_FRAMES;
    str_format(&text, "%s %.*s %s", frames[frame], (int)word.n, word.text, ends[frame]);
    target.begin = (uint32_t)strlen(frames[frame]) + 1;
    target.end = target.begin + (uint32_t)word.n;
    struct slice rest = {text.data, text.n}, part;
    while (slice_word(&rest, &part)) {
        uint32_t begin = (uint32_t)(part.text - text.data);
        spans[n++] = (struct emb_span){begin, begin + (uint32_t)part.n};
    }
    int status = embed_stream_push(stream, tag, text.data, (uint32_t)text.n, spans, n, &target, 1);
    str_finish(&text);
    return status;
}

/* Every stage's count against what is expected of it. Returns the number of failures. */
static int judge(const struct comparison *c, uint32_t n_words)
{
    int failures = c->n < n_words; /* of about two comparisons a word */
    for (uint32_t s = 0; s < embedder_n_stages(c->embedder); s++) {
        bool is_table = s == 0, ok = is_table ? c->same[s] == c->n : c->same[s] == 0;
        if (embedder_stage(c->embedder, s)->part == STAGE_INPUT) {
            ok = c->same[s] < c->n; /* another position, another vector; the same one may recur */
        }
        printf("%s: %s: %llu of %llu the same%s\n", embedder_name(c->embedder),
               embedder_stage(c->embedder, s)->name, (unsigned long long)c->same[s],
               (unsigned long long)c->n, ok ? "" : "  FAILED");
        failures += !ok;
    }
    return failures;
}

static int compare(struct embedder *embedder, const char *words)
{
    struct comparison c = {.embedder = embedder};
    c.first =
        mem_array((size_t)embedder_n_stages(embedder) * embedder_dim(embedder), sizeof *c.first);
    c.same = mem_array(embedder_n_stages(embedder), sizeof *c.same);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take, &c, "one word", 0);
    struct slice rest = slice_of(words), word;
    uint64_t tag = 0;
    uint32_t n_words = 0;
    while (slice_word(&rest, &word)) {
        n_words++;
        for (int frame = 0; frame < N_FRAMES; frame++) {
            push_word(stream, tag++, word);
        }
    }
    int status = embed_stream_finish(stream);
    int failures = status ? 1 : judge(&c, n_words);
    if (status) {
        printf("%s\n", error_message());
    }
    free(c.first);
    free(c.same);
    return failures;
}

/* Plain words out of the middle of the GloVe file, or common ones where it is not there. */
static char *choose_words(const char *glove, uint32_t most)
{
    struct str words = {0};
    FILE *stream = fopen(glove, "r");
    char *line = NULL;
    size_t capacity = 0;
    for (uint32_t n = 0; stream && n < most && getline(&line, &capacity, stream) > 0;) {
        size_t length = strcspn(line, " ");
        if (length > 2 && strspn(line, "abcdefghijklmnopqrstuvwxyz") == length) {
            str_append(&words, line, length);
            str_add_char(&words, ' ');
            n++;
        }
    }
    free(line);
    if (stream) {
        fclose(stream);
    } else {
        str_add(&words, "bank river money tree house water light plant spring bark");
    }
    return words.data;
}

static int run(const char *plugin, const char *id, const char *path, const char *words)
{
    struct registry registry;
    struct embedder_spec spec;
    struct embedder *embedder = NULL;
    char *text = mem_format("%s:%s", id, path);
    struct pool *pool = pool_create(0);
    const char *stages = strcmp(id, "transformer") == 0 ? "table,blocks" : "table";
    if (registry_open_file(plugin, &registry) || spec_parse(&registry, text, &spec) ||
        embedder_open(&spec, stages, pool, &embedder)) {
        printf("%s\n", error_message());
        return 1;
    }
    int failures = compare(embedder, words);
    embedder_close(embedder);
    spec_finish(&spec);
    registry_close(&registry);
    pool_destroy(pool);
    free(text);
    return failures;
}

int main(void)
{
    const char *build = getenv("HARNESS_BUILD_ROOT");
    char *cache = file_cache_folder(), *models = file_join(cache, "models");
    char *glove = mem_format("%s/glove/vectors.txt", models);
    char *minilm = mem_format("%s/minilm", models);
    char *glove_so = mem_format("%s/plugins/glove/glove.so", build ? build : ".");
    char *transformer_so = mem_format("%s/plugins/transformer/transformer.so", build ? build : ".");
    int tried = 0, failures = 0;
    if (file_exists(glove)) {
        char *words = choose_words(glove, MOST_WORDS);
        failures += run(glove_so, "glove", glove, words);
        free(words);
        tried++;
    }
    if (file_exists(minilm)) {
        char *words = choose_words(glove, MOST_WORDS / 5);
        failures += run(transformer_so, "transformer", minilm, words);
        free(words);
        tried++;
    }
    if (tried < 2) {
        printf("skipped: not all models are prepared in %s\n", models);
    }
    free(cache);
    free(models);
    free(glove);
    free(minilm);
    free(glove_so);
    free(transformer_so);
    return failures ? 1 : tried ? 0 : 77;
}
