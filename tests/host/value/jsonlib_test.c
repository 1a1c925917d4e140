/* jsonlib_test.c -- rille.json when memory runs out */
#include "check.h"
#include "modules.h"

/* A Lua allocator that gives nothing from the n-th new byte on. */
static void *
failing_alloc(void *ud, void *p, size_t old, size_t new)
{
    long *left = ud;

    (void)old;
    if (new == 0) {
        free(p);
        return NULL;
    }
    if (!p || new > old) {
        if (*left == 0)
            return NULL;
        --*left;
    }
    return realloc(p, new);
}

static int
open_and_run(lua_State *L)
{
    for (const luaL_Reg *f = modules; f->name; f++)
        if (strcmp(f->name, "rille.json") == 0 || strcmp(f->name, "rille.yaml") == 0) {
            luaL_requiref(L, f->name, f->func, 0);
            lua_setglobal(L, f->name + 6);
        }
    luaL_loadstring(L,
        "local v = { 1, 2.5, 'x', { a = { b = '\\xff', c = { [3] = 1, x = {} } } } }\n"
        "local s = json.pack(v)\n"
        "if json.pack(json.unpack(s)) ~= s then error 'differs' end\n"
        "local t = { a = { 1, { b = 'c' } }, d = json.array {} }\n"
        "if json.encode(json.decode(json.encode(t, { indent = 1 }))) ~= json.encode(t)\n"
        "then error 'differs' end\n"
        "if yaml.encode((yaml.decode(yaml.encode(t)))) ~= yaml.encode(t)\n"
        "then error 'differs' end\n");
    lua_call(L, 0, 0);
    return 0;
}

static void
memory_that_runs_out_is_an_error_and_leaks_nothing(void)
{
    int done = 0;

    for (long n = 0; n < 5000 && !done; n++) {
        long left = -1;
        lua_State *L = lua_newstate(failing_alloc, &left);

        CHECK(L != NULL);
        if (!L)
            return;
        lua_pushcfunction(L, open_and_run);
        left = n;
        done = lua_pcall(L, 0, 0, 0) == LUA_OK;
        if (!done)
            CHECK(strcmp(lua_tostring(L, -1), "not enough memory") == 0);
        left = -1;
        lua_close(L);
    }
    CHECK(done);
}

int
main(void)
{
    RUN(memory_that_runs_out_is_an_error_and_leaks_nothing);
    return check_done();
}
