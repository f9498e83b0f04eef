/* Writes a zip archive of stored members, zip64 where it must be. */
#include "data/zip_write.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 45,        /* the first that knows 64-bit fields */
    DATE = 0x21,         /* 1980-01-01 */
    ZIP64 = 1,           /* number of the extra field */
    LOCAL_EXTRA = 16,    /* two sizes */
    CENTRAL_EXTRA = 24,  /* two sizes and a place */
    DIRECTORY_REST = 44, /* bytes of the 64-bit end record behind its own size */
};
#define IN_EXTRA UINT32_MAX /* a 32-bit field whose value stands in the extra field */

struct member {
    char *name;
    uint64_t at, n_bytes; /* of the local header; of the content */
    uint32_t crc;
};

struct zip_write {
    FILE *stream;
    uint64_t at; /* bytes written, had nothing been written over */
    struct member *members;
    size_t n, capacity;
    size_t n_head;
};

struct zip_write *zip_write_create(FILE *stream)
{
    struct zip_write *zip = mem_alloc(sizeof *zip);
    zip->stream = stream;
    return zip;
}

void zip_write_free(struct zip_write *zip)
{
    for (size_t i = 0; zip && i < zip->n; i++) {
        free(zip->members[i].name);
    }
    free(zip ? zip->members : NULL);
    free(zip);
}

/* Little-endian numbers one behind the other. */
struct record {
    unsigned char bytes[80];
    size_t n;
};

static void put(struct record *record, uint64_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        record->bytes[record->n++] = (unsigned char)(value >> (8 * i));
    }
}

static void emit(struct zip_write *zip, const void *bytes, size_t n)
{
    if (n > 0) {
        fwrite(bytes, 1, n, zip->stream);
    }
    zip->at += n;
}

/* What a member's local header and its entry in the directory have in common. */
static void put_common(struct record *record, const struct member *member, uint32_t n_extra)
{
    put(record, VERSION, 2);
    put(record, 0, 2); /* flags */
    put(record, 0, 2); /* stored */
    put(record, 0, 2);
    put(record, DATE, 2);
    put(record, member->crc, 4);
    put(record, IN_EXTRA, 4);
    put(record, IN_EXTRA, 4);
    put(record, strlen(member->name), 2);
    put(record, n_extra + 4, 2);
}

static void put_extra(struct record *record, const struct member *member, uint32_t n_extra)
{
    put(record, ZIP64, 2);
    put(record, n_extra, 2);
    put(record, member->n_bytes, 8);
    put(record, member->n_bytes, 8);
}

static void emit_local(struct zip_write *zip, const struct member *member)
{
    struct record header = {.n = 0}, extra = {.n = 0};
    put(&header, 0x04034b50, 4);
    put_common(&header, member, LOCAL_EXTRA);
    put_extra(&extra, member, LOCAL_EXTRA);
    emit(zip, header.bytes, header.n);
    emit(zip, member->name, strlen(member->name));
    emit(zip, extra.bytes, extra.n);
}

void zip_write_begin(struct zip_write *zip, const char *name, size_t n_head)
{
    static const char zeros[64];
    MEM_GROW(zip->members, zip->capacity, zip->n + 1);
    struct member *member = &zip->members[zip->n++];
    *member = (struct member){.name = mem_text(name), .at = zip->at, .n_bytes = n_head};
    emit_local(zip, member);
    for (size_t left = n_head; left > 0; left -= left < sizeof zeros ? left : sizeof zeros) {
        emit(zip, zeros, left < sizeof zeros ? left : sizeof zeros);
    }
    zip->n_head = n_head;
}

void zip_write_bytes(struct zip_write *zip, const void *bytes, size_t n)
{
    struct member *member = &zip->members[zip->n - 1];
    member->crc = gunzip_crc32(member->crc, bytes, n);
    member->n_bytes += n;
    emit(zip, bytes, n);
}

int zip_write_end(struct zip_write *zip, const void *head)
{
    struct member *member = &zip->members[zip->n - 1];
    uint32_t crc = gunzip_crc32(0, head, zip->n_head);
    member->crc = gunzip_crc32_join(crc, member->crc, member->n_bytes - zip->n_head);
    uint64_t end = zip->at;
    if (fseeko(zip->stream, (off_t)member->at, SEEK_SET) != 0) {
        return error_set(ERR_MACHINE, "cannot go back in the archive: %s", strerror(errno));
    }
    emit_local(zip, member);
    emit(zip, head, zip->n_head);
    if (fseeko(zip->stream, (off_t)end, SEEK_SET) != 0) {
        return error_set(ERR_MACHINE, "cannot go on in the archive: %s", strerror(errno));
    }
    zip->at = end;
    return 0;
}

static void emit_entry(struct zip_write *zip, const struct member *member)
{
    struct record entry = {.n = 0}, extra = {.n = 0};
    put(&entry, 0x02014b50, 4);
    put(&entry, VERSION, 2); /* made by; attributes are those of DOS: none */
    put_common(&entry, member, CENTRAL_EXTRA);
    put(&entry, 0, 2); /* comment */
    put(&entry, 0, 2); /* disk */
    put(&entry, 0, 2);
    put(&entry, 0, 4);
    put(&entry, IN_EXTRA, 4);
    put_extra(&extra, member, CENTRAL_EXTRA);
    put(&extra, member->at, 8);
    emit(zip, entry.bytes, entry.n);
    emit(zip, member->name, strlen(member->name));
    emit(zip, extra.bytes, extra.n);
}

void zip_write_directory(struct zip_write *zip)
{
    uint64_t begin = zip->at;
    for (size_t i = 0; i < zip->n; i++) {
        emit_entry(zip, &zip->members[i]);
    }
    uint64_t end = zip->at;
    struct record record = {.n = 0};
    put(&record, 0x06064b50, 4);
    put(&record, DIRECTORY_REST, 8);
    put(&record, VERSION, 2);
    put(&record, VERSION, 2);
    put(&record, 0, 4);
    put(&record, 0, 4);
    put(&record, zip->n, 8);
    put(&record, zip->n, 8);
    put(&record, end - begin, 8);
    put(&record, begin, 8);
    emit(zip, record.bytes, record.n);
    record.n = 0;
    put(&record, 0x07064b50, 4); /* where that record is */
    put(&record, 0, 4);
    put(&record, end, 8);
    put(&record, 1, 4);
    put(&record, 0x06054b50, 4); /* the old end record, which points to the new one */
    put(&record, 0, 4);
    put(&record, zip->n, 2);
    put(&record, zip->n, 2);
    put(&record, IN_EXTRA, 4);
    put(&record, IN_EXTRA, 4);
    put(&record, 0, 2);
    emit(zip, record.bytes, record.n);
}
