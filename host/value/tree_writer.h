/* tree_writer.h -- walking nested plain Lua tables in an order that depends on what
 * they hold only, for everything that writes Lua values as text.
 *
 *     t = tree_new(L, "written as JSON", depth)      on the stack until the end
 *     value on top:   tree_open .. tree_item/tree_value .. tree_close
 *
 * A walk raises (never returns) for a table with a metatable, in itself, deeper
 * than allowed, or with a key that is no boolean, number or string; the message
 * is "[FILE:LINE: ]value.a[3].b: what".  The Tree is a userdata: an error or the
 * collector releases it.  Only what the stack holds is touched between two calls,
 * so finalizers may run at any time.
 *
 * rille.null (json.null, yaml.null) stands for null where a value is: one userdata
 * of the state, without fields, that prints as null and that Lua's own messages call
 * null.  The light userdata NULL, which other libraries take for it, counts as it. */
#ifndef TREE_WRITER_H
#define TREE_WRITER_H

#include <lua.h>

#include "base/buf.h"

typedef enum TreeShape {
    TREE_EMPTY,
    TREE_LIST,                  /* keys 1..n, no others */
    TREE_RECORD,                /* strings */
    TREE_MIXED
} TreeShape;

/* in the order in which keys are sorted */
typedef enum TreeRank {
    TREE_FALSE, TREE_TRUE, TREE_INT, TREE_FLOAT, TREE_STRING
} TreeRank;

typedef struct TreeKey {
    TreeRank rank;
    int64_t i;
    double f;
    const char *s;
    size_t n;                   /* of s */
    lua_Integer place;          /* private */
} TreeKey;

typedef struct Tree {
    Buf out;                    /* the caller's, to write into */
    Buf keys, steps;            /* private */
    const char *verb;
    int depth, max_depth;
} Tree;

/* Pushes it.  verb as in "a function cannot be VERB". */
Tree *tree_new(lua_State *L, const char *verb, int max_depth);
/* Pushes out as a string and releases the Tree. */
void tree_finish(lua_State *L, Tree *t);
/* Enters the table on top; *n is how many keys it has. */
TreeShape tree_open(lua_State *L, Tree *t, size_t *n);
/* Of an open list: pushes element i. */
void tree_item(lua_State *L, Tree *t, size_t i);
/* Of an open record or mixed table: sorts the keys; pushes one value. */
void tree_sort(lua_State *L, Tree *t, size_t n);
const TreeKey *tree_key(const Tree *t, size_t i);       /* i from 0 */
void tree_value(lua_State *L, Tree *t, size_t i);
/* Leaves the table: it is on top again. */
void tree_close(lua_State *L, Tree *t);

/* Raises "...: what", the position being that of the value in hand. */
int tree_fail(lua_State *L, Tree *t, const char *fmt, ...);
/* Raises that the value on top cannot be written. */
int tree_refuse(lua_State *L, Tree *t);
/* Raises when a put into out failed (rc != 0). */
void tree_check(lua_State *L, int rc);

/* Is a key written as .key in a path, and not as ["key"]? */
int tree_is_name(const char *s, size_t n);

void tree_push_null(lua_State *L);
/* Is it that, or the light userdata NULL? */
int tree_is_null(lua_State *L, int idx);
/* What a key of this type, which is none of data, is called: "null" or its type. */
const char *tree_key_name(lua_State *L, int table, int type);

/* Empty tables can be marked to be lists.  Marks keep nothing alive. */
void tree_mark_list(lua_State *L, int idx, int list);
int tree_is_marked_list(lua_State *L, int idx);

#endif
