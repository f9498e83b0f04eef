/* test_pytorch.c - files that PyTorch wrote, hostile pickles, archives that lie. */
#include "tensors_test.h"

#include "zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(pytorch, holds_what_torch_saved)
{
    static const char *const names[] = {"torch_types", "torch_protocol3", "torch_protocol4",
                                        "torch_views", "torch_state",     "torch_parameters",
                                        "torch_many",  "torch_zip64"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.bin", names[i]);
        struct tensor_file *file = open_good(golden_path(name));
        cr_assert_str_eq(tensor_file_format(file), "pytorch");
        check_expected(file, names[i]);
        tensor_file_close(file);
        cr_assert_eq(mini_host_bytes(), 0);
    }
    struct tensor_file *file = open_good(golden_path("torch_sharded"));
    check_expected(file, "torch_sharded");
    tensor_file_close(file);
}

Test(pytorch, shares_storages_and_copies_transposed_views_only)
{
    struct tensor_file *file = open_good(golden_path("torch_views.bin"));
    const uint8_t *base = tensor_file_find(file, "base")->data;
    cr_assert_eq(tensor_file_find(file, "same storage")->data, base);
    cr_assert_eq(tensor_file_find(file, "row")->data, base + 2 * 6 * 4);
    cr_assert_eq(tensor_file_find(file, "ones")->data, base);
    cr_assert_neq(tensor_file_find(file, "transposed")->data, base);
    cr_assert_eq((uintptr_t)base % 64, 0, "PyTorch aligns its entries to 64 bytes");
    tensor_file_close(file);
}

Test(pytorch, refuses_by_name)
{
    check_path_refused(golden_path("torch_complex.bin"), EMB_E_FORMAT,
                       PARTS("torch_complex.bin", "byte 128", "torch.ComplexFloatStorage"));
    check_path_refused(golden_path("torch_sparse.bin"), EMB_E_FORMAT,
                       PARTS("torch._utils._rebuild_sparse_tensor"));
    check_path_refused(golden_path("torch_module.bin"), EMB_E_FORMAT,
                       PARTS("torch.nn.modules.linear.Linear"));
    check_path_refused(golden_path("torch_expanded.bin"), EMB_E_FORMAT, PARTS("repeats elements"));
    check_path_refused(golden_path("torch_number.bin"), EMB_E_FORMAT,
                       PARTS("under 'n'", "a tensor"));
    check_path_refused(golden_path("torch_nested.bin"), EMB_E_FORMAT, PARTS("under 'state_dict'"));
}

/* Archives: entries as PyTorch writes them, without ZIP64 */

struct entry {
    const char *name;
    const void *bytes;
    size_t n;
    size_t begin; /* set by archive() */
};

static void put_header(struct buffer *buffer, const struct entry *entry, bool local)
{
    put_uint(buffer, local ? 0x04034b50 : 0x02014b50, 4);
    put_uint(buffer, 0, local ? 2 : 4);
    put_uint(buffer, 0x0800, 2);
    put_uint(buffer, 0, 2 + 2 + 2);
    put_uint(buffer, zip_crc32(entry->bytes, entry->n), 4);
    put_uint(buffer, entry->n, 4);
    put_uint(buffer, entry->n, 4);
    put_uint(buffer, strlen(entry->name), 2);
    put_uint(buffer, 0, 2);
    if (!local) {
        put_uint(buffer, 0, 2 + 2 + 2);
        put_uint(buffer, 0, 4);
        put_uint(buffer, entry->begin, 4);
    }
    put_text(buffer, entry->name);
}

static void archive(struct buffer *buffer, struct entry *entries, size_t n)
{
    buffer->n = 0;
    for (size_t i = 0; i < n; i++) {
        entries[i].begin = buffer->n;
        put_header(buffer, &entries[i], true);
        put(buffer, entries[i].bytes, entries[i].n);
    }
    size_t directory = buffer->n;
    for (size_t i = 0; i < n; i++) {
        put_header(buffer, &entries[i], false);
    }
    size_t n_directory = buffer->n - directory;
    put_uint(buffer, 0x06054b50, 4);
    put_uint(buffer, 0, 4);
    put_uint(buffer, n, 2);
    put_uint(buffer, n, 2);
    put_uint(buffer, n_directory, 4);
    put_uint(buffer, directory, 4);
    put_uint(buffer, 0, 2);
}

