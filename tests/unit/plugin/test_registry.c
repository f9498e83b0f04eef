/* Loading: what is found, what is refused and why, and specifications of embedders. */
#include "plugin/registry.h"
#include "plugin/spec.h"
#include "base/file.h"
#include "base/str.h"
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static void no_search_path(void)
{
    unsetenv("HARNESS_PLUGIN_PATH");
}

TestSuite(registry, .init = no_search_path);

Test(registry, toy_is_loaded_and_described)
{
    char *path = built("plugins/toy/toy.so");
    struct registry registry;
    const struct plugin_model *model;
    cr_assert_eq(registry_open_file(path, &registry), 0, "%s", error_message());
    cr_assert_eq(registry_find(&registry, "toy", &model), 0);
    cr_expect_str_eq(model->plugin->path, path);
    cr_expect_gt(model->plugin->n_bytes, 1000);
    cr_expect_str_eq(model->desc->name, "Toy");
    cr_expect_neq(registry_find(&registry, "tyo", &model), 0);
    expect_message("no plugin \"tyo\"; there are: toy");
    registry_close(&registry);
    free(path);
}

Test(registry, refusals_say_what_was_found_and_wanted)
{
    static const struct {
        const char *file, *says;
    } cases[] = {
        {"abi_2", "built for ABI 2, this harness speaks 1"},
        {"no_symbol", "found no symbol emb_plugin_entry_v1"},
        {"small_entry", "found an entry of 8 bytes, wanted at least"},
        {"no_models", "without models"},
        {"small_desc", "found a descriptor of 16 bytes, wanted at least"},
        {"bad_id", "found the id \"Not An Id\""},
        {"both_kinds", "exactly one of EMB_CAP_STATIC and EMB_CAP_CONTEXTUAL"},
        {"no_citation", "found NULL for its citation"},
        {"bad_fallback", "its fallback \"many\" is not an integer from 1 to 10"},
        {"two_options", "two options are called \"window\""},
        {"no_ops", "found no operations"},
        {"no_embed", "found NULL for its operation embed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *name = mem_format("tests/bad/refused/%s.so", cases[i].file), *path = built(name);
        struct registry registry;
        cr_expect_eq(registry_open_file(path, &registry), ERR_REQUEST, "%s", name);
        expect_message(cases[i].says);
        expect_message(path);
        free(name);
        free(path);
    }
}

Test(registry, a_folder_of_refused_files_is_no_error_but_reported)
{
    char *folder = built("tests/bad/refused");
    struct registry registry;
    const struct plugin_model *model;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0);
    cr_expect_eq(registry.n_refusals, 12);
    cr_assert_not_null(registry_refusal(&registry, "abi_2"));
    cr_expect_neq(registry_find(&registry, "abi_2", &model), 0);
    expect_message("built for ABI 2");
    registry_close(&registry);
    free(folder);
}

Test(registry, two_plugins_with_one_id_are_an_error_for_who_asks_naming_both)
{
    char *folder = built("tests/bad/duplicate");
    struct registry registry;
    const struct plugin_model *model;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0);
    cr_expect_eq(registry_find(&registry, "toy", &model), 0);
    cr_expect_eq(registry_find(&registry, "twin", &model), ERR_REQUEST);
    expect_message("two plugins have the id \"twin\"");
    expect_message("duplicate/first.so");
    expect_message("duplicate/second.so");
    registry_close(&registry);
    free(folder);
}

Test(registry, a_folder_of_the_command_line_hides_what_is_found_later)
{
    char *folder = built("tests/bad/duplicate"), *file = file_join(folder, "first.so");
    char *own = mem_text("/tmp/harness-registry-XXXXXX");
    cr_assert_not_null(mkdtemp(own));
    char *copy = file_join(own, "twin.so");
    cr_assert_eq(symlink(file, copy), 0); /* the same file: met first here */
    setenv("HARNESS_PLUGIN_PATH", folder, 1);
    struct registry registry;
    const struct plugin_model *model;
    cr_assert_eq(registry_open((const char *const[]){own}, 1, &registry), 0);
    cr_assert_eq(registry_find(&registry, "twin", &model), 0, "%s", error_message());
    cr_expect(text_ends(model->plugin->path, "/first.so"));
    cr_expect(model->hides && text_ends(model->hides, "/second.so"));
    registry_close(&registry);
    unlink(copy);
    rmdir(own);
    free(copy);
    free(own);
    free(file);
    free(folder);
}

