/*
 * lookup.h - what the commands that look at vectors share: texts on their way through a model, the
 * look-up table as something to search, and how words and places are shown to people.
 */
#ifndef COMMANDS_VECTORS_LOOKUP_H
#define COMMANDS_VECTORS_LOOKUP_H

#include "base/json_write.h"
#include "commands/command.h"
#include "commands/vectors/lookup_texts.h"
#include "math/search.h"
#include "plugin/open.h"

/* Calls body for every embedder of the command line, opened for these stages (NULL = all), one
 * after another; as_json: w is in an array, which is printed when all went well. */
int lookup_each(const struct args *args, const char *stages, bool as_json,
                int (*body)(void *ctx, struct embedder *embedder, struct json_writer *w),
                void *ctx);

/* "ok", "oov", "cut", "backoff": as items of reports say it. */
const char *lookup_status(uint8_t status);

/* A word of a text, with its vectors. */
struct lookup_word {
    const struct lookup_text *text;
    uint32_t target;     /* number of it in text->targets */
    uint32_t begin, end; /* code points of the text */
    uint8_t status;
    const float *vectors; /* [n_stages, dim] */
};

typedef int (*lookup_take_word)(void *ctx, const struct lookup_word *word);

/* Every target of every text through the model, in order. Memory: of one batch. *ret_n_texts: texts
 * read, with those that have no target. */
int lookup_embed(struct embedder *embedder, const struct lookup_texts *texts, const char *label,
                 lookup_take_word take, void *ctx, uint64_t *ret_n_texts);

/* A table of words to search: that of a closed vocabulary, or of a transformer's pieces. */
struct lookup_table {
    struct embedder *embedder;
    const float *rows; /* [n_rows, dim] */
    uint64_t stride;
    uint32_t n_rows;
    const struct emb_ext_vocab *vocab; /* NULL: pieces */
    const struct emb_ext_tokens *tokens;
    struct embedder_table own; /* of words */
    float *copied;             /* of pieces */
};

/* The first `limit` rows, 0 = all. ERR_REQUEST: the model shows no table. The embedder must have
 * been opened for the stage "table" alone. */
int lookup_table_open(struct embedder *embedder, uint64_t limit, struct lookup_table *ret_table);
void lookup_table_finish(struct lookup_table *table);
/* How the vocabulary spells a row; free() it. */
char *lookup_table_word(const struct lookup_table *table, uint32_t row);

/* A word that was looked for. */
struct lookup_found {
    uint8_t status; /* EMB_WORD_*; BACKOFF: its lower case was found, or what the plugin finds */
    uint32_t row;   /* SEARCH_NONE: it has none of its own (subwords, several pieces) */
    char *spelled;  /* as found; NULL without a row that is searched */
    float *vector;  /* [dim] */
};

/* As written, else in lower case, else made of its parts. Finish after failure too. */
int lookup_table_find(const struct lookup_table *table, const char *word,
                      struct lookup_found *ret_found);
void lookup_found_finish(struct lookup_found *found);

/* Queries over found words that have a vector, see math/search.h: ret_hits[n_queries, k]. */
void lookup_table_search(const struct lookup_table *table, const struct lookup_found *found,
                         uint32_t n, const struct search_query *queries, uint32_t n_queries,
                         enum search_method method, uint32_t k, struct search_hit *ret_hits);

/* lookup_hits.c: a text in at least `width` columns of the terminal, safe to print. */
void lookup_put(const char *text, int width);
/* "glove (static, 300 dimensions)" and what follows, a line. */
void lookup_put_embedder(const struct embedder *embedder, const char *rest);
/* The hits of one query [k], a line each; or as an array of objects. */
void lookup_put_hits(const struct lookup_table *table, const struct search_hit *hits, uint32_t k);
void lookup_write_hits(const struct lookup_table *table, const struct search_hit *hits, uint32_t k,
                       struct json_writer *w);
/* "Bank: found as bank", "xyzzy: not in the vocabulary": what must be said of a word; nothing of
 * one that was found as it is written. */
void lookup_put_found(const char *word, const struct lookup_found *found);
/* word, status and found of the present object. */
void lookup_write_found(const char *word, const struct lookup_found *found, struct json_writer *w);

/* --top of an embedder's answers, 1 to 1000, default 10; --vocabulary-limit. */
int lookup_read_limits(const struct args *args, uint32_t *ret_top, uint64_t *ret_limit);

#endif /* COMMANDS_VECTORS_LOOKUP_H */
