/* Watches rows go by and judges whether a model is what it claims to be. */
#include "plugin/certify.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "math/vectors.h"
#include "plugin/embed.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SLOTS (2 * CERTIFY_MOST_WORDS)
#define FIRST_SLOTS 4096u
#define EXCERPT_BYTES 64u
#define CONTEXT_BYTES 24u /* of the text on each side of the offender */
#define UNCHANGED (1 - 1e-5)
#define NO_VECTOR UINT32_MAX

const char *const certify_verdict_names[CERTIFY_N_VERDICTS] = {
    [CERTIFY_INCONCLUSIVE] = "inconclusive",
    [CERTIFY_VERIFIED] = "verified",
    [CERTIFY_VIOLATED] = "violated",
};

struct form {
    uint64_t key;    /* of the word as it stands; 0 = free */
    uint64_t row;    /* hash of its row where it was first seen */
    uint32_t text;   /* upper half of the hash of that text; its lowest bit: seen in another */
    uint32_t vector; /* number of its kept vector, NO_VECTOR */
};

struct certifier {
    struct certifier_plan plan;
    struct form *forms;              /* [n_slots], open addressing */
    char (*excerpts)[EXCERPT_BYTES]; /* [n_slots] the text around each form's first place */
    uint32_t n_slots, n;
    float *vectors; /* [n_vectors, dim] last stage of the first forms, contextual models */
    uint32_t n_vectors;
    uint64_t words, comparisons, moves, moved;
    char *offence; /* the first; NULL */
};

struct certifier *certifier_create(const struct certifier_plan *plan)
{
    struct certifier *certifier = mem_alloc(sizeof *certifier);
    certifier->plan = *plan;
    certifier->n_slots = FIRST_SLOTS;
    certifier->forms = mem_array(FIRST_SLOTS, sizeof *certifier->forms);
    certifier->excerpts = mem_array(FIRST_SLOTS, sizeof *certifier->excerpts);
    return certifier;
}

void certifier_destroy(struct certifier *certifier)
{
    if (certifier) {
        free(certifier->forms);
        free(certifier->excerpts);
        free(certifier->vectors);
        free(certifier->offence);
        free(certifier);
    }
}

static bool is_static(const struct certifier *certifier)
{
    return certifier->plan.caps & EMB_CAP_STATIC;
}

/* There is a stage other than the table by which a contextual model can show that it is one, or it
 * has no such stage at all. */
static bool must_move(const struct certifier *certifier)
{
    const struct certifier_plan *plan = &certifier->plan;
    return (plan->caps & EMB_CAP_CONTEXTUAL) && !is_static(certifier) &&
           (plan->only_table || plan->n_stages > (plan->has_table ? 1u : 0u));
}

/* Where the form with a key is, or would be. */
static uint32_t slot_of(const struct form *forms, uint32_t n_slots, uint64_t key)
{
    uint32_t slot = (uint32_t)key & (n_slots - 1);
    while (forms[slot].key != 0 && forms[slot].key != key) {
        slot = (slot + 1) & (n_slots - 1);
    }
    return slot;
}

