/*
 * new-plugin - an embedder that builds, passes `harness check`, and waits to be changed: a copy of
 * one of plugins/toy/ under another name, with build files.
 */
#include "base/build_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/command.h"
#include "plugin/registry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char toy_c[], toy_cpp[], toy_rs[], embedder_rs[],
    toy_py[]; /* plugins/toy, compiled in */

static const struct option_help options[] = {
    {"language", "LANGUAGE", "c (default), cpp, rust or python"},
    {"name", "NAME", "the plugin's id; default: the folder's name"},
    {0},
};

static const char makefile[] =
    "# make, then: harness check ./@id@.so\n"
    "HARNESS_INCLUDE ?= @include@\n"
    "@FLAGS@ ?= -O2 -g -Wall -Wextra\n"
    "\n"
    "@id@.so: @id@.@suffix@ plugin.map\n"
    "\t$(@COMPILER@) $(CPPFLAGS) -I$(HARNESS_INCLUDE) $(@FLAGS@) -std=@standard@ -fPIC "
    "-fvisibility=hidden \\\n"
    "\t    $(LDFLAGS) -shared -Wl,--version-script=plugin.map -Wl,--exclude-libs,ALL \\\n"
    "\t    -o $@ @id@.@suffix@ $(LDLIBS)\n"
    "\n"
    "clean:\n"
    "\trm -f @id@.so\n"
    ".PHONY: clean\n";

static const char makefile_rust[] =
    "# make, then: harness check ./@id@.so\n"
    "RUSTC ?= rustc\n"
    "RUSTFLAGS ?= -O\n"
    "\n"
    "@id@.so: @id@.rs embedder.rs\n"
    "\t$(RUSTC) --edition 2021 $(RUSTFLAGS) --crate-type cdylib -o $@ @id@.rs\n"
    "\n"
    "clean:\n"
    "\trm -f @id@.so\n"
    ".PHONY: clean\n";

static const char meson_build[] =
    "# meson setup build && meson compile -C build, then: harness check build/@id@.so\n"
    "project('@id@', '@suffix@', default_options: ['@suffix@_std=@standard@', 'buildtype=release', "
    "'warning_level=2'])\n"
    "\n"
    "# an installed harness is found by pkg-config; else its headers lie where they lay\n"
    "harness = dependency('harness-embedder', required: false)\n"
    "if not harness.found()\n"
    "  harness = declare_dependency(compile_args: '-I@include@')\n"
    "endif\n"
    "\n"
    "shared_module('@id@', '@id@.@suffix@', name_prefix: '', dependencies: harness,\n"
    "  gnu_symbol_visibility: 'hidden',\n"
    "  link_args: ['-Wl,--version-script=' + meson.current_source_dir() / 'plugin.map',\n"
    "              '-Wl,--exclude-libs,ALL'],\n"
    "  link_depends: 'plugin.map')\n";

static const char map[] = "{\n  global: emb_plugin_entry_v1;\n  local: *;\n};\n";

static const char readme[] =
    "# @id@\n"
    "\n"
    "An embedder plugin for harness. It began as a copy of the toy plugin: vectors made from a\n"
    "hash of each word's letters. Read `@id@.@suffix@` from the bottom up; `embedder.h` is the "
    "contract.\n"
    "\n"
    "    make                          # or: meson setup build && meson compile -C build\n"
    "    harness check ./@id@.so        # does it keep the contract and its own claims?\n"
    "    harness --plugin-dir . --embedder @id@ --suite similarity\n";

static const char readme_rust[] =
    "# @id@\n"
    "\n"
    "An embedder plugin for harness, in Rust without crates. It began as a copy of the toy "
    "plugin:\n"
    "vectors made from a hash of each word's letters. `@id@.rs` is yours; `embedder.rs` is the "
    "contract,\n"
    "`embedder.h`, in Rust, with a border that no panic crosses.\n"
    "\n"
    "    make                          # needs rustc 1.63 or later\n"
    "    harness check ./@id@.so        # does it keep the contract and its own claims?\n"
    "    harness --plugin-dir . --embedder @id@ --suite similarity\n";

