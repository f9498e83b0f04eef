/* Protocols with the context and the pooling that the embedder was given. */
#include "suites/shared/reading_protocol.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void reading_protocol(const struct word_view *word_view, const struct protocol *from,
                      struct protocol *ret_protocol)
{
    const char *pooling = word_view_pooling_text(word_view);
    for (uint32_t i = 0; i < from->n; i++) {
        const struct protocol_term *term = &from->terms[i];
        bool is_pool = term->key == PROTOCOL_POOL;
        if (is_pool && strcmp(term->value, "mean") == 0) {
            protocol_add(ret_protocol, PROTOCOL_POOL, pooling);
        } else if (is_pool && strcmp(term->value, "mean+special") == 0) {
            protocol_format(ret_protocol, PROTOCOL_POOL, "%s+special", pooling);
        } else {
            protocol_add_term(ret_protocol, term);
        }
    }
    if (word_view->context != CONTEXT_BOTH && !protocol_get(from, PROTOCOL_CONTEXT)) {
        char *context = word_view_context_text(word_view);
        protocol_insert(ret_protocol, PROTOCOL_CONTEXT, context);
        free(context);
    }
}
