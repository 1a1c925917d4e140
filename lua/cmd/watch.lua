-- rille watch FILE [PIPELINE]

local json = require "rille.json"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local run_command = require "rille.cmd.run"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local signals = require "rille.project.signals"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local watch = require "rille.run.watch"

local command = {
  name = "watch", order = 120, synopsis = "watch FILE",
  summary = "rerun the pipeline whenever an input changes",
  usage = "watch FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE] [--input NAME=PATH] "
    .. "[--config F.yaml] [-j N] [-k] [--stack S] [--no-cache] [--json]",
  min = 1, max = 2, runs = true,
  options = {
    ["--set"] = { value = "NAME=VALUE | STEP.NAME=VALUE", list = true,
      text = "set a parameter of the pipeline or a step" },
    ["--input"] = { value = "NAME=PATH", list = true, text = "read a pipeline input from a file" },
    ["--config"] = { value = "FILE", list = true, text = "read settings from a YAML file" },
    ["-k"] = { text = "after a failure, keep going with independent steps" },
    ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
    ["--stack"] = { value = "S", text = "the stack to use" },
    ["--no-cache"] = { text = "run every step" },
  },
  help = [[
rille watch FILE [PIPELINE] [--set NAME=VALUE | STEP.NAME=VALUE]
            [--input NAME=PATH] [--config F.yaml] [-j N] [-k] [--stack S]
            [--no-cache] [--json]

Runs the pipeline, and reruns it whenever something that it depends on changes:
the script, modules that the script loaded, files and folders that its steps
read (or looked for and did not find), rille.file and rille.dir, the programs
and files of command steps, and the files of --input and --config.  Only
affected steps run; the rest is cached.

Each round prints one line.  If the script cannot be loaded, the error is shown
with file:line, and watching continues.  A round in which nothing had to run
leaves no run in the history.  Saves in quick succession count as one change.
Files written by the run's own steps do not trigger a round.

The options are those of rille run.  With --json, one event per line:
  {"event":"round","time","changed","status","run","counts","seconds","error"}

Exit codes: 0 never; 2 usage; 130 or 143 when stopped.

  rille watch digits.lua
  rille watch digits.lua --set gamma=0.01
]],
}

local QUIET <const> = 0.05          -- seconds without a change before a round
local LONGEST <const> = 0.5         -- that saves in a row may hold one up

local COLOUR = { completed = "green", cached = "blue", failed = "red", error = "red", stopped = "yellow" }

