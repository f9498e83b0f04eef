/* Appends frames to the journal, cuts off what is unfinished and plays it back. */
#include "worker/journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "worker/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Beyond the kinds of worker/message.h. */
enum { JOURNAL_HEAD = 100, JOURNAL_END, JOURNAL_NOTE, JOURNAL_KINDS };

/* Most bytes of values of each kind that is read: more is a torn or foreign file. */
static struct wire_rules journal_rules(void)
{
    static uint32_t limits[JOURNAL_KINDS];
    limits[MESSAGE_ROW] = message_limits[MESSAGE_ROW];
    limits[MESSAGE_ITEM] = message_limits[MESSAGE_ITEM];
    limits[MESSAGE_FACTS] = message_limits[MESSAGE_FACTS];
    limits[JOURNAL_HEAD] = 64u << 20; /* data files and options of a run, in JSON */
    limits[JOURNAL_END] = 64u << 10;
    limits[JOURNAL_NOTE] = 64u << 10;
    return (struct wire_rules){0, limits, JOURNAL_KINDS};
}

struct journal_run {
    char *name, *note;
    long begin, end; /* bytes of the file, its END left out */
    double seconds;
};

struct journal {
    char *path, *head;
    FILE *stream;
    struct journal_run *runs; /* [n_runs] */
    size_t n_runs, capacity;
    uint64_t hash; /* of the frames since the last END */
    char *note;    /* since then; NULL: none */
    long good;     /* bytes up to the last END */
    int why;       /* errno of the first write that failed; 0 = none */
    struct str frame;
};

/* What of a pass goes where, with scratch. */
struct replay {
    const struct result_sink *sink;
    struct embedder_facts *facts;
    struct result_attribute *attributes;
    struct protocol protocol; /* of the row at hand */
    size_t capacity;
};

static int cannot(const struct journal *journal, const char *what, int why)
{
    return error_set(ERR_MACHINE, "%s: cannot %s: %s", journal->path, what,
                     why ? strerror(why) : "unknown reason");
}

/* Writes what is in journal->frame, and clears it. */
static void put_frame(struct journal *journal)
{
    errno = 0;
    if (fwrite(journal->frame.data, 1, journal->frame.n, journal->stream) != journal->frame.n &&
        journal->why == 0) {
        journal->why = errno ? errno : EIO;
    }
    journal->hash = hash_bytes(journal->frame.data, journal->frame.n, journal->hash);
    str_clear(&journal->frame);
}

/* All that was written is on the disk, or the reason why not. */
static int sync_journal(struct journal *journal)
{
    errno = 0;
    if (journal->why == 0 &&
        (fflush(journal->stream) != 0 || fsync(fileno(journal->stream)) != 0)) {
        journal->why = errno ? errno : EIO;
    }
    return journal->why ? cannot(journal, "write", journal->why) : 0;
}

static struct journal *journal_of(const char *path, FILE *stream)
{
    struct journal *journal = mem_alloc(sizeof *journal);
    journal->path = mem_text(path);
    journal->stream = stream;
    return journal;
}

/* A run that looks which others were interrupted has the lock for a moment: tried for a while. */
static bool take_lock(int fd)
{
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK || i == 10) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    return true;
}

static int start(const char *path, int flags, bool lock, struct journal **ret_journal)
{
    int fd = open(path, O_CLOEXEC | flags, 0666);
    if (fd < 0) {
        return error_set(errno == ENOENT || errno == EEXIST ? ERR_REQUEST : ERR_MACHINE,
                         "%s: cannot open: %s", path, strerror(errno));
    }
    if (lock && !take_lock(fd)) {
        int status = errno == EWOULDBLOCK
                         ? error_set(ERR_REQUEST, "%s: in use by another run", path)
                         : error_set(ERR_MACHINE, "%s: cannot lock: %s", path, strerror(errno));
        close(fd);
        return status;
    }
    FILE *stream = fdopen(fd, "r+");
    if (!stream) {
        close(fd);
        return error_set(ERR_MACHINE, "%s: cannot open: %s", path, strerror(errno));
    }
    *ret_journal = journal_of(path, stream);
    return 0;
}

int journal_create(const char *path, const char *head, bool lock, struct journal **ret_journal)
{
    struct journal *journal;
    int status = start(path, O_RDWR | O_CREAT | O_EXCL, lock, &journal);
    if (status != 0) {
        return status;
    }
    journal->head = mem_text(head);
    size_t begun = wire_begin(&journal->frame, JOURNAL_HEAD);
    wire_text(&journal->frame, head);
    wire_end(&journal->frame, begun);
    put_frame(journal);
    status = sync_journal(journal);
    if (status != 0) {
        journal_close(journal);
        unlink(path);
        return status;
    }
    journal->hash = 0;
    journal->good = ftell(journal->stream);
    *ret_journal = journal;
    return 0;
}