static const uint8_t storage[24] = {0, 0, 128, 63, 1, 2, 3, 4, 5, 6, 7, 8};

static void refuse_pickle(const void *pickle, size_t n, const char *const *parts)
{
    static struct buffer buffer;
    struct entry entries[] = {{"m/data.pkl", pickle, n, 0}, {"m/data/0", storage, 24, 0}};
    archive(&buffer, entries, 2);
    check_refused(buffer.bytes, buffer.n, EMB_E_FORMAT, parts);
}

#define REFUSE(pickle, ...) refuse_pickle(pickle, sizeof(pickle) - 1, PARTS(__VA_ARGS__))

#define PROTO "\x80\x02"
#define OF(name) "ctorch._utils\n" name "\n"
#define FLOATS(n)                                                                                  \
    "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"                                         \
    "0X\x03\0\0\0cpuK" n "tQ"
#define HOOKS "ccollections\nOrderedDict\n)R"
/* {"w": view of 6 floats} with this offset, size and stride */
#define VIEW(offset, size, stride)                                                                 \
    PROTO "}X\x01\0\0\0w" OF("_rebuild_tensor_v2") "(" FLOATS("\x06") offset size stride           \
        "\x89" HOOKS "tRs."

Test(pytorch, the_smallest_file)
{
    static struct buffer buffer;
    static const char pickle[] = VIEW("K\0", "K\x02K\x03\x86", "K\x03K\x01\x86");
    struct entry entries[] = {{"m/data.pkl", pickle, sizeof pickle - 1, 0},
                              {"m/data/0", storage, 24, 0}};
    archive(&buffer, entries, 2);
    struct tensor_file *file = open_good(path_of_bytes(buffer.bytes, buffer.n));
    const struct tensor *tensor = tensor_file_find(file, "w");
    cr_assert(tensor && tensor->n_dims == 2 && tensor->shape[0] == 2 && tensor->shape[1] == 3);
    cr_assert_arr_eq(tensor->data, storage, 24);
    tensor_file_close(file);
}

Test(pytorch, later_versions_pass_empty_metadata)
{
    static struct buffer buffer;
    static const char pickle[] = PROTO "}X\x01\0\0\0w" OF("_rebuild_tensor_v2") "(" FLOATS(
        "\x06") "K\0K\x06\x85K\x01\x85\x89" HOOKS "}tRs.";
    struct entry entries[] = {{"m/data.pkl", pickle, sizeof pickle - 1, 0},
                              {"m/data/0", storage, 24, 0}};
    archive(&buffer, entries, 2);
    struct tensor_file *file = open_good(path_of_bytes(buffer.bytes, buffer.n));
    cr_assert_eq(tensor_file_at(file, 0)->n_bytes, 24);
    tensor_file_close(file);
}

Test(pytorch, executes_nothing)
{
    REFUSE(PROTO "cos\nsystem\nX\x09\0\0\0touch /xx\x85R.", "global 'os.system'", "byte 42");
    REFUSE(PROTO "cposix\nsystem\n.", "posix.system");
    REFUSE("\x80\x04\x8c\x08"
           "builtins\x8c\x04"
           "eval\x93.",
           "builtins.eval");
    REFUSE(PROTO "c__builtin__\ngetattr\n.", "__builtin__.getattr");
    REFUSE(PROTO "ctorch\nFloatStorage.__init__\n.", "torch.FloatStorage.__init__");
    REFUSE(PROTO "ctorch\n_utils._rebuild_tensor_v2\n.", "torch._utils._rebuild_tensor_v2");
    REFUSE(PROTO "(ios\nsystem\n.", "INST");
    REFUSE(PROTO "(cos\nsystem\no.", "os.system");
    REFUSE(PROTO ")}(o.", "OBJ");
    REFUSE(PROTO "))\x81.", "NEWOBJ");
    REFUSE(PROTO ")))\x92.", "NEWOBJ_EX");
    REFUSE(PROTO "\x82\x01.", "EXT1");
    REFUSE(PROTO "P0\n.", "PERSID");
    REFUSE(PROTO "\xfe.", "unknown");
    REFUSE(PROTO "N}b.", "BUILD");
    REFUSE(PROTO "}}b.", "BUILD");
    REFUSE(PROTO HOOKS "Nb.", "BUILD");
    REFUSE(PROTO HOOKS ")R.", "REDUCE");
    REFUSE(PROTO "ctorch\nFloatStorage\n)R.", "a call of torch.FloatStorage");
    REFUSE(PROTO "ccollections\nOrderedDict\nN\x85R.", "OrderedDict with arguments");
    REFUSE(PROTO OF("_rebuild_tensor_v2") ")R.", "_rebuild_tensor_v2");
    REFUSE(PROTO OF("_rebuild_parameter") ")R.", "_rebuild_parameter");
    REFUSE(PROTO "NQ.", "persistent id");
    REFUSE(PROTO "K\x01"
                 "K\x02\x93.",
           "no text");
}