-- "2 ran, 3 cached"
local function count_text(n)
  local parts = {}
  for _, word in ipairs { "ran", "cached", "cut_off", "failed", "skipped", "stopped" } do
    if (n[word] or 0) > 0 then parts[#parts + 1] = format.count(n[word]) .. " " .. word:gsub("_", " ") end
  end
  return table.concat(parts, ", ")
end

-- What changed for sure, or else what may matter.
local function sorted(changed)
  local sure, maybe = {}, {}
  for path, how in next, changed do
    local list = how == "sure" and sure or maybe
    list[#list + 1] = project.show_path(path)
  end
  local list = #sure > 0 and sure or maybe
  table.sort(list)
  return list
end

-- "digits.lua changed", "digits.lua and 3 more changed"
local function cause(changed)
  local list = sorted(changed)
  if #list == 0 then return "first run" end
  return list[1] .. (#list > 1 and string.format(" and %d more", #list - 1) or "") .. " changed"
end

local function outcome(message)
  local status = message.status
  if status == "error" then return "waiting for a fix" end
  if status == "cached" then return "nothing to do, all " .. count_text(message.counts) end
  return string.format("%s in %s", count_text(message.counts), format.seconds(message.seconds))
end

local function report(message, changed)
  if global_options.json then
    out.json {
      event = "round", time = format.iso(sys.now()), changed = json.array(sorted(changed)), status = message.status,
      run = message.run or json.null, counts = message.counts, seconds = message.seconds,
      error = message.text or json.null,
    }
  elseif not (global_options.quiet and message.status ~= "failed" and message.status ~= "error") then
    terminal.put(string.format("%s  %s: %s\n", format.in_colour("grey", os.date "%H:%M:%S"), cause(changed),
      format.in_colour(COLOUR[message.status] or "grey", outcome(message))))
    for line in (message.text or ""):gmatch "[^\n]+" do terminal.put("          ", line, "\n") end
    if message.status == "failed" then
      terminal.put(format.in_colour("grey", "          rille show " .. message.run), "\n")
    end
  end
  io.stdout:flush()
end

local function stopped() return signals.received() ~= nil end

-- Collects further changes while files are still being saved.
local function settle(folders, changed)
  local t0 = sys.mono()
  repeat local more = folders:wait(QUIET, changed) until not more or sys.mono() - t0 > LONGEST or stopped()
end

-- Waits for a change that matters: what changed.
local function next_change(folders)
  local changed = {}
  while not next(changed) do
    if stopped() then return nil end
    folders:wait(1.0, changed)           -- not for ever: a signal just before it would be missed
  end
  settle(folders, changed)
  return changed
end

-- What changed while a round ran, less what its steps wrote.
local function changed_meanwhile(folders, message)
  local changed = {}
  repeat local more = folders:wait(0, changed) until not more
  for path in next, message.found.written do changed[path] = nil end
  return changed
end

-- Of the files in folders that were not watched while the round ran: those that
-- changed after it began, by a clock of the kernel that may be a little behind.
local function changed_unwatched(added, message, began)
  local changed = {}
  for path in next, message.found.files do
    local folder = path:match "^(.*)/[^/]*$"
    local _, _, _, when = sys.stat(path)
    if added[folder] and when and when >= began - 0.01 and not message.found.written[path] then
      changed[path] = "sure"
    end
  end
  return changed
end

local function script_path(file)
  if file == "-" then out.usage "watch -: standard input cannot be watched; give a file" end
  local kind, message = sys.stat(file)
  if not kind then out.usage("%s", message) end
  if kind ~= "file" then
    out.usage("%s is %s, not a script", file, kind == "folder" and "a folder" or "a pipe or device")
  end
  return errors.need(sys.realpath(file))
end

-- The files that the command line names, as far as they are there.
local function add_arguments(found, args)
  local paths = table.move(args.config or {}, 1, #(args.config or {}), 1, {})
  for _, one in ipairs(args.input or {}) do
    local ok, path = pcall(require("rille.run.input_options").split, one:match "^[^=]+=(.*)$" or "")
    paths[#paths + 1] = ok and path ~= "" and path or nil
  end
  for _, path in ipairs(paths) do
    local full = sys.realpath(path)
    if full then found.files[full] = true end
  end
end

local function rounds(args, folders, script)
  local function options_of(pipeline)
    local options = run_command.options_of(pipeline, args)
    options.execution_mode = args.k and "continue_on_failure" or nil
    return options
  end
  local changed, first, silent = {}, true, false
  while true do
    local began = sys.now()
    local message = watch.round(args[1], args[2], options_of, first)
    if message.loaded then first = false end
    add_arguments(message.found, args)
    if not (silent and message.status == "cached") then report(message, changed) end
    if stopped() then return end
    local added = folders:watch_for(message.found, script, message.loaded)
    changed = changed_meanwhile(folders, message)
    for path in next, changed_unwatched(added, message, began) do changed[path] = "sure" end
    silent = next(changed) ~= nil
    if silent then settle(folders, changed) else changed = next_change(folders) end
    if not changed then return end
  end
end

function command.run(args)
  local script = script_path(args[1])
  local folders = watch.folders()
  -- what is saved from here on is seen, also while the first round runs
  folders:watch_for({ files = {}, folders = {} }, script, true)
  if not (global_options.json or global_options.quiet) then
    terminal.put("watching ", args[1], ", Ctrl-C to stop\n")
  end
  rounds(args, folders, script)
  folders:close()
  return 0
end

return command
