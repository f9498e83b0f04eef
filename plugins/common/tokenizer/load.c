/* Which of a model folder's files is its tokenizer, and who reads it. */
#include "embedder_util.h"
#include "tokenizer/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct paths {
    char *main, *second, *config; /* malloc; config is NULL where there is none */
};

static char *join_path(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

emb_status tokenizer_load(const struct emb_host *host, const char *path,
                          struct tokenizer **ret_tokenizer)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return emb_failf(host, EMB_E_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISDIR(about.st_mode)) {
        return read_tokenizer_json(host, path, ret_tokenizer);
    }
    char *json = join_path(path, "tokenizer.json");
    if (!json) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
    }
    emb_status status = is_file(json) ? read_tokenizer_json(host, json, ret_tokenizer)
                                      : emb_failf(host, EMB_E_IO, "%s: no tokenizer.json", path);
    free(json);
    return status;
}
