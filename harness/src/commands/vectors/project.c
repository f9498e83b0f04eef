/*
 * project - the occurrences of a word on a plane, stage by stage, in the colours of their senses.
 */
#include "commands/vectors/project.h"

#include "base/error.h"
#include "base/few.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/guard.h"
#include "commands/say.h"
#include "commands/vectors/lookup.h"
#include "data/unicode.h"
#include "data/wordnet.h"
#include "math/plane.h"
#include "plugin/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"o", "FILE", "the page, a file that needs nothing else"},
    {"tsv", "FILE",
     "the places as a table, a line per stage and occurrence; - for standard output"},
    EMBEDDER_OPTIONS,
    SANDBOX_OPTION,
    {"dataset", "DATA",
     "a sense-tagged data set as harness run --suite wsd reads it, by name or path: its\n"
     "instances of the word, with their sense keys or labels; repeatable"},
    {"stages", "LIST",
     "stages to show; default: the look-up table and the end of each block; see harness run\n"
     "--help"},
    {"text", NULL, "what is given is text, even if there is a file of that name"},
    {"wordnet", "DIR", "the WordNet data base; default: $WNSEARCHDIR, then /usr/share/wordnet"},
    {0},
};

struct asking {
    struct project project;
    struct lookup_texts texts;
    struct map senses; /* labels: numbers in project.senses */
    size_t sense_capacity;
    const char *stages, *page, *tsv;
};

/* One embedder's occurrences while they come. */
struct gathering {
    struct asking *asking;
    struct projection *into;
    float *vectors;                        /* [n, row] */
    size_t row, vector_capacity, capacity; /* of vectors in rows */
    bool first;                            /* its occurrences are counted */
};

static uint32_t sense_of(struct asking *asking, const char *label)
{
    uint32_t number = map_put_text(&asking->senses, label);
    if (number == asking->project.n_senses) {
        MEM_GROW(asking->project.senses, asking->sense_capacity, (size_t)number + 1);
        asking->project.senses[number] = (struct project_sense){.label = mem_text(label)};
        asking->project.n_senses++;
    }
    return number;
}

static int take(void *ctx, const struct lookup_word *word)
{
    struct gathering *gathering = ctx;
    struct projection *into = gathering->into;
    const struct lookup_text *text = word->text;
    const struct emb_span *span = &text->targets[word->target];
    const char *label = text->labels ? text->labels[word->target] : NULL;
    const char *id = text->ids ? text->ids[word->target] : NULL;
    uint32_t sense = sense_of(gathering->asking, label ? label : "");
    gathering->asking->project.senses[sense].n += gathering->first;
    if (!word_has_vector(word->status)) {
        into->n_lacking++;
        few_add(&into->lacking, text->text + span->begin, span->end - span->begin);
        return 0;
    }
    MEM_GROW(into->occurrences, gathering->capacity, (size_t)into->n + 1);
    if (into->n == gathering->vector_capacity) {
        gathering->vector_capacity = 2 * gathering->vector_capacity + 64;
        gathering->vectors = mem_resize(gathering->vectors, gathering->vector_capacity,
                                        gathering->row * sizeof *gathering->vectors);
    }
    memcpy(gathering->vectors + into->n * gathering->row, word->vectors,
           gathering->row * sizeof *gathering->vectors);
    into->occurrences[into->n++] =
        (struct occurrence){.sentence = text->number,
                            .begin = word->begin,
                            .end = word->end,
                            .sense = sense,
                            .word = mem_text_n(text->text + span->begin, span->end - span->begin),
                            .id = id ? mem_text(id) : NULL,
                            .text = mem_text_n(text->text, text->n_bytes)};
    return 0;
}

/* Without --stages: the table and the end of each block, or the only stage there is. */
static bool is_shown(const struct asking *asking, const struct embedder *embedder, uint32_t stage)
{
    const struct stage *of = embedder_stage(embedder, stage);
    return asking->stages || embedder_n_stages(embedder) == 1 || of->part == STAGE_TABLE ||
           (stage_is_output(of) && of->block > 0);
}

static int place_all(const struct gathering *gathering, const struct embedder *embedder)
{
    struct projection *into = gathering->into;
    uint32_t n_stages = embedder_n_stages(embedder), dim = embedder_dim(embedder);
    into->stages = mem_array(n_stages, sizeof *into->stages);
    into->shares = mem_array(n_stages, sizeof *into->shares);
    into->places = mem_array((size_t)n_stages * into->n * 2, sizeof *into->places);
    for (uint32_t s = 0; s < n_stages; s++) {
        if (is_shown(gathering->asking, embedder, s)) {
            uint32_t k = into->n_stages++;
            into->stages[k] = mem_text(embedder_stage(embedder, s)->name);
            TRY(plane_project(gathering->vectors + (size_t)s * dim, gathering->row, into->n, dim,
                              into->places + (size_t)k * into->n * 2, into->shares[k]));
        }
    }
    return 0;
}

