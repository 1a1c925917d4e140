/* observe_load.c -- rille.host.observe: the ways by which code comes in.
 *
 * Only text is compiled; bytecode can crash any Lua.  Every file that is compiled is
 * kept as a source. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "observe/recorder.h"
#include "os/sys.h"

static const char REFUSED[] = "bytecode is refused";

/* ---- compiling ---- */

/* The text without a byte order mark and the content of a first line "#...". */
static const char *
skip_head(const char *p, size_t *n)
{
    const char *end = p + *n;

    if (*n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    if (p < end && *p == '#')
        while (p < end && *p != '\n')
            p++;
    *n = (size_t)(end - p);
    return p;
}

/* Whether a script's chunk has a name that only rille's own may have; then NAME is what
 * it is called instead. */
static int
is_pretender(const char *chunk, char *name, size_t size)
{
    if (!chunk || !embedded_is_ours(chunk))
        return 0;
    snprintf(name, size, "@./%s", chunk + 1);
    return 1;
}

/* Behind a line "#..." Lua would take bytecode too. */
int
observer_compile(lua_State *L, const char *p, size_t n, const char *chunk,
                 const char *mode, const char *who)
{
    char name[PATH_MAX];

    if (is_pretender(chunk, name, sizeof name))
        chunk = name;
    p = skip_head(p, &n);
    if ((n && *p == LUA_SIGNATURE[0]) || (n > 1 && *p == '\n' && p[1] == LUA_SIGNATURE[0])) {
        lua_pushfstring(L, "%s: %s", who, REFUSED);
        return LUA_ERRSYNTAX;
    }
    return luaL_loadbufferx(L, p, n, chunk, mode);
}

void
observer_source(lua_State *L, const char *name, int text,
                const unsigned char digest[HASH_SIZE])
{
    observer_held(L, HELD_SOURCE_KEYS);
    lua_pushlstring(L, (const char *)digest, HASH_SIZE);
    lua_pushstring(L, name);
    lua_concat(L, 2);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) {
        lua_pop(L, 3);
        return;
    }
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    observer_held(L, HELD_SOURCES);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "path");
    lua_pushlstring(L, (const char *)digest, HASH_SIZE);
    lua_setfield(L, -2, "digest");
    lua_pushvalue(L, text);
    lua_setfield(L, -2, "text");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

void
observer_source_name(const Observer *o, const char *path, char *out, size_t size)
{
    size_t n = o->base ? strlen(o->base) : 0;
    char full[PATH_MAX];

    if (fact_normal_path(path, full, sizeof full) < 0)
        full[0] = 0;
    if (n && strncmp(full, o->base, n) == 0 && full[n] == '/')
        snprintf(out, size, "%s", full + n + 1);
    else
        snprintf(out, size, "%s", full);
}

