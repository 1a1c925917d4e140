/* metalib.h -- what the faces of the metadata share: rille.host.meta is made of
 * metalib.c (writing), meta_namelib.c (names, tags), cachelib.c (lookup),
 * querylib.c and query_artifactlib.c (history). */
#ifndef METALIB_H
#define METALIB_H

#include <lua.h>
#include <lauxlib.h>

#include "meta/meta.h"
#include "meta/row_tables.h"

#define META_TYPE "rille.host.meta"

/* The methods of the others, for the one metatable. */
extern const luaL_Reg cachelib_methods[], querylib_methods[], query_artifactlib_methods[],
    meta_namelib_methods[];
/* Makes their own types. */
void cachelib_init(lua_State *L);
void querylib_init(lua_State *L);
/* Sets the methods of query_named.c in the table on top. */
void query_namedlib_methods(lua_State *L);

/* Pushes the filter of the options at idx, which it borrows from (query_filter.h). */
const struct Filter *query_filterlib_read(lua_State *L, int idx);
void query_filterlib_init(lua_State *L);

/* The edges of a step run, in f->inputs and f->outputs. */
int querylib_edges(Meta *m, int64_t row, Found *f, Err *err);

/* The open Meta at idx; raises otherwise. */
Meta *meta_box_check(lua_State *L, int idx);
/* A value for SQL: the integer, number, boolean, nil or text at idx. */
DbValue meta_box_value(lua_State *L, int idx);
/* Pushes the bytes, or nil when there is no value. */
void meta_box_push(lua_State *L, Slice s);
/* The 32 bytes at idx, or raises. */
const unsigned char *meta_box_digest(lua_State *L, int idx);

#endif
