/* data_flowlib.c -- rille.host.data_flow: what code does with its arguments and with the results
 * of its calls (data_flow.h).
 *
 * A fact is { kind = "test"|"equal"|"read"|"write"|"call"|"pass", line, path, name =, tested =,
 * callee =, place = }.  A path is a list that begins with the number of an argument, or with the
 * number of an upvalue, negative; each further element is the name of a field, or the
 * number of a result. */
#include <limits.h>

#include "base/bind.h"
#include "fingerprint/data_flow.h"

#define TYPE "rille.flow"

int luaopen_rille_host_data_flow(lua_State *L);

typedef struct Box {
    DataFlow flow;
    Buf dump;
} Box;

static int
l_gc(lua_State *L)
{
    Box *box = lua_touserdata(L, 1);

    data_flow_release(&box->flow);
    buf_release(&box->dump);
    return 0;
}

static int
write_dump(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    return buf_put(ud, p, n);
}

/* Pushes the path of a term, which has an outermost term. */
static void
push_path(lua_State *L, const DataFlow *f, uint32_t term)
{
    const FlowTerm *t = &f->terms[term];
    int n = 1;

    for (const FlowTerm *up = t; up->from; up = &f->terms[up->from])
        n++;
    lua_createtable(L, n, 0);
    for (;; t = &f->terms[t->from]) {
        if (t->kind == FLOW_FIELD)
            lua_pushlstring(L, t->name, t->len);
        else
            lua_pushinteger(L, t->kind == FLOW_UP ? -t->n : t->n);
        lua_rawseti(L, -2, n--);
        if (!t->from)
            return;
    }
}

static void
push_fact(lua_State *L, const DataFlow *f, const FlowFact *fact)
{
    static const char *const kinds[] = {"test", "equal", "read", "write", "call", "pass"};

    lua_createtable(L, 0, 5);
    lua_pushstring(L, kinds[fact->kind]);
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, fact->line);
    lua_setfield(L, -2, "line");
    push_path(L, f, fact->term);
    lua_setfield(L, -2, "path");
    if (fact->name) {
        lua_pushlstring(L, fact->name, fact->len);
        lua_setfield(L, -2, "name");
    }
    if (fact->tested) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "tested");
    }
    if (fact->kind == FLOW_PASS) {
        push_path(L, f, fact->callee);
        lua_setfield(L, -2, "callee");
        lua_pushinteger(L, fact->place);
        lua_setfield(L, -2, "place");
    }
}

/* The number of the argument that the term begins with, or a large one. */
static int
argument_of(const DataFlow *f, uint32_t term)
{
    const FlowTerm *t = &f->terms[term];

    while (t->from)
        t = &f->terms[t->from];
    return t->kind == FLOW_ARG ? t->n : INT_MAX;
}

/* All facts, or those on conditions and of no argument up to skip; nothing when there
 * are none of these. */
static int
push_wanted(lua_State *L, const DataFlow *f, int branches, int skip)
{
    lua_Integer n = 0;

    lua_newtable(L);
    for (size_t i = 0; i < f->nfacts; i++) {
        const FlowFact *fact = &f->facts[i];

        if (branches && ((fact->kind != FLOW_TEST && fact->kind != FLOW_EQUAL) ||
                         argument_of(f, fact->term) <= skip))
            continue;
        push_fact(L, f, fact);
        lua_rawseti(L, -2, ++n);
    }
    return branches && n == 0 ? 0 : 1;
}

static int
push_facts(lua_State *L, int branches, int skip)
{
    Box *box;
    Err err;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    if (lua_iscfunction(L, 1))
        return 0;
    box = lua_newuserdatauv(L, sizeof *box, 0);
    data_flow_init(&box->flow);
    buf_init(&box->dump);
    luaL_setmetatable(L, TYPE);
    lua_pushvalue(L, 1);
    if (lua_dump(L, write_dump, &box->dump, 0))
        return luaL_error(L, "out of memory");
    if (data_flow_read(&box->flow, box->dump.data, box->dump.len, branches, &err))
        return bind_raise(L, &err);
    return push_wanted(L, &box->flow, branches, skip);
}

/* flow.of(f) -> facts
 *            -> nil                for a function of C */
static int
l_of(lua_State *L)
{
    return push_facts(L, 0, 0);
}

/* flow.of_branches(f, skip) -> facts of the kinds test and equal, of no argument up to
 *                              number skip
 *                           -> nil when there are none */
static int
l_of_branches(lua_State *L)
{
    return push_facts(L, 1, (int)luaL_checkinteger(L, 2));
}

int
luaopen_rille_host_data_flow(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"of", l_of}, {"of_branches", l_of_branches}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {NULL, NULL}};

    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, meta, 0);
    lua_pop(L, 1);
    luaL_newlib(L, lib);
    return 1;
}
