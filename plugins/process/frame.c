/* Cuts a stream of bytes into frames. */
#include "frame.h"

#include "protocol.h"

#include <stdlib.h>
#include <string.h>

bool frame_reader_add(struct frame_reader *reader, const char *bytes, size_t n)
{
    if (reader->at > 0) { /* what was taken makes room */
        memmove(reader->bytes, reader->bytes + reader->at, reader->n - reader->at);
        reader->n -= reader->at;
        reader->at = 0;
    }
    if (n > reader->capacity - reader->n) {
        size_t capacity =
            reader->capacity * 2 > reader->n + n ? reader->capacity * 2 : reader->n + n;
        char *grown = realloc(reader->bytes, capacity);
        if (!grown) {
            return false;
        }
        reader->bytes = grown;
        reader->capacity = capacity;
    }
    if (n > 0) { /* of nothing there may be no block */
        memcpy(reader->bytes + reader->n, bytes, n);
        reader->n += n;
    }
    return true;
}

enum frame_found frame_reader_next(struct frame_reader *reader, const char **ret_text,
                                   size_t *ret_n)
{
    size_t left = reader->n - reader->at;
    if (left < PROTOCOL_FRAME_HEAD) {
        return FRAME_NONE;
    }
    const unsigned char *head = (const unsigned char *)reader->bytes + reader->at;
    size_t follow =
        (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (follow == 0 || follow > PROTOCOL_FRAME_MOST) {
        *ret_n = follow;
        return FRAME_NO_SIZE;
    }
    if (left - PROTOCOL_FRAME_HEAD < follow) {
        return FRAME_NONE;
    }
    *ret_text = reader->bytes + reader->at + PROTOCOL_FRAME_HEAD;
    *ret_n = follow;
    reader->at += PROTOCOL_FRAME_HEAD + follow;
    return FRAME_WHOLE;
}

size_t frame_reader_left(const struct frame_reader *reader)
{
    return reader->n - reader->at;
}

void frame_reader_finish(struct frame_reader *reader)
{
    free(reader->bytes);
    *reader = (struct frame_reader){0};
}
