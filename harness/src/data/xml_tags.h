/*
 * xml_tags.h - how many attributes a tag has, found from the bytes of a document before they are
 * parsed: libxml2 compares each attribute of an element with all before it, so that a hundred
 * thousand take a minute.
 */
#ifndef DATA_XML_TAGS_H
#define DATA_XML_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XML_MOST_ATTRIBUTES = 1000 };

/* Where in the document the bytes so far have led; zero-initialise. */
struct xml_tags {
    enum {
        XML_IN_TEXT,
        XML_AFTER_LESS, /* behind '<' */
        XML_IN_TAG,
        XML_IN_VALUE,     /* quoted, in a tag */
        XML_AFTER_BANG,   /* behind "<!" */
        XML_IN_COMMENT,   /* up to "-->" */
        XML_IN_CDATA,     /* up to "]]>" */
        XML_IN_SOMETHING, /* a declaration or an instruction, up to '>' */
    } place;
    char quote;
    uint32_t n_equals; /* of the present tag, outside of its values */
    uint32_t n_ending; /* characters of "--" or "]]" just seen */
};

/* The next n bytes. False: a tag has more than XML_MOST_ATTRIBUTES attributes. */
bool xml_tags_pass(struct xml_tags *tags, const char *bytes, size_t n);

#endif /* DATA_XML_TAGS_H */
