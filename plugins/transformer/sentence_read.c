/*
 * sentence_read.c - what a model's own sentence vector is made of, from a folder of
 * sentence-transformers (Reimers & Gurevych 2019).
 *
 * modules.json names what a text goes through: the transformer (in the folder itself, or in
 * 0_Transformer/, 0_BERT/ …), pooling of its last states, special pieces counted, then perhaps
 * dense layers and the division by the length. Several ways of pooling stand side by side, in the
 * library's order; a prompt stands before every text (sentence_prompt.c). What is not computed here is
 * refused by name: the model then has no sentence vector of its own, and is whole otherwise.
 */
#include "sentence.h"
#include "config.h"
#include "model.h"

#include "embedder_util.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 4300 };

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* What may follow a class's last dot: "sentence_transformers.models.Pooling" -> "Pooling". */
static const char *class_of(const char *type)
{
    const char *dot = strrchr(type, '.');
    return dot ? dot + 1 : type;
}

/* The model goes on without a vector of its own, and says why. */
static emb_status refuse(struct sentence *s, const struct json *place, const char *what)
{
    char where[PATH_ROOM];
    json_where(place, where, sizeof where);
    snprintf(s->refusal, sizeof s->refusal, "%s is not supported (%.180s)", what, where);
    return EMB_E_UNSUPPORTED;
}

void sentence_add_made(struct sentence *s, const char *text)
{
    size_t n = strlen(s->made);
    snprintf(s->made + n, sizeof s->made - n, "%s", text);
}

struct way {
    const char *key, *mode, *made;
    int32_t pooling;
};

/* In the order in which the library puts the vectors of several side by side. */
static const struct way ways[POOLINGS] = {
    {"pooling_mode_cls_token", "cls", "cls", EMB_POOL_FIRST},
    {"pooling_mode_max_tokens", "max", "max+special", OWN_POOL_MAX},
    {"pooling_mode_mean_tokens", "mean", "mean+special", EMB_POOL_MEAN},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", "mean-sqrt+special",
     OWN_POOL_SQRT},
    {"pooling_mode_weightedmean_tokens", "weightedmean", "weighted-mean+special",
     OWN_POOL_WEIGHTED},
    {"pooling_mode_lasttoken", "lasttoken", "last", EMB_POOL_LAST},
};

static uint32_t way_of(const char *name, bool by_mode)
{
    uint32_t w = 0;
    while (w < POOLINGS && strcmp(name, by_mode ? ways[w].mode : ways[w].key) != 0) {
        w++;
    }
    return w;
}

/* "pooling_mode": "mean", the newer way to name one; beside flags it must say the same. */
static emb_status read_mode(struct sentence *s, const struct json *root, bool on[POOLINGS])
{
    struct json member;
    const char *mode;
    if (!json_has(root, "pooling_mode", &member)) {
        return EMB_OK;
    }
    if (json_kind(&member) != JSON_KIND_TEXT) {
        return refuse(s, &member, "pooling_mode that is no text");
    }
    TRY(json_get_text(root, "pooling_mode", &mode, NULL));
    uint32_t chosen = way_of(mode, true);
    if (chosen == POOLINGS) {
        return refuse(s, &member, mode);
    }
    for (uint32_t w = 0; w < POOLINGS; w++) {
        if (on[w] && w != chosen) {
            return refuse(s, &member, "pooling_mode beside other ways that are switched on");
        }
    }
    on[chosen] = true;
    return EMB_OK;
}

/* The ways of pooling that the configuration switches on. */
static emb_status read_pooling(struct sentence *s, const struct json *root)
{
    bool on[POOLINGS] = {false}, include_prompt = true;
    void *at = NULL;
    for (struct json member; json_next(root, &at, &member);) {
        uint32_t w = way_of(member.key, false);
        if (w < POOLINGS) {
            TRY(json_as_bool(&member, &on[w]));
        } else if (strncmp(member.key, "pooling_mode_", 13) == 0) {
            return refuse(s, &member, member.key);
        }
    }
    TRY(read_mode(s, root, on));
    TRY(json_opt_bool(root, "include_prompt", &include_prompt));
    if (s->prompt && !include_prompt) {
        return refuse(s, root, "include_prompt=false with a prompt");
    }
    for (uint32_t w = 0; w < POOLINGS; w++) {
        if (on[w]) {
            sentence_add_made(s, s->n_poolings ? "&" : "");
            sentence_add_made(s, ways[w].made);
            s->poolings[s->n_poolings++] = ways[w].pooling;
        }
    }
    s->widest = s->dim *= s->n_poolings;
    return s->n_poolings ? EMB_OK : refuse(s, root, "no way of pooling");
}

