-- main: the command line.
--
-- Returns main(argv, interrupted) -> exit code, and whether a command ran: then nobody waits for finalizers, and the
-- state need not be closed.  interrupted is the handler of signals that project/signals.lua describes
-- (host/program_signals.h).

local arguments = require "rille.arguments"
local commands = require "rille.commands"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local kernel_sockets = require "rille.base.kernel_sockets"
local line_editor = require "rille.base.line_editor"
local program = require "rille.project.program"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

require "rille.composition"

-- Exit codes.
local FINE <const>, RUN_FAILED <const>, USAGE <const> = 0, 1, 2
local SCRIPT <const>, STORE <const>, INTERNAL <const> = 3, 4, 70

local function complain(text)
  terminal.say(format.in_colour("red", "rille:", 2), " ", text, "\n")
end

-- Errors ---------------------------------------------------------------------------------

-- A damaged store shows as some internal error: then the damage is what is told.
local function report_internal(err)
  local damage = project.trouble()
  if damage then
    complain(damage)
    return STORE
  end
  local command = require("rille.run.script_file").command_line(program.argv)
  complain(internal_error.report(err, require "rille.base.version", command))
  return INTERNAL
end

-- Prints what an error means that reached the top; its exit code.
local function report(err)
  if type(err) == "table" then
    if err.usage then
      complain(err.usage)
      return USAGE
    elseif err.exit then
      if err.message then complain(err.message) end
      return err.exit
    elseif getmetatable(err) == project.Failure then
      complain(err.message)
      return STORE
    elseif rawget(err, "run") then
      return err.no_room and STORE or RUN_FAILED     -- the console has told it
    end
  end
  if internal_error.is(err) then return report_internal(err) end
  complain(require("rille.base.synonyms").missing_global(errors.text_of(err, "the script")))
  return SCRIPT
end

-- Options --------------------------------------------------------------------------------

-- host/main.c reads the folder of --scripts before there is any Lua, where the option stands before a script's name.
local function check_scripts(args)
  if args.scripts and not program.argv.scripts then
    error({ usage = "--scripts " .. args.scripts .. ": say it first, as in: rille --scripts " .. args.scripts
      .. " run FILE" }, 0)
  end
end

local function color_of(text)
  if not text then return false end
  if text ~= "always" and text ~= "never" and text ~= "auto" then
    error({ usage = "--color " .. text .. ": expected always, never or auto" }, 0)
  end
  return text
end

local function set_options(args)
  check_scripts(args)
  local jobs
  if args.j then
    jobs = math.tointeger(tonumber(args.j))
    if not jobs or jobs < 1 then error({ usage = "-j " .. args.j .. ": expected a number of jobs from 1" }, 0) end
  end
  global_options.set { store = args.store, quiet = args.q, verbose = args.v, json = args.json, jobs = jobs,
    stack = args.stack, color = color_of(args.color), processors = sys.processors() }
end

-- Commands and scripts -------------------------------------------------------------------

local function run_command(name, argv)
  local command = commands.get(name)
  program.inspect(not command.runs and name or nil)
  local args = arguments.parse(argv, 2, command.options or {}, name)
  if args.h or args.help then
    terminal.put(require("rille.help").text(commands, name))
    return FINE
  end
  set_options(args)
  if command.max and #args > command.max or #args < (command.min or 0) then
    error({ usage = arguments.usage(command.usage) }, 0)
  end
  return command.run(args, commands) or FINE
end

local function run_script(path, text, chunk_name, args)
  local value = require("rille.run.script_file").program(path, text, chunk_name, args)
  if path then require("rille.show.script_notes").put(path, args, value) end
  return FINE
end

-- Of `rille FILE`.
---@type table<string, CommandOption>
local SCRIPT_OPTIONS <const> = {
  ["-e"] = { value = "CODE", text = "run CODE" },
  ["-i"] = { text = "a prompt after the script" },
  ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
  ["--version"] = { text = "the version of rille" },
}

local function start_script(argv)
  local args = arguments.parse(argv, 1, SCRIPT_OPTIONS, nil, true)
  if args.version then return run_command("version", { "version" }) end
  if args.h or args.help then return run_command("help", { "help" }) end
  set_options(args)
  if args.i then return commands.get("repl").run({ args[1] }) end
  if args.e then return run_script(nil, args.e, "=(command line)", args) end
  if not args[1] or args[1] == "-" then
    if not args[1] and sys.is_terminal(0) then return run_command("repl", { "repl" }) end
    table.remove(args, 1)
    return run_script(nil, io.stdin:read "a", "=stdin", args)
  end
  local file = table.remove(args, 1)
  if not sys.stat(file) and not file:find "[./]" then
    error({ usage = string.format('"%s" is neither a command nor a file%s; see rille help', file,
      require("rille.base.suggest").hint(file, commands.names()):gsub("; available: .*", "")) }, 0)
  end
  return run_script(file, nil, nil, args)
end

local function start(argv)
  -- not in the help: a library starts it (execute/program_pool.lua)
  if argv[1] == "--serve-steps" then return require("rille.run.step_server").serve() end
  argv = arguments.command_first(argv)
  local first = argv[1]
  if first and commands.has(first) then return run_command(first, argv) end
  return start_script(argv)
end

return function(argv, interrupted, open_line_editor, guard_entry, open_kernel_sockets)
  signals.connect(interrupted)
  line_editor.connect(open_line_editor, guard_entry)
  kernel_sockets.connect(open_kernel_sockets)
  program.start(argv)
  local ok, code = internal_error.call(start, argv)
  if not ok then code = report(code) end
  project.shut_down()
  if code == FINE then code = program.exit_code or FINE end
  local signal = signals.received()
  if signal and program.completed then
    terminal.say(sys.signal_name(signal), " came during the last step: the run is complete\n")
  elseif signal and not program.stop_reported then complain("stopped by " .. sys.signal_name(signal)) end
  return signal and 128 + signal or code, not program.is_main
end
