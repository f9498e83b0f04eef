/* Which options say nothing in which run: none is accepted to do nothing. */
#include "learn/training.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"

#include <stdlib.h>
#include <string.h>

/* What an option takes to be read. */
enum need {
    NEEDS_SENSES,
    NEEDS_TEXT,
    NEEDS_MASKED,
    NEEDS_BERT,
    NEEDS_TABLE,
    NEEDS_RIDGE,
    NEEDS_DRAWN_MAP,
    NEEDS_EPOCHS,
    N_NEEDS
};

static const char *const where[N_NEEDS] = {
    [NEEDS_SENSES] = "with objective=senses",
    [NEEDS_TEXT] = "with objective=causal or objective=masked",
    [NEEDS_MASKED] = "with objective=masked",
    [NEEDS_BERT] = "with arch=bert",
    [NEEDS_TABLE] = "with table=FILE",
    [NEEDS_RIDGE] = "with table=FILE and map=ridge",
    [NEEDS_DRAWN_MAP] = "with table=FILE and map=random or map=shuffled-rows",
    [NEEDS_EPOCHS] = "without tokens= and steps=",
};

static const struct {
    const char *option;
    enum need need;
} applies[] = {
    {"words", NEEDS_SENSES},         {"steps", NEEDS_SENSES},
    {"limit", NEEDS_SENSES},         {"train-blocks", NEEDS_SENSES},
    {"scale", NEEDS_SENSES},         {"checks", NEEDS_SENSES},
    {"patience", NEEDS_SENSES},      {"snapshots", NEEDS_TEXT},
    {"batch", NEEDS_TEXT},           {"tokens", NEEDS_TEXT},
    {"held-out", NEEDS_TEXT},        {"mask-seed", NEEDS_MASKED},
    {"lowercase", NEEDS_BERT},       {"map", NEEDS_TABLE},
    {"norms", NEEDS_TABLE},          {"ridge", NEEDS_RIDGE},
    {"table-seed", NEEDS_DRAWN_MAP}, {"epochs", NEEDS_EPOCHS},
};

static void find_met(const struct training *of, bool met[N_NEEDS])
{
    const struct train_job *job = of->job;
    const char *map = setting_text(job, "map");
    bool has_table = *setting_text(job, "table") != '\0';
    met[NEEDS_SENSES] = of->is_senses;
    met[NEEDS_TEXT] = !of->is_senses;
    met[NEEDS_MASKED] = of->is_masked;
    met[NEEDS_BERT] = of->arch == LEARN_BERT;
    met[NEEDS_TABLE] = has_table;
    met[NEEDS_RIDGE] = has_table && strcmp(map, "ridge") == 0;
    met[NEEDS_DRAWN_MAP] =
        has_table && (strcmp(map, "random") == 0 || strcmp(map, "shuffled-rows") == 0);
    met[NEEDS_EPOCHS] = setting_int(job, "tokens") == 0 && setting_int(job, "steps") == 0;
}

static const struct emb_option *option_named(const char *name)
{
    const struct emb_option *option = learn_train.options;
    while (strcmp(option->name, name) != 0) {
        option++;
    }
    return option;
}

static bool is_default(const struct train_job *job, const struct emb_option *option)
{
    switch (option->kind) {
    case EMB_OPT_INT:
    case EMB_OPT_FLAG:
        return setting_int(job, option->name) == strtoll(option->fallback, NULL, 10);
    case EMB_OPT_REAL:
        return setting_real(job, option->name) == strtod(option->fallback, NULL);
    default:
        return strcmp(setting_text(job, option->name), option->fallback) == 0;
    }
}

emb_status learn_refuse_unread(const struct training *of, const char *name, const char *read_where)
{
    const struct train_job *job = of->job;
    const struct emb_option *option = option_named(name);
    char found[64];
    return is_default(job, option)
               ? EMB_OK
               : emb_failf(job->host, EMB_E_OPTION,
                           "%s: option %s: found %s, which does nothing here: it is read %s",
                           job->model, name, setting_value(job, option, found, sizeof found),
                           read_where);
}

emb_status learn_check_applies(const struct training *of)
{
    bool met[N_NEEDS];
    find_met(of, met);
    for (size_t i = 0; i < sizeof applies / sizeof *applies; i++) {
        if (!met[applies[i].need]) {
            TRY(learn_refuse_unread(of, applies[i].option, where[applies[i].need]));
        }
    }
    return EMB_OK;
}
