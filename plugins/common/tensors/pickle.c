/* Runs the opcodes of a pickle that make plain data, and refuses the others by name. */
#include "pickle.h"

#include "pickle_opcodes.h"
#include "pickle_machine.h"
#include "base/try.h"

#include <string.h>

/* Arguments */

static emb_status take(struct machine *machine, uint64_t n, const uint8_t **ret_bytes)
{
    const struct pickle *pickle = machine->pickle;
    if (n > pickle->end - machine->next) {
        return pickle_fail(pickle, "found an argument of %llu bytes, expected at most %llu",
                           (unsigned long long)n,
                           (unsigned long long)(pickle->end - machine->next));
    }
    *ret_bytes = pickle->map->bytes + machine->next;
    machine->next += n;
    return EMB_OK;
}

/* A little-endian integer of n <= 8 bytes. */
static emb_status take_uint(struct machine *machine, uint32_t n, uint64_t *ret_value)
{
    const uint8_t *bytes = NULL;
    emb_status status = take(machine, n, &bytes);
    if (status == EMB_OK) {
        *ret_value = 0;
        memcpy(ret_value, bytes, n);
    }
    return status;
}

static emb_status take_line(struct machine *machine, struct pickle_value *ret_text)
{
    const struct pickle *pickle = machine->pickle;
    const uint8_t *begin = pickle->map->bytes + machine->next;
    const uint8_t *end = memchr(begin, '\n', pickle->end - machine->next);
    if (!end) {
        return pickle_fail(pickle, "found a GLOBAL without end of line, expected two lines");
    }
    *ret_text = (struct pickle_value){
        .kind = PICKLE_TEXT, .n_text = (uint32_t)(end - begin), .text = (const char *)begin};
    machine->next += (uint64_t)(end - begin) + 1;
    return EMB_OK;
}

/* Names and calls */

static bool equals(const struct pickle_value *text, const char *wanted)
{
    return strlen(wanted) == text->n_text && memcmp(text->text, wanted, text->n_text) == 0;
}

static emb_status push_global(struct machine *machine, const struct pickle_value *module,
                              const struct pickle_value *name)
{
    const struct pickle *pickle = machine->pickle;
    if (module->kind != PICKLE_TEXT || name->kind != PICKLE_TEXT) {
        return pickle_fail(pickle, "found a global whose name is no text, expected two texts");
    }
    for (uint32_t i = 0; i < pickle->n_globals; i++) {
        const struct pickle_global *global = &pickle->globals[i];
        if (equals(module, global->module) && equals(name, global->name)) {
            return machine_push(machine,
                                (struct pickle_value){.kind = PICKLE_GLOBAL, .global = global});
        }
    }
    char shown_module[80], shown_name[80];
    return pickle_fail(
        pickle, "found the global '%s.%s', which is not allowed; expected tensors and nothing else",
        tensor_shown(shown_module, sizeof shown_module, module->text, module->n_text),
        tensor_shown(shown_name, sizeof shown_name, name->text, name->n_text));
}

static emb_status reduce(struct machine *machine)
{
    const struct pickle_value *values = NULL;
    TRY(machine_pop(machine, 2, &values));
    if (values[0].kind != PICKLE_GLOBAL || values[1].kind != PICKLE_TUPLE) {
        return pickle_fail(machine->pickle,
                           "found REDUCE of something else, expected a global and a tuple");
    }
    struct pickle_value made = {.kind = PICKLE_NONE};
    TRY(machine->pickle->call(machine->pickle, values[0].global, values[1].items, &made));
    return machine_push(machine, made);
}

static emb_status persistent(struct machine *machine)
{
    const struct pickle_value *id = NULL;
    TRY(machine_pop(machine, 1, &id));
    struct pickle_value made = {.kind = PICKLE_NONE};
    TRY(machine->pickle->persistent(machine->pickle, id, &made));
    return machine_push(machine, made);
}

/* Attributes of an ordered dictionary (torch's _metadata): checked for shape and dropped. */
static emb_status build(struct machine *machine)
{
    const struct pickle_value *state = NULL;
    TRY(machine_pop(machine, 1, &state));
    const struct pickle_value *target = machine_available(machine) ? state - 1 : NULL;
    if (!target || target->kind != PICKLE_DICT || !target->items->reduced ||
        state->kind != PICKLE_DICT) {
        return pickle_fail(
            machine->pickle,
            "found BUILD of something else, expected the attributes of an OrderedDict");
    }
    return EMB_OK;
}

