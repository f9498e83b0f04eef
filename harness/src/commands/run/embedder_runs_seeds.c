/* Multiplies runs by the seeds that were asked for. */
#include "commands/run/embedder_runs_seeds.h"

#include "base/mem.h"
#include "base/str.h"
#include "commands/run/embedder_grid.h"

#include <stdlib.h>
#include <string.h>

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

/* The embedder of a run with a seed, under another name. */
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
        if (option->kind == EMB_OPT_SEED && !embedder_gives(spec, option->name)) {
            pairs[n++] = (struct option_pair){mem_text(option->name), seed_text(option, seed)};
        }
    }
    int status = spec_create(name, spec->model, pairs, n, ret_spec);
    if (status == 0) {
        ret_spec->word_view = spec->word_view;
        if (spec->word_view.context == CONTEXT_SHUFFLED && !spec->word_view.fixed_seed) {
            ret_spec->word_view.seed = seed;
        }
    }
    while (n > spec->n_pairs) {
        free(pairs[--n].name);
        free(pairs[n].value);
    }
    free(pairs);
    return status;
}

static int seed_run(const struct embedder_run *embedder_run, uint64_t seed, bool several,
                    struct embedder_run *ret_run)
{
    char *name = several
                     ? mem_format("%s@seed:%llu", embedder_run->spec.name, (unsigned long long)seed)
                     : mem_text(embedder_run->spec.name);
    *ret_run = *embedder_run;
    int status = seed_spec(&embedder_run->spec, seed, name, &ret_run->spec);
    if (status == 0) {
        ret_run->owns_spec = true;
        ret_run->seed = seed;
        ret_run->seedless = several ? mem_text(embedder_run->spec.name) : NULL;
        ret_run->writable = embedder_run->writable ? mem_text(embedder_run->writable) : NULL;
    }
    free(name);
    return status;
}

int embedder_runs_add_seeds(struct embedder_runs *embedder_runs)
{
    const struct seeds *seeds = &embedder_runs->seeds;
    struct embedder_run *seeded =
        mem_array((size_t)embedder_runs->n * seeds->n + 1, sizeof *seeded);
    uint32_t n = 0;
    int status = 0;
    for (uint32_t i = 0; i < embedder_runs->n; i++) {
        embedder_runs->runs[i].seed = seeds->seeds[0];
        for (uint32_t s = 0; s < seeds->n && seeds->given && status == 0; s++) {
            status = seed_run(&embedder_runs->runs[i], seeds->seeds[s], seeds->n > 1, &seeded[n]);
            n += status == 0;
        }
    }
    if (!seeds->given) {
        free(seeded);
        return 0;
    }
    for (uint32_t i = 0; i < embedder_runs->n; i++) {
        embedder_run_finish(&embedder_runs->runs[i]);
    }
    free(embedder_runs->runs);
    embedder_runs->runs = seeded;
    embedder_runs->n = n;
    return status;
}
