/* hashlib.c -- rille.host.hash, the Lua face of hash.h */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/crc32c.h"
#include "base/hash.h"

enum { CHUNK = 65536 };

int luaopen_rille_host_hash(lua_State *L);

/* hash.sha256(bytes) -> digest, 32 bytes */
static int
l_sha256(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    hash_of(p, n, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* hash.fields(tag, bytes, tag, bytes, ...) -> digest of the tagged fields */
static int
l_fields(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    int top = lua_gettop(L);
    Hash h;

    luaL_argcheck(L, top % 2 == 0, top, "a tag without bytes");
    hash_init(&h);
    for (int i = 1; i < top; i += 2) {
        size_t n;
        const char *tag = luaL_checkstring(L, i), *p = luaL_checklstring(L, i + 1, &n);

        luaL_argcheck(L, tag[0] && !tag[1], i, "a tag must be one character");
        hash_field(&h, tag[0], p, n);
    }
    hash_final(&h, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* hash.hex(digest) -> 64 lower-case hex digits */
static int
l_hex(lua_State *L)
{
    char hex[HASH_HEX + 1];
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    luaL_argcheck(L, n == HASH_SIZE, 1, "a digest must have 32 bytes");
    hash_hex((const unsigned char *)p, hex);
    lua_pushlstring(L, hex, HASH_HEX);
    return 1;
}

/* hash.unhex(hex) -> digest | nil when it is not 64 lower-case hex digits */
static int
l_unhex(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    if (n != HASH_HEX || hash_unhex(p, out))
        return 0;
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* hash.hmac(key, bytes) -> digest, 32 bytes: HMAC-SHA256 (RFC 2104) */
static int
l_hmac(lua_State *L)
{
    unsigned char out[HASH_SIZE];
    size_t n, key_n;
    const char *key = luaL_checklstring(L, 1, &key_n), *p = luaL_checklstring(L, 2, &n);

    hash_hmac(key, key_n, p, n, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

/* hash.crc32c(bytes) -> integer, masked as in event files */
static int
l_crc32c(lua_State *L)
{
    size_t n;
    const char *p = luaL_checklstring(L, 1, &n);

    lua_pushinteger(L, crc32c_masked(p, n));
    return 1;
}

/* hash.file(path) -> digest of its bytes, however large it is | nil, message, code */
static int
l_file(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    unsigned char out[HASH_SIZE], *bytes = lua_newuserdatauv(L, CHUNK, 0);
    ssize_t got;
    Hash h;
    Err err;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    hash_init(&h);
    while (fd >= 0 && ((got = read(fd, bytes, CHUNK)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            hash_bytes(&h, bytes, (size_t)got);
    if (fd < 0 || got < 0) {
        err_set(&err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, err_reason(errno));
        if (fd >= 0)
            close(fd);
        return bind_fail(L, &err);
    }
    close(fd);
    hash_final(&h, out);
    lua_pushlstring(L, (char *)out, HASH_SIZE);
    return 1;
}

int
luaopen_rille_host_hash(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"sha256", l_sha256}, {"fields", l_fields}, {"hex", l_hex},
        {"unhex", l_unhex},   {"crc32c", l_crc32c}, {"hmac", l_hmac},
        {"file", l_file},     {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}
