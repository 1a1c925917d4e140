-- rille show: the source of a step, and the fields of --json.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local array, frame = require "rille.array", require "rille.frame"
local t = rille.types
]]

local MAIN = HEAD .. [[
local base = 2
local function double(x)
  return x * base
end
local make = rille.step "make" {
  params = { n = 3 }, outputs = { t.integer "out" },
  run = function(p)
    local f = assert(io.open "data.txt")
    local v = f:read "n"
    f:close()
    print("made of " .. p.n)
    return p.n % 2 + v + #(os.getenv "RILLE_MODE" or "")
  end,
}
local twice = rille.step "twice" {
  inputs = { t.integer "x" }, params = { k = 1 }, outputs = { t.integer "n" },
  run = function(x, p) return double(x) * p.k end,
}
return rille.pipeline "main" {
  params = { n = 3 },
  define = function(p)
    local m = make { n = p.n }
    twice { x = m }
    twice:with { id = "again" } { x = m }
  end,
}
]]

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "5\n")
  return p
end

check.test("show --source gives a step's code as it was, with -v what it calls", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  p:write("main.lua", "return nil")
  local text = p:ok("show a/twice --source")
  check.has(text, "run = function(x, p) return double(x) * p.k end")
  check.has(text, "-- and 1 function that it calls; -v shows them")
  check.has(p:ok("show twice --source -v"), "-- main.lua:5\nlocal function double(x)\n  return x * base\nend\n")
  check.eq(p:json("show twice --source").functions[2].name, "double")
  check.eq(p:rille("show a --source").code, 2)
end)

check.test("show --json has the fields of a run that other tools rely on", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a --tag x")
  -- a null field counts, too, which json.decode leaves out
  local run = require("rille.yaml").decode(p:ok("show a --json"), "show", true)
  for _, name in ipairs { "id", "name", "pipeline", "status", "reason", "started", "seconds", "parameters", "stack",
    "tags", "script", "git", "steps" } do
    check.ok(run[name] ~= nil, name .. " is not there")
  end
  for _, name in ipairs { "id", "step", "status", "reason", "key", "seconds", "parameters", "inputs", "metrics",
    "metadata", "outputs" } do
    check.ok(run.steps[1][name] ~= nil, "a step's " .. name .. " is not there")
  end
  for _, name in ipairs { "id", "digest", "type", "version", "size", "uri" } do
    check.ok(run.steps[1].outputs.out[name] ~= nil, "an output's " .. name .. " is not there")
  end
end)

check.done()
