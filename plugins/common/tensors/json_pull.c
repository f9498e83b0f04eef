/* Reads JSON token by token from a map, and reports the byte at fault. */
#include "json_pull.h"

#include "base/try.h"
#include "embedder_util.h"
#include "utf8.h"

#include <string.h>

enum { MAX_DEPTH = 64 };

emb_status json_pull_fail(const struct json_pull *pull, uint64_t at, const char *expected)
{
    char found[32] = "the end";
    if (at < pull->end) {
        char shown[16];
        uint64_t left = pull->end - at;
        tensor_shown(shown, sizeof shown, (const char *)pull->map->bytes + at,
                     left < 12 ? left : 12);
        snprintf(found, sizeof found, "'%s'", shown);
    }
    return emb_failf(pull->file->host, EMB_E_FORMAT, "%s: byte %llu: found %s, expected %s",
                     pull->map->path, (unsigned long long)at, found, expected);
}

/* The next byte after white space, -1 at the end. */
static int peek(struct json_pull *pull)
{
    while (pull->at < pull->end) {
        uint8_t byte = pull->map->bytes[pull->at];
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            return byte;
        }
        pull->at++;
    }
    return -1;
}

bool json_pull_take(struct json_pull *pull, char c)
{
    if (peek(pull) != (uint8_t)c) {
        return false;
    }
    pull->at++;
    return true;
}

emb_status json_pull_expect(struct json_pull *pull, char c)
{
    if (!json_pull_take(pull, c)) {
        return json_pull_fail(pull, pull->at, (const char[]){'\'', c, '\'', '\0'});
    }
    return EMB_OK;
}

/* Texts */

static uint32_t utf8_write(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* Four hexadecimal digits at byte `at`; false if there are none. */
static bool hex4(const struct json_pull *pull, uint64_t at, uint32_t *ret_code)
{
    uint32_t code = 0;
    if (pull->end - at < 4) {
        return false;
    }
    for (uint64_t i = at; i < at + 4; i++) {
        uint8_t c = pull->map->bytes[i];
        uint32_t digit = c >= '0' && c <= '9'   ? c - (uint32_t)'0'
                         : c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10
                         : c >= 'A' && c <= 'F' ? c - (uint32_t)'A' + 10
                                                : 16;
        if (digit == 16) {
            return false;
        }
        code = code << 4 | digit;
    }
    *ret_code = code;
    return true;
}

/* The escape whose backslash is at pull->at: its character, and pull->at moved behind it. */
static emb_status read_escape(struct json_pull *pull, uint32_t *ret_code)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint64_t begin = pull->at;
    if (pull->end - begin < 2) {
        return json_pull_fail(pull, pull->end, "an escape");
    }
    uint8_t letter = pull->map->bytes[begin + 1];
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        *ret_code = (uint8_t)meanings[known - letters];
        pull->at += 2;
        return EMB_OK;
    }
    uint32_t code = 0, low = 0;
    if (letter != 'u' || !hex4(pull, begin + 2, &code) || code == 0) {
        return json_pull_fail(pull, begin, "an escape other than NUL");
    }
    pull->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        const uint8_t *next = pull->map->bytes + pull->at;
        if (code >= 0xdc00 || pull->end - pull->at < 6 || next[0] != '\\' || next[1] != 'u' ||
            !hex4(pull, pull->at + 2, &low) || low < 0xdc00 || low >= 0xe000) {
            return json_pull_fail(pull, begin, "a pair of surrogates");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        pull->at += 6;
    }
    *ret_code = code;
    return EMB_OK;
}

/* Decode up to the closing quote, into `to` unless it is NULL. */
static emb_status read_text(struct json_pull *pull, char *to)
{
    for (;;) {
        uint8_t byte = pull->at < pull->end ? pull->map->bytes[pull->at] : 0;
        if (byte == '"') {
            pull->at++;
            return EMB_OK;
        }
        if (byte < 0x20) {
            return json_pull_fail(pull, pull->at, "'\"' or a character of a text");
        }
        if (byte == '\\') {
            uint32_t code = 0;
            TRY(read_escape(pull, &code));
            to = to ? to + utf8_write(to, code) : NULL;
            continue;
        }
        uint32_t n = utf8_length(pull->map->bytes + pull->at, pull->end - pull->at);
        if (n == 0) {
            return json_pull_fail(pull, pull->at, "UTF-8");
        }
        if (to) {
            memcpy(to, pull->map->bytes + pull->at, n);
            to += n;
        }
        pull->at += n;
    }
}

emb_status json_pull_text(struct json_pull *pull, const char **ret_text)
{
    if (peek(pull) != '"') {
        return json_pull_fail(pull, pull->at, "a text");
    }
    uint64_t begin = ++pull->at;
    emb_status status = read_text(pull, NULL);
    if (status != EMB_OK || !ret_text) {
        return status;
    }
    /* A decoded text is never longer than its source. */
    char *text = tensor_file_alloc(pull->file, pull->at - begin);
    if (!text) {
        return tensor_file_no_memory(pull->file, pull->map->path);
    }
    pull->at = begin;
    status = read_text(pull, text);
    if (status == EMB_OK) {
        *ret_text = text;
    }
    return status;
}

