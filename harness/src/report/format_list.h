/*
 * format_list.h - every format that a report can be written in, in the order in which they are
 * listed: its name and its file, which has `report_format_NAME`. formats.c and meson.build read the
 * lines.
 */
/* clang-format off */
REPORT_FORMAT(table, text/table.c)
REPORT_FORMAT(json, stored/write_json.c)
REPORT_FORMAT(xml, stored/write_xml.c)
REPORT_FORMAT(html, html/page.c)
REPORT_FORMAT(csv, text/csv.c)
REPORT_FORMAT(jsonl, stored/write_jsonl.c)
REPORT_FORMAT(markdown, text/markdown.c)
REPORT_FORMAT(latex, text/latex.c)
REPORT_FORMAT(junit, stored/write_junit.c)
