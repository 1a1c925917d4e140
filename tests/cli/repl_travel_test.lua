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

test("what the run function captures is a variable: its lines can be typed, and helpers replaced", function()
  local project <close> = new_project()
  answers(project, "--at r/total", "sums.total(list) * p.factor\n", "39.0\n")
  local r = enter(project, "sums = { total = function() return 1.0 end };\nstep();\n", "--at r/total")
  check.has(r.out, "sum: 2.0 (recorded 39.0)\nv: same as recorded\n")
  r = enter(project, "local sums = 'mine'\n.at r/total\n.at now\nsums\n")
  check.has(r.out, "captured  sums\n")
  check.has(r.out, 'back in the session\n"mine"\n')
end)

test("a step that writes a file says that it does so again", function()
  local project <close> = new_project()
  project:edit('print("total', 'io.open("out.txt", "w"):write("x"):close() print("total')
  project:ok "run main.lua --name w"
  check.has(enter(project, ".at w/total\n").out, "writes    out.txt: step() writes it again\n")
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
  check.has(r.out, "sum: 38.0 (recorded 39.0)\nv: not as recorded: f64 {3}, 1 of 3 elements differ")
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
  check.eq(r.out, "39.0\nsame error as recorded\n")
  check.has(r.err, "rille: main.lua@then:21: too much: 39.0\n  20 |     if sum > p.most then\n"
    .. "> 21 |       error(\"too much: \" .. sum)\n")
  r = enter(project, "step { most = 100.0 }\n", "--at r/judge")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"), "completed in T; recorded error: main.lua:21: too much: 39.0\ntrue\n")
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
  check.has(r.out, "list: not as recorded: ")
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
  check.has(r.out, 'back in the session\n"mine"\nnil\nnil\n')
  check.has(enter(project, ".at\n").err, ".at: not at a past step")
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

test("what was set on the way stays; what the script set goes", function()
  local project <close> = new_project()
  project:edit("local load = ", "from_script = 1\nlocal load = ")
  project:ok "run main.lua --name g"
  local r = enter(project, ".at g/total\nbest = step { factor = 1.0 }\nfrom_script\n.at now\nbest\nfrom_script\n")
  check.has(r.out, "\n1\nback in the session\n19.5\n")
  check.eq(r.out:sub(-5), "19.5\n")
  check.has(enter(project, ".forget\ntype(list)\ntype(step)\n", "--at g/total").out, '"nil"\n"nil"\n')
end)

-- Maps, commands, runs that were killed -----------------------------------------------------------

local MAPS <const> = [[
local rille = require "rille"
local t = rille.types
local names = rille.step "names" { outputs = { t.list(t.string) "names" }, run = function() return { "a", "bb", "c" } end }
local len = rille.step "len" { inputs = { t.string "s" }, params = { wait = "" }, outputs = { t.integer "n" },
  run = function(s, p)
    if s == p.wait then print("waiting at " .. s) io.stdout:flush() os.execute "sleep 60" end
    return #s
  end }
local echo = rille.step "echo" { inputs = { t.list(t.integer) "ns", t.integer "k" }, params = { word = "x" },
  outputs = { t.string "out" }, command = "echo {params.word} $(cat {inputs.ns}) $(cat {inputs.k})", stdout = "out" }
local last = rille.step "last" { inputs = { t.string "out", t.list(t.integer) "ns" }, params = { wait = "" },
  outputs = { t.string "r" },
  run = function(out, ns, p)
    if p.wait == "last" then print("waiting at last") io.stdout:flush() os.execute "sleep 60" end
    return out .. #ns
  end }
return rille.pipeline "maps" { params = { wait = "" }, define = function(p)
  local ns = len:map { s = names(), wait = p.wait }
  last { out = echo { ns = ns, k = 5 }, ns = ns, wait = p.wait }
end }
]]

local function maps_project()
  local project = scratch.new()
  project:write("main.lua", MAPS)
  return project
end

test("an item of a map, a list of items, a command", function()
  local project <close> = maps_project()
  project:ok "run main.lua --name r"
  local r = enter(project, "s\nstep()\n", "--at 'r/len[2]'")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"), '"bb"\ncompleted in T\nn: same as recorded\n2\n')
  check.has(enter(project, "", "--at r/len").err,
    "r/len is a map of 3 items; name one, as in r/len[1], r/len[2], r/len[3]")
  r = enter(project, "ns[2], k\nstep { word = 'y' };\n??step\n", "--at r/echo")
  check.has(r.out, "2\n5\n")
  check.has(r.out, "  - x ")
  check.has(r.out, "  + y ")
  check.has(r.out, "echo {params.word} $(cat {inputs.ns})")
end)

-- Runs with wait = WHERE, kills the run when the step waits and the results before it are recorded.
local function killed_at(project, where)
  local r = project:sh(string.format([[
"$RILLE" run main.lua --name k --set wait=%s > log 2>&1 & P=$!
until grep -q "waiting at %s" log; do sleep 0.05; done
until "$RILLE" show k | grep -q "len.3.  ran"; do sleep 0.1; done
kill -9 $P; wait $P 2>/dev/null; echo $?]], where, where))
  check.eq(r.out, "137\n")
end

test("into the step that ran when its run was killed", function()
  local project <close> = maps_project()
  project:ok "run main.lua --name r"
  killed_at(project, "last")
  local r = enter(project, "out, #ns\nstep { wait = '' }\n", "--at k/last")
  check.eq(r.err, "")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"), "3\ncompleted in T\nno recorded outputs to compare with\n")
  r = enter(project, ".at k/last\n")
  check.has(r.out, "at k/last  stopped")
  check.has(r.out, "error     interrupted: the process of the run died\n")
end)

test("into the item of a map that ran when its run was killed", function()
  local project <close> = maps_project()
  killed_at(project, "bb")
  check.has(enter(project, "", "--at k/len").err, "k/len is a map; name an item, as in k/len[2]")
  local r = enter(project, "s\nstep { wait = '' };\n", "--at 'k/len[2]'")
  check.has(r.out, '"bb"\ncompleted in ')
  check.has(enter(project, "", "--at k/last").err, "step last did not run in k")
end)

-- Code and values that are not in the store --------------------------------------------------------

test("a secret is not stored: what to give is said", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local fetch = rille.step "fetch" { params = { token = t.secret }, outputs = { t.integer "n" },
  run = function(p) print("it is " .. p.token) return #p.token end }
return rille.pipeline "p" { params = { token = t.secret }, define = function(p) fetch { token = p.token } end }
]])
  check.eq(project:sh("RILLE_SECRET_TOKEN=abcdefgh $RILLE run main.lua --name r").code, 0)
  local r = enter(project, ".at r/fetch\nstep { token = 'ijklm' };\n")
  check.has(r.out, "token is not stored: set RILLE_SECRET_TOKEN, or give it: ")
  check.has(r.out, "it is ***\ncompleted in")
  check.has(r.out, "n: 5 (recorded 8)")
  check.has(enter(project, "step()\n", "--at r/fetch").err, "set the variable RILLE_SECRET_TOKEN, or give it: step {")
  project:write("entries", "step();\n")
  check.has(project:sh("RILLE_SECRET_TOKEN=abcdefgh $RILLE repl --at r/fetch < entries").out, "n: same as recorded")
