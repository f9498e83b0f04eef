/* Collects digests and lengths from a server's headers and checks a file against them. */
#include "data/served_digest.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t hex_digits(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA512:
        return 128;
    case DIGEST_SHA1:
        return 40;
    case DIGEST_MD5:
        return 32;
    case DIGEST_SHA256:
        break;
    }
    return 64;
}

/* RFC 4648, section 4: the value of one digit, -1 if it is none. */
static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The bytes of a base64 text as lower-case hexadecimal digits, exactly n_digits of them. */
static bool base64_to_hex(struct slice text, size_t n_digits, char *hex)
{
    uint32_t held = 0, n_bits = 0;
    size_t n = 0;
    while (text.n > 0 && text.text[text.n - 1] == '=') {
        text.n--;
    }
    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.text[i]);
        if (value < 0) {
            return false;
        }
        held = (held << 6 | (uint32_t)value) & 0xFFFF;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            if (n + 2 > n_digits) {
                return false;
            }
            snprintf(hex + n, 3, "%02x", held >> n_bits & 0xFF);
            n += 2;
        }
    }
    return n == n_digits;
}

static bool copy_hex(struct slice text, size_t n_digits, char *hex)
{
    if (text.n != n_digits) {
        return false;
    }
    for (size_t i = 0; i < n_digits; i++) {
        if (!isxdigit((unsigned char)text.text[i])) {
            return false;
        }
        hex[i] = (char)tolower((unsigned char)text.text[i]);
    }
    hex[n_digits] = '\0';
    return true;
}

static void add(struct served_digests *digests, struct served_digest digest)
{
    if (digests->n < SERVED_DIGESTS_MAX) {
        digests->items[digests->n++] = digest;
    }
}

static void add_base64(struct served_digests *digests, const char *header, enum digest_kind kind,
                       struct slice text)
{
    struct served_digest digest = {.kind = kind, .header = header};
    if (base64_to_hex(text, hex_digits(kind), digest.hex)) {
        add(digests, digest);
    }
}

/* "sha-256=:BASE64:, md5=BASE64": the algorithms that are known. */
static void add_named(struct served_digests *digests, const char *header, struct slice value)
{
    static const struct {
        const char *name;
        enum digest_kind kind;
    } algorithms[] = {{"sha-256", DIGEST_SHA256},
                      {"sha-512", DIGEST_SHA512},
                      {"sha", DIGEST_SHA1},
                      {"md5", DIGEST_MD5}};
    for (struct slice item; slice_field(&value, ',', &item);) {
        item = slice_trim(item);
        const char *equals = item.n ? memchr(item.text, '=', item.n) : NULL;
        for (size_t i = 0; equals && i < sizeof algorithms / sizeof *algorithms; i++) {
            size_t n = (size_t)(equals - item.text);
            if (n != strlen(algorithms[i].name) ||
                strncasecmp(item.text, algorithms[i].name, n) != 0) {
                continue;
            }
            struct slice text = {equals + 1, item.n - n - 1};
            if (text.n >= 2 && text.text[0] == ':' && text.text[text.n - 1] == ':') {
                text = (struct slice){text.text + 1, text.n - 2};
            }
            add_base64(digests, header, algorithms[i].kind, text);
        }
    }
}

/* What is between the quotation marks of a strong entity tag; empty for a weak one. */
static struct slice strong_tag(struct slice value)
{
    bool quoted = value.n >= 2 && value.text[0] == '"' && value.text[value.n - 1] == '"';
    return quoted ? (struct slice){value.text + 1, value.n - 2} : (struct slice){"", 0};
}

static void add_linked_etag(struct served_digests *digests, struct slice value)
{
    struct served_digest digest = {.kind = DIGEST_SHA256, .stays = true, .header = "X-Linked-ETag"};
    if (copy_hex(strong_tag(value), 64, digest.hex)) {
        add(digests, digest);
    }
}

static void add_etag(struct served_digests *digests, struct slice value)
{
    static const enum digest_kind kinds[] = {DIGEST_SHA256, DIGEST_SHA1, DIGEST_MD5};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct served_digest digest = {.kind = kinds[i],
                                       .is_git_blob = kinds[i] == DIGEST_SHA1,
                                       .only_confirms = true,
                                       .header = "ETag"};
        if (copy_hex(strong_tag(value), hex_digits(kinds[i]), digest.hex)) {
            add(digests, digest);
        }
    }
}

void served_digests_next_answer(struct served_digests *digests)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < digests->n; i++) {
        if (digests->items[i].stays) {
            digests->items[n++] = digests->items[i];
        }
    }
    digests->n = n;
}

void served_digests_add(struct served_digests *digests, const char *line, size_t n, bool partial)
{
    const char *colon = n ? memchr(line, ':', n) : NULL;
    if (!colon) {
        return;
    }
    char name[32];
    size_t n_name = (size_t)(colon - line);
    if (n_name >= sizeof name) {
        return;
    }
    memcpy(name, line, n_name);
    name[n_name] = '\0';
    struct slice value = slice_trim((struct slice){colon + 1, n - n_name - 1});
    if (strcasecmp(name, "X-Linked-ETag") == 0) {
        add_linked_etag(digests, value);
    } else if (strcasecmp(name, "Repr-Digest") == 0) {
        add_named(digests, "Repr-Digest", value);
    } else if (strcasecmp(name, "Content-Digest") == 0 && !partial) {
        add_named(digests, "Content-Digest", value);
    } else if (strcasecmp(name, "Digest") == 0) {
        add_named(digests, "Digest", value);
    } else if (strcasecmp(name, "x-goog-hash") == 0) {
        add_named(digests, "x-goog-hash", value);
    } else if (strcasecmp(name, "x-amz-checksum-sha256") == 0) {
        add_base64(digests, "x-amz-checksum-sha256", DIGEST_SHA256, value);
    } else if (strcasecmp(name, "Content-MD5") == 0 && !partial) {
        add_base64(digests, "Content-MD5", DIGEST_MD5, value);
    } else if (strcasecmp(name, "ETag") == 0) {
        add_etag(digests, value);
    }
}

int served_digests_check(const struct served_digests *digests, const char *path,
                         const char **ret_by)
{
    const char *by = NULL;
    uint64_t bytes = 0;
    char before[32] = "";
    file_size(path, &bytes);
    int n_before = snprintf(before, sizeof before, "blob %" PRIu64, bytes) + 1; /* with its NUL */
    for (uint32_t i = 0; i < digests->n; i++) {
        const struct served_digest *digest = &digests->items[i];
        char found[DIGEST_LONGEST_TEXT_BYTES];
        int status = digest_file_as(digest->kind, before,
                                    digest->is_git_blob ? (size_t)n_before : 0, path, found);
        if (status == ERR_MACHINE) { /* MD5, where it is forbidden */
            log_warn("%s; %s is not checked", error_message(), digest->header);
            continue;
        }
        if (status != 0) {
            return status;
        }
        bool same = strcmp(found, digest->hex) == 0;
        if (!same && !digest->only_confirms) {
            return error_set(ERR_FAILED, "%s: found digest %s, expected %s as the server says (%s)",
                             path, found, digest->hex, digest->header);
        }
        by = same && !by ? digest->header : by;
    }
    *ret_by = by;
    return 0;
}