Test(registry, a_file_is_found_by_its_path_once_it_was_named)
{
    char *folder = built("tests/bad/duplicate"), *file = file_join(folder, "second.so");
    struct registry registry;
    const struct plugin_model *model;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0);
    cr_expect_eq(registry_find(&registry, file, &model), ERR_REQUEST);
    cr_assert_eq(registry_add_named(&registry, file), 0, "%s", error_message());
    cr_assert_eq(registry_find(&registry, file, &model), 0, "%s", error_message());
    cr_expect_str_eq(model->desc->id, "twin");
    cr_expect_eq(registry_add_named(&registry, "./no/such.so"), ERR_REQUEST);
    expect_message("./no/such.so");
    registry_close(&registry);
    free(file);
    free(folder);
}

Test(registry, the_same_file_twice_is_one_plugin)
{
    char *folder = built("plugins/toy");
    struct registry registry;
    cr_assert_eq(registry_open((const char *const[]){folder, folder}, 2, &registry), 0, "%s",
                 error_message());
    uint32_t toys = 0;
    for (uint32_t i = 0; i < registry.n_models; i++) {
        toys += strcmp(registry.models[i].desc->id, "toy") == 0;
    }
    cr_expect_eq(toys, 1);
    registry_close(&registry);
    free(folder);
}

Test(registry, the_search_path_is_read_and_empty_parts_are_not_the_current_folder)
{
    char *folder = built("tests/bad"), *paths = mem_format(":%s:", folder);
    struct registry registry;
    const struct plugin_model *model;
    setenv("HARNESS_PLUGIN_PATH", paths, 1);
    char *here = built("tests/bad/duplicate");
    cr_assert_eq(chdir(here), 0);
    cr_assert_eq(registry_open(NULL, 0, &registry), 0, "%s", error_message());
    cr_expect_eq(registry_find(&registry, "nan", &model), 0);
    cr_expect_neq(registry_find(&registry, "twin", &model), 0);
    registry_close(&registry);
    free(here);
    free(paths);
    free(folder);
}

Test(registry, missing_folders_and_files_are_errors)
{
    struct registry registry;
    cr_expect_eq(registry_open((const char *const[]){"/no/such/folder"}, 1, &registry),
                 ERR_REQUEST);
    expect_message("/no/such/folder");
    cr_expect_eq(registry_open_file("/no/such/file.so", &registry), ERR_REQUEST);
    expect_message("/no/such/file.so");
    cr_expect_eq(registry_open_file("/etc/passwd", &registry), ERR_REQUEST);
    expect_message("/etc/passwd: cannot be loaded");
}

Test(registry, ids)
{
    cr_expect(plugin_id_is_valid("glove"));
    cr_expect(plugin_id_is_valid("word2vec"));
    cr_expect(plugin_id_is_valid("a-b_c"));
    cr_expect_not(plugin_id_is_valid(""));
    cr_expect_not(plugin_id_is_valid("2vec"));
    cr_expect_not(plugin_id_is_valid("Glove"));
    cr_expect_not(plugin_id_is_valid("a b"));
}

static struct registry bad_registry(void)
{
    char *folder = built("tests/bad");
    struct registry registry;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0, "%s",
                 error_message());
    free(folder);
    return registry;
}

Test(spec, all_parts)
{
    struct registry registry = bad_registry();
    struct embedder_spec spec;
    cr_assert_eq(spec_parse(&registry, "mine=leak:/etc/passwd,broken", &spec), 0, "%s",
                 error_message());
    cr_expect_str_eq(spec.name, "mine");
    cr_expect_str_eq(spec.model->desc->id, "leak");
    cr_expect_str_eq(options_get_text(spec.options, "model"), "/etc/passwd");
    cr_expect_eq(options_get_int(spec.options, "broken"), 1);
    spec_finish(&spec);
    cr_assert_eq(spec_parse(&registry, "leak,broken=0", &spec), 0);
    cr_expect_str_eq(spec.name, "leak");
    spec_finish(&spec);
    registry_close(&registry);
}