static int project_one(void *ctx, struct embedder *embedder, struct json_writer *w)
{
    struct asking *asking = ctx;
    struct project *project = &asking->project;
    (void)w;
    project->list = mem_resize(project->list, project->n + 1u, sizeof *project->list);
    struct projection *into = &project->list[project->n];
    *into = (struct projection){.embedder = mem_text(embedder_name(embedder))};
    struct gathering gathering = {.asking = asking,
                                  .into = into,
                                  .row =
                                      (size_t)embedder_n_stages(embedder) * embedder_dim(embedder),
                                  .first = project->n++ == 0};
    int status =
        lookup_embed(embedder, &asking->texts, "embedding", take, &gathering, &into->n_texts);
    if (status == 0 && into->n < 3) {
        status = error_set(ERR_REQUEST,
                           "project: found %u occurrence%s of \"%s\" with a vector in %" PRIu64
                           " texts, expected at least 3",
                           into->n, into->n == 1 ? "" : "s", project->word, into->n_texts);
    }
    status = status ? status : place_all(&gathering, embedder);
    free(gathering.vectors);
    return status;
}

/* The most frequent first, earlier ones first among equals. */
static void rank(struct project *project)
{
    project->ranked = mem_array(project->n_senses + 1u, sizeof *project->ranked);
    for (uint32_t i = 0; i < project->n_senses; i++) {
        uint32_t at = i;
        for (; at > 0 && project->senses[project->ranked[at - 1]].n < project->senses[i].n; at--) {
            project->ranked[at] = project->ranked[at - 1];
        }
        project->ranked[at] = i;
    }
    for (uint32_t r = 0; r < project->n_senses; r++) {
        project->senses[project->ranked[r]].look = r < PROJECT_LOOKS ? r : PROJECT_LOOKS;
    }
}

/* What WordNet says of labels that are its keys. */
static int define(struct project *project, const char *folder)
{
    struct wordnet *wordnet = NULL;
    for (uint32_t i = 0; i < project->n_senses; i++) {
        struct project_sense *sense = &project->senses[i];
        if (!strchr(sense->label, '%')) {
            continue;
        }
        if (!wordnet) {
            TRY(wordnet_open(folder, &wordnet));
        }
        const struct wordnet_sense *found = wordnet_find(wordnet, sense->label);
        struct str definition = {0};
        if (found) {
            wordnet_definition(wordnet_synset(wordnet, found->synset), &definition);
            sense->definition = mem_text(str_text(&definition));
        }
        str_finish(&definition);
    }
    wordnet_close(wordnet);
    return 0;
}

static int write_table(const struct project *project, const char *path)
{
    struct file_out out;
    TRY(file_out_open(&out, path));
    fputs("embedder\tstage\tsense\tid\tsentence\tbegin\tend\tword\tx\ty\tshare_x\tshare_y\n",
          out.stream);
    for (uint32_t e = 0; e < project->n; e++) {
        const struct projection *p = &project->list[e];
        for (uint32_t s = 0; s < p->n_stages; s++) {
            for (uint32_t i = 0; i < p->n; i++) {
                const struct occurrence *o = &p->occurrences[i];
                const double *place = p->places + ((size_t)s * p->n + i) * 2;
                fprintf(out.stream,
                        "%s\t%s\t%s\t%s\t%" PRIu64 "\t%u\t%u\t%s\t%.7g\t%.7g\t%.4f\t%.4f\n",
                        p->embedder, p->stages[s], project->senses[o->sense].label,
                        o->id ? o->id : "", o->sentence, o->begin, o->end, o->word, place[0],
                        place[1], p->shares[s][0], p->shares[s][1]);
            }
        }
    }
    return file_out_commit(&out);
}

static void tell(const struct project *project)
{
    for (uint32_t e = 0; e < project->n; e++) {
        const struct projection *p = &project->list[e];
        say("%s: %u occurrences of %s in %" PRIu64 " texts, %u sense%s, %u stage%s", p->embedder,
            p->n, project->word, p->n_texts, project->n_senses, project->n_senses == 1 ? "" : "s",
            p->n_stages, p->n_stages == 1 ? "" : "s");
        if (p->n_lacking > 0) {
            char *words = few_text(&p->lacking);
            say("; %u more without a vector: %s", p->n_lacking, words);
            free(words);
        }
        say("\n");
        for (uint32_t s = 0; s < p->n_stages; s++) {
            say("  %-14s %4.1f + %4.1f %% of the variance\n", p->stages[s], 100 * p->shares[s][0],
                100 * p->shares[s][1]);
        }
    }
}

