-- An error of rille's own, wherever it happens, is told with its traceback, the version
-- and the command (exit 70); the run has failed and the store is fine.  And --scripts,
-- by which such errors get in here, says what is wrong with its folder.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"
local rille = require "rille"
local sys = require "rille.host.sys"

local SOURCES <const> = paths.root
local B <const> = paths.build

local SCRIPT <const> = [[
local rille = require "rille"
local one = rille.step "one" { outputs = { rille.types.number "n" }, on_success = function(ctx) ctx:log "well" end,
  run = function(_, ctx) ctx:log "hello" return 1 end }
local good = rille.pipeline "good" { define = function() one() end }
if rille.main() then good:run() end
return good
]]

local NIL_INDEX <const> = "local nothing print(nothing.field)"
-- Each with a way of starting the script.
local BUGS <const> = { { 'error "boom"', "--scripts src run p.lua" }, { NIL_INDEX, "--scripts src p.lua" },
  { "assert(false)", "--scripts src run p.lua --json -j 1" } }

-- A project whose folder src is lua/ with a fault in a function of a module.
local function project_with(module, head, bug)
  local project = scratch.new()
  project:write("p.lua", SCRIPT)
  project:sh("mkdir src && cp -r " .. scratch.quoted(SOURCES .. "/lua") .. " src/")
  local path = "src/lua/" .. module .. ".lua"
  local text = project:read(path)
  local _, at = text:find(head, 1, true)
  at = text:find("\n", assert(at, module .. " has no " .. head), true)
  project:write(path, text:sub(1, at - 1) .. " do " .. bug .. " end" .. text:sub(at))
  return project
end

local function check_told(r, command)
  check.eq(r.code, 70, r.err)
  check.has(r.err, "internal error: ")
  check.has(r.err, "stack traceback:")
  check.has(r.err, "This is an error in rille, not in a script")
  check.has(r.err, "version: rille " .. rille._VERSION)
  if command then check.has(r.err, "command: " .. command) end
end

-- What a fault leaves: no run that goes on, no lock, a whole store, a project that runs.
local function check_left(project, began)
  local runs = project:rille "runs --json"
  if began then
    check.eq(runs.code, 0, runs.err)
    check.has(runs.out, '"status":"failed"')
    check.ok(not runs.out:find('"status":"running"', 1, true), runs.out)
    check.ok(not runs.out:find("interrupted", 1, true), runs.out)
    local whole = project:rille "fsck"
    check.eq(whole.code, 0, whole.err)
  end
  local again = project:rille "run p.lua"
  check.eq(again.code, 0, again.err)
  check.eq(project:sh("ls .rille/tmp | wc -l").out, "0\n")
end

-- Where a fault is: { what, module, function, has the run begun by then }
local PLACES <const> = {
  { "while the script is loaded", "run/script_state", "function script_state.prepare(" },
  { "while a step is defined", "script/step", "local function define(" },
  { "while the graph is built", "graph/graph", "function graph.build(" },
  { "in the plan", "plan/plan", "function plan.new(" },
  { "as the run begins", "record/record", "function record.begin(" },
  { "in the console", "show/console", "function console.new(" },
  { "in the journal", "record/live_log", "function live_log.new(", true },
  { "as workers are made", "execute/worker_pool", "function worker_pool.new(", true },
  { "in a worker, outside its step", "execute/worker", "local function carry_out(", true },
  { "in a worker, as it begins", "execute/worker", "local function detach(", true },
  { "as a step begins", "execute/task", "function task.run(", true },
  { "in a function that a step calls", "execute/context", "function methods.log(", true },
  { "as an output is saved", "artifact/materialize", "function materialize.save(", true },
  { "around a hook", "execute/hooks", "function hooks.call(", true },
  { "as an answer is handled", "execute/execute", "local function handle(", true },
  { "as the run ends", "record/record", "function Recorder:finish(", true },
  { "as the program ends", "project/project", "function project.shut_down(" },
}

for _, place in ipairs(PLACES) do
  local what, module, head, began = table.unpack(place)
  check.test("an error of ours " .. what .. " keeps its traceback", function()
    for _, one in ipairs(BUGS) do
      local project <close> = project_with(module, head, one[1])
      local r = project:rille(one[2])
      check_told(r, "rille " .. one[2])
      check.has(r.err, "rille:lua/" .. module .. ".lua:")
      check_left(project, began)
    end
  end)
end

check.test("a record and the JSON of a run have the fault of its step", function()
  local project <close> = project_with("artifact/materialize", "function materialize.save(", NIL_INDEX)
  local r = project:rille "--scripts src run p.lua --json"
  check_told(r)
  check.has(r.out, '"error":"internal error: rille:lua/artifact/materialize.lua:')
  local shown = project:rille "show good@-1 --json"
  check.has(shown.out, "stack traceback:")
end)

check.test("an error of ours in what a hook calls is in the step's log, with its traceback", function()
  local project <close> = project_with("execute/context", "function methods.log_metric(", NIL_INDEX)
  project:write("p.lua", (SCRIPT:gsub('ctx:log "well"', "ctx:log_metric { x = 1 }")))
  local r = project:rille "--scripts src run p.lua"
  check.eq(r.code, 0, r.err)
  local log = project:rille "log good@-1/one"
  check.has(log.out, "on_success failed: internal error: rille:lua/execute/context.lua:")
  check.has(log.out, "stack traceback:")
end)

