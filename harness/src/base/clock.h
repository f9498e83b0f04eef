/* clock.h - time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

double clock_seconds(void);          /* monotonic, from an arbitrary start */
double clock_own_seconds(void);      /* that the processor has worked for this process's threads */
void clock_stamp(char ret_text[32]); /* now, "2026-01-31T12:00:00Z" */

#endif /* BASE_CLOCK_H */
