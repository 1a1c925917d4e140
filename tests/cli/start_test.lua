-- What commands load of rille's own Lua: a start costs what it loads.  A module that a command always needs is added to
-- its list here; one that it seldom needs is required where it is used.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

-- A folder for --scripts: rille's own Lua as it is, but main.lua writes to the file $LOADED what was loaded.
local own <close> = scratch.new()
assert(os.execute(string.format("cp -r '%s/lua' '%s'", paths.root, own.dir)))
local text = own:read "lua/main.lua"
local at = text:find("\nreturn function(argv", 1, true)
own:write("lua/main.lua", text:sub(1, at) .. "local main =" .. text:sub(at + #"\nreturn") .. [[

return function(...)
  local results, names = table.pack(main(...)), {}
  for name, module in next, package.loaded do
    local file = require("rille.host.origin").owns(module) and not name:find "^rille%.host%." and name:match "^rille%.(.*)"
    if file then names[#names + 1] = file end
  end
  table.sort(names)
  local f = io.open(os.getenv "LOADED", "w")
  f:write(table.concat(names, " "))
  f:close()
  return table.unpack(results, 1, results.n)
end
]])

-- What a command loads, as names without "rille.".
local function loaded(project, arguments)
  local r = project:sh(string.format("LOADED=loaded RILLE_MEMO=on \"$RILLE\" --scripts '%s' %s", own.dir, arguments))
  check.eq(r.code, 0, r.out .. r.err)
  return project:read "loaded"
end

local function sorted(words)
  local list = {}
  for word in words:gmatch "%S+" do list[#list + 1] = word end
  table.sort(list)
  return table.concat(list, " ")
end

local PROGRAM <const> = [[
arguments base.errors base.format base.internal_error base.kernel_sockets base.line_editor base.terminal base.text_width
base.upcalls commands composition main project project.access project.global_options project.program project.signals
project.store_format
]]

local SCRIPT <const> = PROGRAM .. "cache.global_state cache.named_in_keys run.script_file run.script_state"

-- What a run in which all is cached does without.
local SELDOM <const> = [[
artifact.artifact_io artifact.materialize artifact.materializer_choice artifact.member_name cache.c_modules
cache.file_conflicts execute execute.packed_params execute.runner execute.task plan query.history query.why record
record.own_run_view record.step_row run.cli_inputs run.execution run.planner run.script_undo script.argument_hints
script.value_parser shell.command_reads show.console_lines show.progress show.run_state show.run_text show.step_output
stack
]]

check.test("rille version", function()
  local p <close> = scratch.new()
  check.eq(loaded(p, "version"), sorted(PROGRAM .. "base.value_text base.version cmd.version json show.out"))
end)

check.test("a program that does not ask for rille", function()
  local p <close> = scratch.new()
  check.eq(loaded(p, "-e ''"), sorted(SCRIPT))
end)

check.test("rille runs", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() s() end }
]]
  p:ok "run main.lua"
  check.eq(loaded(p, "runs"), sorted(PROGRAM .. [[base.value_text cmd.runs query.fields query.filter query.listing
record.recovery script.metric_name script.value_parser show.field_columns show.out json]]))
end)

check.test("a run in which all is cached", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, run = function(p) return 1 end }
return pipeline "main" { define = function() s() end }
]]
  p:ok "run main.lua"
  local names = " " .. loaded(p, "run -q main.lua") .. " "
  check.has(names, " run.definition_memo ")
  for name in SELDOM:gmatch "%S+" do check.eq(names:find(" " .. name .. " ", 1, true), nil, name) end
end)

check.done()