Test(pytorch, refuses_broken_machines)
{
    REFUSE("", "argument of 1 bytes", "at most 0");
    REFUSE(PROTO, "argument of 1 bytes");
    REFUSE("\x80\x05.", "protocol 5", "2 to 4");
    REFUSE(PROTO ".", "0 values");
    REFUSE(PROTO "NN.", "2 values");
    REFUSE(PROTO "(N.", "1 marks");
    REFUSE(PROTO "N.N", "1 bytes left");
    REFUSE(PROTO "N.", "another kind", "dictionary of tensors");
    REFUSE(PROTO "\x85.", "0 values", "at least 1");
    REFUSE(PROTO "N(\x85.", "0 values", "at least 1");
    REFUSE(PROTO "t.", "no mark");
    REFUSE(PROTO "s.", "at least 2");
    REFUSE(PROTO "(u.", "no dictionary");
    REFUSE(PROTO "}(Nu.", "key without value");
    REFUSE(PROTO "N(Ne.", "no list");
    REFUSE(PROTO "h\x00.", "memo index 0");
    REFUSE(PROTO "q\x00.", "memo index 0", "a value");
    REFUSE(PROTO "Nq\x01.", "memo index 1", "at most 0");
    REFUSE(PROTO "Nr\xff\xff\xff\xff.", "memo index 4294967295");
    REFUSE(PROTO "X\xff\xff\xff\xff.", "4294967295 bytes");
    REFUSE(PROTO "\x8a\x09.........", "integer of 9 bytes");
    REFUSE(PROTO "ctorch", "without end of line");
    REFUSE(PROTO "}K\x01Ns.", "key that is no text");
    REFUSE(PROTO "}X\x01\0\0\0wK\x01s.", "under 'w'", "a tensor");
    REFUSE(PROTO "}.", "0 tensors");
}

Test(pytorch, limits_of_the_machine)
{
    static char values[70000];
    memset(values, '(', sizeof values);
    refuse_pickle(values, 100, PARTS("byte 104", "more than 64 marks"));
    memset(values, 'N', sizeof values);
    refuse_pickle(values, sizeof values, PARTS("byte 65576", "more than 65536 values"));
    refuse_pickle(values, 65536, PARTS("argument of 1 bytes"));
}

