/* named_values.h -- the values that count by a name, and what was in the tables among them.
 *
 * A name is kept as a path, a part after the path that it is a part of: "rille.step.define" is
 * "define" below "rille.step"; the text is made when it is asked for.  A start names some
 * thousand values, a run asks for a few.
 *
 *     number of a value  1, 2, ..     value n is entry n of the list WALK_UP_NAMED
 *     number of a path   1, 2, ..     0 is none
 *
 * Invariants
 *   1. A value that has a name lives as long as the state, so its address is its own.
 *   2. The text of a part lives as long as the state: a key of a table that WALK_UP_ORIGINALS
 *      lists, the name of an upvalue of a function that has a name, or a constant.
 *   3. All memory belongs to the collector.
 *
 * All functions raise when memory runs out.  They use the upvalues of the face (walk.h). */
#ifndef NAMED_VALUES_H
#define NAMED_VALUES_H

#include <stdint.h>

#include <lua.h>

typedef struct NamedPath {
    const char *part;
    uint32_t up;                /* the path that this is a part of, or 0 */
} NamedPath;

typedef struct NamedValue {
    const void *address;
    uint32_t path;
    uint32_t original;          /* in WALK_UP_ORIGINALS, the metatable after it; or 0 */
    unsigned char is_light;     /* light userdata, whose address can be that of another value */
    unsigned char is_pending;   /* it was not looked into */
} NamedValue;

typedef struct NamedValues {
    NamedPath *paths;
    NamedValue *values;
    uint32_t *slots;            /* hashed by the address: numbers of values, 0 for none */
    uint32_t npaths, nvalues, max_paths, max_values, nslots;
    lua_Integer noriginals;
} NamedValues;

NamedValues *named_values_of(lua_State *L);
/* The table or function at that address, or NULL when it has no name; valid until the next
 * add. */
NamedValue *named_values_find(const NamedValues *s, const void *address);
/* The value at idx, of any type. */
NamedValue *named_values_get(lua_State *L, int idx);
/* Names the value at idx, in place of the name that it may have; it can be no nil. */
NamedValue *named_values_add(lua_State *L, int idx, uint32_t path);
/* The same of the table or function at the top, whose address that is and which has no name. */
NamedValue *named_values_add_new(lua_State *L, NamedValues *s, const void *address, uint32_t path);
/* The path of a part, which is not copied, below another one or 0. */
uint32_t named_values_path(lua_State *L, NamedValues *s, uint32_t up, const char *part);
/* The path of a name that is copied. */
uint32_t named_values_root(lua_State *L, const char *name);
/* Pushes the name of the value at idx and returns 1; else 0, and pushes nothing. */
int named_values_push(lua_State *L, int idx);
/* Keeps the table at the top, popped: the entries that the table at t has now.  They are its
 * original, unless it has one or has no name; its metatable too, where is_meta is set. */
void named_values_keep_original(lua_State *L, int t, int is_meta);
/* Pushes what the table at idx had, or its metatable then (nil for none), and returns 1; else
 * 0, and pushes nothing. */
int named_values_push_original(lua_State *L, int idx);
int named_values_push_original_meta(lua_State *L, int idx);

#endif
