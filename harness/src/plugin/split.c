/* Deals out questions to chunks, records answers and finds them again. */
#include "plugin/split.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "harness-answers/1"
#define QUESTION_BYTES (DIGEST_TEXT_BYTES - 1)

/* The answers of a chunk, mapped. */
struct answers {
    const char *bytes; /* [n] */
    size_t n;
};

struct split {
    struct map questions; /* a chunk: put so far; the whole: answered */
    uint32_t n_chunks;
    /* of a chunk */
    FILE *out;
    char *path;
    uint32_t chunk;
    struct digest *digest; /* of what was written */
    int failed;            /* the first error of the model, or of writing */
    /* of the whole */
    struct answers *answers; /* [n_chunks] */
    const char **frames;     /* [questions.n] where each answer's frame lies */
    size_t frames_capacity;
};

char *split_path(const char *beginning, uint32_t chunk, uint32_t n_chunks)
{
    return mem_format("%s.%u-%u.answers", beginning, chunk, n_chunks);
}

static char *header_of(const struct split_of *of, uint32_t chunk)
{
    return mem_format(FORMAT " %s %u/%u\n", of->whole, chunk, of->n_chunks);
}

static int write_error(const struct split *split)
{
    return error_set(ERR_MACHINE, "%s: cannot write: %s", split->path, strerror(errno));
}

static int write_bytes(struct split *split, const void *bytes, size_t n)
{
    digest_add(split->digest, bytes, n);
    return fwrite(bytes, 1, n, split->out) == n ? 0 : write_error(split);
}

int split_chunk_begin(const char *path, const struct split_of *of, uint32_t chunk,
                      struct split **ret_split)
{
    FILE *out = fopen(path, "r+be");
    if (!out) {
        return error_set(ERR_MACHINE, "%s: cannot write: %s", path, strerror(errno));
    }
    struct split *split = mem_alloc(sizeof *split);
    *split = (struct split){.n_chunks = of->n_chunks,
                            .out = out,
                            .path = mem_text(path),
                            .chunk = chunk,
                            .digest = digest_create()};
    char *header = header_of(of, chunk);
    int status = write_bytes(split, header, strlen(header));
    free(header);
    if (status) {
        split_destroy(split);
        return status;
    }
    *ret_split = split;
    return 0;
}

static const struct split_frame seal_frame = {.n = QUESTION_BYTES};

static int seal(struct split *split)
{
    char hex[DIGEST_TEXT_BYTES];
    digest_finish(split->digest, hex);
    split->digest = NULL;
    bool written = fwrite(&seal_frame, sizeof seal_frame, 1, split->out) == 1 &&
                   fwrite(hex, 1, QUESTION_BYTES, split->out) == QUESTION_BYTES &&
                   fflush(split->out) == 0 && fsync(fileno(split->out)) == 0;
    return written ? 0 : write_error(split);
}

int split_chunk_end(struct split *split, int status)
{
    bool counts = split->failed || split->questions.n == 0;
    status = counts && status ? status : split->failed;
    status = status ? status : seal(split);
    split_destroy(split);
    return status;
}

void split_destroy(struct split *split)
{
    if (!split) {
        return;
    }
    if (split->out) {
        fclose(split->out);
    }
    if (split->digest) {
        char hex[DIGEST_TEXT_BYTES];
        digest_finish(split->digest, hex);
    }
    for (uint32_t i = 0; split->answers && i < split->n_chunks; i++) {
        if (split->answers[i].bytes) {
            munmap((void *)(uintptr_t)split->answers[i].bytes, split->answers[i].n);
        }
    }
    free(split->answers);
    free(split->frames);
    free(split->path);
    map_finish(&split->questions);
    free(split);
}

bool split_is_chunk(const struct split *split)
{
    return split && split->out;
}

/* ---- answers read back ---- */

static int map_file(const char *path, struct answers *answers)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0) {
        int why = errno;
        if (file >= 0) {
            close(file);
        }
        return error_set(ERR_REQUEST, "%s: cannot read: %s", path, strerror(why));
    }
    size_t n = (size_t)about.st_size;
    void *bytes = n > 0 ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (bytes == MAP_FAILED) {
        return error_set(ERR_REQUEST, "%s: torn: found %zu bytes", path, n);
    }
    *answers = (struct answers){bytes, n};
    return 0;
}

