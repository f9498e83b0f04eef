/*
 * symbols.h - what a shared object shows to others. Two plugins that export one name each are a
 * trap: by default the dynamic linker takes the first for both.
 */
#ifndef PLUGIN_SYMBOLS_H
#define PLUGIN_SYMBOLS_H

/* The global symbols that a 64-bit ELF file defines besides `wanted`, comma-separated, at most ten
 * of them; NULL if there are none. free() it. ERR_REQUEST if the file is no such file. */
int symbols_exported(const char *path, const char *wanted, char **ret_others);

#endif /* PLUGIN_SYMBOLS_H */
