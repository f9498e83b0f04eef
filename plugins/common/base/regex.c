/* Translates tokenizers' patterns and matches them by PCRE2. */
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
#define GROWTH 640

/* A word character as Oniguruma has it, for use in a class: the alphabetic ones (the enclosed Latin
 * letters are symbols by category), marks, decimal digits, connectors, and the six numbers of
 * Latin-1 that are none of these. PCRE2's own \w leaves out the marks and takes all numbers in. */
#define WORD                                                                                       \
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}\\x{24B6}-\\x{24E9}"     \
    "\\x{1F130}-\\x{1F149}\\x{1F150}-\\x{1F169}\\x{1F170}-\\x{1F189}"

/* What Unicode 15 to 16 added to the categories that patterns ask for: PCRE2 10.42 knows 14. */
static const struct {
    const char *category, *since;
} additions[] = {
    {"L", "\\x{1C89}-\\x{1C8A}\\x{A7CB}-\\x{A7CD}\\x{A7DA}-\\x{A7DC}\\x{105C0}-\\x{105F3}"
          "\\x{10D4A}-\\x{10D65}\\x{10D6F}-\\x{10D85}\\x{10EC2}-\\x{10EC4}"
          "\\x{1123F}-\\x{11240}\\x{11380}-\\x{11389}\\x{1138B}\\x{1138E}"
          "\\x{11390}-\\x{113B5}\\x{113B7}\\x{113D1}\\x{113D3}\\x{11BC0}-\\x{11BE0}"
          "\\x{11F02}\\x{11F04}-\\x{11F10}\\x{11F12}-\\x{11F33}\\x{1342F}"
          "\\x{13441}-\\x{13446}\\x{13460}-\\x{143FA}\\x{16100}-\\x{1611D}"
          "\\x{16D40}-\\x{16D6C}\\x{1B132}\\x{1B155}\\x{1DF25}-\\x{1DF2A}"
          "\\x{1E030}-\\x{1E06D}\\x{1E4D0}-\\x{1E4EB}\\x{1E5D0}-\\x{1E5ED}\\x{1E5F0}"
          "\\x{2B739}\\x{2EBF0}-\\x{2EE5D}\\x{31350}-\\x{323AF}"},
    {"Lu", "\\x{1C89}\\x{A7CB}-\\x{A7CC}\\x{A7DA}\\x{A7DC}\\x{10D50}-\\x{10D65}"},
    {"Ll", "\\x{1C8A}\\x{A7CD}\\x{A7DB}\\x{10D70}-\\x{10D85}\\x{1DF25}-\\x{1DF2A}"},
    {"Lo", "\\x{105C0}-\\x{105F3}\\x{10D4A}-\\x{10D4D}\\x{10D4F}\\x{10EC2}-\\x{10EC4}"
           "\\x{1123F}-\\x{11240}\\x{11380}-\\x{11389}\\x{1138B}\\x{1138E}"
           "\\x{11390}-\\x{113B5}\\x{113B7}\\x{113D1}\\x{113D3}\\x{11BC0}-\\x{11BE0}"
           "\\x{11F02}\\x{11F04}-\\x{11F10}\\x{11F12}-\\x{11F33}\\x{1342F}"
           "\\x{13441}-\\x{13446}\\x{13460}-\\x{143FA}\\x{16100}-\\x{1611D}"
           "\\x{16D43}-\\x{16D6A}\\x{1B132}\\x{1B155}\\x{1E4D0}-\\x{1E4EA}"
           "\\x{1E5D0}-\\x{1E5ED}\\x{1E5F0}\\x{2B739}\\x{2EBF0}-\\x{2EE5D}"
           "\\x{31350}-\\x{323AF}"},
    {"Lm", "\\x{10D4E}\\x{10D6F}\\x{16D40}-\\x{16D42}\\x{16D6B}-\\x{16D6C}"
           "\\x{1E030}-\\x{1E06D}\\x{1E4EB}"},
    {"M", "\\x{897}\\x{CF3}\\x{ECE}\\x{10D69}-\\x{10D6D}\\x{10EFC}-\\x{10EFF}\\x{11241}"
          "\\x{113B8}-\\x{113C0}\\x{113C2}\\x{113C5}\\x{113C7}-\\x{113CA}"
          "\\x{113CC}-\\x{113D0}\\x{113D2}\\x{113E1}-\\x{113E2}\\x{11F00}-\\x{11F01}"
          "\\x{11F03}\\x{11F34}-\\x{11F3A}\\x{11F3E}-\\x{11F42}\\x{11F5A}\\x{13440}"
          "\\x{13447}-\\x{13455}\\x{1611E}-\\x{1612F}\\x{1E08F}\\x{1E4EC}-\\x{1E4EF}"
          "\\x{1E5EE}-\\x{1E5EF}"},
    {"N", "\\x{10D40}-\\x{10D49}\\x{116D0}-\\x{116E3}\\x{11BF0}-\\x{11BF9}"
          "\\x{11F50}-\\x{11F59}\\x{16130}-\\x{16139}\\x{16D70}-\\x{16D79}"
          "\\x{1CCF0}-\\x{1CCF9}\\x{1D2C0}-\\x{1D2D3}\\x{1E4F0}-\\x{1E4F9}"
          "\\x{1E5F1}-\\x{1E5FA}"},
    {"Nd", "\\x{10D40}-\\x{10D49}\\x{116D0}-\\x{116E3}\\x{11BF0}-\\x{11BF9}"
           "\\x{11F50}-\\x{11F59}\\x{16130}-\\x{16139}\\x{16D70}-\\x{16D79}"
           "\\x{1CCF0}-\\x{1CCF9}\\x{1E4F0}-\\x{1E4F9}\\x{1E5F1}-\\x{1E5FA}"},
    {"P", "\\x{1B4E}-\\x{1B4F}\\x{1B7F}\\x{10D6E}\\x{113D4}-\\x{113D5}"
          "\\x{113D7}-\\x{113D8}\\x{11B00}-\\x{11B09}\\x{11BE1}\\x{11F43}-\\x{11F4F}"
          "\\x{16D6D}-\\x{16D6F}\\x{1E5FF}"},
    {"S", "\\x{2427}-\\x{2429}\\x{2FFC}-\\x{2FFF}\\x{31E4}-\\x{31E5}\\x{31EF}"
          "\\x{10D8E}-\\x{10D8F}\\x{1CC00}-\\x{1CCEF}\\x{1CD00}-\\x{1CEB3}\\x{1F6DC}"
          "\\x{1F774}-\\x{1F776}\\x{1F77B}-\\x{1F77F}\\x{1F7D9}\\x{1F8B2}-\\x{1F8BB}"
          "\\x{1F8C0}-\\x{1F8C1}\\x{1FA75}-\\x{1FA77}\\x{1FA87}-\\x{1FA89}\\x{1FA8F}"
          "\\x{1FAAD}-\\x{1FAAF}\\x{1FABB}-\\x{1FABF}\\x{1FAC6}\\x{1FACE}-\\x{1FACF}"
          "\\x{1FADA}-\\x{1FADC}\\x{1FADF}\\x{1FAE8}-\\x{1FAE9}\\x{1FAF7}-\\x{1FAF8}"
          "\\x{1FBCB}-\\x{1FBEF}"},
};

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
static void translate_property(struct translation *t, bool additive)
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
        additive = false;
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
    for (size_t i = 0; i < sizeof additions / sizeof *additions && additive; i++) {
        if (strlen(additions[i].category) == n && memcmp(additions[i].category, name, n) == 0) {
            put_string(t, additions[i].since);
        }
    }
}

