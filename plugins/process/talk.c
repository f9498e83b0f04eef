/*
 * talk.c - the conversation: questions out, answers in, and what the program says in between.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"
#include "protocol.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYE_SECONDS 5.0    /* for a program that was asked to end */
#define CANCEL_SECONDS 1.0 /* for an answer that is no longer wanted */
#define CLOSED_SECONDS 3.0 /* between the end of its conversation and its own */
#define SIGN_SECONDS 0.2   /* between two signs of life that are passed on */
#define MOST_TRACE 1400    /* bytes of a traceback in a message; its end matters most */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static emb_status ear_fail(const struct emb_host *api, emb_status code, const char *why)
{
    struct ear *ear = (struct ear *)(uintptr_t)api; /* api is its first member */
    snprintf(ear->reported, sizeof ear->reported, "%s", why);
    return ear->host->fail(ear->host, code, why);
}

void talk_init(struct emb_model *model)
{
    size_t n = model->host->struct_size < sizeof model->ear.api ? model->host->struct_size
                                                                : sizeof model->ear.api;
    memcpy(&model->ear.api, model->host, n);
    model->ear.host = model->host;
    model->ear.api.struct_size = (uint32_t)n;
    model->ear.api.fail = ear_fail;
    model->program = PROGRAM_NONE;
    pthread_mutex_init(&model->lock, NULL);
}

/* No further question makes sense: remembers why, ends the program, tells the host. */
__attribute__((format(printf, 2, 3))) static emb_status break_off(struct emb_model *model,
                                                                  const char *format, ...)
{
    va_list args;
    if (!model->dead[0]) {
        va_start(args, format);
        vsnprintf(model->dead, sizeof model->dead, format, args);
        va_end(args);
        program_end(&model->program);
        model->program.ended = true;
    }
    return model->host->fail(model->host, EMB_E_INTERNAL, model->dead);
}

/* The program is gone: how, and what it printed last. */
static emb_status tell_end(struct emb_model *model)
{
    char last[1200];
    printed_last(&model->program.printed, last, sizeof last);
    return break_off(model, "the program has ended: %s%s%s", model->program.how,
                     last[0] ? "; its last lines:" : "; it printed nothing", last);
}

uint64_t talk_begin(struct emb_model *model, const char *type)
{
    struct text *question = &model->question;
    text_clear(question);
    text_begin_frame(question);
    text_say(question, "{\"type\":\"");
    text_say(question, type);
    text_say(question, "\",\"id\":");
    text_number(question, ++model->last_id);
    return model->last_id;
}

/* A sign of life, which the host takes as one of its worker's. */
static void pass_on_sign(struct emb_model *model, const struct json *message)
{
    uint64_t done = 0, total = 0;
    double time = now();
    if (time - model->last_sign < SIGN_SECONDS) {
        return;
    }
    model->last_sign = time;
    if (json_opt_uint(message, "done", UINT64_MAX >> 1, &done) ||
        json_opt_uint(message, "total", UINT64_MAX >> 1, &total)) {
        return; /* numbers for show: no reason to end anything */
    }
    char line[96];
    snprintf(line, sizeof line, "still at it: %llu of %llu", (unsigned long long)done,
             (unsigned long long)total);
    model->host->log(model->host, EMB_LOG_DEBUG, line);
}

static emb_status take_log(struct emb_model *model, const struct json *message)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    const char *level = "info", *line;
    uint64_t n;
    TRY(json_opt_text(message, "level", &level, NULL));
    TRY(json_get_text(message, "line", &line, &n));
    int32_t number = EMB_LOG_INFO;
    for (int32_t i = 0; i < 4; i++) {
        number = strcmp(level, names[i]) == 0 ? i : number;
    }
    printed_say(&model->program.printed, model->host, number, line, n);
    return EMB_OK;
}

static emb_status code_named(const char *name)
{
    static const struct {
        const char *name;
        emb_status code;
    } codes[] = {{"EMB_E_NOMEM", EMB_E_NOMEM},
                 {"EMB_E_INVAL", EMB_E_INVAL},
                 {"EMB_E_IO", EMB_E_IO},
                 {"EMB_E_FORMAT", EMB_E_FORMAT},
                 {"EMB_E_OPTION", EMB_E_OPTION},
                 {"EMB_E_UNSUPPORTED", EMB_E_UNSUPPORTED},
                 {"EMB_E_CANCELLED", EMB_E_CANCELLED},
                 {"EMB_E_INTERNAL", EMB_E_INTERNAL}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(codes[i].name, name) == 0) {
            return codes[i].code;
        }
    }
    return EMB_E_INTERNAL;
}

