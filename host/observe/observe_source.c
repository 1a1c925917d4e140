/* observe_source.c -- see observe_source.h */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded/embedded.h"
#include "observe/observe_source.h"
#include "observe/observelib.h"
#include "os/sys.h"

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

int
observe_source_is_pretender(const char *chunk, char *name, size_t size)
{
    if (!chunk || !embedded_is_ours(chunk))
        return 0;
    snprintf(name, size, "@./%s", chunk + 1);
    return 1;
}

/* Behind a line "#..." Lua would take bytecode too. */
int
observe_source_compile(lua_State *L, const char *p, size_t n, const char *chunk, const char *mode,
                       const char *who)
{
    char name[PATH_MAX];

    if (observe_source_is_pretender(chunk, name, sizeof name))
        chunk = name;
    p = skip_head(p, &n);
    if ((n && *p == LUA_SIGNATURE[0]) || (n > 1 && *p == '\n' && p[1] == LUA_SIGNATURE[0])) {
        lua_pushfstring(L, "%s: %s", who, OBSERVE_SOURCE_REFUSED);
        return LUA_ERRSYNTAX;
    }
    return luaL_loadbufferx(L, p, n, chunk, mode);
}

void
observe_source_keep(lua_State *L, const char *name, int text, const unsigned char digest[HASH_SIZE])
{
    recorder_held(L, HELD_SOURCE_KEYS);
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
    recorder_held(L, HELD_SOURCES);
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
observe_source_name(const Recorder *rec, const char *path, char *out, size_t size)
{
    size_t n = rec->base ? strlen(rec->base) : 0;
    char full[PATH_MAX];

    if (fact_normal_path(path, full, sizeof full) < 0)
        full[0] = 0;
    if (n && strncmp(full, rec->base, n) == 0 && full[n] == '/')
        snprintf(out, size, "%s", full + n + 1);
    else
        snprintf(out, size, "%s", full);
}

/* Reads the open file to its end into o->text. */
static int
read_all(Recorder *rec, int fd)
{
    rec->text.len = 0;
    for (;;) {
        ssize_t got;

        if (buf_reserve(&rec->text, 16384)) {
            errno = ENOMEM;
            return -1;
        }
        got = read(fd, rec->text.data + rec->text.len, rec->text.cap - rec->text.len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : 0;
        rec->text.len += (size_t)got;
    }
}

const char *
observe_source_reason(int code)
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
observe_source_read(lua_State *L, Recorder *rec, const char *path, FileState *state,
                    const char **verb)
{
    char full[PATH_MAX];
    int fd, bad;
    Err err;

    memset(state, 0, sizeof *state);
    *verb = "open";
    if (recorder_full_path(rec, path, full, sizeof full)) {
        state->code = ENAMETOOLONG;
        return 0;
    }
    fd = sys_open_file(full, SYS_STREAM, &err);
    if (fd < 0) {
        state->code = fd != ERR_INVAL ? errno : is_folder(full) ? EISDIR : EINVAL;
        *verb = state->code == EISDIR ? "read" : "open";
        return 0;
    }
    *verb = "read";
    bad = file_state_stat_fd(fd, state, &err) || read_all(rec, fd);
    if (bad)
        state->code = errno;
    close(fd);
    if (bad)
        return 0;
    hash_of(rec->text.data, rec->text.len, state->digest);
    lua_pushlstring(L, (const char *)rec->text.data, rec->text.len);
    return 1;
}

/* observe.sources() -> list of { path =, digest =, text = } */
int
observe_source_l_sources(lua_State *L)
{
    lua_Integer n;

    recorder_held(L, HELD_SOURCES);
    n = (lua_Integer)lua_rawlen(L, -1);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -2, i);
        lua_rawseti(L, -2, i);
    }
    return 1;
}
