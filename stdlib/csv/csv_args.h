/* csv_args.h -- the options of rille.csv's functions, see csvlib.c.  What does not fit
 * raises, with the position of the caller. */
#ifndef CSV_ARGS_H
#define CSV_ARGS_H

#include <lauxlib.h>
#include <lua.h>

#include "csv/csv.h"

/* Checks that options are at idx, or nothing, and that each is in allowed, which ends
 * with NULL; what names the function. */
void csv_args_check(lua_State *L, int idx, const char *what, const char *const *allowed);
/* Raises what is wrong with an option at idx, with the name of the function that was called. */
int csv_args_wrong(lua_State *L, int idx, const char *fmt, ...);
/* The options that each function which reads has. */
#define CSV_ARGS_READ                                                                       \
    "header", "types", "missing", "separator", "encoding", "skip", "comment", "decimal",    \
        "thousands", "ragged", "duplicates", "names", "dates", "quote", "escape"
/* Fills separator and header from the options at idx; they may be absent. */
void csv_args_format(lua_State *L, int idx, CsvSource *source);
/* Fills the form from the options at idx, which may be absent; pushes the value that
 * owns it. */
void csv_args_form(lua_State *L, int idx, CsvSource *source);
/* Pushes "; did you mean ..." for the name at idx and the list on top, which it
 * removes. */
const char *csv_args_hint(lua_State *L, int idx);
/* Tells the table of the missing values and the types in the options at idx; they may be
 * absent. */
void csv_args_columns(lua_State *L, int idx, CsvTable *t);
/* Pushes the list of the names of the columns. */
void csv_args_push_names(lua_State *L, const CsvTable *t);

#endif
