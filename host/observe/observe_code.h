/* observe_code.h -- what the code does that a step brings in, by its fingerprint.
 *
 * A module or file of code acts by more than what it returns: globals, fields of other
 * modules, methods of strings.  A fact therefore records the fingerprint of its
 * chunk before it runs: its code, and all that this code can reach by name.  When the
 * fingerprint and all other facts are the same in a later process, the chunk would act
 * there as it did then.  A lookup compares it without running anything.
 *
 * What was loaded before the step is a table that it captures: its fingerprint counts. */
#ifndef OBSERVE_CODE_H
#define OBSERVE_CODE_H

#include "observe/recorder.h"

/* The fingerprint of the code or value at the top as it is now, which stays; taking it
 * runs nothing of a script's.  1; or 0 when there is none: then it pushes why and where,
 * which observe_code_note_unknown records and pops. */
int observe_code_fingerprint(lua_State *L, Recorder *rec, unsigned char out[HASH_SIZE]);
void observe_code_note_unknown(lua_State *L, Recorder *rec, const char *what);
/* The fingerprint of the chunk of a file, made once in a plan; as
 * observe_code_fingerprint, but that nothing is pushed. */
int observe_code_of_file(lua_State *L, Recorder *rec, const char *path, int sandbox,
                         unsigned char out[HASH_SIZE]);
/* That of "package.searchers" or "package.preload.NAME". */
int observe_code_of_search(lua_State *L, Recorder *rec, const char *what,
                           unsigned char out[HASH_SIZE]);

/* The running step is about to run the chunk at the top, which is the text of that
 * file.  Becomes a value fact "code PATH": the fingerprint of the chunk before it runs,
 * which is over the globals it reads too; or "sandbox PATH", of the chunk in an
 * environment of the step's making, which is known by the code that makes it. */
void observe_code_note_chunk(lua_State *L, Recorder *rec, const char *path, int sandbox);
/* The same of the file that the module of that name is loaded from. */
void observe_code_note_module(lua_State *L, Recorder *rec, const char *name, const char *path,
                              const FileState *state);
/* The running step got a module that was loaded before it, at the top. */
void observe_code_note_captured(lua_State *L, Recorder *rec, const char *name);
/* The running step is about to look for a module that is not loaded: what the script
 * put into package.searchers and package.preload is part of how. */
void observe_code_note_search(lua_State *L, Recorder *rec, const char *name);
/* Whether require(name) would call rille's own loader, with no searcher of the script's
 * before it. */
int observe_code_is_own(lua_State *L, const char *name);

/* Pushes the name of something whose fingerprint is no longer what the running step
 * found, so that other steps in this process may see what it did; or nil. */
void observe_code_push_acted(lua_State *L, Recorder *rec);
/* Lets go of the code that the step brought in: the next one loads it for itself. */
void observe_code_forget(lua_State *L, Recorder *rec);

#endif
