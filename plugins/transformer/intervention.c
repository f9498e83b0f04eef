/*
 * intervention.c - a model changed for an experiment: ablate=, parts of its blocks taken out, and
 * mask=, which pieces its attention may look at.
 *
 *     ablate = TERM {"+" TERM}                  RANGE = N | N "-" N, counted from 1
 *     TERM   = "attention" [":" RANGE]          nothing comes from other pieces (nor from itself)
 *            | "feed-forward" [":" RANGE]
 *            | "uniform" [":" RANGE]            every piece that may be seen has the same weight
 *            | "head:" RANGE "." RANGE          blocks, heads: the head mask of Michel et al. 2019
 *            | "positions"                      the learned position table
 *
 * What is taken out adds nothing to the residual, bias included; norms and all else stay. A head
 * gives zeros to the output matrix, whose bias stays.
 */
#include "model.h"

#include "embedder_util.h"

#include <stdio.h>
#include <string.h>

struct range {
    uint32_t first, last; /* from 1 */
};

struct reading {
    struct emb_model *model;
    const char *term; /* as typed, up to the next "+" or the end */
    int n;            /* its bytes */
};

static emb_status refuse(const struct reading *reading, emb_status status, const char *why)
{
    return emb_failf(reading->model->host, status, "ablate=%.*s: %s", reading->n, reading->term,
                     why);
}

/* Digits at *at, which moves behind them. */
static bool take_number(const char **at, const char *end, uint32_t *ret)
{
    uint32_t value = 0;
    const char *from = *at;
    while (*at < end && **at >= '0' && **at <= '9' && *at - from < 9) {
        value = value * 10 + (uint32_t)(*(*at)++ - '0');
    }
    *ret = value;
    return *at > from;
}

static bool take_range(const char **at, const char *end, struct range *ret)
{
    if (!take_number(at, end, &ret->first)) {
        return false;
    }
    ret->last = ret->first;
    if (*at < end && **at == '-') {
        ++*at;
        return take_number(at, end, &ret->last);
    }
    return true;
}

/* Whether a range lies within the model's blocks (heads). */
static emb_status check_range(const struct reading *reading, const struct range *range,
                              const char *what, uint32_t most)
{
    char why[160];
    if (range->first >= 1 && range->first <= range->last && range->last <= most) {
        return EMB_OK;
    }
    snprintf(why, sizeof why, "found %s %u to %u, expected some of 1 to %u of %.40s", what,
             range->first, range->last, most, reading->model->arch.family);
    return refuse(reading, EMB_E_OPTION, why);
}

static emb_status take_part(const struct reading *reading, const char *rest, enum ablated part)
{
    struct emb_model *model = reading->model;
    const char *end = reading->term + reading->n;
    struct range blocks = {1, model->arch.n_blocks};
    if (rest < end && (rest++, !take_range(&rest, end, &blocks) || rest < end)) {
        return refuse(reading, EMB_E_OPTION,
                      "expected a block or blocks behind \":\", as 3 or 3-5");
    }
    emb_status status = check_range(reading, &blocks, "block", model->arch.n_blocks);
    for (uint32_t b = blocks.first; status == EMB_OK && b <= blocks.last; b++) {
        model->ablated[b - 1] |= (uint8_t)part;
    }
    return status;
}

static emb_status take_heads(const struct reading *reading, const char *rest)
{
    struct emb_model *model = reading->model;
    const char *end = reading->term + reading->n;
    uint32_t n_heads = model->arch.n_heads;
    struct range blocks, heads;
    if (rest == end || (rest++, !take_range(&rest, end, &blocks)) || rest == end ||
        *rest++ != '.' || !take_range(&rest, end, &heads) || rest < end) {
        return refuse(reading, EMB_E_OPTION,
                      "expected blocks and heads behind \"head\", as head:4.7 or head:1-3.2");
    }
    emb_status status = check_range(reading, &blocks, "block", model->arch.n_blocks);
    status = status ? status : check_range(reading, &heads, "head", n_heads);
    for (uint32_t b = blocks.first; status == EMB_OK && b <= blocks.last; b++) {
        model->ablated[b - 1] |= ABLATED_HEADS;
        memset(model->ablated_heads + (size_t)(b - 1) * n_heads + heads.first - 1, 1,
               heads.last - heads.first + 1);
    }
    return status;
}

