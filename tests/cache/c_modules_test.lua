-- c_modules_test: modules in C above a step and in one: what they do is not seen, so they are not cached, but for
-- those that are known or trusted to be pure; these run again when their file or their settings change.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local ENV <const> = { env = { LUA_PATH = false, LUA_PATH_5_4 = false, LUA_CPATH = false, LUA_CPATH_5_4 = false } }
local PRELUDE <const> = '#include <lua.h>\n#include <lauxlib.h>\n'

local function text_of(run) return run.steps.work.status .. " " .. (run.notes.work or "") end

-- ---- a module of two lines ----

-- Makes FILE.so of the project, whose f() returns n and whose field u is a userdata.
local function compile(project, file, n, name)
  project:write("foreign.c", PRELUDE .. "static int f(lua_State *L) { lua_pushinteger(L, " .. n .. "); return 1; }\n"
    .. "int luaopen_" .. (name or "foreign") .. "(lua_State *L) { lua_newtable(L); lua_pushcfunction(L, f);"
    .. 'lua_setfield(L, -2, "f"); lua_newuserdatauv(L, 1, 0); lua_setfield(L, -2, "u"); return 1; }\n')
  local made = project:shell("mkdir -p $(dirname " .. file .. "); rm -f " .. file
    .. "; cc -shared -fPIC -I/usr/include/lua5.4 -o " .. file .. " foreign.c 2>&1 && echo made")
  return made:find "made" ~= nil
end

local PLACES <const> = {
  above = { top = "local foreign = require 'foreign'", run = "function() return foreign.f() end" },
  inside = { top = "", run = "function() local foreign = require 'foreign' return foreign.f() end" },
}

local function with_module(sentence, trusted, body)
  for where, parts in pairs(PLACES) do
    check.test(sentence .. ", " .. where, function()
      local project <close> = oracle.project()
      if not compile(project, "foreign.so", 1) then return print "  (no compiler)" end
      project:write("main.lua", oracle.program {
        top = (trusted and "rille.trust { 'foreign' } " or "") .. parts.top, run = parts.run })
      body(project, project:complete(ENV))
    end)
  end
end

with_module("a module that nobody trusts is not cached, with one note", false, function(project)
  local again = project:complete(ENV)
  check.eq(again.steps.work.status, "completed")
  check.has(again.notes.work, "the C module ")
  check.has(again.notes.work, 'add rille.trust { "foreign" } at the top')
  check.eq(select(2, again.notes.work:gsub("\n", "")), 1)
end)

with_module("a trusted module is cached", true, function(project, first)
  local again = project:complete(ENV)
  check.eq(text_of(again), "cached ")
  check.eq(oracle.difference(again, first), nil)
end)

with_module("a trusted module whose file changed", true, function(project, first)
  compile(project, "foreign.so", 2)
  local second = project:complete(ENV)
  check.eq(second.steps.work.status, "completed")
  check.ok(second.steps.work.outputs.out ~= first.steps.work.outputs.out)
  project:judge(second)
  check.eq(text_of(project:complete(ENV)), "cached ")
end)

for _, place in ipairs { "lua_modules/foreign.so", "lua_modules/lib/lua/5.4/foreign.so", "foreign.lua" } do
  with_module("a file is earlier on the path: " .. place, true, function(project, first)
    project:shell "mkdir libs && mv foreign.so libs/"
    local env = { env = { LUA_CPATH = project.dir .. "/libs/?.so", LUA_PATH = false } }
    project:complete(env)
    check.eq(text_of(project:complete(env)), "cached ")
    if place:find "lua$" then project:write(place, "return { f = function() return 3 end }")
    else compile(project, place, 3) end
    local second = project:run(env)
    if second.status ~= "completed" then
      return check.has(second.err, 'rille.trust: "foreign" is a module in Lua')
    end
    check.eq(second.steps.work.status, "completed")
    check.ok(second.steps.work.outputs.out ~= first.steps.work.outputs.out)
    project:judge(second)
  end)
end

with_module("LUA_CPATH leads elsewhere", true, function(project)
  project:shell "mkdir libs && mv foreign.so libs/"
  compile(project, "other/foreign.so", 4)
  local function env(folder)
    return { env = { LUA_CPATH = project.dir .. "/" .. folder .. "/?.so", LUA_PATH = false } }
  end
  local first = project:complete(env "libs")
  local second = project:complete(env "other")
  check.eq(second.steps.work.status, "completed")
  check.ok(second.steps.work.outputs.out ~= first.steps.work.outputs.out)
  project:judge(second)
end)

