/*
 * download_part.h - a transfer and the part that it fills; shared by download.c and
 * download_part.c.
 */
#ifndef DATA_DOWNLOAD_PART_H
#define DATA_DOWNLOAD_PART_H

#include "data/download.h"
#include "data/served_digest.h"

#include <stdbool.h>
#include <stdint.h>

/* What the headers of the latest answer say. */
struct answer {
    uint64_t length;      /* of this body; meaningful with has_length */
    uint64_t range_start; /* of a 206 */
    bool has_length, has_range;
    bool has_end; /* the body's end can be distinguished from a truncation: by its length, chunks or
                     frames */
    char etag[256], last_modified[64]; /* "" if not named; a weak ETag is none */
};

/* Why this side ended a transfer. */
enum refusal { NOT_REFUSED, TOO_LARGE, WRONG_RANGE, DISK };

#define DOWNLOAD_ERROR_BYTES 256 /* CURL_ERROR_SIZE */

struct transfer {
    const struct download *download;
    void *curl;          /* CURL: download.c is the door to libcurl */
    char *part, *state;  /* paths */
    int fd;              /* of part */
    uint64_t have;       /* bytes that the part is continued from */
    uint64_t at;         /* bytes in the part */
    uint64_t furthest;   /* `at` at its highest: has a try gained anything? */
    bool began;          /* this answer's body */
    bool too_slow;       /* is that why the last try ended? */
    bool was_continued;  /* the part holds bytes of more than one answer */
    char validator[256]; /* for If-Range; "" = none */
    struct answer answer;
    struct served_digests digests;
    enum refusal refusal;
    int disk_error; /* errno; 0 with DISK: too little room */
    uint64_t wanted_capacity;
    char why[DOWNLOAD_ERROR_BYTES];
};

/* Beside the part, so that another process can go on with it. */
void download_write_state(const struct transfer *transfer);

/* Back to nothing: the part is empty, the state gone. */
void download_drop_part(struct transfer *transfer);

/* The part that an earlier process left, if it is of this URL and can be continued. */
void download_take_up_part(struct transfer *transfer);

/* Length, SHA-256 and what the server said of it; facts get what was found. */
int download_check_part(const struct transfer *transfer, struct download_facts *facts);

#endif /* DATA_DOWNLOAD_PART_H */
