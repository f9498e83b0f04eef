#include "base/regex.h"

#include "embedder_util.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define JIT_STACK_START (32 * 1024)
#define JIT_STACK_MAX (8 * 1024 * 1024)
#define HEAP_LIMIT_KIB (256 * 1024)

struct regex {
    const struct emb_host *host;
    pcre2_code *code;
    char where[];
};

struct regex_match {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

/* A pattern being rewritten into PCRE2's dialect. */
struct translation {
    const char *in;
    size_t n, at;
    char *out;
    size_t n_out;
    unsigned class_depth; /* of [ ] */
};

/* Longest text that one byte of input can become. */
#define GROWTH 48

static void put(struct translation *t, const char *text, size_t n_bytes)
{
    memcpy(t->out + t->n_out, text, n_bytes);
    t->n_out += n_bytes;
}

static void put_string(struct translation *t, const char *text)
{
    put(t, text, strlen(text));
}

static bool is_general_category(const char *name, size_t n)
{
    static const char *const names[] = {
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "L&",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "C",
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Any",
        "Xan",
        "Xwd",
        "Xsp",
        "Xps",
        "Alphabetic",
        "White_Space",
        "Emoji",
        "Extended_Pictographic",
        "Uppercase",
        "Lowercase",
        "ASCII",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0) {
            return true;
        }
    }
    return false;
}

/* "{Han}" or "{^IsHan}" after \p or \P: a script's name is written sc:NAME. */
static void translate_property(struct translation *t)
{
    const char *open = t->in + t->at;
    const char *close = t->at < t->n ? memchr(open, '}', t->n - t->at) : NULL;
    if (!close || *open != '{') {
        return;
    }
    const char *name = open + 1;
    put_string(t, "{");
    if (*name == '^') {
        put_string(t, "^");
        name++;
    }
    size_t n = (size_t)(close - name);
    if (n > 2 && memcmp(name, "Is", 2) == 0) {
        name += 2;
        n -= 2;
    }
    if (!is_general_category(name, n) && !memchr(name, ':', n) && !memchr(name, '=', n)) {
        put_string(t, "sc:");
    }
    put(t, name, n);
    put_string(t, "}");
    t->at = (size_t)(close + 1 - t->in);
}

/* An escape: \p and \s may need other words, all others are kept. */
static void translate_escape(struct translation *t)
{
    char escaped = t->at + 1 < t->n ? t->in[t->at + 1] : '\0';
    size_t length = t->at + 1 < t->n ? 2 : 1;
    if (escaped == 's') {
        /* PCRE2's \s with Unicode properties is White_Space and U+180E, which left it in 6.3. */
        put_string(t, t->class_depth ? "\\p{White_Space}" : "\\p{White_Space}");
    } else if (escaped == 'S') {
        put_string(t, "\\P{White_Space}");
    } else {
        put(t, t->in + t->at, length);
    }
    t->at += length;
    if (escaped == 'p' || escaped == 'P') {
        translate_property(t);
    }
}

/* Returns NULL, or what is not known here. */
static const char *translate(struct translation *t)
{
    while (t->at < t->n) {
        char c = t->in[t->at];
        bool in_class = t->class_depth > 0;
        if (c == '\\') {
            translate_escape(t);
            continue;
        }
        if (in_class && c == '&' && t->at + 1 < t->n && t->in[t->at + 1] == '&') {
            return "a class intersection (&&)";
        }
        put(t, &c, 1);
        t->at++;
        if (c == '[') {
            bool is_posix = in_class && t->at < t->n && t->in[t->at] == ':';
            if (in_class && !is_posix) {
                return "a class within a class";
            }
            t->class_depth++;
            if (!in_class && t->at < t->n && t->in[t->at] == '^') {
                put_string(t, "^");
                t->at++;
            }
            if (!in_class && t->at < t->n && t->in[t->at] == ']') {
                put_string(t, "\\]");
                t->at++;
            }
        } else if (c == ']' && in_class) {
            t->class_depth--;
        }
    }
    return NULL;
}

static emb_status compile(struct regex *regex, const char *pattern, size_t n_bytes)
{
    int error = 0;
    PCRE2_SIZE place = 0;
    regex->code =
        pcre2_compile((PCRE2_SPTR)pattern, n_bytes,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
                      &error, &place, NULL);
    if (!regex->code) {
        char why[128] = "";
        pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof why);
        return emb_failf(regex->host, EMB_E_FORMAT, "%s: pattern \"%.200s\", byte %zu: %s",
                         regex->where, pattern, (size_t)place, why);
    }
    pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); /* no JIT: the interpreter serves */
    return EMB_OK;
}

