/* Stack, marks and memo of the machine that pickle.c drives, every access checked. */
#include "pickle_machine.h"

#include "embedder_util.h"

#include <stdarg.h>
#include <string.h>

emb_status pickle_fail(const struct pickle *pickle, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return emb_failf(pickle->file->host, EMB_E_FORMAT, "%s: byte %llu (%s): %s", pickle->map->path,
                     (unsigned long long)pickle->at, pickle->name, why);
}

static emb_status no_memory(const struct machine *machine)
{
    return tensor_file_no_memory(machine->pickle->file, machine->pickle->map->path);
}

/* The stack */

/* Room for one more value in an array of the arena that doubles. */
static bool grow(struct tensor_file *file, struct pickle_value **values, uint64_t n,
                 uint64_t *capacity)
{
    if (n < *capacity) {
        return true;
    }
    uint64_t wanted = *capacity ? 2 * *capacity : 8;
    struct pickle_value *grown = tensor_file_alloc(file, wanted * sizeof *grown);
    if (!grown) {
        return false;
    }
    if (n) {
        memcpy(grown, *values, n * sizeof *grown);
    }
    *values = grown;
    *capacity = wanted;
    return true;
}

emb_status machine_push(struct machine *machine, struct pickle_value value)
{
    uint64_t capacity = machine->stack_capacity;
    if (machine->n_stack == PICKLE_MAX_STACK) {
        return pickle_fail(machine->pickle,
                           "found more than %u values on the stack, expected fewer",
                           PICKLE_MAX_STACK);
    }
    if (!grow(machine->pickle->file, &machine->stack, machine->n_stack, &capacity)) {
        return no_memory(machine);
    }
    machine->stack_capacity = (uint32_t)capacity;
    machine->stack[machine->n_stack++] = value;
    return EMB_OK;
}

/* Values above the last mark (or in all): what an opcode may take. */
uint32_t machine_available(const struct machine *machine)
{
    return machine->n_stack - (machine->n_marks ? machine->marks[machine->n_marks - 1] : 0);
}

/* Take the n topmost values away; they stay readable until the next push. */
emb_status machine_pop(struct machine *machine, uint32_t n, const struct pickle_value **ret_values)
{
    if (machine_available(machine) < n) {
        return pickle_fail(machine->pickle, "found %u values on the stack, expected at least %u",
                           machine_available(machine), n);
    }
    machine->n_stack -= n;
    *ret_values = machine->stack + machine->n_stack;
    return EMB_OK;
}

/* Take the last mark and everything above it away. */
emb_status machine_pop_mark(struct machine *machine, const struct pickle_value **ret_values,
                            uint32_t *ret_n)
{
    if (machine->n_marks == 0) {
        return pickle_fail(machine->pickle, "found no mark on the stack, expected one");
    }
    *ret_n = machine_available(machine);
    machine->n_stack = machine->marks[--machine->n_marks];
    *ret_values = machine->stack + machine->n_stack;
    return EMB_OK;
}

/* Containers */

static struct pickle_items *new_items(struct machine *machine, const struct pickle_value *values,
                                      uint32_t n)
{
    struct tensor_file *file = machine->pickle->file;
    struct pickle_items *items = tensor_file_alloc(file, sizeof *items);
    if (items && n) {
        items->values = tensor_file_alloc(file, n * sizeof *values);
        if (!items->values) {
            return NULL;
        }
        memcpy(items->values, values, n * sizeof *values);
        items->n = items->capacity = n;
    }
    return items;
}

struct pickle_items *pickle_new_dict(struct pickle *pickle)
{
    struct pickle_items *items = tensor_file_alloc(pickle->file, sizeof *items);
    if (items) {
        items->reduced = true;
    }
    return items;
}

emb_status machine_push_items(struct machine *machine, enum pickle_kind kind,
                              const struct pickle_value *values, uint32_t n)
{
    struct pickle_items *items = new_items(machine, values, n);
    return items ? machine_push(machine, (struct pickle_value){.kind = kind, .items = items})
                 : no_memory(machine);
}

/* Append to the list or dictionary now on top of the stack. */
emb_status machine_append(struct machine *machine, enum pickle_kind kind,
                          const struct pickle_value *values, uint32_t n)
{
    if (machine_available(machine) < 1 || machine->stack[machine->n_stack - 1].kind != kind) {
        return pickle_fail(machine->pickle, "found no %s to add to, expected one",
                           kind == PICKLE_LIST ? "list" : "dictionary");
    }
    if (kind == PICKLE_DICT && n % 2) {
        return pickle_fail(machine->pickle, "found a key without value, expected pairs");
    }
    struct pickle_items *items = machine->stack[machine->n_stack - 1].items;
    for (uint32_t i = 0; i < n; i++) {
        if (!grow(machine->pickle->file, &items->values, items->n, &items->capacity)) {
            return no_memory(machine);
        }
        items->values[items->n++] = values[i];
    }
    return EMB_OK;
}

/* The memo */

emb_status machine_put(struct machine *machine, uint64_t index)
{
    if (machine_available(machine) < 1 || index > machine->n_memo) {
        return pickle_fail(machine->pickle,
                           "found memo index %llu, expected at most %u and a value to keep",
                           (unsigned long long)index, machine->n_memo);
    }
    uint64_t capacity = machine->memo_capacity;
    if (index == machine->n_memo) {
        if (!grow(machine->pickle->file, &machine->memo, machine->n_memo, &capacity)) {
            return no_memory(machine);
        }
        machine->memo_capacity = (uint32_t)capacity;
        machine->n_memo++;
    }
    machine->memo[index] = machine->stack[machine->n_stack - 1];
    return EMB_OK;
}

emb_status machine_get(struct machine *machine, uint64_t index)
{
    if (index >= machine->n_memo) {
        return pickle_fail(machine->pickle, "found memo index %llu, expected below %u",
                           (unsigned long long)index, machine->n_memo);
    }
    return machine_push(machine, machine->memo[index]);
}

emb_status machine_start(struct machine *machine, struct pickle *pickle)
{
    uint64_t capacity = 0;
    *machine = (struct machine){.pickle = pickle, .next = pickle->begin};
    if (!grow(pickle->file, &machine->stack, 0, &capacity)) { /* so that it is never NULL */
        return no_memory(machine);
    }
    machine->stack_capacity = (uint32_t)capacity;
    return EMB_OK;
}
