/* Reads "model" of tokenizer.json. */
#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/json_tokenizer.h"

#include <string.h>

#define MAX_PIECE 4096 /* bytes; the longest known are runs of some hundred spaces */

static emb_status add_vocab_member(struct tokenizer *tokenizer, const struct json *member)
{
    char piece[MAX_PIECE];
    uint64_t id;
    if (strlen(member->key) > sizeof piece) {
        return json_fail(member->parent, "found a piece of %zu bytes, expected at most %zu",
                         strlen(member->key), sizeof piece);
    }
    uint64_t n = json_key(member, piece);
    TRY(json_as_uint(member, VOCAB_MAX_ID, &id));
    return vocab_add(&tokenizer->model.vocab, piece, (uint32_t)n, (uint32_t)id);
}

emb_status read_vocab_object(struct tokenizer *tokenizer, const struct json *vocab)
{
    if (json_kind(vocab) != JSON_KIND_OBJECT) {
        return json_fail(vocab, "expected an object of pieces and their ids");
    }
    void *iterator = NULL;
    struct json member;
    while (json_next(vocab, &iterator, &member)) {
        TRY(add_vocab_member(tokenizer, &member));
    }
    return vocab_seal(&tokenizer->model.vocab);
}

/* Id of a required piece named by `key`. */
static emb_status find_piece(struct tokenizer *tokenizer, const struct json *place, const char *key,
                             const char *text, uint64_t n_bytes, uint32_t *ret_id)
{
    if (n_bytes > UINT32_MAX ||
        !vocab_find(&tokenizer->model.vocab, text, (uint32_t)n_bytes, ret_id)) {
        return json_fail(place, "%s \"%s\" is not in the vocabulary", key, text);
    }
    return EMB_OK;
}

static emb_status copy_text(struct tokenizer *tokenizer, const char *text, uint64_t n_bytes,
                            const char **ret_copy, uint32_t *ret_n)
{
    *ret_copy = pool_copy(&tokenizer->pool, text, n_bytes);
    *ret_n = (uint32_t)n_bytes;
    return *ret_copy ? EMB_OK : EMB_E_NOMEM;
}

static emb_status read_wordpiece(struct tokenizer *tokenizer, const struct json *place,
                                 const struct json *vocab)
{
    struct wordpiece *wordpiece = &tokenizer->model.wordpiece;
    const char *unknown = "[UNK]";
    const char *prefix = "##";
    uint64_t n_unknown = 5;
    uint64_t n_prefix = 2;
    uint64_t max_chars = 100;
    TRY(json_only(place, "type unk_token continuing_subword_prefix "
                         "max_input_chars_per_word vocab"));
    TRY(json_opt_text(place, "unk_token", &unknown, &n_unknown));
    TRY(json_opt_text(place, "continuing_subword_prefix", &prefix, &n_prefix));
    TRY(json_opt_uint(place, "max_input_chars_per_word", UINT32_MAX - 1, &max_chars));
    TRY(read_vocab_object(tokenizer, vocab));
    TRY(find_piece(tokenizer, place, "unk_token", unknown, n_unknown, &wordpiece->unknown));
    TRY(copy_text(tokenizer, prefix, n_prefix, &wordpiece->prefix, &wordpiece->n_prefix));
    wordpiece->max_chars = (uint32_t)max_chars;
    wordpiece_prepare(&tokenizer->model);
    return EMB_OK;
}

static emb_status read_wordlevel(struct tokenizer *tokenizer, const struct json *place,
                                 const struct json *vocab)
{
    const char *unknown = "<unk>";
    uint64_t n_unknown = 5;
    TRY(json_only(place, "type unk_token vocab"));
    TRY(json_opt_text(place, "unk_token", &unknown, &n_unknown));
    TRY(read_vocab_object(tokenizer, vocab));
    tokenizer->model.wordlevel.unknown = NO_ID;
    if (n_unknown <= UINT32_MAX) {
        vocab_find(&tokenizer->model.vocab, unknown, (uint32_t)n_unknown,
                   &tokenizer->model.wordlevel.unknown);
    }
    return EMB_OK;
}

