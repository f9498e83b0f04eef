/* Writes a plugin's description into a pipe and takes it out again, believing nothing. */
#include "plugin/description.h"

#include "plugin/load.h"
#include "plugin/options.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void write_options(const struct emb_option *options, uint32_t n, struct str *out)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, options[i].name);
        wire_text(out, options[i].fallback);
        wire_text(out, options[i].help);
        wire_number(out, (uint64_t)(int64_t)options[i].kind);
        wire_real(out, options[i].min);
        wire_real(out, options[i].max);
    }
}

static void write_model(const struct emb_plugin_model *model, struct str *out)
{
    const struct emb_model_desc *desc = model->desc;
    const struct emb_ext_train *train = model->ops->extension(NULL, EMB_EXT_TRAIN);
    wire_number(out, desc->caps);
    wire_text(out, desc->id);
    wire_text(out, desc->name);
    wire_text(out, desc->version);
    wire_text(out, desc->citation);
    write_options(desc->options, desc->n_options, out);
    wire_number(out, train != NULL);
    write_options(train ? train->options : NULL, train ? train->n_options : 0, out);
}

void description_write(const struct emb_plugin_entry *entry, struct str *out)
{
    wire_number(out, entry->abi_minor);
    wire_number(out, entry->n_models);
    for (uint32_t i = 0; i < entry->n_models; i++) {
        write_model(&entry->models[i], out);
    }
}

static const char *take_text(struct wire *wire, struct arena *arena)
{
    const char *text = wire_take_text(wire);
    return arena_keep(arena, text);
}

static const struct emb_option *take_options(struct wire *wire, struct arena *arena,
                                             uint32_t *ret_n)
{
    uint32_t n = wire_take_count(wire);
    struct emb_option *options = arena_alloc(arena, (n + 1u) * sizeof *options);
    for (uint32_t i = 0; i < n && !wire->bad; i++) {
        options[i].name = take_text(wire, arena);
        options[i].fallback = take_text(wire, arena);
        options[i].help = take_text(wire, arena);
        options[i].kind = (int32_t)(int64_t)wire_take_number(wire);
        options[i].min = wire_take_real(wire);
        options[i].max = wire_take_real(wire);
    }
    *ret_n = wire->bad ? 0 : n;
    return options;
}

static void take_model(struct wire *wire, struct arena *arena, struct plugin_description *model)
{
    struct emb_model_desc *desc = &model->desc;
    desc->struct_size = sizeof *desc;
    desc->caps = (uint32_t)wire_take_number(wire);
    desc->id = take_text(wire, arena);
    desc->name = take_text(wire, arena);
    desc->version = take_text(wire, arena);
    desc->citation = take_text(wire, arena);
    desc->options = take_options(wire, arena, &desc->n_options);
    model->trains = wire_take_number(wire) != 0;
    model->train_options = take_options(wire, arena, &model->n_train_options);
}

static char *flaw_of_trainer(const struct plugin_description *model)
{
    for (uint32_t i = 0; i < model->n_train_options; i++) {
        char *flaw = option_flaw(&model->train_options[i]);
        if (flaw) {
            char *text =
                mem_format("model \"%s\", option %u of its trainer: %s", model->desc.id, i, flaw);
            free(flaw);
            return text;
        }
    }
    return NULL;
}

char *description_read(struct wire *wire, struct arena *arena,
                       struct plugin_description **ret_models, uint32_t *ret_n,
                       uint32_t *ret_abi_minor)
{
    uint32_t abi_minor = (uint32_t)wire_take_number(wire);
    uint32_t n = wire_take_count(wire);
    if (wire->bad || n == 0 || n > DESCRIPTION_MOST_MODELS) {
        return mem_format("found %u models, expected 1 to %u", n, DESCRIPTION_MOST_MODELS);
    }
    struct plugin_description *models = arena_alloc(arena, n * sizeof *models);
    for (uint32_t i = 0; i < n && !wire->bad; i++) {
        take_model(wire, arena, &models[i]);
    }
    if (wire->bad || wire->at != wire->end) {
        return mem_format("found no description of its models");
    }
    for (uint32_t i = 0; i < n; i++) {
        char *flaw = plugin_desc_flaw(&models[i].desc, i);
        flaw = flaw ? flaw : flaw_of_trainer(&models[i]);
        if (flaw) {
            return flaw;
        }
    }
    *ret_models = models;
    *ret_n = n;
    *ret_abi_minor = abi_minor;
    return NULL;
}
