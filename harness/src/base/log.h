/*
 * log.h - lines for people, on stderr.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Default LOG_INFO; HARNESS_LOG=debug|info|warn|error. Returns what it was. */
enum log_level log_set_level(enum log_level least);
/* The same warning is shown once a process. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/* In a worker, lines go to the parent instead. NULL restores stderr. */
void log_divert(void (*take)(void *ctx, enum log_level level, const char *line), void *ctx);

#endif /* BASE_LOG_H */
