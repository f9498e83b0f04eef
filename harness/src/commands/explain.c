/*
 * explain - one word in several sentences, stage by stage: how far apart its vectors are, which
 * sense of WordNet lies nearest, and whether any weight changed while the vectors did.
 */
#include "base/error.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "data/unicode.h"
#include "data/wordnet.h"
#include "math/blas.h"
#include "math/vectors.h"
#include "plugin/open.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    EMBEDDER_OPTIONS,
    {"stages", "LIST", "stages to show; see harness run --help"},
    {"pos", "POS",
     "noun, verb, adj, adv or all: whose senses to compare with; default: the part of\n"
     "speech that the word most often has in WordNet's own texts"},
    {"wordnet", "DIR", "the WordNet data base; default: where Debian has it"},
    {"json", NULL, "print JSON"},
    {0},
};

struct sentence {
    const char *text;
    struct emb_span word; /* where the word stands */
};

struct sense {
    const struct wordnet_sense *sense;
    char *gloss; /* "LEMMA : DEFINITION" */
    uint32_t lemma_bytes;
};

struct explanation {
    const char *word;
    struct sentence *sentences; /* [n_sentences] */
    uint32_t n_sentences;
    struct wordnet *wordnet;
    struct sense *senses; /* [n_senses] */
    uint32_t n_senses;
    bool json;
};

/* The vectors of one text after another: of its single target, at every stage. */
struct gathered {
    float *vectors;  /* [n, n_stages, dim] */
    uint8_t *status; /* [n] */
    size_t row;      /* n_stages * dim */
};

static int take(void *ctx, const struct embedded *embedded)
{
    struct gathered *gathered = ctx;
    memcpy(gathered->vectors + embedded->tag * gathered->row, embedded->vectors,
           gathered->row * sizeof *gathered->vectors);
    gathered->status[embedded->tag] = embedded->status[0];
    return 0;
}

/* Does `word` (lower case) stand at text[0..n), whatever its case there, and end where a run of
 * letters and digits ends? */
static bool stands_at(const char *text, size_t n, const struct str *word)
{
    struct str lower = {0};
    size_t bytes;
    unicode_lower(text, n < word->n ? n : word->n, &lower);
    bool stands = lower.n == word->n && memcmp(lower.data, word->data, word->n) == 0 &&
                  (n == word->n ||
                   !unicode_is_alphanumeric(unicode_next(text + word->n, n - word->n, &bytes)));
    str_finish(&lower);
    return stands;
}

/* The first place in the sentence where the word stands by itself. */
static int find_word(const char *text, const char *word, struct emb_span *ret_span)
{
    struct str lower = {0};
    unicode_lower(word, strlen(word), &lower);
    size_t n = strlen(text), bytes;
    bool inside = false, found = false; /* inside a run of letters and digits */
    for (size_t at = 0; at < n && !found && lower.n > 0; at += bytes) {
        int32_t point = unicode_next(text + at, n - at, &bytes);
        found = !inside && stands_at(text + at, n - at, &lower);
        if (found) {
            *ret_span = (struct emb_span){(uint32_t)at, (uint32_t)(at + lower.n)};
        }
        inside = unicode_is_alphanumeric(point);
    }
    str_finish(&lower);
    return found ? 0
                 : error_set(ERR_REQUEST, "explain: the word '%s' does not stand in \"%s\"", word,
                             text);
}

static void add_senses(struct explanation *e, enum wordnet_pos pos)
{
    uint32_t n;
    const struct wordnet_sense *senses = wordnet_senses(e->wordnet, e->word, pos, &n);
    for (uint32_t i = 0; i < n; i++) {
        struct str gloss = {0};
        str_format(&gloss, "%s : ", e->word);
        wordnet_definition(wordnet_synset(e->wordnet, senses[i].synset), &gloss);
        e->senses = mem_resize(e->senses, e->n_senses + 1, sizeof *e->senses);
        e->senses[e->n_senses++] =
            (struct sense){&senses[i], gloss.data, (uint32_t)strlen(e->word)};
    }
}

