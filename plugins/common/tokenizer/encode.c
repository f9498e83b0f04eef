/* Runs a text through all steps and puts special pieces around it. */
#include "tokenizer/tokenizer.h"

#include "base/try.h"
#include "base/unicode.h"
#include "embedder_util.h"
#include "tokenizer/build.h"

#include <stdlib.h>
#include <string.h>

void token_list_finish(struct token_list *list)
{
    free(list->items);
    *list = (struct token_list){0};
}

/* Cut work->text into pieces at the end of work->list. */
static emb_status cut_text(const struct tokenizer *tokenizer, struct work *work)
{
    work->splits.n = 0;
    TRY(work->text.n ? split_push(work, &work->splits, 0, work->text.n, NO_ID) : EMB_OK);
    if (tokenizer->lowers_text) {
        static const struct normalizer lower = {.kind = NORMALIZER_LOWER_TEXT};
        TRY(normalizer_apply(&lower, work));
    }
    TRY(added_cut(&tokenizer->added, work, false));
    for (uint32_t i = 0; i < tokenizer->n_normalizers; i++) {
        TRY(normalizer_apply(&tokenizer->normalizers[i], work));
    }
    TRY(added_cut(&tokenizer->added, work, true));
    for (uint32_t i = 0; i < tokenizer->n_pre_tokenizers; i++) {
        TRY(pre_tokenizer_apply(&tokenizer->pre_tokenizers[i], work));
    }
    for (uint32_t i = 0; i < work->splits.n; i++) {
        struct split split = work->splits.items[i];
        if (split.begin == split.end) {
            continue;
        }
        TRY(split.id == NO_ID ? model_cut(&tokenizer->model, work, split.begin, split.end)
                              : work_emit(work, split.id, split.begin, split.end));
    }
    return EMB_OK;
}

static bool is_spelled_space(const char *text, uint32_t at, uint32_t *ret_next)
{
    *ret_next = at;
    uint32_t c = utf8_next(text, ret_next);
    return c == byte_level_char(' ') || unicode_is_space(c);
}

/* Take n code points of the text off the begin or the end of a piece, as far as it has them. */
static void trim_begin(struct emb_piece *piece, const char *text, uint32_t n)
{
    for (; n > 0 && piece->begin < piece->end; n--) {
        uint32_t c;
        bool valid;
        piece->begin += utf8_read(text + piece->begin, piece->end - piece->begin, &c, &valid);
    }
}

static void trim_end(struct emb_piece *piece, const char *text, uint32_t n)
{
    for (; n > 0 && piece->begin < piece->end; n--) {
        do {
            piece->end--;
        } while (piece->end > piece->begin && ((unsigned char)text[piece->end] & 0xC0) == 0x80);
    }
}

/* Take the spaces that a byte-level piece begins and ends with off its offsets. */
static void trim_piece(const struct tokenizer *tokenizer, const char *original,
                       struct emb_piece *piece, bool is_first, bool add_prefix_space)
{
    uint32_t n_bytes = 0;
    const char *text = vocab_text(&tokenizer->added.vocab, piece->id, &n_bytes);
    uint32_t n_original = piece->end - piece->begin;
    if (text && utf8_valid_prefix(original + piece->begin, n_original) == n_original) {
        /* with the white space that it took along */
        text = original + piece->begin;
        n_bytes = n_original;
    } else if (!text) {
        text = vocab_text(&tokenizer->model.vocab, piece->id, &n_bytes);
    }
    uint32_t leading = 0;
    uint32_t trailing = 0;
    uint32_t next;
    for (uint32_t at = 0; text && at < n_bytes && is_spelled_space(text, at, &next); at = next) {
        leading++;
    }
    for (uint32_t at = n_bytes; text && at > 0; trailing++) {
        at = utf8_back(text, at);
        if (!is_spelled_space(text, at, &next)) {
            break;
        }
    }
    if (leading > 0 && is_first && add_prefix_space) {
        leading--; /* the space that was put there is none of the text's */
    }
    trim_begin(piece, original, leading);
    trim_end(piece, original, trailing);
}

static void trim_pieces(const struct tokenizer *tokenizer, const char *original,
                        struct token_list *list)
{
    for (uint32_t t = 0; t < tokenizer->n_trims; t++) {
        for (uint32_t i = 0; i < list->n; i++) {
            struct emb_piece *piece = &list->items[i];
            bool is_first = i == 0 || piece->begin == 0;
            trim_piece(tokenizer, original, piece, is_first, tokenizer->trims[t]);
        }
    }
}

static emb_status push_specials(const struct work *work, const struct id_list *ids)
{
    emb_status status = EMB_OK;
    for (uint32_t i = 0; i < ids->n && status == EMB_OK; i++) {
        status = token_push(work, work->list, (struct emb_piece){0, 0, ids->items[i], EMB_NO_WORD});
    }
    return status;
}

/* The template's pieces go before those that the list has, and after them. */
static emb_status wrap(const struct tokenizer *tokenizer, struct work *work)
{
    struct token_list *list = work->list;
    uint32_t n = list->n;
    TRY(push_specials(work, &tokenizer->before));
    if (tokenizer->before.n && n) {
        memmove(list->items + tokenizer->before.n, list->items, n * sizeof *list->items);
        list->n = 0;
        push_specials(work, &tokenizer->before); /* has the room: cannot fail */
        list->n = n + tokenizer->before.n;
    }
    return push_specials(work, &tokenizer->after);
}

