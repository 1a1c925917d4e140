-- The command line: what it takes, what it refuses, its exit codes, what goes to
-- standard output, and what a run leaves behind when it fails or is stopped.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- Two steps and parameters of every plain kind.
local MAIN = HEAD .. [[
local make = step "make" { params = { n = t.integer { default = 3, min = 1 } }, outputs = { t.integer "n" }, run = function(p) return p.n end }
local double = step "double" {
  inputs = { t.integer "n" }, params = { by = 2.0 }, outputs = { t.number "x" },
  run = function(n, p, ctx)
    ctx:log("n is %d", n)
    ctx:log_metric { n = n }
    return n * p.by
  end,
}
return pipeline "p" {
  params = { n = 3, word = t.string { default = "a" }, flag = false, kind = t.enum { "rbf", "linear", default = "rbf" }, list = t.list(t.integer) { default = { 1 } } },
  define = function(p) double(make { n = p.n }) end,
}
]]

local function with(files, body)
  local project <close> = scratch.new()
  for name, text in pairs(files) do project:write(name, text) end
  body(project)
end

-- A test of one command in a project with MAIN as main.lua, which has run once
-- as "one" when `ran` is set.
local function command(phrase, arguments, code, err, out)
  check.test(phrase, function()
    with({ ["main.lua"] = MAIN }, function(project)
      local r = project:rille(arguments)
      check.eq(r.err, err)
      check.eq(r.out, out or "")
      check.eq(r.code, code, "exit code")
    end)
  end)
end

local function ran(phrase, body)
  check.test(phrase, function()
    with({ ["main.lua"] = MAIN }, function(project)
      check.eq(project:rille("run main.lua --name one").code, 0)
      body(project)
    end)
  end)
end

local function after_run(phrase, arguments, code, err, out)
  ran(phrase, function(project)
    local r = project:rille(arguments)
    check.eq(r.err, err)
    check.eq(r.out, out or "")
    check.eq(r.code, code, "exit code")
  end)
end

-- ---- usage: exit 2 ----

local RUN_USAGE = [[
rille: usage: rille run FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE]
                        [--input NAME=PATH] [--config F.yaml] [--name N] [-j N]
                        [-k | --fail-fast] [--resources gpu=1,...] [--no-cache]
                        [--only STEP,...] [--from STEP,...] [--at COMMIT]
                        [--stack S] [--openlineage FILE|URL] [--unlisted]
                        [--audit] [--json]
]]
command("an unknown command", "rnu main.lua", 2,
  'rille: "rnu" is neither a command nor a file; did you mean "run"?; see rille help\n')
command("a script that is not there", "none.lua", 2, "rille: none.lua: No such file or directory\n")
command("a folder for a script", ".", 2, "rille: . is a folder, not a script; did you mean ./main.lua?\n")
command("run without a script", "run", 2, RUN_USAGE)
command("run with too many arguments", "run main.lua p q", 2, RUN_USAGE)
command("run of a script that is not there", "run none.lua", 2, "rille: none.lua: No such file or directory\n")
command("run of a folder", "run .", 2, "rille: . is a folder, not a script; did you mean ./main.lua?\n")
command("run of a pipeline that is not there", "run main.lua q", 2,
  'rille: main.lua has no pipeline "q"; available: p\n')
command("an unknown option of a command", "run main.lua --sett n=1", 2,
  "rille: run: unknown option --sett; did you mean --set?; see rille help run\n")
command("an unknown option of rille", "--jsn main.lua", 2,
  "rille: unknown option --jsn; did you mean --json?; see rille help\n")
command("an option without its value", "run main.lua --name", 2, "rille: --name needs a value\n")
command("an option with a value that takes none", "run main.lua --json=1", 2, "rille: --json takes no value\n")
command("-j of none", "run main.lua -j 0", 2, "rille: -j 0: expected a number of jobs from 1\n")
command("-j of a word", "run main.lua -jx", 2, "rille: run: unknown option -jx; did you mean -j?; see rille help run\n")
command("-e without code", "-e", 2, "rille: -e needs a value\n")
command("a setting without a value", "run main.lua --set n", 2,
  "rille: --set n: expected NAME=VALUE or STEP.NAME=VALUE\n")
command("a setting without a name", "run main.lua --set =5", 2,
  "rille: --set =5: expected NAME=VALUE or STEP.NAME=VALUE\n")
command("a setting without a step", "run main.lua --set .n=5", 2,
  "rille: --set .n=5: expected NAME=VALUE or STEP.NAME=VALUE\n")
command("a setting without a parameter of the step", "run main.lua --set make.=5", 2,
  "rille: --set make.=5: expected NAME=VALUE or STEP.NAME=VALUE\n")
command("runs of an unknown status", "runs --status complete", 2,
  'rille: --status: there is no status "complete"; did you mean "completed"?\n')
