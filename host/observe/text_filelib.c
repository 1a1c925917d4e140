/* text_filelib.c -- rille.host.text_file: the text of a file, unpacked and as UTF-8 (text_file.h)
 *
 * Paths are those of scripts; a running step is seen to read them. */
#include <limits.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "format/text_file.h"
#include "observe/observe.h"
#include "observe/text_filelib.h"

#define TYPE "rille.text file"
#define BYTES "rille.text file bytes"

int luaopen_rille_host_text_file(lua_State *L);

TextEncoding
text_filelib_encoding(lua_State *L, const char *function, const char *name)
{
    luaL_Buffer known;

    if (!name)
        return TEXT_UTF8;
    for (int i = 0; i < TEXT_ENCODING_NAMES; i++)
        if (strcmp(name, text_encoding_names[i]) == 0)
            return text_encodings[i];
    luaL_buffinit(L, &known);
    for (int i = 0; i < TEXT_ENCODINGS_USUAL; i++) {
        luaL_addstring(&known, i ? ", " : "");
        luaL_addstring(&known, text_encoding_names[i]);
    }
    luaL_pushresult(&known);
    bind_error(L, "%s: encoding: there is no \"%s\"; known are %s", function, name,
               lua_tostring(L, -1));
    return TEXT_UTF8;
}

static int
l_bytes_gc(lua_State *L)
{
    buf_release(luaL_checkudata(L, 1, BYTES));
    return 0;
}

void
text_filelib_push(lua_State *L, const char *path, TextEncoding encoding, const char *format)
{
    static const luaL_Reg none[] = {{NULL, NULL}}, meta[] = {{"__gc", l_bytes_gc}, {NULL, NULL}};
    TextFileHow how = {path, format, encoding};
    char resolved[PATH_MAX];
    Buf *text = lua_newuserdatauv(L, sizeof *text, 0);
    Err err;

    buf_init(text);
    bind_type(L, BYTES, none, meta);
    luaL_setmetatable(L, BYTES);
    observe_read(L, path, resolved, sizeof resolved);
    if (text_file_read(resolved, &how, text, &err))
        bind_error(L, "%s", err.msg);
    lua_pushlstring(L, text->len ? (const char *)text->data : "", text->len);
    buf_release(text);
    lua_remove(L, -2);
}

/* text_file.read(path, encoding or nil, format, function) -> text
 * raises */
static int
l_read(lua_State *L)
{
    static const char *const formats[] = {"JSON", "JSON lines", NULL};
    const char *path = luaL_checkstring(L, 1);
    TextEncoding encoding = text_filelib_encoding(L, luaL_checkstring(L, 4),
                                                  luaL_optstring(L, 2, NULL));

    text_filelib_push(L, path, encoding, formats[luaL_checkoption(L, 3, NULL, formats)]);
    return 1;
}

static int
l_close(lua_State *L)
{
    TextFile **box = luaL_checkudata(L, 1, TYPE);

    text_file_close(*box);
    *box = NULL;
    return 0;
}

/* file:line() -> text | nil behind the last
 * raises */
static int
l_line(lua_State *L)
{
    TextFile *f = bind_check(L, 1, TYPE);
    const char *line;
    size_t len;
    Err err;
    int got = text_file_line(f, &line, &len, &err);

    if (got < 0)
        return bind_error(L, "%s", err.msg);
    if (got == 0)
        return 0;
    lua_pushlstring(L, line, len);
    return 1;
}

/* text_file.open(path, encoding or nil, function) -> file of JSON lines; closed by close or <close>
 * raises */
static int
l_open(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const char *encoding = luaL_optstring(L, 2, NULL);
    TextFileHow how = {path, "JSON lines",
                       text_filelib_encoding(L, luaL_checkstring(L, 3), encoding)};
    char resolved[PATH_MAX];
    TextFile **box;
    Err err;

    observe_read(L, path, resolved, sizeof resolved);
    box = lua_newuserdatauv(L, sizeof *box, 1);
    *box = NULL;
    luaL_setmetatable(L, TYPE);
    lua_pushvalue(L, 1);                /* the name lives there */
    lua_setiuservalue(L, -2, 1);
    if (text_file_open(box, resolved, &how, &err))
        return bind_error(L, "%s", err.msg);
    return 1;
}

int
luaopen_rille_host_text_file(lua_State *L)
{
    static const luaL_Reg lib[] = {{"read", l_read}, {"open", l_open}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"line", l_line}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_getmetatable(L, TYPE);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "__reader");    /* a fingerprint refuses one, wherever it is captured */
    luaL_newlib(L, lib);
    return 1;
}
