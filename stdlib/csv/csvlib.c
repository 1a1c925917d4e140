/* csvlib.c -- rille.csv, the Lua face of csv.h: frames from text and back.
 *
 * Options, all of them optional:
 *     header      true: the first line names the columns; false: there is none
 *     types       { column = "string" | "integer" | "number" | "boolean" | "date" }
 *     missing     a string or a list: fields that mean "no value", besides ""
 *     separator   one character; else the one that the text has (csv_separator.h)
 *     dates       a format (csv_date.h), or { column = format }
 *     encoding, skip, comment, decimal, thousands, ragged, duplicates, names
 *                 as in CsvForm (csv.h)
 * What csv.h says of types and missing values holds here.  Mistakes and
 * failures raise a message with the position of the caller. */
#include "base/bind.h"
#include "csv/csv_box.h"
#include "csv/csvlib.h"

int luaopen_rille_csv(lua_State *L);

int
luaopen_rille_csv(lua_State *L)
{
    static const luaL_Reg lib[] = {{"read", csv_readlib_read},
                                   {"chunks", csv_chunklib_chunks},
                                   {"decode", csv_readlib_decode},
                                   {"write", csv_writelib_write},
                                   {"encode", csv_writelib_encode},
                                   {NULL, NULL}};

    csv_box_types(L);
    csv_chunklib_type(L);
    luaL_newlibtable(L, lib);
    csv_box_push_upvalues(L);
    luaL_setfuncs(L, lib, CSV_BOX_UPVALUES);
    bind_strict(L);
    return 1;
}