/* "error": its code, with why it says so and where in its own code. */
static emb_status take_error(struct emb_model *model, const struct json *message)
{
    const char *code = "", *why = "", *trace = "";
    uint64_t n_trace = 0;
    if (json_opt_text(message, "code", &code, NULL) || json_opt_text(message, "why", &why, NULL) ||
        json_opt_text(message, "traceback", &trace, &n_trace)) {
        return EMB_E_INTERNAL; /* reported */
    }
    while (n_trace > 0 && trace[n_trace - 1] == '\n') {
        n_trace--;
    }
    uint64_t skipped = n_trace > MOST_TRACE ? n_trace - MOST_TRACE : 0;
    char text[2000];
    snprintf(text, sizeof text, "%.500s%s%s%.*s", why[0] ? why : "the program gave no reason",
             n_trace ? "\n" : "", skipped ? "[...]" : "", (int)(n_trace - skipped),
             trace + skipped);
    return model->host->fail(model->host, code_named(code), text);
}

enum taken { TAKEN_ASIDE, TAKEN_ANSWER, TAKEN_BROKEN };

/* One message. The answer to question `id`, of the type `wanted` or an error, ends the waiting:
 * *ret_status, *ret_answer (which then is the caller's). */
static enum taken take_message(struct emb_model *model, uint64_t id, const char *wanted,
                               struct json_file *file, emb_status *ret_status,
                               struct json_file **ret_answer)
{
    struct json root = json_root(file);
    const char *type;
    uint64_t answers = id;
    if (json_get_text(&root, "type", &type, NULL)) {
        return TAKEN_BROKEN;
    }
    if (strcmp(type, "progress") == 0) {
        pass_on_sign(model, &root);
        return TAKEN_ASIDE;
    }
    if (strcmp(type, "log") == 0) {
        return take_log(model, &root) ? TAKEN_BROKEN : TAKEN_ASIDE;
    }
    bool is_error = strcmp(type, "error") == 0;
    if (!is_error && strcmp(type, wanted) != 0) {
        json_fail(&root, "unknown message \"%.64s\", expected %s or error", type, wanted);
        return TAKEN_BROKEN;
    }
    if (json_opt_uint(&root, "id", UINT64_MAX >> 1, &answers)) {
        return TAKEN_BROKEN;
    }
    if (answers != id) {
        json_fail(&root, "an answer to question %llu, expected one to %llu",
                  (unsigned long long)answers, (unsigned long long)id);
        return TAKEN_BROKEN;
    }
    *ret_status = is_error ? take_error(model, &root) : EMB_OK;
    if (!is_error) {
        *ret_answer = file;
    }
    return TAKEN_ANSWER;
}

/* All whole messages that have come. */
static enum taken take_messages(struct emb_model *model, uint64_t id, const char *wanted,
                                emb_status *ret_status, struct json_file **ret_answer)
{
    const char *text;
    size_t n;
    for (;;) {
        enum frame_found found = frame_reader_next(&model->program.frames, &text, &n);
        struct json_file *file;
        if (found == FRAME_NONE) {
            return TAKEN_ASIDE;
        }
        if (found == FRAME_NO_SIZE) {
            emb_failf(&model->ear.api, EMB_E_INTERNAL,
                      "the program's frame is %zu bytes long by its head, expected 1 to %u", n,
                      PROTOCOL_FRAME_MOST);
            return TAKEN_BROKEN;
        }
        if (json_load_memory(&model->ear.api, "the program's message", text, n, &file)) {
            return TAKEN_BROKEN;
        }
        enum taken taken = take_message(model, id, wanted, file, ret_status, ret_answer);
        if (taken != TAKEN_ANSWER || !*ret_answer) {
            json_free(file);
        }
        if (taken != TAKEN_ASIDE) {
            return taken;
        }
    }
}

static bool is_wanted(const struct emb_model *model)
{
    const struct emb_ext_stop *stop = model->host->extension(model->host, EMB_EXT_STOP);
    return !stop || stop->wanted(model->host);
}

/* Tells the program that the answer is no longer wanted, and gives it a moment: for its own sake.
 */
static emb_status cancel(struct emb_model *model, uint64_t id, const char *wanted, size_t sent)
{
    struct program *program = &model->program;
    struct text message = {0};
    struct json_file *answer = NULL;
    emb_status status;
    size_t n = sent;
    double end = now() + CANCEL_SECONDS;
    text_add(&message, model->question.data, model->question.n); /* its rest comes first */
    size_t begun = text_begin_frame(&message);
    text_say(&message, "{\"type\":\"cancel\",\"id\":");
    text_number(&message, id);
    text_say(&message, "}");
    text_end_frame(&message, begun);
    enum taken taken = message.failed ? TAKEN_BROKEN : TAKEN_ASIDE;
    while (taken == TAKEN_ASIDE && !program->ended && !program->control_ended && now() < end) {
        taken = program_pump(program, message.data, message.n, &n, -1)
                    ? take_messages(model, id, wanted, &status, &answer)
                    : TAKEN_BROKEN;
    }
    text_finish(&message);
    json_free(answer);
    if (taken != TAKEN_ANSWER) {
        break_off(model, "cancelled, and the program did not answer within %g s", CANCEL_SECONDS);
    }
    return model->host->fail(model->host, EMB_E_CANCELLED, "cancelled");
}

