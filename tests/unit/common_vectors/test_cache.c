/* test_cache.c - what comes from the cache is what was read; a cache that does not fit is not
 * believed; two writers do no harm; no room is only a warning. */
#include "vectors_test.h"
#include "vectors/cache_format.h"
#include "vectors/cache_seal.h"
#include "vectors/fingerprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *a_table(void)
{
    return write_text("t", "2 2\na 1 2\nb 3 4\n");
}

/* Old enough for its mtime to be trusted. */
static void age(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 40 * 1000 * 1000}, NULL);
}

static struct vector_table *load_cached(const char *path)
{
    return load_with(path, (struct vector_options){.cache = true});
}

static void cache_of(const char *path, char file[CACHE_PATH_ROOM])
{
    char folder[CACHE_PATH_ROOM];
    char *source;
    cr_assert(cache_place(path, true, file, folder, &source));
    free(source);
}

static bool loads_from_cache(const char *path)
{
    struct vector_table *table = load_cached(path);
    bool from_cache = table->from_cache;
    vectors_free(table);
    return from_cache;
}

Test(cache, equal_to_the_source, .init = make_folder, .fini = remove_folder)
{
    const char *const names[] = {"table.glove", "table.bin", "table.vec.gz", "table.zip"};
    for (size_t i = 0; i < 4; i++) {
        struct vector_table *plain = load_good(golden_path(names[i]));
        struct vector_table *first = load_cached(golden_path(names[i]));
        cr_assert_not(first->from_cache);
        vectors_free(first); /* waits for the file */
        struct vector_table *second = load_cached(golden_path(names[i]));
        cr_assert(second->from_cache);
        check_equal(plain, second);
        cr_assert_eq(second->format, plain->format);
        cr_assert_str_eq(second->packing, plain->packing);
        vectors_free(second);
        vectors_free(plain);
    }
}

Test(cache, counts_are_kept, .init = make_folder, .fini = remove_folder)
{
    const char *path = write_text("t", "a 1 2\na 1 2\n\xff 3 4\n");
    age();
    vectors_free(load_cached(path));
    struct vector_table *table = load_cached(path);
    cr_assert(table->from_cache);
    cr_assert_eq(table->n_duplicates, 1);
    cr_assert_eq(table->n_not_utf8, 1);
    vectors_free(table);
}

Test(cache, off, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    vectors_free(load_good(path));
    setenv("HARNESS_NO_CACHE", "1", 1);
    vectors_free(load_cached(path));
    cr_assert_not(loads_from_cache(path));
    cr_assert_neq(access(folder_path("cache"), F_OK), 0, "a cache was made all the same");
    unsetenv("HARNESS_NO_CACHE");
    vectors_free(load_cached(path));
    setenv("HARNESS_NO_CACHE", "1", 1);
    cr_assert_not(loads_from_cache(path));
}

Test(cache, another_content_of_the_same_size, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_cached(path));
    cr_assert(loads_from_cache(path));
    age();
    write_text("t", "2 2\na 1 2\nc 3 5\n");
    struct vector_table *table = load_cached(path);
    cr_assert_not(table->from_cache);
    cr_assert_eq(row_of(table, "c")[1], 5.0f);
    vectors_free(table);
    table = load_cached(path);
    cr_assert_eq(row_of(table, "c")[1], 5.0f);
    vectors_free(table);
}

/* Written and read within one tick of the clock: the time proves nothing, so the content is read.
 */
Test(cache, changed_at_once, .init = make_folder, .fini = remove_folder)
{
    for (int i = 0; i < 30; i++) {
        char text[64];
        snprintf(text, sizeof text, "a %02d 2\nb 3 4\n", i);
        struct vector_table *table = load_cached(write_text("t", text));
        cr_assert_eq(row_of(table, "a")[0], (float)i);
        vectors_free(table);
    }
}

