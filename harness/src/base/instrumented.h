/*
 * instrumented.h - is this built with a sanitizer? Such a program reserves terabytes of addresses,
 * inspects itself when it ends, and writes logs and coverage.
 */
#ifndef BASE_INSTRUMENTED_H
#define BASE_INSTRUMENTED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

#endif /* BASE_INSTRUMENTED_H */
