/* lookup_hits.c - what was found, for people and for programs. */
#include "commands/vectors/lookup.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_COLUMNS = 24 };

void lookup_put(const char *text, int width)
{
    char *printable = mem_text(text);
    text_make_printable(printable);
    int columns = (int)unicode_columns(printable, strlen(printable));
    printf("%s%*s", printable, columns < width ? width - columns : 0, "");
    free(printable);
}

void lookup_put_embedder(const struct embedder *embedder, const char *rest)
{
    lookup_put(embedder_name(embedder), 0);
    printf(" (%s, %u dimensions)%s\n", embedder_kind(embedder), embedder_dim(embedder), rest);
}

void lookup_put_hits(const struct lookup_table *table, const struct search_hit *hits, uint32_t k)
{
    for (uint32_t i = 0; i < k && hits[i].row != SEARCH_NONE; i++) {
        char *word = lookup_table_word(table, hits[i].row);
        printf("  %4u  ", i + 1);
        lookup_put(word, WORD_COLUMNS);
        printf(" %6.3f\n", hits[i].score);
        free(word);
    }
}

void lookup_write_hits(const struct lookup_table *table, const struct search_hit *hits, uint32_t k,
                       struct json_writer *w)
{
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < k && hits[i].row != SEARCH_NONE; i++) {
        char *word = lookup_table_word(table, hits[i].row);
        jsonw_open(w, '{');
        jsonw_put_text(w, "word", word);
        jsonw_put_uint(w, "row", hits[i].row);
        jsonw_put_real(w, "score", hits[i].score);
        jsonw_close(w, '}');
        free(word);
    }
    jsonw_close(w, ']');
}

void lookup_put_found(const char *word, const struct lookup_found *found)
{
    bool has_vector = word_has_vector(found->status);
    if (has_vector && found->spelled && strcmp(found->spelled, word) == 0) {
        return;
    }
    printf("    ");
    lookup_put(word, 0);
    if (!has_vector) {
        printf(": %s (%s)\n",
               found->status == EMB_WORD_CUT ? "beyond the model's window"
                                             : "not in the vocabulary",
               lookup_status(found->status));
    } else if (found->spelled) {
        printf(": found as ");
        lookup_put(found->spelled, 0);
        printf(" (%s)\n", lookup_status(found->status));
    } else {
        printf(": no row of its own, made from its parts (%s)\n", lookup_status(found->status));
    }
}

void lookup_write_found(const char *word, const struct lookup_found *found, struct json_writer *w)
{
    jsonw_put_text(w, "word", word);
    jsonw_put_text(w, "status", lookup_status(found->status));
    jsonw_put_text(w, "found", found->spelled);
}

int lookup_read_limits(const struct args *args, uint32_t *ret_top, uint64_t *ret_limit)
{
    uint64_t top = 0;
    TRY(args_uint(args, "top", 10, &top));
    if (top < 1 || top > 1000) {
        return error_set(ERR_REQUEST, "--top: found %llu, expected 1 to 1000",
                         (unsigned long long)top);
    }
    TRY(args_uint(args, "vocabulary-limit", 0, ret_limit));
    *ret_top = (uint32_t)top;
    return 0;
}
