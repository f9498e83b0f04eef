/* write.c - distributions for people, with bars, and as JSON. */
#include "commands/predict/predict.h"
#include "commands/say.h"

#include "base/mem.h"
#include "base/terminal.h"
#include "data/unicode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t *prediction_best(const struct prediction *prediction, uint32_t wanted, uint32_t *ret_n)
{
    uint32_t n = 0;
    uint32_t *best = mem_array((size_t)wanted + 1, sizeof *best);
    for (uint64_t id = 0; id < prediction->n; id++) {
        uint32_t at = n;
        while (at > 0 && prediction->log_probs[best[at - 1]] < prediction->log_probs[id]) {
            at--;
        }
        if (at < wanted) {
            n += n < wanted;
            memmove(best + at + 1, best + at, (n - 1 - at) * sizeof *best);
            best[at] = (uint32_t)id;
        }
    }
    *ret_n = n;
    return best;
}

double prediction_probability(const struct prediction *prediction, uint64_t id)
{
    return exp((double)prediction->log_probs[id]);
}

double prediction_entropy(const struct prediction *prediction)
{
    double sum = 0;
    for (uint64_t id = 0; id < prediction->n; id++) {
        double p = prediction_probability(prediction, id);
        sum -= p > 0 ? p * log2(p) : 0;
    }
    return sum;
}

uint64_t prediction_rank(const struct prediction *prediction, uint64_t id)
{
    uint64_t rank = 1;
    for (uint64_t i = 0; i < prediction->n; i++) {
        rank += prediction->log_probs[i] > prediction->log_probs[id];
    }
    return rank;
}

char *predictor_readable(const struct predictor *p, uint64_t id)
{
    const char *spelling = p->tokens->spelling(p->model, (uint32_t)id);
    struct str text = {0};
    size_t n = spelling ? strlen(spelling) : 0, bytes;
    for (size_t at = 0; at < n; at += bytes) {
        int32_t code = unicode_next(spelling + at, n - at, &bytes);
        if (code == 0x120 || code == 0x2581) {
            str_add_char(&text, ' ');
        } else if (code == 0x10a || code == '\n') {
            str_add(&text, "\\n");
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            str_add_char(&text, '?');
        } else {
            str_append(&text, spelling + at, bytes);
        }
    }
    return text.data ? text.data : mem_format("piece %llu", (unsigned long long)id);
}

enum { BAR_COLUMNS = 30 };

/* share of BAR_COLUMNS, to an eighth where the terminal can show it. */
static void print_bar(double share, bool unicode)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int units = (int)lround(share * BAR_COLUMNS * 8), columns = units / 8;
    for (int i = 0; i < columns; i++) {
        fputs(unicode ? "█" : "#", stdout);
    }
    if (unicode && units % 8) {
        fputs(eighths[units % 8], stdout);
        columns++;
    }
    say("%*s", BAR_COLUMNS - columns, "");
}

static void print_prediction(const struct predictor *p, const struct question *q,
                             const struct prediction *prediction, double scale, bool unicode)
{
    uint32_t n;
    uint32_t *best = prediction_best(prediction, q->top, &n);
    say("  %s (entropy %.2f bits)\n", prediction->place, prediction_entropy(prediction));
    for (uint32_t i = 0; i < n; i++) {
        char *text = predictor_readable(p, best[i]);
        double share = prediction_probability(prediction, best[i]);
        say("    %6.2f %%  ", 100 * share);
        print_bar(share / scale, unicode);
        say("  \"%s\"\n", text);
        free(text);
    }
    if (prediction->actual >= 0) {
        char *text = predictor_readable(p, (uint64_t)prediction->actual);
        say("    %6.2f %%  \"%s\", which stands there: number %llu of %llu\n",
            100 * prediction_probability(prediction, (uint64_t)prediction->actual), text,
            (unsigned long long)prediction_rank(prediction, (uint64_t)prediction->actual),
            (unsigned long long)prediction->n);
        free(text);
    }
    free(best);
}

void predictor_print(const struct predictor *p, const struct question *q)
{
    double scale = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        for (uint64_t id = 0; id < p->predictions[i].n; id++) {
            scale = fmax(scale, prediction_probability(&p->predictions[i], id));
        }
    }
    say("%s (%s)\n", embedder_name(p->embedder),
        p->causal ? "causal: what comes next" : "masked: what stands there");
    for (uint32_t i = 0; i < p->n; i++) {
        print_prediction(p, q, &p->predictions[i], scale,
                         isatty(STDOUT_FILENO) && terminal_speaks_utf8());
    }
    say("\n");
}

static void write_piece(const struct predictor *p, const struct prediction *prediction, uint64_t id,
                        struct json_writer *w)
{
    char *text = predictor_readable(p, id);
    jsonw_open(w, '{');
    jsonw_put_text(w, "piece", text);
    jsonw_put_text(w, "spelling", p->tokens->spelling(p->model, (uint32_t)id));
    jsonw_put_uint(w, "id", id);
    jsonw_put_real(w, "probability", prediction_probability(prediction, id));
    jsonw_put_uint(w, "rank", prediction_rank(prediction, id));
    jsonw_close(w, '}');
    free(text);
}

static void write_prediction(const struct predictor *p, const struct question *q,
                             const struct prediction *prediction, struct json_writer *w)
{
    uint32_t n;
    uint32_t *best = prediction_best(prediction, q->top, &n);
    jsonw_open(w, '{');
    jsonw_put_text(w, "place", prediction->place);
    jsonw_put_text(w, "context", prediction->context);
    jsonw_put_real(w, "entropy_bits", prediction_entropy(prediction));
    jsonw_put_uint(w, "pieces", prediction->n);
    jsonw_key(w, "actual");
    if (prediction->actual >= 0) {
        write_piece(p, prediction, (uint64_t)prediction->actual, w);
    } else {
        jsonw_null(w);
    }
    jsonw_key(w, "top");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        write_piece(p, prediction, best[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
    free(best);
}

void predictor_write_json(const struct predictor *p, const struct question *q,
                          struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", embedder_name(p->embedder));
    jsonw_put_text(w, "direction", p->causal ? "causal" : "masked");
    jsonw_key(w, "predictions");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < p->n; i++) {
        write_prediction(p, q, &p->predictions[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}
