/* Makes synonym questions from WordNet's synsets. */
#include "data/wordnet_synonyms.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_COUNT = 2, WINDOW = 100, N_DISTRACTORS = 3, SAME_PREFIX = 4 };
#define SEED UINT64_C(20050620)

/* A word that may take part, of one part of speech. */
struct candidate {
    const char *word;
    const struct wordnet_sense *senses; /* [n_senses] by sense number */
    uint32_t n_senses;
    uint32_t count; /* over all its senses */
};

struct vocabulary {
    const struct wordnet *wordnet;
    struct candidate *candidates; /* [n] by count, then by word */
    size_t n, capacity;
    struct map words; /* numbers are places in `place` */
    uint32_t *place;  /* [words.n] place in candidates */
};

static bool is_plain_word(const char *word)
{
    size_t n = strlen(word);
    return n >= 3 && strspn(word, "abcdefghijklmnopqrstuvwxyz") == n;
}

static int by_count(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? -1 : 1) : strcmp(x->word, y->word);
}

static void add_candidate(struct vocabulary *vocabulary, const char *word, enum wordnet_pos pos)
{
    uint32_t before = vocabulary->words.n;
    if (!is_plain_word(word) || map_put_text(&vocabulary->words, word) != before) {
        return;
    }
    struct candidate candidate = {.word = word};
    candidate.senses = wordnet_senses(vocabulary->wordnet, word, pos, &candidate.n_senses);
    for (uint32_t s = 0; s < candidate.n_senses; s++) {
        candidate.count += candidate.senses[s].count;
    }
    if (candidate.count >= LEAST_COUNT) {
        MEM_GROW(vocabulary->candidates, vocabulary->capacity, vocabulary->n + 1);
        vocabulary->candidates[vocabulary->n++] = candidate;
    }
}

static void list_candidates(struct vocabulary *vocabulary, enum wordnet_pos pos)
{
    for (uint32_t i = 0; i < wordnet_n_synsets(vocabulary->wordnet); i++) {
        const struct wordnet_synset *synset = wordnet_synset(vocabulary->wordnet, i);
        for (uint16_t w = 0; synset->pos == pos && w < synset->n_words; w++) {
            add_candidate(vocabulary, synset->words[w], pos);
        }
    }
    if (vocabulary->n) {
        qsort(vocabulary->candidates, vocabulary->n, sizeof *vocabulary->candidates, by_count);
    }
    vocabulary->place = mem_array(vocabulary->words.n + 1u, sizeof *vocabulary->place);
    memset(vocabulary->place, 0xFF, vocabulary->words.n * sizeof *vocabulary->place);
    for (size_t i = 0; i < vocabulary->n; i++) {
        vocabulary->place[map_find_text(&vocabulary->words, vocabulary->candidates[i].word)] =
            (uint32_t)i;
    }
}

static uint32_t place_of(const struct vocabulary *vocabulary, const char *word)
{
    uint32_t number = map_find_text(&vocabulary->words, word);
    return number == MAP_NONE ? UINT32_MAX : vocabulary->place[number];
}

/* The place of the synonym of a target's first sense, UINT32_MAX if it has none. */
static uint32_t find_synonym(const struct vocabulary *vocabulary, const struct candidate *target)
{
    const struct wordnet_synset *synset =
        wordnet_synset(vocabulary->wordnet, target->senses[0].synset);
    uint32_t best = UINT32_MAX, best_number = UINT32_MAX;
    for (uint16_t w = 0; w < synset->n_words; w++) {
        uint32_t place = place_of(vocabulary, synset->words[w]);
        if (place == UINT32_MAX || strcmp(synset->words[w], target->word) == 0 ||
            strncmp(synset->words[w], target->word, SAME_PREFIX) == 0) {
            continue; /* "gaze" and "gazing" would be recognised by their letters */
        }
        const struct candidate *other = &vocabulary->candidates[place];
        for (uint32_t s = 0; s < other->n_senses; s++) {
            if (other->senses[s].synset == target->senses[0].synset &&
                other->senses[s].number < best_number) {
                best = place;
                best_number = other->senses[s].number;
            }
        }
    }
    return best;
}

static bool is_above(const struct wordnet *wordnet, uint32_t high, uint32_t low)
{
    const struct wordnet_synset *synset = wordnet_synset(wordnet, low);
    for (uint16_t h = 0; h < synset->n_hypernyms; h++) {
        if (synset->hypernyms[h] == high) {
            return true;
        }
    }
    return false;
}

