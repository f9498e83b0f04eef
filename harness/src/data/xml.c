/* Reads XML element by element, within limits, and writes it, by libxml2. */
#include "data/xml.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/archive.h"
#include "data/unicode.h"
#include "data/xml_tags.h"

#include <libxml/xmlreader.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct attribute {
    size_t name, value; /* offsets in xml_reader.texts */
};

struct xml_reader {
    char *path;
    struct byte_source *source;
    xmlTextReaderPtr reader;
    struct attribute *attributes; /* [n_attributes] of the present XML_START, texts in `texts` */
    size_t n_attributes, capacity;
    struct str texts, name;
    bool end_follows; /* the present element is empty: XML_END is next */
    struct xml_tags tags;
    bool source_failed; /* the message is byte_source's */
    int failure_line;   /* of libxml2's first error; 0 = none */
    char failure[512];
};

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void keep_quiet(void *ctx, const char *format, ...)
{
    (void)ctx, (void)format;
}

static void start_library(void)
{
    LIBXML_TEST_VERSION
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, keep_quiet);
}

static int read_bytes(void *ctx, char *buffer, int length)
{
    struct xml_reader *reader = ctx;
    size_t n = 0;
    if (byte_source_read(reader->source, buffer, (size_t)length, &n)) {
        reader->source_failed = true;
        return -1;
    }
    if (!xml_tags_pass(&reader->tags, buffer, n)) {
        error_set(ERR_REQUEST, "%s: found an element of more than %d attributes", reader->path,
                  XML_MOST_ATTRIBUTES);
        reader->source_failed = true;
        return -1;
    }
    return (int)n;
}

static int leave_open(void *ctx)
{
    (void)ctx;
    return 0;
}

static void remember_failure(char *message, size_t size, int *line, const xmlError *error)
{
    if (*line == 0 && error->level >= XML_ERR_ERROR) {
        *line = error->line > 0 ? error->line : 1;
        snprintf(message, size, "%s", error->message ? error->message : "not well-formed");
        message[strcspn(message, "\n")] = '\0';
    }
}

static void on_reader_error(void *ctx, xmlErrorPtr error)
{
    struct xml_reader *reader = ctx;
    remember_failure(reader->failure, sizeof reader->failure, &reader->failure_line, error);
}

