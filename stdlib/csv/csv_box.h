/* csv_box.h -- what the parts of rille.csv's face share: the modules that they use and
 * the values that own memory. */
#ifndef CSV_BOX_H
#define CSV_BOX_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "csv/csv.h"

/* Upvalues of every function: rille.frame, rille.base.errors, rille.base.suggest. */
enum { CSV_BOX_FRAME = 1, CSV_BOX_ERRORS, CSV_BOX_SUGGEST, CSV_BOX_UPVALUES = 3 };

/* Pushes the modules that are the upvalues. */
void csv_box_push_upvalues(lua_State *L);
/* Makes the types of the values below. */
void csv_box_types(lua_State *L);
/* Pushes bytes that are released with the value. */
Buf *csv_box_bytes(lua_State *L);
/* Pushes an empty box of a table, which is freed with the value. */
CsvTable **csv_box_table(lua_State *L);

#endif
