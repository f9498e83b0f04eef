/* SHA-256 against the examples of FIPS 180-4 and what sha256sum prints of a folder. */
#include "data/digest.h"
#include "support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char *const of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Test(digest, published_examples)
{
    char hex[DIGEST_TEXT_BYTES];
    digest_of("abc", 3, hex);
    cr_expect_str_eq(hex, of_abc);
    digest_of("", 0, hex);
    cr_expect_str_eq(hex, of_nothing);
}

Test(digest, a_million_times_a_in_uneven_parts)
{
    char hex[DIGEST_TEXT_BYTES], part[777];
    struct digest *digest = digest_create();
    memset(part, 'a', sizeof part);
    size_t left = 1000000;
    while (left > 0) {
        size_t n = left < sizeof part ? left : sizeof part;
        digest_add(digest, part, n);
        left -= n;
    }
    digest_finish(digest, hex);
    cr_expect_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "w");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
}

Test(digest, files_and_folders)
{
    char folder[] = "/tmp/harness-digest-XXXXXX", hex[DIGEST_TEXT_BYTES], wanted[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    cr_assert_not_null(mkdtemp(folder));
    char *b = mem_format("%s/b", folder), *sub = mem_format("%s/a", folder),
         *c = mem_format("%s/a/c", folder);
    cr_assert_eq(mkdir(sub, 0700), 0);
    write_file(b, "abc");
    write_file(c, "");
    cr_assert_eq(digest_path(b, hex, &bytes), 0);
    cr_expect_str_eq(hex, of_abc);
    cr_expect_eq(bytes, 3);
    cr_assert_eq(digest_path(folder, hex, &bytes), 0);
    char *lines = mem_format("%s  a/c\n%s  b\n", of_nothing, of_abc);
    digest_of(lines, strlen(lines), wanted);
    cr_expect_str_eq(hex, wanted);
    cr_expect_eq(bytes, 3);
    cr_expect_eq(digest_path("/no/such/file", hex, &bytes), ERR_REQUEST);
    expect_message("/no/such/file");
    const atomic_bool stop = true, go_on = false;
    cr_expect_eq(digest_path_unless(folder, &stop, hex, &bytes), ERR_FAILED);
    expect_message("stopped");
    cr_expect_eq(digest_path_unless(b, &go_on, hex, &bytes), 0);
    cr_expect_str_eq(hex, of_abc);
    unlink(b);
    unlink(c);
    rmdir(sub);
    rmdir(folder);
    free(lines);
    free(b);
    free(c);
    free(sub);
}
