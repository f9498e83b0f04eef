/* Brings a file over HTTP by libcurl, continuing what an earlier try left. */
#include "data/download_part.h"
#include "data/download.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "data/json.h"
#include "data/served_digest.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    REDIRECTS_MAX = 10,
    CONNECT_SECONDS = 30,
    WAIT_MAX = 60,
    RETRY_AFTER_MAX = 300,
    SLOWEST = 1000 /* bytes a second: GiBs at that speed take weeks */
};

/* ---- the state beside a part ---- */

/* ---- libcurl's callbacks ---- */

static bool header_is(const char *line, size_t n, const char *name, struct slice *ret_value)
{
    size_t n_name = strlen(name);
    if (n <= n_name || line[n_name] != ':' || strncasecmp(line, name, n_name) != 0) {
        return false;
    }
    *ret_value = slice_trim((struct slice){line + n_name + 1, n - n_name - 1});
    return true;
}

static void copy_value(struct slice value, char *to, size_t capacity)
{
    if (value.n < capacity) {
        memcpy(to, value.text, value.n);
        to[value.n] = '\0';
    }
}

/* "bytes 500-999/1000" (RFC 9110, 14.4) */
static void read_range(struct slice value, struct answer *answer)
{
    char text[64] = "";
    copy_value(value, text, sizeof text);
    answer->has_range = sscanf(text, "bytes %" SCNu64 "-", &answer->range_start) == 1;
}

static long answer_code(const struct transfer *transfer)
{
    long code = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx)
{
    struct transfer *transfer = ctx;
    struct answer *answer = &transfer->answer;
    struct slice value;
    n *= size;
    if (n > 5 && strncmp(line, "HTTP/", 5) == 0) {
        *answer = (struct answer){.has_end = line[5] != '1'}; /* frames from HTTP/2 on */
        served_digests_next_answer(&transfer->digests);
        return n;
    }
    served_digests_add(&transfer->digests, line, n, answer_code(transfer) == 206);
    if (header_is(line, n, "Content-Length", &value)) {
        char text[32] = "";
        copy_value(value, text, sizeof text);
        answer->has_length = sscanf(text, "%" SCNu64, &answer->length) == 1;
        answer->has_end |= answer->has_length;
    } else if (header_is(line, n, "Transfer-Encoding", &value)) {
        answer->has_end = true;
    } else if (header_is(line, n, "Content-Range", &value)) {
        read_range(value, answer);
    } else if (header_is(line, n, "ETag", &value) && value.n && value.text[0] == '"') {
        copy_value(value, answer->etag, sizeof answer->etag);
    } else if (header_is(line, n, "Last-Modified", &value)) {
        copy_value(value, answer->last_modified, sizeof answer->last_modified);
    }
    return n;
}

static bool refuse(struct transfer *transfer, enum refusal why)
{
    transfer->refusal = why;
    return false;
}

static uint64_t limit_of(const struct download *download)
{
    uint64_t limit = download->max_bytes ? download->max_bytes : UINT64_MAX;
    return download->bytes && download->bytes < limit ? download->bytes : limit;
}

/* Is there room for what the answer is going to send? What is not known is tried. */
static bool has_capacity(struct transfer *transfer, uint64_t bytes)
{
    struct statvfs disk;
    if (fstatvfs(transfer->fd, &disk) != 0 || bytes / disk.f_frsize < disk.f_bavail) {
        return true;
    }
    transfer->wanted_capacity = bytes;
    return refuse(transfer, DISK);
}

