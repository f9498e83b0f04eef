/* The part of a file that is being brought: its state beside it, going on with it, and checking the
 * whole. */
#include "data/download_part.h"

#include "data/download.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "data/json.h"
#include "data/served_digest.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void download_write_state(const struct transfer *transfer)
{
    struct file_out out;
    struct str text = {0};
    struct json_writer w = jsonw_create(&text, 0);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "url", transfer->download->url);
    jsonw_put_text(&w, "validator", transfer->validator);
    jsonw_close(&w, '}');
    if (file_out_open(&out, transfer->state) == 0) { /* without it the part is not continued */
        fwrite(text.data, 1, text.n, out.stream);
        if (file_out_commit(&out) != 0) {
            log_debug("%s", error_message());
        }
    }
    str_finish(&text);
}

void download_drop_part(struct transfer *transfer)
{
    unlink(transfer->state);
    transfer->validator[0] = '\0';
    transfer->at = transfer->have = 0;
    transfer->was_continued = false;
    if (ftruncate(transfer->fd, 0) != 0) {
        transfer->disk_error = errno;
    }
}

void download_take_up_part(struct transfer *transfer)
{
    const struct download *download = transfer->download;
    struct stat info;
    json *state = NULL;
    if (fstat(transfer->fd, &info) != 0 || info.st_size == 0) {
        return;
    }
    bool same = file_exists(transfer->state) && jsonr_read_file(transfer->state, &state) == 0 &&
                strcmp(jsonr_get_text(state, "url", ""), download->url) == 0;
    snprintf(transfer->validator, sizeof transfer->validator, "%s",
             same ? jsonr_get_text(state, "validator", "") : "");
    jsonr_free(state);
    transfer->at = (uint64_t)info.st_size;
    bool too_long = download->bytes > 0 && transfer->at > download->bytes;
    if (!same || too_long || (!transfer->validator[0] && !download->sha256)) {
        download_drop_part(transfer);
        return;
    }
    transfer->was_continued = true;
    transfer->furthest = transfer->at;
    log_info("%s: going on after the %" PRIu64 " bytes that are there", file_name(download->path),
             transfer->at);
}

int download_check_part(const struct transfer *transfer, struct download_facts *facts)
{
    const struct download *download = transfer->download;
    TRY(digest_file(transfer->part, facts->sha256, &facts->bytes));
    if (download->bytes > 0 && facts->bytes != download->bytes) {
        return error_set(ERR_FAILED, "%s: found %" PRIu64 " bytes, expected %" PRIu64,
                         download->url, facts->bytes, download->bytes);
    }
    if (download->sha256 && strcmp(facts->sha256, download->sha256) != 0) {
        return error_set(ERR_FAILED, "%s: found sha256 %s, expected %s%s", download->url,
                         facts->sha256, download->sha256,
                         download->sha256_from ? download->sha256_from : "");
    }
    int status = served_digests_check(&transfer->digests, transfer->part, &facts->checked_by);
    if (status != 0 && !download->sha256) {
        return error_context(status, "%s", download->url);
    }
    facts->checked_by = download->sha256 ? "sha256" : facts->checked_by;
    if (!facts->checked_by && !download->bytes && !transfer->answer.has_end) {
        return error_set(ERR_FAILED,
                         "%s: the server names neither length nor digest, so it cannot be known "
                         "whether this is the whole (%" PRIu64 " bytes)",
                         download->url, facts->bytes);
    }
    return 0;
}
