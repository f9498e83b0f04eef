/* The development set that --dev names. */
#include "suites/wsd/dev.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

const char **wsd_dev_list(const struct suite_request *request, uint32_t *ret_n, uint32_t *ret_dev)
{
    static const char *const usual[] = {"homographs", "wordnet-examples"};
    const char *const *asked = request->n_datasets ? request->datasets : usual;
    uint32_t n = request->n_datasets ? request->n_datasets : sizeof usual / sizeof *usual;
    const char **list = mem_array(n + 1, sizeof *list);
    memcpy(list, asked, n * sizeof *list);
    uint32_t dev = n + 1;
    if (request->dev && file_exists(request->dev)) {
        for (dev = 0; dev < n; dev++) {
            size_t given = suite_given_name(list[dev]);
            if (strcmp(list[dev] + given + (given > 0), request->dev) == 0) {
                break;
            }
        }
        if (dev == n) {
            list[n++] = request->dev;
        }
    }
    *ret_n = n;
    *ret_dev = dev < n ? dev : n;
    return list;
}

/* Gathers names that could be meant. */
struct dev_search {
    const char *wanted;
    struct str names; /* what is called so, or what there is */
    char *found;
    uint32_t n_found;
};

static void offer(struct dev_search *search, const char *name, const char *base)
{
    if (strcmp(name, search->wanted) == 0 || strcmp(base, search->wanted) == 0) {
        free(search->found);
        search->found = mem_text(name);
        search->n_found++;
    }
    str_format(&search->names, "%s%s", search->names.n ? ", " : "", name);
}

/* What the rows of the development set will be called: --dev names a set of this run, or a part. */
static int name_set(const struct wsd_task *task, const char *dev, char **ret_name)
{
    struct dev_search search = {.wanted = dev};
    for (uint32_t t = 0; t < task->n_tests; t++) {
        offer(&search, task->tests[t].data->name, "");
    }
    bool is_set = search.n_found > 0;
    for (uint32_t t = 0; t < task->n_tests && !is_set; t++) {
        const struct wsd_data *data = task->tests[t].data;
        for (uint32_t p = 0; data->n_parts > 1 && p < data->n_parts; p++) {
            char *part = wsd_part_name(data, p);
            offer(&search, part, data->parts[p]);
            free(part);
        }
    }
    int status = 0;
    if (search.n_found != 1) {
        status = error_set(
            ERR_REQUEST, "suite wsd: --dev %s: %s is called so; expected a file, or one of %s", dev,
            search.n_found ? "more than one set of this run" : "no set of this run",
            str_text(&search.names));
        free(search.found);
        search.found = NULL;
    }
    str_finish(&search.names);
    *ret_name = search.found;
    return status;
}

/* The same where --dev is the path of data set number `asked`. */
static int name_file(const struct wsd_task *task, const char *dev, uint32_t asked, char **ret_name)
{
    uint32_t n = 0;
    const char *name = NULL;
    for (uint32_t t = 0; t < task->n_tests; t++) {
        n += task->tests[t].asked == asked;
        name = task->tests[t].asked == asked ? task->tests[t].data->name : name;
    }
    if (n != 1) {
        return error_set(ERR_REQUEST, "suite wsd: --dev %s: found %u data sets, expected one", dev,
                         n);
    }
    *ret_name = mem_text(name);
    return 0;
}

int wsd_dev_name(const struct wsd_task *task, const char *dev, uint32_t listed, uint32_t n,
                 char **ret_name)
{
    return listed < n ? name_file(task, dev, listed, ret_name) : name_set(task, dev, ret_name);
}