end)

test("a module that the store does not have is today's, and that is said", function()
  local project <close> = new_project()
  project:edit('print("total', 'local late = require "lib.late" print("total')
  project:write("lib/late.lua", "return 1\n")
  project:ok "run main.lua --name late"
  project:write("lib/late.lua", "return 2\n")
  local r = enter(project, ".at late/total\nstep();\n")
  check.has(r.out, "changed   module lib.late: ")
  check.has(r.out, "note: lib.late of that day is not in the store: today's was used\n")
end)

test("steps that were defined at a prompt", function()
  local project <close> = scratch.new()
  enter(project, [[
local rille = require "rille"
local K = 3
local b = rille.step "b" { inputs = { rille.types.number "x" }, outputs = { rille.types.number "y" },
  run = function(x) return x * K end }
local p = rille.pipeline "p" { define = function() b { x = 2.5 } end }
p:run { run_name = "r" }
]])
  local r = enter(project, "x\nstep()\n", "--at r/b")
  check.has(r.out:gsub("in [%d.]+ %l+", "in T"), "2.5\ncompleted in T\ny: same as recorded\n7.5\n")
  check.has(enter(project, ".at r/b\n").out, "code      what was entered at the prompt of that day, from the store")
  check.has(enter(project, "step()\n", "--at r/b --patch").err, "run r came from no file")
end)

