/* Copies and frees what a report says of an embedder. */
#include "report/embedder_facts.h"

#include "base/mem.h"

#include <stdlib.h>

/* clang-format off */
#define COPY(type, member, ...) COPY_##type(member)
#define COPY_OWN_TEXT(member) copy.member = facts->member ? mem_text(facts->member) : NULL;
#define COPY_STAGES(member) \
    copy.member = facts->member ? stages_copy(facts->member, facts->n_##member) : NULL;
#define COPY_REAL(member)
#define COPY_WHOLE(member)
#define COPY_WHOLE32(member)

#define FREE(type, member, ...) FREE_##type(member)
#define FREE_OWN_TEXT(member) free(facts->member);
#define FREE_STAGES(member) free(facts->member);
#define FREE_REAL(member)
#define FREE_WHOLE(member)
#define FREE_WHOLE32(member)
/* clang-format on */

struct embedder_facts embedder_facts_copy(const struct embedder_facts *facts)
{
    struct embedder_facts copy = *facts;
    EMBEDDER_FACTS_MEMBERS(COPY)
    return copy;
}

void embedder_facts_finish(struct embedder_facts *facts)
{
    EMBEDDER_FACTS_MEMBERS(FREE)
    *facts = (struct embedder_facts){0};
}
