/* Lists the dynamic symbols of a shared object by reading its ELF sections. */
#include "plugin/symbols.h"

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MOST_NAMED 10

/* n bytes at offset, or NULL if the file does not hold them. */
static const void *part(const struct str *file, uint64_t offset, uint64_t n)
{
    return offset <= file->n && n <= file->n - offset ? file->data + offset : NULL;
}

/* Defined here and visible to others; C++ and the linker add weak and section symbols of their own.
 */
static bool is_exported(const Elf64_Sym *symbol)
{
    unsigned bind = ELF64_ST_BIND(symbol->st_info), type = ELF64_ST_TYPE(symbol->st_info);
    unsigned visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx < SHN_LORESERVE &&
           bind == STB_GLOBAL && (type == STT_FUNC || type == STT_OBJECT || type == STT_TLS) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

/* The dynamic symbols, one by one. False if the tables lie. */
static bool list(const struct str *file, const Elf64_Shdr *table, const Elf64_Shdr *names,
                 const char *wanted, struct str *others)
{
    const char *texts = part(file, names->sh_offset, names->sh_size);
    uint64_t n = table->sh_size / sizeof(Elf64_Sym);
    const char *symbols = part(file, table->sh_offset, n * sizeof(Elf64_Sym));
    if (!texts || !symbols || names->sh_size == 0 || texts[names->sh_size - 1] != '\0') {
        return false;
    }
    uint32_t named = 0;
    for (uint64_t i = 0; i < n; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, symbols + i * sizeof symbol, sizeof symbol);
        if (symbol.st_name >= names->sh_size) {
            return false;
        }
        const char *name = texts + symbol.st_name;
        if (is_exported(&symbol) && strcmp(name, wanted) != 0) {
            if (named < MOST_NAMED) {
                str_format(others, "%s%s", named ? ", " : "", name);
            } else if (named == MOST_NAMED) {
                str_add(others, ", …");
            }
            named++;
        }
    }
    return true;
}

int symbols_exported(const char *path, const char *wanted, char **ret_others)
{
    struct str file = {0}, others = {0};
    TRY(file_read(path, &file));
    Elf64_Ehdr head;
    bool sound = file.n >= sizeof head && memcmp(file.data, ELFMAG, SELFMAG) == 0 &&
                 file.data[EI_CLASS] == ELFCLASS64;
    const char *sections = NULL;
    if (sound) {
        memcpy(&head, file.data, sizeof head);
        sections = head.e_shentsize == sizeof(Elf64_Shdr)
                       ? part(&file, head.e_shoff, (uint64_t)head.e_shnum * sizeof(Elf64_Shdr))
                       : NULL;
    }
    sound = sections != NULL;
    for (uint32_t i = 0; sound && i < head.e_shnum; i++) {
        Elf64_Shdr table, names;
        memcpy(&table, sections + i * sizeof table, sizeof table);
        if (table.sh_type == SHT_DYNSYM) {
            sound = table.sh_link < head.e_shnum;
            if (sound) {
                memcpy(&names, sections + table.sh_link * sizeof names, sizeof names);
                sound = list(&file, &table, &names, wanted, &others);
            }
        }
    }
    str_finish(&file);
    if (!sound) {
        str_finish(&others);
        return error_set(ERR_REQUEST, "%s: its symbols cannot be read: no sound 64-bit ELF file",
                         path);
    }
    *ret_others = others.n ? others.data : NULL;
    return 0;
}