static int read_request(const struct args *args, struct asking *asking)
{
    struct lookup_texts *texts = &asking->texts;
    asking->stages = args_value(args, "stages", NULL);
    asking->page = args_value(args, "o", NULL);
    asking->tsv = args_value(args, "tsv", NULL);
    texts->datasets = args_values(args, "dataset", false, &texts->n_datasets);
    texts->n_given = args_n(args) > 1 ? args_n(args) - 1 : 0;
    texts->given = mem_array(texts->n_given + 1u, sizeof *texts->given);
    for (uint32_t i = 0; i < texts->n_given; i++) {
        texts->given[i] = args_word(args, i + 1);
    }
    if (args_n(args) == 0 || texts->n_given + texts->n_datasets == 0) {
        return error_set(ERR_REQUEST, "project: expected a word, and texts, a file of them or "
                                      "--dataset; see harness project --help");
    }
    if (texts->n_given > 0 && texts->n_datasets > 0) {
        return error_set(ERR_REQUEST, "project: found texts and --dataset, expected one of them");
    }
    if (!asking->page && !asking->tsv) {
        return error_set(ERR_REQUEST, "project: expected -o FILE, the page, or --tsv FILE");
    }
    asking->project.word = args_word(args, 0);
    asking->project.command = args_line(args);
    texts->word = unicode_lower_text(asking->project.word);
    texts->marked = texts->n_datasets > 0;
    texts->lines = LOOKUP_EITHER;
    texts->only_text = args_flag(args, "text");
    TRY(asking->page ? file_check_output(asking->page) : 0);
    TRY(asking->tsv ? file_check_output(asking->tsv) : 0);
    return lookup_texts_check(texts);
}

static void finish(struct asking *asking)
{
    struct project *project = &asking->project;
    for (uint32_t e = 0; e < project->n; e++) {
        struct projection *p = &project->list[e];
        for (uint32_t i = 0; i < p->n; i++) {
            free(p->occurrences[i].word);
            free(p->occurrences[i].id);
            free(p->occurrences[i].text);
        }
        for (uint32_t s = 0; s < p->n_stages; s++) {
            free(p->stages[s]);
        }
        few_finish(&p->lacking);
        free(p->embedder);
        free(p->stages);
        free(p->places);
        free(p->shares);
        free(p->occurrences);
    }
    for (uint32_t i = 0; i < project->n_senses; i++) {
        free(project->senses[i].label);
        free(project->senses[i].definition);
    }
    free(project->list);
    free(project->senses);
    free(project->ranked);
    map_finish(&asking->senses);
    free(asking->texts.given);
    free(asking->texts.datasets);
    free((char *)(uintptr_t)asking->texts.word);
}

static int run(const struct args *args)
{
    struct asking asking = {0};
    int status;
    TRY_OR_FINISH(read_request(args, &asking));
    if (asking.page) {
        confinement_allow_output(asking.page);
    }
    if (asking.tsv) {
        confinement_allow_output(asking.tsv);
    }
    TRY_OR_FINISH(lookup_each(args, asking.stages, false, project_one, &asking));
    rank(&asking.project);
    TRY_OR_FINISH(define(&asking.project, args_value(args, "wordnet", NULL)));
    TRY_OR_FINISH(asking.tsv ? write_table(&asking.project, asking.tsv) : 0);
    TRY_OR_FINISH(asking.page ? project_write_page(&asking.project, asking.page) : 0);
    if (!asking.tsv || !file_is_standard_output(asking.tsv)) {
        tell(&asking.project);
    }
finish:
    finish(&asking);
    return status;
}

const struct command command_project = {
    .name = "project",
    .synopsis = "WORD TEXT|FILE… -o FILE [options]",
    .summary = "a word's occurrences on a plane, stage by stage, coloured by sense",
    .details =
        "At each stage the word's vectors, minus their mean, on their first two principal\n"
        "components: a page with a plane per stage, and what share of the variance each axis\n"
        "shows. What is left out lies in the other dimensions: figures are made in all of them.\n"
        "\n"
        "A FILE holds a text a line, SENSE<TAB>TEXT or the text alone, and may be packed. The\n"
        "word counts where it is spelled so, in whatever case; brackets mark another form, or\n"
        "the one that is meant. Of --dataset its instances of the word take part.\n"
        "\n"
        "  harness project bank --dataset homographs --embedder minilm -o bank.html\n"
        "  harness project bank banks.txt --embedder minilm -o bank.html --tsv bank.tsv",
    .options = options,
    .loads_plugins = true,
    .run = run,
};