/* Opcodes by group; *ret_known is false for one of another group */

static emb_status run_integer(struct machine *machine, uint8_t opcode)
{
    uint64_t n = opcode == OP_BININT1 ? 1 : opcode == OP_BININT2 ? 2 : 4, value = 0;
    if (opcode == OP_LONG1) {
        TRY(take_uint(machine, 1, &n));
        if (n > 8) {
            return pickle_fail(machine->pickle,
                               "found an integer of %llu bytes, expected at most 8",
                               (unsigned long long)n);
        }
    }
    TRY(take_uint(machine, (uint32_t)n, &value));
    int64_t integer = (int64_t)value;
    if (opcode == OP_BININT || (opcode == OP_LONG1 && n > 0 && n < 8)) { /* the sign */
        uint64_t sign = 1ull << (8 * n - 1);
        integer = (int64_t)((value ^ sign) - sign);
    }
    return machine_push(machine, (struct pickle_value){.kind = PICKLE_INT, .integer = integer});
}

static emb_status run_real(struct machine *machine)
{
    uint64_t bits = 0;
    emb_status status = take_uint(machine, 8, &bits);
    bits = __builtin_bswap64(bits);
    struct pickle_value value = {.kind = PICKLE_REAL};
    memcpy(&value.real, &bits, sizeof bits);
    return status == EMB_OK ? machine_push(machine, value) : status;
}

static emb_status run_text(struct machine *machine, uint8_t opcode)
{
    uint64_t n = 0;
    const uint8_t *text = NULL;
    emb_status status = take_uint(machine, opcode == OP_BINUNICODE ? 4 : 1, &n);
    status = status == EMB_OK ? take(machine, n, &text) : status;
    return status == EMB_OK
               ? machine_push(machine, (struct pickle_value){.kind = PICKLE_TEXT,
                                                             .n_text = (uint32_t)n,
                                                             .text = (const char *)text})
               : status;
}

static emb_status run_scalar(struct machine *machine, uint8_t opcode, bool *ret_known)
{
    switch (opcode) {
    case OP_NONE:
        return machine_push(machine, (struct pickle_value){.kind = PICKLE_NONE});
    case OP_NEWTRUE:
    case OP_NEWFALSE:
        return machine_push(
            machine, (struct pickle_value){.kind = PICKLE_BOOL, .integer = opcode == OP_NEWTRUE});
    case OP_BININT1:
    case OP_BININT2:
    case OP_BININT:
    case OP_LONG1:
        return run_integer(machine, opcode);
    case OP_BINFLOAT:
        return run_real(machine);
    case OP_SHORT_BINUNICODE:
    case OP_BINUNICODE:
        return run_text(machine, opcode);
    default:
        *ret_known = false;
        return EMB_OK;
    }
}

static emb_status run_container(struct machine *machine, uint8_t opcode, bool *ret_known)
{
    const struct pickle_value *values = NULL;
    uint32_t n = 0;
    switch (opcode) {
    case OP_EMPTY_LIST:
        return machine_push_items(machine, PICKLE_LIST, NULL, 0);
    case OP_EMPTY_TUPLE:
        return machine_push_items(machine, PICKLE_TUPLE, NULL, 0);
    case OP_EMPTY_DICT:
        return machine_push_items(machine, PICKLE_DICT, NULL, 0);
    case OP_APPEND:
    case OP_SETITEM:
        n = opcode == OP_APPEND ? 1 : 2;
        TRY(machine_pop(machine, n, &values));
        break;
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        n = opcode - OP_TUPLE1 + 1u;
        TRY(machine_pop(machine, n, &values));
        break;
    case OP_APPENDS:
    case OP_SETITEMS:
    case OP_TUPLE:
        TRY(machine_pop_mark(machine, &values, &n));
        break;
    default:
        *ret_known = false;
        return EMB_OK;
    }
    if (opcode == OP_APPEND || opcode == OP_APPENDS) {
        return machine_append(machine, PICKLE_LIST, values, n);
    }
    if (opcode == OP_SETITEM || opcode == OP_SETITEMS) {
        return machine_append(machine, PICKLE_DICT, values, n);
    }
    return machine_push_items(machine, PICKLE_TUPLE, values, n);
}

