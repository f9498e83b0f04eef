/*
 * fuzz_split.c - any bytes as the recorded answers of a chunk, behind the right head and before the
 * right seal. The input's first 64 bytes are the question that is then asked: its answer is taken
 * as rows of a batch, or refused.
 */
#include "base/arena.h"
#include "plugin/batch_answer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 3, STAGES = 2, DIM = 4, QUESTION_BYTES = DIGEST_TEXT_BYTES - 1 };

static volatile double touched;
static char folder[64];

static void remove_folder(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/f.1-1.answers", folder);
    unlink(path);
    rmdir(folder);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/harness-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder)) {
        abort();
    }
    atexit(remove_folder);
}

/* Head, input, and the hash of both. */
static void write_file(const char *path, const uint8_t *data, size_t size)
{
    static const char head[] = "harness-answers/1 it 1/1\n";
    const struct split_frame seal = {.n = QUESTION_BYTES};
    char hex[DIGEST_TEXT_BYTES];
    struct str bytes = {0};
    str_add(&bytes, head);
    str_append(&bytes, (const char *)data, size);
    digest_of(bytes.data, bytes.n, hex);
    str_append(&bytes, (const char *)&seal, sizeof seal);
    str_append(&bytes, hex, QUESTION_BYTES);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, bytes.data, bytes.n) != (ssize_t)bytes.n) {
        abort();
    }
    close(file);
    str_finish(&bytes);
}

static void ask(struct split *split, const uint8_t *data)
{
    char question[DIGEST_TEXT_BYTES] = "";
    struct split_answer answer;
    struct guarded rows;
    memcpy(question, data, QUESTION_BYTES);
    if (split_turn(split, question, &answer) != SPLIT_RECORDED) {
        return;
    }
    guarded_init(&rows, STAGES, DIM, 0);
    guarded_prepare(&rows, ROWS);
    if (batch_answer_read(&answer, &rows) == 0) {
        struct guarded_place place;
        if (guarded_check(&rows, &place) == GUARDED_PAST) {
            abort();
        }
        touched += rows.vectors[0];
    }
    guarded_finish(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct split_of of = {"it", 1};
    char beginning[80], path[128];
    struct split *split;
    if (!folder[0]) {
        make_folder();
    }
    snprintf(beginning, sizeof beginning, "%s/f", folder);
    snprintf(path, sizeof path, "%s.1-1.answers", beginning);
    write_file(path, data, size);
    if (split_whole_begin(beginning, &of, &split) == 0) {
        if (size >= QUESTION_BYTES) {
            ask(split, data);
        }
        split_destroy(split);
    }
    return 0;
}