static const char readme_python[] =
    "# @id@\n"
    "\n"
    "An embedder for harness in Python. It began as a copy of the toy: vectors made from a hash "
    "of\n"
    "each word's letters. `harness_embedder`, which it derives from, comes with the harness; it "
    "needs\n"
    "numpy. Where `python3` on PATH is not the one with your packages: "
    "`interpreter=/path/to/python3`.\n"
    "\n"
    "    harness check process-static:@id@.py\n"
    "    harness --embedder @id@=process-static:@id@.py --suite similarity\n";

/* A file to write. "toy" in code becomes the id; elsewhere "@id@" and the like do. */
struct template
{
    const char *name; /* "@id@.c" */
    const char *text;
    bool is_code;
};

static const struct language {
    const char *name, *suffix;
    const char *compiler, *flags, *standard; /* of makefile and meson_build */
    const char *build, *check;               /* what to do next */
    struct template templates[6];
} languages[] = {
    {"c",
     "c",
     "CC",
     "CFLAGS",
     "gnu11",
     "make -C @folder@ && ",
     "@folder@/@id@.so",
     {{"@id@.c", toy_c, true},
      {"Makefile", makefile, false},
      {"meson.build", meson_build, false},
      {"plugin.map", map, false},
      {"README.md", readme, false}}},
    {"cpp",
     "cpp",
     "CXX",
     "CXXFLAGS",
     "c++17",
     "make -C @folder@ && ",
     "@folder@/@id@.so",
     {{"@id@.cpp", toy_cpp, true},
      {"Makefile", makefile, false},
      {"meson.build", meson_build, false},
      {"plugin.map", map, false},
      {"README.md", readme, false}}},
    {"rust",
     "rs",
     "",
     "",
     "",
     "make -C @folder@ && ",
     "@folder@/@id@.so",
     {{"@id@.rs", toy_rs, true},
      {"embedder.rs", embedder_rs, false},
      {"Makefile", makefile_rust, false},
      {"README.md", readme_rust, false}}},
    {"python",
     "py",
     "",
     "",
     "",
     "",
     "process-static:@folder@/@id@.py",
     {{"@id@.py", toy_py, true}, {"README.md", readme_python, false}}},
};

/* The marks of a template that text begins with; NULL if it begins with none. */
static const char *value_of_mark(const char *text, const struct language *language, const char *id,
                                 const char *folder, const char *include, size_t *ret_n)
{
    const struct {
        const char *mark, *value;
    } marks[] = {{"@id@", id},
                 {"@folder@", folder},
                 {"@include@", include},
                 {"@suffix@", language->suffix},
                 {"@COMPILER@", language->compiler},
                 {"@FLAGS@", language->flags},
                 {"@standard@", language->standard}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (text_starts(text, marks[i].mark)) {
            *ret_n = strlen(marks[i].mark);
            return marks[i].value;
        }
    }
    return NULL;
}

static void fill_in(struct str *out, const char *text, const struct language *language,
                    const char *id, const char *folder)
{
    char *include = build_tree_is_own() ? mem_text(HARNESS_SOURCE_INCLUDE)
                                        : installed_folder(HARNESS_INSTALLED_INCLUDE);
    while (*text) {
        size_t n = 1;
        const char *value = value_of_mark(text, language, id, folder, include, &n);
        if (value) {
            str_add(out, value);
        } else {
            str_add_char(out, *text);
        }
        text += n;
    }
    free(include);
}

/* The toy under another name: "toy" and "Toy" as whole words. In code a name of several words,
 * "my-one", stands in texts alone; as a name of the language it is "MyOne". */
