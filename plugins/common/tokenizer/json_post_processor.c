/* Reads "post_processor" of tokenizer.json. */
#include "tokenizer/json_tokenizer.h"
#include "base/try.h"

/* "sep": ["[SEP]", 102] */
static emb_status read_special(struct tokenizer *tokenizer, const struct json *place,
                               const char *key, struct id_list *list)
{
    struct json pair;
    TRY(json_get_array(place, key, &pair));
    if (json_length(&pair) != 2) {
        return json_fail(&pair, "expected a token and its id");
    }
    struct json second = json_element(&pair, 1);
    uint64_t id;
    TRY(json_as_uint(&second, VOCAB_MAX_ID, &id));
    return add_id(tokenizer, list, (uint32_t)id);
}

static emb_status add_trim(struct tokenizer *tokenizer, const struct json *place)
{
    bool trim_offsets = true;
    bool add_prefix_space = true;
    TRY(json_opt_bool(place, "trim_offsets", &trim_offsets));
    TRY(json_opt_bool(place, "add_prefix_space", &add_prefix_space));
    if (trim_offsets && tokenizer->n_trims == MAX_STEPS) {
        return json_fail(place, "more than %d post-processors", MAX_STEPS);
    }
    if (trim_offsets) {
        tokenizer->trims[tokenizer->n_trims++] = add_prefix_space;
    }
    return EMB_OK;
}

static emb_status read_bert_processing(struct tokenizer *tokenizer, const struct json *place)
{
    TRY(read_special(tokenizer, place, "cls", &tokenizer->before));
    return read_special(tokenizer, place, "sep", &tokenizer->after);
}

static emb_status read_roberta_processing(struct tokenizer *tokenizer, const struct json *place)
{
    TRY(add_trim(tokenizer, place));
    return read_bert_processing(tokenizer, place);
}

/* The ids that a template's special token stands for. */
static emb_status add_template_token(struct tokenizer *tokenizer, const struct json *place,
                                     const struct json *token, struct id_list *list)
{
    const char *name;
    struct json specials;
    struct json special;
    struct json ids;
    TRY(json_get_text(token, "id", &name, NULL));
    TRY(json_get_object(place, "special_tokens", &specials));
    TRY(json_get_object(&specials, name, &special));
    TRY(json_get_array(&special, "ids", &ids));
    for (uint64_t i = 0; i < json_length(&ids); i++) {
        struct json element = json_element(&ids, i);
        uint64_t id = 0;
        TRY(json_as_uint(&element, VOCAB_MAX_ID, &id));
        TRY(add_id(tokenizer, list, (uint32_t)id));
    }
    return EMB_OK;
}

static emb_status read_template(struct tokenizer *tokenizer, const struct json *place)
{
    struct json single;
    TRY(json_get_array(place, "single", &single));
    unsigned n_sequences = 0;
    for (uint64_t i = 0; i < json_length(&single); i++) {
        struct json element = json_element(&single, i);
        struct json piece;
        if (json_has(&element, "Sequence", &piece)) {
            n_sequences++;
        } else {
            TRY(json_get_object(&element, "SpecialToken", &piece));
            TRY(add_template_token(tokenizer, place, &piece,
                                   n_sequences ? &tokenizer->after : &tokenizer->before));
        }
    }
    if (n_sequences != 1) {
        return json_fail(&single, "found %u sequences, expected 1", n_sequences);
    }
    return EMB_OK;
}

static emb_status read_post_processors(struct tokenizer *tokenizer, const struct json *place)
{
    return read_sequence(tokenizer, place, "processors", read_post_processor);
}

emb_status read_post_processor(struct tokenizer *tokenizer, const struct json *place)
{
    static const struct step_reader readers[] = {
        /* The last three stand in some files, left over, and mean nothing there. */
        {"TemplateProcessing", "single pair special_tokens add_prefix_space trim_offsets use_regex",
         read_template},
        {"BertProcessing", "sep cls", read_bert_processing},
        {"RobertaProcessing", "sep cls trim_offsets add_prefix_space", read_roberta_processing},
        {"ByteLevel", "add_prefix_space trim_offsets use_regex", add_trim},
        {"Sequence", "processors", read_post_processors},
    };
    return READ_STEP(tokenizer, place, readers, "a post-processor");
}
