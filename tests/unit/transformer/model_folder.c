/* Writes small model folders for tests. */
#include "model_folder.h"

#include "mini_host.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct emb_plugin_entry emb_plugin_entry_v1;

const char *case_path(const char *name, const char *file)
{
    static char path[1024];
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/transformer/%s/%s", root ? root : ".", name, file);
    return path;
}

char *file_text(const char *path, size_t *ret_n)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "cannot read %s", path);
    fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(n + 1);
    cr_assert_eq(fread(text, 1, n, file), n);
    text[n] = '\0';
    fclose(file);
    if (ret_n) {
        *ret_n = n;
    }
    return text;
}

double relative_error(const float *found, const float *expected, size_t n)
{
    double most = 0, scale = 1e-30;
    for (size_t c = 0; c < n; c++) {
        /* no fmax: it passes NAN over, and gcc 12 cannot compile such a loop of it for arm64 */
        double size = fabs((double)expected[c]), off = fabs((double)found[c] - (double)expected[c]);
        off = isfinite(off) ? off : INFINITY;
        most = off > most ? off : most;
        scale = size > scale ? size : scale;
    }
    return most / scale;
}

unsigned case_tensors(const char *name, struct case_tensor *tensors, unsigned capacity)
{
    FILE *file = fopen(case_path(name, "weights.txt"), "r");
    cr_assert_not_null(file, "no golden case %s", name);
    char line[400];
    unsigned n = 0;
    while (n < capacity && fgets(line, sizeof line, file)) {
        struct case_tensor *t = &tensors[n++];
        *t = (struct case_tensor){.n_dims = 0};
        int used = 0;
        cr_assert_eq(
            sscanf(line, "%127s %7s %lf %lf%n", t->name, t->dtype, &t->scale, &t->centre, &used),
            4);
        for (char *at = line + used, *end; t->n_dims < 4; at = end) {
            unsigned long dim = strtoul(at, &end, 10);
            if (end == at) {
                break;
            }
            t->shape[t->n_dims++] = (unsigned)dim;
        }
    }
    fclose(file);
    return n;
}

static uint64_t elements(const struct case_tensor *t)
{
    uint64_t n = 1;
    for (unsigned d = 0; d < t->n_dims; d++) {
        n *= t->shape[d];
    }
    return n;
}

/* Value i, by the rule of make_transformer_golden.py. */
double case_value(const struct case_tensor *t, uint64_t i)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (const char *c = t->name; *c; c++) {
        h = (h ^ (unsigned char)*c) * 0x100000001B3u;
    }
    uint64_t z = h + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return ((double)(z % 255) - 127) / 128 * t->scale + t->centre;
}

/* Bits of a value that the type holds exactly. */
static uint32_t bits_of(const char *dtype, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (strcmp(dtype, "F32") == 0) {
        return bits;
    }
    if (strcmp(dtype, "BF16") == 0) {
        cr_assert_eq(bits & 0xFFFF, 0u);
        return bits >> 16;
    }
    uint32_t sign = bits >> 31 << 15, exponent = bits >> 23 & 255;
    if (value == 0) {
        return sign;
    }
    cr_assert_eq(bits & 0x1FFF, 0u);
    cr_assert(exponent > 112 && exponent < 143);
    return sign | (exponent - 112) << 10 | (bits >> 13 & 0x3FF);
}

static void write_safetensors(const char *path, const struct case_tensor *tensors, unsigned n)
{
    char *header = malloc(256 * (size_t)n + 64);
    size_t at = 0;
    uint64_t offset = 0;
    at += (size_t)sprintf(header, "{");
    for (unsigned i = 0; i < n; i++) {
        const struct case_tensor *t = &tensors[i];
        uint64_t bytes = elements(t) * (strcmp(t->dtype, "F32") == 0 ? 4 : 2);
        at += (size_t)sprintf(header + at, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", i ? "," : "",
                              t->name, t->dtype);
        for (unsigned d = 0; d < t->n_dims; d++) {
            at += (size_t)sprintf(header + at, "%s%u", d ? "," : "", t->shape[d]);
        }
        at += (size_t)sprintf(header + at, "],\"data_offsets\":[%llu,%llu]}",
                              (unsigned long long)offset, (unsigned long long)(offset + bytes));
        offset += bytes;
    }
    at += (size_t)sprintf(header + at, "}");
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    uint64_t length = at;
    fwrite(&length, 8, 1, file);
    fwrite(header, 1, at, file);
    for (unsigned i = 0; i < n; i++) {
        size_t size = strcmp(tensors[i].dtype, "F32") == 0 ? 4 : 2;
        for (uint64_t e = 0; e < elements(&tensors[i]); e++) {
            uint32_t bits = bits_of(tensors[i].dtype, (float)case_value(&tensors[i], e));
            fwrite(&bits, size, 1, file);
        }
    }
    fclose(file);
    free(header);
}

