/*
 * fuzz_symbols.c - any bytes as a shared object whose symbols are listed. The input's head is put
 * right: ELF of 64 bits, sections of the size that is known.
 */
#include "../folder.h"
#include "plugin/symbols.h"

#include <elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 1), *others = NULL;
    if (!bytes) {
        abort();
    }
    memcpy(bytes, data, size);
    if (size >= sizeof(Elf64_Ehdr)) {
        Elf64_Ehdr head;
        memcpy(&head, bytes, sizeof head);
        memcpy(head.e_ident, ELFMAG, SELFMAG);
        head.e_ident[EI_CLASS] = ELFCLASS64;
        head.e_shentsize = sizeof(Elf64_Shdr);
        memcpy(bytes, &head, sizeof head);
    }
    if (symbols_exported(fuzz_put("it.so", bytes, size), "other", &others) == 0) {
        touched += others ? strlen(others) : 0;
        free(others);
    }
    free(bytes);
    return 0;
}
