/* Folders, tokenizers and comparisons for the tokenizer tests. */
#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char shown[65536];
static size_t n_shown;

struct tokenizer *load_golden(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/tokenizer/%s.json", getenv("HARNESS_SOURCE_ROOT"),
             name);
    struct tokenizer *tokenizer = NULL;
    cr_assert_eq(tokenizer_load(mini_host(1), path, &tokenizer), EMB_OK, "%s", mini_host_failure());
    return tokenizer;
}

struct tokenizer *load_text(const char *json)
{
    struct tokenizer *tokenizer = NULL;
    cr_assert_eq(read_tokenizer_json_text(mini_host(1), "t.json", json, strlen(json), &tokenizer),
                 EMB_OK, "%s", mini_host_failure());
    return tokenizer;
}

void expect_refusal(const char *json, emb_status code, const char *words)
{
    struct tokenizer *tokenizer = NULL;
    emb_status status =
        read_tokenizer_json_text(mini_host(1), "t.json", json, strlen(json), &tokenizer);
    cr_expect_eq(status, code, "%s: status %d", json, status);
    cr_expect_null(tokenizer);
    cr_expect(strstr(mini_host_failure(), words), "'%s' does not say '%s'", mini_host_failure(),
              words);
    cr_expect_eq(mini_host_bytes(), 0);
}

__attribute__((format(printf, 1, 2))) static void show(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    n_shown += (size_t)vsnprintf(shown + n_shown, sizeof shown - n_shown, format, args);
    va_end(args);
    cr_assert_lt(n_shown, sizeof shown);
}

static void show_list(const struct token_list *list, bool with_words)
{
    n_shown = 0;
    show("%s", "");
    for (uint32_t i = 0; i < list->n; i++) {
        const struct emb_piece *piece = &list->items[i];
        show("%s%u:%u-%u", i ? " " : "", piece->id, piece->begin, piece->end);
        if (with_words && piece->word != EMB_NO_WORD) {
            show("@%u", piece->word);
        }
    }
}

const char *cut(const struct tokenizer *tokenizer, const char *text, uint32_t flags)
{
    struct token_list list = {0};
    cr_assert_eq(tokenizer_encode(tokenizer, text, (uint32_t)strlen(text), flags, &list), EMB_OK,
                 "%s", mini_host_failure());
    show_list(&list, false);
    token_list_finish(&list);
    return shown;
}

const char *cut_words(const struct tokenizer *tokenizer, const char *text, uint32_t flags)
{
    char plain[1024];
    struct emb_span words[128];
    uint32_t n_words = 0;
    uint32_t n = 0;
    uint32_t begin = 0;
    for (const char *at = text;; at++) {
        if (*at == ' ' || *at == '|' || *at == '\0') {
            if (n > begin) {
                words[n_words++] = (struct emb_span){begin, n};
            }
            if (*at == ' ') {
                plain[n++] = ' ';
            }
            begin = n;
        } else {
            plain[n++] = *at;
        }
        if (*at == '\0') {
            break;
        }
    }
    struct token_list list = {0};
    cr_assert_eq(tokenizer_encode_words(tokenizer, plain, words, n_words, flags, &list), EMB_OK,
                 "%s", mini_host_failure());
    show_list(&list, true);
    token_list_finish(&list);
    return shown;
}

const char *model_folder(const char *name)
{
    static char path[1024];
    const char *own = getenv("HARNESS_CACHE");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    struct stat about;
    if (own && *own) {
        snprintf(path, sizeof path, "%s/models/%s", own, name);
    } else if (cache && *cache) {
        snprintf(path, sizeof path, "%s/harness/models/%s", cache, name);
    } else {
        snprintf(path, sizeof path, "%s/.cache/harness/models/%s", home ? home : "", name);
    }
    return stat(path, &about) == 0 ? path : NULL;
}

static void remove_folder(void)
{
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch_folder());
    if (system(command) != 0) {
        perror("rm");
    }
}

const char *scratch_folder(void)
{
    static char path[256];
    if (!*path) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/tokenizer-test-XXXXXX", tmp ? tmp : "/tmp");
        cr_assert(mkdtemp(path));
        atexit(remove_folder);
    }
    return path;
}

const char *write_file(const char *name, const void *bytes, size_t n)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch_folder(), name);
    FILE *stream = fopen(path, "wb");
    cr_assert(stream && fwrite(bytes, 1, n, stream) == n && fclose(stream) == 0);
    return path;
}
