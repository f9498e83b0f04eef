/* Escapes texts for Markdown and for LaTeX. */
#include "report/text/markup.h"

#include <string.h>

void markup_markdown(const char *text, struct str *out)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') {
            str_add_char(out, ' '); /* a line end would end the table */
            continue;
        }
        str_add(out, strchr("\\`*_[]<>|~&$", *text) ? "\\" : "");
        str_add_char(out, *text);
    }
}

static const struct {
    char c;
    const char *latex;
} escapes[] = {
    {'\\', "\\textbackslash{}"},
    {'~', "\\textasciitilde{}"},
    {'^', "\\textasciicircum{}"},
    {'<', "\\textless{}"},
    {'>', "\\textgreater{}"},
    {'|', "\\textbar{}"},
    {'&', "\\&"},
    {'%', "\\%"},
    {'$', "\\$"},
    {'#', "\\#"},
    {'_', "\\_"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'"', "\\char34{}"},
    {'`', "\\char96{}"},
    {'\'', "\\char39{}"},
};

static const char *escape_of(char c)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        if (escapes[i].c == c) {
            return escapes[i].latex;
        }
    }
    return NULL;
}

void markup_latex(const char *text, struct str *out)
{
    for (char before = 0; *text; before = *text++) {
        const char *latex = escape_of(*text);
        if ((unsigned char)*text < ' ') {
            str_add_char(out, ' ');
        } else if (latex) {
            str_add(out, latex);
        } else if (text_starts(text, "×")) {
            str_add(out, "$\\times$");
            text++;
        } else if (text_starts(text, "±")) {
            str_add(out, "$\\pm$");
            text++;
        } else if (text_starts(text, "‡")) {
            str_add(out, "\\ddag{}");
            text += 2;
        } else if (text_starts(text, "–")) {
            str_add(out, "--");
            text += 2;
        } else if (*text == '-' && (!before || before == '[' || before == ' ') && text[1] >= '0' &&
                   text[1] <= '9') {
            str_add(out, "$-$"); /* a minus */
        } else {
            str_add(out, *text == '-' && before == '-' ? "{}" : ""); /* two hyphens, no dash */
            str_add_char(out, *text);
        }
    }
}
