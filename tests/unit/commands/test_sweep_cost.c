/* What a sweep costs: the kernel's counters of energy, added up and shared out; and results packed
 * and unpacked. */
#include "temporary.h"

#include "base/error.h"
#include "base/str.h"
#include "commands/sweep/energy.h"
#include "commands/sweep/gather_nodes.h"
#include "commands/sweep/packed.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sys/stat.h>

static void write_counter(const char *folder, const char *package, const char *file,
                          const char *value)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, package);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/%s", folder, package, file);
    temporary_write(path, value, strlen(value));
}

static void write_package(const char *folder, const char *package, const char *range,
                          const char *now)
{
    write_counter(folder, package, "max_energy_range_uj", range);
    write_counter(folder, package, "energy_uj", now);
}

/* As in Documentation/power/powercap/powercap.rst: a package, and a part that is in it. */
Test(energy, of_packages_that_begin_anew)
{
    const char *folder = temporary_folder();
    write_package(folder, "intel-rapl:0", "1000000\n", "400000\n");
    write_package(folder, "intel-rapl:0:0", "1000000\n", "7\n");
    write_package(folder, "intel-rapl:1", "5000000\n", "0\n");
    write_counter(folder, "intel-rapl", "enabled", "1\n");
    struct energy_meter *meter = energy_begin(folder);
    write_package(folder, "intel-rapl:0", "1000000\n", "900000\n"); /* 0.5 J */
    energy_read(meter);
    write_package(folder, "intel-rapl:0", "1000000\n", "100000\n"); /* begun anew: 0.2 J */
    write_package(folder, "intel-rapl:0:0", "1000000\n", "900000\n");
    write_package(folder, "intel-rapl:1", "5000000\n", "3000000\n"); /* 3 J */
    double joules = energy_end(meter);
    cr_expect_float_eq(joules, 3.7, 1e-12, "found %g", joules);
    temporary_remove(folder);
}

Test(energy, that_the_kernel_does_not_show)
{
    const char *folder = temporary_folder();
    cr_expect(isnan(energy_end(energy_begin(folder))), "no package");
    cr_expect(isnan(energy_end(energy_begin("/nowhere/powercap"))), "no folder");
    write_package(folder, "intel-rapl:0", "1000000\n", "400000\n");
    write_package(folder, "intel-rapl:1", "1000000\n", "none\n");
    cr_expect(isnan(energy_end(energy_begin(folder))), "of one of two");
    write_package(folder, "intel-rapl:1", "1000000\n", "5\n");
    struct energy_meter *meter = energy_begin(folder);
    write_package(folder, "intel-rapl:1", "1000000\n", "2000000\n");
    cr_expect(isnan(energy_end(meter)), "a counter beyond its range");
    temporary_remove(folder);
}

static void add(struct gather_nodes *nodes, const char *host, uint32_t n_threads, double begin,
                double end, double joules)
{
    struct unit_cost cost = {.n_threads = n_threads, .begin = begin, .end = end, .joules = joules};
    snprintf(cost.host, sizeof cost.host, "%s", host);
    gather_nodes_add(nodes, &cost);
}

/* By hand: on n1, 0 to 10 s and 5 to 15 s, 100 W all the while, are 15 s, not 20. */
Test(nodes, share_what_they_saw_together)
{
    struct gather_nodes nodes = {0};
    struct result_tree tree = {0};
    add(&nodes, "n1", 2, 5, 15, 1000);
    add(&nodes, "n2", 1, 3, 4, NAN);
    add(&nodes, "n1", 4, 0, 10, 1000);
    add(&nodes, "n1", 1, 6, 9, 300); /* wholly inside */
    add(&nodes, "n3", 0, 0, 0, 5);   /* failed */
    gather_nodes_report(&nodes, &tree);
    cr_assert_eq(tree.run.n_nodes, 2u);
    cr_expect_str_eq(tree.run.nodes[0].name, "n1");
    cr_expect_eq(tree.run.nodes[0].units, 3u);
    cr_expect_float_eq(tree.run.nodes[0].core_seconds, 2 * 10 + 4 * 10 + 1 * 3, 1e-9);
    cr_expect_float_eq(tree.run.nodes[0].joules, 1500, 1e-9);
    cr_expect_str_eq(tree.run.nodes[1].name, "n2");
    cr_expect_float_eq(tree.run.nodes[1].core_seconds, 1, 1e-9);
    cr_expect(isnan(tree.run.nodes[1].joules));
    gather_nodes_finish(&nodes);
    result_tree_finish(&tree);
}

static size_t size_of(const char *path)
{
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    return (size_t)info.st_size;
}

/* Every cut, and a flipped bit at every byte, is found, and named. */
Test(packed, there_and_back_and_torn)
{
    enum { N = 100000 };
    static char bytes[N], again[N + 1], kept[N];
    char path[PATH_MAX + 16], packed[PATH_MAX + 16];
    const char *folder = temporary_folder();
    FILE *stream;
    snprintf(path, sizeof path, "%s/unit", folder);
    snprintf(packed, sizeof packed, "%s/packed", folder);
    for (int i = 0; i < N; i++) {
        bytes[i] = (char)((i * i) >> 7);
    }
    temporary_write(path, bytes, N);
    cr_assert_eq(packed_write(path, packed), 0, "%s", error_message());
    cr_expect_lt(packed_write(path, packed), 0, "one that is there stays");
    cr_assert_eq(packed_open(packed, &stream), 0, "%s", error_message());
    cr_assert_eq(fread(again, 1, sizeof again, stream), (size_t)N);
    cr_expect_eq(memcmp(bytes, again, N), 0);
    fclose(stream);
    size_t n = size_of(packed);
    cr_assert_lt(n, (size_t)N);
    FILE *file = fopen(packed, "rb");
    cr_assert_eq(fread(kept, 1, n, file), n);
    fclose(file);
    for (size_t cut = 1; cut < n; cut += n / 40) {
        temporary_write(packed, kept, cut);
        cr_expect_eq(packed_open(packed, &stream), ERR_REQUEST, "cut at %zu", cut);
        cr_expect(text_starts(error_message(), packed));
    }
    for (size_t at = 0; at < n; at += n / 40) {
        kept[at] ^= 16;
        temporary_write(packed, kept, n);
        int status = packed_open(packed, &stream);
        if (status == 0) { /* of a frame's head, a bit that nothing stands on */
            cr_assert_eq(fread(again, 1, sizeof again, stream), (size_t)N, "flipped at %zu", at);
            cr_expect_eq(memcmp(bytes, again, N), 0, "flipped at %zu", at);
            fclose(stream);
        }
        kept[at] ^= 16;
    }
    cr_expect_eq(packed_open("/nowhere/unit", &stream), ERR_REQUEST);
    temporary_remove(folder);
}
