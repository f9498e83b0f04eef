/* Applies SentencePiece's precompiled character map by its double-array trie. */
#include "tokenizer/charsmap.h"

#include "base/unicode.h"
#include "embedder_util.h"

#include <string.h>

#define MAX_GRAPHEME 5 /* bytes that are looked up as a whole */

struct charsmap {
    const struct emb_host *host;
    bool longest;
    uint32_t n_units, n_text;
    const uint32_t *units; /* [n_units] */
    const char *text;      /* [n_text], the last byte is NUL */
};

static uint32_t read_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

emb_status charsmap_create(const struct emb_host *host, const char *where, const void *blob,
                           uint64_t n_bytes, bool longest, struct charsmap **ret_map)
{
    const unsigned char *bytes = blob;
    uint32_t n_trie = n_bytes >= 4 ? read_u32(bytes) : 0;
    if (n_bytes < 8 || n_bytes > UINT32_MAX || n_trie < 4 || n_trie % 4 || n_trie > n_bytes - 4) {
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: character map of %llu bytes with a trie of %u, expected a multiple "
                         "of 4 that fits",
                         where, (unsigned long long)n_bytes, n_trie);
    }
    const char *text = (const char *)bytes + 4 + n_trie;
    size_t n_text = (size_t)(n_bytes - 4 - n_trie);
    if (utf8_valid_prefix(text, n_text) < n_text) {
        return emb_failf(host, EMB_E_FORMAT, "%s: character map: byte %zu: found invalid UTF-8",
                         where, 4 + n_trie + utf8_valid_prefix(text, n_text));
    }
    struct charsmap *map = host->alloc(host, sizeof *map + n_trie + n_text + 1);
    if (!map) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory for a character map", where);
    }
    uint32_t *units = (uint32_t *)(map + 1);
    for (uint32_t i = 0; i < n_trie / 4; i++) {
        units[i] = read_u32(bytes + 4 + (size_t)i * 4);
    }
    char *copy = (char *)(units + n_trie / 4);
    memcpy(copy, text, n_text);
    copy[n_text] = '\0';
    *map = (struct charsmap){host, longest, n_trie / 4, (uint32_t)n_text + 1, units, copy};
    *ret_map = map;
    return EMB_OK;
}

void charsmap_destroy(struct charsmap *map)
{
    if (map) {
        map->host->free(map->host, map);
    }
}

static uint32_t unit_offset(uint32_t unit)
{
    return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* The replacement of a prefix of key[0, n): the first found, or the longest. NULL if none. */
static const char *look_up(const struct charsmap *map, const char *key, uint32_t n,
                           uint32_t *ret_matched)
{
    const char *found = NULL;
    uint32_t node = unit_offset(map->units[0]);
    for (uint32_t i = 0; i < n && key[i]; i++) {
        unsigned char label = (unsigned char)key[i];
        node ^= label;
        if (node >= map->n_units || (map->units[node] & (1u << 31 | 0xFF)) != label) {
            break;
        }
        uint32_t unit = map->units[node];
        node ^= unit_offset(unit);
        if (node >= map->n_units) {
            break;
        }
        uint32_t value = map->units[node] & ~(1u << 31);
        /* A hostile value may point into the middle of a code point. */
        if ((unit >> 8 & 1) && value < map->n_text &&
            ((unsigned char)map->text[value] & 0xC0) != 0x80) {
            found = map->text + value;
            *ret_matched = i + 1;
            if (!map->longest) {
                break;
            }
        }
    }
    return found;
}

static uint32_t count_code_points(const char *text, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < n; count++) {
        utf8_next(text, &at);
    }
    return count;
}

/* Put `text` in the place of the next n_bytes of the old text. */
static void put_replacement(struct rewrite *rewrite, uint32_t n_bytes, const char *text)
{
    const char *old = rewrite->old->bytes + rewrite->at;
    uint32_t after = rewrite->at + n_bytes;
    uint32_t n_old = count_code_points(old, n_bytes);
    uint32_t n_text = (uint32_t)strlen(text);
    uint32_t i = 0;
    for (uint32_t at = 0; at < n_text; i++) {
        uint32_t c = utf8_next(text, &at);
        rewrite_put(rewrite, c, i < n_old ? REWRITE_REPLACE : REWRITE_INSERT);
    }
    rewrite->at = after;
}

static uint32_t grapheme_end(const struct rewrite *rewrite)
{
    const char *bytes = rewrite->old->bytes;
    uint32_t at = rewrite->at;
    uint32_t before = utf8_next(bytes, &at);
    int32_t state = 0;
    while (at < rewrite->end) {
        uint32_t next = at;
        uint32_t after = utf8_next(bytes, &next);
        if (unicode_grapheme_break(before, after, &state)) {
            break;
        }
        before = after;
        at = next;
    }
    return at;
}

static void map_grapheme(const struct charsmap *map, struct rewrite *rewrite)
{
    const char *bytes = rewrite->old->bytes;
    uint32_t matched;
    uint32_t end = grapheme_end(rewrite);
    if (end - rewrite->at <= MAX_GRAPHEME) {
        const char *text = look_up(map, bytes + rewrite->at, end - rewrite->at, &matched);
        if (text) {
            put_replacement(rewrite, end - rewrite->at, text);
            return;
        }
    }
    while (rewrite->at < end && !rewrite->failed) {
        uint32_t next = rewrite->at;
        utf8_next(bytes, &next);
        const char *text = look_up(map, bytes + rewrite->at, next - rewrite->at, &matched);
        if (text) {
            put_replacement(rewrite, next - rewrite->at, text);
        } else {
            rewrite_keep(rewrite, next - rewrite->at);
        }
    }
}

static void map_longest(const struct charsmap *map, struct rewrite *rewrite)
{
    const char *bytes = rewrite->old->bytes;
    uint32_t matched = 0;
    const char *text = look_up(map, bytes + rewrite->at, rewrite->end - rewrite->at, &matched);
    uint32_t next = rewrite->at;
    utf8_next(bytes, &next);
    if (!text) {
        rewrite_keep(rewrite, next - rewrite->at);
        return;
    }
    /* A hostile trie may end a match within a code point: take the whole of it. */
    for (next = rewrite->at; next < rewrite->at + matched;) {
        utf8_next(bytes, &next);
    }
    put_replacement(rewrite, next - rewrite->at, text);
}

emb_status charsmap_normalize(struct work *work, struct rewrite *rewrite, const void *arg)
{
    (void)work;
    const struct charsmap *map = arg;
    while (rewrite->at < rewrite->end && !rewrite->failed) {
        if (map->longest) {
            map_longest(map, rewrite);
        } else {
            map_grapheme(map, rewrite);
        }
    }
    return EMB_OK;
}