/* "a b" or ["a", "b"] */
static emb_status read_merge(struct tokenizer *tokenizer, const struct json *place)
{
    const char *left;
    const char *right;
    uint64_t n_left;
    uint64_t n_right;
    if (json_kind(place) == JSON_KIND_ARRAY) {
        if (json_length(place) != 2) {
            return json_fail(place, "found %llu pieces, expected 2",
                             (unsigned long long)json_length(place));
        }
        struct json first = json_element(place, 0);
        struct json second = json_element(place, 1);
        TRY(json_as_text(&first, &left, &n_left));
        TRY(json_as_text(&second, &right, &n_right));
    } else {
        TRY(json_as_text(place, &left, &n_left));
        const char *space = memchr(left, ' ', n_left);
        if (!space || memchr(space + 1, ' ', n_left - (size_t)(space + 1 - left))) {
            return json_fail(place, "found \"%.80s\", expected two pieces and one space", left);
        }
        right = space + 1;
        n_right = n_left - (uint64_t)(right - left);
        n_left = (uint64_t)(space - left);
    }
    if (n_left > UINT16_MAX || n_right > UINT16_MAX ||
        !add_merge(tokenizer, left, (uint32_t)n_left, right, (uint32_t)n_right)) {
        return json_fail(place, "\"%.*s\" and \"%.*s\" or the two joined are not in the vocabulary",
                         n_left < 80 ? (int)n_left : 80, left, n_right < 80 ? (int)n_right : 80,
                         right);
    }
    return EMB_OK;
}

static emb_status read_bpe_texts(struct tokenizer *tokenizer, const struct json *place)
{
    struct bpe *bpe = &tokenizer->model.bpe;
    const char *prefix = NULL;
    const char *suffix = NULL;
    uint64_t n_prefix = 0;
    uint64_t n_suffix = 0;
    TRY(json_opt_text(place, "continuing_subword_prefix", &prefix, &n_prefix));
    TRY(json_opt_text(place, "end_of_word_suffix", &suffix, &n_suffix));
    if (n_prefix > UINT16_MAX || n_suffix > UINT16_MAX) {
        return json_fail(place, "a prefix or suffix is longer than %d bytes", UINT16_MAX);
    }
    if (n_prefix) {
        TRY(copy_text(tokenizer, prefix, n_prefix, &bpe->prefix, &bpe->n_prefix));
    }
    if (n_suffix) {
        TRY(copy_text(tokenizer, suffix, n_suffix, &bpe->suffix, &bpe->n_suffix));
    }
    return EMB_OK;
}

static emb_status read_bpe(struct tokenizer *tokenizer, const struct json *place,
                           const struct json *vocab)
{
    struct bpe *bpe = &tokenizer->model.bpe;
    double dropout = 0;
    const char *unknown = NULL;
    uint64_t n_unknown = 0;
    struct json merges;
    TRY(json_only(place, "type dropout unk_token continuing_subword_prefix end_of_word_suffix "
                         "fuse_unk byte_fallback ignore_merges vocab merges"));
    TRY(json_opt_real(place, "dropout", &dropout));
    if (dropout != 0) {
        return json_fail(place, "found dropout %g, expected none: pieces would be random", dropout);
    }
    TRY(json_opt_text(place, "unk_token", &unknown, &n_unknown));
    TRY(json_opt_bool(place, "fuse_unk", &bpe->fuse_unknown));
    TRY(json_opt_bool(place, "byte_fallback", &bpe->byte_fallback));
    TRY(json_opt_bool(place, "ignore_merges", &bpe->ignore_merges));
    TRY(read_bpe_texts(tokenizer, place));
    TRY(read_vocab_object(tokenizer, vocab));
    TRY(json_get_array(place, "merges", &merges));
    if (json_length(&merges) >= 1u << 28) {
        return json_fail(&merges, "found too many rules");
    }
    TRY(bpe_reserve(&tokenizer->model, &tokenizer->pool, (uint32_t)json_length(&merges)));
    bpe->unknown = NO_ID;
    if (unknown && n_unknown <= UINT32_MAX) {
        bpe->unknown_is_error =
            !vocab_find(&tokenizer->model.vocab, unknown, (uint32_t)n_unknown, &bpe->unknown);
    }
    bpe_prepare(&tokenizer->model);
    return read_sequence(tokenizer, place, "merges", read_merge);
}

