/* csvlib.h -- the parts of rille.csv's face */
#ifndef CSVLIB_H
#define CSVLIB_H

#include <lua.h>

#include "csv/csv.h"

/* Pushes the frame of a parsed table, whose columns it takes. */
void csv_framelib_push(lua_State *L, CsvTable *t);

int csv_readlib_read(lua_State *L);
int csv_readlib_decode(lua_State *L);
int csv_chunklib_chunks(lua_State *L);
/* Makes the type of what chunks returns. */
void csv_chunklib_type(lua_State *L);
int csv_writelib_write(lua_State *L);
int csv_writelib_encode(lua_State *L);

#endif
