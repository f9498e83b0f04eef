/* Every family against the forward pass written out in PyTorch (tests/golden/transformer). */
#include "mini_host.h"
#include "model_folder.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"bert",
                                    "distilbert",
                                    "roberta",
                                    "electra",
                                    "mpnet",
                                    "albert",
                                    "modernbert",
                                    "gpt2",
                                    "neox",
                                    "llama",
                                    "neox-serial",
                                    "mistral",
                                    "qwen2",
                                    "qwen3",
                                    "llama-biased",
                                    "modernbert-layers",
                                    "neox-parameters",
                                    "qwen2-layers"};
static const char *const kernels[] = {"kernels=best", "kernels=avx2", "kernels=portable"};

struct run {
    char name[32];
    char kernels[32];
};

ParameterizedTestParameters(golden, family)
{
    size_t n_names = sizeof names / sizeof *names, n = 0;
    struct run *runs = cr_malloc(3 * n_names * sizeof *runs);
    for (size_t i = 0; i < n_names; i++) {
        for (size_t k = 0; k < 3; k++) {
            snprintf(runs[n].name, sizeof runs[n].name, "%s", names[i]);
            snprintf(runs[n++].kernels, sizeof runs[n].kernels, "%s", kernels[k]);
        }
    }
    return cr_make_param_array(struct run, runs, n);
}

struct sentences {
    char *texts[8];
    unsigned n_pieces[8];
    unsigned n;
};

static struct sentences read_sentences(const char *name)
{
    struct sentences s = {.n = 0};
    FILE *file = fopen(case_path(name, "sentences.txt"), "r");
    cr_assert_not_null(file);
    char line[1000];
    while (s.n < 8 && fgets(line, sizeof line, file)) {
        unsigned ids[200], n = 0;
        for (char *at = strtok(line, " \n"); at && n < 200; at = strtok(NULL, " \n")) {
            ids[n++] = (unsigned)atoi(at);
        }
        s.n_pieces[s.n] = n;
        s.texts[s.n++] = text_of_ids(ids, n);
    }
    fclose(file);
    return s;
}

ParameterizedTest(struct run *run, golden, family)
{
    char *folder = folder_of_case(run->name);
    const char *more[] = {run->kernels};
    emb_status status;
    struct emb_model *model = model_open(folder, more, 1, 2, &status);
    if (status == EMB_E_OPTION) {
        folder_remove(folder);
        cr_skip("%s not on this machine", run->kernels);
    }
    cr_assert_eq(status, EMB_OK, "%s", mini_host_failure());
    struct emb_model_info info = {.struct_size = sizeof info};
    model_ops()->info(model, &info);
    char *config = file_text(case_path(run->name, "config.json"), NULL);
    unsigned before = config_is_causal(config) ? 0 : 1;
    struct sentences s = read_sentences(run->name);
    unsigned rows;
    float *found = embed_pieces(model, s.texts, s.n, &rows);
    size_t bytes, row_floats = (size_t)info.n_stages * info.dim;
    float *expected = (float *)file_text(case_path(run->name, "expected.f32"), &bytes);
    const float *at = expected, *from = found;
    double worst = 0;
    for (unsigned i = 0; i < s.n; i++) {
        for (unsigned p = 0; p < s.n_pieces[i] + 2 * before; p++) {
            if (p >= 4 && p % 5 != 0) {
                continue;
            }
            for (uint32_t g = 0; p >= before && p < before + s.n_pieces[i] && g < info.n_stages;
                 g++) {
                double e = relative_error(from + (p - before) * row_floats + g * info.dim,
                                          at + g * info.dim, info.dim);
                cr_assert_lt(e, 2e-5, "%s: sentence %u, piece %u, stage %u: relative error %g",
                             run->name, i, p, g, e);
                worst = fmax(worst, e);
            }
            at += row_floats;
        }
        from += s.n_pieces[i] * row_floats;
    }
    cr_assert_eq((const char *)at - (const char *)expected, (ptrdiff_t)bytes,
                 "%s: expected.f32 holds another number of values", run->name);
    cr_log_info("%s %s: largest relative error %.1e", run->name, run->kernels, worst);
    model_ops()->destroy(model);
    cr_assert_eq(mini_host_bytes(), 0u);
    for (unsigned i = 0; i < s.n; i++) {
        free(s.texts[i]);
    }
    free(found);
    free(expected);
    free(config);
    folder_remove(folder);
}
