/* Opens, fills and commits the output of `embed` in its format. */
#include "commands/vectors/embed_out.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct embed_format *const formats[] = {&embed_npy, &embed_npz, &embed_tsv,
                                                     &embed_vec};
#define N_FORMATS (sizeof formats / sizeof *formats)

void embed_format_each(void (*visit)(const char *word, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        visit(formats[i]->name, formats[i]->about, ctx);
    }
}

int embed_format_find(const char *name, const char *path, const struct embed_format **ret_format)
{
    const char *dot = strrchr(file_name(path), '.');
    const char *wanted = name ? name : dot ? dot + 1 : "";
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (strcmp(formats[i]->name, wanted) == 0) {
            *ret_format = formats[i];
            return 0;
        }
    }
    struct str names = {0};
    for (size_t i = 0; i < N_FORMATS; i++) {
        str_format(&names, "%s%s%s",
                   i == 0               ? ""
                   : i + 1 == N_FORMATS ? " or "
                                        : ", ",
                   name ? "" : ".", formats[i]->name);
    }
    int status =
        name ? error_set(ERR_REQUEST, "--format: found '%s', expected %s", name, str_text(&names))
             : error_set(ERR_REQUEST,
                         "-o %s: expected a name that ends in %s, or --format with one of them",
                         path, str_text(&names));
    str_finish(&names);
    return status;
}

/* A file, or a place that cannot be positioned: what is for it waits in a file without a name. */
struct place {
    struct file_out out;
    FILE *waiting;
    bool open;
};

struct embed_out {
    const struct embed_format *format;
    void *state;
    struct place vectors, words;
    char *words_path;
};

static int place_open(struct place *place, const char *path)
{
    TRY(file_out_open(&place->out, path));
    place->open = true;
    setvbuf(place->out.stream, NULL, _IOFBF, 1 << 20);
    if (!place->out.temporary) {
        place->waiting = file_nameless();
        return place->waiting
                   ? 0
                   : error_set(ERR_MACHINE, "cannot make a temporary file: %s", strerror(errno));
    }
    return 0;
}

static FILE *place_stream(const struct place *place)
{
    return place->waiting ? place->waiting : place->open ? place->out.stream : NULL;
}

static int pass_on(const struct place *place)
{
    char bytes[1 << 16];
    size_t n;
    if (fflush(place->waiting) != 0 || ferror(place->waiting)) {
        return error_set(ERR_MACHINE, "cannot write a temporary file: %s", strerror(errno));
    }
    rewind(place->waiting);
    while ((n = fread(bytes, 1, sizeof bytes, place->waiting)) > 0) {
        fwrite(bytes, 1, n, place->out.stream);
    }
    return ferror(place->waiting)
               ? error_set(ERR_MACHINE, "cannot read a temporary file: %s", strerror(errno))
               : 0;
}

static int place_commit(struct place *place)
{
    int status = place->waiting ? pass_on(place) : 0;
    if (status == 0) {
        place->open = false;
        status = file_out_commit(&place->out);
    }
    return status;
}

static void place_finish(struct place *place)
{
    if (place->waiting) {
        fclose(place->waiting);
    }
    if (place->open) {
        file_out_abort(&place->out);
    }
}

/* "x.npy" has "x.words.tsv" beside it. */
static char *beside(const char *path)
{
    size_t n = strlen(path) - (text_ends(path, ".npy") ? 4 : 0);
    return mem_format("%.*s.words.tsv", (int)n, path);
}

int embed_out_open(const struct embed_format *format, const struct embed_shape *shape,
                   const char *path, const char *words, struct embed_out **ret_out)
{
    if (words && !format->needs_words) {
        return error_set(ERR_REQUEST, "--words: a .%s file says itself what its rows are",
                         format->name);
    }
    struct embed_out *out = mem_alloc(sizeof *out);
    out->format = format;
    int status = place_open(&out->vectors, path);
    if (status == 0 && format->needs_words && (words || out->vectors.out.temporary)) {
        out->words_path = words ? mem_text(words) : beside(path);
        status = place_open(&out->words, out->words_path);
    }
    if (status != 0) {
        embed_out_abort(out);
        return status;
    }
    out->state = format->create(shape, place_stream(&out->vectors), place_stream(&out->words));
    *ret_out = out;
    return 0;
}

int embed_out_row(struct embed_out *out, const struct embed_row *row)
{
    return out->format->row(out->state, row);
}

const char *embed_out_words(const struct embed_out *out)
{
    return out->words_path;
}

int embed_out_commit(struct embed_out *out)
{
    int status = out->format->end(out->state);
    if (status == 0 && out->words.open) {
        status = place_commit(&out->words);
    }
    status = status ? status : place_commit(&out->vectors);
    embed_out_abort(out);
    return status;
}

void embed_out_abort(struct embed_out *out)
{
    if (!out) {
        return;
    }
    if (out->state) {
        out->format->destroy(out->state);
    }
    place_finish(&out->vectors);
    place_finish(&out->words);
    free(out->words_path);
    free(out);
}
