/* Recognises documents, licences and scripts by their names. */
#include "data/beside.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The whole name but for its ending. */
static bool is_stem(const char *name, const char *stem)
{
    size_t n = strlen(stem);
    return strncasecmp(name, stem, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

bool is_beside_data(const char *name)
{
    static const char *const within[] = {"readme", "license", "licence"};
    static const char *const stems[] = {"source",  "sources",  "citation", "copying",
                                        "authors", "metadata", "changes",  "changelog"};
    static const char *const endings[] = {
        ".md",  ".rst", ".pdf", ".html", ".htm",   ".bib",  ".doc", ".docx",
        ".rtf", ".png", ".jpg", ".py",   ".pl",    ".pm",   ".r",   ".sh",
        ".c",   ".cc",  ".cpp", ".h",    ".ipynb", ".java", ".jar", ".perl",
        ".rb",  ".js",  ".m",   ".zip",  ".tgz",   ".tar",  ".exe"};
    for (size_t i = 0; i < sizeof within / sizeof *within; i++) {
        if (strcasestr(name, within[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        if (is_stem(name, stems[i])) {
            return true;
        }
    }
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(ending, endings[i]) == 0) {
            return true;
        }
    }
    return name[0] == '.';
}