check.test("trust may come after the module is loaded", function()
  local project <close> = oracle.project()
  if not compile(project, "foreign.so", 1) then return end
  project:write("main.lua", oracle.program { top = "local foreign = require 'foreign' rille.trust { 'foreign' }",
    run = "function() return foreign.f() + (foreign.u and 1 or 0) end" })
  project:complete(ENV)
  check.eq(text_of(project:complete(ENV)), "cached ")
end)

check.test("userdata that are fields of a module may be captured", function()
  local project <close> = oracle.project()
  if not compile(project, "foreign.so", 1) then return end
  project:write("main.lua", oracle.program { top = "local u = require 'foreign'.u",
    run = "function() return type(u) end" })
  project:complete(ENV)
  local again = project:complete(ENV)
  check.eq(again.steps.work.status, "completed")
  check.has(again.notes.work, "the C module foreign")
end)

check.test("a file of the project's own with the name of a known module is not that module", function()
  local project <close> = oracle.project()
  if not compile(project, "lpeg.so", 1, "lpeg") then return end
  for where, parts in pairs(PLACES) do
    local function named(s) return (s:gsub("'foreign'", "'lpeg'")) end
    project:write("main.lua", oracle.program { top = named(parts.top), run = named(parts.run) })
    project:complete(ENV)
    check.has(project:complete(ENV).notes.work or where, "C module")
  end
end)

-- ---- modules that are installed ----

local function installed(sentence, module, parts, body)
  check.test(sentence, function()
    local project <close> = oracle.project()
    project:write("main.lua", oracle.program(parts))
    local first = project:run(ENV)
    if first.err:find("module '" .. module .. "' not found", 1, true) then
      return print("  " .. module .. " is not installed")
    end
    body(project, first)
  end)
end

local function cached(sentence, module, parts)
  installed(sentence, module, parts, function(project, first)
    check.eq(first.status, "completed", first.err)
    local again = project:complete(ENV)
    check.eq(text_of(again), "cached ")
    project:judge(again)
  end)
end

local ENCODE <const> = "function() return cjson.encode { 1 / 3, cjson.null } end"
cached("cjson above a step", "cjson", { top = "local cjson = require 'cjson'", run = ENCODE })
cached("cjson in a step", "cjson", { run = "function() local cjson = require 'cjson' return cjson.encode { 1 } end" })
cached("cjson.safe above a step", "cjson", { top = "local cjson = require 'cjson.safe'",
  run = "function() return cjson.decode '[7]'[1] + (cjson.decode '[' and 1 or 0) end" })
cached("lpeg above a step", "lpeg", { top = "local lpeg = require 'lpeg'",
  run = "function() return (lpeg.C(lpeg.R 'az'^1) * -1):match 'abc' end" })
cached("lpeg in a step", "lpeg", { run = "function() local lpeg = require 'lpeg' return lpeg.P 'a':match 'a' end" })
cached("re above a step, over and over", "re", { top = "local re = require 're'",
  run = "function() return re.match('ab', \"{'a'} 'b'\") .. re.find('xa', \"'a'\") end" })
cached("re that was used above the step", "re", { top = "local re = require 're' re.match('q', \"'q'\")",
  run = "function() return re.match('ab', \"{'a'} 'b'\") end" })

-- What the other known modules compute, above a step and in one.
for name, body in pairs {
  bit = "return m.bxor(5, m.lshift(3, 2)) .. m.tohex(255)",
  zlib = "local packed = m.deflate()(('a'):rep(99), 'finish') return m.inflate()(packed) .. m.crc32()(packed)",
  yaml = "local next_event = m.parser 'a: 1' return next_event().type .. next_event().type",
  rex_posix = "return m.gsub('a1 b22', '[[:digit:]]+', '<%0>') .. m.new('b+'):match 'abb'",
  rex_tre = "return m.gsub('a1 b22', '[[:digit:]]+', '<%0>') .. m.new('b+'):match 'abb'",
} do
  local load = string.format("local m = require '%s' ", name)
  cached(name .. " above a step", name, { top = load, run = "function() " .. body .. " end" })
  cached(name .. " in a step", name, { run = "function() " .. load .. body .. " end" })
end

for where, parts in pairs {
  above = { top = "local m = require 'rex_pcre2'", run = "function() return (m.match('ab', '\\\\w+')) end" },
  inside = { run = "function() return (require 'rex_pcre2'.match('ab', '\\\\w+')) end" },
} do
  installed("rex_pcre2 reads locales, so it is not cached, " .. where, "rex_pcre2", parts, function(project, first)
    check.eq(first.status, "completed", first.err)
    check.has(project:complete(ENV).notes.work or "", 'add rille.trust { "rex_pcre2" } at the top')
  end)
