/* source_folder.h -- the folder of --scripts DIR: rille's own Lua read from disk in place of
 * the embedded text, for development. */
#ifndef SOURCE_FOLDER_H
#define SOURCE_FOLDER_H

#include "base/buf.h"
#include "base/err.h"

/* The folder DIR as an absolute path, which the caller frees, when it holds the sources of
 * this version of rille; else NULL with *err set. */
char *source_folder_check(const char *dir, Err *err);
/* Appends to *list the Lua files in DIR that are not embedded, each with a 0 after it. */
int source_folder_list_added(const char *dir, Buf *list, Err *err);

#endif
