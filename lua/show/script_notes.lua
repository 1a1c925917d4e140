-- script_notes: what is said of `rille FILE` where the words of the command line, or the script's pipeline, came to
-- nothing: a user expected rille run FILE; and of a pipeline that runs twice.

local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local script_notes = {}

local function note(fmt, ...)
  if global_options.quiet then return end
  terminal.say(format.in_colour("yellow", "note:", 2), " ", string.format(fmt, ...), "\n")
end

-- Does a script with this text look at the words after its name?
local function reads_arguments(text) return text:find "%f[%w_]arg%f[^%w_]" or text:find("...", 1, true) end

-- Words after the name of a script that does not look at them.
local function note_ignored(path, args)
  local words = table.concat(args, " ")
  if args[1] == "run" then return note("%s ignores the argument run; to run its pipeline: rille run %s", path, path) end
  local what = args[2] and "arguments " .. words or "argument " .. words
  if not args[1]:find "^%-" then return note("%s ignores the %s", path, what) end
  note("%s ignores the %s; for its pipeline: rille run %s %s", path, what, path, words)
end

-- Says what came to nothing of a script that has ended.
---@param path string
---@param args string[] words after its name
---@param value any what it returned
function script_notes.put(path, args, value)
  if args[1] and program.script and not reads_arguments(sys.read_file(program.script) or "...") then
    note_ignored(path, args)
  elseif not program.has_run and pipelines.is_pipeline(value) then
    note('%s ran nothing; to run its pipeline "%s": rille run %s', path, value.name, path)
  end
end

-- Of rille run: the script ran the pipeline by a call when it was loaded, and the command runs it again.
---@param pipeline string its name
function script_notes.put_twice(pipeline)
  local at = program.ran[pipeline]
  if not at then return end
  note('%s runs the pipeline "%s" as the script loads, and rille run runs it again; '
    .. "put the call inside `if rille.main() then ... end`", at, pipeline)
end

return script_notes