static emb_status take_positions(const struct reading *reading, const char *rest)
{
    struct emb_model *model = reading->model;
    char why[160];
    if (rest < reading->term + reading->n) {
        return refuse(reading, EMB_E_OPTION, "positions are those of the whole model");
    }
    if (model->arch.n_positions == 0) {
        snprintf(why, sizeof why, "a %.40s model has no position table", model->arch.family);
        return refuse(reading, EMB_E_UNSUPPORTED, why);
    }
    model->without_positions = true;
    return EMB_OK;
}

static emb_status take_term(const struct reading *reading)
{
    size_t n = strcspn(reading->term, ":+");
    const char *rest = reading->term + n;
    static const struct {
        const char *name;
        enum ablated part;
    } parts[] = {{"attention", ABLATED_ATTENTION},
                 {"feed-forward", ABLATED_FEED_FORWARD},
                 {"uniform", ABLATED_WEIGHTS}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (n == strlen(parts[i].name) && memcmp(reading->term, parts[i].name, n) == 0) {
            return take_part(reading, rest, parts[i].part);
        }
    }
    if (n == 4 && memcmp(reading->term, "head", n) == 0) {
        return take_heads(reading, rest);
    }
    if (n == 9 && memcmp(reading->term, "positions", n) == 0) {
        return take_positions(reading, rest);
    }
    return refuse(reading, EMB_E_OPTION,
                  "expected attention, feed-forward, uniform, head or positions, joined by \"+\"");
}

/* Attention that is taken out can be neither uniform nor lack a head besides. */
static emb_status check_together(const struct emb_model *model, const char *text)
{
    for (uint32_t b = 0; b < model->arch.n_blocks; b++) {
        uint32_t now = model->ablated[b];
        if ((now & ABLATED_ATTENTION) && (now & (ABLATED_WEIGHTS | ABLATED_HEADS))) {
            return emb_failf(model->host, EMB_E_OPTION,
                             "ablate=%s: block %u is named again, though its whole attention is "
                             "taken out already",
                             text, b + 1);
        }
    }
    return EMB_OK;
}

static emb_status read_ablations(struct emb_model *model, const char *text)
{
    if (!*text) {
        return EMB_OK;
    }
    const struct arch *arch = &model->arch;
    model->ablated = memory_take(&model->memory, arch->n_blocks, sizeof *model->ablated);
    model->ablated_heads =
        memory_take(&model->memory, arch->n_blocks, arch->n_heads * sizeof *model->ablated_heads);
    if (!model->ablated || !model->ablated_heads) {
        return no_memory(model->host, "ablations");
    }
    emb_status status = EMB_OK;
    for (const char *at = text; status == EMB_OK && at;
         at = strchr(at, '+') ? strchr(at, '+') + 1 : NULL) {
        const struct reading reading = {model, at, (int)strcspn(at, "+")};
        status = take_term(&reading);
    }
    return status == EMB_OK ? check_together(model, text) : status;
}

static emb_status read_mask(struct emb_model *model, const char *text)
{
    static const char *const names[] = {"own", "causal", "bidirectional"};
    uint32_t i = 0;
    while (i < 3 && strcmp(text, names[i]) != 0) {
        i++;
    }
    if (i == 3) {
        return emb_failf(model->host, EMB_E_OPTION,
                         "mask=%s: expected own, causal or bidirectional", text);
    }
    model->causal = i == 0 ? model->arch.causal : i == 1;
    return EMB_OK;
}

bool interventions_allow_predictions(const struct emb_model *model)
{
    return model->causal || !model->arch.causal;
}

bool interventions_allow_attention(const struct emb_model *model)
{
    for (uint32_t b = 0; b < model->arch.n_blocks; b++) {
        if (is_ablated(model, b, ABLATED_ATTENTION) || is_ablated(model, b, ABLATED_HEADS)) {
            return false;
        }
    }
    return true;
}

static void tell(const struct emb_model *model)
{
    const struct emb_host *host = model->host;
    if (!interventions_allow_predictions(model)) {
        host->log(
            host, EMB_LOG_INFO,
            "mask=bidirectional: what would be predicted is seen; no emb.lm/1, no emb.score/1");
    }
    if (!interventions_allow_attention(model)) {
        host->log(
            host, EMB_LOG_INFO,
            "ablate: attention weights of what is taken out mean nothing; no emb.attention/1");
    }
}

emb_status interventions_read(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    emb_status status = read_mask(model, host->opt_text(values, "mask"));
    status = status ? status : read_ablations(model, host->opt_text(values, "ablate"));
    if (status == EMB_OK) {
        tell(model);
    }
    return status;
}
