-- Names that are not there, nearly right, empty or too long.

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

for _, case in ipairs {
  { "show onne", 'no run named \'onne\'; did you mean "one"?' },
  { "show good", '"good" is a pipeline; for its newest run: good@-1\n' },
  { "log good", '"good" is a pipeline; for its newest run: good@-1\n' },
  { "graph good", '"good" is a pipeline; for its newest run: good@-1\n' },
  { "show dta", 'did you mean "data"?' },
  { "show goood@-1", 'no runs of a pipeline named "goood"; did you mean "good"?\n' },
  { "show good@-9", 'pipeline "good" has no run -9; it has 1 to 1, and -1 is the newest\n' },
  { "show good::data::X_tran", 'did you mean "good::data::X_train"?' },
  { "artifact show good::data::X_train@7", "artifact good::data::X_train has no version 7; the newest is 1\n" },
  { "show good::data::X_train@7", "artifact good::data::X_train has no version 7; the newest is 1\n" },
  { "artifact show good::data::X_train@bset",
    'no version of artifact good::data::X_train has the tag "bset"; see rille artifact show' },
  { "lineage good::dta::X_train", 'did you mean "good::data::X_train"?' },
  { "log onne", 'did you mean "one"?' },
  { "diff one tow", "no run named 'tow'\n" },
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
  check.has(r.err, '(command line):1: no artifact named')
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
  check.has(r.err,
    'rille: --input X=artifact:good::data::X_tran: no artifact named \'good::data::X_tran\'; did you mean '
      .. '"good::data::X_train"?')
end)

ran("names that are empty or as long as a page are refused", function(project)
  local function refused(arguments, message)
    local r = project:rille(arguments)
    check.eq(r.code, 3, arguments)
    check.has(r.err, message)
  end
  refused("run main.lua --name " .. ("x"):rep(500), "a name can have at most 400 bytes, found 500")
  check.eq(project:rille("run main.lua --tag ''").code, 2)
  refused([[-e 'require("rille").step(("x"):rep(300)) {}']],
    "a step's name can have at most 200 letters, found 300: xxxxxxxxxxxxxxxxxxxx...")
end)

ran("rille config refuses what a run would: names and tags", function(project)
  project:write("c.yaml", "tags: [a]\nrun_name: a/b\n")
  local r = project:rille "config main.lua --config c.yaml"
  check.eq({ r.code, r.err },
    { 3, 'rille: c.yaml:2:11: run_name: a name cannot contain /, @ or control characters, found "a/b"\n' })
  for name, message in pairs { ["x-{m}"] = 'unknown field "{m}"; available: {n}, {date}', [""] = "cannot be empty" } do
    project:write("c.yaml", 'run_name: "' .. name .. '"\n')
    check.has(project:rille("config main.lua --config c.yaml").err, "c.yaml:1:11: run_name: ")
    check.has(project:rille("config main.lua --config c.yaml").err, message)
  end
  project:write("c.yaml", "tags: [a, '']\n")
  check.has(project:rille("config main.lua --config c.yaml").err,
    'c.yaml:1:7: tags: a tag must be text without control characters, found ""')
end)

ran("why says that another step has the id now", function(project)
  project:write("main.lua", (SCRIPT:gsub('rille.step "total"', 'rille.step "sums"'):gsub("0%.5,", "0.75,")))
  check.eq(project:rille("run main.lua").code, 0)
  local out = project:rille("why a_step_with_a_rather_long_name_that_people_do_write_now_and_then").out
  check.has(out, "\n  it is step sums, was step total\n")
end)

ran("a quoted number where YAML wants an integer is told as a string", function(project)
  project:write("c.yaml", 'parameters: { n: "3" }\n')
  check.has(project:rille("config main.lua --config c.yaml").err,
    'c.yaml:1:18: parameter "n": expected an integer, found "3"')
end)

check.done()
