/* Protocols to and from the form that they have in a stored report. */
#include "report/stored/protocols.h"

#include "base/error.h"
#include "base/mem.h"
#include "report/figure_text.h"

#include <stdlib.h>
#include <string.h>

static const struct field fields_of_term[] = {
    {.name = "key", .type = FIELD_TEXT, .offset = offsetof(struct stored_term, key)},
    {.name = "role",
     .type = FIELD_TEXT,
     .offset = offsetof(struct stored_term, role),
     .needed = true},
    {.name = "value",
     .type = FIELD_TEXT,
     .offset = offsetof(struct stored_term, value),
     .needed = true},
    {0},
};

const struct field fields_of_protocol[] = {
    {.name = "signature",
     .type = FIELD_TEXT,
     .offset = offsetof(struct stored_protocol, signature),
     .needed = true},
    {.name = "terms",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct stored_protocol, terms),
     .count = offsetof(struct stored_protocol, n_terms),
     .element = "term",
     .fields = fields_of_term,
     .size = sizeof(struct stored_term)},
    {0},
};

static const struct stored_term *terms_of(const struct protocol *protocol, struct arena *arena)
{
    struct stored_term *terms = arena_alloc(arena, (protocol->n + 1u) * sizeof *terms);
    for (uint32_t i = 0; i < protocol->n; i++) {
        const struct protocol_term *term = &protocol->terms[i];
        terms[i] = (struct stored_term){
            .key = term->key == PROTOCOL_OTHER ? term->name : protocol_key_name(term->key),
            .role = protocol_role_name(protocol_term_role(term)),
            .value = term->value,
        };
    }
    return terms;
}

void stored_protocols_init(struct stored_protocols *protocols, const struct result_tree *tree)
{
    struct map seen = {0}; /* rows of one protocol share it */
    size_t capacity = 0;
    *protocols = (struct stored_protocols){0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct figure *row = &tree->rows[i];
        const void *protocol = row->protocol;
        if (map_put(&seen, (const char *)&protocol, sizeof protocol) < protocols->n) {
            continue;
        }
        MEM_GROW(protocols->list, capacity, (size_t)protocols->n + 1);
        protocols->list[protocols->n++] = (struct stored_protocol){
            .signature = row->signature,
            .terms = terms_of(row->protocol, &protocols->terms),
            .n_terms = row->protocol->n,
        };
    }
    map_finish(&seen);
}

void stored_protocols_finish(struct stored_protocols *protocols)
{
    free(protocols->list);
    arena_finish(&protocols->terms);
    *protocols = (struct stored_protocols){0};
}

static int take_term(const struct stored_term *stored, struct protocol *protocol)
{
    enum protocol_role role = protocol_role_of(stored->role);
    if (role == PROTOCOL_N_ROLES) {
        return error_set(ERR_REQUEST,
                         "role: found \"%s\", expected experiment, system, embedder, writing, "
                         "method or information",
                         stored->role);
    }
    enum protocol_key key =
        stored->key ? protocol_key_of(stored->key, strlen(stored->key)) : PROTOCOL_OTHER;
    protocol_add_term(protocol,
                      &(struct protocol_term){.key = key,
                                              .name = key == PROTOCOL_OTHER ? stored->key : NULL,
                                              .value = stored->value,
                                              .role = role});
    return 0;
}

int stored_protocol_take(const struct stored_protocol *stored, struct result_tree *tree)
{
    struct protocol protocol = {0};
    struct str made = {0};
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < stored->n_terms; i++) {
        status = take_term(&stored->terms[i], &protocol);
    }
    protocol_write(&protocol, &made);
    if (status == 0 && strcmp(str_text(&made), stored->signature) != 0) {
        status =
            error_set(ERR_REQUEST, "signature: found \"%s\", expected \"%s\", as its terms say",
                      stored->signature, str_text(&made));
    } else if (status == 0 && result_tree_protocol(tree, stored->signature)) {
        status = error_set(ERR_REQUEST, "signature: found \"%s\" a second time", stored->signature);
    } else if (status == 0) {
        result_tree_add_protocol(tree, &protocol);
    }
    str_finish(&made);
    protocol_finish(&protocol);
    return status;
}
