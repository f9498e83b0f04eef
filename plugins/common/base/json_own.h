/*
 * json_own.h - what json.c and json_get.c share.
 */
#ifndef BASE_JSON_OWN_H
#define BASE_JSON_OWN_H

#include "base/json.h"

/* The refusal of a value that is not of the kind that is wanted. */
emb_status json_wrong_kind(const struct json *place, const char *expected);

#endif /* BASE_JSON_OWN_H */
