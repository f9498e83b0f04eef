/*
 * leak.c - leaks on purpose: ./check runs it to prove that its leak gate bites.
 */
#include <stdlib.h>

int main(void)
{
    volatile char *lost = malloc(100);
    lost[0] = 1;
    lost = NULL;
    return lost != NULL;
}
