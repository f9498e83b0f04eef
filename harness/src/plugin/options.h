/*
 * options.h - from a table of options and "name=value" texts to typed values: defaults applied,
 * ranges checked, every complaint naming the option, what was found and what was expected. The
 * tables of plugins and of suites go through it alike.
 */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H

#include <embedder.h>

#include "base/str.h"

/* One setting as a user typed it. */
struct option_pair {
    char *name, *value;
};

/* A kind of the host's own tables, which no plugin can declare: bytes, "256M"; an integer. */
enum { OPTION_BYTES = EMB_OPT_CHANGE + 1 };

/* A table with what a descriptor of the ABI cannot say. */
struct option_table {
    const struct emb_option *options; /* [n] */
    const char *const *words;         /* [n] "silhouette|gold": texts that an option may be besides
                                         what its kind says; one of kind TEXT may be nothing else.
                                         NULL: none; for the whole, too */
    uint32_t n;
};

/* All options of a table with their values: the struct emb_options that plugins see. It refers to
 * the table and owns the rest. */
struct option_value {
    char *text;      /* as typed, or the fallback */
    int64_t integer; /* INT, FLAG */
    double real;     /* REAL, INT */
};

struct emb_options {
    const struct emb_option *options; /* [n] */
    const char *const *words;         /* [n] as in struct option_table; NULL: none */
    struct option_value *values;      /* [n] */
    uint32_t n;
};

/* owner ("plugin glove") begins the error message. Destroy with options_destroy. */
int options_create(const struct emb_option *options, uint32_t n_options,
                   const struct option_pair *pairs, uint32_t n_pairs, const char *owner,
                   struct emb_options **ret_options);
int options_create_from(const struct option_table *table, const struct option_pair *pairs,
                        uint32_t n_pairs, const char *owner, struct emb_options **ret_options);
void options_destroy(struct emb_options *options); /* NULL is fine */

/* The value of the first option of kind PATH, or NULL if there is none or it is empty. */
const char *options_path(const struct emb_options *options);
const struct emb_option *options_path_option(const struct emb_option *options, uint32_t n_options);

/* "name=value,name=value" of all options that differ from their fallback. */
void options_describe(const struct emb_options *options, struct str *out);

/* Is option i of kind CHANGE, and not its fallback: by it the model is another one? */
bool options_is_changed(const struct emb_options *options, uint32_t i);
/* "name=value,name=value" of these. */
void options_describe_changes(const struct emb_options *options, struct str *out);

/* What is wrong with an entry of a table ("its help is empty"), or NULL; free() it. */
char *option_flaw(const struct emb_option *option);

/* Help for people, a line or two an option, each line beginning with indent. */
void options_help(const struct emb_option *options, uint32_t n_options, const char *indent,
                  struct str *out);
/* "k=silhouette|gold|integer" and "groups a lemma (default silhouette, 1 or more)". */
void option_describe(const struct option_table *table, uint32_t i, struct str *ret_label,
                     struct str *ret_help);

/* The three getters of struct emb_host. A name or kind that the table does not have is the
 * plugin's bug: logged, counted, answered NULL or 0. */
const char *options_get_text(const struct emb_options *options, const char *name);
int64_t options_get_int(const struct emb_options *options, const char *name);
double options_get_real(const struct emb_options *options, const char *name);
uint64_t options_misuses(void); /* such bugs met so far in this process */

#endif /* PLUGIN_OPTIONS_H */