test("of a session only what the step needs is done again: no files are written, nothing waits", function()
  local project <close> = scratch.new()
  enter(project, [[
local rille = require "rille"
local t = rille.types
do local h = io.open("log", "a") h:write("x") h:close() end
os.execute "printf y >> log"
print "noise"
local tables = {}
tables.factor = 3
function scale(x) return x * tables.factor end
local b = rille.step "b" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x) return scale(x) end }
local p = rille.pipeline "p" { define = function() b { x = 2.0 } end } os.execute "printf z >> log"
p:run { run_name = "r" }
]])
  check.eq(project:read "log", "xyz")
  local r = enter(project, "step()\nos.execute 'printf w >> log';\n", "--at r/b")
  check.eq(r.out:gsub("in [%d.]+ %l+", "in T"), "completed in T\ny: same as recorded\n6.0\n")
  check.eq(project:read "log", "xyzw")
end)

test("a session is done again until the step has the code of the record", function()
  local project <close> = scratch.new()
  project:write("more.lua", "local scale = 1\nfunction other(x) return x * scale end\n"
    .. 'C = rille.step "C" { outputs = { rille.types.number "y" }, run = function() return other(10.0) end }\n'
    .. 'Q = rille.pipeline "Q" { define = function() C() end }\nscale = 2\n')
  enter(project, [[
local scale = 1
function helper(x) return x * scale end
A = rille.step "A" { outputs = { rille.types.number "x" }, run = function() return helper(10.0) end }
P = rille.pipeline "P" { define = function() A() end }
scale = 2
P:run { run_name = "first" };
local scale = 3
.load more.lua
Q:run { run_name = "loaded" };
]])
  local r = enter(project, ".at first/A\nstep();\n.at loaded/C\nstep();\n")
  check.eq(r.err, "")
  check.has(r.out, "code      ")
  check.has(r.out, "entries of that day repeated: 5 of ")
  check.has(r.out, "x: same as recorded")
  check.has(r.out, "y: same as recorded")
  check.eq(r.out:find "stale" or "none", "none")
end)