Test(spec, commas_in_a_path_are_escaped)
{
    struct registry registry = bad_registry();
    struct embedder_spec spec;
    char folder[] = "/tmp/harness-spec-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    char *path = mem_format("%s/a,b", folder), *text = mem_format("leak:%s/a\\,b,broken=1", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(spec_parse(&registry, text, &spec), 0, "%s", error_message());
    cr_expect_str_eq(options_get_text(spec.options, "model"), path);
    cr_expect_eq(options_get_int(spec.options, "broken"), 1);
    spec_finish(&spec);
    rmdir(path);
    rmdir(folder);
    free(path);
    free(text);
    registry_close(&registry);
}

/* An embedder without a name is called by what makes it another model; one with a name is not. */
Test(spec, changes_stand_in_the_name)
{
    static const struct emb_option table[] = {
        {"part", "", "taken out", EMB_OPT_CHANGE, 0, 1, 0},
        {"mask", "own", "what it sees", EMB_OPT_CHANGE, 0, 1, 0},
        {"dim", "3", "floats", EMB_OPT_INT, 0, 1, 0},
    };
    static const struct emb_model_desc desc = {
        .struct_size = sizeof desc, .id = "made", .options = table, .n_options = 3};
    const struct plugin_model model = {.desc = &desc};
    static const struct {
        const char *name, *part, *mask, *called;
    } cases[] = {
        {NULL, "", "own", "made"},
        {NULL, "a:1-2+b", "own", "made@part:a:1-2+b"},
        {NULL, "a", "none", "made@part:a@mask:none"},
        {"mine", "a", "none", "mine"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct option_pair pairs[] = {
            {(char *)(uintptr_t) "part", (char *)(uintptr_t)cases[i].part},
            {(char *)(uintptr_t) "mask", (char *)(uintptr_t)cases[i].mask},
            {(char *)(uintptr_t) "dim", (char *)(uintptr_t) "4"},
        };
        struct embedder_spec spec;
        cr_assert_eq(spec_create(cases[i].name, &model, pairs, 3, &spec), 0, "%s", error_message());
        cr_expect_str_eq(spec.name, cases[i].called);
        spec_finish(&spec);
    }
}

Test(spec, refusals)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "expected [NAME=]PLUGIN[:PATH]"},
        {"=leak", "expected [NAME=]PLUGIN[:PATH]"},
        {"mine=", "expected [NAME=]PLUGIN[:PATH]"},
        {"nothing", "no plugin \"nothing\"; there are:"},
        {"leak:/no/such/file", "option model: /no/such/file: no such file or folder"},
        {"leak,model", "found \"model\", expected option=value"},
        {"leak,", "expected option=value"},
        {"leak,colour=1", "unknown option \"colour\""},
        {"leak,broken=7", "found \"7\", expected 1 or 0"},
        {"toy:/etc/passwd", "plugin toy takes none"},
    };
    struct registry registry = bad_registry();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct embedder_spec spec;
        if (strncmp(cases[i].text, "toy", 3) == 0) {
            char *path = built("plugins/toy/toy.so");
            registry_close(&registry);
            cr_assert_eq(registry_open_file(path, &registry), 0);
            free(path);
        }
        cr_expect_eq(spec_parse(&registry, cases[i].text, &spec), ERR_REQUEST, "%s", cases[i].text);
        expect_message(cases[i].says);
    }
    registry_close(&registry);
}

Test(spec, a_refused_plugin_cannot_be_opened_but_named)
{
    char *folder = built("tests/bad/refused");
    struct registry registry;
    struct embedder_spec spec;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0);
    cr_assert_eq(spec_parse(&registry, "x=abi_2:model,a=b", &spec), 0);
    cr_expect_str_eq(spec.name, "x");
    spec_finish(&spec);
    registry_close(&registry);
    free(folder);
}

Test(spec, names_must_differ)
{
    struct registry registry = bad_registry();
    struct embedder_spec specs[2];
    cr_assert_eq(spec_parse(&registry, "leak", &specs[0]), 0);
    cr_assert_eq(spec_parse(&registry, "leak=nan", &specs[1]), 0);
    cr_expect_eq(specs_check_names(specs, 2), ERR_REQUEST);
    expect_message("two embedders are called \"leak\"");
    cr_expect_eq(specs_check_names(specs, 1), 0);
    spec_finish(&specs[0]);
    spec_finish(&specs[1]);
    registry_close(&registry);
}
