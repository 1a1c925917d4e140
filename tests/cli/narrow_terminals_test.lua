-- What a demanding newcomer stumbles over: long names, narrow terminals, letters
-- that are wide, names that are nearly right.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT = [[
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local long = "a_step_with_a_rather_long_name_that_people_do_write_now_and_then"
local data = rille.step "data" {
  params = { n = 20 },
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function(p) return array.random({ p.n, 3 }, 1), array.random({ 5, 3 }, 2), array.arange(p.n), array.arange(5) end,
}
local total = rille.step "total" {
  inputs = { t.matrix "X" }, outputs = { t.number "sum", t.string "word" },
  run = function(X) return 0.5, ("\u{65e5}\u{672c} "):rep(30) end,
}
return rille.pipeline "good" {
  params = { n = 20, share = 0.0 },
  define = function(p) total:with { id = long } { X = data { n = p.n }.X_train } end,
}
]]

local function ran(phrase, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", SCRIPT)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 0, r.err)
    body(project)
  end)
end

-- What a command prints on a terminal of so many columns, without its colours.
local function on_terminal(project, columns, arguments)
  scratch.pty(check)
  if not os.execute "command -v script >/dev/null" then check.cannot "there is no program script here" end
  local r = project:sh(string.format([[script -qec 'stty cols %d; "$RILLE" %s' typescript </dev/null]], columns, arguments))
  return (r.out:gsub("\27%[[%d;]*m", ""):gsub("\r", ""))
end

ran("lineage keeps to a line an artifact whose preview has several", function(project)
  local out = project:rille("lineage good::data::y_train --up").out
  check.ok(out:find "^■ good::data::y_train@%d+ +%x+  i64 array of 20, 1 to 20, mean …\n", out)
  check.eq(select(2, out:gsub("\n", "")), 2, out)
end)

ran("show names all outputs of a step that has many", function(project)
  check.has(project:rille("show one").out, "X_train:array, X_test:array, y_train:array, y_test:array\n")
end)

ran("a name that is too long for the terminal stands whole on a line of its own", function(project)
  local out = on_terminal(project, 80, "artifact list")
  check.has(out, "\ngood::a_step_with_a_rather_long_name_that_people_do_write_now_and_then::sum\n   ")
  for line in out:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
end)

ran("wide letters are cut by the columns that they take", function(project)
  local out = on_terminal(project, 60, "show one/a_step_with_a_rather_long_name_that_people_do_write_now_and_then")
  local line = out:match "[^\n]*\u{65e5}[^\n]*"
  check.has(line, "…")
  check.ok(utf8.len(line) + 2 * select(2, line:gsub("\u{65e5}\u{672c}", "")) <= 60, line)
end)

-- ---- names that are not there ----

for _, case in ipairs {
  { "show onne", 'no run is called \'onne\'; did you mean "one"?' },
  { "show dta", 'did you mean "data"?' },
  { "show goood@-1", 'there is no run of a pipeline "goood"; did you mean "good"?\n' },
  { "show good@-9", 'pipeline "good" has no run -9; it has 1 to 1, and -1 is the newest\n' },
  { "show good::data::X_tran", 'did you mean "good::data::X_train"?' },
  { "artifact show good::data::X_train@7", "artifact good::data::X_train has no version 7; the newest is 1\n" },
  { "show good::data::X_train@7", "artifact good::data::X_train has no version 7; the newest is 1\n" },
  { "artifact show good::data::X_train@bset", 'no version of artifact good::data::X_train has the tag "bset"; see rille artifact show' },
  { "lineage good::dta::X_train", 'did you mean "good::data::X_train"?' },
  { "log onne", 'did you mean "one"?' },
  { "diff one tow", "no run is called 'tow'\n" },
  { "why dta", 'no recent run has a step "dta"; did you mean "data"?' },
} do
  ran("a name that is nearly right: rille " .. case[1], function(project)
    local r = project:rille(case[1])
    check.eq({ r.code, r.out }, { 3, "" })
    check.has(r.err, case[2])
  end)
end

