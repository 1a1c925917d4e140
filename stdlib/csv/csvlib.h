/* csvlib.h -- what the parts of rille.csv's face share (csvlib.c, csv_writelib.c). */
#ifndef CSVLIB_H
#define CSVLIB_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "csv/csv.h"

/* upvalues of every function: rille.frame, rille.mistake, rille.suggest */
enum { CSVLIB_FRAME = 1, CSVLIB_MISTAKE, CSVLIB_SUGGEST, CSVLIB_UPVALUES = 3 };

/* Bytes that are released with the value on top of the stack. */
Buf *csvlib_bytes(lua_State *L);
/* Raises when the table at idx has a field that is not in allowed, which ends
 * with NULL. */
void csvlib_check_fields(lua_State *L, int idx, const char *what, const char *const *allowed);
/* Fills separator and header from the options at idx; they may be absent. */
void csvlib_format(lua_State *L, int idx, CsvSource *source);

int csvlib_write(lua_State *L);
int csvlib_encode(lua_State *L);

#endif
