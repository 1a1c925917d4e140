/* message.h -- Lua data as bytes between a process and its forked children.
 *
 * Unlike the encoding of valuelib.c it is not canonical and never kept: tables go in
 * the order in which they lie, and keys that messages share are a byte each, by
 * their place in a list of this program.  The same data passes: what holds
 * functions, userdata or tables with a metatable is refused.
 *
 *     n f t            nil, false, true
 *     i d              integer, float: 8 bytes as they lie in memory
 *     s LEN bytes      string; LEN is LEB128
 *     k BYTE           a string of the list
 *     T LEN HINT ... e   table: values 1..LEN, pairs of key and value; HINT of
 *                      them, at most 255, to make room for */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stddef.h>

#include <lua.h>

#include "base/buf.h"

/* Pushes what the two below need of the list. */
void message_names(lua_State *L);
/* Appends the value at idx; names is the index of what message_names pushed.  Raises
 * when it is no plain data; what was appended until then is left. */
void message_put(lua_State *L, int idx, int names, Buf *out);
/* Pushes the value that the bytes are; raises when they are none. */
void message_get(lua_State *L, int names, const unsigned char *p, size_t n);

#endif