/* The part of speech with the most tagged occurrences; among equals the first. */
static enum wordnet_pos usual_pos(const struct explanation *e)
{
    enum wordnet_pos usual = WORDNET_NOUN;
    uint64_t most = 0;
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
        uint32_t n;
        uint64_t count = 0;
        const struct wordnet_sense *senses =
            wordnet_senses(e->wordnet, e->word, (enum wordnet_pos)pos, &n);
        for (uint32_t i = 0; i < n; i++) {
            count += 1 + senses[i].count;
        }
        if (count > most) {
            most = count;
            usual = (enum wordnet_pos)pos;
        }
    }
    return usual;
}

static int choose_senses(const struct args *args, struct explanation *e)
{
    const char *name = args_value(args, "pos", NULL);
    if (name && strcmp(name, "all") == 0) {
        for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
            add_senses(e, (enum wordnet_pos)pos);
        }
        return 0;
    }
    enum wordnet_pos pos = name ? wordnet_pos_of(name) : usual_pos(e);
    if (pos == WORDNET_NO_POS) {
        return error_set(ERR_REQUEST, "--pos: found '%s', expected noun, verb, adj, adv or all",
                         name);
    }
    add_senses(e, pos);
    return 0;
}

static int prepare(const struct args *args, struct explanation *e)
{
    if (args_n(args) < 2) {
        return error_set(ERR_REQUEST, "explain: expected a word and at least one sentence that "
                                      "holds it; see harness explain --help");
    }
    int status = 0;
    e->word = args_word(args, 0);
    e->json = args_flag(args, "json");
    e->n_sentences = args_n(args) - 1;
    e->sentences = mem_array(e->n_sentences, sizeof *e->sentences);
    for (uint32_t i = 0; status == 0 && i < e->n_sentences; i++) {
        e->sentences[i].text = args_word(args, i + 1);
        status = find_word(e->sentences[i].text, e->word, &e->sentences[i].word);
    }
    if (status == 0) {
        status = wordnet_open(args_value(args, "wordnet", NULL), &e->wordnet);
    }
    return status == 0 ? choose_senses(args, e) : status;
}

static void release(struct explanation *e)
{
    for (uint32_t i = 0; i < e->n_senses; i++) {
        free(e->senses[i].gloss);
    }
    free(e->senses);
    free(e->sentences);
    wordnet_close(e->wordnet);
}

/* Sentences first, then "LEMMA : DEFINITION" of each sense, cut as the wsd suite cuts it. */
static int embed(const struct explanation *e, struct embedder *embedder, struct gathered *gathered)
{
    uint32_t n = e->n_sentences + e->n_senses;
    gathered->row = (size_t)embedder_n_stages(embedder) * embedder_dim(embedder);
    gathered->vectors = mem_array(n * gathered->row, sizeof *gathered->vectors);
    gathered->status = mem_array(n, sizeof *gathered->status);
    struct embed_stream *stream =
        embed_stream_create(embedder, EMB_POOL_MEAN, take, gathered, "explaining", n);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < e->n_sentences; i++) {
        const struct sentence *sentence = &e->sentences[i];
        status = embed_stream_push(stream, i, sentence->text, (uint32_t)strlen(sentence->text),
                                   NULL, 0, &sentence->word, 1);
    }
    for (uint32_t i = 0; status == 0 && i < e->n_senses; i++) {
        const struct sense *sense = &e->senses[i];
        uint32_t bytes = (uint32_t)strlen(sense->gloss), lemma = sense->lemma_bytes;
        struct emb_span words[3] = {{0, lemma}, {lemma + 1, lemma + 2}, {lemma + 3, bytes}};
        status = embed_stream_push(stream, e->n_sentences + i, sense->gloss, bytes, words,
                                   bytes > lemma + 3 ? 3 : 2, &words[0], 1);
    }
    if (status != 0) {
        embed_stream_cancel(stream);
        return status;
    }
    return embed_stream_finish(stream);
}

static double cosine_at(const struct gathered *gathered, uint32_t dim, uint32_t stage, uint32_t a,
                        uint32_t b)
{
    return vec_cosine(gathered->vectors + a * gathered->row + (size_t)stage * dim,
                      gathered->vectors + b * gathered->row + (size_t)stage * dim, dim);
}

