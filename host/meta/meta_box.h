/* meta_box.h -- what the faces of the metadata share: the userdata of an open Meta, and
 * single values on the way to and from it. */
#ifndef META_BOX_H
#define META_BOX_H

#include <lua.h>
#include <lauxlib.h>

#include "meta/meta.h"

#define META_TYPE "rille.host.meta"

/* The open Meta at idx; raises otherwise. */
Meta *meta_box_check(lua_State *L, int idx);
/* The integer, number, boolean (1 or 0), nil or text at idx, which stays there. */
DbValue meta_box_value(lua_State *L, int idx);
/* The 32 bytes at idx, or raises. */
const unsigned char *meta_box_digest(lua_State *L, int idx);
/* Pushes the bytes, or nil when there is no value. */
void meta_box_push(lua_State *L, Slice s);

#endif
