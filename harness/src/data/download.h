/*
 * download.h - the one door to libcurl, and the npm client, for files named by a manifest.
 *
 * What has come so far lies in PATH.part, and in PATH.state whose bytes they are (URL, ETag,
 * Last-Modified); both go when PATH appears. So a transfer may be cut or killed at any moment and
 * goes on from there with the next call: the rest is asked for with Range and If-Range (RFC 9110,
 * 13.1.5), and a server that has other bytes now, or sends all of them again, restarts it.
 * A part whose server named no validator is continued only where its sha256 is known.
 */
#ifndef DATA_DOWNLOAD_H
#define DATA_DOWNLOAD_H

#include "data/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct download {
    const char *url;         /* https, http or file; redirects lead to https or http only, and from
                                https to http only where the sha256 is known */
    const char *path;        /* where it appears when whole and checked; its folder is there */
    const char *label;       /* of the progress line; NULL: the name in path */
    const char *sha256;      /* demanded; NULL: not known, what the server says must do */
    const char *sha256_from; /* who demands it, for errors; NULL: "expected" alone */
    uint64_t bytes;          /* demanded; 0: not known */
    uint64_t max_bytes;      /* more than this is refused; 0: no limit */
    uint64_t tries;          /* that may fail one after the other without a byte gained; 0: 1 */
    uint64_t wait;           /* seconds before the second try, doubling up to a minute */
    uint64_t timeout;        /* seconds below 1000 bytes/s that make a try fail; 0: none */
};

struct download_facts {
    uint64_t bytes;
    char sha256[DIGEST_TEXT_BYTES];
    const char *checked_by; /* "sha256" if it was demanded, else the server's header that confirmed
                               the bytes ("X-Linked-ETag"); NULL: the length alone */
};

/* ERR_FAILED: the server, the network or the bytes; ERR_MACHINE: the disk. What fails the check is
 * removed, anything else stays to be continued. Progress in bytes. */
int download_bring(const struct download *download, struct download_facts *ret_facts);

/* Is it one version of one package of the registry: "NAME@1.2.3", "@SCOPE/NAME@1.2.3-rc.1"? All
 * else that the npm client would take (folders, addresses, tags, ranges) may run scripts or change
 * from one day to the next. */
bool download_npm_is_exact(const char *package);
/* Bring such a package with the npm client, which runs none of its scripts, as the .tgz `path`. */
int download_npm(const char *package, const char *path);

/* Run a program to its end, arguments NULL-terminated; its output goes to stderr. An error if it
 * cannot be started or does not end with status 0. */
int download_run(const char *const *arguments);

#endif /* DATA_DOWNLOAD_H */
