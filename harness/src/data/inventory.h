/*
 * inventory.h - which senses a lemma has, by a file: for sense-tagged data of any language whose
 * labels are not WordNet 3.0's.
 *
 * Formats, told apart by what their lines look like:
 *   a table, a sense a line, in the order of the senses
 *     LEMMA <TAB> POS <TAB> SENSE [<TAB> DEFINITION]
 *   a lemma a line, with its senses (XL-WSD: Pasini et al. 2021)
 *     LEMMA#POS <TAB> SENSE [<TAB> SENSE…]
 *   Open Multilingual WordNet (Bond & Foster 2013); the sense is the synset, OFFSET-POS, and its
 *   definition the first that the file has of it
 *     # NAME <TAB> LANGUAGE <TAB> URL <TAB> LICENCE
 *     OFFSET-POS <TAB> [LANGUAGE:]lemma <TAB> LEMMA
 *     OFFSET-POS <TAB> LANGUAGE:def <TAB> N <TAB> TEXT
 *
 * Lines that begin with '#' and a blank or tab, and empty ones, are skipped. POS as in
 * wordnet_pos_of, in any case; another is an error, as is a sense without a name or with white
 * space in it. A sense that a lemma has twice counts once. Lemmas are compared in Unicode's
 * composed form (NFC), in lower case, with '_' for blanks. Memory: the file's text twice, and 24
 * bytes a sense.
 */
#ifndef DATA_INVENTORY_H
#define DATA_INVENTORY_H

#include "data/wordnet.h"

struct inventory;

struct inventory_sense {
    const char *label;
    const char *definition; /* NULL: the file has none */
};

/* Errors name file and line. */
int inventory_open(const char *path, struct inventory **ret_inventory);
void inventory_close(struct inventory *inventory); /* NULL is fine */

/* "inventory.de.withgold.txt", the file's name. */
const char *inventory_name(const struct inventory *inventory);
bool inventory_has_sense(const struct inventory *inventory, const char *label); /* of any lemma */
bool inventory_has_definitions(const struct inventory *inventory);

/* Senses of a lemma in the file's order; NULL and 0 if it has none. The lemma as in
 * inventory_lemma. */
const struct inventory_sense *inventory_senses(const struct inventory *inventory, const char *lemma,
                                               enum wordnet_pos pos, uint32_t *ret_n);

/* A lemma as inventories compare it, appended. */
void inventory_lemma(const char *lemma, struct str *ret_text);

#endif /* DATA_INVENTORY_H */
