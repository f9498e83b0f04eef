/* test_files.c - which file of a folder is taken, what is refused by name, and failing allocations.
 */
#include "tensors_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/tensors-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void copy_golden(const char *golden, const char *name)
{
    size_t n = 0;
    uint8_t *bytes = read_whole(golden_path(golden), &n);
    write_file(name, bytes, n);
    free(bytes);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static void check_format(const char *format, uint32_t count)
{
    struct tensor_file *file = open_good(folder);
    cr_assert_str_eq(tensor_file_format(file), format);
    cr_assert_eq(tensor_file_count(file), count);
    tensor_file_close(file);
}

Test(files, order_of_preference, .init = make_folder, .fini = remove_folder)
{
    check_path_refused(folder, EMB_E_IO, PARTS(folder, "no model file", "*.safetensors", "*.gguf"));
    write_text("config.json", "{}");
    check_path_refused(folder, EMB_E_IO, PARTS("no model file"));
    copy_golden("v2.gguf", "any name.gguf");
    check_format("gguf", 8);
    copy_golden("torch_parameters.bin", "pytorch_model.bin");
    check_format("pytorch", 5);
    copy_golden("sharded/model-00002-of-00002.safetensors", "any.safetensors");
    check_format("safetensors", 1);
    copy_golden("sharded/model-00001-of-00002.safetensors", "other.safetensors");
    copy_golden("plain.safetensors", "third.safetensors");
    check_path_refused(folder, EMB_E_FORMAT,
                       PARTS("3 files", "any.safetensors, other.safetensors, ...", "no index"));
    write_text("model.safetensors.index.json",
               "{\"weight_map\":{\"b.weight\":\"any.safetensors\"}}");
    check_format("safetensors", 1);
}

Test(files, indices_that_lie, .init = make_folder, .fini = remove_folder)
{
    static const struct {
        const char *index, *parts[4];
        emb_status status;
    } cases[] = {
        {"{\"weight_map\":{\"b.weight\":\"gone.safetensors\"}}", {"gone.safetensors"}, EMB_E_IO},
        {"{\"weight_map\":{\"c.weight\":\"b.safetensors\"}}",
         {"byte 41", "'c.weight'", "b.safetensors"},
         EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"a.safetensors\"}}",
         {"'b.weight'", "a.safetensors"},
         EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"b.safetensors\",\"b.weight\":\"b.safetensors\"}}",
         {"'b.weight' twice"},
         EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"../b.safetensors\"}}",
         {"file in this folder"},
         EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"/etc/passwd\"}}", {"file in this folder"}, EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"..\"}}", {"file in this folder"}, EMB_E_FORMAT},
        {"{\"weight_map\":{}}", {"at least one tensor"}, EMB_E_FORMAT},
        {"{}", {"weight_map of at least one"}, EMB_E_FORMAT},
        {"{\"weight_map\":{},\"weight_map\":{}}", {"weight_map once"}, EMB_E_FORMAT},
        {"{\"weight_map\":[]}", {"'{'"}, EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":1}}", {"a text"}, EMB_E_FORMAT},
        {"{\"metadata\":nul,", {"a value"}, EMB_E_FORMAT},
        {"{\"metadata\":01,", {"a value"}, EMB_E_FORMAT},
        {"{\"metadata\":1.,", {"a value"}, EMB_E_FORMAT},
        {"{\"metadata\":\"\\x\",", {"an escape"}, EMB_E_FORMAT},
        {"", {"empty file"}, EMB_E_FORMAT},
        {"{\"weight_map\":{\"a.weight\":\"a.safetensors\",\"a.bias\":\"a2.safetensors\"}}",
         {"found twice", "a.safetensors", "a2.safetensors"},
         EMB_E_FORMAT},
        {"{\"weight_map\":{\"b.weight\":\"b.safetensors\",\"0.bias\":\"p.bin\"}}",
         {"p.bin", "found a pytorch file", "expected safetensors"},
         EMB_E_FORMAT},
    };
    copy_golden("sharded/model-00001-of-00002.safetensors", "a.safetensors");
    copy_golden("sharded/model-00001-of-00002.safetensors", "a2.safetensors");
    copy_golden("sharded/model-00002-of-00002.safetensors", "b.safetensors");
    copy_golden("torch_parameters.bin", "p.bin");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text("model.safetensors.index.json", cases[i].index);
        check_path_refused(folder, cases[i].status, cases[i].parts);
    }
    char deep[512];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "{\"metadata\":", 12);
    write_file("model.safetensors.index.json", deep, sizeof deep);
    check_path_refused(folder, EMB_E_FORMAT, PARTS("at most 64 levels"));
}

