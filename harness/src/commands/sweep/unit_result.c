/* Stores what a unit of a sweep gave, and reads it back. */
#include "commands/sweep/unit_result.h"

#include "commands/sweep/packed.h"
#include "commands/sweep/unit_left.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/json.h"
#include "plugin/split.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAILED ".failed"

static char *folder_of(const struct plan *plan)
{
    return file_join(plan->sweep, "units");
}

static char *path_of(const struct plan *plan, const struct unit *unit, const char *ending)
{
    char *folder = folder_of(plan), *name = mem_format("%s%s", unit->key, ending);
    char *path = file_join(folder, name);
    free(name);
    free(folder);
    return path;
}

/* "KEY.2-4.answers" of chunk 2 of 4 of unit KEY. */
static char *answers_of(const struct unit *chunk)
{
    return split_path(chunk->whole, chunk->chunk, chunk->n_chunks);
}

static bool is_last(const struct unit *unit)
{
    return unit->n_chunks > 0 && unit->chunk == unit->n_chunks;
}

/* From what there is in the folder of a chunk, of its whole and of its fellows. */
static enum unit_state state_of_chunk(const struct unit *chunk, enum unit_state own, bool answers,
                                      bool all_answers, enum unit_state whole)
{
    if (whole == UNIT_DONE) {
        return UNIT_DONE;
    }
    if (own == UNIT_DONE && answers) {
        return !is_last(chunk) || !all_answers ? UNIT_DONE
               : whole == UNIT_FAILED          ? UNIT_FAILED
                                               : UNIT_BEGUN;
    }
    return own == UNIT_DONE ? UNIT_MISSING : own;
}

/* Of a file's name in the folder: which state it shows. */
static enum unit_state state_of(const char *name)
{
    const char *ending = name + (DIGEST_TEXT_BYTES - 1);
    return !*ending                                                       ? UNIT_DONE
           : strcmp(ending, FAILED) == 0                                  ? UNIT_FAILED
           : strncmp(ending, UNIT_TEMPORARY, strlen(UNIT_TEMPORARY)) == 0 ? UNIT_BEGUN
                                                                          : UNIT_MISSING;
}

static enum unit_state find_state(const struct map *keys, const enum unit_state *of_keys,
                                  const char *text)
{
    uint32_t key = map_find_text(keys, text);
    return key == MAP_NONE ? UNIT_MISSING : of_keys[key];
}

static bool has_answers(const struct map *names, const struct unit *chunk)
{
    char *name = answers_of(chunk);
    bool there = map_find_text(names, name) != MAP_NONE;
    free(name);
    return there;
}

/* All units of one whole, units[0 … n). */
static void find_states(const struct map *keys, const enum unit_state *of_keys,
                        const struct map *names, const struct unit *units, uint32_t n,
                        enum unit_state *states)
{
    enum unit_state whole = find_state(keys, of_keys, unit_whole(units).key);
    bool all = true;
    for (uint32_t i = 0; i < n; i++) {
        bool answers = units[i].n_chunks > 0 && has_answers(names, &units[i]);
        all = all && answers;
        states[i] = units[i].n_chunks == 0
                        ? whole
                        : state_of_chunk(&units[i], find_state(keys, of_keys, units[i].key),
                                         answers, all, whole);
    }
}

int unit_states(const struct plan *plan, enum unit_state **ret_states)
{
    struct file_list list = {0};
    struct map keys = {0}, names = {0};
    char *folder = folder_of(plan);
    int status = file_exists(folder) ? file_list_folder(folder, &list) : 0;
    enum unit_state *of_keys = mem_array(list.n + 1u, sizeof *of_keys);
    for (uint32_t i = 0; i < list.n; i++) {
        if (strlen(list.names[i]) >= DIGEST_TEXT_BYTES - 1) {
            uint32_t key = map_put(&keys, list.names[i], DIGEST_TEXT_BYTES - 1);
            enum unit_state state = state_of(list.names[i]);
            of_keys[key] = state > of_keys[key] ? state : of_keys[key];
            map_put_text(&names, list.names[i]);
        }
    }
    enum unit_state *states = mem_array(plan->n, sizeof *states);
    for (uint32_t i = 0; i < plan->n; i += unit_n_chunks(&plan->units[i])) {
        find_states(&keys, of_keys, &names, &plan->units[i], unit_n_chunks(&plan->units[i]),
                    &states[i]);
    }
    free(of_keys);
    map_finish(&keys);
    map_finish(&names);
    file_list_finish(&list);
    free(folder);
    *ret_states = states;
    return status;
}