/* The sense nearest to sentence i at a stage; *ret_ties: how many lie as near (within 1e-6). */
static uint32_t nearest_sense(const struct explanation *e, const struct gathered *gathered,
                              uint32_t dim, uint32_t stage, uint32_t i, double *ret_cosine,
                              uint32_t *ret_ties)
{
    uint32_t best = 0;
    double most = -2;
    for (uint32_t s = 0; s < e->n_senses; s++) {
        double cosine = cosine_at(gathered, dim, stage, i, e->n_sentences + s);
        if (cosine > most + 1e-6) {
            most = cosine;
            best = s;
        }
    }
    *ret_ties = 0;
    for (uint32_t s = 0; s < e->n_senses; s++) {
        *ret_ties += cosine_at(gathered, dim, stage, i, e->n_sentences + s) >= most - 1e-6;
    }
    *ret_cosine = most;
    return best;
}

struct frozen {
    char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
    bool known;
};

static void print_heading(const struct explanation *e, const struct embedder *embedder)
{
    printf("%s (%s, %u dimensions)\n", embedder_name(embedder), embedder_kind(embedder),
           embedder_dim(embedder));
    printf("  %-14s", "stage");
    for (uint32_t i = 1; i < e->n_sentences; i++) {
        printf("  cos(1,%u)", i + 1);
    }
    for (uint32_t i = 0; e->n_senses > 0 && i < e->n_sentences; i++) {
        printf("  nearest sense in %-9u", i + 1);
    }
    printf("\n");
}

static void print_stage(const struct explanation *e, const struct embedder *embedder,
                        const struct gathered *gathered, uint32_t stage)
{
    uint32_t dim = embedder_dim(embedder);
    printf("  %-14s", embedder_stage(embedder, stage));
    for (uint32_t i = 1; i < e->n_sentences; i++) {
        printf("  %8.3f", cosine_at(gathered, dim, stage, 0, i));
    }
    for (uint32_t i = 0; e->n_senses > 0 && i < e->n_sentences; i++) {
        double cosine;
        uint32_t ties;
        uint32_t best = nearest_sense(e, gathered, dim, stage, i, &cosine, &ties);
        char text[64];
        if (ties == e->n_senses && ties > 1) {
            snprintf(text, sizeof text, "all %u alike", ties);
        } else {
            snprintf(text, sizeof text, "%s %.3f%s", e->senses[best].sense->key, cosine,
                     ties > 1 ? " tie" : "");
        }
        printf("  %-26s", text);
    }
    printf("\n");
}

static void print_senses(const struct explanation *e, const struct embedder *embedder,
                         const struct gathered *gathered)
{
    uint32_t last = embedder_n_stages(embedder) - 1;
    while (last > 0 && strchr(embedder_stage(embedder, last), ':')) {
        last--; /* the last stage of the model itself, not a sum */
    }
    for (uint32_t i = 0; i < e->n_sentences; i++) {
        double cosine;
        uint32_t ties;
        printf("  %u \"%s\"\n", i + 1, e->sentences[i].text);
        if (gathered->status[i] == EMB_WORD_UNKNOWN) {
            printf("     the embedder does not know the word\n");
        } else if (e->n_senses > 0) {
            uint32_t best =
                nearest_sense(e, gathered, embedder_dim(embedder), last, i, &cosine, &ties);
            if (ties > 1) {
                printf("     at %s: %u senses lie equally near\n", embedder_stage(embedder, last),
                       ties);
            } else {
                printf("     at %s: %s\n", embedder_stage(embedder, last),
                       e->senses[best].gloss + e->senses[best].lemma_bytes + 3);
            }
        }
    }
}

static void print_text(const struct explanation *e, const struct embedder *embedder,
                       const struct gathered *gathered, const struct frozen *frozen)
{
    print_heading(e, embedder);
    for (uint32_t s = 0; s < embedder_n_stages(embedder); s++) {
        print_stage(e, embedder, gathered, s);
    }
    print_senses(e, embedder, gathered);
    if (!frozen->known) {
        printf("  The plugin does not show its weights.\n\n");
    } else if (strcmp(frozen->before, frozen->after) == 0) {
        printf("  No weight changed: sha256 %.16s… before and after.\n\n", frozen->before);
    } else {
        printf("  WEIGHTS CHANGED: sha256 %.16s… before, %.16s… after.\n\n", frozen->before,
               frozen->after);
    }
}