end

installed("settings of cjson are in the key", "cjson", { top = "local cjson = require 'cjson'", run = ENCODE },
  function(project, first)
    project:write("main.lua", oracle.program {
      top = "local cjson = require 'cjson' cjson.encode_number_precision(3)", run = ENCODE })
    local second = project:complete(ENV)
    check.eq(second.steps.work.status, "completed")
    check.ok(second.steps.work.outputs.out ~= first.steps.work.outputs.out)
    project:judge(second)
    check.eq(text_of(project:complete(ENV)), "cached ")
  end)

installed("cjson.null is not rille.null in the key, and is kept as null", "cjson",
  { top = "local null = rille.null", run = "function() return tostring(null == rille.null) end" },
  function(project, first)
    local function with(top, run) project:write("main.lua", oracle.program { top = top, run = run }) end
    with("local null = require 'cjson'.null", "function() return tostring(null == rille.null) end")
    local second = project:complete(ENV)
    check.ok(second.steps.work.outputs.out ~= first.steps.work.outputs.out)
    project:judge(second)
    with("local cjson = require 'cjson'", "function() return { cjson.null } end")
    local kept = project:complete(ENV)
    with("local cjson = require 'cjson'", "function() return { rille.null } end")
    check.eq(project:complete(ENV).steps.work.outputs.out, kept.steps.work.outputs.out)
  end)

installed("a step that changes a setting of cjson is told, and later ones are as on an empty store", "cjson",
  { top = "local cjson = require 'cjson'",
    run = "function() cjson.encode_number_precision(2) return cjson.encode { 1 / 3 } end" },
  function(project, first)
    check.has(first.notes.work or "", "it changed ")
    project:judge(project:complete(ENV))
  end)

installed("lpeg.setmaxstack is in the key", "lpeg", { top = "local lpeg = require 'lpeg'",
  run = "function() return lpeg.P 'a':match 'a' end" }, function(project)
  project:write("main.lua", oracle.program { top = "local lpeg = require 'lpeg' lpeg.setmaxstack(900)",
    run = "function() return lpeg.P 'a':match 'a' end" })
  local second = project:complete(ENV)
  check.eq(second.steps.work.status, "completed")
  check.eq(text_of(project:complete(ENV)), "cached ")
end)

installed("a pattern of lpeg is refused: it is built inside the step", "lpeg",
  { top = "local word = require 'lpeg'.R 'az'", run = "function() return word:match 'a' end" },
  function(_, first)
    check.eq(first.code, 3)
    check.has(first.err, "main.lua:4: step \"work\": captured variable 'word' is a userdata (lpeg-pattern); "
      .. "build it inside the step")
  end)

for where, parts in pairs {
  above = { top = "local lfs = require 'lfs'", run = "function() return lfs.attributes('main.lua', 'mode') end" },
  inside = { run = "function() return require 'lfs'.attributes('main.lua', 'mode') end" },
} do
  installed("lfs works and is not cached, " .. where, "lfs", parts, function(project, first)
    check.eq(first.status, "completed", first.err)
    local again = project:complete(ENV)
    check.eq(again.steps.work.status, "completed")
    check.has(again.notes.work, 'it uses the C module lfs')
    check.has(again.notes.work, 'if its results depend only on its arguments, add rille.trust { "lfs" } at the top')
  end)
end

-- ---- wrong calls ----

for _, one in ipairs {
  { "rille.trust 'cjson'", 'expected a list of C modules' },
  { "rille.trust {}", "expected a list of C modules" },
  { "rille.trust { 1 }", "name 1: expected a string, found 1" },
  { "require 'm' rille.trust { 'm' }", '"m" is a Lua module: its code is already in the key' },
} do
  check.test("wrong: " .. one[1], function()
    local project <close> = oracle.project()
    project:write("m.lua", "return {}")
    project:write("main.lua", oracle.program { top = one[1], run = "function() return 1 end" })
    local run = project:run(ENV)
    check.eq(run.code, 3)
    check.has(run.err, "main.lua:3: rille.trust: ")
    check.has(run.err, one[2])
  end)
end

check.test("wrong: trust inside a step", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program "function() rille.trust { 'cjson' } return 1 end")
  local run = project:run(ENV)
  check.eq(run.code, 1)
  check.has(run.out .. run.err, "rille.trust: a step is running; call rille.trust at the top of the script")
end)

check.done()
