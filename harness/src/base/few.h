/*
 * few.h - the first few different words of many, so that a message that counts words can name some:
 * "zzyx, qwrt …".
 */
#ifndef BASE_FEW_H
#define BASE_FEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FEW_MOST = 5, FEW_BYTES = 64 /* of a word; longer ones are shown cut off */ };

/* Zero-initialise, add, finish. */
struct few {
    char *words[FEW_MOST]; /* [n] safe to print */
    uint32_t n;
    bool more; /* different ones came after these */
};

void few_add(struct few *few, const char *word, size_t n);
/* "zzyx, qwrt", with " …" where there are more; free() it. */
char *few_text(const struct few *few);
void few_finish(struct few *few);

#endif /* BASE_FEW_H */
