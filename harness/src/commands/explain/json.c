/* json.c - an explanation for programs; harness explain --help names the members. */
#include "commands/explain/explain.h"

#include "base/mem.h"

#include <stdlib.h>

static const char *const statuses[] = {"ok", "unknown", "cut", "backoff"}; /* by EMB_WORD_* */

static void write_sentences(const struct explain_question *q, const struct explanation *e,
                            struct json_writer *w)
{
    jsonw_key(w, "sentences");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        const struct explain_sentence *s = &q->sentences[i];
        jsonw_open(w, '{');
        jsonw_put_text(w, "text", s->text);
        jsonw_put_uint(w, "begin", s->word.begin);
        jsonw_put_uint(w, "end", s->word.end);
        jsonw_put_text(w, "status", statuses[e->status[i]]);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void write_cosines(const struct explain_question *q, const struct explanation *e, uint32_t s,
                          struct json_writer *w)
{
    jsonw_key(w, "cosines");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        jsonw_open(w, '[');
        for (uint32_t j = 0; j < q->n_sentences; j++) {
            jsonw_real(w, explain_cosine(q, e, s, i, j));
        }
        jsonw_close(w, ']');
    }
    jsonw_close(w, ']');
}

/* Per sentence the nearest sense; null where there is no vector or no sense. */
static void write_nearest(const struct explain_question *q, const struct explanation *e, uint32_t s,
                          struct json_writer *w)
{
    jsonw_key(w, "senses");
    jsonw_open(w, '[');
    for (uint32_t i = 0; q->n_senses > 0 && i < q->n_sentences; i++) {
        struct explain_nearest nearest = explain_nearest(q, e, s, i);
        if (nearest.ties == 0) {
            jsonw_null(w);
            continue;
        }
        jsonw_open(w, '{');
        jsonw_put_text(w, "sense", q->senses[nearest.sense].sense->key);
        jsonw_put_real(w, "cosine", nearest.cosine);
        jsonw_put_uint(w, "ties", nearest.ties);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void write_stages(const struct explain_question *q, const struct explanation *e,
                         struct json_writer *w)
{
    jsonw_key(w, "stages");
    jsonw_open(w, '[');
    for (uint32_t s = 0; s < e->n_stages; s++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "stage", e->stages[s].name);
        jsonw_put_real(w, "mean_cosine", explain_mean_cosine(q, e, s));
        jsonw_put_bool(w, "identical", e->identical[s]);
        write_cosines(q, e, s, w);
        write_nearest(q, e, s, w);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

/* Every sense, with its cosine to each sentence at the shown stage. */
static void write_senses(const struct explain_question *q, const struct explanation *e,
                         struct json_writer *w)
{
    jsonw_key(w, "senses");
    jsonw_open(w, '[');
    for (uint32_t k = 0; k < q->n_senses; k++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "sense", q->senses[k].sense->key);
        jsonw_put_text(w, "label", q->senses[k].label);
        jsonw_put_text(w, "definition", q->senses[k].definition);
        jsonw_key(w, "cosines");
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < q->n_sentences; i++) {
            jsonw_real(w, explain_sense_cosine(q, e, e->shown, i, k));
        }
        jsonw_close(w, ']');
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
}

static void write_row(struct json_writer *w, const char *key, const double *row, uint32_t n)
{
    jsonw_key(w, key);
    jsonw_open(w, '[');
    for (uint32_t k = 0; k < n; k++) {
        jsonw_real(w, row[k]);
    }
    jsonw_close(w, ']');
}

static void write_attention(const struct explain_attention *a, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "text", a->text);
    jsonw_key(w, "keys");
    jsonw_open(w, '[');
    for (uint32_t k = 0; k < a->n_keys; k++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "text", a->keys[k].text);
        jsonw_put_uint(w, "begin", a->keys[k].span.begin);
        jsonw_put_uint(w, "end", a->keys[k].span.end);
        jsonw_put_bool(w, "target", a->keys[k].is_target);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    write_row(w, "mean", a->overall, a->n_keys);
    jsonw_key(w, "blocks");
    jsonw_open(w, '[');
    for (uint32_t b = 0; a->n_keys > 0 && b < a->n_blocks; b++) {
        jsonw_open(w, '{');
        jsonw_put_uint(w, "block", b + 1);
        write_row(w, "mean", a->mean + (size_t)b * a->n_keys, a->n_keys);
        jsonw_put_uint(w, "strongest_head", a->head[b]);
        write_row(w, "strongest", a->strongest + (size_t)b * a->n_keys, a->n_keys);
        jsonw_close(w, '}');
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

static void write_piece(const struct explain_piece *piece, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "piece", piece->text);
    jsonw_put_real(w, "probability", piece->probability);
    jsonw_put_uint(w, "rank", piece->rank);
    jsonw_close(w, '}');
}

static void write_prediction(const struct explain_prediction *p, struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "place", p->place);
    jsonw_put_real(w, "entropy_bits", p->entropy);
    jsonw_put_uint(w, "pieces", p->n_pieces);
    jsonw_key(w, "actual");
    if (p->actual.text) {
        write_piece(&p->actual, w);
    } else {
        jsonw_null(w);
    }
    jsonw_key(w, "top");
    jsonw_open(w, '[');
    for (uint32_t i = 0; i < p->n_top; i++) {
        write_piece(&p->top[i], w);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

void explain_write_json(const struct explain_question *q, const struct explanation *e,
                        struct json_writer *w)
{
    jsonw_open(w, '{');
    jsonw_put_text(w, "embedder", e->name);
    jsonw_put_text(w, "kind", e->kind);
    jsonw_put_text(w, "word", q->word);
    write_sentences(q, e, w);
    jsonw_put_text(w, "weights_sha256_before", e->weights_known ? e->weights_before : NULL);
    jsonw_put_text(w, "weights_sha256_after", e->weights_known ? e->weights_after : NULL);
    write_stages(q, e, w);
    jsonw_put_text(w, "shown_stage", e->stages[e->shown].name);
    jsonw_put_bool(w, "told_apart", explain_distinguished(q, e));
    write_senses(q, e, w);
    jsonw_key(w, "attention");
    if (e->has_attention) {
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < q->n_sentences; i++) {
            write_attention(&e->attention[i], w);
        }
        jsonw_close(w, ']');
    } else {
        jsonw_null(w);
    }
    jsonw_key(w, "predictions");
    if (e->has_lm) {
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < e->n_predictions; i++) {
            write_prediction(&e->predictions[i], w);
        }
        jsonw_close(w, ']');
    } else {
        jsonw_null(w);
    }
    jsonw_close(w, '}');
}