Test(pytorch, refuses_views_outside_their_storage)
{
    REFUSE(VIEW("K\x01", "K\x02K\x03\x86", "K\x03K\x01\x86"), "offset 1", "within 6 elements");
    REFUSE(VIEW("K\0", "K\x02K\x03\x86", "K\x04K\x01\x86"), "passes its storage");
    REFUSE(VIEW("K\0", "K\x07\x85", "K\x01\x85"), "passes its storage");
    REFUSE(VIEW("K\0", "K\x07\x85", "K\0\x85"), "repeats elements");
    REFUSE(VIEW("K\x07", "K\0\x85", "K\x01\x85"), "offset 7");
    REFUSE(VIEW("J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85"), "_rebuild_tensor_v2");
    REFUSE(VIEW("K\0", "J\xff\xff\xff\xff\x85", "K\x01\x85"), "strange size");
    REFUSE(VIEW("K\0", "K\x01\x85", "J\xff\xff\xff\xff\x85"), "strange size");
    REFUSE(VIEW("K\0", "K\x01\x85", "K\x01K\x01\x86"), "as many strides");
    REFUSE(VIEW("K\0", "(K\x01K\x01K\x01K\x01K\x01t", "(K\x01K\x01K\x01K\x01K\x01t"), "at most 4");
    REFUSE(VIEW("K\0", "K\x02\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"), "passes");
    REFUSE(
        VIEW("K\0", "\x8a\x08\0\0\0\0\x01\0\0\0\x8a\x08\0\0\0\0\x01\0\0\0\x86", "K\x01K\x01\x86"),
        "passes");
    REFUSE(PROTO FLOATS("\x05") ".", "storage '0' of 24 bytes", "5 elements of F32");
    REFUSE(PROTO "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
                 "1X\x03\0\0\0cpuK\x06tQ.",
           "storage '1'", "data/1");
    REFUSE(PROTO "}X\x02\0\0\0w\0" OF("_rebuild_tensor_v2") "(" FLOATS(
               "\x06") "K\0K\x06\x85K\x01\x85\x89" HOOKS "tRs.",
           "tensor name", "NUL");
    REFUSE(PROTO "}X\x01\0\0\0w" OF("_rebuild_tensor_v2") "(" FLOATS(
               "\x06") "K\0K\x06\x85K\x01\x85\x89" HOOKS "}X\x04\0\0\0conj\x88stRs.",
           "no metadata");
}

/* {"w": _rebuild_tensor_v2(these arguments)} */
#define REBUILD(args) PROTO "}X\x01\0\0\0w" OF("_rebuild_tensor_v2") "(" args "tRs."
#define TENSOR OF("_rebuild_tensor_v2") "(" FLOATS("\x06") "K\0K\x06\x85K\x01\x85\x89" HOOKS "tR"
#define SHAPE "K\x06\x85K\x01\x85"

Test(pytorch, confuses_no_kinds)
{
    REFUSE(REBUILD("NK\0" SHAPE "\x89" HOOKS), "_rebuild_tensor_v2 of something else");
    REFUSE(REBUILD("K\x01K\0" SHAPE "\x89" HOOKS), "_rebuild_tensor_v2 of something else");
    REFUSE(REBUILD("}K\0" SHAPE "\x89" HOOKS), "_rebuild_tensor_v2 of something else");
    REFUSE(REBUILD("ctorch\nFloatStorage\nK\0" SHAPE "\x89" HOOKS), "of something else");
    REFUSE(REBUILD(TENSOR "K\0" SHAPE "\x89" HOOKS), "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "N" SHAPE "\x89" HOOKS), "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "K\0" SHAPE "N" HOOKS), "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "K\0" SHAPE "\x89"
                                  "K\x01"),
           "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "K\0" SHAPE "\x89" HOOKS "NN"), "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "K\0" SHAPE "\x89"), "of something else");
    REFUSE(REBUILD(FLOATS("\x06") "K\0K\x06K\x01\x85\x89" HOOKS), "strange size");
    REFUSE(REBUILD(FLOATS("\x06") "K\0N\x85K\x01\x85\x89" HOOKS), "strange size");
    REFUSE(REBUILD(FLOATS("\x06") "K\0]K\x01\x85\x89" HOOKS), "strange size");
    REFUSE(PROTO "}X\x01\0\0\0w" FLOATS("\x06") "s.", "under 'w'", "a tensor");
    REFUSE(PROTO "}X\x01\0\0\0w" OF("_rebuild_parameter") FLOATS("\x06") "\x89" HOOKS "\x87Rs.",
           "_rebuild_parameter of something else");
    REFUSE(PROTO "}X\x01\0\0\0w" OF("_rebuild_parameter") "N\x89" HOOKS "\x87Rs.",
           "_rebuild_parameter of something else");
    REFUSE(PROTO "}X\x01\0\0\0w" OF("_rebuild_parameter") TENSOR "N" HOOKS "\x87Rs.",
           "_rebuild_parameter of something else");
    REFUSE(PROTO "}X\x01\0\0\0w" OF("_rebuild_parameter") TENSOR "\x89\x86Rs.",
           "_rebuild_parameter of something else");
    REFUSE(PROTO "N)R.", "REDUCE of something else");
    REFUSE(PROTO "ccollections\nOrderedDict\n]R.", "REDUCE of something else");
}