static bool answers_are_there(const struct plan *plan, const struct unit *chunk)
{
    char *folder = folder_of(plan), *name = answers_of(chunk), *path = file_join(folder, name);
    bool there = file_exists(path);
    free(path);
    free(name);
    free(folder);
    return there;
}

/* As if it were another chunk of the same whole. */
static struct unit fellow(const struct unit *chunk, uint32_t number)
{
    struct unit other = *chunk;
    other.chunk = number;
    return other;
}

bool unit_answers_are_there(const struct plan *plan, const struct unit *chunk)
{
    bool there = chunk->n_chunks > 0;
    for (uint32_t i = 1; there && i <= chunk->n_chunks; i++) {
        const struct unit other = fellow(chunk, i);
        there = answers_are_there(plan, &other);
    }
    return there;
}

char *unit_answers_beginning(const struct plan *plan, const struct unit *chunk)
{
    const struct unit whole = unit_whole(chunk);
    return path_of(plan, &whole, "");
}

void unit_remove_answers(const struct plan *plan, const struct unit *chunk)
{
    char *beginning = unit_answers_beginning(plan, chunk);
    for (uint32_t i = 1; i <= chunk->n_chunks; i++) {
        char *path = split_path(beginning, i, chunk->n_chunks);
        unlink(path);
        free(path);
    }
    free(beginning);
}

static enum unit_state own_state(const struct plan *plan, const struct unit *unit)
{
    char *path = path_of(plan, unit, ""), *failed = path_of(plan, unit, FAILED);
    enum unit_state state = file_exists(path)     ? UNIT_DONE
                            : file_exists(failed) ? UNIT_FAILED
                                                  : UNIT_MISSING;
    free(failed);
    free(path);
    return state;
}

enum unit_state unit_state(const struct plan *plan, const struct unit *unit)
{
    const struct unit whole = unit_whole(unit);
    return unit->n_chunks == 0
               ? own_state(plan, unit)
               : state_of_chunk(unit, own_state(plan, unit), answers_are_there(plan, unit),
                                is_last(unit) && unit_answers_are_there(plan, unit),
                                own_state(plan, &whole));
}

bool unit_is_recorded(const struct plan *plan, const struct unit *chunk)
{
    return own_state(plan, chunk) == UNIT_DONE && answers_are_there(plan, chunk);
}

const char *unit_failed_key(const struct plan *plan, const struct unit *unit)
{
    return unit->n_chunks > 0 && own_state(plan, unit) == UNIT_DONE ? unit->whole : unit->key;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Whose it is. */
static char *describe_head(const struct unit *unit)
{
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 0);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "unit", unit->key);
    jsonw_put_text(&w, "embedder", unit->embedder);
    jsonw_put_text(&w, "suite", unit->suite);
    jsonw_close(&w, '}');
    return out.data;
}

/* The worker, which may make no file there, writes to it. */
static int make_empty(const char *path)
{
    FILE *file = fopen(path, "wbe");
    return file && fclose(file) == 0
               ? 0
               : error_set(ERR_MACHINE, "%s: cannot write: %s", path, strerror(errno));
}

static int name_file(const char *temporary, const char *path)
{
    return rename(temporary, path) == 0
               ? 0
               : error_set(ERR_MACHINE, "%s: cannot write: %s", path, strerror(errno));
}

