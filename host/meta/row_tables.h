/* row_tables.h -- for the faces that read: rows of the database as Lua tables.
 *
 * A row becomes a table with the columns' names: "a.b" is field b of a table a,
 * "a?" is a boolean, and "1~" is element 1, a number that is kept as a blob when it is NaN.
 * A null column is left out. */
#ifndef ROW_TABLES_H
#define ROW_TABLES_H

#include <lua.h>
#include <lauxlib.h>

#include "base/digest_map.h"
#include "meta/rows.h"

/* What a call gathers before it makes tables; the collector frees it. */
typedef struct Found {
    Rows rows, inputs, outputs;
    Buf bytes;
    DigestMap objects;
} Found;

void row_tables_init(lua_State *L);
Found *row_tables_found(lua_State *L);     /* empty, on top of the stack */

void row_tables_value(lua_State *L, DbValue v);
void row_tables_row(lua_State *L, const Rows *r, size_t row);
void row_tables_list(lua_State *L, const Rows *r);
/* Sets the field of the table at the top, if there is a value. */
void row_tables_set(lua_State *L, const char *field, Slice s);

/* Push the list, the row or the cell (nil when there is none), or the failure;
 * return how many values. */
int row_tables_answer_list(lua_State *L, const Rows *r, int rc, const Err *err);
int row_tables_answer_row(lua_State *L, const Rows *r, int rc, const Err *err);
int row_tables_answer_cell(lua_State *L, const Rows *r, int rc, const Err *err);
/* The first cell of each row, as a list. */
int row_tables_answer_column(lua_State *L, const Rows *r, int rc, const Err *err);

/* Arguments.  Options are the fields of a table at idx, or nothing. */
Slice row_tables_text(lua_State *L, int idx);
void row_tables_options(lua_State *L, int idx);
Slice row_tables_option(lua_State *L, int idx, const char *field); /* stays there */
int64_t row_tables_option_int(lua_State *L, int idx, const char *field, int64_t fallback);
int row_tables_option_flag(lua_State *L, int idx, const char *field);

#endif
