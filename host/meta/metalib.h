/* metalib.h -- the parts of rille.host.meta, of which metalib.c makes one type.
 *
 *     meta_runlib.c          recording runs
 *     meta_editlib.c         tags, pipelines deleted    meta_modellib.c      models
 *     cachelib.c             looking up results         memolib.c          what earlier runs found
 *     node_memolib.c         nodes that a run left
 *     querylib.c             runs and their steps       query_filterlib.c  conditions on runs
 *     query_artifactlib.c    artifacts, fsck            query_namedlib.c   query_named.c */
#ifndef METALIB_H
#define METALIB_H

#include <lua.h>
#include <lauxlib.h>

#include "meta/meta_box.h"
#include "meta/row_tables.h"

extern const luaL_Reg meta_runlib_methods[], meta_editlib_methods[], meta_modellib_methods[],
    cachelib_methods[], memolib_methods[], node_memolib_methods[], querylib_methods[],
    query_artifactlib_methods[];
/* Sets the methods of query_named.c in the table on top. */
void query_namedlib_methods(lua_State *L);

/* Make their own types. */
void cachelib_init(lua_State *L);
void memolib_init(lua_State *L);
void node_memolib_init(lua_State *L);
void querylib_init(lua_State *L);
void query_filterlib_init(lua_State *L);

struct Cache;
/* The open lookups at idx, of m:cache. */
struct Cache *cachelib_check(lua_State *L, int idx);
struct NodeMemo;
/* The nodes at idx, of m:node_memo. */
struct NodeMemo *node_memolib_check(lua_State *L, int idx);

struct FilterSubject;

/* Pushes the filter of the options at idx, which it borrows from (query_filter.h). */
const struct Filter *query_filterlib_read(lua_State *L, int idx,
                                          const struct FilterSubject *subject);

#endif
