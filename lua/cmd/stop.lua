-- rille stop [RUN]

local history = require "rille.query.history"
local live_log = require "rille.record.live_log"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local run_lock = require "rille.host.run_lock"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local terminal = require "rille.base.terminal"

local command = {
  name = "stop", order = 140, synopsis = "stop [RUN]",
  summary = "ask a running run to stop",
  usage = "stop [RUN] [--now]",
  takes = { "run" },
  max = 1,
  options = {
    ["--now"] = { text = "end running steps" },
  },
  help = [[
rille stop [RUN] [--now] [--json]

Asks a running run to stop, like Ctrl-C in its terminal: no new steps start,
running steps finish, and the run is "stopped".  A second rille stop terminates
running steps: they get SIGTERM and have 2 s to end (rille help stopping).  RUN
can be omitted if only one run is running.

  --now    terminate running steps (SIGTERM and 2 s); used again, kill them
  --json   {"run","id","now"}

The command returns as soon as it has asked the run to stop.  It finds the
process by the lock that the process holds, so it never signals another process.
Completed steps are in the cache: the same rille run resumes from there.  A
program that embeds rille gets SIGINT and handles it in its own way.

Exit codes: 0 the run was asked; 2 usage, or several runs are running and none
is named; 3 no such run, or the run is not running; 4 store error, or no
permission to signal the process.

  rille stop
  rille stop digits@-1 --now
]],
}

local NOT_FOUND <const> = -4

local function only_one()
  local list = project.meta:runs { status = "running", limit = 10, unlisted = true }
  if #list == 0 then errors.at(nil, "no run is running in this store") end
  if #list == 1 then return history.run_of(list[1]) end
  local names = {}
  for i, row in ipairs(list) do names[i] = row.name end
  out.usage("stop: several runs are running: %s; name one", table.concat(names, ", "))
end

local function find(what)
  if not what then return only_one() end
  local run, message = history.find_run(what)
  if not run then errors.at(nil, "%s", message) end
  return run
end

local function not_running(run)
  local row = rawget(run, "row")
  local reason = row.reason and " (" .. row.reason .. ")" or ""
  errors.at(nil, "run %s is not running: it is %s%s", run.name, row.status, reason)
end

function command.run(args)
  project.need "read"
  local run = find(args[1])
  if run.status ~= "running" then not_running(run) end
  local ok, message, code = run_lock.stop(live_log.lock(run.id), args.now)
  if not ok and code == NOT_FOUND then
    -- it ended meanwhile, by itself or not
    project.close()
    project.need "read"
    not_running(find(run.id))
  end
  if not ok then project.fail(message, code) end
  if global_options.json then
    out.json { run = run.name, id = run.id, now = args.now or false }
  elseif not global_options.quiet then
    terminal.say(args.now and "terminating the running steps of " .. run.name .. "\n"
      or "run " .. format.in_colour("bold", run.name, 2)
        .. ": no new steps start; running steps finish (rille stop again to end them)\n")
  end
  return 0
end

return command
