/* A text file, or text in memory, as a corpus for tests of the trainers. */
#include "text_corpus.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static emb_status next(void *ctx, const char **ret_text, uint64_t *ret_n_bytes)
{
    struct text_corpus *text = ctx;
    uint64_t end = text->at + text->block;
    if (end >= text->n_bytes) {
        end = text->n_bytes;
    } else {
        const char *newline = memchr(text->text + end, '\n', text->n_bytes - end);
        end = newline ? (uint64_t)(newline - text->text) + 1 : text->n_bytes;
    }
    *ret_text = text->text + text->at;
    *ret_n_bytes = end - text->at;
    text->at = end;
    return EMB_OK;
}

static emb_status start_again(void *ctx)
{
    struct text_corpus *text = ctx;
    text->at = 0;
    return EMB_OK;
}

void text_corpus_memory(struct text_corpus *text, const char *bytes, uint64_t n_bytes)
{
    *text = (struct text_corpus){
        .corpus = {.struct_size = sizeof text->corpus,
                   .ctx = text,
                   .n_bytes = n_bytes,
                   .next = next,
                   .rewind = start_again},
        .text = bytes,
        .n_bytes = n_bytes,
        .block = 1 << 20,
    };
}

int text_corpus_open(struct text_corpus *text, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        return -1;
    }
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) {
        return -1;
    }
    text_corpus_memory(text, bytes, (uint64_t)info.st_size);
    text->is_mapped = 1;
    return 0;
}

void text_corpus_finish(struct text_corpus *text)
{
    if (text->is_mapped) {
        munmap((void *)(uintptr_t)text->text, text->n_bytes);
    }
}