static void rename_toy(struct str *out, const char *source, const char *id)
{
    const char *at = source;
    while (*at) {
        bool starts = at == source || !isalnum((unsigned char)at[-1]);
        bool lower = text_starts(at, "toy"), upper = text_starts(at, "Toy");
        if (!starts || (!lower && !upper) || isalnum((unsigned char)at[3])) {
            str_add_char(out, *at++);
            continue;
        }
        bool begins = upper;
        for (const char *c = id; *c; c++) {
            bool joint = *c == '-' || *c == '_';
            if (!upper || !joint) {
                str_add_char(out, (char)(begins ? toupper((unsigned char)*c) : *c));
            }
            begins = upper && joint;
        }
        at += 3;
    }
}

static int write_file(const char *folder, const char *name, const char *text, size_t n)
{
    struct file_out out;
    char *path = file_join(folder, name);
    int status = file_exists(path)
                     ? error_set(ERR_REQUEST, "%s is there already; nothing was changed", path)
                     : file_out_open(&out, path);
    if (!status) {
        fwrite(text, 1, n, out.stream);
        status = file_out_commit(&out);
    }
    if (!status) {
        printf("%s\n", path);
    }
    free(path);
    return status;
}

static int write_template(const struct template *template, const struct language *language,
                          const char *folder, const char *id)
{
    struct str name = {0}, text = {0};
    fill_in(&name, template->name, language, id, folder);
    if (template->is_code) {
        rename_toy(&text, template->text, id);
    } else {
        fill_in(&text, template->text, language, id, folder);
    }
    int status = write_file(folder, str_text(&name), str_text(&text), text.n);
    str_finish(&name);
    str_finish(&text);
    return status;
}

static int find_language(const char *name, const struct language **ret_language)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        if (strcmp(languages[i].name, name) == 0) {
            *ret_language = &languages[i];
            return 0;
        }
    }
    return error_set(ERR_REQUEST,
                     "new-plugin: found --language %s, expected c, cpp, rust or python", name);
}

/* What to do next. */
static void tell(const struct language *language, const char *folder, const char *id)
{
    struct str text = {0};
    fill_in(&text, language->build, language, id, folder);
    str_add(&text, "harness check ");
    fill_in(&text, language->check, language, id, folder);
    printf("\nNow: %s\n", str_text(&text));
    str_finish(&text);
}

/* "My-Plugin/" → "my-plugin" */
static char *default_id(const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/') {
        n--;
    }
    char *path = mem_text_n(folder, n), *id = mem_text(file_name(path));
    for (char *c = id; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    free(path);
    return id;
}

static int run(const struct args *args)
{
    if (args_n(args) != 1) {
        return error_set(ERR_REQUEST, "new-plugin: expected one folder");
    }
    const char *folder = args_word(args, 0), *name = args_value(args, "name", NULL);
    char *id = name ? mem_text(name) : default_id(folder);
    const struct language *language = NULL;
    int status = 0;
    if (!plugin_id_is_valid(id)) {
        status = error_set(ERR_REQUEST,
                           "new-plugin: found the name \"%s\", expected a-z 0-9 - _ beginning with "
                           "a letter; see --name",
                           id);
    }
    status = status ? status : find_language(args_value(args, "language", "c"), &language);
    status = status ? status : file_make_folders(folder);
    for (uint32_t i = 0; !status && language->templates[i].name; i++) {
        status = write_template(&language->templates[i], language, folder, id);
    }
    if (!status) {
        tell(language, folder, id);
    }
    free(id);
    return status;
}

const struct command command_new_plugin = {
    .name = "new-plugin",
    .synopsis = "DIR",
    .summary = "write a complete example plugin to start from",
    .details = "In C, C++17, Rust (rustc alone, no crates) or Python: a complete embedder, a hash "
               "of letters.\n"
               "\n"
               "  harness new-plugin mine && make -C mine && harness check mine/mine.so\n"
               "  harness new-plugin --language python mine && harness check "
               "process-static:mine/mine.py\n",
    .options = options,
    .run = run,
};