static emb_status read_width(const struct json *root, const char *key, uint64_t wanted)
{
    uint64_t value = wanted;
    TRY(json_opt_uint(root, key, UINT32_MAX, &value));
    return value == wanted ? EMB_OK
                           : json_fail(root, "%s: found %llu, expected %llu", key,
                                       (unsigned long long)value, (unsigned long long)wanted);
}

static emb_status dense_tensor(struct emb_model *model, const struct tensor_file *file,
                               const char *folder, const char *name, uint64_t n, float **ret)
{
    const struct tensor *tensor = tensor_file_find(file, name);
    if (!tensor || tensor_elements(tensor) != n) {
        return emb_failf(model->host, EMB_E_FORMAT, "%s: expected a tensor '%s' of %llu numbers",
                         folder, name, (unsigned long long)n);
    }
    *ret = memory_take(&model->memory, n, sizeof **ret);
    if (!*ret) {
        return no_memory(model->host, name);
    }
    return tensor_to_f32(tensor, 0, n, *ret)
               ? EMB_OK
               : emb_failf(model->host, EMB_E_FORMAT, "%s: tensor '%s': expected floating point",
                           folder, name);
}

static emb_status read_dense(struct emb_model *model, struct sentence *s, const struct json *root,
                             const char *folder)
{
    static const char *const acts[] = {"Identity", "Tanh", "ReLU"};
    struct step *step = &s->steps[s->n_steps];
    uint64_t n_out = 0;
    bool bias = true;
    const char *act = "torch.nn.modules.activation.Tanh";
    const char *from = "sentence_embedding", *to = "sentence_embedding";
    TRY(read_width(root, "in_features", s->dim));
    TRY(json_get_uint(root, "out_features", 1u << 17, &n_out));
    TRY(json_opt_bool(root, "bias", &bias));
    TRY(json_opt_text(root, "activation_function", &act, NULL));
    TRY(json_opt_text(root, "module_input_name", &from, NULL));
    TRY(json_opt_text(root, "module_output_name", &to, NULL));
    if (strcmp(from, "sentence_embedding") != 0 || strcmp(to, "sentence_embedding") != 0) {
        return refuse(s, root, "a dense layer of another vector than the sentence's");
    }
    uint32_t a = 0;
    while (a < 3 && strcmp(class_of(act), acts[a]) != 0) {
        a++;
    }
    if (a == 3 || n_out == 0) {
        return refuse(s, root, a == 3 ? act : "a layer without outputs");
    }
    *step =
        (struct step){.n_in = s->dim, .n_out = (uint32_t)n_out, .act = (enum dense_activation)a};
    struct tensor_file *file;
    TRY(tensor_file_open(model->host, folder, &file));
    emb_status status = dense_tensor(model, file, folder, "linear.weight",
                                     (uint64_t)step->n_in * step->n_out, &step->weight);
    if (status == EMB_OK && bias) {
        status = dense_tensor(model, file, folder, "linear.bias", step->n_out, &step->bias);
    }
    tensor_file_close(file);
    char text[64];
    snprintf(text, sizeof text, ",dense:%u:%s", step->n_out, acts[a]);
    sentence_add_made(s, text);
    s->dim = step->n_out;
    s->widest = s->dim > s->widest ? s->dim : s->widest;
    s->n_steps++;
    return status;
}

/* A module behind the transformer; `folder` is its own. */
static emb_status read_module(struct emb_model *model, struct sentence *s, const struct json *type,
                              const char *name, const char *folder, bool first)
{
    bool pooling = strcmp(name, "Pooling") == 0;
    if (pooling != first) {
        return refuse(s, type, pooling ? "a second pooling" : "a module before the pooling");
    }
    if (strcmp(name, "Normalize") == 0) {
        s->steps[s->n_steps++] = (struct step){.weight = NULL};
        sentence_add_made(s, ",normalise");
        return EMB_OK;
    }
    if (strcmp(name, "Dropout") == 0) {
        return EMB_OK; /* of training */
    }
    if (!pooling && strcmp(name, "Dense") != 0) {
        return refuse(s, type, name);
    }
    char path[PATH_ROOM + 32];
    struct json_file *file;
    snprintf(path, sizeof path, "%s/config.json", folder);
    TRY(json_load(model->host, path, &file));
    struct json root = json_root(file);
    emb_status status;
    if (pooling) {
        status = read_width(&root, "word_embedding_dimension", model->arch.dim);
        if (status == EMB_OK) {
            status = read_pooling(s, &root);
        }
    } else {
        status = read_dense(model, s, &root, folder);
    }
    json_free(file);
    return status;
}

