/* Multiplies runs by the seeds that were asked for. */
#include "commands/run/passes_seeds.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static bool is_given(const struct embedder_spec *spec, const char *option)
{
    for (uint32_t i = 0; i < spec->n_pairs; i++) {
        if (strcmp(spec->pairs[i].name, option) == 0) {
            return true;
        }
    }
    return false;
}

/* The seed as an option of its range can hold it: beyond, what is left of it after division by the
 * range. The report shows it among the embedder's options. */
static char *seed_text(const struct emb_option *option, uint64_t seed)
{
    bool bounded = option->min <= option->max;
    uint64_t low = bounded && option->min > 0 ? (uint64_t)option->min : 0;
    uint64_t high = bounded && option->max < 0x1p62 ? (uint64_t)option->max : INT64_MAX;
    bool inside = seed >= low && seed <= high;
    return mem_format("%llu", (unsigned long long)(inside ? seed : low + seed % (high - low + 1)));
}

/* The embedder of a pass with a seed, under another name. */
static int seed_spec(const struct embedder_spec *spec, uint64_t seed, const char *name,
                     struct embedder_spec *ret_spec)
{
    const struct emb_model_desc *desc = spec->model->desc;
    struct option_pair *pairs = mem_array(spec->n_pairs + desc->n_options + 1u, sizeof *pairs);
    uint32_t n = 0;
    for (; n < spec->n_pairs; n++) {
        pairs[n] = spec->pairs[n];
    }
    for (uint32_t i = 0; i < desc->n_options; i++) {
        const struct emb_option *option = &desc->options[i];
        if (option->kind == EMB_OPT_SEED && !is_given(spec, option->name)) {
            pairs[n++] =
                (struct option_pair){(char *)(uintptr_t)option->name, seed_text(option, seed)};
        }
    }
    int status = spec_create(name, spec->model, pairs, n, ret_spec);
    if (status == 0) {
        ret_spec->reading = spec->reading;
        if (spec->reading.context == CONTEXT_SHUFFLED && !spec->reading.fixed_seed) {
            ret_spec->reading.seed = seed;
        }
    }
    while (n > spec->n_pairs) {
        free(pairs[--n].value);
    }
    free(pairs);
    return status;
}

static int seed_pass(const struct pass *pass, uint64_t seed, bool several, struct pass *ret_pass)
{
    char *name = several ? mem_format("%s@seed:%llu", pass->spec.name, (unsigned long long)seed)
                         : mem_text(pass->spec.name);
    *ret_pass = *pass;
    int status = seed_spec(&pass->spec, seed, name, &ret_pass->spec);
    if (status == 0) {
        ret_pass->owns_spec = true;
        ret_pass->seed = seed;
        ret_pass->seedless = several ? mem_text(pass->spec.name) : NULL;
        ret_pass->writable = pass->writable ? mem_text(pass->writable) : NULL;
    }
    free(name);
    return status;
}

int passes_add_seeds(struct passes *passes)
{
    const struct seeds *seeds = &passes->seeds;
    struct pass *seeded = mem_array((size_t)passes->n * seeds->n + 1, sizeof *seeded);
    uint32_t n = 0;
    int status = 0;
    for (uint32_t i = 0; i < passes->n; i++) {
        passes->passes[i].seed = seeds->seeds[0];
        for (uint32_t s = 0; s < seeds->n && seeds->given && status == 0; s++) {
            status = seed_pass(&passes->passes[i], seeds->seeds[s], seeds->n > 1, &seeded[n]);
            n += status == 0;
        }
    }
    if (!seeds->given) {
        free(seeded);
        return 0;
    }
    for (uint32_t i = 0; i < passes->n; i++) {
        pass_finish(&passes->passes[i]);
    }
    free(passes->passes);
    passes->passes = seeded;
    passes->n = n;
    return status;
}
