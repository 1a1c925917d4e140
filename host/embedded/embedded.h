/* embedded.h -- the files of rille that are baked into the program.
 *
 * A chunk of rille's own is named EMBEDDED_PREFIX and a path below lua, stdlib or
 * materializers; no way to load a script in a state of rille's gives it such a name.  An
 * error's position skips such chunks. */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

#include <lua.h>

#define EMBEDDED_PREFIX "@rille:"
/* What is below is no Lua of rille's own: texts of the projects that rille init makes. */
#define EMBEDDED_TEMPLATES "stdlib/templates/"

typedef struct EmbeddedFile {
    const char *path;       /* "lua/plan/plan.lua" */
    const char *module;     /* "rille.plan"; NULL for no module */
    const char *text;
    size_t len;
    const char *code;       /* compiled by the Lua of the build; "" for no Lua */
    size_t code_len;
    int executable;         /* its owner may execute it in the sources */
} EmbeddedFile;

extern const EmbeddedFile embedded_files[];     /* sorted by path, ends with NULL */
extern const int embedded_count;
/* Entries of embedded_files that are modules, sorted by their names. */
extern const unsigned short embedded_by_module[];
extern const int embedded_module_count;
/* The folders of Lua files; ends with NULL. */
extern const char *const embedded_folders[];

/* The text of an embedded file, or NULL. */
const EmbeddedFile *embedded_find(const char *path);
/* The file of the module of that name, or NULL. */
const EmbeddedFile *embedded_find_module(const char *name);
/* Whether the n bytes at path are the path of a Lua file in one of embedded_folders. */
int embedded_is_source(const char *path, size_t n);
/* Whether a chunk's name is that of a file of rille's own. */
int embedded_is_ours(const char *source);
/* The same of one below lua: not of a battery or a materializer, which works for a script. */
int embedded_is_machinery(const char *source);
/* Whether a message begins with a position in such a file, "rille:lua/x.lua:1:". */
int embedded_is_at(const char *message);
/* For functions in C that scripts call and that take long: raises once there is a reason to end
 * (base/interrupt.h), unless rille's own Lua called them.  Whatever is allocated must be known to
 * the collector. */
void embedded_check_interrupt(lua_State *L);
/* lua_pcall with a message handler that adds a traceback to errors of ours and
 * leaves a user's message alone. */
int embedded_call(lua_State *L, int nargs, int nresults);

#endif
