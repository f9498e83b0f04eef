/*
 * frame.h - the frames of the conversation, as bytes come.
 *
 *     4 bytes   how many follow, little-endian: 1 to PROTOCOL_FRAME_MOST
 *     …         one JSON object in UTF-8
 *
 * What comes is not trusted: a length asks for no memory, the bytes that follow do.
 */
#ifndef PROCESS_FRAME_H
#define PROCESS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_reader {
    char *bytes; /* [n] arrived, [at] of them taken */
    size_t n, at, capacity;
};

enum frame_found {
    FRAME_NONE, /* not whole yet */
    FRAME_WHOLE,
    FRAME_NO_SIZE /* its length is none that a frame can have */
};

/* False: out of memory. */
bool frame_reader_add(struct frame_reader *reader, const char *bytes, size_t n);
/* The next frame: its object in *ret_text [*ret_n], valid until the next call on the reader. With
 * FRAME_NO_SIZE, *ret_n is the length that was found. */
enum frame_found frame_reader_next(struct frame_reader *reader, const char **ret_text,
                                   size_t *ret_n);
/* Bytes that have come of a frame that is not whole. */
size_t frame_reader_left(const struct frame_reader *reader);
void frame_reader_finish(struct frame_reader *reader);

#endif /* PROCESS_FRAME_H */
