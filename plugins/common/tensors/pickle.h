/*
 * pickle.h - a restricted reader of Python pickles, protocols 2 to 4: it builds numbers, texts,
 * tuples, lists and dictionaries, and nothing else.
 *
 * A pickle is a program for a stack machine. Each byte is an opcode, some with an argument behind
 * it (little-endian):
 *
 *   0x80 PROTO u8   0x95 FRAME u64   '.' STOP        '(' MARK          'N' NONE
 *   0x88 NEWTRUE    0x89 NEWFALSE    'K' BININT1 u8  'M' BININT2 u16   'J' BININT i32
 *   0x8a LONG1 u8 n, n bytes, two's complement (n <= 8 here)           'G' BINFLOAT f64 big-endian
 *   0x8c SHORT_BINUNICODE u8 n, n bytes              'X' BINUNICODE u32 n, n bytes
 *   ']' EMPTY_LIST  'a' APPEND       'e' APPENDS     ')' EMPTY_TUPLE   't' TUPLE
 *   0x85 TUPLE1     0x86 TUPLE2      0x87 TUPLE3     '}' EMPTY_DICT    's' SETITEM   'u' SETITEMS
 *   'q' BINPUT u8   'r' LONG_BINPUT u32   0x94 MEMOIZE   'h' BINGET u8   'j' LONG_BINGET u32
 *   'c' GLOBAL module\n name\n       0x93 STACK_GLOBAL   'R' REDUCE    'b' BUILD     'Q' BINPERSID
 *
 * GLOBAL and STACK_GLOBAL know the caller's list of names only; REDUCE and BINPERSID call the
 * caller's functions; BUILD gives attributes to a dictionary made by REDUCE, and is dropped. Any
 * other opcode, any other name is refused by its name: nothing is imported, looked up or executed.
 *
 * Limits: one pass, each opcode once, no jumps; 65,536 values on the stack, 64 marks; memo indices
 * in sequence as Python writes them; so time and memory are linear in the pickle's bytes, of which
 * there are at most 16 MB. Values may refer to each other in circles through the memo: do not
 * recurse over them.
 */
#ifndef COMMON_TENSORS_PICKLE_H
#define COMMON_TENSORS_PICKLE_H

#include "tensor_file.h"

#define PICKLE_MAX_BYTES (16u << 20)
#define PICKLE_MAX_STACK 65536u
#define PICKLE_MAX_MARKS 64u

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_REAL,
    PICKLE_TEXT,
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICT,
    PICKLE_GLOBAL,
    PICKLE_OBJECT, /* made by the caller's functions */
};

struct pickle_value;

/* Items of a tuple or list; keys and values in turn of a dictionary, repeated keys included. */
struct pickle_items {
    struct pickle_value *values; /* [n], room for capacity */
    uint64_t n, capacity;
    bool reduced; /* a dictionary that REDUCE made: BUILD may follow */
};

/* A name that a pickle may use; what it means is the caller's affair. */
struct pickle_global {
    const char *module, *name;
    int32_t id;
};

struct pickle_value {
    enum pickle_kind kind;
    uint32_t n_text; /* bytes, PICKLE_TEXT */
    union {
        int64_t integer; /* PICKLE_INT, PICKLE_BOOL */
        double real;
        const char *text; /* in the map, not NUL-terminated */
        struct pickle_items *items;
        const struct pickle_global *global;
        const void *object;
    };
};

struct pickle {
    struct tensor_file *file; /* arena and host */
    const struct tensor_map *map;
    uint64_t begin, end; /* bytes of the map */
    const char *name;    /* of the entry, for messages */
    const struct pickle_global *globals;
    uint32_t n_globals;

    /* REDUCE: global(args...) -> *ret. BINPERSID: id -> *ret. pickle_fail() explains. */
    emb_status (*call)(struct pickle *pickle, const struct pickle_global *global,
                       const struct pickle_items *args, struct pickle_value *ret);
    emb_status (*persistent)(struct pickle *pickle, const struct pickle_value *id,
                             struct pickle_value *ret);
    void *ctx; /* for these functions */

    uint64_t at; /* the opcode now run */
};

/* Run the pickle; *ret_value is what STOP found. */
emb_status pickle_load(struct pickle *pickle, struct pickle_value *ret_value);

/* EMB_E_FORMAT, "PATH: byte at (NAME): found ..., expected ...". */
emb_status pickle_fail(const struct pickle *pickle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An empty dictionary in the arena; NULL if out of memory. For call(). */
struct pickle_items *pickle_new_dict(struct pickle *pickle);

#endif /* COMMON_TENSORS_PICKLE_H */