int xml_reader_open(const char *path, struct xml_reader **ret_reader)
{
    pthread_once(&started, start_library);
    struct byte_source *source;
    TRY(byte_source_open(path, &source));
    struct xml_reader *reader = mem_alloc(sizeof *reader);
    reader->path = mem_text(path);
    reader->source = source;
    /* No XML_PARSE_NOENT, DTDLOAD, DTDATTR, XINCLUDE or HUGE: nothing outside the file is asked
     * for, no entity of the file's own is expanded, and libxml2's size limits hold. */
    reader->reader = xmlReaderForIO(read_bytes, leave_open, reader, NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    if (!reader->reader) {
        xml_reader_close(reader);
        return error_set(ERR_MACHINE, "%s: libxml2 cannot start", path);
    }
    xmlTextReaderSetStructuredErrorHandler(reader->reader, on_reader_error, reader);
    *ret_reader = reader;
    return 0;
}

void xml_reader_close(struct xml_reader *reader)
{
    if (reader) {
        if (reader->reader) {
            xmlFreeTextReader(reader->reader);
        }
        byte_source_close(reader->source);
        str_finish(&reader->texts);
        str_finish(&reader->name);
        free(reader->attributes);
        free(reader->path);
        free(reader);
    }
}

/* A document type with entities of its own is refused before any of them is used. */
static int check_document_type(struct xml_reader *reader)
{
    /* not xmlTextReaderCurrentDoc, which hands the document over to its caller */
    const xmlNode *node = xmlTextReaderCurrentNode(reader->reader);
    const xmlDtd *dtd = node && node->type == XML_DTD_NODE ? (const xmlDtd *)node : NULL;
    if (dtd && (dtd->entities || dtd->pentities)) {
        return error_set(ERR_REQUEST,
                         "%s:%d: declares entities of its own; only plain XML is read here",
                         reader->path, xml_reader_line(reader));
    }
    return 0;
}

static void keep_name(struct xml_reader *reader)
{
    str_clear(&reader->name);
    str_add(&reader->name, (const char *)xmlTextReaderConstName(reader->reader));
}

/* Appends a text with its NUL; returns where it begins. */
static size_t keep_text(struct xml_reader *reader, const char *text)
{
    size_t begin = reader->texts.n;
    str_append(&reader->texts, text, strlen(text) + 1);
    return begin;
}

static void keep_element(struct xml_reader *reader)
{
    keep_name(reader);
    str_clear(&reader->texts);
    reader->n_attributes = 0;
    while (xmlTextReaderMoveToNextAttribute(reader->reader) == 1) {
        const char *name = (const char *)xmlTextReaderConstName(reader->reader);
        const char *value = (const char *)xmlTextReaderConstValue(reader->reader);
        MEM_GROW(reader->attributes, reader->capacity, reader->n_attributes + 1);
        struct attribute *kept = &reader->attributes[reader->n_attributes++];
        kept->value = keep_text(reader, value ? value : "");
        kept->name = keep_text(reader, name);
    }
    xmlTextReaderMoveToElement(reader->reader);
}

static int reader_failure(struct xml_reader *reader)
{
    if (reader->source_failed) {
        return ERR_REQUEST;
    }
    return error_set(ERR_REQUEST, "%s:%d: not well-formed XML: %s", reader->path,
                     reader->failure_line ? reader->failure_line : xml_reader_line(reader),
                     reader->failure_line ? reader->failure : "cannot be parsed");
}

int xml_reader_next(struct xml_reader *reader, enum xml_event *ret_event)
{
    if (reader->end_follows) {
        reader->end_follows = false;
        *ret_event = XML_END;
        return 0;
    }
    for (;;) {
        int more = xmlTextReaderRead(reader->reader);
        if (more < 0 || reader->source_failed || reader->failure_line) {
            return reader_failure(reader);
        }
        if (more == 0) {
            *ret_event = XML_DONE;
            return 0;
        }
        switch (xmlTextReaderNodeType(reader->reader)) {
        case XML_READER_TYPE_ELEMENT:
            reader->end_follows = xmlTextReaderIsEmptyElement(reader->reader) == 1;
            keep_element(reader);
            *ret_event = XML_START;
            return 0;
        case XML_READER_TYPE_END_ELEMENT:
            keep_name(reader);
            *ret_event = XML_END;
            return 0;
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_CDATA:
        case XML_READER_TYPE_WHITESPACE:
        case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
            *ret_event = XML_TEXT;
            return 0;
        case XML_READER_TYPE_DOCUMENT_TYPE:
            TRY(check_document_type(reader));
            break;
        case XML_READER_TYPE_ENTITY_REFERENCE:
            return error_set(ERR_REQUEST,
                             "%s:%d: found the entity reference '&%s;'; only "
                             "character references and XML's own five entities are read",
                             reader->path, xml_reader_line(reader),
                             (const char *)xmlTextReaderConstName(reader->reader));
        default: /* comments, processing instructions */
            break;
        }
    }
}

const char *xml_reader_name(const struct xml_reader *reader)
{
    return str_text(&reader->name);
}

const char *xml_reader_text(const struct xml_reader *reader)
{
    const char *text = (const char *)xmlTextReaderConstValue(reader->reader);
    return text ? text : "";
}

const char *xml_reader_attribute(const struct xml_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->n_attributes; i++) {
        const struct attribute *attribute = &reader->attributes[i];
        if (strcmp(reader->texts.data + attribute->name, name) == 0) {
            return reader->texts.data + attribute->value;
        }
    }
    return NULL;
}

const char *xml_reader_attribute_at(const struct xml_reader *reader, size_t i,
                                    const char **ret_name)
{
    if (i >= reader->n_attributes) {
        return NULL;
    }
    *ret_name = reader->texts.data + reader->attributes[i].name;
    return reader->texts.data + reader->attributes[i].value;
}

