/* bytecode_test.c -- host/fingerprint/bytecode.h */
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "check.h"
#include "fingerprint/bytecode.h"

static lua_State *L;

static int
write_bytes(lua_State *state, const void *p, size_t n, void *buf)
{
    (void)state;
    return buf_put(buf, p, n);
}

/* The dump of what the chunk returns. */
static void
dump_of(const char *chunk, int strip, Buf *out)
{
    buf_init(out);
    if (luaL_loadstring(L, chunk) || lua_pcall(L, 0, 1, 0)) {
        printf("%s\n", lua_tostring(L, -1));
        exit(1);
    }
    lua_dump(L, write_bytes, out, strip);
    lua_pop(L, 1);
}

static void
parse(const char *chunk, int strip, Bytecode *d)
{
    Buf bytes;
    Err err;

    dump_of(chunk, strip, &bytes);
    bytecode_init(d);
    CHECK(bytecode_parse(d, bytes.data, bytes.len, &err) == OK);
    buf_release(&bytes);
}

static int
same(const char *a, const char *b)
{
    Bytecode da, db;
    int eq;

    parse(a, 0, &da);
    parse(b, 0, &db);
    eq = memcmp(da.digest, db.digest, HASH_SIZE) == 0;
    bytecode_release(&da);
    bytecode_release(&db);
    return eq;
}

/* "kind:up:name:field@line ..." */
static const char *
uses(const char *chunk, int strip)
{
    static const char *const kinds[] = {"assign", "invoke", "value", "read",
                                        "field",  "call",   "write"};
    static char out[2000];
    size_t n = 0;
    Bytecode d;

    parse(chunk, strip, &d);
    out[0] = 0;
    for (size_t i = 0; i < d.nuses && n < sizeof out - 200; i++) {
        const BytecodeUse *u = &d.uses[i];

        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s:%d:%.*s:%.*s@%d", i ? " " : "",
                              kinds[u->kind], u->up, (int)u->name.len,
                              bytecode_text(&d, u->name), (int)u->field.len,
                              bytecode_text(&d, u->field), u->line);
    }
    bytecode_release(&d);
    return out;
}

/* A function with 300 constants before its body. */
static const char *
large(const char *body)
{
    static char out[20000];
    size_t n = (size_t)snprintf(out, sizeof out, "local up = {} return function() local t = {");

    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "'k%d',", i);
    snprintf(out + n, sizeof out - n, "}\n%s\nend", body);
    return out;
}

static void
comments_lines_and_names_do_not_matter(void)
{
    CHECK(same("return function(a) local b = a + 1 return b end",
               "-- hello\n\n\nreturn function(x)\n  local y = x + 1 -- so\n return y end"));
    CHECK(same("local g = 1 return function() return function() return g end end",
               "local h = 1\nreturn function() return function() return h end end"));
    CHECK(same("return function() return 'a', 0x10, t.x end",
               "return function() return \"a\", 16, t['x'] end"));
}

static void
code_and_constants_matter(void)
{
    CHECK(!same("return function(a) return a + 1 end", "return function(a) return a + 2 end"));
    CHECK(!same("return function(a) return a + 1 end", "return function(a) return a - 1 end"));
    CHECK(!same("return function() return 3 end", "return function() return 3.0 end"));
    CHECK(!same("return function() return 'ab' end", "return function() return 'ac' end"));
    CHECK(!same("return function(a) return a end", "return function(a, b) return a end"));
    CHECK(!same("return function() end", "return function(...) end"));
    CHECK(!same("return function(a) return function() return a + 5 end end",
                "return function(a) return function() return a + 6 end end"));
    CHECK(!same("return function(a, b) return function() return a end end",
                "return function(a, b) return function() return b end end"));
}

static void
a_stripped_dump_has_the_same_digest(void)
{
    const char *chunk = "local u = 1 return function(a)\n  local s = 'x'\n"
                        "  return function() return a, u, s, 1.5, nil, true end end";
    Bytecode a, b;

    parse(chunk, 0, &a);
    parse(chunk, 1, &b);
    CHECK(memcmp(a.digest, b.digest, HASH_SIZE) == 0);
    CHECK(a.nups == 1 && b.nups == 1);
    bytecode_release(&a);
    bytecode_release(&b);
}