Test(cache, same_content_newly_written, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_cached(path));
    unlink(path);
    a_table(); /* other inode and times */
    age();
    cr_assert(loads_from_cache(path), "the content is the same");
    char file[CACHE_PATH_ROOM];
    cache_of(path, file);
    size_t n;
    char *bytes = read_whole(file, &n);
    struct cache_header header;
    memcpy(&header, bytes, sizeof header);
    struct stat st;
    stat(path, &st);
    cr_assert_eq(header.source.inode, st.st_ino, "the new identity was not noted");
    cr_assert_eq(header.header_print, cache_header_print(&header));
    free(bytes);
    cr_assert(loads_from_cache(path));
}

/* Any byte of the header or the words: the cache is not used, and made anew. */
Test(cache, spoilt, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_cached(path));
    char file[CACHE_PATH_ROOM];
    cache_of(path, file);
    size_t n;
    char *bytes = read_whole(file, &n);
    struct cache_header header;
    memcpy(&header, bytes, sizeof header);
    cr_assert_eq(header.rows_at % 4096, 0);
    cr_assert_eq(n, header.rows_at + 16);
    for (size_t at = 0; at < header.rows_at; at += at < 300 ? 3 : 97) {
        if (at >= sizeof header && at < CACHE_PARTS_AT) {
            continue; /* means nothing */
        }
        FILE *spoilt = fopen(file, "r+b");
        cr_assert(spoilt && fseek(spoilt, (long)at, SEEK_SET) == 0);
        fputc(bytes[at] ^ 0x10, spoilt);
        fclose(spoilt);
        struct vector_table *table = load_cached(path);
        cr_assert_not(table->from_cache, "byte %zu", at);
        cr_assert_eq(row_of(table, "b")[1], 4.0f);
        vectors_free(table);
    }
    for (size_t cut = 0; cut < n; cut += 997) {
        cr_assert_eq(truncate(file, (off_t)cut), 0);
        cr_assert_not(loads_from_cache(path));
    }
    cr_assert(loads_from_cache(path));
    free(bytes);
}

/* Byte `at` of a file, from its end if negative. */
static void put_byte(const char *file, long at, int byte)
{
    FILE *stream = fopen(file, "r+b");
    cr_assert(stream && fseek(stream, at, at < 0 ? SEEK_END : SEEK_SET) == 0);
    fputc(byte, stream);
    cr_assert_eq(fclose(stream), 0);
}

/* A row that has changed since it was written is found, option or none, and the source read. */
Test(cache, rotten_rows, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    char file[CACHE_PATH_ROOM];
    age();
    for (int times_mapped = 0; times_mapped < 3; times_mapped++) {
        vectors_free(load_cached(path));
        for (int i = 0; i < times_mapped; i++) {
            age();
            cr_assert(loads_from_cache(path));
        }
        cache_of(path, file);
        put_byte(file, -1, 0x7F);
        struct vector_table *table = load_cached(path);
        cr_assert_not(table->from_cache);
        cr_assert_eq(row_of(table, "b")[1], 4.0f);
        vectors_free(table);
        unlink(file);
    }
}

/* Rows are read once a boot: a note of this boot about this very file spares them, one about
 * another boot, another file or with a wrong byte does not. */
