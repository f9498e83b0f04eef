#include "report/embedder_facts.h"

#include <stdlib.h>

void embedder_facts_finish(struct embedder_facts *facts)
{
    char *texts[] = {
        facts->name,          facts->plugin,         facts->plugin_path,    facts->plugin_version,
        facts->plugin_sha256, facts->citation,       facts->kind,           facts->options,
        facts->model_path,    facts->model_sha256,   facts->weights_before, facts->weights_after,
        facts->status,        facts->error,          facts->claim,          facts->claim_statement,
        facts->licence,       facts->model_citation, facts->model_name,     facts->model_version,
        facts->series,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(texts[i]);
    }
    for (uint32_t i = 0; i < facts->n_stages; i++) {
        stage_finish(&facts->stages[i]);
    }
    free(facts->stages);
    *facts = (struct embedder_facts){0};
}
