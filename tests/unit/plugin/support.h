/* support.h - what the tests of plugin/ share. */
#ifndef UNIT_PLUGIN_SUPPORT_H
#define UNIT_PLUGIN_SUPPORT_H

#include "base/error.h"
#include "base/mem.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

/* "tests/bad/nan.so" in the build folder; free() it. */
static inline char *built(const char *name)
{
    const char *root = getenv("HARNESS_BUILD_ROOT");
    cr_assert(root, "HARNESS_BUILD_ROOT is not set: run by meson test");
    return mem_format("%s/%s", root, name);
}

#define expect_message(part)                                                                       \
    cr_expect(strstr(error_message(), part), "message \"%s\" lacks \"%s\"", error_message(), part)

#endif /* UNIT_PLUGIN_SUPPORT_H */
