/* Subsampling of frequent words and the table of negative samples. */
#include "train/sampling.h"
#include "base/try.h"

#include <math.h>

emb_status negatives_init(struct negatives *negatives, const struct word_counts *vocabulary,
                          double power)
{
    const struct train_job *job = vocabulary->job;
    const struct emb_host *host = job->host;
    uint32_t n = vocabulary->n_words, n_small = 0, n_large = 0;
    double *share = NULL, total = 0;
    uint32_t *small = NULL; /* those below average from the front, the others from the back */
    negatives->n = n;
    emb_status status = job_alloc(job, n, sizeof *negatives->slots, "negatives", &negatives->slots);
    if (status == EMB_OK) {
        status = job_alloc(job, n, sizeof *share, "negatives", &share);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, n, sizeof *small, "negatives", &small);
    }
    for (uint32_t i = 0; i < n && status == EMB_OK; i++) {
        share[i] = pow((double)vocabulary->words[i].count, power);
        total += share[i];
    }
    for (uint32_t i = 0; i < n && status == EMB_OK; i++) {
        share[i] *= n / total; /* 1 = average */
        small[share[i] < 1 ? n_small++ : n - ++n_large] = i;
    }
    while (n_small > 0 && n_large > 0) {
        uint32_t less = small[--n_small], more = small[n - n_large];
        negatives->slots[less] = (struct negative_slot){(float)share[less], more};
        share[more] -= 1 - share[less];
        if (share[more] < 1) {
            n_large--;
            small[n_small++] = more;
        }
    }
    while (n_large > 0) { /* what is left is 1 except for rounding */
        uint32_t i = small[n - n_large--];
        negatives->slots[i] = (struct negative_slot){1, i};
    }
    while (n_small > 0) {
        uint32_t i = small[--n_small];
        negatives->slots[i] = (struct negative_slot){1, i};
    }
    host->free(host, share);
    host->free(host, small);
    return status;
}

void negatives_finish(struct negatives *negatives, const struct train_job *job)
{
    job->host->free(job->host, negatives->slots);
    *negatives = (struct negatives){0};
}

emb_status sampling_keep(const struct word_counts *vocabulary, double sample, float **ret_keep)
{
    float *keep;
    uint32_t n = vocabulary->n_words;
    TRY(job_alloc(vocabulary->job, n, sizeof *keep, "subsampling", &keep));
    double total = 0;
    for (uint32_t i = 0; i < n; i++) {
        total += (double)vocabulary->words[i].count;
    }
    for (uint32_t i = 0; i < n; i++) {
        double ratio = sample * total / (double)vocabulary->words[i].count;
        keep[i] = sample > 0 ? (float)(sqrt(ratio) + ratio) : 1;
    }
    *ret_keep = keep;
    return EMB_OK;
}

/* Parents of the 2 n - 1 nodes: leaves [0, n) by falling count, then inner nodes as they arise. */
static void join(const struct word_counts *vocabulary, uint64_t *counts, uint32_t *parents,
                 uint8_t *branches)
{
    uint32_t n = vocabulary->n_words;
    for (uint32_t i = 0; i < n; i++) {
        counts[i] = vocabulary->words[i].count;
    }
    uint64_t leaf = n, inner = n; /* next of either queue; leaves are taken from the end */
    for (uint32_t made = 0; made + 1 < n; made++) {
        uint32_t node = n + made;
        counts[node] = 0;
        for (uint8_t branch = 0; branch < 2; branch++) {
            uint32_t least;
            if (leaf > 0 && (inner >= node || counts[leaf - 1] < counts[inner])) {
                least = (uint32_t)--leaf;
            } else {
                least = (uint32_t)inner++;
            }
            parents[least] = node;
            branches[least] = branch;
            counts[node] += counts[least];
        }
    }
}

static uint32_t depth_of(const uint32_t *parents, uint32_t leaf, uint32_t root)
{
    uint32_t depth = 0;
    for (uint32_t node = leaf; node != root; node = parents[node]) {
        depth++;
    }
    return depth;
}

static emb_status paths(struct huffman *huffman, const struct train_job *job, uint32_t n,
                        const uint32_t *parents, const uint8_t *branches)
{
    uint32_t root = 2 * n - 2;
    TRY(job_alloc(job, n + 1, sizeof *huffman->begin, "codes", &huffman->begin));
    for (uint32_t i = 0; i < n; i++) {
        huffman->begin[i + 1] = huffman->begin[i] + depth_of(parents, i, root);
    }
    TRY(job_alloc(job, huffman->begin[n], 1, "codes", &huffman->codes));
    TRY(job_alloc(job, huffman->begin[n], sizeof *huffman->nodes, "codes", &huffman->nodes));
    for (uint32_t i = 0; i < n; i++) {
        uint64_t at = huffman->begin[i + 1];
        for (uint32_t node = i; node != root; node = parents[node]) {
            at--;
            huffman->codes[at] = branches[node];
            huffman->nodes[at] = parents[node] - n;
        }
    }
    return EMB_OK;
}

emb_status huffman_init(struct huffman *huffman, const struct word_counts *vocabulary)
{
    const struct train_job *job = vocabulary->job;
    uint64_t n_nodes = 2 * (uint64_t)vocabulary->n_words, *counts = NULL;
    uint32_t *parents = NULL;
    uint8_t *branches = NULL;
    emb_status status = job_alloc(job, n_nodes, sizeof *counts, "the Huffman tree", &counts);
    if (status == EMB_OK) {
        status = job_alloc(job, n_nodes, sizeof *parents, "the Huffman tree", &parents);
    }
    if (status == EMB_OK) {
        status = job_alloc(job, n_nodes, sizeof *branches, "the Huffman tree", &branches);
    }
    if (status == EMB_OK) {
        join(vocabulary, counts, parents, branches);
        status = paths(huffman, job, vocabulary->n_words, parents, branches);
    }
    job->host->free(job->host, counts);
    job->host->free(job->host, parents);
    job->host->free(job->host, branches);
    return status;
}

void huffman_finish(struct huffman *huffman, const struct train_job *job)
{
    job->host->free(job->host, huffman->begin);
    job->host->free(job->host, huffman->codes);
    job->host->free(job->host, huffman->nodes);
    *huffman = (struct huffman){0};
}
