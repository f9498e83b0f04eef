/* A host for plugin code under test: memory that can fail, messages that are kept. */
#include "mini_host.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct emb_options {
    uint32_t n;
    const char **names;
    char **values;
};

static char failure[2048];
static atomic_size_t bytes_now;
static atomic_ullong allocs_to_failure;

static void host_log(const struct emb_host *host, int32_t level, const char *line)
{
    (void)host;
    if (level >= EMB_LOG_WARN) {
        fprintf(stderr, "%s\n", line);
    }
}

static emb_status host_fail(const struct emb_host *host, emb_status code, const char *why)
{
    (void)host;
    snprintf(failure, sizeof failure, "%s", why);
    return code;
}

/* Before they are touched, as the program's own host does: benches would measure small ones. */
static void in_huge_pages(void *block, size_t bytes)
{
    const uintptr_t page = (uintptr_t)1 << 21;
    uintptr_t begin = ((uintptr_t)block + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)block + bytes) / page * page;
    if (end > begin) {
        madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* a wish, may be refused */
    }
}

static void *host_alloc(const struct emb_host *host, size_t bytes)
{
    (void)host;
    unsigned long long left = atomic_load(&allocs_to_failure);
    if (left && atomic_compare_exchange_strong(&allocs_to_failure, &left, left - 1) && left == 1) {
        return NULL;
    }
    if (bytes > SIZE_MAX - 63) {
        return NULL;
    }
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64 + (bytes == 0 ? 64 : 0));
    if (block) {
        in_huge_pages(block, bytes);
        memset(block, 0, malloc_usable_size(block));
        atomic_fetch_add(&bytes_now, malloc_usable_size(block));
    }
    return block;
}

static void host_free(const struct emb_host *host, void *block)
{
    (void)host;
    if (block) {
        atomic_fetch_sub(&bytes_now, malloc_usable_size(block));
        free(block);
    }
}

static emb_status host_progress(const struct emb_host *host, uint64_t done, uint64_t total)
{
    (void)host, (void)done, (void)total;
    return EMB_OK;
}

struct crew {
    void (*body)(void *arg, uint32_t i, uint32_t worker);
    void *arg;
    uint32_t n;
    atomic_uint next;
};

struct member {
    struct crew *crew;
    uint32_t worker;
};

static _Thread_local int nested;

static void *work(void *arg)
{
    struct member *member = arg;
    struct crew *crew = member->crew;
    nested = 1;
    for (uint32_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->n;) {
        crew->body(crew->arg, i, member->worker);
    }
    nested = 0;
    return NULL;
}

static void host_parallel_for(const struct emb_host *host, uint32_t n,
                              void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg)
{
    if (nested || host->n_workers == 1 || n < 2) {
        for (uint32_t i = 0; i < n; i++) {
            body(arg, i, 0);
        }
        return;
    }
    struct crew crew = {body, arg, n, 0};
    struct member members[16];
    pthread_t threads[16];
    for (uint32_t w = 0; w < host->n_workers; w++) {
        members[w] = (struct member){&crew, w};
        if (w > 0 && pthread_create(&threads[w], NULL, work, &members[w]) != 0) {
            abort();
        }
    }
    work(&members[0]);
    for (uint32_t w = 1; w < host->n_workers; w++) {
        pthread_join(threads[w], NULL);
    }
}

static const char *opt_text(const struct emb_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->n; i++) {
        if (strcmp(options->names[i], name) == 0) {
            return options->values[i];
        }
    }
    fprintf(stderr, "mini_host: a plugin asks for the undeclared option '%s'\n", name);
    abort();
}

static int64_t opt_int(const struct emb_options *options, const char *name)
{
    return strtoll(opt_text(options, name), NULL, 10);
}

static double opt_real(const struct emb_options *options, const char *name)
{
    return strtod(opt_text(options, name), NULL);
}

static const void *host_extension(const struct emb_host *host, const char *id)
{
    (void)host, (void)id;
    return NULL;
}

static struct emb_host the_host = {
    .struct_size = sizeof(struct emb_host),
    .abi_minor = EMB_ABI_MINOR,
    .log = host_log,
    .fail = host_fail,
    .alloc = host_alloc,
    .free = host_free,
    .progress = host_progress,
    .parallel_for = host_parallel_for,
    .n_workers = 1,
    .opt_text = opt_text,
    .opt_int = opt_int,
    .opt_real = opt_real,
    .extension = host_extension,
};

const struct emb_host *mini_host(uint32_t n_workers)
{
    the_host.n_workers = n_workers < 1 ? 1 : n_workers > 16 ? 16 : n_workers;
    failure[0] = '\0';
    return &the_host;
}

const char *mini_host_failure(void)
{
    return failure;
}

size_t mini_host_bytes(void)
{
    return atomic_load(&bytes_now);
}

void mini_host_fail_alloc(uint64_t n)
{
    atomic_store(&allocs_to_failure, n);
}

struct emb_options *mini_options(const struct emb_option *options, uint32_t n_options,
                                 const char *const *pairs, uint32_t n_pairs)
{
    struct emb_options *parsed = calloc(1, sizeof *parsed);
    parsed->n = n_options;
    parsed->names = calloc(n_options + 1, sizeof *parsed->names);
    parsed->values = calloc(n_options + 1, sizeof *parsed->values);
    for (uint32_t i = 0; i < n_options; i++) {
        parsed->names[i] = options[i].name;
        parsed->values[i] = options[i].fallback ? strdup(options[i].fallback) : NULL;
    }
    for (uint32_t p = 0; p < n_pairs; p++) {
        const char *equals = strchr(pairs[p], '=');
        uint32_t i = 0;
        while (i < n_options && (strlen(options[i].name) != (size_t)(equals - pairs[p]) ||
                                 strncmp(options[i].name, pairs[p], (size_t)(equals - pairs[p])))) {
            i++;
        }
        if (i == n_options) {
            fprintf(stderr, "mini_options: no option for '%s'\n", pairs[p]);
            abort();
        }
        free(parsed->values[i]);
        parsed->values[i] = strdup(equals + 1);
    }
    return parsed;
}

void mini_options_free(struct emb_options *options)
{
    if (options) {
        for (uint32_t i = 0; i < options->n; i++) {
            free(options->values[i]);
        }
        free(options->values);
        free(options->names);
        free(options);
    }
}