/* Is the file's last frame the hash of all before it? */
static int check_seal(const char *path, const struct answers *answers, size_t *ret_end)
{
    char hex[DIGEST_TEXT_BYTES];
    const size_t n = sizeof seal_frame + QUESTION_BYTES;
    if (answers->n < n) {
        return error_set(ERR_REQUEST, "%s: torn: found %zu bytes", path, answers->n);
    }
    size_t end = answers->n - n;
    digest_of(answers->bytes, end, hex);
    bool sound = memcmp(answers->bytes + end, &seal_frame, sizeof seal_frame) == 0 &&
                 memcmp(answers->bytes + end + sizeof seal_frame, hex, QUESTION_BYTES) == 0;
    *ret_end = end;
    return sound ? 0
                 : error_set(ERR_REQUEST, "%s: torn: found no seal of what it holds at its end",
                             path);
}

/* Notes where each answer of a sound file lies. */
static int note_frames(struct split *split, const char *path, const char *at, const char *end)
{
    while (at < end) {
        struct split_frame frame;
        if ((size_t)(end - at) < sizeof frame) {
            return error_set(ERR_REQUEST, "%s: found half an answer at its end", path);
        }
        memcpy(&frame, at, sizeof frame);
        if (frame.n > (size_t)(end - at) - sizeof frame) {
            return error_set(ERR_REQUEST, "%s: found an answer of %llu bytes, %zu are left", path,
                             (unsigned long long)frame.n, (size_t)(end - at) - sizeof frame);
        }
        uint32_t known = split->questions.n;
        uint32_t number = map_put(&split->questions, frame.question, QUESTION_BYTES);
        if (number == known) { /* of several the first */
            MEM_GROW(split->frames, split->frames_capacity, known + 1u);
            split->frames[number] = at;
        }
        at += sizeof frame + frame.n;
    }
    return 0;
}

static int read_chunk(struct split *split, const char *path, const struct split_of *of,
                      uint32_t chunk)
{
    struct answers *answers = &split->answers[chunk - 1];
    size_t end = 0;
    TRY(map_file(path, answers));
    TRY(check_seal(path, answers, &end));
    char *header = header_of(of, chunk);
    size_t n = strlen(header);
    int status =
        end >= n && memcmp(answers->bytes, header, n) == 0
            ? note_frames(split, path, answers->bytes + n, answers->bytes + end)
            : error_set(ERR_REQUEST, "%s: found answers of something else, expected \"%.*s\"", path,
                        (int)n - 1, header);
    free(header);
    return status;
}

int split_whole_begin(const char *beginning, const struct split_of *of, struct split **ret_split)
{
    struct split *split = mem_alloc(sizeof *split);
    *split = (struct split){.n_chunks = of->n_chunks,
                            .answers = mem_array(of->n_chunks, sizeof(struct answers))};
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < of->n_chunks; i++) {
        char *path = split_path(beginning, i + 1, of->n_chunks);
        status = read_chunk(split, path, of, i + 1);
        status = status ? error_context(status, "chunk %u/%u", i + 1, of->n_chunks) : 0;
        free(path);
    }
    if (status) {
        split_destroy(split);
        return status;
    }
    *ret_split = split;
    return 0;
}

/* ---- questions ---- */

static enum split_turn turn_of_chunk(struct split *split, const char *question)
{
    uint32_t known = split->questions.n;
    uint32_t number = map_put(&split->questions, question, QUESTION_BYTES);
    return number == known && number % split->n_chunks == split->chunk - 1 ? SPLIT_ASK : SPLIT_LEFT;
}

enum split_turn split_turn(struct split *split, const char question[DIGEST_TEXT_BYTES],
                           struct split_answer *ret_answer)
{
    if (!split) {
        return SPLIT_ASK;
    }
    if (split_is_chunk(split)) {
        return turn_of_chunk(split, question);
    }
    uint32_t number = map_find(&split->questions, question, QUESTION_BYTES);
    if (number == MAP_NONE) {
        return SPLIT_ASK;
    }
    struct split_frame frame;
    memcpy(&frame, split->frames[number], sizeof frame);
    *ret_answer =
        (struct split_answer){split->frames[number] + sizeof frame, (size_t)frame.n, frame.seconds};
    return SPLIT_RECORDED;
}

int split_record(struct split *split, const char question[DIGEST_TEXT_BYTES],
                 const struct split_answer *answer)
{
    if (!split_is_chunk(split)) {
        return 0;
    }
    struct split_frame frame;
    memset(&frame, 0, sizeof frame);
    memcpy(frame.question, question, QUESTION_BYTES);
    frame.seconds = answer->seconds;
    frame.n = answer->n;
    int status = write_bytes(split, &frame, sizeof frame);
    status = status ? status : write_bytes(split, answer->bytes, answer->n);
    return split_fail(split, status);
}

int split_fail(struct split *split, int status)
{
    if (split && status && !split->failed) {
        split->failed = status;
    }
    return status;
}
