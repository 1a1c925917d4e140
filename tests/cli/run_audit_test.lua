-- rille run --audit: the examples, random programs and what it says on the command
-- line.  RILLE_AUDIT=1 has every program of cache_miss, cache_hit and impure run so.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local oracle = require "oracle"
local scratch = require "scratch"

local PROGRAM = [[
local rille = require "rille"
local t = rille.types
local rate = { value = 2 }
local work = rille.step "work" { outputs = { t.any "out" }, run = function() return rate.value end }
local open = rille.step "open" { outputs = { t.any "out" }, run = function() return _G.print ~= nil end }
return rille.pipeline "p" { define = function() work {} open {} end }
]]

check.test("an audit says how many steps it watched, ends with 0 when they kept to their fingerprint, and keeps "
  .. "no result",
  function()
  local project <close> = scratch.new()
  project:write("main.lua", PROGRAM)
  for _ = 1, 2 do
    local r = project:rille "run main.lua --audit"
    check.eq(r.code, 0)
    check.has(r.out, "audit: 1 step watched, 1 not (it escapes), 0 violations")
    check.has(r.err, "2 ran")
  end
  check.has(project:rille("run main.lua").err, "2 ran")
end)

check.test("a step that fails in an audit fails the run", function()
  local project <close> = scratch.new()
  project:write("main.lua", (PROGRAM:gsub("return rate.value", 'error "no"')))
  local r = project:rille "run main.lua --audit"
  check.eq(r.code, 1)
  check.has(r.out, "0 violations")
end)

check.test("the examples read no more than their fingerprints name", function()
  local root = paths.root .. "/examples"
  local n = 0
  for name in oracle.shell("cd " .. oracle.quote(root) .. " && ls *.lua"):gmatch "%S+" do
    local project <close> = scratch.new()
    local r = project:rille("run " .. oracle.quote(root .. "/" .. name) .. " --audit -q --store "
      .. oracle.quote(project:path "store"))
    -- some need inputs, a module of Python, or are tests
    if r.code ~= 2 then
      check.ok(r.code == 0 or r.err:find("ModuleNotFoundError", 1, true), name .. ": " .. r.code .. "\n" .. r.out
        .. r.err)
      check.has(r.out, ", 0 violations", name)
      n = n + 1
    end
  end
  check.ok(n >= 5, "examples")
end)

check.test("what a class has as self is part of its fingerprint", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local One = rille.Step:extend "one" { outputs = { t.number "out" } }
One.rate = 2
function One:twice(x) return x * self.rate end
function One:entrypoint() return self:twice(3) end
return rille.pipeline "p" { define = function() One {} end }
]])
  local r = project:rille "run main.lua --audit"
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "1 step watched, 0 violations")
  check.eq(project:rille("lint main.lua").code, 0)
end)

check.test("random programs read no more than their fingerprints name", function()
  local text = oracle.shell("RILLE_ONLY= RILLE_AUDIT=1 RILLE_ROUNDS=25 RILLE_SEED=" .. (os.getenv "RILLE_SEED" or "7")
    .. " " .. oracle.quote(oracle.rille) .. " " .. oracle.quote(paths.root .. "/tests/cache/generator_test.lua")
    .. " 2>&1")
  check.has(text, " 0 failed", text)
end)

check.done()
