/* Adds up the counters of the processor packages, "intel-rapl:0", "intel-rapl:1" and so on; their
 * parts, "intel-rapl:0:1", are in them. */
#include "commands/sweep/energy.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_PACKAGES = 64 };

struct package {
    char *path;           /* of its counter */
    uint64_t last, range; /* microjoules */
};

struct energy_meter {
    struct package packages[MOST_PACKAGES];
    uint32_t n;
    double joules;
    bool known;
    pthread_mutex_t lock;
    pthread_cond_t over;
    pthread_t thread;
    bool started, ended;
};

/* Never of a data file: nothing that a figure stands on. */
static bool read_whole(const char *path, uint64_t *ret_value)
{
    struct str text;
    if (!file_exists(path) || file_read_unnoted(path, &text) != 0) {
        return false;
    }
    bool is_number = num_uint(slice_trim((struct slice){text.data, text.n}), ret_value);
    str_finish(&text);
    return is_number;
}

/* "intel-rapl:0", as AMD's are called, too */
static bool is_package(const char *name)
{
    const char *colon = strchr(name, ':');
    return text_starts(name, "intel-rapl:") && colon && !strchr(colon + 1, ':');
}

static bool find_package(struct energy_meter *meter, const char *folder, const char *name)
{
    struct package *package = &meter->packages[meter->n];
    char *range = mem_format("%s/%s/max_energy_range_uj", folder, name);
    *package = (struct package){.path = mem_format("%s/%s/energy_uj", folder, name)};
    bool whole = read_whole(range, &package->range) && read_whole(package->path, &package->last);
    free(range);
    meter->n++;
    return whole;
}

static void find_packages(struct energy_meter *meter, const char *folder)
{
    struct file_list list = {0};
    bool whole = file_is_folder(folder) && file_list_folder(folder, &list) == 0;
    for (uint32_t i = 0; whole && i < list.n; i++) {
        if (is_package(list.names[i])) {
            whole = meter->n < MOST_PACKAGES && find_package(meter, folder, list.names[i]);
        }
    }
    meter->known = whole && meter->n > 0;
    file_list_finish(&list);
}

/* The counter counts up to `range`, and goes on from 0. */
static void add_reading(struct energy_meter *meter, struct package *package)
{
    uint64_t now;
    if (!read_whole(package->path, &now) || now > package->range) {
        meter->known = false;
        return;
    }
    uint64_t used =
        now >= package->last ? now - package->last : package->range - package->last + now;
    meter->joules += (double)used / 1e6;
    package->last = now;
}

static void read_packages(struct energy_meter *meter)
{
    for (uint32_t i = 0; meter->known && i < meter->n; i++) {
        add_reading(meter, &meter->packages[i]);
    }
}

static void *keep_reading(void *ctx)
{
    struct energy_meter *meter = ctx;
    pthread_mutex_lock(&meter->lock);
    while (!meter->ended) {
        struct timespec next;
        clock_gettime(CLOCK_REALTIME, &next);
        next.tv_sec += (time_t)ENERGY_SECONDS;
        pthread_cond_timedwait(&meter->over, &meter->lock, &next);
        read_packages(meter);
    }
    pthread_mutex_unlock(&meter->lock);
    return NULL;
}

struct energy_meter *energy_begin(const char *folder)
{
    struct energy_meter *meter = mem_alloc(sizeof *meter);
    pthread_mutex_init(&meter->lock, NULL);
    pthread_cond_init(&meter->over, NULL);
    find_packages(meter, folder);
    meter->started = meter->known && pthread_create(&meter->thread, NULL, keep_reading, meter) == 0;
    meter->known = meter->started;
    return meter;
}

void energy_read(struct energy_meter *meter)
{
    pthread_mutex_lock(&meter->lock);
    read_packages(meter);
    pthread_mutex_unlock(&meter->lock);
}

double energy_end(struct energy_meter *meter)
{
    if (meter->started) {
        pthread_mutex_lock(&meter->lock);
        meter->ended = true;
        pthread_cond_signal(&meter->over);
        pthread_mutex_unlock(&meter->lock);
        pthread_join(meter->thread, NULL);
        read_packages(meter);
    }
    double joules = meter->known ? meter->joules : NAN;
    for (uint32_t i = 0; i < meter->n; i++) {
        free(meter->packages[i].path);
    }
    pthread_cond_destroy(&meter->over);
    pthread_mutex_destroy(&meter->lock);
    free(meter);
    return joules;
}
