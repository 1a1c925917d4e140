-- main: the command line.  Returns main(argv, interrupted) -> exit code, and
-- whether a command ran: then nobody waits for finalizers, and the state need not
-- be closed.  interrupted() gives the number of a signal that asked to stop, and how
-- often it came; interrupted(how, region) says what a signal has to wait for, and
-- how many lines of a live region there are (host/program_signals.h).
--
-- A command is a record (commands.lua); its args are the positional arguments, and the
-- options by name without dashes.

local commands = require "rille.commands"
local internal_error = require "rille.base.internal_error"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local signals = require "rille.project.signals"
local global_options = require "rille.project.global_options"
local program = require "rille.project.program"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

require "rille.composition"

local COMMON <const> = commands.common

local FINE <const>, RUN_FAILED <const>, USAGE <const>, SCRIPT <const>, STORE <const>, INTERNAL <const> = 0, 1, 2, 3, 4,
  70

local function complain(text)
  terminal.say(format.in_colour("red", "rille:", 2), " ", text, "\n")
end

-- One that comes of a damaged store is told as that.
local function report_internal(err)
  local damage = project.trouble()
  if damage then
    complain(damage)
    return STORE
  end
  complain(internal_error.report(err, require "rille.base.version",
    require("rille.run.script_file").command_line(program.argv)))
  return INTERNAL
end

-- What an error that reached the top means: prints it, gives the exit code.
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

local function flag_error(flag, options, command)
  local names = {}
  for name in next, options do names[#names + 1] = name end
  for name in next, COMMON do names[#names + 1] = name end
  local near = require("rille.base.synonyms").flag(flag, options) or suggest.nearest(flag, names)
  error({ usage = string.format("%sunknown option %s%s; see rille help%s", command and command .. ": " or "", flag,
    near and "; did you mean " .. near .. "?" or "", command and " " .. command or "") }, 0)
end

-- Splits argv[from..] by the options (CommandOption by flag); stop_at_file leaves what follows the first
-- positional argument alone (a script's own arguments).
local function parse(argv, from, options, command, stop_at_file)
  local args, i = {}, from
  while argv[i] do
    local a = argv[i]
    if a == "--" then
      table.move(argv, i + 1, #argv, #args + 1, args)
      break
    end
    local flag, text = a:match "^(%-%-[%w-]+)=(.*)$"
    flag = flag or a
    local j = flag:match "^%-j(%d+)$"
    if j then flag, text = "-j", j end
    if flag:sub(1, 1) ~= "-" or flag == "-" or tonumber(flag) then
      args[#args + 1] = a
      if stop_at_file then
        table.move(argv, i + 1, #argv, #args + 1, args)
        break
      end
    else
      local option = options[flag] or COMMON[flag]
      if not option then flag_error(flag, options, command) end
      local name = flag:gsub("^%-+", ""):gsub("%-", "_")
      if not option.value then
        if text then error({ usage = flag .. " takes no value" }, 0) end
        args[name] = true
      else
        if not text then
          i = i + 1
          text = argv[i]
          if not text then error({ usage = flag .. " needs a value" }, 0) end
        end
        if option.list then
          args[name] = args[name] or {}
          table.insert(args[name], text)
        else
          args[name] = text
        end
      end
    end
    i = i + 1
  end
  return args
end

-- The folder of --scripts was read before all of this (host/main.c), where the option
-- stands before a script's name.
local function check_scripts(args)
  if args.scripts and not program.argv.scripts then
    error({ usage = "--scripts " .. args.scripts .. ": say it first, as in: rille --scripts " .. args.scripts
      .. " run FILE" }, 0)
  end
end

local function apply(args)
  check_scripts(args)
  local jobs
  if args.j then
    jobs = math.tointeger(tonumber(args.j))
    if not jobs or jobs < 1 then error({ usage = "-j " .. args.j .. ": expected a number of jobs from 1" }, 0) end
  end
  global_options.set { store = args.store, quiet = args.q, verbose = args.v, json = args.json, jobs = jobs,
    processors = sys.processors() }
end

local WIDTH <const> = 80

-- "usage: rille run FILE [--set NAME=VALUE | ...]" in lines that fit, broken between
-- what stands in brackets.
local function usage_of(usage)
  local lines, line, lead = {}, "usage: rille", (" "):rep(#"rille: usage: rille " + #usage:match "^%S+" + 1)
  local room = WIDTH - #"rille: "
  for part in usage:gsub("%b[]", function(s) return (s:gsub(" ", "\0")) end):gmatch "%S+" do
    part = part:gsub("\0", " ")
    if #line + 1 + #part > room then
      lines[#lines + 1], line, room = line, lead .. part, WIDTH
    else
      line = line .. " " .. part
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function run_command(name, argv)
  local command = commands.get(name)
  program.inspect(not command.runs and name or nil)
  local args = parse(argv, 2, command.options or {}, name)
  if args.h or args.help then
    terminal.put(require("rille.help").text(commands, name))
    return FINE
  end
  apply(args)
  if command.max and #args > command.max or #args < (command.min or 0) then
    error({ usage = usage_of(command.usage) }, 0)
  end
  return command.run(args, commands) or FINE
end

local function run_script(name, text, chunk, argv)
  require("rille.run.script_file").program(name, text, chunk, argv)
  return FINE
end

-- argv with its command in front: what every command takes may stand before it.
local function command_first(argv)
  local i = 1
  while argv[i] do
    local flag = argv[i]:match "^(%-%-[%w-]+)=" or argv[i]
    if not COMMON[flag] then break end
    i = i + (COMMON[flag].value and flag == argv[i] and 2 or 1)
  end
  if i == 1 or not argv[i] or not commands.has(argv[i]) then return argv end
  local moved = table.move(argv, 1, i - 1, 2, { argv[i] })
  return table.move(argv, i + 1, #argv, i + 1, moved)
end

-- Of `rille FILE`.
---@type table<string, CommandOption>
local SCRIPT_OPTIONS <const> = {
  ["-e"] = { value = "CODE", text = "run CODE" },
  ["-j"] = { value = "N", text = "number of steps that run at once" },
  ["--version"] = { text = "the version of rille" },
}

local function start(argv)
  argv = command_first(argv)
  local first = argv[1]
  if first and commands.has(first) then return run_command(first, argv) end
  local args = parse(argv, 1, SCRIPT_OPTIONS, nil, true)
  if args.version then return run_command("version", { "version" }) end
  if args.h or args.help then return run_command("help", { "help" }) end
  apply(args)
  if args.e then return run_script(nil, args.e, "=(command line)", args) end
  if not args[1] or args[1] == "-" then
    if not args[1] and sys.is_terminal(0) then return run_command("help", { "help" }) end
    table.remove(args, 1)
    return run_script(nil, io.stdin:read "a", "=stdin", args)
  end
  local file = table.remove(args, 1)
  if not sys.stat(file) and not file:find "[./]" then
    error({ usage = string.format('"%s" is neither a command nor a file%s; see rille help', file,
      suggest.hint(file, commands.names()):gsub("; there is.*", "")) }, 0)
  end
  return run_script(file, nil, nil, args)
end

return function(argv, interrupted)
  signals.connect(interrupted)
  program.start(argv)
  local ok, code = internal_error.call(start, argv)
  if not ok then code = report(code) end
  project.shut_down()
  if code == FINE then code = program.exit_code or FINE end
  local signal = signals.received()
  if signal and not program.stop_reported then complain("stopped by " .. sys.signal_name(signal)) end
  return signal and 128 + signal or code, not program.is_main
end
