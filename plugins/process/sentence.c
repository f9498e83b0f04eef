/* Writes a sentence as the JSON of a message. */
#include "sentence.h"

#include "base/unicode.h"

#include <stdlib.h>
#include <string.h>

static bool places_fill(struct places *places, const struct emb_sentence *sentence)
{
    size_t n = sentence->n_bytes;
    if (n + 1 > places->capacity) {
        uint32_t *bytes = realloc(places->bytes, (n + 1) * sizeof *bytes);
        places->bytes = bytes ? bytes : places->bytes;
        uint32_t *points = realloc(places->points, (n + 1) * sizeof *points);
        places->points = points ? points : places->points;
        if (!bytes || !points) {
            return false;
        }
        places->capacity = n + 1;
    }
    uint32_t sent = 0, n_points = 0;
    for (size_t at = 0; at < n;) {
        uint32_t point;
        bool valid;
        unsigned size = utf8_read(sentence->text + at, n - at, &point, &valid);
        for (unsigned i = 0; i < size; i++) { /* within a code point: valid bytes stay apart */
            places->bytes[at + i] = sent + (valid ? i : 0);
            places->points[at + i] = n_points;
        }
        sent += valid ? size : 3;
        n_points++;
        at += size;
    }
    places->bytes[n] = sent;
    places->points[n] = n_points;
    return true;
}

/* [begin,end,begin,end,…], through a map where there is one. */
static void write_spans(struct text *text, const char *key, const struct emb_span *spans,
                        uint32_t n, const uint32_t *map)
{
    text_say(text, key);
    for (uint32_t i = 0; i < n; i++) {
        text_say(text, i ? "," : "");
        text_number(text, map ? map[spans[i].begin] : spans[i].begin);
        text_say(text, ",");
        text_number(text, map ? map[spans[i].end] : spans[i].end);
    }
    text_say(text, "]");
}

void sentence_write(struct text *text, const struct emb_sentence *sentence, struct places *places)
{
    bool ascii = ascii_prefix(sentence->text, sentence->n_bytes) == sentence->n_bytes;
    if (!ascii && !places_fill(places, sentence)) {
        text->failed = true;
        return;
    }
    text_say(text, "{\"text\":");
    text_quoted(text, sentence->text, sentence->n_bytes);
    const uint32_t *bytes = ascii ? NULL : places->bytes, *points = ascii ? NULL : places->points;
    if (sentence->n_words == 0) {
        text_say(text, ",\"words\":null");
    } else {
        write_spans(text, ",\"words\":[", sentence->words, sentence->n_words, bytes);
    }
    write_spans(text, ",\"targets\":[", sentence->targets, sentence->n_targets, bytes);
    if (!ascii) {
        if (sentence->n_words > 0) {
            write_spans(text, ",\"words_chars\":[", sentence->words, sentence->n_words, points);
        }
        write_spans(text, ",\"targets_chars\":[", sentence->targets, sentence->n_targets, points);
    }
    text_say(text, "}");
}

void places_finish(struct places *places)
{
    free(places->bytes);
    free(places->points);
    *places = (struct places){0};
}

uint32_t sentence_byte_at(const struct emb_sentence *sentence, uint64_t sent)
{
    uint64_t so_far = 0;
    uint32_t at = 0;
    while (at < sentence->n_bytes && so_far < sent) {
        uint32_t point;
        bool valid;
        unsigned size = utf8_read(sentence->text + at, sentence->n_bytes - at, &point, &valid);
        if (valid && so_far + size > sent) {
            return at + (uint32_t)(sent - so_far);
        }
        so_far += valid ? size : 3;
        at += size;
    }
    return at;
}
