/* value_names.h -- what to say of a name that no value has. */
#ifndef LIBRARY_VALUE_NAMES_H
#define LIBRARY_VALUE_NAMES_H

#include "library/values.h"

/* Reports that there is no value of that name, with the nearest one or the names that there are;
 * name NULL: that one of several must be named.  Returns code. */
int value_names_report(rille_values *v, int code, const char *name);

#endif
