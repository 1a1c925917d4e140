/* foreign_c.c -- see walk.h: C functions that are not intrinsic, known by their library */
#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>

#include "fingerprint/walk.h"
#include "os/sys.h"

/* The file that the code at an address was loaded from. */
static const char *
file_of(const Dl_info *info)
{
    Dl_info program;
    void *headers = (void *)(uintptr_t)getauxval(AT_PHDR);

    if (headers && dladdr(headers, &program) && program.dli_fbase == info->dli_fbase)
        return "/proc/self/exe";
    return info->dli_fname;
}

/* Pushes the digest of a library, read once; 0 when it cannot be read. */
static int
push_file_digest(lua_State *L, const char *path)
{
    unsigned char digest[HASH_SIZE];
    Buf bytes;
    Err err;

    if (lua_getfield(L, lua_upvalueindex(WALK_UP_FILES), path) == LUA_TSTRING)
        return 1;
    lua_pop(L, 1);
    buf_init(&bytes);
    if (sys_read_file(path, &bytes, &err)) {
        buf_release(&bytes);
        return 0;
    }
    hash_of(bytes.data, bytes.len, digest);
    buf_release(&bytes);
    lua_pushlstring(L, (char *)digest, HASH_SIZE);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(WALK_UP_FILES), path);
    return 1;
}

int
foreign_c_push_state(Walk *w, const char *path)
{
    lua_State *L = w->L;
    int top = lua_gettop(L), pure = 0;

    luaL_checkstack(L, 10, NULL);
    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PURE) == LUA_TTABLE)
        pure = lua_getfield(L, -1, path) != LUA_TNIL;
    if (lua_isfunction(L, -1))
        lua_call(L, 0, 1);
    else
        lua_pushnil(L);
    if (lua_isboolean(L, -1)) {         /* false: its state cannot be told */
        pure = -1;
        lua_pushnil(L);
    }
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    return pure;
}

/* Another mathematical library gives other last bits. */
static void
report_libm(Walk *w, const char *path)
{
    lua_State *L = w->L;
    int top = lua_gettop(L);

    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PURE) == LUA_TTABLE
        && lua_getfield(L, -1, lua_pushfstring(L, FOREIGN_C_LIBM, path)) != LUA_TNIL)
        walk_report_reach(w, NULL, "math.*");
    lua_settop(L, top);
}

int
foreign_c_emit(Walk *w, int idx)
{
    int pure;
    lua_CFunction f = lua_tocfunction(w->L, idx);
    void *code, *own;
    Dl_info info, host;
    int (*self)(Walk *, int) = foreign_c_emit;

    memcpy(&code, &f, sizeof code);
    memcpy(&own, &self, sizeof own);
    if (!dladdr(code, &info) || !push_file_digest(w->L, file_of(&info)))
        return -1;
    stream_tag(w, 'C');
    stream_emit(w, lua_tostring(w->L, -1), HASH_SIZE);
    stream_int(w, 'o', (uint64_t)((char *)code - (char *)info.dli_fbase));
    lua_pop(w->L, 1);
    pure = foreign_c_push_state(w, info.dli_fname);
    report_libm(w, info.dli_fname);
    if (pure <= 0 && (!dladdr(own, &host) || host.dli_fbase != info.dli_fbase)) {
        walk_report_reach(w, NULL, "foreign C");
        walk_report_reach(w, NULL, lua_pushfstring(w->L, "foreign C: %s", info.dli_fname));
        lua_pop(w->L, 1);
    }
    return 0;
}