/* Numbers and other values */

emb_status json_pull_uint(struct json_pull *pull, uint64_t *ret_value)
{
    static const char expected[] = "an integer from 0 to 2^64 - 1";
    peek(pull);
    uint64_t begin = pull->at, at = begin, value = 0;
    for (; at < pull->end; at++) {
        uint8_t digit = (uint8_t)(pull->map->bytes[at] - '0');
        if (digit > 9) {
            break;
        }
        if (!tensor_multiply(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
            return json_pull_fail(pull, begin, expected);
        }
    }
    uint8_t next = at < pull->end ? pull->map->bytes[at] : 0;
    bool leading_zero = at - begin > 1 && pull->map->bytes[begin] == '0';
    if (at == begin || leading_zero || next == '.' || next == 'e' || next == 'E') {
        return json_pull_fail(pull, begin, expected);
    }
    pull->at = at;
    *ret_value = value;
    return EMB_OK;
}

static uint64_t digits(const struct json_pull *pull, uint64_t at)
{
    while (at < pull->end && pull->map->bytes[at] >= '0' && pull->map->bytes[at] <= '9') {
        at++;
    }
    return at;
}

/* A number by the grammar: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static emb_status skip_number(struct json_pull *pull)
{
    const uint8_t *bytes = pull->map->bytes;
    uint64_t begin = pull->at, at = begin + (bytes[begin] == '-'), digit = at;
    at = digits(pull, digit);
    bool ok = at > digit && (at - digit == 1 || bytes[digit] != '0');
    if (ok && at < pull->end && bytes[at] == '.') {
        digit = at + 1;
        at = digits(pull, digit);
        ok = at > digit;
    }
    if (ok && at < pull->end && (bytes[at] == 'e' || bytes[at] == 'E')) {
        digit = at + 1;
        digit += digit < pull->end && (bytes[digit] == '+' || bytes[digit] == '-');
        at = digits(pull, digit);
        ok = at > digit;
    }
    if (!ok) {
        return json_pull_fail(pull, begin, "a value");
    }
    pull->at = at;
    return EMB_OK;
}

static emb_status skip_scalar(struct json_pull *pull, int first)
{
    static const char *const words[] = {"true", "false", "null"};
    if (first == '"') {
        return json_pull_text(pull, NULL);
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        return skip_number(pull);
    }
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (pull->end - pull->at >= n && memcmp(pull->map->bytes + pull->at, words[i], n) == 0) {
            pull->at += n;
            return EMB_OK;
        }
    }
    return json_pull_fail(pull, pull->at, "a value");
}

static emb_status skip_value(struct json_pull *pull, uint32_t depth)
{
    int first = peek(pull);
    if (first != '{' && first != '[') {
        return skip_scalar(pull, first);
    }
    if (depth == MAX_DEPTH) {
        return json_pull_fail(pull, pull->at, "at most 64 levels");
    }
    char close = first == '{' ? '}' : ']';
    pull->at++;
    if (json_pull_take(pull, close)) {
        return EMB_OK;
    }
    do {
        if (first == '{') {
            TRY(json_pull_text(pull, NULL));
            TRY(json_pull_expect(pull, ':'));
        }
        TRY(skip_value(pull, depth + 1));
    } while (json_pull_take(pull, ','));
    return json_pull_expect(pull, close);
}

emb_status json_pull_skip(struct json_pull *pull)
{
    return skip_value(pull, 0);
}

/* Containers */

emb_status json_pull_element(struct json_pull *pull, uint64_t *n, bool *ret_more)
{
    if (*n == 0 ? json_pull_take(pull, ']') : !json_pull_take(pull, ',')) {
        emb_status status = *n == 0 ? EMB_OK : json_pull_expect(pull, ']');
        *ret_more = status == EMB_OK ? false : *ret_more;
        return status;
    }
    (*n)++;
    *ret_more = true;
    return EMB_OK;
}

emb_status json_pull_member(struct json_pull *pull, uint64_t *n, const char **ret_key)
{
    if (*n == 0 ? json_pull_take(pull, '}') : !json_pull_take(pull, ',')) {
        emb_status status = *n == 0 ? EMB_OK : json_pull_expect(pull, '}');
        *ret_key = status == EMB_OK ? NULL : *ret_key;
        return status;
    }
    const char *key = NULL;
    emb_status status = json_pull_text(pull, &key);
    status = status == EMB_OK ? json_pull_expect(pull, ':') : status;
    if (status == EMB_OK) {
        (*n)++;
        *ret_key = key;
    }
    return status;
}

emb_status json_pull_finish(struct json_pull *pull)
{
    return peek(pull) < 0 ? EMB_OK : json_pull_fail(pull, pull->at, "the end");
}
