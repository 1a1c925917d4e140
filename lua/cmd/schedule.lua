-- rille schedule add | list | remove

local cron = require "rille.script.cron"
local entry_of = require "rille.run.schedule_entry"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "schedule", order = 180, synopsis = "schedule add",
  summary = "run a pipeline at given times; also list, remove",
  usage = "schedule add FILE [PIPELINE] [--cron LINE | --every 15m] [--config F.yaml] [--set NAME=VALUE] [--name N] "
    .. "[--timer] [--install] | list [--all] | remove NAME",
  min = 1, max = 3,
  words = { "add", "list", "remove" },
  options = {
    ["--cron"] = { value = "LINE", text = "minute hour day month weekday, as in a crontab" },
    ["--every"] = { value = "INTERVAL", text = "every 15m, 2h, 1d or 1w" },
    ["--name"] = { value = "N", text = "name the entry; default: the pipeline's name" },
    ["--timer"] = { text = "a timer of systemd instead of a crontab entry" },
    ["--install"] = { text = "install the entry, not only show it" },
    ["--all"] = { text = "entries of all projects" },
    ["--config"] = { value = "FILE", list = true, text = "read settings from a YAML file" },
    ["--set"] = { value = "NAME=VALUE", list = true, text = "set a parameter" },
    ["--tag"] = { value = "TAG", list = true, text = "tag the runs" },
    ["--stack"] = { value = "S", text = "the stack to use" },
    ["--no-cache"] = { text = "run every step" },
    ["-j"] = { value = "N", text = "maximum number of concurrent steps" },
    ["-k"] = { text = "after a failure, keep going with independent steps" },
  },
  help = [[
rille schedule add FILE [PIPELINE] [--cron LINE | --every 15m] [--name N]
               [--timer] [--install] [RUN OPTIONS] [--json]
rille schedule list [--all] [--json]
rille schedule remove NAME [--json]

Lets cron, or systemd, run a pipeline at given times.  add checks the script and
its settings and shows the entry; only with --install is it installed.  An entry
of the same name and project is replaced.

  --cron LINE     minute hour day month weekday, each *, a number, a list 1,15,
                  a range 1-5 or a step */10; months and weekdays also by name
                  (jan, mon); or @hourly @daily @weekly @monthly @yearly
  --every 15m     every 15 minutes; also 2h, 1d, 1w.  A crontab has only those
                  that divide an hour or a day; a timer has all
  Without either, the time is that of the YAML file (rille help config):
                  schedule: "0 3 * * *", or schedule: { every: 15m }
  --name N        the name of the entry; default: the pipeline's name
  --timer         a timer of the user's systemd (in ~/.config/systemd/user)
                  instead of a crontab entry.  It runs while the user is logged
                  in, or always after: loginctl enable-linger
  --install       install it: with crontab, or systemctl --user
  RUN OPTIONS     --config --set --tag --stack --no-cache -j -k --store, as in
                  rille run; paths start from this folder, as the runs do

  list            the installed entries of this project, with their next time;
                  --all: those of all projects
  remove NAME     removes the entry of this project, and nothing else

An entry is recognised by a comment above it, with its name and the project's
folder.  The runs print only failures (-q); cron mails what is printed.  Times
are local.  Two runs at once do not disturb each other.  Cron and systemd do not
have the variables of your shell: add names those that the settings and the
stack need.

  --json    add: {"name","project","kind","times","next","text","installed",
            "replaced","variables":[NAME]}; list: {"items":[{"name","project",
            "kind","times","next","command"}],"next":null}; remove: {"name",
            "removed":[KIND]}

Exit codes: 0 success; 2 usage; 3 error in the script, no such entry, or the
program (crontab, systemctl) refused.

  rille schedule add digits.lua --cron "0 3 * * 1-5" --install
  rille schedule add digits.lua --every 90m --timer --config nightly.yaml
]],
}

local actions = {}

-- When ------------------------------------------------------------------------------

local function given(option, read, text)
  local t, message, at = read(text)
  if not t then out.usage("%s: %s\n  %s\n  %s^", option, message, text, (" "):rep(at - 1)) end
  return t