Test(pytorch, confuses_no_persistent_ids)
{
#define STORAGE "X\x07\0\0\0storage"
#define FLOAT "ctorch\nFloatStorage\n"
    REFUSE(PROTO "(" STORAGE FLOAT "X\x01\0\0\0"
                 "0X\x03\0\0\0cputQ.",
           "persistent id");
    REFUSE(PROTO "(" STORAGE FLOAT "X\x01\0\0\0"
                 "0NK\x06tQ.",
           "persistent id");
    REFUSE(PROTO "(" STORAGE FLOAT "NX\x03\0\0\0cpuK\x06tQ.", "persistent id");
    REFUSE(PROTO "(" STORAGE "NX\x01\0\0\0"
                 "0X\x03\0\0\0cpuK\x06tQ.",
           "persistent id");
    REFUSE(PROTO "(" STORAGE "ccollections\nOrderedDict\nX\x01\0\0\0"
                 "0X\x03\0\0\0cpuK\x06tQ.",
           "persistent id");
    REFUSE(PROTO "(X\x07\0\0\0storagX" FLOAT "X\x01\0\0\0"
                 "0X\x03\0\0\0cpuK\x06tQ.",
           "persistent id");
    REFUSE(PROTO "(N" FLOAT "X\x01\0\0\0"
                 "0X\x03\0\0\0cpuK\x06tQ.",
           "persistent id");
    REFUSE(PROTO "(" STORAGE FLOAT "X\x01\0\0\0"
                 "0X\x03\0\0\0cpuNtQ.",
           "persistent id");
    REFUSE(PROTO "(" STORAGE FLOAT "X\x01\0\0\0"
                 "0X\x03\0\0\0cpuJ\xff\xff\xff\xfftQ.",
           "persistent id");
}

Test(pytorch, refuses_repeated_names)
{
    REFUSE(PROTO "}(X\x01\0\0\0w" TENSOR "X\x01\0\0\0w" TENSOR "u.", "tensor 'w'", "twice");
}

/* One field of a good archive changed */

static struct buffer good;
static struct entry good_entries[3];

static void make_good(void)
{
    static const char pickle[] = VIEW("K\0", "K\x06\x85", "K\x01\x85");
    good_entries[0] = (struct entry){"m/data.pkl", pickle, sizeof pickle - 1, 0};
    good_entries[1] = (struct entry){"m/data/0", storage, 24, 0};
    good_entries[2] = (struct entry){"m/byteorder", "little", 6, 0};
    archive(&good, good_entries, 3);
}

static void refuse_change(size_t at, uint64_t value, size_t n, const char *const *parts)
{
    struct buffer changed = good;
    memcpy(changed.bytes + at, &value, n);
    check_refused(changed.bytes, changed.n, EMB_E_FORMAT, parts);
}

