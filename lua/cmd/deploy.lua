-- rille deploy list | start | status | logs | stop

local deployments = require "rille.project.deployments"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local signals = require "rille.project.signals"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "deploy", order = 330, synopsis = "deploy list",
  summary = "list models that are served; also start, stop, logs",
  usage = "deploy list | start MODEL[@VERSION] [--name NAME] [--port N] | restart NAME | status NAME | "
    .. "logs NAME [-f] | stop NAME | stop --all",
  takes = { "-", "deployment,model" },
  min = 1, max = 2,
  words = { "list", "start", "restart", "status", "logs", "stop" },
  options = {
    ["--name"] = { value = "NAME", text = "of start: how the deployment is called; default: the model's name" },
    ["--port"] = { value = "N", text = "of start: the port; default: one that is free" },
    ["--host"] = { value = "HOST", text = "of start: the address; default: 127.0.0.1" },
    ["--token-env"] = { value = "NAME", text = "of start: the variable that has the bearer token" },
    ["--artifact"] = { value = "NAME", text = "of start: which linked model, where a version has several" },
    ["--script"] = { value = "FILE", text = "of start: a script with the materializers of its own classes" },
    ["--seconds"] = { value = "N", text = "how long start waits until it is ready (120), stop until it ends (15)" },
    ["--machine"] = { text = "of list: the servers of all projects on this machine" },
    ["--all"] = { text = "of stop: all deployments of the project" },
    ["--url"] = { text = "of status: print the address alone" },
    ["--remove"] = { text = "of stop: forget it, with its log" },
    ["-f"] = { text = "of logs: follow" },
  },
  help = [=[
rille deploy list [--machine] [--json]
rille deploy start MODEL[@VERSION] [--name NAME] [--port N] [--host HOST]
                   [--token-env NAME] [--artifact NAME] [--script FILE]
                   [--seconds N] [--json]
rille deploy restart NAME [--seconds N] [--json]
rille deploy status NAME [--url] [--json]
rille deploy logs NAME [-f]
rille deploy stop NAME [--seconds N] [--remove] [--json]
rille deploy stop --all

A deployment is a version of a model that `rille serve` serves over HTTP (rille
help serve) in a process of its own, which goes on when the command or the
terminal that started it ends.  Steps start them too (rille help deployments).

start waits until the model is loaded and answers.  VERSION is a number, a
stage or a version's own name; without it the version in production is served.
A stage is followed: after a promotion the new version is served.  A number
stays what it is.

stop lets the server answer what it was asked, and kills it after --seconds.  A
stopped deployment stays in the list, with its log, until a new one has its name
or it is stopped with --remove.

A deployment is not started again when the machine restarts or its process
dies: list says "died" and why.  restart starts it as it was, with its version,
address and port; one that runs is stopped first.

  --json   list: {"items":[DEPLOYMENT],"next":null}; start, stop: DEPLOYMENT;
           status: with "uptime","requests","errors" too.  DEPLOYMENT:
           {"name","state","reason","model","asked","version","stage","url",
           "host","port","pid","started","by","run","log"}; "state" is one of
           running, starting, stopped, failed, died.

Exit codes: 0 success; 1 the server did not start; 2 usage; 3 no such model,
version or deployment, or the name is taken; 4 store error.

  rille deploy start digits@production --port 8080
  rille deploy logs digits -f
]=],
}

local actions = {}

local function text() return require "rille.show.deployment_text" end

local function need_name(args, action)
  if not args[2] then out.usage("usage: rille deploy %s NAME", action) end
  local found = deployments.get(args[2])
  if found then return found end
  local names = deployments.names()
  errors.at(nil, 'there is no deployment "%s"%s', args[2], names[1] and suggest.hint(args[2], names)
    or "; start one with rille deploy start MODEL")
end

local TAKES <const> = {
  list = { machine = true }, restart = { seconds = true }, status = { url = true }, logs = { f = true },
  start = { name = true, port = true, host = true, token_env = true, artifact = true, seconds = true,
    script = true },
  stop = { all = true, remove = true, seconds = true },
}

local function check_options(action, args)
  for flag in next, command.options do
    local name = flag:gsub("^%-+", ""):gsub("%-", "_")
    if args[name] and not TAKES[action][name] then out.usage("deploy %s: %s has no effect here", action, flag) end
  end
end

local function seconds_of(args)
  if not args.seconds then return nil end
  local n = tonumber(args.seconds)
  if not n or not (n >= 0 and n <= 86400) then
    out.usage("--seconds must be a number from 0 to 86400, found %s", args.seconds)
  end
  return n
end

-- Lists ------------------------------------------------------------------------------------------

local function on_machine()
  local list = deployments.on_machine()
  if global_options.json then
    for _, one in ipairs(list) do one.port = tonumber(one.port) end
    return out.json { items = json.array(list), next = json.null }
  end
  if not list[1] then return terminal.say "no server of a deployment runs on this machine\n" end
  local rows = {}
  for i, one in ipairs(list) do
    local where = one.folder:match "^(.*)/[^/]+/deployments/[^/]+$" or one.folder
    rows[i] = { one.name, one.model, tostring(one.pid), one.exists and where
      or where .. " (the project was deleted: stop it with kill " .. one.pid .. ")" }
  end
  terminal.put(require("rille.base.format").table({ "name", "model", "process", "project" }, rows))
end

function actions.list(args)
  if args[2] then out.usage "deploy list takes no name" end
  if args.machine then return on_machine() end
  local list = deployments.list()
  if global_options.json then
    local items = {}
    for i, one in ipairs(list) do items[i] = text().json(one) end
    return out.json { items = json.array(items), next = json.null }
  end
  if not list[1] then return terminal.say "no deployments; start one with rille deploy start MODEL\n" end
  text().list(list)