static void write_json(const struct explanation *e, const struct embedder *embedder,
                       const struct gathered *gathered, const struct frozen *frozen,
                       struct json_writer *w)
{
    uint32_t dim = embedder_dim(embedder);
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(embedder));
    jsonw_put_text(w, "kind", embedder_kind(embedder));
    jsonw_put_text(w, "weights_sha256_before", frozen->known ? frozen->before : NULL);
    jsonw_put_text(w, "weights_sha256_after", frozen->known ? frozen->after : NULL);
    jsonw_key(w, "stages");
    jsonw_open(w, '[');
    for (uint32_t s = 0; s < embedder_n_stages(embedder); s++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "stage", embedder_stage(embedder, s));
        jsonw_key(w, "cosines");
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < e->n_sentences; i++) {
            jsonw_open(w, '[');
            for (uint32_t j = 0; j < e->n_sentences; j++) {
                jsonw_real(w, cosine_at(gathered, dim, s, i, j));
            }
            jsonw_close(w, ']');
        }
        jsonw_close(w, ']');
        jsonw_key(w, "senses");
        jsonw_open(w, '[');
        for (uint32_t i = 0; e->n_senses > 0 && i < e->n_sentences; i++) {
            double cosine;
            uint32_t ties, best = nearest_sense(e, gathered, dim, s, i, &cosine, &ties);
            jsonw_open(w, '{');
            jsonw_put_text(w, "sense", e->senses[best].sense->key);
            jsonw_put_real(w, "cosine", cosine);
            jsonw_put_uint(w, "ties", ties);
            jsonw_close(w, '}');
        }
        jsonw_close(w, ']');
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

static int explain(const struct explanation *e, const struct embedder_spec *spec,
                   const char *stages, struct pool *pool, struct json_writer *w)
{
    struct embedder *embedder;
    int status = embedder_open(spec, stages, pool, &embedder);
    if (status != 0) {
        return status;
    }
    struct gathered gathered = {0};
    struct frozen frozen = {.known = false};
    status = embedder_weights_sha256(embedder, frozen.before, &frozen.known);
    if (status == 0) {
        status = embed(e, embedder, &gathered);
    }
    if (status == 0 && frozen.known) {
        status = embedder_weights_sha256(embedder, frozen.after, &frozen.known);
    }
    if (status == 0 && e->json) {
        write_json(e, embedder, &gathered, &frozen, w);
    } else if (status == 0) {
        print_text(e, embedder, &gathered, &frozen);
    }
    if (status == 0 && frozen.known && strcmp(frozen.before, frozen.after) != 0) {
        status = error_set(ERR_FAILED, "%s: its weights changed", embedder_name(embedder));
    }
    free(gathered.vectors);
    free(gathered.status);
    embedder_close(embedder);
    return status;
}

static int run(const struct args *args)
{
    struct explanation e = {0};
    struct embedders embedders = {0};
    int status = prepare(args, &e);
    if (status == 0) {
        status = embedders_from_args(args, &embedders);
    }
    blas_use_one_thread();
    struct pool *pool = pool_create(0);
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '[');
    for (uint32_t i = 0; status == 0 && i < embedders.n; i++) {
        status = explain(&e, &embedders.specs[i], args_value(args, "stages", NULL), pool, &w);
    }
    jsonw_close(&w, ']');
    if (status == 0 && e.json) {
        printf("%s\n", str_text(&out));
    }
    str_finish(&out);
    pool_destroy(pool);
    embedders_finish(&embedders);
    release(&e);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "WORD SENTENCE SENTENCE… [options]",
    .summary = "one word in several sentences, stage by stage",
    .details = "For each stage: the cosine between the word's vector in sentence 1 and in the "
               "others, and for\n"
               "each sentence the WordNet sense whose own vector (the word in \"WORD : "
               "DEFINITION\") lies\n"
               "nearest. At the look-up table the cosine is 1.000 and every sense is alike, in "
               "every embedder;\n"
               "what parts them afterwards is the sentence, for no weight changes: they are hashed "
               "before and\n"
               "after.\n\n"
               "  harness explain bank \"the river bank\" \"the financial bank\" --embedder minilm",
    .options = options,
    .run = run,
};
