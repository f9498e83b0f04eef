/*
 * file.h - whole files in, whole files out.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

bool file_exists(const char *path);
bool file_is_folder(const char *path);
bool file_size(const char *path, uint64_t *ret_bytes); /* false: there is no regular file */

/* What is read whole: no more than this of a file or of what it unpacks to, and less of a pipe or a
 * device, which may have no end. */
#define FILE_MOST_BYTES (UINT64_C(1) << 32)
#define FILE_MOST_STREAM_BYTES (UINT64_C(1) << 28)
/* ERR_REQUEST, saying so. */
int file_too_large(const char *path);

/* Opening a FIFO waits for a writer who may never come, and most of what is read is read twice:
 * ERR_REQUEST. Standard input and /dev/fd/N may be pipes. Ask before opening what others name. */
int file_refuse_fifo(const char *path);

/* The bytes of a file, NUL-terminated beyond n. Free with str_finish. */
int file_read(const char *path, struct str *ret_bytes);
/* Likewise, without telling file_watch_reads: of manifests and records, on which no figure stands.
 */
int file_read_unnoted(const char *path, struct str *ret_bytes);
/* As file_read, of a text: a NUL byte in it is ERR_REQUEST, for the rest would go unseen. */
int file_read_text(const char *path, struct str *ret_bytes);
/* Is there no NUL byte in what was read from `path`? ERR_REQUEST, with the byte's place, if so. */
int file_check_text(const char *path, const struct str *bytes);

/* Calls seen(ctx, path) for every file that is opened to be read from now on, here and through
 * data/archive.h, on whatever thread (one at a time); a file may come again. seen NULL: no more.
 * It is how a run knows which data it stands on, without each reader saying so. */
void file_watch_reads(void (*seen)(void *ctx, const char *path), void *ctx);
/* For code that opens files by other means. */
void file_note_read(const char *path);

/* A file that appears under its name only when complete: written beside it under a temporary name,
 * synced, renamed. What a killed process left beside it of such names is cleared away. Where the
 * path is a link, all this happens where it leads to; a device, a FIFO and whatever lies in /dev is
 * never replaced but written to, as it comes; so is a descriptor of this process ("-" is standard
 * output, /dev/fd/N), from where it stands. */
struct file_out {
    FILE *stream; /* write here */
    char *path, *temporary;
};

int file_out_open(struct file_out *out, const char *path); /* end it by one of these: */
int file_out_commit(struct file_out *out); /* reports any write error since open; frees */
void file_out_abort(struct file_out *out); /* removes the temporary; frees; fine after either */

/* Could a file be made or written there? So that nothing is found out at the end of long work:
 * ERR_REQUEST for an empty path, a folder, a socket, a folder that is not there or cannot be
 * written in, a file that is there and may not be written. "-" is fine. */
int file_check_output(const char *path);
/* Likewise of a folder that will be made if it is not there. */
int file_check_output_folder(const char *path);
/* "-", /dev/stdout, /dev/fd/1. */
bool file_is_standard_output(const char *path);
/* A file without a name in the folder TMPDIR, else /tmp, to write and read back; fclose() it. NULL
 * with errno. */
FILE *file_nameless(void);
/* The bytes of one file to another, by file_out_open. */
int file_copy(const char *from, const char *to);
/* Where a path leads that is a link, of another link perhaps, else the path itself; free() it. */
char *file_follow_links(const char *path);
/* Is there something that is neither a file nor a folder: a device, a FIFO, a socket? */
bool file_is_special(const char *path);
/* Removes what killed processes left beside path: NAME.tmp-XXXXXX, files or folders, that nobody
 * has locked. */
void file_clear_left_behind(const char *path);
void file_remove_tree(const char *path); /* a file or a folder with all that is in it */

int file_make_folders(const char *path);               /* like mkdir -p */
char *file_join(const char *folder, const char *name); /* free() it */
const char *file_name(const char *path);               /* what follows the last '/' */
char *file_folder(const char *path);                   /* what is before it, "." if none; free() */

/* Names in a folder, sorted by bytes, without "." and "..". */
struct file_list {
    char **names;
    uint32_t n;
};
int file_list_folder(const char *path, struct file_list *ret_list);
void file_list_finish(struct file_list *list);

/* ${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}; free() it. */
char *file_cache_folder(void);

#endif /* BASE_FILE_H */
