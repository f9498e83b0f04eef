/* Reports the answers of a scan: each method at each stage is a system. */
#include "suites/wsd/scan.h"

#include "base/mem.h"

#include <stdlib.h>

static const char *const method_names[N_METHODS] = {
    "nn",       "nn-context", "gloss:target-gloss", "gloss:target-lemma", "gloss:sentence-gloss",
    "nn+gloss",
};

/* How a method reads words, where that is not plain: nothing for methods that take no mean of them.
 */
static void mean_protocol(const struct wsd_plan *plan, int method, struct protocol *protocol)
{
    struct word_mean mean = *plan->mean;
    if (!plan->words || method == NN || method == GLOSSES + WSD_TARGET_LEMMA) {
        return;
    }
    if (method != NN_CONTEXT) { /* definitions and sentences have no target to be far from */
        mean = (struct word_mean){.words = mean.words};
    }
    word_mean_protocol(&mean, plan->file, protocol);
}

static void protocol_of(const struct wsd_scan *scan, int method, const struct stage *stage,
                        struct protocol *ret_protocol)
{
    const struct wsd_plan *plan = scan->plan;
    bool trained = method == NN || method == NN_CONTEXT;
    protocol_add(ret_protocol, PROTOCOL_METHOD, method_names[method]);
    if (plan->k > 1 && trained) {
        protocol_add_number(ret_protocol, PROTOCOL_K, plan->k);
    }
    mean_protocol(plan, method, ret_protocol);
    protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    /* definitions are whole texts */
    protocol_add(ret_protocol, PROTOCOL_POOL,
                 method >= GLOSSES ? embedder_whole_pool(scan->run->embedder) : "mean");
    if (plan->relatives && (trained || method == NN_GLOSS)) {
        protocol_add(ret_protocol, PROTOCOL_UNSEEN, "synset+hypernym");
    }
}

void wsd_scan_report(const struct wsd_scan *scan)
{
    size_t most = (size_t)N_METHODS * scan->n_stages;
    struct wsd_answers *systems = mem_array(most, sizeof *systems);
    struct protocol *protocols = mem_array(most, sizeof *protocols);
    uint32_t n = 0;
    for (int m = 0; m < N_METHODS; m++) {
        for (uint32_t s = 0; s < scan->n_stages && scan->answers[m]; s++, n++) {
            const struct stage *stage = embedder_stage(scan->run->embedder, s);
            protocol_of(scan, m, stage, &protocols[n]);
            systems[n] = (struct wsd_answers){.method = method_names[m],
                                              .stage = *stage,
                                              .protocol = &protocols[n],
                                              .answers = wsd_scan_answer(scan, m, s, 0),
                                              .lists_words = n == 0,
                                              .can_back_off = true};
        }
    }
    if (n) {
        wsd_report_stages(scan->run, scan->task, scan->test, systems, n, scan->plan->headline);
    }
    for (uint32_t i = 0; i < n; i++) {
        protocol_finish(&protocols[i]);
    }
    free(protocols);
    free(systems);
}
