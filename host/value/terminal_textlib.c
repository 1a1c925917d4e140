/* terminal_textlib.c -- rille.host.terminal_text, the Lua face of terminal_text.h */
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "os/sys.h"

int luaopen_rille_host_terminal_text(lua_State *L);

enum { MARK_SIZE = 16 };
static const char BUFFER[] = "rille.terminal.buffer";

static int
release(lua_State *L)
{
    buf_release(luaL_checkudata(L, 1, BUFFER));
    return 0;
}

/* The first argument in the form; the mark is the function's first upvalue. */
static int
push_text(lua_State *L, TerminalForm form)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);
    const char *mark = lua_tostring(L, lua_upvalueindex(1));
    Buf *b = lua_newuserdatauv(L, sizeof *b, 0);

    buf_init(b);
    luaL_setmetatable(L, BUFFER);
    if (terminal_text(b, p, n, form, mark))
        return luaL_error(L, "out of memory");
    lua_pushlstring(L, b->len ? (char *)b->data : "", b->len);
    buf_release(b);
    return 1;
}

/* terminal.lines(text) -> text for a terminal; what terminal.sequence made goes out */
static int
l_lines(lua_State *L)
{
    return push_text(L, TERMINAL_LINES);
}

/* terminal.line(text) -> one line of printable text */
static int
l_line(lua_State *L)
{
    return push_text(L, TERMINAL_LINE);
}

/* terminal.log(text) -> what a step printed, for terminal.lines */
static int
l_log(lua_State *L)
{
    return push_text(L, TERMINAL_LOG);
}

/* terminal.sequence(text) -> ESC and the text, as terminal.lines lets it through */
static int
l_sequence(lua_State *L)
{
    lua_pushliteral(L, "\033");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushstring(L, luaL_checkstring(L, 1));
    lua_concat(L, 3);
    return 1;
}

/* terminal.is(fd) -> boolean */
static int
l_is(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

static void
push_mark(lua_State *L)
{
    unsigned char random[MARK_SIZE / 2];
    char mark[MARK_SIZE + 1];
    Err err;

    if (sys_random(random, sizeof random, &err))
        bind_raise(L, &err);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(mark + 2 * i, 3, "%02x", random[i]);
    lua_pushstring(L, mark);
}

int
luaopen_rille_host_terminal_text(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"lines", l_lines}, {"line", l_line}, {"log", l_log}, {"sequence", l_sequence},
        {"is", l_is}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg buffer[] = {{"__gc", release}, {NULL, NULL}};

    bind_type(L, BUFFER, none, buffer);
    luaL_newlibtable(L, lib);
    push_mark(L);
    luaL_setfuncs(L, lib, 1);
    return 1;
}
