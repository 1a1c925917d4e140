-- c_module_state_test: what pure modules in C take from elsewhere: the trust of the script, the libraries that they
-- are linked with, metatables that scripts change, settings.  A change of it is a miss.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local ENV <const> = { env = { LUA_PATH = false, LUA_PATH_5_4 = false, LUA_CPATH = false, LUA_CPATH_5_4 = false } }

local function text_of(run) return run.steps.work.status .. " " .. (run.notes.work or "") end

-- The step is cached, and after the change it runs again; other: its output is another.
local function miss(sentence, c)
  check.test("the step runs again: " .. sentence, function()
    local project <close> = oracle.project()
    if c.setup and not c.setup(project) then return print "  (no compiler)" end
    project:write("main.lua", oracle.program(c.before))
    local first = project:run(ENV)
    local missing = first.err:match "module '(%a+)' not found"
    if missing then return print("  " .. missing .. " is not installed") end
    check.eq(first.status, "completed", first.err)
    check.eq(text_of(project:complete(ENV)), "cached ")
    if c.change then c.change(project) end
    if c.after then project:write("main.lua", oracle.program(c.after)) end
    local second = project:complete(ENV)
    check.eq(second.steps.work.status, "completed")
    if c.note then return check.has(second.notes.work or "", c.note) end
    check.ok(first.steps.work.outputs.out ~= second.steps.work.outputs.out, "the change made no other output")
    project:judge(second)
    check.eq(text_of(project:complete(ENV)), "cached ")
  end)
end

-- ---- a module with a library ----

local function compile(project, n, output)
  project:write("dep.c", "int dep(void) { return " .. n .. "; }\n")
  project:write("foreign.c", '#include <lua.h>\n#include <lauxlib.h>\nint dep(void);\n'
    .. "static int f(lua_State *L) { lua_pushinteger(L, dep()); return 1; }\n"
    .. "int luaopen_foreign(lua_State *L) { lua_newtable(L); lua_pushcfunction(L, f);"
    .. 'lua_setfield(L, -2, "f"); return 1; }\n')
  return project:shell("mkdir -p libs; rm -f libs/libdep.so; cc -shared -fPIC -o libs/libdep.so dep.c 2>&1 && "
    .. (output and "cc -shared -fPIC -I/usr/include/lua5.4 -o foreign.so foreign.c -Llibs -ldep -Wl,-rpath,$PWD/libs "
    .. "2>&1 && " or "") .. "echo made"):find "made" ~= nil
end

local function with_module(project) return compile(project, 1, true) end

local TRUST <const> = "rille.trust { 'foreign' } "
local PLACES <const> = {
  above = { top = "local m = require 'foreign'", run = "function() return m.f() end" },
  inside = { top = "", run = "function() return require 'foreign'.f() end" },
}

for where, parts in pairs(PLACES) do
  local trusted = { top = TRUST .. parts.top, run = parts.run }
  miss("a library of a trusted module changed, " .. where,
    { setup = with_module, before = trusted, change = function(project) compile(project, 2) end })
  miss("the script trusts the module no more, " .. where,
    { setup = with_module, before = trusted, after = parts, note = "the C module " })
  miss("a link leads to another module, " .. where, {
    setup = function(project)
      local made = with_module(project)
      project:shell "mv foreign.so one.so; ln -s one.so foreign.so"
      return made
    end,
    before = trusted,
    change = function(project)
      compile(project, 3, true)
      project:shell "mv foreign.so two.so; ln -s two.so foreign.so"
    end })
end

check.test("why says that the script trusts the module no more", function()
  local project <close> = oracle.project()
  if not with_module(project) then return print "  (no compiler)" end
  project:write("main.lua", oracle.program { top = TRUST, run = PLACES.inside.run })
  project:complete(ENV)
  project:write("main.lua", oracle.program(PLACES.inside))
  check.has(project:complete(ENV).steps.work.reason, "trusted C module foreign changed")
end)

