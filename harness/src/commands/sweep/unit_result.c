/* Stores what a unit of a sweep gave, and reads it back. */
#include "commands/sweep/unit_result.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILED ".failed"
#define TEMPORARY ".tmp."

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

/* Of a file's name in the folder: which state it shows. */
static enum unit_state state_of(const char *name)
{
    const char *ending = name + (DIGEST_TEXT_BYTES - 1);
    return !*ending                                             ? UNIT_DONE
           : strcmp(ending, FAILED) == 0                        ? UNIT_FAILED
           : strncmp(ending, TEMPORARY, strlen(TEMPORARY)) == 0 ? UNIT_BEGUN
                                                                : UNIT_MISSING;
}

int unit_states(const struct plan *plan, enum unit_state **ret_states)
{
    struct file_list list = {0};
    struct map keys = {0};
    char *folder = folder_of(plan);
    int status = file_exists(folder) ? file_list_folder(folder, &list) : 0;
    enum unit_state *of_keys = mem_array(list.n + 1u, sizeof *of_keys);
    for (uint32_t i = 0; i < list.n; i++) {
        if (strlen(list.names[i]) >= DIGEST_TEXT_BYTES - 1) {
            uint32_t key = map_put(&keys, list.names[i], DIGEST_TEXT_BYTES - 1);
            enum unit_state state = state_of(list.names[i]);
            of_keys[key] = state > of_keys[key] ? state : of_keys[key];
        }
    }
    enum unit_state *states = mem_array(plan->n, sizeof *states);
    for (uint32_t i = 0; i < plan->n; i++) {
        uint32_t key = map_find_text(&keys, plan->units[i].key);
        states[i] = key == MAP_NONE ? UNIT_MISSING : of_keys[key];
    }
    free(of_keys);
    map_finish(&keys);
    file_list_finish(&list);
    free(folder);
    *ret_states = states;
    return status;
}

enum unit_state unit_state(const struct plan *plan, const struct unit *unit)
{
    char *path = path_of(plan, unit, ""), *failed = path_of(plan, unit, FAILED);
    enum unit_state state = file_exists(path)     ? UNIT_DONE
                            : file_exists(failed) ? UNIT_FAILED
                                                  : UNIT_MISSING;
    free(failed);
    free(path);
    return state;
}

static void host_name(char name[256])
{
    if (gethostname(name, 256) != 0) {
        strcpy(name, "unknown");
    }
    name[255] = '\0';
}

/* Whose it is, and what it cost. */
static char *describe_head(const struct unit *unit, uint32_t n_threads)
{
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 0);
    char host[256];
    host_name(host);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "unit", unit->key);
    jsonw_put_text(&w, "embedder", unit->embedder);
    jsonw_put_text(&w, "suite", unit->suite);
    jsonw_put_text(&w, "host", host);
    jsonw_put_uint(&w, "threads", n_threads);
    jsonw_close(&w, '}');
    return out.data;
}

int unit_begin(const struct plan *plan, const struct unit *unit, uint32_t n_threads,
               struct unit_writing *writing)
{
    char host[256], *folder = folder_of(plan);
    host_name(host);
    char *ending = mem_format(TEMPORARY "%s.%ld", host, (long)getpid());
    *writing = (struct unit_writing){.temporary = path_of(plan, unit, ending),
                                     .path = path_of(plan, unit, ""),
                                     .failed = path_of(plan, unit, FAILED)};
    char *head = describe_head(unit, n_threads);
    int status = file_make_folders(folder);
    unlink(writing->temporary); /* of a process that had this number before */
    status = status ? status : journal_create(writing->temporary, head, false, &writing->journal);
    free(head);
    free(ending);
    free(folder);
    return status;
}

int unit_commit(struct unit_writing *writing, const struct embedder_facts *facts)
{
    TRY(journal_end(writing->journal, facts));
    if (rename(writing->temporary, writing->path) != 0) {
        return error_set(ERR_MACHINE, "%s: cannot write: %s", writing->path, strerror(errno));
    }
    unlink(writing->failed); /* of an earlier try */
    return 0;
}

int unit_fail(struct unit_writing *writing, const struct worker_outcome *outcome)
{
    struct str text = {0};
    struct file_out out;
    struct json_writer w = jsonw_create(&text, 0);
    char host[256];
    host_name(host);
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

void unit_writing_finish(struct unit_writing *writing)
{
    journal_close(writing->journal);
    if (writing->temporary) {
        unlink(writing->temporary); /* not there any more if it was committed */
    }
    free(writing->temporary);
    free(writing->path);
    free(writing->failed);
    *writing = (struct unit_writing){0};
}

/* Is the journal this unit's, and whole? Where was it made? */
static int check_journal(const struct journal *journal, const char *path, const struct unit *unit,
                         struct unit_place *ret_place)
{
    json *head;
    TRY(jsonr_read_text(journal_head(journal), strlen(journal_head(journal)), path, &head));
    const char *key = jsonr_get_text(head, "unit", "nothing");
    int status =
        strcmp(key, unit->key) == 0
            ? 0
            : error_set(ERR_REQUEST, "%s: found unit %s, expected that of its name", path, key);
    snprintf(ret_place->host, sizeof ret_place->host, "%s",
             jsonr_get_text(head, "host", "unknown"));
    ret_place->n_threads = (uint32_t)jsonr_get_uint(head, "threads", 1);
    jsonr_free(head);
    TRY(status);
    return journal_n_runs(journal) == 1 && strcmp(journal_run_name(journal, 0), unit->embedder) == 0
               ? 0
               : error_set(ERR_REQUEST, "%s: torn: found no sealed results of %s", path,
                           unit->embedder);
}

static int replay_done(const char *path, const struct unit *unit, const struct worker_job *job,
                       const struct result_sink *sink, struct worker_outcome *outcome,
                       struct unit_place *ret_place)
{
    struct journal *journal;
    TRY(journal_open_sealed(path, &journal));
    int status = check_journal(journal, path, unit, ret_place);
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
                struct unit_place *ret_place)
{
    *ret_place = (struct unit_place){0};
    char *path = path_of(plan, unit, ""), *failed = path_of(plan, unit, FAILED);
    int status = file_exists(path) || !file_exists(failed)
                     ? replay_done(path, unit, job, sink, outcome, ret_place)
                     : replay_failed(failed, outcome);
    free(failed);
    free(path);
    return status;
}