static void write_tokenizer(const char *path, bool special)
{
    static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[");
    for (unsigned i = 0; i < 5; i++) {
        fprintf(file,
                "%s{\"id\":%u,\"content\":\"%s\",\"single_word\":false,\"lstrip\":false,"
                "\"rstrip\":false,\"normalized\":false,\"special\":true}",
                i ? "," : "", i, specials[i]);
    }
    fprintf(file, "],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},");
    if (special) {
        fprintf(file, "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":["
                      "{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":0}},"
                      "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
                      "{\"SpecialToken\":{\"id\":\"[SEP]\",\"type_id\":0}}],\"pair\":["
                      "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
                      "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":{"
                      "\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[2],\"tokens\":[\"[CLS]\"]},"
                      "\"[SEP]\":{\"id\":\"[SEP]\",\"ids\":[3],\"tokens\":[\"[SEP]\"]}}},");
    } else {
        fprintf(file, "\"post_processor\":null,");
    }
    fprintf(file, "\"decoder\":null,\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
                  "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,"
                  "\"vocab\":{");
    for (unsigned i = 0; i < CASE_VOCAB; i++) {
        if (i < 5) {
            fprintf(file, "\"%s\":%u,", specials[i], i);
        } else {
            fprintf(file, "\"p%u\":%u%s", i, i, i + 1 < CASE_VOCAB ? "," : "");
        }
    }
    fprintf(file, "}}}\n");
    fclose(file);
}

char *config_changed(const char *config, const char *from, const char *to)
{
    const char *at = strstr(config, from);
    cr_assert_not_null(at, "no %s in the configuration", from);
    char *text = calloc(1, strlen(config) + strlen(to) + 1);
    memcpy(text, config, (size_t)(at - config));
    strcat(strcat(text, to), at + strlen(from));
    return text;
}

bool config_is_causal(const char *config)
{
    static const char *const kinds[] = {"gpt2", "gpt_neox", "llama", "mistral", "qwen2", "qwen3"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char key[64];
        snprintf(key, sizeof key, "\"model_type\": \"%s\"", kinds[i]);
        if (strstr(config, key)) {
            return true;
        }
    }
    return false;
}

char *folder_make(const struct case_tensor *tensors, unsigned n, const char *config, bool special)
{
    const char *tmp = getenv("TMPDIR");
    char folder[512], path[600];
    snprintf(folder, sizeof folder, "%s/transformer-test-XXXXXX", tmp ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    write_safetensors(path, tensors, n);
    snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    write_tokenizer(path, special);
    snprintf(path, sizeof path, "%s/config.json", folder);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(config, file);
    fclose(file);
    return strdup(folder);
}

char *folder_of_case(const char *name)
{
    struct case_tensor tensors[256];
    unsigned n = case_tensors(name, tensors, 256);
    char *config = file_text(case_path(name, "config.json"), NULL);
    char *folder = folder_make(tensors, n, config, !config_is_causal(config));
    free(config);
    return folder;
}

void folder_remove(char *folder)
{
    static const char *const files[] = {"model.safetensors", "tokenizer.json", "config.json"};
    for (size_t i = 0; i < 3; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
    free(folder);
}

const struct emb_model_ops *model_ops(void)
{
    return emb_plugin_entry_v1.models[0].ops;
}

unsigned model_descriptor;

struct emb_model *model_open(const char *folder, const char *const *more, unsigned n_more,
                             unsigned n_workers, emb_status *ret_status)
{
    const struct emb_plugin_model *plugin = &emb_plugin_entry_v1.models[model_descriptor];
    char path[600];
    snprintf(path, sizeof path, "path=%s", folder);
    const char *pairs[8] = {path};
    for (unsigned i = 0; i < n_more; i++) {
        pairs[i + 1] = more[i];
    }
    struct emb_options *options =
        mini_options(plugin->desc->options, plugin->desc->n_options, pairs, n_more + 1);
    struct emb_model *model = NULL;
    emb_status status = plugin->ops->create(mini_host(n_workers), plugin->desc, options, &model);
    mini_options_free(options);
    if (ret_status) {
        *ret_status = status;
    } else {
        cr_assert_eq(status, EMB_OK, "%s: %s", folder, mini_host_failure());
    }
    return model;
}

char *text_of_ids(const unsigned *ids, unsigned n)
{
    char *text = calloc(1, 12 * (size_t)n + 1);
    size_t at = 0;
    for (unsigned i = 0; i < n; i++) {
        at += (size_t)sprintf(text + at, "%sp%u", i ? " " : "", ids[i]);
    }
    return text;
}

static unsigned spans_of(const char *text, struct emb_span *spans)
{
    unsigned n = 0;
    for (uint32_t i = 0; text[i];) {
        uint32_t begin = i;
        while (text[i] && text[i] != ' ') {
            i++;
        }
        if (spans) {
            spans[n] = (struct emb_span){begin, i};
        }
        n += i > begin;
        while (text[i] == ' ') {
            i++;
        }
    }
    return n;
}

float *embed_some(struct emb_model *model, char *const *texts, unsigned n, unsigned step,
                  unsigned *ret_rows)
{
    const struct emb_model_ops *ops = model_ops();
    struct emb_model_info info = {.struct_size = sizeof info};
    cr_assert_eq(ops->info(model, &info), EMB_OK);
    struct emb_sentence *sentences = calloc(n + 1, sizeof *sentences);
    unsigned rows = 0;
    for (unsigned i = 0; i < n; i++) {
        struct emb_span *spans = calloc(spans_of(texts[i], NULL) + 1, sizeof *spans);
        unsigned n_spans = spans_of(texts[i], spans);
        struct emb_span *targets = calloc(n_spans + 1, sizeof *targets);
        unsigned n_targets = 0;
        for (unsigned t = i % step; t < n_spans; t += step) {
            targets[n_targets++] = spans[t];
        }
        sentences[i] = (struct emb_sentence){
            .text = texts[i],
            .words = spans,
            .targets = targets,
            .n_bytes = (uint32_t)strlen(texts[i]),
            .n_words = i % 2 ? n_spans : 0, /* both ways in */
            .n_targets = n_targets,
        };
        rows += n_targets;
    }
    uint32_t *stages = calloc(info.n_stages, sizeof *stages);
    for (uint32_t s = 0; s < info.n_stages; s++) {
        stages[s] = s;
    }
    float *out = calloc((size_t)rows * info.n_stages * info.dim + 1, sizeof *out);
    uint8_t *statuses = calloc(rows + 1, 1);
    struct emb_batch batch = {
        .struct_size = sizeof batch,
        .n_sentences = n,
        .sentences = sentences,
        .stages = stages,
        .n_stages = info.n_stages,
        .pooling = EMB_POOL_MEAN,
        .vectors = out,
        .word_status = statuses,
        .row_stride = (uint64_t)info.n_stages * info.dim,
        .stage_stride = info.dim,
    };
    cr_assert_eq(ops->embed(model, &batch), EMB_OK, "%s", mini_host_failure());
    for (unsigned i = 0; i < n; i++) {
        free((void *)sentences[i].words);
        free((void *)sentences[i].targets);
    }
    free(sentences);
    free(stages);
    free(statuses);
    *ret_rows = rows;
    return out;
}

float *embed_pieces(struct emb_model *model, char *const *texts, unsigned n, unsigned *ret_rows)
{
    return embed_some(model, texts, n, 1, ret_rows);
}
