-- lua_libraries_test: modules of Lua that are no part of the project: found as lua5.4 finds
-- them, loaded above a step and in one, cached, and noticed when they change.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local NONE <const> = { LUA_PATH = false, LUA_PATH_5_4 = false }

local function statuses(run) return run.steps.work.status .. " " .. (run.notes.work or "") end

-- ---- a library that changes ----

-- The step runs after change(project), which may return another environment; then it is cached.
local function miss(phrase, program, env, change)
  check.test("the step runs again: " .. phrase, function()
    local project <close> = oracle.project()
    project:write("libs/m.lua", "return { v = 1 }")
    project:write("main.lua", oracle.program(program))
    local function environment(e)
      local out = {}
      for k, v in pairs(e or NONE) do out[k] = v and v:gsub("DIR", project.dir) or v end
      return { env = out }
    end
    local first = project:complete(environment(env))
    check.eq(statuses(project:complete(environment(env))), "cached ")
    local now = environment(change(project) or env)
    local second = project:complete(now)
    check.eq(second.steps.work.status, "completed")
    project:judge(second)
    check.ok(first.steps.work.outputs.out ~= second.steps.work.outputs.out, "the change made no other output")
    check.eq(statuses(project:complete(now)), "cached ")
  end)
end

local PATH <const> = { LUA_PATH = "DIR/libs/?.lua;;", LUA_PATH_5_4 = false }
local ABOVE <const> = { top = "local m = require 'm'", run = "function() return m.v end" }
local INSIDE <const> = { run = "function() return require 'm'.v end" }
local COMPUTED <const> = { run = "function() local name = 'm' .. '' return require(name).v end" }
local PASSED <const> = { run = "function() local _, m = pcall(require, 'm') return m.v end" }

for name, program in pairs { above = ABOVE, inside = INSIDE, computed = COMPUTED, passed = PASSED } do
  miss("a file of a library changed, " .. name, program, PATH,
    function(p) p:write("libs/m.lua", "return { v = 2 }") end)
  miss("LUA_PATH leads elsewhere, " .. name, program, PATH, function(p)
    p:write("other/m.lua", "return { v = 3 }")
    return { LUA_PATH = "DIR/other/?.lua;;", LUA_PATH_5_4 = false }
  end)
  miss("LUA_PATH_5_4 comes before LUA_PATH, " .. name, program, PATH, function(p)
    p:write("other/m.lua", "return { v = 3 }")
    return { LUA_PATH = PATH.LUA_PATH, LUA_PATH_5_4 = "DIR/other/?.lua;;" }
  end)
  for _, place in ipairs { "m.lua", "m/init.lua", "lua_modules/m.lua", "lua_modules/m/init.lua",
    "lua_modules/share/lua/5.4/m.lua" } do
    miss("a file is earlier on the path, " .. place .. ", " .. name, program, PATH,
      function(p) p:write(place, "return { v = 4 }") end)
  end
end

check.test("a module in lua_modules is found as luarocks puts it there", function()
  local project <close> = oracle.project()
  project:write("lua_modules/share/lua/5.4/rock/init.lua", "return { v = require 'rock.part' }")
  project:write("lua_modules/share/lua/5.4/rock/part.lua", "return 5")
  project:write("main.lua", oracle.program { top = "local rock = require 'rock'",
    run = "function() return rock.v + require 'rock.part' end" })
  project:complete { env = NONE }
  check.eq(statuses(project:complete { env = NONE }), "cached ")
end)

-- ---- libraries that are installed ----

-- The step runs with the library above it, and with it inside, and is cached.
local function library(module, body)
  local function try(where, program)
    check.test(module .. ", " .. where .. ": " .. body, function()
      local project <close> = oracle.project()
      project:write("main.lua", oracle.program(program))
      local first = project:run { env = NONE }
      if first.err:find("module '" .. module .. "' not found", 1, true) then
        return print("  " .. module .. " is not installed")
      end
      check.eq(first.status, "completed", first.err)
      local again = project:complete { env = NONE }
      check.eq(statuses(again), "cached ")
      project:judge(again)
    end)
  end
  local load = "local m = require '" .. module .. "' "
  try("above", { top = load, run = "function() " .. body .. " end" })
  try("inside", { run = "function() " .. load .. body .. " end" })
