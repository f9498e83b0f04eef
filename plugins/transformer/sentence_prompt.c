/* The prompt of a model's own sentence vector: by default, by name, or in words. */
#include "sentence.h"
#include "config.h"
#include "model.h"

#include "embedder_util.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 4300, NAMES_ROOM = 300 };

static emb_status take(struct emb_model *model, struct sentence *s, const char *kind,
                       const char *name, const char *text)
{
    size_t n = strlen(text) + 1;
    if (n == 1) {
        return EMB_OK; /* an empty one is none */
    }
    s->prompt = memory_take(&model->memory, n, 1);
    if (!s->prompt) {
        return no_memory(model->host, "a prompt");
    }
    memcpy(s->prompt, text, n);
    char made[64];
    snprintf(made, sizeof made, "%s:%.40s,", kind, name);
    for (char *c = made; c[1]; c++) { /* signatures are cut at bars, the making at commas */
        *c = *c == '|' || *c == ',' || (unsigned char)*c <= ' ' ? '-' : *c;
    }
    sentence_add_made(s, made);
    return EMB_OK;
}

/* The names in `prompts`, for a message. */
static void list_names(const struct json *prompts, char *ret_names, size_t size)
{
    void *at = NULL;
    size_t n = 0;
    ret_names[0] = '\0';
    for (struct json member; n < size && json_next(prompts, &at, &member);) {
        n += (size_t)snprintf(ret_names + n, size - n, ", %s", member.key);
    }
}

/* prompts[chosen]; chosen "auto": prompts[default_prompt_name], which encode() puts before every
 * text, or none. */
static emb_status read_named(struct emb_model *model, struct sentence *s, const struct json *top,
                             const char *chosen)
{
    struct json name, prompts, member;
    bool by_default = strcmp(chosen, "auto") == 0;
    const char *text = NULL;
    bool any = json_has(top, "prompts", &prompts);
    if (by_default && !json_has(top, "default_prompt_name", &name)) {
        return EMB_OK;
    }
    if (by_default) {
        TRY(json_get_text(top, "default_prompt_name", &chosen, NULL));
        if (!any) {
            return json_fail(&name, "\"%s\", but there is no \"prompts\"", chosen);
        }
    } else if (!any || !json_has(&prompts, chosen, &member)) {
        char names[NAMES_ROOM] = "";
        if (any) {
            list_names(&prompts, names, sizeof names);
        }
        return emb_failf(model->host, EMB_E_OPTION,
                         "prompt=%s: found no prompt of this name, expected auto, none%s", chosen,
                         names);
    }
    TRY(json_get_text(&prompts, chosen, &text, NULL));
    return take(model, s, "prompt", chosen, text);
}

emb_status sentence_read_prompt(struct emb_model *model, struct sentence *s, const char *root,
                                const struct emb_options *values)
{
    const char *chosen = model->host->opt_text(values, "prompt");
    const char *text = model->host->opt_text(values, "prompt-text");
    if (*text && strcmp(chosen, "auto") != 0) {
        return emb_failf(model->host, EMB_E_OPTION, "prompt=%s and prompt-text=%s: give one",
                         chosen, text);
    }
    if (*text) {
        return take(model, s, "prompt-text", text, text);
    }
    char path[PATH_ROOM];
    struct stat info;
    snprintf(path, sizeof path, "%s/config_sentence_transformers.json", root);
    bool there = stat(path, &info) == 0 && S_ISREG(info.st_mode);
    if (strcmp(chosen, "none") == 0 || (!there && strcmp(chosen, "auto") == 0)) {
        return EMB_OK;
    }
    if (!there) {
        return emb_failf(model->host, EMB_E_OPTION, "prompt=%s: there is no %s", chosen, path);
    }
    struct json_file *file;
    TRY(json_load(model->host, path, &file));
    struct json top = json_root(file);
    emb_status status = read_named(model, s, &top, chosen);
    json_free(file);
    return status;
}

emb_status sentence_no_prompt(struct emb_model *model, const char *root,
                              const struct emb_options *values)
{
    const char *chosen = model->host->opt_text(values, "prompt");
    const char *text = model->host->opt_text(values, "prompt-text");
    if (!*text && (strcmp(chosen, "auto") == 0 || strcmp(chosen, "none") == 0)) {
        return EMB_OK;
    }
    return emb_failf(model->host, EMB_E_OPTION,
                     "%s=%s: %s makes no sentence vector of its own that a prompt could stand "
                     "before",
                     *text ? "prompt-text" : "prompt", *text ? text : chosen, root);
}