static void
the_lines_of_the_definition_are_known(void)
{
    Bytecode d;

    parse("\n\nreturn function()\n\n  return 1\nend", 0, &d);
    CHECK(d.line == 3 && d.last == 6);
    bytecode_release(&d);
}

static void
global_reads_are_found(void)
{
    CHECK_STR(uses("return function()\n return x end", 0), "read:0:x:@2");
    CHECK_STR(uses("return function() return os.time() end", 0), "field:0:os:time@1");
    CHECK_STR(uses("return function() return os.time() end", 1), "field:0:os:time@0");
    CHECK_STR(uses("return function() local a a = os.time end", 0), "field:0:os:time@1");
    CHECK_STR(uses("return function() return require 'foo' end", 0), "call:0:require:foo@1");
    CHECK_STR(uses("return function() local m = require 'foo' return m end", 0),
              "call:0:require:foo@1");
    CHECK_STR(uses("return function(n) local m = require(n) return m end", 0),
              "read:0:require:@1");
}

static void
a_library_kept_in_a_local_is_read_whole(void)
{
    CHECK_STR(uses("return function() local o = os\n return o.time(), o.exit end", 0),
              "read:0:os:@1");
    CHECK_STR(uses("return function() local o = os return o.time() end", 1), "read:0:os:@0");
    CHECK_STR(uses("return function() return io:open() end", 0), "read:0:io:@1");
}

static void
reads_of_nested_functions_reach_the_outermost_upvalue(void)
{
    CHECK_STR(uses("local a, b = 1, 2 return function() local c = b\n"
                   "return function() return function()\n return a, c, x end end end", 0),
              "value:0::@1 value:1::@3 read:2:x:@3");
}

static void
writes_are_found(void)
{
    CHECK_STR(uses("return function() x = 1 end", 0), "write:0:x:@1");
    CHECK_STR(uses("local n = 0 return function() n = n + 1 end", 0),
              "assign:0::@1 value:0::@1");
    CHECK_STR(uses("local n = 0 return function() return function() n = 1 end end", 0),
              "assign:0::@1");
    CHECK_STR(uses("local t = {} return function() t.x = t.y.z end", 0),
              "write:0:x:@1 field:0:y:z@1");
}

static void
the_environment_as_a_value_is_found(void)
{
    CHECK_STR(uses("return function() return _ENV end", 0), "value:0::@1");
    CHECK_STR(uses("return function(k) return _ENV[k] end", 0), "value:0::@1");
    CHECK_STR(uses("return function(k) local e = _ENV return e.x end", 0), "value:0::@1");
    CHECK_STR(uses("return function(k) local e, n = _ENV, 'x' return e[n], e end", 0),
              "value:0::@1");
    CHECK_STR(uses("return function() _ENV = {} end", 0), "assign:0::@1");
    CHECK_STR(uses("return function() local _ENV = { x = 1 } return x end", 0), "");
}

static void
past_255_constants_reads_are_found_too(void)
{
    CHECK_STR(uses(large("return x"), 0), "read:0:x:@2");
    CHECK_STR(uses(large("return os.time()"), 0), "field:0:os:time@2");
    CHECK_STR(uses(large("local a a = os.time"), 0), "field:0:os:time@2");
    CHECK_STR(uses(large("local r = require 'foo'"), 0), "call:0:require:foo@2");
    CHECK_STR(uses(large("local v local e = _ENV local n = 'x' v = e[n] return e"), 0),
              "value:0::@2");
    CHECK_STR(uses(large("return up.x"), 0), "read:0:x:@2");
    CHECK_STR(uses("return function() return this_is_a_global_with_more_than_forty_letters end", 0),
              "read:0:this_is_a_global_with_more_than_forty_letters:@1");
}

static void
past_255_constants_a_write_is_in_doubt_a_value(void)
{
    CHECK_STR(uses(large("x = 1"), 0), "value:0::@2 write:0:x:@2");
}

static void
a_call_of_an_upvalue_with_a_constant_is_told_apart(void)
{
    CHECK_STR(uses("local r = 1 return function() local m = r 'foo' return m end", 0),
              "invoke:0::foo@1");
    CHECK_STR(uses("local r = 1 return function() r('foo', 1) end", 0), "value:0::@1");
}

static void
an_index_by_a_variable_is_noticed(void)
{
    Bytecode d;

    parse("return function(t, k) return t[k] end", 0, &d);
    CHECK(d.dynamic);
    bytecode_release(&d);
    parse("return function(t) return t.k, t[1] end", 0, &d);
    CHECK(!d.dynamic);
    CHECK(d.nwords == 1 && strncmp(bytecode_text(&d, d.words[0]), "k", 1) == 0);
    bytecode_release(&d);
}

