-- rille show: the source of a step, and the fields of --json.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local two_steps = require "two_steps"

local project = two_steps.project

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

check.test("why a cached step once ran is said of the run that it is from", function()
  local p <close> = project()
  p:ok "run main.lua -q --name a"
  p:ok "run main.lua -q --name b --set n=8"
  check.has(p:ok "show b/make", "\nreason      parameter n ")
  p:ok "run main.lua -q --name c --set n=8"
  check.has(p:ok "show c/make", "\nfrom        b/make, which ran: parameter n ")
  check.ok(not p:ok "show c/make":find("\nreason", 1, true))
end)

check.test("show has what YAML keeps with a run, and counts older versions of an artifact", function()
  local p <close> = project()
  p:write("c.yaml", "extra: { owner: data, contact: { room: 12 } }\n")
  p:ok "run main.lua -q --name a --config c.yaml"
  check.has(p:ok "show a", '\nextra       contact = {"room":12}, owner = "data"\n')
  for n = 10, 19 do p:ok("run main.lua -q --set n=" .. n) end
  check.has(p:ok "show main::twice::n", "\n1 older version\n")
  p:ok "run main.lua -q --set n=20"
  check.has(p:ok "show main::twice::n", "\n2 older versions\n")
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