emb_status tokenizer_encode(const struct tokenizer *tokenizer, const char *text, uint32_t n_bytes,
                            uint32_t flags, struct token_list *list)
{
    struct work work;
    work_init(&work, tokenizer->host, tokenizer->name, list);
    list->n = 0;
    emb_status status = EMB_OK;
    if (!text_assign(&work.text, text, n_bytes)) {
        status = work_no_memory(&work);
    }
    if (status == EMB_OK) {
        status = cut_text(tokenizer, &work);
    }
    if (status == EMB_OK) {
        trim_pieces(tokenizer, text, list);
        status = flags & TOKENIZER_SPECIAL ? wrap(tokenizer, &work) : EMB_OK;
    }
    work_finish(&work);
    return status;
}

/* Is the code point that ends at text[at] white space? text is any bytes. */
static bool space_before(const char *text, uint32_t at)
{
    if (at == 0) {
        return false;
    }
    uint32_t begin = at - 1;
    while (begin > 0 && at - begin < 4 && ((unsigned char)text[begin] & 0xC0) == 0x80) {
        begin--;
    }
    uint32_t c;
    bool valid;
    unsigned length = utf8_read(text + begin, at - begin, &c, &valid);
    return valid && length == at - begin && unicode_is_space(c);
}

/* Tie the pieces of a word, whose offsets count from the word less its leading space, to the
 * sentence. What stands for that space alone belongs to no word. */
static void place_pieces(struct token_list *list, uint32_t first, const struct emb_span *word,
                         uint32_t w, uint32_t n_space)
{
    for (uint32_t i = first; i < list->n; i++) {
        struct emb_piece *piece = &list->items[i];
        piece->begin = piece->begin < n_space ? 0 : piece->begin - n_space;
        piece->end = piece->end < n_space ? 0 : piece->end - n_space;
        piece->word = piece->begin < piece->end ? w : EMB_NO_WORD;
        piece->begin += word->begin;
        piece->end += word->begin;
    }
}

static emb_status cut_word(const struct tokenizer *tokenizer, struct work *work, const char *text,
                           const struct emb_span *words, uint32_t w)
{
    const struct emb_span *word = &words[w];
    uint32_t n_space = w > 0 && space_before(text, word->begin);
    uint32_t n = word->end - word->begin;
    uint32_t first = work->list->n;
    if (!grow_items(&work->word, &work->word_capacity, (uint64_t)n + 1, 1)) {
        return work_no_memory(work);
    }
    work->word[0] = ' ';
    memcpy(work->word + n_space, text + word->begin, n);
    if (!text_assign(&work->text, work->word, n + n_space)) {
        return work_no_memory(work);
    }
    work->at_start = w == 0;
    work->at_boundary = w == 0 || n_space;
    emb_status status = cut_text(tokenizer, work);
    if (status == EMB_OK) {
        place_pieces(work->list, first, word, w, n_space);
    }
    return status;
}

emb_status tokenizer_encode_words(const struct tokenizer *tokenizer, const char *text,
                                  const struct emb_span *words, uint32_t n_words, uint32_t flags,
                                  struct token_list *list)
{
    struct work work;
    work_init(&work, tokenizer->host, tokenizer->name, list);
    work.by_word = true;
    list->n = 0;
    emb_status status = EMB_OK;
    for (uint32_t w = 0; w < n_words && status == EMB_OK; w++) {
        status = cut_word(tokenizer, &work, text, words, w);
    }
    if (status == EMB_OK && flags & TOKENIZER_SPECIAL) {
        status = wrap(tokenizer, &work);
    }
    work_finish(&work);
    return status;
}

uint32_t tokenizer_n_pieces(const struct tokenizer *tokenizer)
{
    uint32_t model = tokenizer->model.vocab.n_ids;
    uint32_t added = tokenizer->added.vocab.n_ids;
    return model > added ? model : added;
}

const char *tokenizer_spelling(const struct tokenizer *tokenizer, uint32_t id)
{
    const char *text = vocab_text(&tokenizer->added.vocab, id, NULL);
    return text ? text : vocab_text(&tokenizer->model.vocab, id, NULL);
}

bool tokenizer_find(const struct tokenizer *tokenizer, const char *spelling, uint32_t *ret_id)
{
    size_t n = strlen(spelling);
    uint32_t id;
    if (n > UINT32_MAX || (!vocab_find(&tokenizer->added.vocab, spelling, (uint32_t)n, &id) &&
                           !vocab_find(&tokenizer->model.vocab, spelling, (uint32_t)n, &id))) {
        return false;
    }
    *ret_id = id;
    return true;
}

bool tokenizer_mask(const struct tokenizer *tokenizer, uint32_t *ret_id)
{
    if (tokenizer->mask != NO_ID) {
        *ret_id = tokenizer->mask;
        return true;
    }
    return tokenizer_find(tokenizer, "[MASK]", ret_id) ||
           tokenizer_find(tokenizer, "<mask>", ret_id);
}

uint32_t tokenizer_max_pieces(const struct tokenizer *tokenizer)
{
    return tokenizer->max_pieces;
}

void tokenizer_special_counts(const struct tokenizer *tokenizer, uint32_t *ret_before,
                              uint32_t *ret_after)
{
    *ret_before = tokenizer->before.n;
    *ret_after = tokenizer->after.n;
}