/* [["piece", score], ...], the id being the place in the list. */
static emb_status read_scored_vocab(struct tokenizer *tokenizer, const struct json *vocab)
{
    struct unigram *unigram = &tokenizer->model.unigram;
    uint64_t n = json_length(vocab);
    if (json_kind(vocab) != JSON_KIND_ARRAY || n == 0 || n > VOCAB_MAX_ID) {
        return json_fail(vocab, "expected an array of 1 to %u pieces with their scores",
                         VOCAB_MAX_ID);
    }
    unigram->scores = pool_alloc(&tokenizer->pool, n * sizeof *unigram->scores);
    unigram->n_scores = (uint32_t)n;
    TRY(unigram->scores ? EMB_OK : EMB_E_NOMEM);
    for (uint32_t i = 0; i < n; i++) {
        struct json pair = json_element(vocab, i);
        if (json_kind(&pair) != JSON_KIND_ARRAY || json_length(&pair) != 2) {
            return json_fail(&pair, "expected a piece and its score");
        }
        struct json piece = json_element(&pair, 0);
        struct json score = json_element(&pair, 1);
        const char *text;
        uint64_t n_bytes = 0;
        TRY(json_as_text(&piece, &text, &n_bytes));
        TRY(json_as_real(&score, &unigram->scores[i]));
        if (n_bytes > UINT16_MAX) {
            return json_fail(&piece, "found a piece of more than %d bytes", UINT16_MAX);
        }
        TRY(vocab_add(&tokenizer->model.vocab, text, (uint32_t)n_bytes, i));
    }
    return vocab_seal(&tokenizer->model.vocab);
}

static emb_status read_unigram(struct tokenizer *tokenizer, const struct json *place,
                               const struct json *vocab)
{
    struct unigram *unigram = &tokenizer->model.unigram;
    uint64_t unknown = NO_ID;
    TRY(json_only(place, "type unk_id byte_fallback vocab"));
    TRY(json_opt_bool(place, "byte_fallback", &unigram->byte_fallback));
    TRY(read_scored_vocab(tokenizer, vocab));
    TRY(json_opt_uint(place, "unk_id", (uint64_t)unigram->n_scores - 1, &unknown));
    unigram->unknown = (uint32_t)unknown;
    unigram->fuse_unknown = true;
    return unigram_prepare(&tokenizer->model);
}

/* Older files leave the type out: it shows in the other members. */
static const char *guess_type(const struct json *place, const struct json *vocab)
{
    struct json member;
    if (json_member(place, "merges", &member)) {
        return "BPE";
    }
    if (json_kind(vocab) == JSON_KIND_ARRAY) {
        return "Unigram";
    }
    return json_member(place, "max_input_chars_per_word", &member) ? "WordPiece" : "WordLevel";
}

emb_status read_model(struct tokenizer *tokenizer, const struct json *place)
{
    struct model *model = &tokenizer->model;
    struct json vocab;
    if (!json_has(place, "vocab", &vocab)) {
        return json_fail(place, "no member \"vocab\"");
    }
    const char *type = guess_type(place, &vocab);
    TRY(json_opt_text(place, "type", &type, NULL));
    if (strcmp(type, "WordPiece") == 0) {
        model->kind = MODEL_WORDPIECE;
        return read_wordpiece(tokenizer, place, &vocab);
    }
    if (strcmp(type, "WordLevel") == 0) {
        model->kind = MODEL_WORDLEVEL;
        return read_wordlevel(tokenizer, place, &vocab);
    }
    if (strcmp(type, "BPE") == 0) {
        model->kind = MODEL_BPE;
        return read_bpe(tokenizer, place, &vocab);
    }
    if (strcmp(type, "Unigram") == 0) {
        model->kind = MODEL_UNIGRAM;
        return read_unigram(tokenizer, place, &vocab);
    }
    return json_fail(place,
                     "found a model of type \"%s\", expected WordPiece, WordLevel, BPE or "
                     "Unigram",
                     type);
}