/* Reads the open file to its end into o->text. */
static int
read_all(Observer *o, int fd)
{
    o->text.len = 0;
    for (;;) {
        ssize_t got;

        if (buf_reserve(&o->text, 16384)) {
            errno = ENOMEM;
            return -1;
        }
        got = read(fd, o->text.data + o->text.len, o->text.cap - o->text.len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : 0;
        o->text.len += (size_t)got;
    }
}

const char *
observer_reason(int code)
{
    return code == EINVAL ? "it is not a file" : err_reason(code);
}

static int
is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
observer_text(lua_State *L, Observer *o, const char *path, Probe *p, const char **verb)
{
    char full[PATH_MAX];
    int fd, bad;
    Err err;

    memset(p, 0, sizeof *p);
    *verb = "open";
    if (observer_full(o, path, full, sizeof full)) {
        p->code = ENAMETOOLONG;
        return 0;
    }
    fd = sys_open_file(full, SYS_STREAM, &err);
    if (fd < 0) {
        p->code = fd != ERR_INVAL ? errno : is_folder(full) ? EISDIR : EINVAL;
        *verb = p->code == EISDIR ? "read" : "open";
        return 0;
    }
    *verb = "read";
    bad = probe_fd_stat(fd, p, &err) || read_all(o, fd);
    if (bad)
        p->code = errno;
    close(fd);
    if (bad)
        return 0;
    hash_of(o->text.data, o->text.len, p->digest);
    lua_pushlstring(L, (const char *)o->text.data, o->text.len);
    return 1;
}

/* Loads a file as loadfile does: pushes a function, or a message and returns a
 * status.  Records that it was read, and what its code is.  sandbox: in an environment
 * of the caller's. */
static int
load_file(lua_State *L, Observer *o, const char *path, const char *mode, int sandbox)
{
    char name[PATH_MAX];
    const char *verb, *text;
    int status, at;
    size_t n;
    Probe p;

    if (o->top)
        observer_file(L, o, path, -1);
    if (!observer_text(L, o, path, &p, &verb)) {
        lua_pushfstring(L, "cannot %s %s: %s", verb, path,
                        observer_reason(p.code));
        return LUA_ERRFILE;
    }
    at = lua_gettop(L);
    observer_source_name(o, path, name, sizeof name);
    observer_source(L, name, at, p.digest);
    text = lua_tolstring(L, at, &n);
    lua_pushfstring(L, "@%s", path);
    status = observer_compile(L, text, n, lua_tostring(L, -1), mode, path);
    if (!status)
        observer_code(L, o, path, sandbox);
    lua_replace(L, at);
    lua_settop(L, at);
    return status;
}

/* Text is never "b" here: with a mode that does not want text, Lua says so. */
static const char *
text_mode(lua_State *L, int arg)
{
    const char *mode = luaL_optstring(L, arg, "t");

    return strchr(mode, 't') ? "t" : mode;
}

/* observe.load_script(path | nil, text, chunkname) -> function | nil, message */
int
observe_l_load_script(lua_State *L)
{
    Observer *o = observer_of(L);
    const char *path = luaL_optstring(L, 1, NULL), *text, *chunk;
    unsigned char digest[HASH_SIZE];
    char name[PATH_MAX];
    size_t n;

    text = luaL_checklstring(L, 2, &n);
    chunk = luaL_checkstring(L, 3);
    hash_of(text, n, digest);
    if (path)
        observer_source_name(o, path, name, sizeof name);
    else
        snprintf(name, sizeof name, "%s", chunk + (*chunk == '@' || *chunk == '='));
    observer_source(L, name, 2, digest);
    if (observer_compile(L, text, n, chunk, "t", name)) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    return 1;
}

/* observe.sources() -> list of { path =, digest =, text = } */
int
observe_l_sources(lua_State *L)
{
    lua_Integer n;

    observer_held(L, HELD_SOURCES);
    n = (lua_Integer)lua_rawlen(L, -1);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -2, i);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* ---- load, loadfile, dofile ---- */

static int
failed(lua_State *L)
{
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* load(chunk[, chunkname[, mode[, env]]]) -> function | nil, message */
static int
l_load(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *mode = luaL_optstring(L, 3, "bt"), *text, *message;
    char name[PATH_MAX];
    int results;
    size_t n;

    if (o->top) {
        observer_impure(L, o, "load");
        o->top->untold = 1;
    }
    if (is_pretender(lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL, name,
                     sizeof name)) {
        lua_pushstring(L, name);
        lua_replace(L, 2);
    }
    if (lua_type(L, 1) == LUA_TNUMBER || lua_type(L, 1) == LUA_TSTRING) {
        text = lua_tolstring(L, 1, &n);
        if (n && text[0] == LUA_SIGNATURE[0]) {
            lua_pushstring(L, REFUSED);
            return failed(L);
        }
        return o->raw[RAW_LOAD](L);
    }
    if (lua_gettop(L) < 3)
        lua_settop(L, 3);
    lua_pushstring(L, strchr(mode, 't') ? "t" : "n");
    lua_replace(L, 3);
    results = o->raw[RAW_LOAD](L);
    message = results == 2 ? lua_tostring(L, -1) : NULL;
    if (message && strstr(message, "attempt to load a binary chunk")) {
        lua_pushstring(L, REFUSED);
        return failed(L);
    }
    return results;
}

/* loadfile([path[, mode[, env]]]) -> function | nil, message */
static int
l_loadfile(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *path = luaL_optstring(L, 1, NULL), *mode = text_mode(L, 2);
    int has_env = !lua_isnone(L, 3), sandbox;

    if (!path) {
        if (o->top)
            observer_impure(L, o, "standard input");
        if (o->confine)         /* it is empty */
            return luaL_loadbuffer(L, "", 0, "=stdin") ? lua_error(L) : 1;
        if (lua_gettop(L) < 2)
            lua_settop(L, 2);
        lua_pushstring(L, strchr(mode, 't') ? "t" : "n");
        lua_replace(L, 2);
        return o->raw[RAW_LOADFILE](L);
    }
    lua_pushglobaltable(L);
    sandbox = has_env && !lua_rawequal(L, 3, -1);
    lua_pop(L, 1);
    if (load_file(L, o, path, mode, sandbox))
        return failed(L);
    if (has_env) {
        lua_pushvalue(L, 3);
        if (!lua_setupvalue(L, -2, 1))
            lua_pop(L, 1);
    }
    return 1;
}

static int
after_dofile(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    (void)ctx;
    return lua_gettop(L) - 1;
}

/* dofile([path]) -> what the chunk returns; raises when it cannot be loaded */
static int
l_dofile(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *path = luaL_optstring(L, 1, NULL);

    lua_settop(L, 1);
    if (!path && o->top)
        observer_impure(L, o, "standard input");
    if (path         ? load_file(L, o, path, "t", 0)
        : o->confine ? luaL_loadbuffer(L, "", 0, "=stdin")
                     : luaL_loadfilex(L, NULL, "t"))
        return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, after_dofile);
    return after_dofile(L, 0, 0);
}

const Wrap observe_load_wraps[] = {
    {RAW_LOAD, NULL, "load", l_load},
    {RAW_LOADFILE, NULL, "loadfile", l_loadfile},
    {RAW_DOFILE, NULL, "dofile", l_dofile},
    {0, NULL, NULL, NULL}};
