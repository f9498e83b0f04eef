/*
 * xml_text.h - texts that XML 1.0 cannot hold, held all the same.
 *
 * XML 1.0 has no way to write U+0001 … U+001F but tab, line feed and carriage return, nor U+FFFE
 * and U+FFFF; not even as a character reference. An element whose attributes hold such a character
 * names those attributes in one more, escaped="error signature". In these, and only in these,
 * \uXXXX is the character of that hexadecimal number and \\ a backslash.
 */
#ifndef REPORT_STORED_XML_TEXT_H
#define REPORT_STORED_XML_TEXT_H

#include "base/str.h"

#include <stdbool.h>

#define XML_TEXT_ESCAPED "escaped"

/* Appends the escaped form. */
void xml_text_escape(const char *text, struct str *escaped);
/* Appends what an escaped form stands for; false if it is none, or stands for U+0000. */
bool xml_text_unescape(const char *escaped, struct str *text);

#endif /* REPORT_STORED_XML_TEXT_H */