/* The first byte of an answer: does it go on where the part ends, or is it the whole again? */
static bool begin_body(struct transfer *transfer)
{
    const struct answer *answer = &transfer->answer;
    transfer->began = true;
    if (answer_code(transfer) == 206) {
        if (!answer->has_range || answer->range_start != transfer->have) {
            return refuse(transfer, WRONG_RANGE);
        }
    } else {
        download_drop_part(transfer);
        if (transfer->disk_error) {
            return refuse(transfer, DISK);
        }
        const char *validator = answer->etag[0] ? answer->etag : answer->last_modified;
        snprintf(transfer->validator, sizeof transfer->validator, "%s", validator);
        download_write_state(transfer);
    }
    uint64_t total = answer->has_length ? transfer->have + answer->length : 0;
    if (total > limit_of(transfer->download)) {
        transfer->at = total;
        return refuse(transfer, TOO_LARGE);
    }
    progress_begin_at(transfer->download->label ? transfer->download->label
                                                : file_name(transfer->download->path),
                      "bytes", transfer->have, total ? total : transfer->download->bytes);
    return has_capacity(transfer, answer->has_length ? answer->length : 0);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *transfer = ctx;
    n *= size;
    if (!transfer->began && !begin_body(transfer)) {
        return 0;
    }
    if (transfer->at + n > limit_of(transfer->download)) {
        transfer->at += n;
        refuse(transfer, TOO_LARGE);
        return 0;
    }
    for (size_t done = 0; done < n;) {
        ssize_t wrote = pwrite(transfer->fd, bytes + done, n - done, (off_t)(transfer->at + done));
        if (wrote < 0 && errno != EINTR) {
            transfer->disk_error = errno;
            refuse(transfer, DISK);
            return 0;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    transfer->at += n;
    progress_to(transfer->at);
    return n;
}

/* ---- one try ---- */

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* libcurl's library, other than its tool, does not look for these by itself. */
static const char *authorities(void)
{
    const char *file = getenv("CURL_CA_BUNDLE");
    return file && file[0] ? file : getenv("SSL_CERT_FILE");
}

static void set_up(struct transfer *transfer)
{
    CURL *curl = transfer->curl;
    const struct download *download = transfer->download;
    bool only_https = strncasecmp(download->url, "https:", 6) == 0 && !download->sha256;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, download->url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "harness");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, only_https ? "https" : "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->why);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)download->timeout);
    if (authorities()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, authorities());
    }
}

/* Ask for what is missing, and for the last byte that is there: so a part that is whole already,
 * which nobody may know, is no request beyond the end. */
static CURLcode perform(struct transfer *transfer)
{
    bool is_local = strncasecmp(transfer->download->url, "file:", 5) == 0;
    char range[32], *condition = NULL;
    struct curl_slist *headers = NULL;
    if (transfer->at > 0 && !is_local) {
        transfer->have = transfer->at = transfer->at - 1;
        snprintf(range, sizeof range, "%" PRIu64 "-", transfer->have);
        curl_easy_setopt(transfer->curl, CURLOPT_RANGE, range);
        if (transfer->validator[0]) {
            condition = mem_format("If-Range: %s", transfer->validator);
            headers = curl_slist_append(NULL, condition);
            curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, headers);
        }
    }
    CURLcode code = curl_easy_perform(transfer->curl);
    transfer->too_slow = code == CURLE_OPERATION_TIMEDOUT;
    if (code == CURLE_OK && !transfer->began && !begin_body(transfer)) { /* an empty file */
        code = CURLE_WRITE_ERROR;
    }
    progress_end();
    curl_slist_free_all(headers);
    free(condition);
    return code;
}

/* Would the same request perhaps be answered better in a while? */
static bool may_pass(CURLcode code, long answer)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    case CURLE_HTTP_RETURNED_ERROR:
        return answer == 408 || answer == 425 || answer == 429 || answer == 500 || answer == 502 ||
               answer == 503 || answer == 504;
    default:
        return false;
    }
}

static int refused(const struct transfer *transfer)
{
    const struct download *download = transfer->download;
    switch (transfer->refusal) {
    case TOO_LARGE:
        return error_set(ERR_FAILED, "%s: found at least %" PRIu64 " bytes, expected %s%" PRIu64,
                         download->url, transfer->at, download->bytes ? "" : "at most ",
                         limit_of(download));
    case WRONG_RANGE:
        return error_set(ERR_FAILED, "%s: the server sent another part than was asked for",
                         download->url);
    case DISK:
    case NOT_REFUSED:
        break;
    }
    return transfer->disk_error
               ? error_set(ERR_MACHINE, "%s: cannot write: %s", transfer->part,
                           strerror(transfer->disk_error))
               : error_set(ERR_MACHINE,
                           "%s: too little room on the disk: %" PRIu64 " bytes are to come",
                           transfer->part, transfer->wanted_capacity);
}

/* One request. *ret_again: another might help. */
static int try_once(struct transfer *transfer, bool *ret_again)
{
    const char *url = transfer->download->url;
    transfer->began = false;
    transfer->refusal = NOT_REFUSED;
    transfer->why[0] = '\0';
    transfer->answer = (struct answer){.has_end = strncasecmp(url, "http", 4) != 0};
    transfer->digests = (struct served_digests){0};
    set_up(transfer);
    CURLcode code = perform(transfer);
    long answer = answer_code(transfer);
    *ret_again = may_pass(code, answer);
    if (transfer->refusal == WRONG_RANGE || (answer == 416 && transfer->have > 0)) {
        download_drop_part(transfer);
        *ret_again = true;
    } else if (transfer->refusal == TOO_LARGE) {
        int status = refused(transfer);
        download_drop_part(transfer);
        return status;
    }
    if (transfer->refusal != NOT_REFUSED) {
        return refused(transfer);
    }
    transfer->was_continued |= transfer->at > 0 && code != CURLE_OK;
    if (code == CURLE_TOO_MANY_REDIRECTS) {
        return error_set(ERR_FAILED, "%s: found more than %d redirects", url, REDIRECTS_MAX);
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        return error_set(ERR_FAILED, "%s: found the answer %ld of the server, expected 200", url,
                         answer);
    }
    if (code != CURLE_OK) {
        return error_set(ERR_FAILED, "%s: %s", url,
                         transfer->why[0] ? transfer->why : curl_easy_strerror(code));
    }
    return 0;
}