int xml_reader_line(const struct xml_reader *reader)
{
    int line = xmlTextReaderGetParserLineNumber(reader->reader);
    return line > 0 ? line : 1;
}

struct xml_writer {
    FILE *stream;
    char **open; /* [depth] names of the open elements */
    size_t depth, capacity;
    bool tag_open; /* "<name attr=…" without its '>' */
    bool has_text; /* the innermost element holds text: no indent before its end */
};

struct xml_writer *xml_writer_create(FILE *stream)
{
    struct xml_writer *writer = mem_alloc(sizeof *writer);
    writer->stream = stream;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", stream);
    return writer;
}

bool xml_holds_character(int32_t point)
{
    return point == '\t' || point == '\n' || point == '\r' || (point >= 0x20 && point <= 0xD7FF) ||
           (point >= 0xE000 && point <= 0xFFFD) || point >= 0x10000;
}

/* How many bytes at the start stand for themselves: ASCII without escapes. */
static size_t plain(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '&' && text[i] != '<' &&
           text[i] != '>' && text[i] != '"') {
        i++;
    }
    return i;
}

static void write_escaped(FILE *stream, const char *text, bool in_attribute)
{
    size_t n = strlen(text);
    for (size_t i = 0, bytes; i < n; i += bytes) {
        bytes = plain(text + i, n - i);
        if (bytes > 0) {
            fwrite(text + i, 1, bytes, stream);
            continue;
        }
        int32_t point = unicode_next(text + i, n - i, &bytes);
        if (!xml_holds_character(point)) {
            fputs("\xEF\xBF\xBD", stream);
        } else if (point == '&') {
            fputs("&amp;", stream);
        } else if (point == '<') {
            fputs("&lt;", stream);
        } else if (point == '>') {
            fputs("&gt;", stream);
        } else if (point == '"' && in_attribute) {
            fputs("&quot;", stream);
        } else if (point == '\r' || (in_attribute && (point == '\n' || point == '\t'))) {
            fprintf(stream, "&#%d;", (int)point); /* a reader would turn it into a space or LF */
        } else {
            fwrite(text + i, 1, bytes, stream);
        }
    }
}

static void close_tag(struct xml_writer *writer)
{
    if (writer->tag_open) {
        fputc('>', writer->stream);
        writer->tag_open = false;
    }
}

static void new_line(struct xml_writer *writer)
{
    fprintf(writer->stream, "\n%*s", (int)(2 * writer->depth), "");
}

void xml_start(struct xml_writer *writer, const char *element)
{
    close_tag(writer);
    if (!writer->has_text) {
        new_line(writer);
    }
    fprintf(writer->stream, "<%s", element);
    writer->tag_open = true;
    writer->has_text = false;
    MEM_GROW(writer->open, writer->capacity, writer->depth + 1);
    writer->open[writer->depth++] = mem_text(element);
}

void xml_attribute(struct xml_writer *writer, const char *name, const char *value)
{
    if (value) {
        fprintf(writer->stream, " %s=\"", name);
        write_escaped(writer->stream, value, true);
        fputc('"', writer->stream);
    }
}

void xml_text(struct xml_writer *writer, const char *text)
{
    close_tag(writer);
    write_escaped(writer->stream, text, false);
    writer->has_text = true;
}

void xml_end(struct xml_writer *writer)
{
    char *element = writer->open[--writer->depth];
    if (writer->tag_open) {
        fputs("/>", writer->stream);
        writer->tag_open = false;
    } else {
        if (!writer->has_text) {
            new_line(writer);
        }
        fprintf(writer->stream, "</%s>", element);
    }
    writer->has_text = false;
    free(element);
}

void xml_writer_finish(struct xml_writer *writer)
{
    fputc('\n', writer->stream);
    for (size_t i = 0; i < writer->depth; i++) {
        free(writer->open[i]);
    }
    free(writer->open);
    free(writer);
}
