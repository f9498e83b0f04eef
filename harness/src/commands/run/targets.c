#include "commands/run/targets.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

static int check_file(const char *path)
{
    if (!file_exists(path)) {
        return 0; /* its folder has been looked at */
    }
    int status = file_check_output(path);
    return status || !file_is_special(path)
               ? status
               : error_set(ERR_REQUEST, "%s: is no file; choose another --name", path);
}

static int check_folder(const char *path)
{
    return file_exists(path) && !file_is_folder(path)
               ? error_set(ERR_REQUEST, "%s: is there, and is not a folder", path)
               : 0;
}

int targets_check(const char *out, const char *name)
{
    static const struct {
        const char *ending;
        int (*check)(const char *path);
    } targets[] = {{".json", check_file},
                   {".xml", check_file},
                   {".html", check_file},
                   {".items.jsonl", check_file},
                   {".keys", check_folder}};
    int status = file_check_output_folder(out);
    for (size_t i = 0; !status && i < sizeof targets / sizeof *targets; i++) {
        char *path = mem_format("%s/%s%s", out, name, targets[i].ending);
        status = targets[i].check(path);
        free(path);
    }
    char *schemas = file_join(out, "schema");
    status = status ? status : check_folder(schemas);
    free(schemas);
    return status;
}