static void pause_before_next(const struct transfer *transfer, uint64_t failed)
{
    curl_off_t asked = 0;
    uint64_t seconds = transfer->download->wait;
    for (uint64_t i = 1; i < failed && seconds < WAIT_MAX; i++) {
        seconds *= 2;
    }
    seconds = seconds < WAIT_MAX ? seconds : WAIT_MAX;
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &asked);
    if (asked > 0 && (uint64_t)asked > seconds) {
        seconds = asked < RETRY_AFTER_MAX ? (uint64_t)asked : RETRY_AFTER_MAX;
    }
    log_info("%s; again in %" PRIu64 " s", error_message(), seconds);
    sleep((unsigned)seconds);
}

/* Are all bytes there of a file whose download_check_part needs no word of the server? */
static bool is_whole(const struct transfer *transfer)
{
    const struct download *download = transfer->download;
    return download->sha256 && download->bytes > 0 && transfer->at == download->bytes;
}

/* Try until the body is there; a try that gained bytes starts the count anew. */
static int transfer_all(struct transfer *transfer)
{
    uint64_t failed = 0, tries = transfer->download->tries ? transfer->download->tries : 1;
    for (;;) {
        bool again = false;
        int status = try_once(transfer, &again);
        if (status == 0 || !again) {
            return status;
        }
        if (is_whole(transfer)) { /* only its end was not sent properly */
            return 0;
        }
        /* a few bytes before each silence are no gain: it would go on for ever */
        uint64_t gain = transfer->too_slow ? SLOWEST * transfer->download->timeout : 1;
        failed = transfer->at >= transfer->furthest + gain ? 0 : failed + 1;
        transfer->furthest = transfer->at > transfer->furthest ? transfer->at : transfer->furthest;
        if (failed >= tries) {
            return status;
        }
        pause_before_next(transfer, failed + (failed == 0));
    }
}

/* ---- the verdict ---- */

/* Bring and download_check_part; what was put together from several answers and is wrong is brought
 * once more from its first byte. */
static int bring_checked(struct transfer *transfer, struct download_facts *facts)
{
    for (bool anew = false;; anew = true) {
        int status = is_whole(transfer) ? 0 : transfer_all(transfer);
        if (status == 0 && fsync(transfer->fd) != 0) {
            status =
                error_set(ERR_MACHINE, "%s: cannot write: %s", transfer->part, strerror(errno));
        }
        if (status != 0) {
            return status;
        }
        status = download_check_part(transfer, facts);
        bool hopeless = anew || !transfer->was_continued;
        if (status == 0) {
            return 0;
        }
        download_drop_part(transfer);
        if (hopeless) {
            return status;
        }
        transfer->furthest = 0;
        log_info("%s; once more from the first byte", error_message());
    }
}

int download_bring(const struct download *download, struct download_facts *ret_facts)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    struct transfer transfer = {.download = download,
                                .part = mem_format("%s.part", download->path),
                                .state = mem_format("%s.state", download->path),
                                .curl = curl_easy_init()};
    struct download_facts facts = {0};
    int status = 0;
    transfer.fd = open(transfer.part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (transfer.fd < 0 || !transfer.curl) {
        status = error_set(ERR_MACHINE, "%s: cannot write: %s", transfer.part, strerror(errno));
    } else {
        download_take_up_part(&transfer);
        status = bring_checked(&transfer, &facts);
    }
    if (transfer.fd >= 0) {
        close(transfer.fd);
    }
    if (status == 0 && rename(transfer.part, download->path) != 0) {
        status = error_set(ERR_MACHINE, "%s: cannot rename to %s: %s", transfer.part,
                           download->path, strerror(errno));
    }
    if (status != 0 && transfer.at == 0) { /* nothing to go on from */
        unlink(transfer.part);
    }
    if (status == 0 || transfer.at == 0) {
        unlink(transfer.state);
    }
    if (status == 0) {
        *ret_facts = facts;
    }
    curl_easy_cleanup(transfer.curl);
    free(transfer.part);
    free(transfer.state);
    return status;
}
