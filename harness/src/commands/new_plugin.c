/*
 * new-plugin - a plugin that builds, passes `harness check`, and waits to be changed: a copy of
 * plugins/toy/toy.c under another name, with build files.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "commands/command.h"
#include "data/catalogue.h"
#include "plugin/registry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char toy_source[]; /* plugins/toy/toy.c, compiled in */

static const struct option_help options[] = {
    {"name", "NAME", "the plugin's id; default: the folder's name"},
    {0},
};

static const char makefile[] =
    "# make, then: harness check ./@id@.so\n"
    "HARNESS_INCLUDE ?= @include@\n"
    "CFLAGS ?= -O2 -g -Wall -Wextra\n"
    "\n"
    "@id@.so: @id@.c plugin.map\n"
    "\t$(CC) $(CPPFLAGS) -I$(HARNESS_INCLUDE) $(CFLAGS) -std=gnu11 -fPIC -fvisibility=hidden \\\n"
    "\t    $(LDFLAGS) -shared -Wl,--version-script=plugin.map -Wl,--exclude-libs,ALL \\\n"
    "\t    -o $@ @id@.c $(LDLIBS)\n"
    "\n"
    "clean:\n"
    "\trm -f @id@.so\n"
    ".PHONY: clean\n";

static const char meson_build[] =
    "# meson setup build && meson compile -C build, then: harness check build/@id@.so\n"
    "project('@id@', 'c', default_options: ['c_std=gnu11', 'buildtype=release', "
    "'warning_level=2'])\n"
    "\n"
    "# an installed harness is found by pkg-config; else its headers lie where they lay\n"
    "harness = dependency('harness', required: false)\n"
    "if not harness.found()\n"
    "  harness = declare_dependency(compile_args: '-I@include@')\n"
    "endif\n"
    "\n"
    "shared_module('@id@', '@id@.c', name_prefix: '', dependencies: harness,\n"
    "  gnu_symbol_visibility: 'hidden',\n"
    "  link_args: ['-Wl,--version-script=' + meson.current_source_dir() / 'plugin.map',\n"
    "              '-Wl,--exclude-libs,ALL'],\n"
    "  link_depends: 'plugin.map')\n";

static const char map[] = "{\n  global: emb_plugin_entry_v1;\n  local: *;\n};\n";

static const char readme[] =
    "# @id@\n"
    "\n"
    "An embedder plugin for harness. It began as a copy of the toy plugin: vectors made from a\n"
    "hash of each word's letters. Read `@id@.c` from the bottom up; `embedder.h` is the contract.\n"
    "\n"
    "    make                          # or: meson setup build && meson compile -C build\n"
    "    harness check ./@id@.so        # does it keep the contract and its own claims?\n"
    "    harness --plugin-dir . --embedder @id@ --suite similarity\n";

/* text with @id@ and @include@ filled in. */
static void fill_in(struct str *out, const char *text, const char *id, const char *include)
{
    while (*text) {
        if (text_starts(text, "@id@")) {
            str_add(out, id);
            text += strlen("@id@");
        } else if (text_starts(text, "@include@")) {
            str_add(out, include);
            text += strlen("@include@");
        } else {
            str_add_char(out, *text++);
        }
    }
}

/* The toy under another name: "toy" and "Toy" as whole words. */
static void rename_toy(struct str *out, const char *id)
{
    const char *at = toy_source;
    while (*at) {
        bool starts = at == toy_source || !isalnum((unsigned char)at[-1]);
        bool lower = text_starts(at, "toy"), upper = text_starts(at, "Toy");
        if (starts && (lower || upper) && !isalnum((unsigned char)at[3])) {
            size_t first = out->n;
            str_add(out, id);
            if (upper) {
                out->data[first] = (char)toupper((unsigned char)out->data[first]);
            }
            at += 3;
        } else {
            str_add_char(out, *at++);
        }
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

static int write_template(const char *folder, const char *name, const char *text, const char *id)
{
    struct str out = {0};
    fill_in(&out, text, id,
            catalogue_in_build_tree() ? HARNESS_SOURCE_INCLUDE : HARNESS_INSTALLED_INCLUDE);
    int status = write_file(folder, name, str_text(&out), out.n);
    str_finish(&out);
    return status;
}

static int write_source(const char *folder, const char *id)
{
    struct str source = {0};
    char *name = mem_format("%s.c", id);
    rename_toy(&source, id);
    int status = write_file(folder, name, str_text(&source), source.n);
    str_finish(&source);
    free(name);
    return status;
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
    int status = 0;
    if (!plugin_id_is_valid(id)) {
        status = error_set(ERR_REQUEST,
                           "new-plugin: found the name \"%s\", expected a-z 0-9 - _ beginning with "
                           "a letter; see --name",
                           id);
    }
    status = status ? status : file_make_folders(folder);
    status = status ? status : write_source(folder, id);
    status = status ? status : write_template(folder, "Makefile", makefile, id);
    status = status ? status : write_template(folder, "meson.build", meson_build, id);
    status = status ? status : write_template(folder, "plugin.map", map, id);
    status = status ? status : write_template(folder, "README.md", readme, id);
    if (!status) {
        printf("\nNow: make -C %s && harness check %s/%s.so\n", folder, folder, id);
    }
    free(id);
    return status;
}

const struct command command_new_plugin = {
    .name = "new-plugin",
    .synopsis = "DIR",
    .summary = "write a plugin that builds and passes check, to be changed",
    .details = "  harness new-plugin mine && make -C mine && harness check mine/mine.so\n",
    .options = options,
    .run = run,
};
