/*
 * semcor_memory - what the transformer plugin holds while it reads SemCor, all stages kept.
 *
 *     semcor_memory MODEL [SENTENCES]          default: all 37,176
 *
 * MODEL is a model folder. Every word is a target; sentences come 64 a batch, as a host would send
 * them. Prints the process's peak after each doubling of sentences: flat, if memory does not depend
 * on how many there are. SemCor: $HARNESS_SHARED/wsd/semcor/semcor.data.xml.gz.
 */
#include "mini_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

extern const struct emb_plugin_entry emb_plugin_entry_v1;

enum { BATCH = 64, MOST_WORDS = 512, MOST_BYTES = 8192 };

struct line {
    char text[MOST_BYTES];
    struct emb_span words[MOST_WORDS];
    uint32_t n_bytes, n_words;
};

/* The next sentence: the texts between the tags of <wf> and <instance>, entities left as they are.
 */
static int read_sentence(FILE *file, struct line *line)
{
    char row[4096];
    line->n_bytes = line->n_words = 0;
    while (fgets(row, sizeof row, file)) {
        if (strstr(row, "</sentence>")) {
            return 1;
        }
        const char *open =
            strstr(row, "<wf ") || strstr(row, "<instance ") ? strchr(row, '>') : NULL;
        const char *close = open ? strchr(open, '<') : NULL;
        size_t n = close ? (size_t)(close - open - 1) : 0;
        if (n == 0 || line->n_words == MOST_WORDS || line->n_bytes + n + 1 > MOST_BYTES) {
            continue;
        }
        memcpy(line->text + line->n_bytes, open + 1, n);
        line->words[line->n_words++] =
            (struct emb_span){line->n_bytes, line->n_bytes + (uint32_t)n};
        line->n_bytes += (uint32_t)n;
        line->text[line->n_bytes++] = ' ';
    }
    return 0;
}

static long peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

struct reading {
    const struct emb_model_ops *ops;
    struct emb_model *model;
    struct emb_model_info info;
    struct emb_batch batch;
    struct emb_sentence sentences[BATCH];
    struct line lines[BATCH];
    uint32_t stages[256];
    float
        *vectors; /* room for BATCH * MOST_WORDS rows would be the host's 750 MB: grown as needed */
    uint8_t *statuses;
    size_t scratch;
};

/* Embeds what lines hold; 0, or the plugin's status. */
static emb_status embed(struct reading *r, uint32_t n)
{
    size_t rows = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct line *line = &r->lines[i];
        r->sentences[i] = (struct emb_sentence){.text = line->text,
                                                .words = line->words,
                                                .targets = line->words,
                                                .n_bytes = line->n_bytes,
                                                .n_words = line->n_words,
                                                .n_targets = line->n_words};
        rows += line->n_words;
    }
    if (rows > r->scratch) {
        r->scratch = rows;
        free(r->vectors);
        free(r->statuses);
        r->vectors = malloc(rows * r->info.n_stages * r->info.dim * sizeof *r->vectors);
        r->statuses = malloc(rows);
        if (!r->vectors || !r->statuses) {
            return EMB_E_NOMEM;
        }
    }
    r->batch = (struct emb_batch){.struct_size = sizeof r->batch,
                                  .n_sentences = n,
                                  .sentences = r->sentences,
                                  .stages = r->stages,
                                  .n_stages = r->info.n_stages,
                                  .vectors = r->vectors,
                                  .word_status = r->statuses,
                                  .row_stride = (uint64_t)r->info.n_stages * r->info.dim,
                                  .stage_stride = r->info.dim};
    return r->ops->embed(r->model, &r->batch);
}

static int run(struct reading *r, FILE *file, unsigned long most)
{
    unsigned long done = 0, mark = 1024;
    uint32_t n = 0;
    int more = 1;
    printf("%9s %14s %14s\n", "sentences", "peak MB", "output MB");
    while (more && done < most) {
        more = read_sentence(file, &r->lines[n]);
        n += (uint32_t)more;
        if (n && (n == BATCH || !more)) {
            if (embed(r, n) != EMB_OK) {
                fprintf(stderr, "%s\n", mini_host_failure());
                return 1;
            }
            done += n;
            n = 0;
        }
        if (done >= mark || !more || done >= most) {
            printf("%9lu %14ld %14.1f\n", done, peak_mb(),
                   (double)r->scratch * r->info.n_stages * r->info.dim * 4 / 1e6);
            fflush(stdout);
            mark *= 2;
        }
    }
    return done == 0;
}

int main(int argc, char **argv)
{
    const char *shared = getenv("HARNESS_SHARED");
    if (argc < 2 || !shared) {
        fprintf(stderr, "usage: HARNESS_SHARED=FOLDER semcor_memory MODEL [SENTENCES]\n");
        return 2;
    }
    static struct reading r;
    const struct emb_plugin_model *plugin = &emb_plugin_entry_v1.models[0];
    char path[2000], command[2000];
    snprintf(path, sizeof path, "path=%s", argv[1]);
    snprintf(command, sizeof command, "gzip -dc '%s/wsd/semcor/semcor.data.xml.gz'", shared);
    const char *pairs[] = {path};
    struct emb_options *options =
        mini_options(plugin->desc->options, plugin->desc->n_options, pairs, 1);
    r.ops = plugin->ops;
    if (r.ops->create(mini_host(2), plugin->desc, options, &r.model) != EMB_OK) {
        fprintf(stderr, "%s\n", mini_host_failure());
        return 1;
    }
    r.info.struct_size = sizeof r.info;
    r.ops->info(r.model, &r.info);
    for (uint32_t i = 0; i < r.info.n_stages; i++) {
        r.stages[i] = i;
    }
    printf("loaded: peak %ld MB\n", peak_mb());
    FILE *file = popen(command, "r");
    int code = file ? run(&r, file, argc > 2 ? strtoul(argv[2], NULL, 10) : ~0ul) : 3;
    if (file) {
        pclose(file);
    }
    r.ops->destroy(r.model);
    mini_options_free(options);
    free(r.vectors);
    free(r.statuses);
    return code;
}