/* Put class members as they are within a class, else as a class of their own. */
static void put_members(struct translation *t, const char *members)
{
    put_string(t, t->class_depth ? "" : "[");
    put_string(t, members);
    put_string(t, t->class_depth ? "" : "]");
}

/* \\p{X}, as a class where characters are added to what PCRE2 knows of X. */
static void translate_category(struct translation *t, bool negated)
{
    bool wrap = !negated && !t->class_depth;
    put_string(t, wrap ? "[" : "");
    put_string(t, negated ? "\\P" : "\\p");
    translate_property(t, !negated);
    put_string(t, wrap ? "]" : "");
}

/* An escape: some mean something else to PCRE2. Returns NULL, or what is not known here. */
static const char *translate_escape(struct translation *t)
{
    char escaped = t->at + 1 < t->n ? t->in[t->at + 1] : '\0';
    const char *start = t->in + t->at;
    size_t length = t->at + 1 < t->n ? 2 : 1;
    t->at += length;
    switch (escaped) {
    case 's': /* PCRE2 counts U+180E, which left White_Space in Unicode 6.3 */
        put_string(t, "\\p{White_Space}");
        return NULL;
    case 'S':
        put_string(t, "\\P{White_Space}");
        return NULL;
    case 'w':
        put_members(t, WORD);
        return NULL;
    case 'h':
        put_members(t, "0-9A-Fa-f");
        return NULL;
    case 'W':
    case 'H':
    case 'B':
        if (t->class_depth) {
            return "\\W, \\H or \\B within a class";
        }
        put_string(t, escaped == 'W'   ? "[^" WORD "]"
                      : escaped == 'H' ? "[^0-9A-Fa-f]"
                                       : "(?:(?<=[" WORD "])(?=[" WORD "])|(?<![" WORD "])(?![" WORD
                                         "]))");
        return NULL;
    case 'b':
        put_string(t, t->class_depth ? "\\x08"
                                     : "(?:(?<=[" WORD "])(?![" WORD "])|(?<![" WORD "])(?=[" WORD
                                       "]))");
        return NULL;
    case 'p':
    case 'P':
        translate_category(t, escaped == 'P');
        return NULL;
    default:
        put(t, start, length);
        return NULL;
    }
}