static void
what_is_no_dump_is_refused(void)
{
    Bytecode d;
    Err err;

    bytecode_init(&d);
    CHECK(bytecode_parse(&d, "", 0, &err) == ERR_CORRUPT);
    CHECK(bytecode_parse(&d, "return 1", 8, &err) == ERR_CORRUPT);
    CHECK_STR(err.msg, "not a dumped function of Lua 5.4");
    CHECK(d.nuses == 0);
    bytecode_release(&d);
}

static const char *const fuzzed[] = {
    "return function() end",
    "local a, b = 1, {} return function(x, ...)\n local t = {1, 2.5, 'three'}\n"
    " for i, v in ipairs(t) do a = a + os.time() * b.c[v] end\n"
    " return function() return function(...) a = print(require 'x', t, ...) end end end",
    "return function(s) goto x\n ::x:: local y <const> = 5 local z <close> = s\n"
    " return s:gsub('%w', function(c) return c .. y end), -0.0, 1e300, nil, false end",
};

static void
try_bytes(const unsigned char *p, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);    /* so that a read past it is seen */
    Bytecode d;

    if (!copy)
        return;
    memcpy(copy, p, n);
    bytecode_init(&d);
    bytecode_parse(&d, copy, n, NULL);
    bytecode_release(&d);
    free(copy);
}

static void
no_truncation_is_accepted(void)
{
    for (size_t i = 0; i < sizeof fuzzed / sizeof *fuzzed; i++) {
        Buf bytes;
        Bytecode d;

        dump_of(fuzzed[i], 0, &bytes);
        bytecode_init(&d);
        for (size_t n = 0; n < bytes.len; n++) {
            try_bytes(bytes.data, n);
            CHECK(bytecode_parse(&d, bytes.data, n, NULL) == ERR_CORRUPT);
        }
        bytecode_release(&d);
        buf_release(&bytes);
    }
}

static void
flipped_bytes_do_no_harm(void)
{
    uint64_t seed = 42;

    for (int i = 0; i < 5000; i++) {
        Buf bytes;

        dump_of(fuzzed[i % 3], i & 4, &bytes);
        for (int k = 0; k <= i % 4; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            bytes.data[(seed >> 33) % bytes.len] = (unsigned char)(seed >> 56);
        }
        try_bytes(bytes.data, bytes.len);
        buf_release(&bytes);
    }
}

static void
deep_nesting_is_bounded(void)
{
    static const unsigned char head[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08"
                                        "\x78\x56\0\0\0\0\0\0\0\0\0\0\0\x28\x77\x40\x00";
    static const unsigned char level[] = "\x80\x80\x80\0\0\2\x80\x80\x80\x81";
    Buf bytes;
    Bytecode d;

    buf_init(&bytes);
    bytecode_init(&d);
    buf_put(&bytes, head, sizeof head - 1);
    for (int i = 0; i < 100000; i++)
        buf_put(&bytes, level, sizeof level - 1);
    CHECK(bytecode_parse(&d, bytes.data, bytes.len, NULL) == ERR_CORRUPT);
    bytecode_release(&d);
    buf_release(&bytes);
}

int
main(void)
{
    L = luaL_newstate();
    RUN(comments_lines_and_names_do_not_matter);
    RUN(code_and_constants_matter);
    RUN(a_stripped_dump_has_the_same_digest);
    RUN(the_lines_of_the_definition_are_known);
    RUN(global_reads_are_found);
    RUN(a_library_kept_in_a_local_is_read_whole);
    RUN(reads_of_nested_functions_reach_the_outermost_upvalue);
    RUN(writes_are_found);
    RUN(the_environment_as_a_value_is_found);
    RUN(past_255_constants_reads_are_found_too);
    RUN(past_255_constants_a_write_is_in_doubt_a_value);
    RUN(a_call_of_an_upvalue_with_a_constant_is_told_apart);
    RUN(an_index_by_a_variable_is_noticed);
    RUN(what_is_no_dump_is_refused);
    RUN(no_truncation_is_accepted);
    RUN(flipped_bytes_do_no_harm);
    RUN(deep_nesting_is_bounded);
    lua_close(L);
    return check_done();
}
