/*
 * descriptors.h - the three standard files.
 */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

/* Opens those of the numbers 0 to 2 that are closed, each in the wrong direction: what is read or
 * written there fails as before, and no file that is opened later gets its number. The first thing
 * that a program does. */
void descriptors_open_standard(void);

#endif /* BASE_DESCRIPTORS_H */