Test(cache, seal, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    char file[CACHE_PATH_ROOM];
    struct cache_header header;
    struct file_identity now;
    age();
    vectors_free(load_cached(path));
    cache_of(path, file);
    put_byte(file, -1, 0x7F); /* by which it is seen whether rows are read */
    age();
    FILE *stream = fopen(file, "rb");
    cr_assert(stream && fread(&header, sizeof header, 1, stream) == 1);
    cr_assert(file_identity_of(fileno(stream), &now));
    fclose(stream);
    cache_seal_note(file, &now, header.header_print);
    cr_assert(cache_seal_holds(file, &now, header.header_print));
    cr_assert(loads_from_cache(path));
    char seal[CACHE_PATH_ROOM + 32];
    snprintf(seal, sizeof seal, "%.*s%s", (int)(strlen(file) - strlen(CACHE_ENDING)), file,
             CACHE_SEAL_ENDING);
    size_t n;
    char *bytes = read_whole(seal, &n);
    cr_assert_eq(n, 104, "as documented");
    for (size_t at = 0; at < n; at++) {
        put_byte(seal, (long)at, bytes[at] ^ 1);
        cr_assert_not(cache_seal_holds(file, &now, header.header_print), "byte %zu", at);
        put_byte(seal, (long)at, bytes[at]);
    }
    cr_assert(cache_seal_holds(file, &now, header.header_print));
    struct file_identity other = now;
    other.inode++;
    cr_assert_not(cache_seal_holds(file, &other, header.header_print));
    put_byte(seal, 8, bytes[8] ^ 1);
    cr_assert_not(loads_from_cache(path), "rows of another boot");
    free(bytes);
}

/* All fingerprints right, the places inside the file a lie: never read where they lead. */
Test(cache, forged, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    char file[CACHE_PATH_ROOM];
    age();
    vectors_free(load_cached(path));
    cache_of(path, file);
    size_t n;
    char *bytes = read_whole(file, &n);
    struct cache_header whole;
    memcpy(&whole, bytes, sizeof whole);
    const struct {
        uint64_t at, value;
    } lies[] = {
        {whole.offsets_at, 1},
        {whole.offsets_at + 8, UINT64_MAX},
        {whole.offsets_at + 8, 0},
        {whole.offsets_at + 8, 3},
        {whole.offsets_at + 16, 1 << 20},
        {whole.slots_at, UINT64_C(3) << 32},
        {whole.slots_at, UINT64_C(0xffffffff) << 32},
        {whole.text_at, 0x2020202020202020},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char *forged = malloc(n);
        memcpy(forged, bytes, n);
        memcpy(forged + lies[i].at, &lies[i].value, 8);
        struct cache_header *h = (struct cache_header *)forged;
        h->parts_print = fingerprint_of(forged + CACHE_PARTS_AT, h->rows_at - CACHE_PARTS_AT);
        h->header_print = cache_header_print(h);
        FILE *stream = fopen(file, "r+b");
        cr_assert(stream && fwrite(forged, 1, n, stream) == n && fclose(stream) == 0);
        free(forged);
        struct vector_table *table = load_cached(path);
        cr_assert_not(table->from_cache, "lie %zu", i);
        cr_assert_eq(row_of(table, "b")[1], 4.0f);
        vectors_free(table);
    }
    free(bytes);
}

/* The option reads the source as well. */
Test(cache, verify, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_cached(path));
    char file[CACHE_PATH_ROOM];
    cache_of(path, file);
    struct vector_options verify = {.cache = true, .verify = true};
    struct vector_table *table = load_with(path, verify);
    cr_assert(table->from_cache);
    vectors_free(table);
    put_byte(file, -1, 0x7F);
    table = load_with(path, verify);
    cr_assert_not(table->from_cache);
    cr_assert_eq(row_of(table, "b")[1], 4.0f);
    vectors_free(table);
}

Test(cache, limit_of_a_cached_table, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_with(path, (struct vector_options){.cache = true, .limit = 1}));
    cr_assert_not(loads_from_cache(path), "a cache of less than all was written");
    struct vector_table *table =
        load_with(path, (struct vector_options){.cache = true, .limit = 1});
    cr_assert(table->from_cache);
    cr_assert_eq(table->n_words, 1);
    cr_assert_eq(vectors_find(table, "b", 1), VOCABULARY_NONE);
    vectors_free(table);
}

/* Changes of a mapped table stay in memory. */
Test(cache, changes_are_private, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    struct vector_options options = {.cache = true, .normalise = true};
    for (int i = 0; i < 2; i++) {
        struct vector_table *table = load_with(path, options);
        cr_assert_eq(table->from_cache, i == 1);
        cr_assert_eq(row_of(table, "b")[0], 0.6f);
        vectors_free(table);
    }
    struct vector_table *table = load_cached(path);
    cr_assert(table->from_cache);
    cr_assert_eq(row_of(table, "b")[0], 3.0f);
    vectors_free(table);
}

