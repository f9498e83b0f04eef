/*
 * check_extension.h - asking a model for an extension; shared by the rules of extensions.
 */
#ifndef PLUGIN_CHECK_EXTENSION_H
#define PLUGIN_CHECK_EXTENSION_H

#include "plugin/check_rules.h"

/* NULL: the model does not have it. */
const void *check_extension(struct check *check, const char *id);

#endif /* PLUGIN_CHECK_EXTENSION_H */
