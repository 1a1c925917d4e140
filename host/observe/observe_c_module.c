/* observe_c_module.c -- see observe_c_module.h */
#include <stdlib.h>
#include <string.h>

#include "observe/observe_c_module.h"
#include "os/shared_library.h"

static const char MIDDLE[] = " C module ";
/* Where the system looks for libraries first. */
static const char PATHS[] = "LD_LIBRARY_PATH";

/* Calls the function of observe.modules with the n values at the top, which are replaced
 * by what it returns; nil when there is no function.  What it does is not recorded as done
 * by the step. */
static void
ask(lua_State *L, Recorder *rec, int n)
{
    Recording *top = rec->top;
    int status;

    if (recorder_held(L, HELD_C_MODULES) != LUA_TFUNCTION) {
        lua_pop(L, n + 1);
        lua_pushnil(L);
        return;
    }
    lua_insert(L, -n - 1);
    rec->top = NULL;
    status = lua_pcall(L, n, 1, 0);
    rec->top = top;
    if (status)
        lua_error(L);
}

/* The digest of the state of the module, pure for that reason; 0 when it is not. */
static int
state_of(lua_State *L, Recorder *rec, const char *why, size_t why_len, const char *name,
         unsigned char out[HASH_SIZE])
{
    const char *state;
    size_t n;

    lua_pushliteral(L, "state");
    lua_pushlstring(L, why, why_len);
    lua_pushstring(L, name);
    ask(L, rec, 3);
    state = lua_tolstring(L, -1, &n);
    if (state)
        hash_of(state, n, out);
    lua_pop(L, 1);
    return state != NULL;
}

/* 0 when the state of the module cannot be told. */
static int
note_pure(lua_State *L, Recorder *rec, const char *why, const char *name)
{
    const char *fact = lua_pushfstring(L, "%s%s%s", why, MIDDLE, name);
    unsigned char state[HASH_SIZE];
    int known = state_of(L, rec, why, strlen(why), name, state);

    if (known)
        memcpy(recording_put(L, rec->top, FACT_SEARCH, fact)->digest, state, HASH_SIZE);
    lua_pop(L, 1);
    return known;
}

int
observe_c_module_open(lua_State *L, Recorder *rec, const char *name, const char *path,
                      const char *full)
{
    const char *why;
    int pure;

    luaL_checkstack(L, 10, "modules");
    lua_pushliteral(L, "open");
    lua_pushstring(L, name);
    lua_pushstring(L, full);
    ask(L, rec, 3);
    why = lua_tostring(L, -1);
    pure = why != NULL;
    if (rec->top) {
        recorder_note_read(L, rec, path, -1);
        if (!why || !note_pure(L, rec, why, name)) {
            recorder_note_impure(L, rec, lua_pushfstring(L, "the C module '%s'", name));
            rec->top->unknown_effects = 1;
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return pure;
}

typedef struct Noting {
    lua_State *L;
    Recorder *rec;
} Noting;

static void
note_needed(void *arg, const char *path)
{
    Noting *to = arg;

    if (!fact_find(&to->rec->top->facts, FACT_ENV, PATHS, sizeof PATHS - 1))
        recorder_env_digest(PATHS, getenv(PATHS),
                            recording_put(to->L, to->rec->top, FACT_ENV, PATHS)->digest);
    recorder_note_read(to->L, to->rec, path, -1);
}

void
observe_c_module_opened(lua_State *L, Recorder *rec, const char *full)
{
    Noting to = {L, rec};
    int uses_libm;

    if (rec->top)
        shared_library_needs(full, note_needed, &to, &uses_libm);
}

void
observe_c_module_loaded(lua_State *L, Recorder *rec, const char *name)
{
    int value = lua_gettop(L) - 1;

    luaL_checkstack(L, 10, "modules");
    lua_pushliteral(L, "loaded");
    lua_pushstring(L, name);
    lua_pushvalue(L, value + 1);
    lua_pushvalue(L, value);
    lua_pushboolean(L, rec->top != NULL);
    ask(L, rec, 5);
    lua_pop(L, 1);
}

int
observe_c_module_is_fact(const Fact *f)
{
    return f->kind == FACT_SEARCH && strstr(f->name, MIDDLE) != NULL
           && strncmp(f->name, "package.", 8) != 0;
}

int
observe_c_module_same(lua_State *L, Recorder *rec, const Fact *f)
{
    const char *middle = strstr(f->name, MIDDLE);
    unsigned char now[HASH_SIZE];

    luaL_checkstack(L, 10, "modules");
    return state_of(L, rec, f->name, (size_t)(middle - f->name), middle + sizeof MIDDLE - 1, now)
           && memcmp(now, f->digest, HASH_SIZE) == 0;
}

static void
push_found(void *arg, const char *path)
{
    lua_State *L = arg;

    lua_pushstring(L, path);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

int
observe_c_module_l_libraries(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int uses_libm = 0;

    lua_newtable(L);
    shared_library_needs(path, push_found, L, &uses_libm);
    lua_pushboolean(L, uses_libm);
    return 2;
}