command("runs up to none", "runs --limit 0", 2, "rille: --limit 0: expected a number from 1\n")
local ARTIFACT <const> = [[
usage: rille artifact list [PREFIX]
       rille artifact show NAME
       rille artifact get NAME [-o PATH] [--as FORMAT]
       rille artifact verify [NAME]
       rille artifact tag NAME TAG...
       rille artifact untag NAME TAG...
]]
command("an unknown action on artifacts", "artifact lst", 2, 'rille: artifact lst; did you mean "list"?\n' .. ARTIFACT)
after_run("a tag without an artifact", "artifact tag x", 2, "rille: " .. ARTIFACT)
command("a time that is none", "runs --since yesterday", 2,
  "rille: --since yesterday: expected a date such as 2026-11-01, or an age such as 90m, 12h, 2d, 3w\n")
after_run("a condition on a field that there is not", "runs --where 'status = failed and parms.n > 1'", 2, [[
rille: --where: unknown field "parms.n"; did you mean "params.NAME"?
  status = failed and parms.n > 1
                      ^
]])
after_run("a condition that ends early", "runs --where 'not (number > 3'", 2, [[
rille: --where: expected ")", "and" or "or", found the end
  not (number > 3
                 ^
]])
after_run("a condition with a word for an operator", "runs --where 'name like x'", 2, [[
rille: --where: expected = != < <= > or >=, found like
  name like x
       ^
]])
after_run("an order by nothing", "runs --sort acc", 2,
  'rille: --sort: unknown field "acc"; the fields are listed in rille help runs\n')
after_run("an order upwards", "runs --sort metric.acc:up", 2,
  "rille: --sort: expected FIELD, FIELD:asc or FIELD:desc, found metric.acc:up\n")
after_run("a pipeline deleted without a yes", "pipeline delete p", 2,
  "rille: pipeline delete p: add --yes, as nobody can be asked here\n")
after_run("a pipeline deleted that there is not", "pipeline delete q --yes", 3,
  'rille: no runs of a pipeline named "q"; available: p\n')
after_run("a tag that is a number", "artifact tag p::make::n 3", 3,
  "rille: artifact:tag: a tag must not be a number (that would name a version), found \"3\"\n")
command("an unknown action on stacks", "stack descibe", 2,
  'rille: stack descibe; did you mean "describe"?; see rille help stack\n')
command("a stack that there is not", "stack describe big", 3, 'rille: no stack named "big"; available: default\n')
command("an unknown action on pipelines", "pipeline shw", 2,
  'rille: pipeline shw; did you mean "show"?; usage: rille pipeline list | show NAME | delete NAME [--yes]\n')
command("show of a store that there is not", "show", 4,
  "rille: there is no store in this folder or above; run a pipeline first, or name one with --store\n")
after_run("artifact show of nothing", "artifact show", 2, "rille: " .. ARTIFACT)

check.test("help is told of every command, and of rille", function()
  with({}, function(project)
    for _, arguments in ipairs { "help", "-h", "--help", "help run", "run -h", "runs --help", "show -h" } do
      local r = project:rille(arguments)
      check.eq(r.code, 0, arguments .. ": " .. r.err)
      check.eq(r.err, "")
      check.ok(#r.out > 40, arguments .. " says " .. r.out)
    end
    local r = project:rille "help rnu"
    check.eq(r.code, 2)
    check.has(r.err, 'did you mean "run"?')
    check.ok(not r.err:find "rille:lua/", r.err)
  end)
end)

-- ---- scripts ----

command("the version", "--version", 0, "", "rille 0.1.0 (Lua 5.4)\n")
command("code from the command line, with arguments", "-e 'print(arg[1], ...)' a b", 0, "", "a\ta\tb\n")
command("code from the command line, with common options before it", "-q --store s -e 'print(...)' a -x", 0, "",
  "a\t-x\n")
command("code with a syntax error", "-e 'x ='", 3, "rille: (command line):1: unexpected symbol near <eof>\n")
command("code that raises", "-e 'error \"boom\"'", 3, "rille: (command line):1: boom\n")
command("code that raises a number", "-e 'error(5)'", 3, "rille: 5\n")
command("code that raises a table", "-e 'error {}'", 3, "rille: the script raised a table instead of a message\n")
command("code that raises nil", "-e 'error()'", 3, "rille: the script raised nil instead of a message\n")
command("code that raises an object with a text",
  "-e 'error(setmetatable({}, { __tostring = function() return \"mine\" end }))'", 3, "rille: mine\n")
command("code that exits by itself", "-e 'os.exit(7)'", 7, "")
command("a mistake in code", "-e 'local t = require \"rille\".types\nprint(t.matrx)'", 3,
  'rille: (command line):2: unknown type "matrx"; did you mean "matrix"?\n')

check.test("a script on standard input, by a dash or by itself", function()
  with({}, function(project)
    local r = project:sh "echo 'print(arg[0], ...)' | \"$RILLE\" - x y"
    check.eq(r.out, "=stdin\tx\ty\n")
    r = project:sh "echo 'print(...)' | \"$RILLE\""
    check.eq(r.out, "\n")
    r = project:sh "printf 'local x = 1\\nx()\\n' | \"$RILLE\" -"
    check.eq(r.err, "rille: stdin:2: attempt to call a number value (local 'x')\n")
    check.eq(r.code, 3)
  end)
end)

check.test("a script has its arguments, also those that look like options", function()
  with({ ["a.lua"] = "print(arg[0], arg[1], arg[2], ...)\n" }, function(project)
    local r = project:rille "a.lua --json -q"
    check.eq(r.out, "a.lua\t--json\t-q\t--json\t-q\n")
    check.eq(r.code, 0)
  end)
end)

check.test("a syntax error is at its line, and the script does not begin", function()
  with({ ["a.lua"] = "print 'begun'\nlocal x = = 5\n" }, function(project)
    for _, command_line in ipairs { "a.lua", "run a.lua", "plan a.lua" } do
      local r = project:rille(command_line)
      check.eq(r.err, "rille: a.lua:2: unexpected symbol near '='\n", command_line)
      check.eq(r.out, "")
      check.eq(r.code, 3)
    end
  end)
end)

check.test("an error of the script is its message alone", function()
  with({ ["a.lua"] = "local function f()\n  local x\n  return x.y\nend\nlocal z = f()\n" }, function(project)
    for _, command_line in ipairs { "a.lua", "run a.lua", "plan a.lua" } do
      local r = project:rille(command_line)
      check.eq(r.err, "rille: a.lua:3: attempt to index a nil value (local 'x')\n", command_line)
      check.eq(r.code, 3)
    end
  end)
end)

check.test("a module that is not there", function()
  with({ ["a.lua"] = "local m = require 'none'\n" }, function(project)
    local r = project:rille "a.lua"
    check.eq(r.code, 3)
    check.has(r.err, "rille: a.lua:1: module 'none' not found:")
    check.ok(not r.err:find "traceback", r.err)
  end)
end)

-- ---- several pipelines ----

local TWO = HEAD .. [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
local one = pipeline "one" { define = function() s() end }
local two = pipeline "two" { define = function() s() end }
]]

check.test("of several pipelines one is named", function()
  with({ ["main.lua"] = TWO, ["table.lua"] = TWO .. "return { one = one, two = two }\n", ["last.lua"] = TWO
    .. "return two\n", ["none.lua"] = "local x = 1\n" },
    function(project)
    local r = project:rille "run main.lua"
    check.eq(r.err, "rille: main.lua defines 2 pipelines (one, two); name one: rille run main.lua NAME\n")
    check.eq(r.code, 2)
    check.has(project:rille("run main.lua one --name a").err, "completed a in ")
    check.has(project:rille("run table.lua two --name b").err, "cached b: 1 step, cached")
    check.has(project:rille("run last.lua --name c").err, "cached c: ")
    check.eq(json.decode(project:rille("show c --json").out).pipeline, "two")
    check.has(project:rille("run last.lua one --name d").err, "cached d: ")
    r = project:rille "run main.lua tow"
    check.eq(r.err, 'rille: main.lua has no pipeline "tow"; did you mean "two"?\n')
    check.eq(r.code, 2)
    r = project:rille "run none.lua"
    check.eq(r.err,
      'rille: none.lua defines no pipeline; end it with return rille.pipeline "NAME" { ... }; see rille help '
        .. 'pipelines\n')
    check.eq(r.code, 2)
  end)
end)

-- ---- settings ----

check.test("settings are read by the declared type", function()
  with({ ["main.lua"] = MAIN }, function(project)
    local r = project:rille("run main.lua -q --set n=5 --set word=7 --set flag=true --set kind=linear --set "
      .. "'list=[1, 2]' --set double.by=3")
    check.eq(r.code, 0, r.err)
    local run = json.decode(project:rille("show p@-1 --json").out)
    check.eq(run.parameters, { n = 5, word = "7", flag = true, kind = "linear", list = { 1, 2 } })
    check.eq(run.steps[1].parameters, { n = 5 })
    check.eq(run.steps[2].parameters, { by = 3.0 })
  end)
end)

local function bad_setting(setting, message)
  command("the setting " .. setting, "run main.lua --set '" .. setting .. "'", 3, "rille: " .. message .. "\n")
end
bad_setting("n=x", 'parameter "n": expected an integer, found x')
bad_setting("n=1.5", 'parameter "n": expected an integer, found 1.5')
bad_setting("n=[1",
  'parameter "n": a list in [ ] without \',\' or \']\' here; close it, or quote its elements (it began at line 1)')
bad_setting("flag=yes", 'parameter "flag": expected a boolean, found yes')
bad_setting("kind=liner", 'parameter "kind": expected one of "rbf", "linear" (did you mean "linear"?), found liner')
bad_setting("list=[1, x]",
  'parameter "list": expected a list of integers (element 2: expected an integer, found "x"), found [1, x]')
bad_setting("m=1", 'pipeline "p": unknown parameter "m"; available: flag, kind, list, n, word')
bad_setting("flg=true", 'pipeline "p": unknown parameter "flg"; did you mean "flag"?')
bad_setting("doubl.by=3", 'pipeline "p": there is no step "doubl"; did you mean "double"?')
bad_setting("double.bye=3", 'step "double": unknown parameter "bye"; did you mean "by"?')
bad_setting("double.by=x", 'step "double": parameter "by": expected a number, found x')
bad_setting("make.n=0", 'step "make": parameter "n": expected an integer of at least 1, found 0')

-- ---- names of runs ----

check.test("a name that is taken is refused before any step runs", function()
  with({ ["main.lua"] = MAIN }, function(project)
    check.eq(project:rille("run main.lua --name one").code, 0)
    local r = project:rille "run main.lua --name one --set n=9"
    check.eq(r.err, "rille: run name 'one' is taken; choose another, or put {n} in it\n")
    check.eq(r.code, 4)
    check.eq(#json.decode(project:rille("runs --json").out).items, 1)
    check.eq(json.decode(project:rille("plan main.lua --set n=9 --json").out).items[1].status, "run")
  end)
end)

check.test("a name is filled in", function()
  with({ ["main.lua"] = MAIN }, function(project)
    project:rille "run main.lua -q --name x"
    project:rille "run main.lua -q --name '{pipeline}-{n}'"
    project:rille "run main.lua -q --name 'nightly-{n}-{date}-{time}-{pipeline}'"
    project:rille "run main.lua -q"
    local names = {}
    for i, run in ipairs(json.decode(project:rille("runs --json").out).items) do names[i] = run.name end
    check.ok(names[1]:find "^p%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-%d+$", names[1])
    local n = names[2]:match "^nightly%-(%d+)%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-p$"
    check.ok(math.tointeger(tonumber(n)), names[2])
  end)
end)

command("a name with an unknown field", "run main.lua --name 'a-{user}'", 3,
  'rille: run_name: unknown field "{user}"; available: {n}, {date}, {time}, {pipeline}\n')
for _, name in ipairs { "a/b", "a@1", "a\nb" } do
  check.test(string.format("a run cannot be named %q, as no command could find it", name), function()
    with({ ["main.lua"] = MAIN }, function(project)
      local r = project:rille("run main.lua --name " .. scratch.quoted(name))
      check.eq(r.code, 3, r.err)
      check.has(r.err, "rille: run_name: a name cannot contain /, @ or control characters, found ")
      check.eq(r.out, "")
    end)
  end)
end

-- ---- what there is not ----

after_run("show of a run that there is not", "show two", 3,
  "rille: no run named 'two'; no artifact or recent step has that name (see rille runs, rille artifact list)\n")
after_run("show of a step that there is not", "show one/doubl", 3,
  'rille: run one has no step "doubl"; did you mean "double"?\n')
after_run("log of a run that there is not", "log two", 3, "rille: no run named 'two'\n")
after_run("why of a step that there is not", "why doubl", 3,
  'rille: no recent run has a step "doubl"; did you mean "double"?; name the run with --run\n')
after_run("why of a step in a run that there is not", "why double --run two", 3, "rille: no run named 'two'\n")
after_run("lineage of an artifact that there is not", "lineage two", 3, "rille: no artifact named 'two'\n")
after_run("runs of a pipeline that there is not", "runs q", 3,
  'rille: no runs of a pipeline named "q"; available: p\n')
after_run("pipeline show of one that there is not", "pipeline show q", 3,
  'rille: no runs of a pipeline named "q"; available: p\n')

for _, one in ipairs { "runs", "show one", "log one", "artifact list", "pipeline list", "lineage x", "why double",
  "diff one one", "fsck" } do
  command("without a store: " .. one, one, 4,
    "rille: there is no store in this folder or above; run a pipeline first, or name one with --store\n")
end

-- ---- output ----

check.test("results go to standard output, all else to standard error", function()
  with({ ["main.lua"] = MAIN }, function(project)
    local r = project:rille "run main.lua --name one"
    check.eq(r.out, "")
    check.has(r.err, "store .rille created\nrun one ")
    check.has(r.err, "\ncompleted one in ")
    for _, arguments in ipairs { "show one", "show one/double", "runs", "log one", "log one/double", "plan main.lua",
      "artifact list", "artifact show p::double::x",
      "pipeline list", "pipeline show p", "lineage p::double::x", "why double", "diff one one", "config main.lua",
      "fsck", "version", "artifact verify" } do
      r = project:rille(arguments)
      check.eq(r.err, "", arguments)
      check.ok(r.out ~= "" and not r.out:find "\27", arguments .. ": " .. r.out)
      check.eq(r.code, 0, arguments)
    end
    check.eq(project:rille("log one/double").out, "n is 3\n")
    check.eq(project:rille("artifact get p::double::x").out, "6.0")
  end)
end)

check.test("-q says nothing of a run that is fine", function()
  with({ ["main.lua"] = MAIN:gsub("    ctx:log%(.-\n", "") }, function(project)
    local r = project:rille "run main.lua -q"
    check.eq(r.err, "")
    check.eq(r.out, "")
    check.eq(r.code, 0)
    check.eq(project:rille("-q run main.lua").err, "", "common options may stand first")
  end)
end)

check.test("--color and CLICOLOR_FORCE ask for colours in a pipe, and NO_COLOR for none", function()
  with({ ["main.lua"] = MAIN }, function(project)
    local function has(environment, options)
      local r = project:sh("env -u NO_COLOR -u CLICOLOR_FORCE " .. environment .. ' "$RILLE" run main.lua ' .. options)
      check.ok(not r.err:find "\27[^%[]", r.err)
      return r.err:find "\27%[%d+m" ~= nil
    end
    check.eq({ has("", ""), has("", "--color=always"), has("NO_COLOR=1", "--color always"), has("CLICOLOR_FORCE=1", ""),
      has("CLICOLOR_FORCE=0", ""), has("CLICOLOR_FORCE=1 NO_COLOR=1", ""), has("CLICOLOR_FORCE=1", "--color never") },
      { false, true, true, true, false, false, false })
    local r = project:rille "runs --color=blue"
    check.eq({ r.code, r.err }, { 2, "rille: --color blue: expected always, never or auto\n" })
    check.ok(project:sh('"$RILLE" runs --color always').out:find "\27%[2mrun", "no faint head")
  end)
end)

check.test("colours are for terminals that want them", function()
  if not os.execute "script -qec true /dev/null >/dev/null 2>&1 </dev/null" then
    print "left out: there is no pseudo-terminal here"
    return
  end
  with({ ["main.lua"] = MAIN }, function(project)
    local function on_terminal(environment)
      return project:sh(environment .. " script -qec '\"$RILLE\" run main.lua' /dev/null </dev/null").out
    end
    check.ok(on_terminal("env -u NO_COLOR TERM=xterm"):find "\27%[", "no colour on a terminal")
    check.ok(not on_terminal("NO_COLOR=1 TERM=xterm"):find "\27%[", "colour with NO_COLOR")
    check.ok(not on_terminal("env -u NO_COLOR TERM=dumb"):find "\27%[", "colour on a dumb terminal")
    check.ok(not on_terminal("env -u NO_COLOR TERM=xterm"):find "\27%[90m", "bright black")
  end)
end)

ran("--json is JSON, with the keys of the contract", function(project)
  local function get(arguments)
    local r = project:rille(arguments .. " --json")
    check.eq(r.code, 0, arguments .. ": " .. r.err)
    check.eq(r.err, "", arguments)
    return json.decode(r.out)
  end
  local run = get "show one"
  check.eq(run.name, "one")
  check.eq(run.pipeline, "p")
  check.eq(run.status, "completed")
  check.eq(run.reason, nil)
  check.ok(run.started:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", run.started)
  check.eq(run.script, "main.lua")
  check.eq(run.stack, "default")
  check.eq(#run.id, 32)
  local double = run.steps[2]
  check.eq({ double.id, double.step, double.status, double.parameters, double.metrics },
    { "double", "double", "completed", { by = 2.0 }, { n = 3 } })
  check.eq(double.inputs.n, run.steps[1].outputs.n.digest)
  local x = double.outputs.x
  check.eq({ x.type, x.version, x.size, x.uri }, { "number", 1, 3, "rille:" .. x.digest })
  check.eq(get("show one/double").outputs, double.outputs)
  check.eq(get("show p::double::x").digest, x.digest)
  check.eq(get("artifact show p::double::x").members[1].size, 3)
  check.eq(get("artifact list").items[1].name, "p::double::x")
  check.eq(get("runs").items[1].name, "one")
  check.eq(get("runs").next, nil)
  check.eq(get("runs p").items[1].id, run.id)
  local log = get("log one").items[2]
  check.eq({ log.step, log.status, log.log }, { "double", "completed", "n is 3\n" })
  check.eq(get("pipeline list").items[1].name, "p")
  check.eq(get("plan main.lua").items[2].status, "cached")
  check.eq(get("plan main.lua --set n=9").items[2].status, "wait")
  check.eq(get("lineage p::double::x").items[1].step, "double")
  check.eq(get("why double").status, "completed")
  check.eq(get("fsck").problems, {})
  check.eq(get("version").version, "0.1.0")
end)

ran("pipeline show --json gives the nodes and their wires", function(project)
  local r = project:rille "pipeline show p --json"
  check.eq(r.code, 0, r.err)
  local nodes = json.decode(r.out).nodes
  check.eq({ nodes[1].id, nodes[2].id, nodes[2].step }, { "make", "double", "double" })
end)

ran("artifact verify --json is JSON", function(project)
  local r = project:rille "artifact verify --json"
  check.ok(pcall(json.decode, r.out), r.out)
end)

check.test("run --json is an event a line", function()
  with({ ["main.lua"] = MAIN }, function(project)
    local r = project:rille "run main.lua --name one --json"
    local events, last = {}, nil
    for line in r.out:gmatch "[^\n]+" do
      last = json.decode(line)
      events[#events + 1] = last.event .. (last.step and " " .. last.step or "")
    end
    check.eq(events,
      { "run_begin", "step_begin make", "step_end make", "step_begin double", "log double", "step_end double",
        "run_end" })
    check.eq({ last.run, last.status, last.counts.ran }, { "one", "completed", 2 })
    check.eq(json.decode(project:rille("run main.lua --json").out).counts.cached, 2)
  end)
end)

-- ---- a failing step ----

local FAILING = HEAD .. [[
local fine = step "fine" { outputs = { t.integer "n" }, run = function() return 1 end }
local bad = step "bad" { inputs = { t.integer "n" }, params = { level = 2 }, outputs = { t.integer "m" },
  run = function(n, p, ctx)
    ctx:log("about to fail")
    if p.level == 2 then
      error "disk full"
    end
    return n
  end }
local after = step "after" { inputs = { t.integer "m" }, outputs = { t.integer "k" }, run = function(m) return m end }
local aside = step "aside" { inputs = { t.integer "n" }, outputs = { t.integer "k" }, run = function() return 7 end }
return pipeline "p" { define = function()
  local f = fine()
  after(bad(f))
  aside(f)
end }
]]

check.test("a step that fails: exit 1, its error and log are kept, what is finished is not run again", function()
  with({ ["main.lua"] = FAILING }, function(project)
    local r = project:rille "run main.lua --name one -j 1"
    check.eq(r.code, 1)
    check.eq(r.out, "")
    check.has(r.err, "failed step bad of run one\n  main.lua:8: disk full\n")
    check.has(r.err, "about to fail")
    check.has(project:rille("log one/bad").out, "about to fail\nmain.lua:8: disk full\n")
    local run = json.decode(project:rille("show one --json").out)
    check.eq({ run.status, run.reason }, { "failed", "step bad failed" })
    local statuses = {}
    for i, s in ipairs(run.steps) do statuses[i] = s.id .. " " .. s.status end
    check.eq(statuses, { "fine completed", "bad failed", "after skipped", "aside stopped" })
    check.has(run.steps[2].error, "main.lua:8: disk full")
    r = project:rille "run main.lua --name two --set bad.level=1"
    check.eq(r.code, 0, r.err)
    run = json.decode(project:rille("show two --json").out)
    check.eq({ run.steps[1].status, run.steps[1].cached_from, run.steps[2].status },
      { "cached", "one/fine", "completed" })
    r = project:rille "run main.lua --name three"
    check.eq(r.code, 1, "a failure is not cached")
  end)
end)

check.test("the command that a failure prints does resume the run", function()
  with({ ["main.lua"] = FAILING }, function(project)
    local r = project:rille "run main.lua --name one --set bad.level=2"
    local command = r.err:match "fix the error, then resume with:\n    rille ([^\n]+)\n"
    check.ok(command, r.err)
    project:write("main.lua", (FAILING:gsub("error \"disk full\"", "p = nil")))
    r = project:rille(command)
    check.eq(r.code, 0, command .. ": " .. r.err)
    check.has(r.err, "cached    fine")
  end)
end)

check.test("-k goes on with what does not need the failed step", function()
  with({ ["main.lua"] = FAILING }, function(project)
    check.eq(project:rille("run main.lua -k --name one").code, 1)
    local run = json.decode(project:rille("show one --json").out)
    check.eq({ run.status, run.steps[3].status, run.steps[4].status }, { "failed", "skipped", "completed" })
  end)
end)

check.test("a run that fails raises in the script that runs it, at exit 1; raise = false gives the run", function()
  with({ ["main.lua"] = FAILING:gsub("return pipeline", "local p = pipeline") .. [[
if arg[1] then
  local run = p:run { raise = false, run_name = "quiet" }
  print(run.status, run.steps.bad.status)
else
  local ok, err = pcall(p.run, p, { run_name = "loud" })
  print(ok, err.run, err.message)
  p:run { run_name = "again" }
  print "not reached"
end
]] }, function(project)
    local r = project:rille "-q main.lua"
    check.eq(r.out, "false\tloud\trun loud failed in step bad: main.lua:8: disk full\n")
    check.eq(r.code, 1)
    r = project:rille "-q main.lua x"
    check.eq(r.out, "failed\tfailed\n")
    check.eq(r.code, 0)
  end)
end)

-- ---- the store ----

check.test("a store that is a file", function()
  with({ ["main.lua"] = MAIN, store = "mine\n" }, function(project)
    for _, arguments in ipairs { "run main.lua", "runs", "plan main.lua" } do
      local r = project:rille(arguments .. " --store store")
      if arguments == "plan main.lua" then check.eq(r.code, 0, r.err)
      else
        check.eq(r.err, "rille: store: it is a file, not the folder of a store\n", arguments)
        check.eq(r.code, 4)
      end
    end
    check.eq(project:read "store", "mine\n")
  end)
end)

check.test("a store below a file", function()
  with({ ["main.lua"] = MAIN, store = "mine\n" }, function(project)
    local r = project:rille "run main.lua --store store/x"
    check.eq(r.err, "rille: " .. project:path "store/x" .. ": Not a directory\n")
    check.eq(r.code, 4)
  end)
end)

check.test("the store of the environment gives way to --store", function()
  with({ ["main.lua"] = MAIN }, function(project)
    check.eq(project:sh('RILLE_STORE=a "$RILLE" run main.lua -q').code, 0)
    check.ok(project:read "a/config.yaml")
    check.eq(project:sh('RILLE_STORE=a "$RILLE" run main.lua -q --store b').code, 0)
    check.ok(project:read "b/config.yaml")
    check.eq(project:read ".rille/config.yaml", nil)
  end)
end)

-- Every command refuses the store and changes no byte of its database.
local function refused(phrase, spoil, message)
  ran(phrase, function(project)
    spoil(project)
    local before = project:read ".rille/meta.db"
    for _, arguments in ipairs { "run main.lua", "run main.lua --set n=9", "runs", "show one", "fsck", "artifact list",
      "plan main.lua", "why double" } do
      local r = project:rille(arguments)
      check.eq(r.err, "rille: " .. message:gsub("{store}", project:path ".rille") .. "\n", arguments)
      check.eq(r.out, "", arguments)
      check.eq(r.code, 4, arguments)
    end
    check.ok(project:read ".rille/meta.db" == before, "the database was changed")
  end)
end

refused("a database that is garbage", function(project)
  project:sh "rm -f .rille/meta.db*"
  project:write(".rille/meta.db", ("garbage "):rep(512))
end,
"{store}/meta.db is damaged (file is not a database); move it away, or put a backup in its place: the objects "
  .. "stay, history starts over")
refused("a database of a newer rille", function(project)
  check.eq(project:sh("sqlite3 .rille/meta.db 'pragma user_version = 999; pragma wal_checkpoint(truncate)' "
    .. ">/dev/null").code,
    0)
end, "{store}/meta.db was written by a newer rille (format 999, this program knows 5); update rille")
refused("a store of a newer rille", function(project) project:write(".rille/config.yaml", "format: 9\n") end,
  "{store}/config.yaml: the store has format 9, but this rille knows 1; use a newer rille")
refused("a store that does not say its format", function(project) project:write(".rille/config.yaml", "\n") end,
  "{store}/config.yaml: the store's format is missing (format: 1)")
refused("a store whose config is no YAML", function(project) project:write(".rille/config.yaml", "format: [\n") end,
  "{store}/config.yaml:2:1: did not find expected node content; check the indentation, quotes and brackets")

check.test("a database of another program", function()
  with({ ["main.lua"] = MAIN }, function(project)
    project:sh "mkdir .rille && sqlite3 .rille/meta.db 'create table theirs(x)'"
    local before = project:read ".rille/meta.db"
    local r = project:rille "run main.lua"
    check.eq(r.err, "rille: " .. project:path ".rille/meta.db" .. " is a database of another program; move it away\n")
    check.eq(r.code, 4)
    check.ok(project:read ".rille/meta.db" == before, "the database was changed")
  end)
end)

-- ---- stopped in the middle ----

-- `wait` tells that it has begun and waits to be told to go on.
local WAITING = HEAD .. [[
local quick = step "quick" { outputs = { t.integer "n" }, run = function() return 1 end }
local wait = step "wait" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, cache = false,
  run = function(n)
    io.open("begun", "w"):close()
    repeat
      local pause = os.clock() + 0.02
      repeat until os.clock() > pause
      local go = io.open "go"
    until go
    return n
  end }
local last = step "last" { inputs = { t.integer "m" }, outputs = { t.integer "k" }, run = function(m) return m end }
return pipeline "p" { define = function() last(wait(quick())) end }
]]

local function killed(signal, project, options)
  return project:sh(string.format([["$RILLE" run main.lua --name one %s &
pid=$!
n=0
while ! [ -e begun ] && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done
kill -%s $pid
touch go
wait $pid
exit $?]], options or "", signal))
end

-- what is sent -> the exit code, what becomes of the running step, what is said
for signal, want in pairs { INT = { 130, "completed",
  "no new steps start, running steps finish; again to terminate them" },
    TERM = { 143, "stopped", "no new steps start, running steps have 2 s to finish" } } do
  check.test("kill -" .. signal .. " stops a run: its step is " .. want[2] .. "; what is finished is a hit", function()
    with({ ["main.lua"] = WAITING }, function(project)
      local r = killed(signal, project)
      check.eq(r.code, want[1], r.err)
      check.has(r.err, want[3])
      check.has(r.err, "stopped one in ")
      local run = json.decode(project:rille("show one --json").out)
      check.eq({ run.status, run.steps[1].status, run.steps[2].status, run.steps[3].status },
        { "stopped", "completed", want[2], "stopped" })
      r = project:rille "run main.lua --name two"
      check.eq(r.code, 0, r.err)
      run = json.decode(project:rille("show two --json").out)
      check.eq({ run.steps[1].status, run.steps[1].cached_from, run.steps[3].status },
        { "cached", "one/quick", "completed" })
    end)
  end)
end

check.test("a second Ctrl-C ends a step that waits for a command, the command and the run", function()
  with({ ["main.lua"] = HEAD .. [[
local wait = step "wait" { outputs = { t.integer "m" }, cache = false, run = function() os.execute "echo $$ > begun; exec sleep 3600" return 1 end }
local last = step "last" { inputs = { t.integer "m" }, outputs = { t.integer "k" }, run = function(m) return m end }
return pipeline "p" { define = function() last(wait()) end }
]] }, function(project)
    local r = project:sh [=["$RILLE" run main.lua --name one &
pid=$!
while ! [ -s begun ]; do sleep 0.02; done
kill -INT $pid; sleep 0.2; kill -INT $pid; wait $pid; code=$?
grep -qs 'State:.[^ZX]' /proc/$(cat begun)/status && echo survived
exit $code]=]
    check.eq(r.code, 130, r.err)
    check.eq(r.out, "")
    local run = json.decode(project:rille("show one --json").out)
    check.eq({ run.status, run.steps[1].status }, { "stopped", "stopped" })
  end)
end)

check.test("Ctrl-C ends the script that runs a pipeline, not just the run", function()
  with({ ["main.lua"] = WAITING:gsub("return pipeline", "local p = pipeline")
    .. 'p:run { run_name = "one" }\nprint "not reached"\n' },
    function(project)
    local r = project:sh [["$RILLE" main.lua &
pid=$!
while ! [ -e begun ]; do sleep 0.02; done
kill -INT $pid; touch go; wait $pid; exit $?]]
    check.eq(r.code, 130, r.err)
    check.eq(r.out, "")
  end)
end)

check.test("a signal in a run of several jobs stops it too", function()
  with({ ["main.lua"] = WAITING }, function(project)
    local r = killed("INT", project, "-j 2")
    check.eq(r.code, 130, r.err)
    check.eq(json.decode(project:rille("show one --json").out).status, "stopped")
  end)
end)

check.test("a signal in the last step leaves the run completed, at exit 130", function()
  with({ ["main.lua"] = WAITING:gsub("last%(wait%(quick%(%)%)%)", "wait(quick())") }, function(project)
    check.eq(killed("INT", project).code, 130)
    check.eq(json.decode(project:rille("show one --json").out).status, "completed")
  end)
end)

check.test("after kill -9 the next run closes the dead one", function()
  with({ ["main.lua"] = WAITING }, function(project)
    check.eq(killed("KILL", project).code, 137)
    local r = project:rille "run main.lua --name two"
    check.eq(r.code, 0, r.err)
    check.has(r.err, "run one was interrupted; marked as failed")
    local run = json.decode(project:rille("show one --json").out)
    check.eq({ run.status, run.reason }, { "failed", "interrupted" })
    check.eq(json.decode(project:rille("fsck --json").out).problems, {})
  end)
end)

check.test("after kill -9 a listing tells that the run is dead", function()
  with({ ["main.lua"] = WAITING }, function(project)
    killed("KILL", project)
    local run = json.decode(project:rille("runs --json").out).items[1]
    check.eq({ run.name, run.status, run.reason }, { "one", "failed", "interrupted" })
    check.eq(json.decode(project:rille("show one --json").out).status, "failed")
  end)
end)

check.test("- is standard input to run, plan and lint; nothing says how to resume", function()
  local p <close> = scratch.new()
  p:write("main.lua", [[
    local rille = require "rille"
    local s = rille.step "s" { outputs = { rille.types.integer "n" }, run = function() return tonumber(os.getenv "N") or error "no N" end }
    return rille.pipeline "p" { define = function() s {} end }
]])
  local function given(arguments) return p:sh('"$RILLE" ' .. arguments .. " <main.lua") end
  local r = p:sh 'N=1 "$RILLE" run - <main.lua'
  check.eq(r.code, 0, r.err)
  r = p:sh 'N=1 "$RILLE" plan - <main.lua'
  check.has(r.out, "1 cached, 0 to run")
  check.eq(given "lint -".code, 0)
  r = given "run - p"
  check.eq(r.code, 1)
  check.has(r.err, "stdin:2: ")
  check.ok(not r.err:find "resume with", r.err)
  r = p:sh 'echo "(" | "$RILLE" run -'
  check.eq(r.code, 3)
  check.has(r.err, "stdin:")
  r = given "watch -"
  check.eq({ r.code, r.err }, { 2, "rille: watch -: standard input cannot be watched; give a file\n" })
end)

check.test("an error of rille's own Lua is exit 70, with its traceback; a script's stays 3", function()
  local project <close> = scratch.new()
  local tree = paths.root
  project:sh(string.format("cd %s && cp -r lua host stdlib materializers %s", scratch.quoted(tree),
    scratch.quoted(project.dir)))
  project:write("lua/cmd/version.lua",
    'return { usage = "version", run = function() local nothing return nothing.x end }')
  local r = project:rille "version --scripts ."
  check.eq(r.code, 70)
  check.has(r.err, "internal error: rille:lua/cmd/version.lua:1: attempt to index a nil value")
  check.has(r.err, "stack traceback")
  check.has(r.err, "Please report it")
  -- one that a function of C met has no position
  project:write("lua/cmd/version.lua",
    'return { usage = "version", run = function() local nothing for _ in ipairs(nothing) do end end }')
  r = project:rille "version --scripts ."
  check.eq(r.code, 70)
  check.has(r.err, "internal error: attempt to index a nil value")
  project:write("lua/main.lua", "this is no Lua")
  check.eq(project:rille("version --scripts .").code, 70)
  -- a file of the user that is called as one of ours is the user's
  project:write("rille:main.lua", "local x\nprint(x.y)")
  r = project:rille "rille:main.lua"
  check.eq(r.code, 3)
  check.has(r.err, "rille:main.lua:2: attempt to index a nil value (local 'x')")
  check.ok(not r.err:find "internal")
end)

check.done()
