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

-- The step runs with the library above it and is cached; with it inside, too, unless inside is
-- the word of the note.
local function library(module, body, inside)
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
      if inside and where == "inside" then
        check.eq(again.steps.work.status, "completed")
        check.has(again.notes.work, inside)
        check.has(again.notes.work, "; require the library at the top of the script")
      else
        check.eq(statuses(again), "cached ")
      end
      project:judge(again)
    end)
  end
  local load = "local m = require '" .. module .. "' "
  try("above", { top = load, run = "function() " .. body .. " end" })
  try("inside", { run = "function() " .. load .. body .. " end" })
end

library("dkjson", "return m.encode { 1, { a = 2 } } .. m.decode('[7]')[1]", "_G")
library("pl.List", "return tostring(m { 1, 2 }:map(function(x) return x * 2 end))", "_G")
library("pl.tablex", "return table.concat(m.map(function(x) return x + 1 end, { 1, 2 }), ',')", "_G")
library("pl.stringx", "return m.strip ' a ' .. m.center('x', 9)", "_G")
library("pl.class", "local A = m() function A:_init(x) self.x = x end return A(3).x", "_G")
library("argparse", "local p = m 'x' p:argument 'a' return p:parse({ 'q' }).a", "_G")
library("ltn12", "local out = {} m.pump.all(m.source.string 'hi', (m.sink.table(out))) return out[1]", "_G")
library("inifile", "return m.parse('[a]\\nb=1\\n', 'memory').a.b")
library("say", "m:set('k', 'v') return m 'k'")

check.done()