end

function actions.status(args)
  local found = need_name(args, "status")
  if args.url then
    if not found.url then errors.at(nil, "%s", require("rille.stack.deploying").not_running(found)) end
    return out.line("%s", found.url)
  end
  if global_options.json then text().status_json(found) else text().status(found) end
end

-- Starting ---------------------------------------------------------------------------------------

local function port_of(args)
  if not args.port then return 0 end
  local port = math.tointeger(tonumber(args.port))
  if not port or port < 0 or port > 65535 then
    out.usage("--port must be a number from 0 to 65535, found %s", args.port)
  end
  return port
end

-- Has somebody asked this command to end?
local function interrupted() return signals.received() ~= nil end

local function print_started(found)
  if global_options.json then return out.json(text().json(found)) end
  if global_options.quiet then return end
  out.line("%s: model %s, version %s%s, at %s", found.name, found.model, tostring(found.version),
    found.stage and " (" .. found.stage .. ")" or "", found.url)
  out.line("stop it with: rille deploy stop %s", found.name)
end

-- The deployer of the active stack, or the usual one.
local function deployer()
  local stack = project.is_configured() and require("rille.stack").current()
  local own = stack and stack:parts("model_deployer")[1]
  if own and own.flavor ~= "local" then
    errors.at(nil, 'the active stack "%s" deploys by "%s" (flavor %s); rille deploy starts servers of this machine '
      .. "alone: use a stack whose model deployer is local, or none", stack.name, own.name, own.flavor)
  end
  return own and stack:objects("model_deployer")[1].object or require("rille.stack.local_deployer").new {}
end

local function script_of(args)
  if not args.script then return nil end
  return sys.realpath(args.script) or out.usage("--script %s: there is no such file", args.script)
end

function actions.start(args)
  if not args[2] then out.usage "usage: rille deploy start MODEL[@VERSION]" end
  project.need "read"
  local model, which = args[2]:match "^([^@]+)@(.+)$"
  model = model or args[2]
  require("rille.serve.served_model").find(model, which)
  local name = args.name or model
  if not deployments.is_name(name) then
    out.usage("%s: the name of a deployment has letters, digits, - _ and . only, found %s; give it with --name",
      args.name and "--name" or "deploy start", errors.describe(name))
  end
  local request = deployer():request({ model = model, stage = which, artifact = args.artifact }, { name = name,
    host = args.host, port = port_of(args), token_env = args.token_env, seconds = seconds_of(args),
    script = script_of(args) })
  local found, why, code = require("rille.stack.deploying").start(request, interrupted)
  if found then return print_started(found) end
  if code == "taken" then errors.at(nil, "%s", why) end
  terminal.say(string.format("rille: deployment %s did not start: %s\n  log: rille deploy logs %s\n", name, why, name))
  return 1
end

-- As it was: the version, the address and the port.
function actions.restart(args)
  local name = need_name(args, "restart").name
  local found, why = require("rille.stack.deploying").restart(name, seconds_of(args), interrupted)
  if found then return print_started(found) end
  terminal.say(string.format("rille: deployment %s did not start: %s\n  log: rille deploy logs %s\n", name, why, name))
  return 1
end

-- Stopping ---------------------------------------------------------------------------------------

local function remove(found)
  local lock <close> = sys.lock_folder(found.folder)
  if not lock then errors.at(nil, 'deployment "%s" was started again', found.name) end
  errors.need(sys.remove(found.folder))
end

local function stop(found, args)
  local was_running = found.state == "running" or found.state == "starting"
  if not was_running and not args.remove then
    errors.at(nil, "%s", require("rille.stack.deploying").not_running(found))
  end
  local how = "removed"
  if was_running then
    local before
    before, how = require("rille.stack.deploying").stop(found.name, seconds_of(args))
    if not before then errors.at(nil, "%s", how) end
  end
  local now = deployments.get(found.name) or found
  if args.remove then remove(found) end
  if global_options.json then out.json(text().json(now))
  elseif not global_options.quiet then
    out.line("%s: %s", found.name, how == "killed" and "killed: it did not end in time" or how)
  end
end

function actions.stop(args)
  if not args.all then return stop(need_name(args, "stop"), args) end
  if args[2] then out.usage "deploy stop: a name, or --all" end
  for _, one in ipairs(deployments.list()) do
    if args.remove or one.state == "running" or one.state == "starting" then stop(one, args) end
  end
end

-- Logs -------------------------------------------------------------------------------------------

-- Prints what there is from a place on; returns where it ended.
local function print_from(path, at)
  local f <close> = io.open(path, "rb")
  if not f then return at end
  if f:seek "end" < at then at = 0 end          -- it began anew
  f:seek("set", at)
  local more = f:read "a" or ""
  if more ~= "" then
    terminal.put(terminal.log(more))
    io.stdout:flush()
  end
  return at + #more
end

function actions.logs(args)
  if global_options.json then out.usage "deploy logs gives text; leave out --json" end
  local found = need_name(args, "logs")
  local at = print_from(found.log, 0)
  while args.f and sys.is_folder_locked(found.folder) and not signals.received() do
    require("rille.host.worker_process").wait({}, 0.1)
    at = print_from(found.log, at)
  end
  if args.f then print_from(found.log, at) end
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    out.usage("deploy %s%s; usage: rille %s", args[1], suggest.hint(args[1], command.words), command.usage)
  end
  check_options(args[1], args)
  -- says that there is no project; the servers of deleted ones are found without
  if not args.machine and not sys.stat((project.find())) then project.need "read" end
  local ok, code = pcall(action, args)
  if ok then return code or 0 end
  if type(code) == "string" then errors.at(nil, "%s", errors.without_place(code)) end
  error(code, 0)
end

return command
