/*
 * error.h - how things fail: a status goes up, the reason waits in the thread.
 *
 * Functions that can fail return 0 or one of these; what their ret_ arguments hold after a
 * failure must not be used. It is also what the process exits with, so it says whose fault it
 * was. Programming errors are asserts. Running out of memory ends the process (mem.h).
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

enum {
    ERR_FAILED = -1,  /* something in the work failed: exit status 1 */
    ERR_REQUEST = -2, /* the request or its input was wrong: exit status 2 */
    ERR_MACHINE = -3, /* disk, memory, processes: exit status 3 */
};

/* Remember why; returns status, so that `return error_set(ERR_REQUEST, ...)` reads as one act. Name
 * the file, the line or byte, what was found and what was expected. */
int error_set(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put "context: " before the present message; returns status. */
int error_context(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Pass a failure on: returns what `call` returned unless that is 0. For functions with nothing to
 * clean up. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const int try_status = (call);                                                             \
        if (try_status) {                                                                          \
            return try_status;                                                                     \
        }                                                                                          \
    } while (0)

/* The same in a function that cleans up at its label `finish:`; what failed is in `status`. */
#define TRY_OR_FINISH(call)                                                                        \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status) {                                                                              \
            goto finish;                                                                           \
        }                                                                                          \
    } while (0)

/* The last message of this thread; "" if none. Valid until the next error_set of the thread. */
const char *error_message(void);

#endif /* BASE_ERROR_H */
