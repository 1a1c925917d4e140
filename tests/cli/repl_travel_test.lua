-- The prompt at a step of a past run: rille repl --at RUN/STEP, .at RUN/STEP, step().

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

local test = check.test

local MAIN <const> = [[
local rille = require "rille"
local sums = require "lib.sums"
local t = rille.types
local load = rille.step "load" { params = { n = 3 }, outputs = { t.table "list" },
  run = function(p)
    local list = {}
    for line in io.lines "data.txt" do list[#list + 1] = tonumber(line) * p.n end
    return list
  end }
local total = rille.step "total" { inputs = { t.table "list" }, params = { factor = 2.0 },
  outputs = { t.number "sum", t.vector "v" },
  run = function(list, p, ctx)
    print("total of " .. #list)
    local s = sums.total(list) * p.factor
    ctx:log_metric { sum = s }
    return s, require("rille.array").from(list)
  end }
local judge = rille.step "judge" { inputs = { t.number "sum" }, params = { most = 1000.0 }, outputs = { t.boolean "ok" },
  run = function(sum, p)
    if sum > p.most then
      error("too much: " .. sum)
    end
    return true
  end }
return rille.pipeline "demo" { params = { n = 3, most = 1000.0 }, define = function(p)
  local s = total { list = load { n = p.n } }
  judge { sum = s.sum, most = p.most }
end }
]]

local SUMS <const> = [[
local sums = {}
function sums.total(list) local s = 0 for _, v in ipairs(list) do s = s + v end return s end
return sums
]]

-- A project with a run r of the pipeline; options as for rille run.
local function new_project(options, fails)
  local project = scratch.new()
  project:write("main.lua", MAIN)
  project:sh "mkdir lib"
  project:write("lib/sums.lua", SUMS)
  project:write("data.txt", "1\n2\n3.5\n")
  check.eq(project:rille("run main.lua --name r " .. (options or "")).code, fails and 1 or 0)
  return project
end

-- The entries through a pipe.
local function enter(project, entries, arguments)
  project:write("entries", entries)
  return project:sh("$RILLE repl " .. (arguments or "") .. " < entries")
end

local function answers(project, arguments, entries, wanted)
  local r = enter(project, entries, arguments)
  check.eq(r.err, "")
  check.eq(r.out, wanted)
end

test("inputs, parameters, outputs, the run and the step are variables", function()
  local project <close> = new_project()
  answers(project, "--at r/total",
    "list\nparams.factor, p.factor\noutputs.sum\ninputs.list[2]\nrun.name, past.status\n",
    '{ 3, 6, 10.5 }\n2.0\n2.0\n39.0\n6\n"r"\n"completed"\n')
end)

test("step() runs it again and compares each output with the record", function()
  local project <close> = new_project()
  local r = enter(project, "local s, v = step()\ns, #v\n", "--at demo@-1/total")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"),
    "total of 3\ncompleted in T\nmetrics: sum 39.0\nsum: same as recorded\nv: same as recorded\n39.0\n3\n")
end)

test("step takes other parameters and inputs, and says what differs", function()
  local project <close> = new_project()
  local r = enter(project, "step { factor = 1.0 };\nstep { list = { 3.0, 6.0, 10.0 } };\n", "--at r/total")
  check.has(r.out, "metrics: sum 19.5 (recorded 39.0)\nsum: 19.5 (recorded 39.0)\nv: same as recorded\n")
  check.has(r.out, "sum: 38.0 (recorded 39.0)\nv: differs from the record: f64 {3}, 1 of 3 elements differ")
end)

test("what step is given is checked", function()
  local project <close> = new_project()
  local function refused(entry, wanted)
    local r = enter(project, entry .. "\n", "--at r/judge")
    check.has(r.err, wanted)
    check.eq(r.code, 3)
  end
  refused("local s = step { most = 'x' }", 'In[1]:1: step: parameter "most": expected a number')
  refused("step { sum = {} }", 'step: input "sum": expected a number')
  refused("step { mots = 1 }", 'there is no input or parameter "mots"; did you mean "most"?')
  refused("step(5)", "expected inputs and parameters by name, as in step { sum = VALUE }")
end)

test("a step that failed has its inputs, fails again with its lines, and can be made to work", function()
  local project <close> = new_project("--set most=5", true)
  local r = enter(project, "sum\nstep()\n", "--at r/judge")
  check.eq(r.out, "39.0\nit fails as it did then\n")
  check.has(r.err, "rille: main.lua@then:21: too much: 39.0\n  20 |     if sum > p.most then\n"
    .. "> 21 |       error(\"too much: \" .. sum)\n")
  r = enter(project, "step { most = 100.0 }\n", "--at r/judge")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"), "completed in T; it failed then: main.lua:21: too much: 39.0\ntrue\n")
end)

test("that day's code runs, modules too, though they changed or are gone; today's with --patch", function()
  local project <close> = new_project()
  project:edit("* p.factor", "* p.factor + 1")
  project:write("lib/sums.lua", "return { total = function() return 0 end }\n")
  local r = enter(project, "step();\n.at --patch\nstep();\n", "--at r/total")
  check.has(r.out, "sum: same as recorded")
  check.has(r.out, "code      main.lua as it is today\n")
  check.has(r.out, "changed   the code changed since: ")
  check.has(r.out, "sum: 1.0 (recorded 39.0)\nv: same as recorded\n")
  project:sh "rm main.lua lib/sums.lua"
  check.has(enter(project, "step();\n", "--at r/total").out, "sum: same as recorded")
  check.has(enter(project, "step();\n", "--at r/total --patch").err,
    "step: it cannot run again: main.lua is gone; without --patch the code of that day runs")
end)

test("with --patch a script that is edited is loaded again", function()
  local project <close> = new_project()
  local r = enter(project, "step();\nos.execute [[sed -i 's/p.factor$/p.factor + 5/' main.lua]];\nstep();\n",
    "--at r/total --patch")
  check.has(r.out, "main.lua changed: loaded again\ntotal of 3\n")
  check.has(r.out, "sum: 44.0 (recorded 39.0)")
end)

test("nothing is recorded: no run, no version, no cached result", function()
  local project <close> = new_project()
  local before = project:ok "runs --json" .. project:ok "artifact list --json"
  local objects = project:sh("find .rille/objects | sort").out
  check.eq(enter(project, "step { factor = 7.0 };\n", "--at r/total").code, 0)
  check.eq(project:ok "runs --json" .. project:ok "artifact list --json", before)
  check.eq(project:sh("find .rille/objects | sort").out, objects)
  check.eq(project:sh("ls .rille/tmp").out, "")
end)

test("files that changed since are told", function()
  local project <close> = new_project()
  project:write("data.txt", "5\n")
  local r = enter(project, ".at r/load\nstep()\n")
  check.has(r.out, "changed   data.txt is not as it was then\n")
  check.has(r.out, "list: differs from the record: ")
  check.has(r.out, "likely cause: the file data.txt changed\n")
  project:sh "rm data.txt"
  check.has(enter(project, ".at r/load\n").out, "changed   data.txt is gone\n")
end)

test(".at says where one is, goes elsewhere and back; names of the session return", function()
  local project <close> = new_project()
  local r = enter(project, "local list = 'mine'\n.at r/total\nlist[1]\n.at r/judge\nlist, sum\n"
    .. ".at now\nlist, sum, step\n")
  check.eq(r.err, "")
  check.has(r.out, "at r/total  completed, ")
  check.has(r.out, '.at now goes back\n3\nat r/judge  completed')
  check.has(r.out, 'back at the session\n"mine"\nnil\nnil\n')
  check.has(enter(project, ".at\n").err, ".at: at no step of a past run")
end)

test("names that there are not, with what was meant", function()
  local project <close> = new_project()
  local function refused(what, wanted)
    local r = enter(project, "1\n", "--at " .. what)
    check.has(r.err, wanted)
    check.eq({ r.code, r.out }, { 3, "" })
  end
  refused("r/totl", 'run r has no step "totl"; did you mean "total"?')
  refused("q/total", "no run named 'q'")
  refused("r", "r is a run; name one of its steps, as in r/load, r/total, r/judge")
  refused("demo", '"demo" is a pipeline; for its newest run: demo@-1')
  check.eq(enter(project, "list[1]\n", "--at total").out, "3\n")
  local r = enter(project, "", "--patch")
  check.has(r.err, "repl --patch is for --at")
  check.eq(r.code, 2)
end)

test("a step that did not run is told with its cause", function()
  local project <close> = new_project()
  project:edit('print("total of " .. #list)', "error 'broken'")
  project:rille "run main.lua --name f"
  check.has(enter(project, "", "--at f/judge").err,
    "step judge did not run in f: needs total, which failed; go to f/total")
  check.has(enter(project, "", "--at f").err, "as in f/total, ")
end)

test("an input whose object is gone is told, and another can be given", function()
  local project <close> = new_project()
  project:write("main.lua", (MAIN:gsub('t%.table "list"', 't.vector "list"'):gsub("return list\n",
    'for i = 1, 9000 do list[i] = i + 0.5 end return require "rille.array".from(list)\n', 1)
    :gsub("sums.total%(list%)", "list:sum()"):gsub('require%("rille.array"%).from%(list%)', "list")))
  project:ok "run main.lua --name big --set most=1e9"
  project:sh "chmod -R u+w .rille/objects; find .rille/objects -type f -delete"
  local r = enter(project, ".at big/total\n")
  check.has(r.out .. r.err, "is no longer in the store")
  check.eq(r.err, "")
  r = enter(project, "list\n", "--at big/total")
  check.has(r.err, "is no longer in the store; give another to step { list = VALUE }")
  r = enter(project, "step { list = require('rille.array').from { 1.0, 2.0 } };\n", "--at big/total")
  check.eq(r.err, "")
  check.has(r.out, "metrics: sum 6.0 (recorded ")
end)

check.done()
