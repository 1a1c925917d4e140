/* recorder.c -- see recorder.h: the recorder, its recordings, the facts and marks in them */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "observe/recorder.h"

static const char KEY[] = "rille.recorder", RECORDING[] = "rille.recording";

/* ---- the recorder ---- */

static int
l_release(lua_State *L)
{
    Recorder *rec = lua_touserdata(L, 1);

    rec->top = rec->step = NULL;
    rec->random = NULL;
    free(rec->base);
    free(rec->tmpdir);
    free(rec->tmp_real);
    rec->base = rec->tmpdir = rec->tmp_real = NULL;
    capped_log_release(&rec->log);
    buf_release(&rec->unwritten);
    buf_release(&rec->out);
    buf_release(&rec->text);
    fact_set_release(&rec->hashed);
    fact_set_release(&rec->plan);
    return 0;
}

static int
l_recorder_gc(lua_State *L)
{
    Recording *recording = lua_touserdata(L, 1);

    if (recording->is_open)
        recorder_leave(recording->owner, recording);
    fact_set_release(&recording->facts);
    return 0;
}

static void
make_recorder(lua_State *L)
{
    Recorder *rec = lua_newuserdatauv(L, sizeof *rec, HELD_LAST);

    memset(rec, 0, sizeof *rec);
    rec->sandbox = sandbox_of(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_release);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    for (int i = 1; i <= HELD_LAST; i++)
        if (i == HELD_MODULES || i == HELD_SOURCES || i == HELD_SOURCE_KEYS
            || i == HELD_FILE_FINGERPRINTS || i == HELD_CODES || i == HELD_HANDLES) {
            lua_newtable(L);
            lua_setiuservalue(L, -2, i);
        }
    luaL_newmetatable(L, RECORDING);
    lua_pushcfunction(L, l_recorder_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, KEY);
}

Recorder *
recorder_find(lua_State *L)
{
    Recorder *rec;

    lua_getfield(L, LUA_REGISTRYINDEX, KEY);
    rec = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return rec;
}

void
recorder_push(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, KEY) == LUA_TNIL) {
        lua_pop(L, 1);
        make_recorder(L);
    }
}

Recorder *
recorder_of(lua_State *L)
{
    Recorder *rec;

    recorder_push(L);
    rec = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return rec;
}

int
recorder_held(lua_State *L, int which)
{
    int type;

    recorder_push(L);
    type = lua_getiuservalue(L, -1, which);
    lua_remove(L, -2);
    return type;
}

void
recorder_hold(lua_State *L, int which)
{
    recorder_push(L);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, which);
    lua_pop(L, 1);
}

/* ---- recorders ---- */

Recording *
recording_new(lua_State *L, Recorder *rec)
{
    Recording *recording = lua_newuserdatauv(L, sizeof *recording, 0);

    memset(recording, 0, sizeof *recording);
    recording->owner = rec;
    luaL_setmetatable(L, RECORDING);
    return recording;
}

void
recorder_enter(Recorder *rec, Recording *recording)
{
    recording->parent = rec->top;
    recording->is_open = 1;
    rec->top = recording;
}

void
recorder_leave(Recorder *rec, Recording *recording)
{
    Recording *t = rec->top;

    while (t && t != recording)
        t = t->parent;
    while (t && rec->top != recording) {          /* those above it go too */
        rec->top->is_open = 0;
        rec->top = rec->top->parent;
    }
    if (t)
        rec->top = recording->parent;
    recording->is_open = 0;
    if (rec->step == recording)
        rec->step = NULL;
}

Fact *
recording_put(lua_State *L, Recording *recording, FactKind kind, const char *name)
{
    Fact *f;

    if (fact_put(&recording->facts, kind, name, strlen(name), &f))
        luaL_error(L, "out of memory");
    return f;
}

void
recording_put_value(lua_State *L, Fact *f, const char *p, size_t n)
{
    if (fact_set_value(f, p, n))
        luaL_error(L, "out of memory");
}

/* ---- facts ---- */

/* "digits.lua:14" of the innermost Lua function that is not rille's. */
static int
position_in(lua_State *L, char *out, size_t size)
{
    lua_Debug ar;

    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline < 0 || embedded_is_ours(ar.source))
            continue;
        snprintf(out, size, "%s:%d", ar.short_src, ar.currentline);
        return 1;
    }
    return 0;
}

/* The stack of a coroutine whose body is a C function has no line. */
static void
position(lua_State *L, const Recorder *rec, char *out, size_t size)
{
    if (!position_in(L, out, size)
        && (!rec->step || rec->main == L || !position_in(rec->main, out, size)))
        snprintf(out, size, "?");
}

int
recorder_called_by_rille(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline >= 0)
            return embedded_is_ours(ar.source);
    }
    return 0;
}

void
recorder_note_impure(lua_State *L, Recorder *rec, const char *what)
{
    char where[LUA_IDSIZE + 16];

    if (fact_find(&rec->top->facts, MARK_IMPURE, what, strlen(what)))
        return;
    position(L, rec, where, sizeof where);
    recording_put_value(L, recording_put(L, rec->top, MARK_IMPURE, what), where, strlen(where));
}

void
recorder_note_failure(lua_State *L, Recorder *rec, const char *what, const char *command, int first)
{
    char where[LUA_IDSIZE + 16];
    const char *name, *text, *how = lua_tostring(L, first + 1);
    lua_Integer code = lua_tointeger(L, first + 2);
    int top = lua_gettop(L);

    if (!rec->step || lua_toboolean(L, first) || !how || (strcmp(how, "exit") == 0 && code == 141)
        || (strcmp(how, "signal") == 0 && code == SIGPIPE))
        return;
    name = lua_pushfstring(L, "%s\n%s", what, command);
    if (!fact_find(&rec->step->facts, MARK_ENDED, name, strlen(name))) {
        position(L, rec, where, sizeof where);
        /* for a shell that could not be started there is the message of the system */
        text = strcmp(how, "exit") == 0 || strcmp(how, "signal") == 0
                   ? lua_pushfstring(L, "%s %I\n%s", how, (LUAI_UACINT)code, where)
                   : lua_pushfstring(L, "%s\n%s", how, where);
        recording_put_value(L, recording_put(L, rec->step, MARK_ENDED, name), text, strlen(text));
    }
    lua_settop(L, top);
}

void
recording_mark_changed(lua_State *L, Recording *recording, const char *name)
{
    recording_put(L, recording, MARK_CHANGED, name);
}

void
recorder_env_digest(const char *name, const char *value, unsigned char out[HASH_SIZE])
{
    Hash h;

    hash_init(&h);
    hash_field(&h, 'k', "rille-env/1", 11);
    hash_field(&h, 'n', name, strlen(name));
    if (value)
        hash_field(&h, 'v', value, strlen(value));
    hash_final(&h, out);
}