/* The frame at the present place: false at the end of the file or where it is torn. */
static bool take_frame(struct journal *journal, struct wire_frame *ret_frame)
{
    const struct wire_rules rules = journal_rules();
    str_clear(&journal->frame);
    for (size_t wanted = WIRE_HEAD;;) { /* in blocks: a wrong length asks for no great memory */
        char block[4096];
        size_t n = wanted < sizeof block ? wanted : sizeof block;
        if (fread(block, 1, n, journal->stream) != n) {
            return false;
        }
        str_append(&journal->frame, block, n);
        enum wire_state state =
            wire_frame(&rules, journal->frame.data, journal->frame.n, ret_frame);
        if (state != WIRE_PART) {
            return state == WIRE_WHOLE;
        }
        wanted = wire_frame_size(journal->frame.data) - journal->frame.n;
    }
}

static void add_run(struct journal *journal, const char *name, double seconds, long end)
{
    MEM_GROW(journal->runs, journal->capacity, journal->n_runs + 1);
    journal->runs[journal->n_runs++] =
        (struct journal_run){mem_text(name), journal->note, journal->good, end, seconds};
    journal->note = NULL;
}

/* A later one takes the place of an earlier one. */
static void set_note(struct journal *journal, const char *text)
{
    free(journal->note);
    journal->note = text ? mem_text(text) : NULL;
}

/* What an END says, name and seconds included. */
static uint64_t seal(const struct journal *journal, const char *name, double seconds)
{
    uint64_t hash = hash_bytes(name, strlen(name), journal->hash);
    return hash_bytes(&seconds, sizeof seconds, hash);
}

/* Finds the passes that are whole. */
static void scan(struct journal *journal)
{
    struct wire_frame frame;
    for (long at = journal->good; take_frame(journal, &frame); at = ftell(journal->stream)) {
        if (frame.kind != JOURNAL_END) {
            journal->hash = hash_bytes(journal->frame.data, journal->frame.n, journal->hash);
            if (frame.kind == JOURNAL_NOTE) {
                set_note(journal, wire_take_text(&frame.values));
            }
            continue;
        }
        struct wire values = frame.values;
        const char *name = wire_take_text(&values);
        double seconds = wire_take_real(&values);
        uint64_t hash = wire_take_number(&values);
        if (values.bad || values.at != values.end || !name ||
            hash != seal(journal, name, seconds)) {
            break;
        }
        add_run(journal, name, seconds, at);
        journal->good = ftell(journal->stream);
        journal->hash = 0;
    }
}

int journal_drop(struct journal *journal)
{
    fflush(journal->stream);
    clearerr(journal->stream);
    journal->why = 0;
    journal->hash = 0;
    set_note(journal, NULL);
    if (ftruncate(fileno(journal->stream), journal->good) != 0 ||
        fseek(journal->stream, journal->good, SEEK_SET) != 0) {
        return cannot(journal, "cut", errno);
    }
    return 0;
}

/* Its head and its whole runs, as far as they go. */
static int read_through(struct journal *journal)
{
    struct wire_frame frame;
    const char *head = take_frame(journal, &frame) && frame.kind == JOURNAL_HEAD
                           ? wire_take_text(&frame.values)
                           : NULL;
    if (!head) {
        return error_set(ERR_REQUEST, "%s: byte 0: found no whole head, expected a journal",
                         journal->path);
    }
    journal->head = mem_text(head);
    journal->good = ftell(journal->stream);
    scan(journal);
    return 0;
}

static int give(struct journal *journal, int status, struct journal **ret_journal)
{
    if (status != 0) {
        journal_close(journal);
        return status;
    }
    *ret_journal = journal;
    return 0;
}

int journal_open(const char *path, struct journal **ret_journal)
{
    struct journal *journal;
    TRY(start(path, O_RDWR, true, &journal));
    int status = read_through(journal);
    return give(journal, status ? status : journal_drop(journal), ret_journal);
}

int journal_open_sealed(FILE *stream, const char *path, struct journal **ret_journal)
{
    struct journal *journal = journal_of(path, stream);
    int status = read_through(journal);
    if (status == 0 && (fseek(stream, 0, SEEK_END) != 0 || ftell(stream) != journal->good)) {
        status = error_set(ERR_REQUEST, "%s: torn: byte %ld: found records that no run completes",
                           path, journal->good);
    }
    return give(journal, status, ret_journal);
}

void journal_close(struct journal *journal)
{
    if (!journal) {
        return;
    }
    for (size_t i = 0; i < journal->n_runs; i++) {
        free(journal->runs[i].name);
        free(journal->runs[i].note);
    }
    free(journal->runs);
    free(journal->note);
    free(journal->path);
    free(journal->head);
    str_finish(&journal->frame);
    fclose(journal->stream);
    free(journal);
}

