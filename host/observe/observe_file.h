/* observe_file.h -- whose an open file is.
 *
 * A file that a step opened is known by what was at its path.  Any other that comes
 * into its hands (a default of io, a standard file, what a module kept) is at a
 * position that depends on what happened before: what is read from it cannot be repeated. */
#ifndef OBSERVE_FILE_H
#define OBSERVE_FILE_H

#include <stdio.h>

#include "observe/recorder.h"

enum { COMMAND_MAX = 256 };             /* of a command that is kept */

/* The fields of the registry that hold io's default files. */
#define OBSERVE_FILE_INPUT "_IO_input"
#define OBSERVE_FILE_OUTPUT "_IO_output"

/* The open file at the index, borrowed, or NULL. */
FILE *observe_file_stream(lua_State *L, int idx);
/* "stdin", "stdout" or "stderr", or NULL for any other. */
const char *observe_file_standard(const Recorder *rec, const FILE *f);
/* The same of the default of io in the registry's field. */
const char *observe_file_default(lua_State *L, const char *field);
int observe_file_is_console(const Recorder *rec, const FILE *f);  /* standard output or error */

/* The file at the index, if it is open, was opened by what is recorded. */
void observe_file_keep(lua_State *L, Recorder *rec, int idx);
/* The same of a file of io.popen, with its command. */
void observe_file_keep_program(lua_State *L, Recorder *rec, int idx, const char *command);
/* Calls the original, which closes the file at 1 (no arguments: the default output), and
 * notes a failure of its program. */
int observe_file_close(lua_State *L, Recorder *rec, lua_CFunction original);

/* These may be called while nothing is recorded.  Something is about to happen by
 * the file at the index; a default of io is about to be used; to be read. */
void observe_file_note(lua_State *L, Recorder *rec, int idx);
void observe_file_note_default(lua_State *L, Recorder *rec, const char *field);
void observe_file_note_input(lua_State *L, Recorder *rec);

#endif