test("a call that changed what the step captures is done again", function()
  local project <close> = scratch.new()
  enter(project, [[
T = { list = { 1 } }
S = rille.step "S" { outputs = { rille.types.integer "n" }, run = function() return #T.list end }
P = rille.pipeline "P" { define = function() S() end }
table.insert(T.list, 5)
P:run { run_name = "r" };
]])
  check.has(enter(project, "step()\n", "--at r/S").out, "n: same as recorded\n2\n")
end)

test("a step runs in the stack of its run, with what is in its artifact store", function()
  local project <close> = new_project()
  project:edit('print("total of " .. #list)', "print(ctx.stack.name)")
  project:sh "mkdir elsewhere"
  project:ok("artifact-store register big --flavor local --set path=" .. project:path "elsewhere")
  project:ok "stack register other --artifact-store big"
  project:ok "run main.lua --name o --stack other"
  local r = enter(project, ".at o/total\nstep();\n")
  check.eq(r.out:find "changed" or "none", "none")
  check.has(r.out, "other\ncompleted in ")
  check.has(r.out, "v: same as recorded\n")
end)

test("a step that ends its process takes nothing with it", function()
  local project <close> = new_project()
  project:edit('print("total', 'if p.factor == 3 then os.execute("kill -9 $PPID") end print("total')
  project:ok "run main.lua --name r2"
  local r = enter(project, "pcall(step, { factor = 3.0 });\nselect(2, _, __)\nstep();\n", "--at r2/total")
  check.has(r.out, "sum: same as recorded")
end)

test("the script of the session is there again when one leaves", function()
  local project <close> = new_project()
  local r = enter(project, ".steps\n.at r/total\n.steps\n.at now\n.steps\n", "main.lua")
  check.eq(r.err, "")
  local lists = {}
  for name in r.out:gmatch '(step "total")' do lists[#lists + 1] = name end
  check.eq(#lists, 3)
end)

-- Terminals ----------------------------------------------------------------------------------------

-- What is on the screen after these actions (tests/lib/pty.c).
local function on_terminal(project, actions, arguments, columns)
  local words = {}
  for i, action in ipairs(actions) do words[i] = scratch.quoted(action) end
  local command = "export TERM=xterm NO_COLOR=1 RILLE_HISTORY=; %s %d 40 rec %s -- \"$RILLE\" repl %s"
  local r = project:sh(string.format(command,
    scratch.pty(check), columns or 80, table.concat(words, " "), arguments))
  check.eq(r.code, 0, r.err)
  local s = screen.play(project:path "rec", { columns = columns or 80, lines = 40 })
  check.eq(s.status, 0)
  return s:text()
end

local READY <const> = '"rille> "'

test("the card at the beginning, at 60, 80 and 120 columns", function()
  local project <close> = new_project()
  for _, columns in ipairs { 60, 80, 120 } do
    local text = on_terminal(project, { READY .. ":keys:^D" }, "--at r/total", columns)
    check.has(text, "at r/total  completed, ")
    check.has(text, "\ncode      main.lua of that day, from the store\n")
    check.has(text, "\ninputs    list  table  table with 3 fields: 3, 6, 10.5\n")
    check.has(text, "\nparams    factor = 2.0  (also as p)\n")
    check.has(text, "\noutputs   sum  number  39\n          v    array  ")
    for line in text:gmatch "[^\n]+" do check.eq(#line <= columns, true) end
  end
end)

test("Tab completes inputs and steps of runs", function()
  local project <close> = new_project()
  local text = on_terminal(project, { READY .. ":keys:#lis^I^M", READY .. ":keys:.at r/ju^I^M",
    READY .. ":keys:.at @-1/tot^I^M", READY .. ":keys:^D" }, "--at r/total")
  check.has(text, "rille> #list\n3\n")
  check.has(text, "rille> .at r/judge\nat r/judge  completed")
  check.has(text, "rille> .at @-1/total\nat r/total  completed")
end)

test("Ctrl-C ends a step that runs again, and the prompt goes on", function()
  local project <close> = new_project()
  project:edit('print("total of " .. #list)', 'print("begins") if p.factor == 9 then while true do end end')
  project:ok "run main.lua --name spin"
  local text = on_terminal(project, { READY .. ":keys:step { factor = 9.0 }^M", '"begins":keys:^C',
    READY .. ":keys:list[1]^M", READY .. ":keys:^D" }, "--at spin/total")
  check.has(text, "error: interrupted\nrille> list[1]\n3\n")
end)

test("an entry that Ctrl-C ended then is not waited for", function()
  local project <close> = scratch.new()
  local text = on_terminal(project, { READY .. ":keys:local t = rille.types^M",
    READY .. ":keys:s = rille.step 's' { outputs = { t.number 'y' }, run = function() return 1.5 end }^M",
    READY .. ":keys:print('loops') while true do end^M", '"loops\r":keys:^C',
    READY .. ":keys:s {}^M", READY .. ":keys:.at s^M", READY .. ":keys:step()^M", READY .. ":keys:^D" }, "")
  check.has(text, "y: same as recorded\n1.5\n")
end)

test("an error of the step shows the lines of that day, and .bt where it came from", function()
  local project <close> = new_project("--set most=5", true)
  project:write("main.lua", "-- another script\n")
  local text = on_terminal(project, { READY .. ":keys:step()^M", READY .. ":keys:.bt^M", READY .. ":keys:^D" },
    "--at r/judge")
  check.has(text, "same error as recorded\nerror: main.lua@then:21: too much: 39.0\n"
    .. "  20 |     if sum > p.most then\n> 21 |       error(\"too much: \" .. sum)\n")
  check.has(text, "rille> .bt\nmain.lua@then:21: in run\n")
end)

check.done()
