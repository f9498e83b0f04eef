/*
 * file_own.h - what the files of file.h share.
 */
#ifndef BASE_FILE_OWN_H
#define BASE_FILE_OWN_H

/* By errno: a file that is not there is the request's fault; one that cannot be read is the
 * machine's. */
int file_open_error(const char *path, const char *what);

#endif /* BASE_FILE_OWN_H */