static void describe_cost(const struct unit_cost *cost, struct str *out)
{
    struct json_writer w = jsonw_create(out, 0);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "host", cost->host);
    jsonw_put_uint(&w, "threads", cost->n_threads);
    jsonw_put_real(&w, "begin", cost->begin);
    jsonw_put_real(&w, "end", cost->end);
    jsonw_put_real(&w, "joules", cost->joules);
    jsonw_close(&w, '}');
}

/* note: as describe_cost writes it, or NULL. */
static int read_cost(const char *note, const char *path, struct unit_cost *ret_cost)
{
    json *cost;
    if (!note) {
        return error_set(ERR_REQUEST, "%s: found no word of what it cost", path);
    }
    TRY(jsonr_read_text(note, strlen(note), path, &cost));
    snprintf(ret_cost->host, sizeof ret_cost->host, "%s", jsonr_get_text(cost, "host", "unknown"));
    ret_cost->n_threads = (uint32_t)jsonr_get_uint(cost, "threads", 1);
    ret_cost->begin = jsonr_get_real(cost, "begin", 0);
    ret_cost->end = jsonr_get_real(cost, "end", 0);
    ret_cost->joules = jsonr_get_real(cost, "joules", NAN);
    jsonr_free(cost);
    return 0;
}

/* The journal, locked: until it is, another process may take it for one that is left, and clear it
 * away. */
static int make_journal(struct unit_writing *writing, const char *head)
{
    for (int i = 0; i < 100; i++) {
        TRY(journal_create(writing->temporary, head, false, &writing->journal));
        writing->held = unit_left_hold(writing->temporary);
        if (writing->held >= 0) {
            return 0;
        }
        journal_close(writing->journal);
        writing->journal = NULL;
    }
    return error_set(ERR_MACHINE, "%s: cannot be locked", writing->temporary);
}

int unit_begin(const struct plan *plan, const struct unit *unit, uint32_t n_threads,
               struct unit_writing *writing)
{
    char *folder = folder_of(plan), *head = describe_head(unit);
    *writing = (struct unit_writing){.path = path_of(plan, unit, ""),
                                     .failed = path_of(plan, unit, FAILED),
                                     .held = -1,
                                     .energy = energy_begin(ENERGY_FOLDER),
                                     .cost = {.n_threads = n_threads, .begin = now()}};
    unit_host_name(writing->cost.host);
    char *ending = mem_format(UNIT_TEMPORARY "%s.%ld", writing->cost.host, (long)getpid());
    writing->temporary = path_of(plan, unit, ending);
    writing->packed = mem_format("%s.zst", writing->temporary);
    int status = file_make_folders(folder);
    unlink(writing->temporary); /* of a process that had this number before */
    unlink(writing->packed);
    status = status ? status : make_journal(writing, head);
    if (status == 0 && unit->n_chunks > 0) {
        char *name = answers_of(unit);
        writing->answers = file_join(folder, name);
        writing->answers_temporary = mem_format("%s%s", writing->answers, ending);
        status = make_empty(writing->answers_temporary);
        free(name);
    }
    free(head);
    free(ending);
    free(folder);
    return status;
}

int unit_commit(struct unit_writing *writing, const struct embedder_facts *facts)
{
    struct str note = {0};
    writing->cost.end = now();
    writing->cost.joules = energy_end(writing->energy);
    writing->energy = NULL;
    describe_cost(&writing->cost, &note);
    journal_add_note(writing->journal, str_text(&note));
    str_finish(&note);
    TRY(journal_end(writing->journal, facts));
    if (writing->answers) {
        TRY(name_file(writing->answers_temporary, writing->answers));
    }
    TRY(packed_write(writing->temporary, writing->packed));
    TRY(name_file(writing->packed, writing->path));
    unlink(writing->failed); /* of an earlier try */
    return 0;
}