/* What the program says until it has answered, or cannot. */
static emb_status wait_for_answer(struct emb_model *model, uint64_t id, const char *wanted, int fd,
                                  struct json_file **ret_answer)
{
    struct program *program = &model->program;
    const struct text *question = &model->question;
    emb_status status = EMB_OK;
    size_t sent = 0;
    double closed_at = 0;
    for (;;) {
        if (!program_pump(program, question->data, question->n, &sent, fd)) {
            return break_off(model, "out of memory, or the program cannot be watched: %s",
                             strerror(errno));
        }
        enum taken taken = take_messages(model, id, wanted, &status, ret_answer);
        if (taken == TAKEN_ANSWER) {
            return status;
        }
        if (taken == TAKEN_BROKEN) {
            return break_off(model, "%s", model->ear.reported);
        }
        if (program->ended) {
            return tell_end(model);
        }
        if (!is_wanted(model)) {
            return cancel(model, id, wanted, sent);
        }
        if (program->control_ended) { /* it has closed it, or is ending */
            closed_at = closed_at > 0 ? closed_at : now();
            if (now() - closed_at > CLOSED_SECONDS) {
                return break_off(
                    model,
                    "the program has closed its end of the connection, and is still running");
            }
            program_wait(program, 0.01);
        }
    }
}

/* Asks what is in model->question, and waits. fd goes along (-1 = none). */
static emb_status ask(struct emb_model *model, uint64_t id, const char *wanted, int fd,
                      struct json_file **ret_answer)
{
    struct text *question = &model->question;
    text_say(question, "}");
    text_end_frame(question, 0);
    if (model->dead[0]) {
        return break_off(model, "%s", "");
    }
    if (question->failed) {
        return emb_failf(model->host, EMB_E_NOMEM, "process: a message of %zu bytes is too large",
                         question->n);
    }
    *ret_answer = NULL;
    return wait_for_answer(model, id, wanted, fd, ret_answer);
}

emb_status talk_ask(struct emb_model *model, uint64_t id, struct json_file **ret_answer)
{
    struct json_file *answer = NULL;
    emb_status status = ask(model, id, "done", -1, &answer);
    if (status == EMB_OK && ret_answer) {
        *ret_answer = answer;
    } else {
        json_free(answer);
    }
    return status;
}

emb_status talk_hello(struct emb_model *model, const struct text *options)
{
    struct json_file *said = NULL;
    struct text *question = &model->question;
    uint64_t id = talk_begin(model, "hello");
    text_say(question, ",\"versions\":[");
    for (unsigned v = PROTOCOL_FIRST; v <= PROTOCOL_LAST; v++) {
        text_say(question, v > PROTOCOL_FIRST ? "," : "");
        text_number(question, v);
    }
    text_say(question, "],\"kind\":");
    text_quoted(question, model->kind, strlen(model->kind));
    text_say(question, ",\"threads\":");
    text_number(question, model->host->n_workers);
    text_say(question, ",\"options\":");
    text_add(question, options->data, options->n);
    question->failed = question->failed || options->failed;
    TRY(ask(model, id, "ready", -1, &said));
    return ready_read(&model->ear.api, model->kind, said, &model->ready);
}

emb_status talk_share(struct emb_model *model, uint64_t bytes)
{
    const uint64_t least = 1u << 20, most = UINT64_MAX >> 8;
    struct json_file *answer = NULL;
    struct shared shared;
    uint64_t n = least;
    if (model->shared.bytes && bytes <= model->shared.n) {
        return EMB_OK;
    }
    while (n < bytes && n < most) {
        n *= 2;
    }
    if (n < bytes || !shared_make(n, &shared)) {
        return emb_failf(model->host, EMB_E_NOMEM, "process: no %llu bytes of shared memory: %s",
                         (unsigned long long)n, strerror(errno));
    }
    uint64_t id = talk_begin(model, "memory");
    text_say(&model->question, ",\"bytes\":");
    text_number(&model->question, n);
    emb_status status = ask(model, id, "done", shared.fd, &answer);
    json_free(answer);
    shared_finish(status ? &shared : &model->shared);
    if (!status) {
        model->shared = shared;
    }
    return status;
}

void talk_bye(struct emb_model *model)
{
    if (!model->program.ended && !model->program.control_ended && model->program.control >= 0) {
        size_t sent = 0;
        double end = now() + BYE_SECONDS;
        talk_begin(model, "bye");
        text_say(&model->question, "}");
        text_end_frame(&model->question, 0);
        while (!model->question.failed && sent < model->question.n && now() < end &&
               !model->program.ended && !model->program.control_ended) {
            model->program.frames.at = model->program.frames.n;
            program_pump(&model->program, model->question.data, model->question.n, &sent, -1);
        }
        program_wait(&model->program, end - now());
    }
    program_end(&model->program);
    shared_finish(&model->shared);
    ready_finish(&model->ready);
    text_finish(&model->question);
    pthread_mutex_destroy(&model->lock);
}
