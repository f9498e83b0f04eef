/*
 * program.h - a program under its guard (guard.c): starting it, bytes to and from it, what it
 * prints, how it ended, and its end with all that it started.
 */
#ifndef PROCESS_PROGRAM_H
#define PROCESS_PROGRAM_H

#include "embedder.h"
#include "frame.h"
#include "printed.h"
#include "text.h"

#include <sys/types.h>

struct program {
    const struct emb_host *host;
    pid_t guard;
    int control, life, out, err; /* -1: closed */
    struct frame_reader frames;  /* what has come over control */
    struct printed printed;      /* what the program prints */
    bool control_ended;          /* the program's end of control is closed */
    bool ended;                  /* so is the program, or it must be taken so */
    char how[128];               /* "exit status 1", once it has ended */
};

#define PROGRAM_NONE ((struct program){.control = -1, .life = -1, .out = -1, .err = -1})

/* argv: what to start, looked up on PATH. folder: where guard and helper lie. NULL-terminated.
 * EMB_E_IO with the reason reported. End it with program_end, in any case. */
emb_status program_start(const struct emb_host *host, const char *folder, char *const *argv,
                         struct program *ret_program);

/* Sends bytes, waits for frames, collects what is printed: until something of all this happened, or
 * a tenth of a second is over. *sent counts on to n; fd (-1 = none) goes with the first byte.
 * False: out of memory. Once the program has ended and all is read, `ended` is set. */
bool program_pump(struct program *program, const char *bytes, size_t n, size_t *sent, int fd);

/* Wait that long for it to end by itself, collecting what it prints. */
void program_wait(struct program *program, double seconds);

/* Ends it with all that it started. */
void program_end(struct program *program);

#endif /* PROCESS_PROGRAM_H */
