/* text_filelib.h -- the text of a file for the faces that read one, see text_filelib.c */
#ifndef TEXT_FILELIB_H
#define TEXT_FILELIB_H

#include <lua.h>

#include "format/text_input.h"

/* The encoding of that name, or NULL for UTF-8; raises for a name that does not exist, with
 * that of the function. */
TextEncoding text_filelib_encoding(lua_State *L, const char *function, const char *name);
/* Pushes the text of the file at a script's path, which a running step is seen to read; raises. */
void text_filelib_push(lua_State *L, const char *path, TextEncoding encoding,
                       const char *format);

#endif