ran("rille.artifact of a script suggests a name too", function(project)
  local r = project:rille [[-e 'return print(require("rille").artifact "good::data::y_tran")']]
  check.eq(r.code, 3)
  check.has(r.err, '(command line):1: no artifact is called')
  check.has(r.err, 'did you mean "good::data::y_train"?')
end)

ran("the runs of a pipeline that was deleted are listed with --unlisted", function(project)
  check.eq(project:rille("pipeline delete good --yes").code, 0)
  check.eq(project:rille("runs good").code, 3)
  check.has(project:rille("runs good --unlisted").out, "\none ")
  project:rille "run main.lua --name two"
  check.eq(project:rille("runs good").out:find "\none ", nil)
  check.has(project:rille("runs good --unlisted").out, "\none ")
end)

ran("an input that is no artifact is named with its input", function(project)
  project:write("in.lua", [[
    local rille = require "rille"
    local t = rille.types
    local s = rille.step "s" { inputs = { t.matrix "X" }, outputs = { t.number "n" }, run = function(X) return X:sum() end }
    return rille.pipeline "in" { inputs = { t.matrix "X" }, define = function(_, i) s { X = i.X } end }]])
  local r = project:rille "run in.lua --input X=artifact:good::data::X_tran"
  check.has(r.err, 'rille: --input X=artifact:good::data::X_tran: no artifact is called \'good::data::X_tran\'; did you mean "good::data::X_train"?')
end)

ran("names that are empty or as long as a page are refused", function(project)
  local function refused(arguments, message)
    local r = project:rille(arguments)
    check.eq(r.code, 3, arguments)
    check.has(r.err, message)
  end
  refused("run main.lua --name " .. ("x"):rep(500), "a name has at most 400 bytes, found 500")
  refused("run main.lua --tag ''", 'tags: a tag is a text without control characters, found the string ""')
  refused([[-e 'require("rille").step(("x"):rep(300)) {}']], "a step's name has at most 200 letters, found 300: xxxxxxxxxxxxxxxxxxxx...")
end)

ran("rille config refuses what a run would: names and tags", function(project)
  project:write("c.yaml", "tags: [a]\nrun_name: a/b\n")
  local r = project:rille "config main.lua --config c.yaml"
  check.eq({ r.code, r.err }, { 3, 'rille: c.yaml:2:11: run_name: a name has no /, no @ and no control character, found the string "a/b"\n' })
  project:write("c.yaml", "tags: [a, '']\n")
  check.has(project:rille("config main.lua --config c.yaml").err, 'c.yaml:1:7: tags: a tag is a text without control characters, found the string ""')
end)

ran("why says that another step has the id now", function(project)
  project:write("main.lua", (SCRIPT:gsub('rille.step "total"', 'rille.step "sums"'):gsub("0%.5,", "0.75,")))
  check.eq(project:rille("run main.lua").code, 0)
  local out = project:rille("why a_step_with_a_rather_long_name_that_people_do_write_now_and_then").out
  check.has(out, "\n  it is step sums, was step total\n")
end)

ran("a quoted number where YAML wants an integer is told as a string", function(project)
  project:write("c.yaml", 'parameters: { n: "3" }\n')
  check.has(project:rille("config main.lua --config c.yaml").err, 'c.yaml:1:18: parameter "n": expected an integer, found the string "3"')
end)

-- ---- what is printed, and where it goes ----

check.test("usage is broken into lines of 80 columns", function()
  local project <close> = scratch.new()
  for _, name in ipairs { "run", "plan", "runs", "artifact", "graph", "show", "why", "config", "watch" } do
    local r = project:rille(name == "runs" and "runs a b" or name)
    check.eq(r.code, 2, name)
    check.has(r.err, "rille: usage: rille " .. name)
    for line in r.err:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
  end
end)

ran("output that cannot be written is an error, a reader that left is none", function(project)
  local r = project:sh '"$RILLE" runs > /dev/full'
  check.eq({ r.code, r.err }, { 4, "rille: standard output could not be written\n" })
  r = project:sh '"$RILLE" show one --json >&-'
  check.eq({ r.code, r.err }, { 4, "rille: standard output could not be written\n" })
  r = project:sh '{ "$RILLE" help steps; echo $? >code; } | true; cat code'
  check.eq({ r.out, r.err }, { "0\n", "" })
end)