const char *journal_head(const struct journal *journal)
{
    return journal->head;
}

uint32_t journal_n_runs(const struct journal *journal)
{
    return (uint32_t)journal->n_runs;
}

const char *journal_run_name(const struct journal *journal, uint32_t run)
{
    return journal->runs[run].name;
}

const char *journal_run_note(const struct journal *journal, uint32_t run)
{
    return journal->runs[run].note;
}

bool journal_find(const struct journal *journal, const char *name, uint32_t *ret_run)
{
    for (size_t i = 0; i < journal->n_runs; i++) {
        if (strcmp(journal->runs[i].name, name) == 0) {
            *ret_run = (uint32_t)i;
            return true;
        }
    }
    return false;
}

/* One frame of a pass to where it belongs; NULL, or why it is none of this pass. */
static char *replay_frame(const struct intake_expected *expected, struct wire_frame *frame,
                          struct replay *replay)
{
    struct figure row;
    struct result_item item;
    const struct result_sink *sink = replay->sink;
    if (frame->kind == MESSAGE_ROW && message_read_row(&frame->values, &replay->protocol, &row)) {
        char *flaw = intake_row_flaw(expected, NULL, &row);
        if (!flaw) {
            sink->row(sink->ctx, &row);
        }
        return flaw;
    }
    if (frame->kind == MESSAGE_ITEM &&
        message_read_item(&frame->values, &replay->attributes, &replay->capacity, &item)) {
        char *flaw = intake_item_flaw(expected, NULL, &item);
        if (!flaw && sink->item) {
            sink->item(sink->ctx, &item);
        }
        return flaw;
    }
    if (frame->kind == MESSAGE_FACTS) {
        const char *flaw = message_read_facts(&frame->values, replay->facts);
        return flaw ? mem_text(flaw) : NULL;
    }
    return frame->kind == JOURNAL_NOTE
               ? NULL
               : mem_format("found what is no %s", message_name(frame->kind));
}

int journal_replay(struct journal *journal, uint32_t run, const struct intake_expected *expected,
                   const struct result_sink *sink, struct embedder_facts *facts)
{
    const struct journal_run *from = &journal->runs[run];
    struct replay replay = {.sink = sink, .facts = facts};
    struct wire_frame frame;
    char *flaw = NULL;
    bool whole = fflush(journal->stream) == 0 && fseek(journal->stream, from->begin, SEEK_SET) == 0;
    long at = from->begin;
    while (whole && !flaw && (at = ftell(journal->stream)) < from->end) {
        whole = take_frame(journal, &frame);
        flaw = whole ? replay_frame(expected, &frame, &replay) : NULL;
    }
    free(replay.attributes);
    protocol_finish(&replay.protocol);
    str_clear(&journal->frame);
    whole = fseek(journal->stream, 0, SEEK_END) == 0 && whole;
    if (flaw) {
        int status = error_set(ERR_REQUEST, "%s: byte %ld, what %s said: %s", journal->path, at,
                               from->name, flaw);
        free(flaw);
        return status;
    }
    if (!whole) {
        return error_set(ERR_MACHINE, "%s: what %s said cannot be read back", journal->path,
                         from->name);
    }
    facts->seconds = from->seconds;
    return 0;
}

void journal_add_row(struct journal *journal, const struct figure *row)
{
    message_write_row(&journal->frame, row);
    put_frame(journal);
}

void journal_add_item(struct journal *journal, const struct result_item *item)
{
    message_write_item(&journal->frame, item);
    put_frame(journal);
}

void journal_add_note(struct journal *journal, const char *text)
{
    size_t begun = wire_begin(&journal->frame, JOURNAL_NOTE);
    wire_text(&journal->frame, text);
    wire_end(&journal->frame, begun);
    put_frame(journal);
    set_note(journal, text);
}

int journal_end(struct journal *journal, const struct embedder_facts *facts)
{
    message_write_facts(&journal->frame, facts);
    put_frame(journal);
    int status = sync_journal(journal); /* before what says that it is there */
    long end = ftell(journal->stream);
    size_t begun = wire_begin(&journal->frame, JOURNAL_END);
    wire_text(&journal->frame, facts->name);
    wire_real(&journal->frame, facts->seconds);
    wire_number(&journal->frame, seal(journal, facts->name, facts->seconds));
    wire_end(&journal->frame, begun);
    put_frame(journal);
    status = status ? status : sync_journal(journal);
    if (status != 0) {
        return status;
    }
    add_run(journal, facts->name, facts->seconds, end);
    journal->good = ftell(journal->stream);
    journal->hash = 0;
    return 0;
}