/* Without what is noted of caches. */
static unsigned count_files(const char *folder)
{
    DIR *dir = opendir(folder);
    unsigned n = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        n += entry->d_name[0] != '.' && !strstr(entry->d_name, CACHE_SEAL_ENDING);
    }
    closedir(dir);
    return n;
}

Test(cache, many_processes_at_once, .init = make_folder, .fini = remove_folder)
{
    char path[256];
    strcpy(path, a_table());
    age();
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            bool right = true;
            for (int k = 0; k < 10; k++) {
                struct vector_options options = {.cache = true};
                struct vector_table *table = NULL;
                right = right && vectors_load(mini_host(2), path, &options, &table) == EMB_OK &&
                        table->n_words == 2 && table->rows[3] == 4.0f;
                vectors_free(table);
                if (k % 5 == 4) {
                    char file[CACHE_PATH_ROOM];
                    cache_of(path, file);
                    unlink(file);
                }
            }
            _exit(right ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = 1;
        wait(&status);
        cr_assert_eq(status, 0);
    }
    vectors_free(load_cached(path));
    cr_assert(loads_from_cache(path));
    cr_assert_eq(count_files(folder_path("cache/vectors")), 1);
}

/* HARNESS_CACHE, else XDG_CACHE_HOME/harness, else HOME/.cache/harness, else nowhere. */
Test(cache, where, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    unsetenv("HARNESS_CACHE");
    setenv("XDG_CACHE_HOME", folder_path("xdg"), 1);
    setenv("HOME", folder_path("home"), 1);
    vectors_free(load_cached(path));
    cr_assert_eq(count_files(folder_path("xdg/harness/vectors")), 1);
    setenv("XDG_CACHE_HOME", "not/absolute", 1); /* to be ignored, says the specification */
    vectors_free(load_cached(path));
    cr_assert_eq(count_files(folder_path("home/.cache/harness/vectors")), 1);
    cr_assert(loads_from_cache(path));
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    cr_assert_not(loads_from_cache(path));
}

/* No place to write: a warning, no failure. */
Test(cache, no_folder, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    setenv("HARNESS_CACHE", write_text("file", "in the way"), 1);
    cr_assert_not(loads_from_cache(path));
    cr_assert_not(loads_from_cache(path));
}

/* The disk is full after so many bytes: nothing half-written stays, and an earlier cache does. */
Test(cache, full_disk, .init = make_folder, .fini = remove_folder)
{
    const char *path = a_table();
    age();
    vectors_free(load_cached(path));
    age();
    write_text("t", "2 2\na 1 2\nc 3 5\n");
    for (rlim_t room = 0; room < 13000; room += 1500) {
        struct rlimit limit = {room, RLIM_INFINITY};
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        struct vector_table *table = load_cached(path);
        cr_assert_not(table->from_cache);
        cr_assert_eq(row_of(table, "c")[1], 5.0f);
        vectors_free(table);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
        cr_assert_eq(count_files(folder_path("cache/vectors")), 1, "room for %lu bytes",
                     (unsigned long)room);
    }
}

Test(cache, orphans_are_removed, .init = make_folder, .fini = remove_folder)
{
    const char *path = write_text("gone", "a 1 2\n");
    age();
    vectors_free(load_cached(path));
    cr_assert_eq(count_files(folder_path("cache/vectors")), 1);
    unlink(path);
    write_text("cache/vectors/writing-AAAAAA", "of another process, still at work");
    write_text("cache/vectors/notes.txt", "not ours");
    vectors_free(load_cached(a_table()));
    cr_assert_eq(count_files(folder_path("cache/vectors")), 3);
    cr_assert(loads_from_cache(a_table()));
}
