/* observe.c -- see observe.h */
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/recorder.h"

void
observe_resolve(lua_State *L, const char *path, char *out, size_t size)
{
    static const Recorder none;
    const Recorder *rec = recorder_find(L);

    if (recorder_full_path(rec ? rec : &none, path, out, size))
        bind_error(L, "%s: the path is too long", path);
}

void
observe_read(lua_State *L, const char *path, char *out, size_t size)
{
    Recorder *rec = recorder_find(L);

    observe_resolve(L, path, out, size);
    if (rec && rec->top)
        recorder_note_read(L, rec, path, -1);
}

void
observe_folder(lua_State *L, const char *path, char *out, size_t size)
{
    observe_read(L, path, out, size);
}

void
observe_write(lua_State *L, const char *path, char *out, size_t size)
{
    Recorder *rec = recorder_find(L);

    observe_resolve(L, path, out, size);
    if (rec && rec->top)
        recorder_note_write(L, rec, path);
}

void
observe_value(lua_State *L, const char *name, const char *p, size_t n)
{
    Recorder *rec = recorder_find(L);
    Fact *f;

    if (!rec || !rec->step)
        return;
    f = fact_find(&rec->step->facts, FACT_VALUE, name, strlen(name));
    if (f && (f->value_len != n || memcmp(f->value, p, n) != 0))
        recording_mark_changed(L, rec->step, name);
    if (!f)
        recording_put_value(L, recording_put(L, rec->step, FACT_VALUE, name), p, n);
}

void
observe_env(lua_State *L, const char *name)
{
    Recorder *rec = recorder_find(L);

    if (rec && rec->top)
        recorder_env_digest(name, getenv(name), recording_put(L, rec->top, FACT_ENV, name)->digest);
}

void
observe_impure(lua_State *L, const char *what)
{
    Recorder *rec = recorder_find(L);

    if (rec && rec->top)
        recorder_note_impure(L, rec, what);
}