/* Do two words share a synset, or is one directly above the other in some sense? */
static bool related(const struct wordnet *wordnet, const struct candidate *a,
                    const struct candidate *b)
{
    for (uint32_t i = 0; i < a->n_senses; i++) {
        for (uint32_t j = 0; j < b->n_senses; j++) {
            uint32_t x = a->senses[i].synset, y = b->senses[j].synset;
            if (x == y || is_above(wordnet, x, y) || is_above(wordnet, y, x)) {
                return true;
            }
        }
    }
    return false;
}

static bool may_distract(const struct vocabulary *vocabulary, const struct candidate *candidate,
                         const struct candidate *const *others, uint32_t n_others)
{
    for (uint32_t i = 0; i < n_others; i++) {
        if (strncmp(candidate->word, others[i]->word, SAME_PREFIX) == 0 ||
            related(vocabulary->wordnet, candidate, others[i])) {
            return false;
        }
    }
    return true;
}

/* Three words of similar frequency into chosen[2…4] (0: target, 1: synonym); false if the window
 * has fewer. */
static bool draw_distractors(const struct vocabulary *vocabulary, uint32_t synonym, struct rng *rng,
                             const struct candidate **chosen)
{
    uint32_t n = (uint32_t)vocabulary->n, size = n < WINDOW + 1 ? n : WINDOW + 1;
    uint32_t begin = synonym > size / 2 ? synonym - size / 2 : 0;
    begin = begin + size > n ? n - size : begin;
    uint32_t order[WINDOW + 1], n_chosen = 0;
    for (uint32_t i = 0; i < size; i++) {
        order[i] = begin + i;
    }
    rng_shuffle(rng, order, size);
    for (uint32_t i = 0; i < size && n_chosen < N_DISTRACTORS; i++) {
        const struct candidate *candidate = &vocabulary->candidates[order[i]];
        if (may_distract(vocabulary, candidate, chosen, 2 + n_chosen)) {
            chosen[2 + n_chosen++] = candidate;
        }
    }
    return n_chosen == N_DISTRACTORS;
}

static void write_question(FILE *stream, enum wordnet_pos pos, uint32_t number,
                           const struct candidate *const *chosen, struct rng *rng)
{
    static const char letters[] = " nvar";
    uint32_t order[N_DISTRACTORS + 1] = {0, 1, 2, 3}, answer = 0;
    rng_shuffle(rng, order, N_DISTRACTORS + 1);
    fprintf(stream, "%c%05u\t%c\t%s", letters[pos], number, letters[pos], chosen[0]->word);
    for (uint32_t i = 0; i <= N_DISTRACTORS; i++) {
        fprintf(stream, "\t%s", chosen[1 + order[i]]->word);
        answer = order[i] == 0 ? i + 1 : answer;
    }
    fprintf(stream, "\t%u\n", answer);
}

static uint32_t write_questions(const struct wordnet *wordnet, enum wordnet_pos pos, FILE *stream)
{
    struct vocabulary vocabulary = {.wordnet = wordnet};
    struct rng rng;
    uint32_t n = 0;
    list_candidates(&vocabulary, pos);
    rng_init(&rng, SEED, (uint64_t)pos);
    for (size_t i = 0; i < vocabulary.n; i++) {
        const struct candidate *chosen[2 + N_DISTRACTORS] = {&vocabulary.candidates[i]};
        uint32_t synonym = find_synonym(&vocabulary, chosen[0]);
        if (synonym == UINT32_MAX) {
            continue;
        }
        chosen[1] = &vocabulary.candidates[synonym];
        if (draw_distractors(&vocabulary, synonym, &rng, chosen)) {
            write_question(stream, pos, ++n, chosen, &rng);
        }
    }
    free(vocabulary.candidates);
    free(vocabulary.place);
    map_finish(&vocabulary.words);
    return n;
}

int wordnet_synonyms_write(const struct wordnet *wordnet, const char *folder,
                           uint32_t ret_counts[WORDNET_N_POS + 1])
{
    TRY(file_make_folders(folder));
    char *path = file_join(folder, "wordnet-synonyms.tsv");
    struct file_out out = {0};
    uint32_t counts[WORDNET_N_POS + 1] = {0};
    int status = file_out_open(&out, path);
    if (status == 0) {
        fprintf(out.stream,
                "# id\tpos\ttarget\tchoice1\tchoice2\tchoice3\tchoice4\tanswer (1-4)\n");
        for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
            counts[pos] = write_questions(wordnet, (enum wordnet_pos)pos, out.stream);
        }
        status = file_out_commit(&out);
    }
    file_out_abort(&out);
    free(path);
    if (status == 0) {
        memcpy(ret_counts, counts, sizeof counts);
    }
    return status;
}
