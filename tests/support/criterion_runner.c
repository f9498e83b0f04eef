/*
 * criterion_runner.c - in every Criterion program: leaks are looked for in the tests, which run in
 * processes of their own, and not in Criterion's runner, which now and then loses 48 bytes.
 */
#include <stdlib.h>

/* LeakSanitizer asks for it at a process's end, if it is among the program's dynamic symbols. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return getenv("BXFI_MAP") == NULL; /* what BoxFort gives to the process of a test */
}