ran("a closed stream does not become a file of the store", function(project)
  project:sh '"$RILLE" run main.lua --no-cache --name two <&- >&- 2>&-'
  check.eq(project:rille("fsck").code, 0)
  check.has(project:rille("runs").out, "two  completed")
end)

ran("a listing in which nothing fits says so, and is empty for programs", function(project)
  local r = project:rille "runs --tag nix"
  check.eq({ r.code, r.out, r.err }, { 0, "", "no run fits\n" })
  check.eq(project:rille("runs --tag nix --json").out, '{"items":[],"next":null}\n')
  r = project:rille "artifact list nix"
  check.eq({ r.code, r.out, r.err }, { 0, "", "no artifact fits\n" })
end)

ran("diff shows a float as one", function(project)
  project:rille "run main.lua --name two --set share=0.25"
  check.has(project:rille("diff one two").out, "parameter share  0.0 -> 0.25\n")
end)

ran("bytes that are no text do not go to a terminal", function(project)
  check.has(on_terminal(project, 80, "artifact get good::data::X_train"), "value.npy is no text, and this is a terminal; -o PATH")
  check.has(on_terminal(project, 80, "artifact get good::a_step_with_a_rather_long_name_that_people_do_write_now_and_then::sum"), "0.5")
end)

-- ---- steps outside of a pipeline ----

local ALONE = [[
local rille = require "rille"
local t = rille.types
local slow = rille.step "slow" {
  params = { n = 1 }, cache = false, outputs = { t.integer "x" },
  run = function(p)
    if p.n == 1 then os.execute "kill -INT $(cat pid)" end
    if p.n < 0 then error "it is negative" end
    return p.n
  end,
}
if (...) == "stop" then
  local f = io.open("pid", "w")
  f:write((io.open("/proc/self/stat"):read "n"))
  f:close()
  for i = 1, 3 do print(slow { n = i }:load()) end
elseif (...) == "caught" then
  local ok, message = pcall(slow, { n = -1 })
  print(ok, message)
else
  slow { n = -1 }
end
]]

local function alone(phrase, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", ALONE)
    body(project)
  end)
end

alone("Ctrl-C in a step outside of a pipeline ends the script after it", function(project)
  local r = project:rille "main.lua stop"
  check.eq({ r.code, r.out }, { 130, "1\n" })
  check.eq(r.err:find "traceback", nil, r.err)
end)

alone("a step outside of a pipeline that fails is a run that failed, told once", function(project)
  local r = project:rille "main.lua"
  check.eq(r.code, 1)
  check.eq(select(2, r.err:gsub("main.lua:7: it is negative\n", "")), 1, r.err)
  r = project:rille "main.lua caught"
  check.eq({ r.code, r.out }, { 0, "false\tmain.lua:7: it is negative\n" })
end)

alone("the command that resumes has the arguments of the script", function(project)
  check.has(project:rille("main.lua 'a b' ''").err, "\n    rille main.lua 'a b' ''\n")
end)

-- ---- the store ----

check.test("an empty .rille says where the store goes: plan, watch and listings know it for none", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT)
  project:sh "mkdir .rille sub && cp main.lua sub"
  local r = project:rille "plan sub/main.lua"
  check.eq({ r.code, r.err }, { 0, "" })
  r = project:rille "runs"
  check.eq({ r.code, r.err }, { 4, "rille: there is no store in this folder or above; run a pipeline first, or name one with --store\n" })
  r = project:rille "run sub/main.lua"
  check.eq(r.code, 0)
  check.has(r.err, "store .rille created\n")
  check.has(project:rille("runs").out, "completed")
end)

-- ---- what the help says ----

check.test("the example of rille help testing passes beside the README's heights.lua", function()
  local project <close> = scratch.new()
  project:write("heights.lua", scratch.read "../../README.md":match "```lua\n(%-%- heights.lua.-)```")
  project:write("heights_test.lua", project:rille("help testing").out:match "  %-%- heights_test.lua.-\n  end%)\n")
  local r = project:rille "test"
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "1 passed, 0 failed")
end)

check.done()
