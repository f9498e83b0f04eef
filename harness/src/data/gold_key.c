/* Reads gold keys and answer files. */
#include "data/gold_key.h"

#include "base/error.h"
#include "data/archive.h"

int gold_key_read(const char *path,
                  int (*take)(void *ctx, uint32_t line, struct slice id, struct slice keys),
                  void *ctx)
{
    struct str bytes;
    int status = byte_source_read_all(path, &bytes);
    if (status) {
        return status;
    }
    struct slice rest = {bytes.data, bytes.n}, line, id;
    for (uint32_t number = 1; status == 0 && slice_line(&rest, &line); number++) {
        if (!slice_word(&line, &id)) {
            continue;
        }
        struct slice keys = slice_trim(line);
        status = keys.n
                     ? take(ctx, number, id, keys)
                     : error_set(ERR_REQUEST,
                                 "%s:%u: found the id '%.*s' alone, expected sense keys after it",
                                 path, number, (int)id.n, id.text);
    }
    str_finish(&bytes);
    return status;
}
