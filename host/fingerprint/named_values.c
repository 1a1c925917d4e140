/* named_values.c -- see named_values.h */
#include <string.h>

#include "fingerprint/named_values.h"
#include "fingerprint/walk.h"

/* as many as a start has, since growing would slow it */
enum { PATHS = 2048, VALUES = 2048, SLOTS = 4096 };

NamedValues *
named_values_of(lua_State *L)
{
    return &((WalkState *)lua_touserdata(L, lua_upvalueindex(WALK_UP_STATE)))->named;
}

/* Memory of the collector for n elements, the first of which are copied; it replaces the one
 * that is kept under the key. */
static void *
grow(lua_State *L, int key, const void *old, size_t count, size_t n, size_t size)
{
    void *p = lua_newuserdatauv(L, n * size, 0);

    if (count)
        memcpy(p, old, count * size);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), key);
    return p;
}

static uint32_t
slot_of(const NamedValues *s, const void *address)
{
    uint64_t h = (uint64_t)(uintptr_t)address * 0x9E3779B97F4A7C15u;

    return (uint32_t)(h >> 32) & (s->nslots - 1);
}

/* The slot of the value, or the free one where it would be. */
static uint32_t *
find(const NamedValues *s, const void *address, int is_light)
{
    uint32_t i = slot_of(s, address);

    while (s->slots[i] && (s->values[s->slots[i]].address != address
                           || s->values[s->slots[i]].is_light != is_light))
        i = (i + 1) & (s->nslots - 1);
    return &s->slots[i];
}

/* Makes room for one more. */
static void
make_room(lua_State *L, NamedValues *s)
{
    uint32_t n = s->nslots ? 2 * s->nslots : SLOTS;

    if (s->nvalues + 1 >= s->max_values) {
        uint32_t max = s->max_values ? 2 * s->max_values : VALUES;

        s->values = grow(L, FIXED_VALUES, s->values, s->max_values ? s->nvalues + 1 : 0, max,
                         sizeof *s->values);
        s->max_values = max;
    }
    if (2 * (s->nvalues + 1) < s->nslots)
        return;
    s->slots = grow(L, FIXED_SLOTS, NULL, 0, n, sizeof *s->slots);
    s->nslots = n;
    memset(s->slots, 0, n * sizeof *s->slots);
    for (uint32_t i = 1; i <= s->nvalues; i++)
        *find(s, s->values[i].address, s->values[i].is_light) = i;
}

NamedValue *
named_values_find(const NamedValues *s, const void *address)
{
    uint32_t n = s->nslots ? *find(s, address, 0) : 0;

    return n ? &s->values[n] : NULL;
}

NamedValue *
named_values_get(lua_State *L, int idx)
{
    const NamedValues *s = named_values_of(L);
    int type = lua_type(L, idx);
    uint32_t n;

    if ((type != LUA_TTABLE && type != LUA_TFUNCTION && type != LUA_TUSERDATA
         && type != LUA_TLIGHTUSERDATA) || !s->nslots)
        return NULL;
    n = *find(s, lua_topointer(L, idx), type == LUA_TLIGHTUSERDATA);
    return n ? &s->values[n] : NULL;
}

/* The value at the top, which stays there, has no name yet. */
static NamedValue *
add_top(lua_State *L, NamedValues *s, const void *address, uint32_t path, int is_light)
{
    NamedValue *v;

    make_room(L, s);
    lua_pushvalue(L, -1);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_NAMED), s->nvalues + 1);
    v = &s->values[++s->nvalues];
    *v = (NamedValue){.address = address, .path = path, .is_light = (unsigned char)is_light};
    *find(s, address, is_light) = s->nvalues;
    return v;
}

NamedValue *
named_values_add(lua_State *L, int idx, uint32_t path)
{
    NamedValue *v = named_values_get(L, idx);

    if (v) {
        v->path = path;
        return v;
    }
    lua_pushvalue(L, idx);
    v = add_top(L, named_values_of(L), lua_topointer(L, -1), path,
                lua_type(L, -1) == LUA_TLIGHTUSERDATA);
    lua_pop(L, 1);
    return v;
}

NamedValue *
named_values_add_new(lua_State *L, NamedValues *s, const void *address, uint32_t path)
{
    return add_top(L, s, address, path, 0);
}

uint32_t
named_values_path(lua_State *L, NamedValues *s, uint32_t up, const char *part)
{
    if (s->npaths + 1 >= s->max_paths) {
        uint32_t max = s->max_paths ? 2 * s->max_paths : PATHS;

        s->paths = grow(L, FIXED_PATHS, s->paths, s->max_paths ? s->npaths + 1 : 0, max,
                        sizeof *s->paths);
        s->max_paths = max;
    }
    s->paths[++s->npaths] = (NamedPath){part, up};
    return s->npaths;
}

uint32_t
named_values_root(lua_State *L, const char *name)
{
    NamedValues *s = named_values_of(L);
    const char *copy = lua_pushstring(L, name);

    lua_rawseti(L, lua_upvalueindex(WALK_UP_ORIGINALS), ++s->noriginals);
    return named_values_path(L, s, 0, copy);
}

int
named_values_push(lua_State *L, int idx)
{
    const NamedValues *s = named_values_of(L);
    const NamedValue *v = named_values_get(L, idx);
    size_t n = 0;
    luaL_Buffer b;
    char *end;

    if (!v)
        return 0;
    for (uint32_t p = v->path; p; p = s->paths[p].up)
        n += strlen(s->paths[p].part) + (s->paths[p].up != 0);
    end = luaL_buffinitsize(L, &b, n) + n;
    for (uint32_t p = v->path; p; p = s->paths[p].up) {
        size_t m = strlen(s->paths[p].part);

        end -= m;
        memcpy(end, s->paths[p].part, m);
        if (s->paths[p].up)
            *--end = '.';
    }
    luaL_pushresultsize(&b, n);
    return 1;
}

void
named_values_keep_original(lua_State *L, int t, int is_meta)
{
    NamedValues *s = named_values_of(L);
    NamedValue *v = named_values_get(L, t);

    lua_rawseti(L, lua_upvalueindex(WALK_UP_ORIGINALS), ++s->noriginals);
    if (!v || v->original)
        return;
    v->original = (uint32_t)s->noriginals;
    if (!is_meta || !lua_getmetatable(L, t))
        lua_pushboolean(L, 0);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_ORIGINALS), ++s->noriginals);
}

int
named_values_push_original(lua_State *L, int idx)
{
    const NamedValue *v = named_values_get(L, idx);

    if (!v || !v->original)
        return 0;
    lua_rawgeti(L, lua_upvalueindex(WALK_UP_ORIGINALS), v->original);
    return 1;
}

int
named_values_push_original_meta(lua_State *L, int idx)
{
    const NamedValue *v = named_values_get(L, idx);

    if (!v || !v->original)
        return 0;
    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_ORIGINALS), v->original + 1) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
    return 1;
}
