/* observe_source.h -- the texts of code: read, compiled, kept for the run.
 *
 * Only text is compiled; bytecode can crash any Lua. */
#ifndef OBSERVE_SOURCE_H
#define OBSERVE_SOURCE_H

#include "observe/recorder.h"

#define OBSERVE_SOURCE_REFUSED "bytecode is refused"

/* Pushes the text of a script's file and describes it in *state; or returns 0 with the
 * errno in state->code and, in *verb, whether opening or reading failed. */
int observe_source_read(lua_State *L, Recorder *rec, const char *path, FileState *state,
                        const char **verb);
/* Why a text could not be read, by the code that observe_source_read left. */
const char *observe_source_reason(int code);
/* Pushes the function, or a message; 0 or a status of Lua.  who names the file in a
 * refusal of bytecode. */
int observe_source_compile(lua_State *L, const char *p, size_t n, const char *chunk,
                           const char *mode, const char *who);
/* Whether a script's chunk has a name that only rille's own may have; then NAME is what
 * it is called instead. */
int observe_source_is_pretender(const char *chunk, char *name, size_t size);
/* Keeps the text at the index once per path and content. */
void observe_source_keep(lua_State *L, const char *name, int text,
                         const unsigned char digest[HASH_SIZE]);
/* "lib/x.lua" for any path below the base. */
void observe_source_name(const Recorder *rec, const char *path, char *out, size_t size);

#endif
