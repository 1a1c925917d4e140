/* module_name.h -- the name of a module is its path.
 *
 *     lua/plan/estimate.lua       rille.plan.estimate
 *     lua/plan/plan.lua           rille.plan
 *     stdlib/svm/svm.lua          rille.svm
 *     materializers/array.lua     rille.materializers.array
 *     lua/rille.lua               rille.face
 *     lua/library/rille.lua       none: what editors show, and the prompt, and nothing runs
 * The build tool uses it, too: the names of embedded files are worked out there. */
#ifndef MODULE_NAME_H
#define MODULE_NAME_H

#include <stddef.h>

enum { MODULE_NAME_SIZE = 256 };

/* Writes the name of the module in the file at path to out, which has size bytes: 1, or 0
 * when the file is not a module. */
int module_name(const char *path, char *out, size_t size);

#endif
