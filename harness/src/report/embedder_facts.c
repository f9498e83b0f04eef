/* Copies and frees what a report says of an embedder. */
#include "report/embedder_facts.h"

#include <stdlib.h>

static void free_stages(struct stage *stages, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        stage_finish(&stages[i]);
    }
    free(stages);
}

/* clang-format off */
#define FREE(type, member, ...) FREE_##type(member)
#define FREE_OWN_TEXT(member) free(facts->member);
#define FREE_STAGES(member) free_stages(facts->member, facts->n_##member);
#define FREE_REAL(member)
#define FREE_WHOLE(member)
#define FREE_WHOLE32(member)
/* clang-format on */

void embedder_facts_finish(struct embedder_facts *facts)
{
    EMBEDDER_FACTS_MEMBERS(FREE)
    *facts = (struct embedder_facts){0};
}
