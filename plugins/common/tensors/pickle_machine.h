/*
 * pickle_machine.h - the stack, the marks and the memo of the machine that runs a pickle
 * (pickle.h): every access is checked here, the opcodes of pickle.c only say what they want.
 *
 * All memory is in the file's arena. A failure has been reported to the host.
 */
#ifndef COMMON_TENSORS_PICKLE_MACHINE_H
#define COMMON_TENSORS_PICKLE_MACHINE_H

#include "pickle.h"

struct machine {
    struct pickle *pickle;
    uint64_t next; /* byte behind the opcode and the arguments read so far */
    struct pickle_value *stack;
    uint32_t n_stack, stack_capacity;
    struct pickle_value *memo;
    uint32_t n_memo, memo_capacity;
    uint32_t marks[PICKLE_MAX_MARKS]; /* n_stack when each was set */
    uint32_t n_marks;
    bool stopped;
};

/* With an empty stack, at the pickle's first byte. */
emb_status machine_start(struct machine *machine, struct pickle *pickle);

emb_status machine_push(struct machine *machine, struct pickle_value value);

/* Values above the last mark (or in all): what an opcode may take. */
uint32_t machine_available(const struct machine *machine);

/* Take the n topmost values away; they stay readable until the next push. */
emb_status machine_pop(struct machine *machine, uint32_t n, const struct pickle_value **ret_values);

/* Take the last mark and everything above it away; readable until the next push. */
emb_status machine_pop_mark(struct machine *machine, const struct pickle_value **ret_values,
                            uint32_t *ret_n);

/* Push a tuple, list or dictionary of n values (copied). */
emb_status machine_push_items(struct machine *machine, enum pickle_kind kind,
                              const struct pickle_value *values, uint32_t n);

/* Append n values (copied) to the list or dictionary now on top of the stack. */
emb_status machine_append(struct machine *machine, enum pickle_kind kind,
                          const struct pickle_value *values, uint32_t n);

/* The topmost value into the memo, at an index in sequence; a value of the memo onto the stack. */
emb_status machine_put(struct machine *machine, uint64_t index);
emb_status machine_get(struct machine *machine, uint64_t index);

#endif /* COMMON_TENSORS_PICKLE_MACHINE_H */
