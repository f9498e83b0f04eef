/* Writes HTML pages: head, style, escaping, boxes that scroll. */
#include "report/html/html.h"

#include "base/error.h"
#include "base/file.h"
#include "data/unicode.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

extern const char page_style[], page_script[]; /* page.css and page.js */

/* What a reader sees of a code point that HTML forbids; NULL for all others. -1 = no UTF-8. */
static const char *picture(int32_t code, char buffer[4])
{
    if ((code >= 0 && code < 0x20 && code != '\t' && code != '\n') || code == 0x7f) {
        snprintf(buffer, 4, "\xe2\x90%c", 0x80 | (code == 0x7f ? 0x21 : code)); /* U+2400… */
        return buffer;
    }
    bool forbidden = code < 0 || (code >= 0x80 && code <= 0x9f) ||
                     (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
    return forbidden ? "\ufffd" : NULL;
}

static const char *escape(int32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_append(const char *text, struct str *out)
{
    for (size_t at = 0, n = strlen(text), bytes; at < n; at += bytes) {
        char buffer[4];
        int32_t code = unicode_next(text + at, n - at, &bytes);
        const char *shown = picture(code, buffer);
        shown = shown ? shown : escape(code);
        str_append(out, shown ? shown : text + at, shown ? strlen(shown) : bytes);
    }
}

void html_text_n(FILE *out, const char *text, size_t n)
{
    for (size_t at = 0, bytes; at < n; at += bytes) {
        char buffer[4];
        int32_t code = unicode_next(text + at, n - at, &bytes);
        const char *shown = picture(code, buffer);
        shown = shown ? shown : escape(code);
        if (shown) {
            fputs(shown, out);
        } else {
            fwrite(text + at, 1, bytes, out);
        }
    }
}

void html_text(FILE *out, const char *text)
{
    if (text) {
        html_text_n(out, text, strlen(text));
    }
}

void html_name(FILE *out, const char *text)
{
    fputs("<bdi>", out);
    html_text(out, text);
    fputs("</bdi>", out);
}

void html_figure(FILE *out, double value)
{
    double shown = round(10 * value) / 10;
    fprintf(out, "%s%.1f", shown < 0 ? "−" : "", fabs(shown));
}

void html_interval(FILE *out, double low, double high)
{
    if (isfinite(low) && isfinite(high)) {
        html_figure(out, low);
        fputs(" to ", out);
        html_figure(out, high);
    }
}

void html_bytes(FILE *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5) {
        value /= 1000;
        unit++;
    }
    fprintf(out, unit > 0 && value < 9.95 ? "%.1f\u00a0%s" : "%.0f\u00a0%s", value, units[unit]);
}

void html_count(FILE *out, uint64_t count)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0 && n > 4) {
            fputs("\u202f", out);
        }
        fputc(digits[i], out);
    }
}

void html_page_begin(FILE *out, const char *title, const char *subtitle)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
          out);
    html_text(out, title);
    fputs("</title>\n<style>\n", out);
    fputs(page_style, out);
    fputs("</style>\n</head>\n<body>\n<header class=\"top\">\n<h1>", out);
    html_name(out, title);
    fputs("</h1>\n", out);
    if (subtitle) {
        fputs("<p class=\"sub\">", out);
        html_text(out, subtitle);
        fputs("</p>\n", out);
    }
    fputs("</header>\n<main>\n", out);
}

int html_write_file(const char *path, void (*write)(void *ctx, FILE *out), void *ctx)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    locale_t numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = numbers ? uselocale(numbers) : (locale_t)0;
    write(ctx, file.stream);
    if (numbers) {
        uselocale(before);
        freelocale(numbers);
    }
    return file_out_commit(&file);
}

void html_page_end(FILE *out, int script)
{
    fputs("</main>\n", out);
    if (script) {
        fputs("<script>\n", out);
        fputs(page_script, out);
        fputs("</script>\n", out);
    }
    fputs("</body>\n</html>\n", out);
}

void html_scroll_begin(FILE *out, const char *label)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    html_text(out, label);
    fputs("\">\n", out);
}

void html_scroll_end(FILE *out)
{
    fputs("</div>\n", out);
}