static void grow(struct certifier *certifier)
{
    uint32_t n_slots = 2 * certifier->n_slots;
    struct form *forms = mem_array(n_slots, sizeof *forms);
    char(*excerpts)[EXCERPT_BYTES] = mem_array(n_slots, sizeof *excerpts);
    for (uint32_t i = 0; i < certifier->n_slots; i++) {
        if (certifier->forms[i].key != 0) {
            uint32_t slot = slot_of(forms, n_slots, certifier->forms[i].key);
            forms[slot] = certifier->forms[i];
            memcpy(excerpts[slot], certifier->excerpts[i], EXCERPT_BYTES);
        }
    }
    free(certifier->forms);
    free(certifier->excerpts);
    certifier->forms = forms;
    certifier->excerpts = excerpts;
    certifier->n_slots = n_slots;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* See certify.h: what makes two targets the same word to any cutter of pieces. Never 0. */
static uint64_t key_of(const struct emb_sentence *sentence, const struct emb_span *target,
                       int32_t pooling)
{
    uint32_t begin = target->begin, end = target->end;
    while (begin > 0 && !is_space(sentence->text[begin - 1])) {
        begin--;
    }
    while (end < sentence->n_bytes && !is_space(sentence->text[end])) {
        end++;
    }
    uint32_t before = begin;
    while (before > 0 && is_space(sentence->text[before - 1])) {
        before--;
    }
    const uint32_t place[] = {target->begin - begin,
                              target->end - begin,
                              begin > 0 ? (unsigned char)sentence->text[begin - 1] : 0u,
                              before == 0,
                              (uint32_t)pooling,
                              sentence->n_words > 0};
    uint64_t key = hash_bytes(sentence->text + begin, end - begin, 0);
    key = hash_bytes(place, sizeof place, key);
    for (uint32_t w = 0; w < sentence->n_words; w++) {
        const struct emb_span *word = &sentence->words[w];
        if (word->end > begin && word->begin < end) { /* offsets may lie outside: they wrap */
            const uint32_t borders[] = {word->begin - begin, word->end - begin};
            key = hash_bytes(borders, sizeof borders, key);
        }
    }
    return key ? key : 1;
}

/* Is there anything that must be the same wherever a word stands? */
static bool has_rows(const struct certifier *certifier)
{
    return is_static(certifier) || certifier->plan.has_table;
}

/* What must be the same wherever the word stands: all stages of a static model, else the table. */
static uint64_t hash_row(const struct certifier *certifier, const float *row)
{
    const struct certifier_plan *plan = &certifier->plan;
    uint32_t n = is_static(certifier) ? plan->n_stages : plan->has_table ? 1 : 0;
    uint64_t hash = 0;
    for (uint32_t s = 0; s < n; s++) {
        hash = hash_bytes(row + s * plan->stage_stride, plan->dim * sizeof *row, hash);
    }
    return hash;
}

static const float *last_stage(const struct certifier *certifier, const float *row)
{
    return row + (certifier->plan.n_stages - 1) * certifier->plan.stage_stride;
}

/* The text around a target, not cut inside a character. */
static void excerpt(const struct emb_sentence *sentence, const struct emb_span *target,
                    char ret_text[EXCERPT_BYTES])
{
    uint32_t begin = target->begin > CONTEXT_BYTES ? target->begin - CONTEXT_BYTES : 0;
    while (begin < target->begin && (sentence->text[begin] & 0xc0) == 0x80) {
        begin++;
    }
    uint32_t n = sentence->n_bytes - begin;
    if (n >= EXCERPT_BYTES) {
        n = EXCERPT_BYTES - 1;
        while (n > 0 && (sentence->text[begin + n] & 0xc0) == 0x80) {
            n--;
        }
    }
    memcpy(ret_text, sentence->text + begin, n);
    ret_text[n] = '\0';
}

static void keep_vector(struct certifier *certifier, struct form *form, const float *row)
{
    uint32_t dim = certifier->plan.dim;
    form->vector = NO_VECTOR;
    if (!must_move(certifier) || certifier->n_vectors == CERTIFY_MOST_VECTORS) {
        return;
    }
    if (!certifier->vectors) {
        certifier->vectors = mem_array((size_t)CERTIFY_MOST_VECTORS * dim, sizeof(float));
    }
    form->vector = certifier->n_vectors++;
    memcpy(certifier->vectors + (size_t)form->vector * dim, last_stage(certifier, row),
           dim * sizeof *row);
}

static void note_offence(struct certifier *certifier, const struct emb_sentence *sentence,
                         const struct emb_span *target, uint32_t slot)
{
    char here[EXCERPT_BYTES];
    if (certifier->offence) {
        return;
    }
    excerpt(sentence, target, here);
    certifier->offence =
        mem_format("\"%.*s\" has two vectors at stage %s: in \"%s\" and in \"%s\"",
                   (int)(target->end - target->begin > 60 ? 60 : target->end - target->begin),
                   sentence->text + target->begin, certifier->plan.has_table ? "table" : "0",
                   certifier->excerpts[slot], here);
}

void certifier_forget(struct certifier *certifier)
{
    if (certifier) {
        memset(certifier->forms, 0, certifier->n_slots * sizeof *certifier->forms);
        certifier->n = certifier->n_vectors = 0;
    }
}

/* The word once more. */
static void compare(struct certifier *certifier, const struct emb_sentence *sentence,
                    const struct emb_span *target, uint32_t slot, uint32_t text, const float *row)
{
    struct form *form = &certifier->forms[slot];
    bool elsewhere = (form->text ^ text) > 1; /* but for the lowest bit */
    if (form->row != hash_row(certifier, row)) {
        note_offence(certifier, sentence, target, slot);
    }
    if (!elsewhere) {
        return;
    }
    certifier->comparisons += has_rows(certifier);
    certifier->words += has_rows(certifier) && !(form->text & 1);
    form->text |= 1;
    if (form->vector != NO_VECTOR) {
        uint32_t dim = certifier->plan.dim;
        const float *first = certifier->vectors + (size_t)form->vector * dim;
        certifier->moves++;
        certifier->moved += vec_cosine(first, last_stage(certifier, row), dim) < UNCHANGED;
    }
}

static void take_target(struct certifier *certifier, const struct emb_sentence *sentence,
                        const struct emb_span *target, int32_t pooling, uint32_t text,
                        const float *row)
{
    uint64_t key = key_of(sentence, target, pooling);
    uint32_t slot = slot_of(certifier->forms, certifier->n_slots, key);
    if (certifier->forms[slot].key == key) {
        compare(certifier, sentence, target, slot, text, row);
        return;
    }
    if (certifier->n == CERTIFY_MOST_WORDS) {
        return;
    }
    if (2 * (certifier->n + 1) > certifier->n_slots && certifier->n_slots < MOST_SLOTS) {
        grow(certifier);
        slot = slot_of(certifier->forms, certifier->n_slots, key);
    }
    struct form *form = &certifier->forms[slot];
    *form = (struct form){.key = key, .row = hash_row(certifier, row), .text = text};
    excerpt(sentence, target, certifier->excerpts[slot]);
    keep_vector(certifier, form, row);
    certifier->n++;
}

/* Of what a model sees of the text; with the lowest bit free (struct form). */
static uint32_t hash_text(const char *text, uint32_t n_bytes)
{
    return (uint32_t)(hash_bytes(text, n_bytes, 0) >> 32) & ~1u;
}

void certifier_take(struct certifier *certifier, const struct emb_sentence *sentence,
                    int32_t pooling, const float *vectors, uint64_t row_stride,
                    const uint8_t *status)
{
    uint32_t limit = certifier->plan.max_tokens;
    bool causal = certifier->plan.caps & EMB_CAP_CAUSAL;
    uint32_t text = hash_text(sentence->text, sentence->n_bytes);
    for (uint32_t t = 0; t < sentence->n_targets; t++) {
        const struct emb_span *target = &sentence->targets[t];
        text = causal ? hash_text(sentence->text, target->end) : text;
        bool known = word_has_vector(status[t]);
        bool whole = limit == 0 || target->end + 8u <= limit; /* 8: special pieces */
        if (known && whole) {
            take_target(certifier, sentence, target, pooling, text, vectors + t * row_stride);
        }
    }
}

/* One sentence on what the counts say; is_static: what the model claims to be. */
static char *describe(const struct certificate *counts, bool is_static)
{
    const char *claim = is_static ? "static" : "contextual";
    unsigned long long moves = counts->moves, moved = counts->moved;
    if (counts->verdict == CERTIFY_VIOLATED) {
        return mem_format("claims to be contextual, but none of %llu words in other sentences "
                          "changed at its last stage",
                          moves);
    }
    if (counts->verdict == CERTIFY_INCONCLUSIVE) {
        return mem_format("claims to be %s; too few words were seen in two sentences to tell",
                          claim);
    }
    char *rows =
        counts->words > 0
            ? mem_format("rows of %llu words bit-identical in %llu comparisons",
                         (unsigned long long)counts->words, (unsigned long long)counts->comparisons)
            : mem_text("no row of its look-up table was seen in two sentences");
    char *text = moves >= CERTIFY_FEWEST
                     ? mem_format("claims to be %s: %s; %llu of %llu changed with their sentence "
                                  "at the last stage",
                                  claim, rows, moved, moves)
                     : mem_format("claims to be %s: %s", claim, rows);
    free(rows);
    return text;
}

void certificate_judge(struct certificate *certificate, bool is_static)
{
    bool enough = certificate->moves >= CERTIFY_FEWEST;
    certificate->verdict = enough && certificate->moved == 0  ? CERTIFY_VIOLATED
                           : enough || certificate->words > 0 ? CERTIFY_VERIFIED
                                                              : CERTIFY_INCONCLUSIVE;
    free(certificate->statement);
    certificate->statement = describe(certificate, is_static);
}

void certifier_judge(const struct certifier *certifier, struct certificate *ret_certificate)
{
    *ret_certificate = (struct certificate){.verdict = CERTIFY_INCONCLUSIVE};
    if (!certifier) {
        return;
    }
    *ret_certificate = (struct certificate){
        .words = certifier->words,
        .comparisons = certifier->comparisons,
        .moves = certifier->moves,
        .moved = certifier->moved,
    };
    certificate_judge(ret_certificate, is_static(certifier));
    if (certifier->offence) {
        free(ret_certificate->statement);
        ret_certificate->verdict = CERTIFY_VIOLATED;
        ret_certificate->statement =
            is_static(certifier)
                ? mem_format("claims to be static, but %s", certifier->offence)
                : mem_format("rows of its look-up table depend on the sentence: %s",
                             certifier->offence);
    }
}

void certificate_finish(struct certificate *certificate)
{
    free(certificate->statement);
    *certificate = (struct certificate){0};
}