Test(pytorch, archives_that_lie, .init = make_good)
{
    size_t end = good.n - 22, directory = 0;
    memcpy(&directory, good.bytes + end + 16, 4);
    size_t local = good_entries[1].begin, entry = directory + 46 + strlen("m/data.pkl");
    tensor_file_close(open_good(path_of_bytes(good.bytes, good.n)));
    refuse_change(entry + 10, 8, 2, PARTS("entry 'm/data/0'", "deflate, method 8", "stored"));
    refuse_change(entry + 10, 99, 2, PARTS("method 99"));
    refuse_change(entry + 8, 1, 2, PARTS("encrypted"));
    refuse_change(entry + 20, 23, 4, PARTS("contradict"));
    refuse_change(entry + 24, 23, 4, PARTS("contradict"));
    refuse_change(entry + 24, UINT32_MAX, 4, PARTS("contradict"));
    refuse_change(entry + 34, 1, 2, PARTS("contradict"));
    refuse_change(entry + 42, directory, 4, PARTS("outside"));
    refuse_change(entry + 42, 0, 4, PARTS("local header that differs"));
    refuse_change(entry + 28, 60000, 2, PARTS("passes the directory's end"));
    refuse_change(entry, 0, 4, PARTS("no entry"));
    refuse_change(local, 0, 4, PARTS("local header that differs"));
    refuse_change(local + 8, 8, 2, PARTS("local header that differs"));
    refuse_change(local + 22, 25, 4, PARTS("local size"));
    refuse_change(local + 28, 60000, 2, PARTS("local header that differs"));
    refuse_change(local + 28, 31, 2, PARTS("entry 'm/byteorder'", "inside the entry before"));
    refuse_change(local + 30, 'x', 1, PARTS("local header that differs"));
    refuse_change(end, 0, 4, PARTS("no end of a ZIP directory"));
    refuse_change(end + 4, 1, 2, PARTS("split"));
    refuse_change(end + 8, 4, 4, PARTS("split"));
    refuse_change(end + 8, 0x00040004, 4, PARTS("4 entries in 167 bytes"));
    refuse_change(end + 8, 0x00020002, 4, PARTS("bytes after the last entry"));
    refuse_change(end + 8, 0xffffffff, 4, PARTS("65535 entries"));
    refuse_change(end + 12, 1, 4, PARTS("expected it to end here"));
    refuse_change(end + 16, UINT32_MAX, 4, PARTS("expected it to end here"));
    refuse_change(end + 20, 1, 2, PARTS("no end"));
    refuse_change(good_entries[0].begin + 50, '!', 1, PARTS("CRC-32"));
    refuse_change(good_entries[2].begin + 30 + 11, 'L', 1, PARTS("byteorder", "'little'"));
    for (size_t i = 0; i < sizeof storage; i++) { /* a weight that is not what was saved */
        refuse_change(good_entries[1].begin + 30 + 8 + i, storage[i] ^ 1u, 1,
                      PARTS("entry 'm/data/0'", "CRC-32", "damaged"));
    }
}

Test(pytorch, archives_without_or_with_two_pickles, .init = make_good)
{
    static struct buffer buffer;
    struct entry none[] = {{"m/data/0", storage, 24, 0}};
    archive(&buffer, none, 1);
    check_refused(buffer.bytes, buffer.n, EMB_E_FORMAT, PARTS("exactly one", "data.pkl"));
    struct entry two[] = {{"a/data.pkl", ".", 1, 0}, {"b/data.pkl", ".", 1, 0}};
    archive(&buffer, two, 2);
    check_refused(buffer.bytes, buffer.n, EMB_E_FORMAT, PARTS("exactly one"));
    struct entry same[] = {{"a/data.pkl", ".", 1, 0}, {"a/data.pkl", ".", 1, 0}};
    archive(&buffer, same, 2);
    check_refused(buffer.bytes, buffer.n, EMB_E_FORMAT, PARTS("two entries of this name"));
}

Test(pytorch, refuses_every_cut)
{
    size_t n = 0;
    uint8_t *bytes = read_whole(golden_path("torch_parameters.bin"), &n);
    for (size_t cut = 0; cut < n; cut++) {
        check_refused(bytes, cut, EMB_E_FORMAT, PARTS("expected"));
    }
    free(bytes);
}

/* The ZIP64 records that PyTorch writes, each field of them. */
Test(pytorch, zip64_records_that_lie)
{
    size_t n = 0;
    uint8_t *bytes = read_whole(golden_path("torch_parameters.bin"), &n);
    size_t locator = n - 22 - 20, record = locator - 56;
    for (size_t at = record; at < n; at++) {
        /* Versions, and the total of disks, which may be 0 or 1, mean nothing to us. */
        bool free_to_choose = (at >= record + 12 && at < record + 16) || at == locator + 16;
        bytes[at] ^= 1;
        if (!free_to_choose) {
            check_refused(bytes, n, EMB_E_FORMAT, PARTS("expected"));
        }
        bytes[at] ^= 1;
    }
    free(bytes);
}