int unit_fail(struct unit_writing *writing, const struct worker_outcome *outcome)
{
    struct str text = {0};
    struct file_out out;
    struct json_writer w = jsonw_create(&text, 0);
    char host[256];
    unit_host_name(host);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "status", outcome->facts.status);
    jsonw_put_text(&w, "error", outcome->facts.error);
    jsonw_put_uint(&w, "code", (uint64_t)-outcome->code);
    jsonw_put_text(&w, "host", host);
    jsonw_close(&w, '}');
    int status = file_out_open(&out, writing->failed);
    if (status == 0) {
        fprintf(out.stream, "%s\n", str_text(&text));
        status = file_out_commit(&out);
    }
    str_finish(&text);
    return status;
}

void unit_writing_finish(struct unit_writing *writing, bool interrupted)
{
    journal_close(writing->journal);
    if (writing->energy) {
        (void)energy_end(writing->energy);
    }
    if (writing->temporary && !interrupted) {
        unlink(writing->temporary);
        unlink(writing->packed); /* not there any more if it was committed */
    }
    if (writing->answers_temporary) {
        unlink(writing->answers_temporary);
    }
    if (writing->temporary && writing->held >= 0) {
        close(writing->held);
    }
    free(writing->answers_temporary);
    free(writing->answers);
    free(writing->temporary);
    free(writing->packed);
    free(writing->path);
    free(writing->failed);
    *writing = (struct unit_writing){0};
}

/* Is the journal this unit's, and whole? What did it cost? */
static int check_journal(const struct journal *journal, const char *path, const struct unit *unit,
                         struct unit_cost *ret_cost)
{
    json *head;
    TRY(jsonr_read_text(journal_head(journal), strlen(journal_head(journal)), path, &head));
    const char *key = jsonr_get_text(head, "unit", "nothing");
    int status =
        strcmp(key, unit->key) == 0
            ? 0
            : error_set(ERR_REQUEST, "%s: found unit %s, expected that of its name", path, key);
    jsonr_free(head);
    TRY(status);
    if (journal_n_runs(journal) != 1 || strcmp(journal_run_name(journal, 0), unit->embedder) != 0) {
        return error_set(ERR_REQUEST, "%s: torn: found no sealed results of %s", path,
                         unit->embedder);
    }
    return read_cost(journal_run_note(journal, 0), path, ret_cost);
}

static int replay_done(const char *path, const struct unit *unit, const struct worker_job *job,
                       const struct result_sink *sink, struct worker_outcome *outcome,
                       struct unit_cost *ret_cost)
{
    struct journal *journal;
    FILE *stream;
    TRY(packed_open(path, &stream));
    TRY(journal_open_sealed(stream, path, &journal));
    int status = check_journal(journal, path, unit, ret_cost);
    if (status == 0) {
        struct intake_expected expected = worker_expected(job, 0);
        status = journal_replay(journal, 0, &expected, sink, &outcome->facts);
        worker_expected_finish(&expected);
    }
    journal_close(journal);
    free(outcome->facts.status);
    outcome->facts.status = mem_text("ok");
    return status;
}

static int replay_failed(const char *path, struct worker_outcome *outcome)
{
    json *document;
    TRY(jsonr_read_file(path, &document));
    uint64_t code = jsonr_get_uint(document, "code", 1);
    outcome->code = code >= 1 && code <= 3 ? -(int)code : ERR_FAILED;
    free(outcome->facts.status);
    free(outcome->facts.error);
    outcome->facts.status = mem_text(jsonr_get_text(document, "status", "failed"));
    outcome->facts.error = mem_text(jsonr_get_text(document, "error", "no reason was kept"));
    jsonr_free(document);
    return 0;
}

int unit_replay(const struct plan *plan, const struct unit *unit, const struct worker_job *job,
                const struct result_sink *sink, struct worker_outcome *outcome,
                struct unit_cost *ret_cost)
{
    *ret_cost = (struct unit_cost){.joules = NAN};
    char *path = path_of(plan, unit, ""), *failed = path_of(plan, unit, FAILED);
    int status = file_exists(path) || !file_exists(failed)
                     ? replay_done(path, unit, job, sink, outcome, ret_cost)
                     : replay_failed(failed, outcome);
    free(failed);
    free(path);
    return status;
}