check.test("-e, standard input and a wrong source of ours tell the same", function()
  local project <close> = project_with("script/step", "local function define(", NIL_INDEX)
  check_told(project:rille [[--scripts src -e 'require "rille".step "x" { run = print }']])
  check_told(project:sh [[echo 'require "rille".step "x" { run = print }' | "$RILLE" --scripts src -]])
  project:write("src/lua/main.lua", "return = 1")
  local r = project:rille "--scripts src version"
  check_told(r, "rille --scripts src version")
  check.has(r.err, "rille:lua/main.lua:1:")
end)

check.test("a mistake of a user shows nothing of ours", function()
  local project <close> = scratch.new()
  for code, text in pairs { ["error 'mine'"] = 3, ["local x x.y = 1"] = 3, ["require 'rille'.step()"] = 3,
    ["assert(false)"] = 3, ["error {}"] = 3,
    ["require 'rille'.step 'x' { outputs = { 1 }, run = print }"] = 3 } do
    project:write("m.lua", code)
    local r = project:rille "m.lua"
    check.eq(r.code, text, r.err)
    check.ok(not r.err:find("internal error", 1, true) and not r.err:find("traceback", 1, true)
      and not r.err:find("rille:lua", 1, true), r.err)
  end
  for _, body in ipairs { "error 'mine'", "local x x.y = 1", "assert(false)", "ctx:log(1)", "ctx.nope()", "return 'x'",
    "error {}", "ctx:log('%d', 'x')" } do
    project:write("m.lua", (SCRIPT:gsub('ctx:log "hello" return 1', function() return body end)))
    local r = project:rille "run m.lua"
    check.eq(r.code, 1, r.err)
    check.ok(not r.err:find("internal error", 1, true), r.err)
  end
end)

check.test("a stock Lua shows the traceback of an error of ours, and the run has failed", function()
  local lua = scratch.stock_lua()
  if not lua then check.cannot "there is no lua5.4" end
  local project <close> = scratch.new()
  project:write("p.lua", SCRIPT)
  project:write("stock.lua", string.format([[
    package.cpath = %q
    local rille = require "rille"
    rille.open { quiet = true }
    local good = dofile "p.lua"
    require("rille.execute").run = nil
    good:run()
  ]], B .. "/?.so"))
  local r = project:sh(lua .. " stock.lua")
  check.eq(r.code, 1)
  check.has(r.err, "internal error: ")
  check.has(r.err, "stack traceback:")
  check.has(r.err, "rille:lua/run/run.lua:")
  check_left(project, true)
end)

-- --scripts ----------------------------------------------------------------------

check.test("--scripts says what is wrong with its folder", function()
  local project <close> = project_with("plan/plan", "function plan.new(", "")
  project:sh("mkdir empty && cp -r src old && cp -r src lacking && rm lacking/lua/plan/plan.lua && cp -r src "
    .. "wrong && rm -r wrong/lua/plan/plan.lua && mkdir wrong/lua/plan/plan.lua")
  project:write("old/lua/base/version.lua",
    (project:read "old/lua/base/version.lua":gsub('return "[^"]*"', 'return "0.0.1"')))
  for arguments, text in pairs {
    ["--scripts none run p.lua"] = "--scripts none: No such file or directory",
    ["--scripts p.lua run p.lua"] = "--scripts p.lua: not a folder",
    ["--scripts empty run p.lua"] = "--scripts empty: no lua/main.lua there",
    ["--scripts src/lua run p.lua"] = "try the folder above",
    ["--scripts old run p.lua"] = "rille 0.0.1",
    ["--scripts lacking run p.lua"] = "the folder lacks lua/plan/plan.lua",
    ["--scripts wrong run p.lua"] = "the folder lacks lua/plan/plan.lua",
    ["--scripts= run p.lua"] = "--scripts: the name is empty",
    ["--scripts src --scripts empty run p.lua"] = "--scripts is given twice",
    ["--scripts src run p.lua --scripts src"] = "--scripts is given twice", ["--scripts"] = "--scripts needs a value",
    ["run p.lua --scripts"] = "--scripts needs a value",
  } do
    local r = project:rille(arguments)
    check.eq(r.code, 2, arguments .. ": " .. r.err)
    check.has(r.err, text)
    check.eq(project:sh("test -e .rille").code, 1, "nothing ran")
  end
end)

check.test("--scripts is read wherever an option of rille stands", function()
  local project <close> = project_with("help/help", "function help.text(", 'error "from the folder"')
  for _, arguments in ipairs { "--scripts src help", "--scripts=src help", "help --scripts src", "help --scripts=src",
    "-q --scripts src help", "--store st --scripts src help", "--scripts ./src/../src help" } do
    local r = project:rille(arguments)
    check.eq(r.code, 70, arguments .. ": " .. r.err)
    check.has(r.err, "from the folder")
  end
  project:write("a.lua", "print(...)")
  check.eq(project:rille "a.lua --scripts none".out, "--scripts\tnone\n")
  check.eq(project:rille "-q a.lua --scripts none --scripts none".out, "--scripts\tnone\t--scripts\tnone\n")
  check.eq(project:rille "a.lua -- --scripts none".code, 0)
end)

check.done()
