/* One training run in a test, and the files around it. */
#include "train_test.h"

#include "mini_host.h"
#include "text_corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];

static const char *own_folder(void)
{
    if (!folder[0]) {
        const char *temporary = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/harness-train-test-XXXXXX",
                 temporary ? temporary : "/tmp");
        if (!mkdtemp(folder)) {
            abort();
        }
    }
    return folder;
}

const char *test_path(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", own_folder(), name);
    return path;
}

unsigned test_count_files(void)
{
    unsigned n = 0;
    DIR *dir = opendir(own_folder());
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        n += entry->d_name[0] != '.';
    }
    if (dir) {
        closedir(dir);
    }
    return n;
}

void test_folder_remove(void)
{
    if (!folder[0]) {
        return;
    }
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(folder);
    folder[0] = '\0';
}

char *test_read(const char *path, size_t *ret_n_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    struct stat info;
    fstat(fileno(file), &info);
    char *bytes = malloc((size_t)info.st_size + 1);
    size_t n = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    bytes[n] = '\0';
    if (ret_n_bytes) {
        *ret_n_bytes = n;
    }
    return bytes;
}

bool test_same_bytes(const char *name_a, const char *name_b)
{
    size_t n_a = 0, n_b = 0;
    char *a = test_read(test_path(name_a), &n_a), *b = test_read(test_path(name_b), &n_b);
    bool same = a && b && n_a == n_b && memcmp(a, b, n_a) == 0;
    free(a);
    free(b);
    return same;
}

char *test_golden(const char *name, size_t *ret_n_bytes)
{
    char path[1024];
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/train/%s", root ? root : ".", name);
    char *bytes = test_read(path, ret_n_bytes);
    if (!bytes) {
        fprintf(stderr, "%s: cannot read\n", path);
        abort();
    }
    return bytes;
}

static emb_status report(void *ctx, const struct emb_train_state *state)
{
    struct run *run = ctx;
    run->n_reports++;
    if (run->cancel_phase && state->phase_number >= run->cancel_phase && run->cancel_after-- == 0) {
        run->was_cancelled = true;
        return EMB_E_CANCELLED;
    }
    return EMB_OK;
}

emb_status run_train(struct run *run)
{
    char *golden = NULL;
    size_t n_bytes = run->n_bytes;
    if (!run->text) {
        golden = test_golden("excerpt.txt", &n_bytes);
    } else if (n_bytes == 0) {
        n_bytes = strlen(run->text);
    }
    struct text_corpus text;
    text_corpus_memory(&text, run->text ? run->text : golden, n_bytes);
    text.block = 4096;
    uint32_t n_options = 0;
    while (n_options < 16 && run->options[n_options]) {
        n_options++;
    }
    struct emb_options *options =
        mini_options(run->trainer->options, run->trainer->n_options, run->options, n_options);
    uint32_t n_threads = run->n_threads ? run->n_threads : 1;
    struct emb_train_request request = {
        .struct_size = sizeof request,
        .n_threads = n_threads,
        .options = options,
        .corpus = &text.corpus,
        .seed = run->seed,
        .memory_bytes = run->memory_bytes,
        .output = test_path(run->output ? run->output : "out"),
        .checkpoint = run->checkpoint ? test_path(run->checkpoint) : NULL,
        .resume_from = run->resume_from ? test_path(run->resume_from) : NULL,
        .ctx = run,
        .report = report,
    };
    run->result = (struct emb_train_result){.struct_size = sizeof run->result};
    emb_status status = run->trainer->train(mini_host(n_threads), &request, &run->result);
    mini_options_free(options);
    free(golden);
    return status;
}
