/* Text files as one stream of whole lines. */
#include "plugin/corpus.h"
#include "support.h"

#include "base/str.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *folder, const char *name, const char *bytes, size_t n)
{
    char *path = mem_format("%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    cr_assert(stream);
    fwrite(bytes, 1, n, stream);
    fclose(stream);
    free(path);
}

static char *read_all(const struct emb_corpus *corpus)
{
    struct str text = {0};
    const char *block;
    uint64_t n;
    for (;;) {
        cr_assert_eq(corpus->next(corpus->ctx, &block, &n), EMB_OK);
        if (n == 0) {
            break;
        }
        str_append(&text, block, n);
        str_add(&text, "|");
    }
    return text.data;
}

Test(corpus, folders_in_order_without_marks_and_twice)
{
    char folder[] = "/tmp/harness-corpus-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    char *sub = mem_format("%s/b", folder), *file = mem_format("%s/c.txt", folder);
    cr_assert_eq(mkdir(sub, 0700), 0);
    write_file(folder, "a.txt", "\xEF\xBB\xBFone\ntwo", 10);
    write_file(folder, "b/x.txt", "three\n", 6);
    write_file(folder, ".hidden", "no\n", 3);
    write_file(folder, "c.txt", "", 0);
    struct corpus *corpus;
    const char *paths[] = {folder, file};
    cr_assert_eq(corpus_open(paths, 2, &corpus), 0, "%s", error_message());
    const struct emb_corpus *interface = corpus_interface(corpus);
    cr_expect_eq(interface->n_bytes, 16);
    cr_expect_eq(corpus_n_files(corpus), 2, "the empty one is left out");
    for (int round = 0; round < 2; round++) {
        char *text = read_all(interface);
        cr_expect_str_eq(text, "one\ntwo|three\n|");
        free(text);
        cr_expect_eq(interface->rewind(interface->ctx), EMB_OK);
    }
    corpus_close(corpus);
    char *command = mem_format("rm -r '%s'", folder);
    cr_expect_eq(system(command), 0);
    free(command);
    free(sub);
    free(file);
}

Test(corpus, what_is_not_there)
{
    struct corpus *corpus;
    const char *paths[] = {"/no/such/text"};
    cr_expect_eq(corpus_open(paths, 1, &corpus), ERR_REQUEST);
    expect_message("/no/such/text");
    cr_expect_eq(corpus_open(paths, 0, &corpus), ERR_REQUEST);
}
