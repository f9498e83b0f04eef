/*
 * download.h - the one door to libcurl, and the npm client, for files named by a manifest.
 */
#ifndef DATA_DOWNLOAD_H
#define DATA_DOWNLOAD_H

#include <stdint.h>

/* Bring `url` (https, http or file) to `path`, which appears when complete. A part that an
 * earlier attempt left under PATH.part is continued where the server allows. bytes: expected size,
 * 0 = unknown; a longer answer is cut off with an error. Progress in bytes. */
int download_url(const char *url, const char *path, uint64_t bytes);

/* Bring the package "NAME@VERSION" with the npm client as the .tgz `path`. */
int download_npm(const char *package, const char *path);

/* Run a program to its end, arguments NULL-terminated; its output goes to stderr. An error if it
 * cannot be started or does not end with status 0. */
int download_run(const char *const *arguments);

#endif /* DATA_DOWNLOAD_H */