struct module {
    struct json type;
    const char *name, *path;
};

static emb_status list_modules(const struct json *root, struct module *modules, uint32_t *ret_n)
{
    uint64_t n = json_length(root);
    if (json_kind(root) != JSON_KIND_ARRAY || n == 0 || n > MODULES) {
        return json_fail(root, "expected a list of 1 to %d modules", MODULES);
    }
    for (uint64_t i = 0; i < n; i++) {
        struct json element = json_element(root, i);
        const char *type;
        TRY(json_get_text(&element, "type", &type, NULL));
        TRY(json_get_text(&element, "path", &modules[i].path, NULL));
        TRY(read_width(&element, "idx", i));
        modules[i].type = element;
        modules[i].name = class_of(type);
        if (strstr(modules[i].path, "..") || modules[i].path[0] == '/') {
            return json_fail(&element, "path \"%s\" leads out of the folder", modules[i].path);
        }
    }
    *ret_n = (uint32_t)n;
    return EMB_OK;
}

/* The folder of the first module, which must be a transformer. */
emb_status sentence_find(struct emb_model *model, const char *root, char *ret_path, size_t size)
{
    static const char *const transformers[] = {
        "Transformer", "BERT", "RoBERTa", "DistilBERT", "ALBERT", "CamemBERT", "XLMRoBERTa"};
    char path[PATH_ROOM];
    snprintf(ret_path, size, "%s", root);
    snprintf(path, sizeof path, "%s/modules.json", root);
    if (!is_file(path)) {
        return EMB_OK;
    }
    struct json_file *file;
    struct module modules[MODULES] = {0};
    uint32_t n = 0, t = 0;
    TRY(json_load(model->host, path, &file));
    struct json top = json_root(file);
    emb_status status = list_modules(&top, modules, &n);
    while (status == EMB_OK && t < 7 && strcmp(modules[0].name, transformers[t]) != 0) {
        t++;
    }
    if (status == EMB_OK && t == 7) {
        json_fail(&modules[0].type, "%s is no transformer that is read here", modules[0].name);
        status = EMB_E_UNSUPPORTED;
    }
    if (status == EMB_OK && modules[0].path[0]) {
        snprintf(ret_path, size, "%s/%s", root, modules[0].path);
    }
    json_free(file);
    return status;
}

static emb_status read_modules(struct emb_model *model, struct sentence *s, const char *root,
                               const struct emb_options *values, const struct json *top,
                               uint32_t *ret_n)
{
    struct module modules[MODULES] = {0};
    TRY(list_modules(top, modules, ret_n));
    TRY(sentence_read_prompt(model, s, root, values));
    for (uint32_t i = 1; i < *ret_n; i++) {
        char folder[PATH_ROOM];
        snprintf(folder, sizeof folder, "%s/%s", root, modules[i].path);
        TRY(read_module(model, s, &modules[i].type, modules[i].name, folder, i == 1));
    }
    return EMB_OK;
}

emb_status sentence_read(struct emb_model *model, const char *root,
                         const struct emb_options *values)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/modules.json", root);
    if (!is_file(path) || model->windowed) {
        return sentence_no_prompt(model, root, values);
    }
    struct sentence *s = memory_take(&model->memory, 1, sizeof *s);
    if (!s) {
        return no_memory(model->host, "a sentence vector");
    }
    *s = (struct sentence){.dim = model->arch.dim, .widest = model->arch.dim};
    struct json_file *file;
    uint32_t n = 0;
    TRY(json_load(model->host, path, &file));
    struct json top = json_root(file);
    emb_status status = read_modules(model, s, root, values, &top, &n);
    json_free(file);
    bool refused = status == EMB_E_UNSUPPORTED && s->refusal[0];
    if ((status == EMB_OK && n > 1) || refused) { /* a transformer alone pools nothing */
        model->sentence = s;
    } else if (status == EMB_OK) {
        status = sentence_no_prompt(model, root, values);
    }
    return refused ? EMB_OK : status;
}
