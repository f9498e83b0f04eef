/* Refuses output files that cannot be written before hours of work go into them. */
#include "commands/run/targets.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/formats.h"
#include "report/write.h"

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

static int check_target(const char *out, const char *name, const char *ending,
                        int (*check)(const char *path))
{
    char *path = mem_format("%s/%s%s", out, name, ending);
    int status = check(path);
    free(path);
    return status;
}

int targets_check(const char *out, const char *name)
{
    int status = file_check_output_folder(out);
    for (size_t i = 0; !status && report_formats[i]; i++) {
        if (report_formats[i]->with_run) {
            status = check_target(out, name, report_formats[i]->ending, check_file);
        }
    }
    status = status ? status : check_target(out, name, REPORT_ITEMS_ENDING, check_file);
    status = status ? status : check_target(out, name, ".keys", check_folder);
    char *schemas = file_join(out, "schema");
    status = status ? status : check_folder(schemas);
    free(schemas);
    return status;
}
