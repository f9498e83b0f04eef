/*
 * sense_classes.h - a coarser inventory by a file: which class a sense belongs to.
 *
 *     SENSE <TAB> CLASS
 *
 * A line a sense; SENSE is a label as gold keys have it (a WordNet sense key, "bank%1:17:01::", or
 * one of a named inventory), CLASS a name without white space; further fields are not looked at.
 * Lines that begin with '#', and empty ones, are skipped. A sense twice must be of the same class.
 * Memory: the file's text twice, and 16 bytes a sense.
 */
#ifndef DATA_SENSE_CLASSES_H
#define DATA_SENSE_CLASSES_H

struct sense_classes;

/* Errors name file and line. */
int sense_classes_open(const char *path, struct sense_classes **ret_classes);
void sense_classes_close(struct sense_classes *classes); /* NULL is fine */

const char *sense_classes_name(const struct sense_classes *classes); /* of the file */
/* NULL: the file does not have the sense. */
const char *sense_class(const struct sense_classes *classes, const char *sense);

#endif /* DATA_SENSE_CLASSES_H */