end

library("dkjson", "return m.encode { 1, { a = 2 } } .. m.decode('[7]')[1]")
library("pl.List", "return tostring(m { 1, 2 }:map(function(x) return x * 2 end))")
library("pl.tablex", "return table.concat(m.map(function(x) return x + 1 end, { 1, 2 }), ',')")
library("pl.stringx", "return m.strip ' a ' .. m.center('x', 9)")
library("pl.class", "local A = m() function A:_init(x) self.x = x end return A(3).x")
library("argparse", "local p = m 'x' p:argument 'a' return p:parse({ 'q' }).a")
library("ltn12", "local out = {} m.pump.all(m.source.string 'hi', (m.sink.table(out))) return out[1]")
library("re", "return m.match('ab', \"{'a'} 'b'\")")
library("inifile", "return m.parse('[a]\\nb=1\\n', 'memory').a.b")
library("say", "m:set('k', 'v') return m 'k'")

-- ---- a library that holds the table of the globals ----

-- The library reads, from _G or _ENV, what its text does not name; the script changes that.
local function globals(sentence, read, before, after)
  local inside = "function() return (require 'm')() end"
  check.test("the step runs again: a library of its own that holds _G, " .. sentence, function()
    local project <close> = oracle.project()
    project:write("m.lua", read)
    project:write("main.lua", oracle.program { top = before, run = inside })
    local first = project:complete { env = NONE }
    check.eq(statuses(project:complete { env = NONE }), "cached ")
    project:write("main.lua", oracle.program { top = after, run = inside })
    local second = project:complete { env = NONE }
    check.eq(second.steps.work.status, "completed")
    check.ok(first.steps.work.outputs.out ~= second.steps.work.outputs.out, "the change made no other output")
    project:judge(second)
    check.eq(statuses(project:complete { env = NONE }), "cached ")
  end)
end

local function reads(what) return "local _G = _G return function() local n = " .. what .. " end" end

globals("a global", reads "'na' .. 'me' return _G[n]", "name = 1", "name = 2")
globals("through _ENV", "local E = _ENV return function() local n = 'na' .. 'me' return E[n] end",
  "name = 1", "name = 2")
globals("when it is loaded", "local n = 'na' .. 'me' local v = _G[n] return function() return v end",
  "name = 1", "name = 2")
globals("an upvalue of a global function", reads "'na' .. 'me' return _G[n]()",
  "local k = 1 function name() return k end", "local k = 2 function name() return k end")
globals("a function of the standard library", reads "'ma' .. 'th' return _G[n].floor(2.5)", "",
  "math.floor = function() return 7 end")
globals("a metatable of _G", reads "'na' .. 'me' return _G[n]",
  "setmetatable(_G, { __index = function() return 1 end })", "setmetatable(_G, { __index = function() return 2 end })")
globals("a module that the script put there", reads "'pack' .. 'age' return _G[n].loaded.zz",
  "package.loaded.zz = 1", "package.loaded.zz = 2")
globals("a preloaded module", reads "'pack' .. 'age' return _G[n].preload.q()",
  "package.preload.q = function() return 1 end", "package.preload.q = function() return 2 end")
globals("a field of package", reads "'pack' .. 'age' return _G[n].foo", "package.foo = 1", "package.foo = 2")

check.test("a function of the standard library has one text in every process", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program
    "function() return tostring(assert) .. tostring(print) .. tostring(string.rep) end")
  project:complete { env = NONE }
  local again = project:complete { env = NONE }
  check.eq(statuses(again), "cached ")
  project:judge(again)
end)

check.done()