end

local function timetable_of(args, applied)
  if args.cron and args.every then out.usage "schedule: --cron and --every exclude each other: give one" end
  if args.cron then return given("--cron", cron.parse, args.cron) end
  if args.every then return given("--every", cron.every, args.every) end
  if applied.schedule then return applied.schedule end
  out.usage('schedule: when is it to run? Give --cron "0 3 * * *", --every 15m, or schedule: in a file of --config')
end

local function check_crontab(t)
  if t.every and not t.fields then
    errors.at(nil, "a crontab cannot have an interval of %s; use --timer, or one that divides an hour or a day, such "
      .. "as 30m, 2h, 1d, 1w", t.text)
  end
end

local function next_text(t)
  local time = t and cron.next(t, sys.now())
  return time and os.date("%Y-%m-%d %H:%M", time) or ""
end

-- Entries ---------------------------------------------------------------------------

-- The folder of the project that the command is about.
local function project_folder()
  local dir = project.find()
  local real = sys.realpath(dir)
  if not real then return dir:match "^(.*)/%.rille$" or dir end
  return real:match "^(.*)/%.rille$" or real
end

local PASSED <const> = { { "config", "--config" }, { "set", "--set" }, { "tag", "--tag" } }

-- The words of the command that runs it.
local function words_of(args)
  local words = { errors.need(sys.realpath "/proc/self/exe"), "run", args[2] }
  local function add(...) for _, word in ipairs { ... } do words[#words + 1] = word end end
  if args[3] then add(args[3]) end
  add "-q"
  for _, option in ipairs(PASSED) do
    for _, value in ipairs(args[option[1]] or {}) do add(option[2], value) end
  end
  for _, option in ipairs { { "stack", "--stack" }, { "j", "-j" }, { "store", "--store" } } do
    if args[option[1]] then add(option[2], args[option[1]]) end
  end
  local store = os.getenv "RILLE_STORE"         -- which cron does not know
  if store and store ~= "" and not args.store then add("--store", store) end
  if args.no_cache then add "--no-cache" end
  if args.k then add "-k" end
  return words
end

local function check_words(entry)
  for _, word in ipairs { entry.name, entry.folder, table.unpack(entry.words) } do
    if word:find "%c" then
      errors.at(nil, "an entry is one line, and this word has a control character: %s", errors.describe(word))
    end
  end
end

-- An entry is a text that others may read, and has no variables of this process.
local function check_secrets(pipeline, applied)
  for _, param in ipairs(pipeline.params) do
    if param.type.name == "secret" and not (applied.origin or {})[param.name] then
      errors.at(nil, 'parameter "%s" is a secret, which a schedule would show: give it in a YAML file that only you '
        .. 'can read (--config)', param.name)
    end
  end
end

local function print_text(text, as_timer, files)
  if not as_timer then return terminal.put(text) end
  for i, file in ipairs(files) do terminal.put(i > 1 and "\n" or "", "# ", file.name, "\n", file.text) end
end

-- The texts of an entry: one, and of a timer each file.
local function texts_of(entry, as_timer)
  if not as_timer then return table.concat(entry_of.crontab(entry), "\n") .. "\n" end
  local service, timer = entry_of.units(entry)
  local base = "~/.config/systemd/user/" .. entry_of.unit(entry)
  return service .. "\n" .. timer, { { name = base .. ".service", text = service },
    { name = base .. ".timer", text = timer } }
end

local function say_added(entry, as_timer, replaced, variables)
  local coming = next_text(entry.timetable)
  local where = as_timer and "systemd's timers" or "the crontab"
  terminal.say(entry.name, ": ", replaced == nil and "not installed; to install it: the same with --install"
    or string.format("%s in %s", replaced and "replaced" or "installed", where),
    coming ~= "" and "; next run " .. coming or "", "\n")
  local note = require("rille.run.schedule_variables").note(variables, as_timer and entry_of.unit(entry) or nil)
  if note then terminal.say(entry.name, ": ", note, "\n") end
end

function actions.add(args)
  if not args[2] then out.usage "schedule add: name the script: rille schedule add FILE" end
  if args[2] == "-" then out.usage "schedule add -: standard input cannot be read later; give a file" end
  local folder = errors.need(sys.cwd())
  local pipeline = require("rille.run.script_file").pipeline(args[2], args[3])
  local settings, applied = require("rille.cmd.config").resolve(pipeline, args)
  local t = timetable_of(args, applied)
  if not args.timer then check_crontab(t) end
  local entry = { name = args.name or pipeline.name, project = project_folder(), folder = folder,
    words = words_of(args), timetable = t }
  check_words(entry)
  check_secrets(pipeline, applied)
  local of_run = require("rille.stack").of(args.stack or applied.stack)
  local variables = require("rille.run.schedule_variables").of(settings, of_run)
  local text, files = texts_of(entry, args.timer)
  local replaced
  if args.install then replaced = require("rille.run.schedule_install").add(entry, args.timer) end
  if global_options.json then
    local time = cron.next(t, sys.now())
    out.json { name = entry.name, project = entry.project, kind = args.timer and "timer" or "crontab",
      times = t.text, next = time and format.iso(time) or json.null, text = text, installed = replaced ~= nil,
      replaced = replaced or false, variables = json.array(variables) }
    return 0
  end
  print_text(text, args.timer, files)
  if not global_options.quiet then say_added(entry, args.timer, replaced, variables) end
  return 0
end

local function print_list(list, all)
  local head = { "name", "times", "next run", "by", all and "project" or "runs" }
  local rows = {}
  for i, one in ipairs(list) do
    local runs = one.command:match " run (.*)$" or one.command
    rows[i] = { one.name, one.times, next_text(cron.parse(one.times)), one.kind,
      all and one.project or runs:gsub(" %-q%f[%s\0]", "", 1) }
  end
  terminal.put(format.table(head, rows))
end

function actions.list(args)
  if args[2] then out.usage "schedule list takes no name" end
  local list, others = {}, 0
  local own = project_folder()
  for _, one in ipairs(require("rille.run.schedule_install").list()) do
    if args.all or one.project == own then list[#list + 1] = one else others = others + 1 end
  end
  if global_options.json then
    for i, one in ipairs(list) do
      local t = cron.parse(one.times)
      local time = t and cron.next(t, sys.now())
      list[i] = { name = one.name, project = one.project, kind = one.kind, times = one.times, command = one.command,
        next = time and format.iso(time) or json.null }
    end
    out.json { items = json.array(list), next = json.null }
    return 0
  end
  if list[1] then print_list(list, args.all) else terminal.say "no installed entries of this project\n" end
  if others > 0 then
    terminal.say(others == 1 and "1 entry" or format.count(others) .. " entries",
      " of other projects: rille schedule list --all\n")
  end
  return 0
end

-- For a name that this project has no entry of.
local function no_entry(name, own)
  local names, elsewhere = {}, nil
  for _, one in ipairs(require("rille.run.schedule_install").list()) do
    if one.project == own then names[#names + 1] = one.name
    elseif one.name == name then elsewhere = one.project end
  end
  errors.at(nil, 'no installed entry of this project is named "%s"%s', name,
    elsewhere and "; the project " .. elsewhere .. " has one: remove it from that folder"
      or names[1] and suggest.hint(name, names) or "; see rille schedule list --all")
end

function actions.remove(args)
  local name = args[2]
  if not name or args[3] then out.usage "schedule remove: name one entry: rille schedule remove NAME" end
  local own = project_folder()
  local kinds = require("rille.run.schedule_install").remove { name = name, project = own }
  if not kinds[1] then no_entry(name, own) end
  if global_options.json then
    out.json { name = name, removed = json.array(kinds) }
  elseif not global_options.quiet then
    terminal.put(name, ": removed from ", (table.concat(kinds, " and "):gsub("crontab", "the crontab")
      :gsub("timer", "systemd's timers")), "\n")
  end
  return 0
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    out.usage("schedule %s%s", args[1], suggest.hint(args[1], command.words))
  end
  return action(args)
end

return command
