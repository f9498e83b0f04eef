/* machine.h - what a report says of the machine and the build. */
#ifndef COMMANDS_RUN_MACHINE_H
#define COMMANDS_RUN_MACHINE_H

#include "report/tree.h"

/* Fills version, build, processor, system, memory_bytes; the texts live for ever. */
void machine_describe(struct run_facts *run);

#endif /* COMMANDS_RUN_MACHINE_H */