/* Returns NULL, or what is not known here. */
static const char *translate(struct translation *t)
{
    while (t->at < t->n) {
        char c = t->in[t->at];
        bool in_class = t->class_depth > 0;
        if (c == '\\') {
            const char *unknown = translate_escape(t);
            if (unknown) {
                return unknown;
            }
            continue;
        }
        if (in_class && c == '&' && t->at + 1 < t->n && t->in[t->at + 1] == '&') {
            return "a class intersection (&&)";
        }
        if (in_class && t->n - t->at >= 9 && memcmp(t->in + t->at, "[:punct:]", 9) == 0) {
            put_string(t, "\\p{P}\\p{S}"); /* PCRE2 takes but the ASCII symbols */
            t->at += 9;
            continue;
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
    int status = 0;
    PCRE2_SIZE place = 0;
    regex->code =
        pcre2_compile((PCRE2_SPTR)pattern, n_bytes,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
                      &status, &place, NULL);
    if (!regex->code) {
        char why[128] = "";
        pcre2_get_error_message(status, (PCRE2_UCHAR *)why, sizeof why);
        return emb_failf(regex->host, EMB_E_FORMAT, "%s: pattern \"%.200s\", byte %zu: %s",
                         regex->where, pattern, (size_t)place, why);
    }
    pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); /* no JIT: the interpreter serves */
    return EMB_OK;
}

emb_status regex_compile(const struct emb_host *host, const char *where, const char *pattern,
                         uint64_t n_bytes, struct regex **ret_regex)
{
    if (n_bytes > 1 << 16) {
        return emb_failf(host, EMB_E_FORMAT, "%s: pattern of %llu bytes, expected at most 64 KiB",
                         where, (unsigned long long)n_bytes);
    }
    struct regex *regex = calloc(1, sizeof *regex + strlen(where) + 1);
    struct translation t = {.in = pattern, .n = n_bytes, .out = malloc((n_bytes + 2) * GROWTH + 1)};
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
        emb_status status = outcome == PCRE2_ERROR_NOMEMORY ? EMB_E_NOMEM : EMB_E_FORMAT;
        return emb_failf(regex->host, status, "%s: matching at byte %u of a text of %u: %s",
                         regex->where, from, n_bytes, why);
    }
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match->data);
    *ret_begin = (uint32_t)span[0];
    *ret_end = (uint32_t)span[1];
    return REGEX_FOUND;
}
