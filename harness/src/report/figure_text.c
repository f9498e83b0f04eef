/* The texts of protocols and splits. */
#include "report/figure_text.h"

void protocol_write_term(const struct protocol *protocol, uint32_t i, struct str *out)
{
    const struct protocol_term *term = &protocol->terms[i];
    const char *name = term->key == PROTOCOL_OTHER ? term->name : protocol_key_name(term->key);
    enum protocol_form form = protocol_key_form(term->key);
    if (form == PROTOCOL_COUNT) {
        return;
    }
    if (form == PROTOCOL_KEYED && name) {
        str_add(out, name);
        str_add_char(out, ':');
    }
    str_add(out, term->value);
    if (i + 1 < protocol->n && protocol_key_form(protocol->terms[i + 1].key) == PROTOCOL_COUNT) {
        str_add_char(out, '(');
        str_add(out, protocol->terms[i + 1].value);
        str_add_char(out, ')');
    }
}

void protocol_write(const struct protocol *protocol, struct str *out)
{
    for (uint32_t i = 0; i < protocol->n; i++) {
        if (i > 0 && protocol_key_form(protocol->terms[i].key) != PROTOCOL_COUNT) {
            str_add_char(out, '|');
        }
        protocol_write_term(protocol, i, out);
    }
}

void split_write(const struct split *split, struct str *out)
{
    str_add(out, split->axis ? split->axis : SPLIT_ALL_TEXT);
    if (split->axis && split->value) {
        str_add_char(out, ':');
        str_add(out, split->value);
    }
}
