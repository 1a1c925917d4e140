/* treelib.h -- what the Lua faces of a tree and of a forest share */
#ifndef TREELIB_H
#define TREELIB_H

#include "learn/learnlib.h"
#include "tree.h"

/* The options in the table at idx; pushes the memory of the weights. */
TreeOptions treelib_options(lua_State *L, int idx);
/* Sets the fields of a tree's options, without the seed, its classes and features in the
 * table at the top. */
void treelib_set_options(lua_State *L, const Tree *t);
/* The numbers of the array at idx, a vector f64 with a place for each feature. */
double *treelib_features(lua_State *L, int idx, int n_feature);

#endif
