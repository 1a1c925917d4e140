/* meta_args_core.h -- what the files of meta_args.h share: fields of tables, each of which
 * raises where it is of another type.  Strings stay those of the table. */
#ifndef META_ARGS_CORE_H
#define META_ARGS_CORE_H

#include "meta/meta_args.h"

/* The value on top is not what the field has to be. */
int meta_args_bad_field(lua_State *L, const char *field, const char *expected);
/* A string field of the table at t, or no value. */
Slice meta_args_get_string(lua_State *L, int t, const char *field);
Slice meta_args_need_string(lua_State *L, int t, const char *field);
const unsigned char *meta_args_need_digest(lua_State *L, int t, const char *field);
/* A time or a length of time; not a number when there is none. */
double meta_args_get_real(lua_State *L, int t, const char *field);
/* Pushes item i of the list at t, which must be a table: where it is. */
int meta_args_get_table(lua_State *L, int t, size_t i, const char *what);
/* String i of the list at t. */
Slice meta_args_item_string(lua_State *L, int t, int i, int optional);
void meta_args_put(lua_State *L, Buf *to, const void *item, size_t size);

#endif