emb_status regex_compile(const struct emb_host *host, const char *where, const char *pattern,
                         uint64_t n_bytes, struct regex **ret_regex)
{
    if (n_bytes > 1 << 20) {
        return emb_failf(host, EMB_E_FORMAT, "%s: pattern of %llu bytes, expected at most 1 MiB",
                         where, (unsigned long long)n_bytes);
    }
    struct regex *regex = calloc(1, sizeof *regex + strlen(where) + 1);
    struct translation t = {.in = pattern, .n = n_bytes, .out = malloc(n_bytes * GROWTH + 1)};
    emb_status status;
    if (!regex || !t.out) {
        status = emb_failf(host, EMB_E_NOMEM, "%s: out of memory for a pattern", where);
    } else {
        regex->host = host;
        memcpy(regex->where, where, strlen(where) + 1);
        const char *unknown = translate(&t);
        t.out[t.n_out] = '\0';
        status = unknown ? emb_failf(host, EMB_E_FORMAT, "%s: pattern byte %zu: found %s, %s",
                                     where, t.at, unknown, "which is not known here")
                         : compile(regex, t.out, t.n_out);
    }
    free(t.out);
    if (status) {
        regex_free(regex);
        return status;
    }
    *ret_regex = regex;
    return EMB_OK;
}

void regex_free(struct regex *regex)
{
    if (regex) {
        pcre2_code_free(regex->code);
        free(regex);
    }
}

struct regex_match *regex_match_create(void)
{
    struct regex_match *match = calloc(1, sizeof *match);
    if (!match) {
        return NULL;
    }
    match->data = pcre2_match_data_create(1, NULL);
    match->context = pcre2_match_context_create(NULL);
    if (!match->data || !match->context) {
        regex_match_free(match);
        return NULL;
    }
    pcre2_set_heap_limit(match->context, HEAP_LIMIT_KIB);
    return match;
}

void regex_match_free(struct regex_match *match)
{
    if (match) {
        pcre2_jit_stack_free(match->stack);
        pcre2_match_context_free(match->context);
        pcre2_match_data_free(match->data);
        free(match);
    }
}

/* JIT code runs on 32 KiB of the machine's stack, which does for all but the deepest: those get a
 * stack of their own, and in the end the interpreter, which needs none. */
static int match_deeply(const struct regex *regex, struct regex_match *match, const char *text,
                        uint32_t n_bytes, uint32_t from)
{
    if (!match->stack) {
        match->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
        if (match->stack) {
            pcre2_jit_stack_assign(match->context, NULL, match->stack);
        }
    }
    int outcome = pcre2_match(regex->code, (PCRE2_SPTR)text, n_bytes, from, PCRE2_NO_UTF_CHECK,
                              match->data, match->context);
    if (outcome == PCRE2_ERROR_JIT_STACKLIMIT) {
        outcome = pcre2_match(regex->code, (PCRE2_SPTR)text, n_bytes, from,
                              PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, match->data, match->context);
    }
    return outcome;
}

int32_t regex_find(const struct regex *regex, struct regex_match *match, const char *text,
                   uint32_t n_bytes, uint32_t from, uint32_t *ret_begin, uint32_t *ret_end)
{
    uint32_t limit = UINT32_MAX / 64 < n_bytes ? UINT32_MAX : 64 * n_bytes;
    pcre2_set_match_limit(match->context, limit < 10000000 ? 10000000 : limit);
    int outcome = pcre2_match(regex->code, (PCRE2_SPTR)text, n_bytes, from, PCRE2_NO_UTF_CHECK,
                              match->data, match->context);
    if (outcome == PCRE2_ERROR_JIT_STACKLIMIT) {
        outcome = match_deeply(regex, match, text, n_bytes, from);
    }
    if (outcome == PCRE2_ERROR_NOMATCH) {
        return REGEX_NONE;
    }
    if (outcome < 0) {
        char why[128] = "";
        pcre2_get_error_message(outcome, (PCRE2_UCHAR *)why, sizeof why);
        emb_status code = outcome == PCRE2_ERROR_NOMEMORY ? EMB_E_NOMEM : EMB_E_FORMAT;
        return emb_failf(regex->host, code, "%s: matching at byte %u of a text of %u: %s",
                         regex->where, from, n_bytes, why);
    }
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match->data);
    *ret_begin = (uint32_t)span[0];
    *ret_end = (uint32_t)span[1];
    return REGEX_FOUND;
}
