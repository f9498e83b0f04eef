/*
 * beside.h - what lies in a data set's folder and is no data: documents, licences, scripts.
 */
#ifndef DATA_BESIDE_H
#define DATA_BESIDE_H

#include <stdbool.h>

/* By the file's name: "readme", "licence" or "license" anywhere in it ("00-readme.txt",
 * "answers.LICENSE"), SOURCE, CITATION and the like without regard to case and ending,
 * metadata.json, hidden files, and the endings of programs and documents (.py, .pl, .R, .md, .pdf,
 * …). */
bool is_beside_data(const char *name);

#endif /* DATA_BESIDE_H */
