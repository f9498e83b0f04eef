/*
 * version1.h - types for what reports of schema harness-report/1 hold as text alone. The one place
 * where such a text is taken apart.
 */
#ifndef REPORT_STORED_VERSION1_H
#define REPORT_STORED_VERSION1_H

#include "report/result.h"

/* NULL: no stage. The name is the argument. A block that the name does not tell ("norm") is
 * STAGE_NO_BLOCK. */
struct stage version1_stage(const char *name);

#endif /* REPORT_STORED_VERSION1_H */
