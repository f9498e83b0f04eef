/* Counts the attributes of tags before the parser sees them. */
#include "data/xml_tags.h"

#include <string.h>

static void in_tag(struct xml_tags *tags, char c)
{
    if (c == '"' || c == '\'') {
        tags->quote = c;
        tags->place = XML_IN_VALUE;
    } else if (c == '>') {
        tags->place = XML_IN_TEXT;
    } else {
        tags->n_equals += c == '=';
    }
}

/* Inside what ends with two of `twice` and a '>'. */
static void until_end(struct xml_tags *tags, char c, char twice)
{
    if (c == '>' && tags->n_ending >= 2) {
        tags->place = XML_IN_TEXT;
    }
    tags->n_ending = c == twice ? tags->n_ending + 1 : 0;
}

static void step(struct xml_tags *tags, char c)
{
    switch (tags->place) {
    case XML_IN_TEXT:
        tags->place = c == '<' ? XML_AFTER_LESS : XML_IN_TEXT;
        break;
    case XML_AFTER_LESS:
        tags->n_equals = tags->n_ending = 0;
        tags->place = c == '!' ? XML_AFTER_BANG : c == '?' ? XML_IN_SOMETHING : XML_IN_TAG;
        if (tags->place == XML_IN_TAG) {
            in_tag(tags, c);
        }
        break;
    case XML_AFTER_BANG:
        tags->place = c == '-' ? XML_IN_COMMENT : c == '[' ? XML_IN_CDATA : XML_IN_SOMETHING;
        break;
    case XML_IN_TAG:
        in_tag(tags, c);
        break;
    case XML_IN_VALUE:
        tags->place = c == tags->quote ? XML_IN_TAG : XML_IN_VALUE;
        break;
    case XML_IN_COMMENT:
        until_end(tags, c, '-');
        break;
    case XML_IN_CDATA:
        until_end(tags, c, ']');
        break;
    case XML_IN_SOMETHING:
        tags->place = c == '>' ? XML_IN_TEXT : XML_IN_SOMETHING;
        break;
    }
}

bool xml_tags_pass(struct xml_tags *tags, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (tags->place == XML_IN_TEXT) { /* most of a document */
            const char *less = memchr(bytes + i, '<', n - i);
            if (!less) {
                return true;
            }
            i = (size_t)(less - bytes);
        }
        step(tags, bytes[i]);
        if (tags->n_equals > XML_MOST_ATTRIBUTES) {
            return false;
        }
    }
    return true;
}
