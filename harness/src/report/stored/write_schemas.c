/* Writes the JSON and XML schemas that the harness was built with. */
#include "report/write.h"

#include "base/file.h"

#include <stdlib.h>

/* harness/schema/, embedded by the build */
extern const char schema_json[], schema_rng[];

static int write_one(const char *folder, const char *name, const char *text)
{
    char *path = file_join(folder, name);
    struct file_out out;
    int status = file_out_open(&out, path);
    if (status == 0) {
        fputs(text, out.stream);
        status = file_out_commit(&out);
    }
    free(path);
    return status;
}

int report_write_schemas(const char *folder)
{
    int status = file_make_folders(folder);
    if (status == 0) {
        status = write_one(folder, "report.schema.json", schema_json);
    }
    return status == 0 ? write_one(folder, "report.rng", schema_rng) : status;
}
