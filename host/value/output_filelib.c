/* output_filelib.c -- rille.host.output_file, the Lua face of output_file.h */
#include "base/bind.h"
#include "base/buf.h"
#include "os/output_file.h"
#include "os/sys.h"

static const char TYPE[] = "rille.output_file";

enum { FLUSH_AT = 65536 };

typedef struct Output {
    OutputFile file;
    Buf pending;
} Output;

int luaopen_rille_host_output_file(lua_State *L);

static Output *
check(lua_State *L)
{
    Output *o = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, o->file.fd >= 0, 1, "the file is closed");
    return o;
}

/* true | nil, message, code */
static int
answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

static int
flush(Output *o, Err *err)
{
    int rc = sys_write(o->file.fd, o->pending.data, o->pending.len, o->file.path, err);

    o->pending.len = 0;
    return rc;
}

/* output_file.write(path, bytes) -> true | nil, message, code */
static int
l_write_all(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *p = luaL_checklstring(L, 2, &n);
    Err err;

    return answer(L, output_file_write(path, p, n, &err), &err);
}

/* output_file.open(path) -> a value to close | nil, message, code; without f:commit() nothing
 * is written to a regular file */
static int
l_open(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    Output *o = lua_newuserdatauv(L, sizeof *o, 0);
    Err err;

    o->file.fd = -1;
    buf_init(&o->pending);
    luaL_setmetatable(L, TYPE);
    return output_file_open(&o->file, path, &err) ? bind_fail(L, &err) : 1;
}

/* f:write(bytes) -> true | nil, message, code */
static int
l_write(lua_State *L)
{
    Output *o = check(L);
    size_t n;
    const char *p = luaL_checklstring(L, 2, &n);
    int rc = OK;
    Err err;

    if (buf_put(&o->pending, p, n))
        rc = err_nomem(&err);
    else if (o->pending.len >= FLUSH_AT)
        rc = flush(o, &err);
    return answer(L, rc, &err);
}

/* f:commit() -> true | nil, message, code */
static int
l_commit(lua_State *L)
{
    Output *o = check(L);
    Err err;
    int rc = flush(o, &err);

    if (rc)
        output_file_discard(&o->file);
    else
        rc = output_file_commit(&o->file, &err);
    return answer(L, rc, &err);
}

static int
l_discard(lua_State *L)
{
    Output *o = luaL_checkudata(L, 1, TYPE);

    output_file_discard(&o->file);
    buf_release(&o->pending);
    return 0;
}

int
luaopen_rille_host_output_file(lua_State *L)
{
    static const luaL_Reg lib[] = {{"write", l_write_all}, {"open", l_open}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"write", l_write}, {"commit", l_commit}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_discard}, {"__close", l_discard}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}