-- ---- metatables and settings ----

local LPEG <const> = "local lpeg = require 'lpeg' local P = lpeg.P "
local CHOICE <const> = "function() return (P 'a' + P 'b'):match 'b' end"
local INSIDE <const> = "function() local l = require 'lpeg' return (l.P 'a' + l.P 'b'):match 'b' end"
local ADD <const> = "getmetatable(P 'a').__add = function() return P(true) * lpeg.Cc(7) end "

miss("a method of lpeg's patterns is another",
  { before = { top = LPEG, run = CHOICE },
    after = { top = LPEG .. "lpeg.match = function() return 7 end", run = CHOICE } })
miss("an operator of lpeg's patterns is another",
  { before = { top = LPEG, run = CHOICE }, after = { top = LPEG .. ADD, run = CHOICE } })
miss("an operator is another, for a step that requires lpeg",
  { before = { top = LPEG, run = INSIDE }, after = { top = LPEG .. ADD, run = INSIDE } })
miss("re finds another lpeg.match", {
  before = { top = "local re = require 're'", run = "function() return re.match('ab', \"{'a'}\") end" },
  after = { top = "local re = require 're' local l = require 'lpeg' local match = l.match\n"
    .. "l.match = function(...) local r = match(...) return type(r) == 'string' and r .. '!' or r end",
    run = "function() return re.match('ab', \"{'a'}\") end" } })
miss("a setting of cjson, for a step that requires it", {
  before = { top = "require 'cjson'", run = "function() return require 'cjson'.encode { 1 / 3 } end" },
  after = { top = "require 'cjson'.encode_number_precision(3)",
    run = "function() return require 'cjson'.encode { 1 / 3 } end" } })

check.test("what a step does to the metatable of a module is not seen by later steps", function()
  local project <close> = oracle.project()
  local program = oracle.program { top = "local lpeg = require 'lpeg'\n"
    .. "local spoil = rille.step 'spoil' { outputs = { t.integer 'n' }, run = function() local l = require 'lpeg'\n"
    .. "getmetatable(l.P 'a').__add = function() return l.P(true) * l.Cc(7) end return 1 end }",
    fields = "inputs = { t.integer 'n' },", define_top = "local n = spoil()", call = "{ n = n }",
    run = "function(n) return (lpeg.P 'a' + lpeg.P 'b'):match 'b' end" }
  project:write("main.lua", program)
  local first = project:run { env = ENV.env, args = "-j 1" }
  if first.err:find "module 'lpeg' not found" then return print "  lpeg is not installed" end
  check.eq(first.status, "completed", first.err)
  project:write("main.lua", (program:gsub("rille.step 'spoil' {", "%0 cache = false,")))
  project:judge(project:complete { env = ENV.env, args = "-j 1" })
  project:write("main.lua", (program:gsub("getmetatable[^\n]*__add[^\n]*\n?[^\n]*end return 1", "return 1")))
  local without = project:complete { env = ENV.env, args = "-j 1" }
  check.eq(without.steps.work.outputs.out, first.steps.work.outputs.out)
end)

check.test("lpeg.locale(lpeg) and a step with its other functions", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program { top = LPEG .. "lpeg.locale(lpeg)", run = CHOICE })
  local first = project:run(ENV)
  if first.err:find "module 'lpeg' not found" then return print "  lpeg is not installed" end
  check.eq(first.status, "completed", first.err)
  check.eq(text_of(project:complete(ENV)), "cached ")
end)

check.test("a pattern put into the module: a step with its other functions is not cached, and says why", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program { top = LPEG .. "lpeg.mine = P 'x'", run = CHOICE })
  local first = project:run(ENV)
  if first.err:find "module 'lpeg' not found" then return print "  lpeg is not installed" end
  check.eq(first.status, "completed", first.err)
  check.has(first.notes.work or "",
    "not cached: the script put a userdata into the C module lpeg (lpeg-pattern.__index.mine)")
end)

check.done()
