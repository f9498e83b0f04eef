/*
 * xml.h - the one door to libxml2: a forward reader and a writer.
 *
 * The reader expands no external entity, loads no DTD, asks no network and stops an entity bomb.
 */
#ifndef DATA_XML_H
#define DATA_XML_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Reading: a file, plain or compressed (archive.h), event by event. */
struct xml_reader;

enum xml_event { XML_START, XML_END, XML_TEXT, XML_DONE };

int xml_reader_open(const char *path, struct xml_reader **ret_reader);
void xml_reader_close(struct xml_reader *reader); /* NULL is fine */
/* The next event; an empty element gives XML_START and XML_END. Errors name file and line. */
int xml_reader_next(struct xml_reader *reader, enum xml_event *ret_event);
const char *xml_reader_name(const struct xml_reader *reader); /* of XML_START, XML_END */
const char *xml_reader_text(const struct xml_reader *reader); /* of XML_TEXT */
/* An attribute of the present XML_START, or NULL. Valid until the next event. */
const char *xml_reader_attribute(const struct xml_reader *reader, const char *name);
/* Attribute number i of the present XML_START in the file's order, its name to *ret_name; NULL:
 * there are no more. */
const char *xml_reader_attribute_at(const struct xml_reader *reader, size_t i,
                                    const char **ret_name);
int xml_reader_line(const struct xml_reader *reader);

/* Can XML 1.0 hold the character at all? */
bool xml_holds_character(int32_t point);

/* Writing, indented, UTF-8 with a declaration. Invalid UTF-8 and control characters that XML cannot
 * hold are written as U+FFFD. Any failure is kept and reported by finish. */
struct xml_writer;

struct xml_writer *xml_writer_create(FILE *stream); /* the caller's stream, not closed */
void xml_start(struct xml_writer *writer, const char *element);
void xml_attribute(struct xml_writer *writer, const char *name,
                   const char *value); /* NULL: none written */
void xml_text(struct xml_writer *writer, const char *text);
void xml_end(struct xml_writer *writer);
/* Destroys. What could not be written the stream remembers, and its owner tells. */
void xml_writer_finish(struct xml_writer *writer);

#endif /* DATA_XML_H */
