/* Describes processor, memory, system and build for the report. */
#include "commands/run/machine.h"

#include "base/file.h"
#include "base/str.h"
#include "math/blas.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *processor(void)
{
    static char name[128];
    struct str text;
    if (file_read("/proc/cpuinfo", &text) != 0) {
        return NULL;
    }
    struct slice rest = {text.data, text.n}, line;
    while (!name[0] && slice_line(&rest, &line)) {
        const char *colon = memchr(line.text, ':', line.n);
        if (colon && line.n > 10 && memcmp(line.text, "model name", 10) == 0) {
            struct slice value =
                slice_trim((struct slice){colon + 1, line.n - (size_t)(colon + 1 - line.text)});
            snprintf(name, sizeof name, "%.*s", (int)value.n, value.text);
        }
    }
    str_finish(&text);
    return name[0] ? name : NULL;
}

void machine_describe(struct run_facts *run)
{
    static char system_name[256];
    struct utsname info;
    if (uname(&info) == 0) {
        snprintf(system_name, sizeof system_name, "%.60s %.60s %.60s", info.sysname, info.release,
                 info.machine);
        run->system = system_name;
    }
    run->version = HARNESS_VERSION;
    run->blas = blas_describe();
    run->build = "cc " __VERSION__
#ifdef HARNESS_BUILD
                 ", " HARNESS_BUILD
#endif
#ifdef __OPTIMIZE__
                 ", optimised"
#endif
#ifdef __SANITIZE_ADDRESS__
                 ", AddressSanitizer"
#endif
        ;
    run->processor = processor();
    run->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}
