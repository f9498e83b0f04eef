/* Adds up the costs of units, machine by machine. */
#include "commands/sweep/gather_nodes.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void gather_nodes_add(struct gather_nodes *nodes, const struct unit_cost *cost)
{
    if (cost->n_threads > 0) {
        map_put_text(&nodes->hosts, cost->host);
        MEM_GROW(nodes->costs, nodes->capacity, nodes->n + 1);
        nodes->costs[nodes->n++] = *cost;
    }
}

static int by_begin(const void *a, const void *b)
{
    double x = ((const struct unit_cost *)a)->begin, y = ((const struct unit_cost *)b)->begin;
    return (x > y) - (x < y);
}

/* The share of a unit's time in which no unit that began before it on this machine was running. */
static double share_alone(const struct unit_cost *cost, double covered)
{
    double begin = covered > cost->begin ? covered : cost->begin;
    double seconds = cost->end - cost->begin;
    return begin >= cost->end ? 0 : seconds > 0 ? (cost->end - begin) / seconds : 1;
}

/* costs: by their begin. */
static struct node_facts sum_of(const struct unit_cost *costs, size_t n, const char *host)
{
    struct node_facts node = {.name = host};
    double covered = -INFINITY; /* until then, by the units so far */
    for (size_t i = 0; i < n; i++) {
        const struct unit_cost *cost = &costs[i];
        if (strcmp(cost->host, host) != 0) {
            continue;
        }
        double share = share_alone(cost, covered);
        node.units++;
        node.core_seconds += cost->n_threads * (cost->end - cost->begin);
        node.joules += cost->joules * share;
        covered = cost->end > covered ? cost->end : covered;
    }
    return node;
}

void gather_nodes_report(const struct gather_nodes *nodes, struct result_tree *tree)
{
    uint32_t n = nodes->hosts.n;
    if (n == 0) {
        return;
    }
    qsort(nodes->costs, nodes->n, sizeof *nodes->costs, by_begin);
    struct node_facts *list = arena_alloc(&tree->attributes, n * sizeof *list);
    for (uint32_t i = 0; i < n; i++) {
        const char *host = result_tree_text(tree, map_key(&nodes->hosts, i));
        list[i] = sum_of(nodes->costs, nodes->n, host);
    }
    tree->run.nodes = list;
    tree->run.n_nodes = n;
}

void gather_nodes_say(const struct result_tree *tree)
{
    struct str text = {0};
    double core_seconds = 0, joules = 0;
    for (uint32_t i = 0; i < tree->run.n_nodes; i++) {
        const struct node_facts *node = &tree->run.nodes[i];
        str_format(&text, "%s%s (%u)", i ? ", " : "", node->name, node->units);
        core_seconds += node->core_seconds;
        joules += node->joules;
    }
    str_format(&text, "%s; %.3f core-hours, ", tree->run.n_nodes ? "" : "no machine",
               core_seconds / 3600);
    if (tree->run.n_nodes > 0 && isfinite(joules)) {
        str_format(&text, "%.1f kJ", joules / 1000);
    } else {
        str_add(&text, "joules not known (the kernel does not show them of every unit)");
    }
    log_info("units ran on %s", str_text(&text));
    str_finish(&text);
}

void gather_nodes_finish(struct gather_nodes *nodes)
{
    free(nodes->costs);
    map_finish(&nodes->hosts);
    *nodes = (struct gather_nodes){0};
}
