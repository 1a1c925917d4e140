-- script_state: a program that may never ask for rille is prepared for it when it does.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- A program: `before` is run before rille is asked for, `run` is the body of its step.
local function program(before, run, files)
  local p = scratch.new()
  p:write("main.lua", before .. [[

local rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.any "x" }, run = function() ]] .. run .. [[ end }
local p = rille.pipeline "main" { define = function() s() end }
if rille.main() then p:run() end
return p
]])
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

local function ran(p, arguments)
  local _, err = p:ok(arguments)
  return err:find("all 1 step cached", 1, true) == nil and err:find("1 step, cached", 1, true) == nil
end

local USES <const> = "return rille.context and json.encode { 1, rille.null } .. #frame"

for what, before in pairs {
  ["asks for batteries first"] =
    'local json, frame = require "rille.json", require "rille.frame".new { { "a", { 1 } } }',
  ["asks for rille first"] = 'local _ = require "rille" '
    .. 'local json, frame = require "rille.json", require "rille.frame".new { { "a", { 1 } } }',
  ["calls a loader itself"] = 'local json = package.preload["rille.json"] "rille.json" '
    .. 'local frame = require "rille.frame".new { { "a", { 1 } } }',
  ["asks a searcher"] = 'local load = package.searchers[1] "rille.json" '
    .. 'local json = load "rille.json" local frame = require "rille.frame".new { { "a", { 1 } } }',
  ["asks for a part of rille"] = 'require "rille.base.errors" '
    .. 'local json, frame = require "rille.json", require "rille.frame".new { { "a", { 1 } } }',
} do
  check.test("a program that " .. what .. " has the keys of rille run", function()
    local p <close> = program(before, USES)
    check.eq(ran(p, "main.lua"), true)
    check.eq(ran(p, "main.lua"), false)
    check.eq(ran(p, "run main.lua"), false)
    check.ok(os.execute("rm -r " .. p:path ".rille"))
    check.eq(ran(p, "run main.lua"), true)
    check.eq(ran(p, "main.lua"), false)
  end)
end

for what, change in pairs {
  ["a battery"] = 'local json = require "rille.json" json.twice = function() return "K" end',
  ["a battery, by its loader"] = 'local json = package.preload["rille.json"] "rille.json" '
    .. 'json.twice = function() return "K" end',
  ["the string library"] = 'local json = {} string.upper = function() return "K" end '
    .. 'json.twice = function() return ("x"):upper() end',
} do
  check.test("what a program puts into " .. what .. " before it asks for rille counts", function()
    local p <close> = program(change:gsub("K", "1"), "return json.twice()")
    check.eq(ran(p, "main.lua"), true)
    check.eq(ran(p, "main.lua"), false)
    p:edit([[return "1"]], [[return "2"]])
    check.eq(ran(p, "main.lua"), true)
  end)
end

check.test("a class that a program changed before it asked for rille counts", function()
  local p <close> = program([[
local plain = require "rille.json".null
local meta = debug.getmetatable(plain)
meta.__call = function() return 1 end]], "return rille.null()")
  check.eq(ran(p, "main.lua"), true)
  check.eq(ran(p, "main.lua"), false)
  p:edit("return 1", "return 2")
  check.eq(ran(p, "main.lua"), true)
end)

check.done()