static emb_status run_memo(struct machine *machine, uint8_t opcode, bool *ret_known)
{
    uint64_t index = machine->n_memo;
    switch (opcode) {
    case OP_BINPUT:
    case OP_BINGET:
        TRY(take_uint(machine, 1, &index));
        break;
    case OP_LONG_BINPUT:
    case OP_LONG_BINGET:
        TRY(take_uint(machine, 4, &index));
        break;
    case OP_MEMOIZE:
        break;
    default:
        *ret_known = false;
        return EMB_OK;
    }
    return opcode == OP_BINGET || opcode == OP_LONG_BINGET ? machine_get(machine, index)
                                                           : machine_put(machine, index);
}

static emb_status run_call(struct machine *machine, uint8_t opcode, bool *ret_known)
{
    struct pickle_value names[2];
    const struct pickle_value *values = names;
    switch (opcode) {
    case OP_GLOBAL:
        TRY(take_line(machine, &names[0]));
        TRY(take_line(machine, &names[1]));
        return push_global(machine, &names[0], &names[1]);
    case OP_STACK_GLOBAL:
        TRY(machine_pop(machine, 2, &values));
        memcpy(names, values, sizeof names);
        return push_global(machine, &names[0], &names[1]);
    case OP_REDUCE:
        return reduce(machine);
    case OP_BUILD:
        return build(machine);
    case OP_BINPERSID:
        return persistent(machine);
    default:
        *ret_known = false;
        return EMB_OK;
    }
}

static emb_status run_control(struct machine *machine, uint8_t opcode)
{
    uint64_t value = 0;
    switch (opcode) {
    case OP_PROTO:
        TRY(take_uint(machine, 1, &value));
        if (value < 2 || value > 4) {
            return pickle_fail(machine->pickle, "found pickle protocol %llu, expected 2 to 4",
                               (unsigned long long)value);
        }
        return EMB_OK;
    case OP_FRAME: /* a hint for readers of pipes */
        return take_uint(machine, 8, &value);
    case OP_MARK:
        if (machine->n_marks == PICKLE_MAX_MARKS) {
            return pickle_fail(machine->pickle, "found more than %u marks, expected fewer",
                               PICKLE_MAX_MARKS);
        }
        machine->marks[machine->n_marks++] = machine->n_stack;
        return EMB_OK;
    case OP_STOP:
        machine->stopped = true;
        return EMB_OK;
    default:
        return pickle_fail(
            machine->pickle,
            "found opcode 0x%02x (%s), which is not allowed; expected tensors and nothing else",
            opcode, pickle_refused_name(opcode));
    }
}

static emb_status step(struct machine *machine)
{
    typedef emb_status group(struct machine *, uint8_t, bool *);
    static group *const groups[] = {run_scalar, run_container, run_memo, run_call};
    const uint8_t *opcode = NULL;
    machine->pickle->at = machine->next;
    TRY(take(machine, 1, &opcode));
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        bool known = true;
        TRY(groups[i](machine, *opcode, &known));
        if (known) {
            return EMB_OK;
        }
    }
    return run_control(machine, *opcode);
}

emb_status pickle_load(struct pickle *pickle, struct pickle_value *ret_value)
{
    struct machine machine;
    pickle->at = pickle->begin;
    if (pickle->end - pickle->begin > PICKLE_MAX_BYTES) {
        return pickle_fail(pickle, "found a pickle of %llu bytes, expected at most %u",
                           (unsigned long long)(pickle->end - pickle->begin), PICKLE_MAX_BYTES);
    }
    TRY(machine_start(&machine, pickle));
    while (!machine.stopped) {
        TRY(step(&machine));
    }
    if (machine.n_marks != 0 || machine.n_stack != 1 || machine.next != pickle->end) {
        return pickle_fail(pickle,
                           "found STOP with %u values, %u marks and %llu bytes left, expected one "
                           "value and the end",
                           machine.n_stack, machine.n_marks,
                           (unsigned long long)(pickle->end - machine.next));
    }
    *ret_value = machine.stack[0];
    return EMB_OK;
}
