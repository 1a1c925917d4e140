/* message.h -- Lua data as bytes between a process and its forked children.
 *
 * Unlike the encoding of canonical.h it is not canonical and never stored: tables are in
 * the order of lua_next, and common keys are a byte each, their position in a list in
 * message.c.  Functions, userdata and tables with a metatable are refused.
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
 * when it is not plain data; what was appended before stays. */
void message_put(lua_State *L, int idx, int names, Buf *out);
/* Pushes the value; raises when the bytes are not a message. */
void message_get(lua_State *L, int names, const unsigned char *p, size_t n);

#endif