Test(files, indices_with_all_of_json, .init = make_folder, .fini = remove_folder)
{
    static const char *const bad[] = {"1e",
                                      "1e+",
                                      "-",
                                      "00",
                                      "-01",
                                      ".5",
                                      "+1",
                                      "1e5.",
                                      "tru",
                                      "nulL",
                                      "[1,]",
                                      "[,]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "[}",
                                      "'a'",
                                      "\"\\u12g4\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc00\"",
                                      "\"\\ud800\\n\"",
                                      "\"\\ud83d\\uE000\"",
                                      "\"\t\"",
                                      "\"\x80\"",
                                      "\"\xf5\x80\x80\x80\"",
                                      "\"\xe0\x80\x80\"",
                                      "\"\xe4\xbd\"",
                                      "\"\xf0\x9f\x98\x41\""};
    char index[512];
    copy_golden("sharded/model-00002-of-00002.safetensors", "b.safetensors");
    write_text("model.safetensors.index.json",
               " {\t\"a\":[1e+5,-0.5,2E-3,0,-0,10.25e2,true,false,null,[],{},\"\"],\r\n"
               "\"\\u00E9\\uD83D\\uDE00\\uDBFF\\uDFFF\\ud800\\udc00\\/"
               "\\b\\f\\n\\r\\t\":\"\xc3\xa9\xf0\x9f\x98\x80\","
               "\"weight_map\":{\"\\u0062.w\\u0065ight\":\"b.safe\\u0074ensors\"}} ");
    check_format("safetensors", 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(index, sizeof index, "{\"a\":%s,\"weight_map\":{\"b.weight\":\"b.safetensors\"}}",
                 bad[i]);
        write_text("model.safetensors.index.json", index);
        check_path_refused(folder, EMB_E_FORMAT, PARTS("index.json: byte ", "found", "expected"));
    }
}

Test(files, refused_by_name, .init = make_folder, .fini = remove_folder)
{
    check_path_refused("/nonexistent/model", EMB_E_IO, PARTS("/nonexistent/model", "No such file"));
    check_path_refused("/dev/null", EMB_E_IO, PARTS("not a regular file"));
    check_refused("lmgg....", 8, EMB_E_FORMAT, PARTS("GGML"));
    check_refused("tjgg....", 8, EMB_E_FORMAT, PARTS("GGJT"));
    check_refused("\x89HDF\r\n\x1a\n", 8, EMB_E_FORMAT, PARTS("HDF5"));
    check_refused("\x1f\x8b\x08", 3, EMB_E_FORMAT, PARTS("gzip"));
    check_refused("version https://git-lfs.github.com/spec/v1\n", 44, EMB_E_FORMAT,
                  PARTS("Git LFS"));
    check_refused("\x80\x02}q\x00.", 6, EMB_E_FORMAT, PARTS("bare pickle"));
    check_refused("hello, world", 12, EMB_E_FORMAT, PARTS("byte 0", "'hello, w'", "GGUF"));
    check_path_refused(golden_path("torch_legacy.bin"), EMB_E_FORMAT,
                       PARTS("legacy PyTorch", "1.6"));
    write_text("short.safetensors", "1234");
    check_path_refused(folder, EMB_E_FORMAT, PARTS("short.safetensors", "4 bytes", "at least 8"));
}

/* Whichever allocation fails, opening says so and leaves nothing behind. */
static void fail_each_allocation(const char *path)
{
    bool opened = false;
    for (uint64_t n = 1; !opened; n++) {
        struct tensor_file *file = NULL;
        const struct emb_host *host = mini_host(1);
        mini_host_fail_alloc(n);
        emb_status status = tensor_file_open(host, path, &file);
        mini_host_fail_alloc(0);
        opened = status == EMB_OK;
        cr_assert(opened || (status == EMB_E_NOMEM && !file &&
                             strstr(mini_host_failure(), "out of memory")),
                  "%s: allocation %llu: %d, %s", path, (unsigned long long)n, status,
                  mini_host_failure());
        tensor_file_close(file);
        cr_assert_eq(mini_host_bytes(), 0, "%s: allocation %llu", path, (unsigned long long)n);
        cr_assert(n < 100);
    }
}

Test(files, failing_allocations)
{
    static const char *const names[] = {
        "plain.safetensors", "sharded", "torch_views.bin", "torch_many.bin",
        "torch_sharded",     "v2.gguf", "v3.gguf"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fail_each_allocation(golden_path(names[i]));
    }
}
