-- deploying: starts and stops the servers of models (project/deployments.lua has their records).
--
--   deploying.start(request, stopped) -> state | nil, why, code        waits until it is ready
--   deploying.ensure(request, stopped) -> state, "kept"|"started"|"replaced" | nil, why
--   deploying.stop(name, seconds) -> state, how | nil, why
-- request = { name, model, which?, artifact?, host?, port?, token_env?, script?, run?, seconds?, program? }
-- stopped() says that the caller is to end: then a server that is not ready is ended, too.
--
-- One command at a time has the lock of the folder, and hands it to the server; a command that is killed leaves
-- nothing, or a server that the lock and its status file show.

local deployments = require "rille.project.deployments"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local json = require "rille.json"
local serve_program = require "rille.stack.serve_program"
local served_by = require "rille.project.served_by"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local deploying = {}

local READY <const>, GRACE <const> = 120, 15        -- seconds: to load a model, to answer what is being asked
local LOOK <const> = 0.02
local TERM <const>, KILL <const> = 15, 9
local MOST_LOG <const> = 4 << 20                    -- bytes after which a log begins anew
local HOST <const> = "127.0.0.1"

local function write(path, value) errors.need(sys.write_file(path, json.pack(value) .. "\n")) end

local function pause() worker_process.wait({}, LOOK) end

-- Says what ended it, unless that was said.
local function say_end(folder, how, why)
  local path = folder .. "/ended.json"
  if not sys.entry(path) then write(path, { how = how, why = why, at = sys.now() }) end
end

-- The process that answers on a port as a server of a model does; nil where none does.
local function answering(port)
  local code, body = served_by.ask({ status = { host = HOST, port = port }, record = {} },
    { method = "GET", path = "/ping", seconds = 0.5 })
  local ok, answer = pcall(json.unpack, code == 200 and body or "")
  return ok and type(answer) == "table" and answer.pid or nil
end

-- Who else listens on a port, in words; "" where that is not known.
local function user_of_port(port)
  local pid = answering(port)
  for _, one in ipairs(port ~= 0 and deployments.on_machine() or {}) do
    if one.pid == pid or not pid and tonumber(one.port) == port then
      if one.exists then return string.format("; it is that of deployment %s in %s", one.name,
        one.folder:match "^(.*)/[^/]+/deployments/" or one.folder) end
      return string.format("; it is that of deployment %s, whose project was deleted or moved: stop it with kill %d",
        one.name, one.pid)
    end
  end
  return ""
end

-- Why a server that ended before it was ready did so.
local function why_failed(record, folder, code, signal)
  local over = deployments.read_json(folder .. "/ended.json")
  if over and over.how == "stopped" then return "it was stopped while it started" end
  local last = deployments.last_line(folder .. "/log")
  local why = last and not last:find "^%-%-%-" and last:gsub("^rille: ", ""):gsub("^serve: ", "")
    or code and "it ended with exit code " .. code or "it ended by " .. sys.signal_name(signal)
  return why .. (why:find "port" and why:find "in use" and user_of_port(record.port) or "")
end

-- Waits until it is ready; nil and why it is not.
local function wait_ready(handle, record, folder, seconds, stopped)
  local latest = sys.mono() + seconds
  while true do
    local status = deployments.read_json(folder .. "/status.json")
    if status and status.pid == record.pid then return true end
    if handle:read(LOOK) == nil then return nil, why_failed(record, folder, handle:finish()) end
    local asked = stopped()
    if asked or sys.mono() > latest then
      handle:kill(KILL)
      handle:finish()
      return nil, asked and "it was stopped while it started"
        or string.format("it was not ready after %s; its log is %s", format.seconds(seconds), folder .. "/log")
    end
  end
end

local function record_of(request, folder)
  return { name = request.name, model = request.model, which = request.which and tostring(request.which) or nil,
    artifact = request.artifact, script = request.script, host = request.host or HOST, port = request.port or 0,
    token_env = request.token_env,
    program = request.program, at = sys.now(), by = sys.user(), run = request.run, dir = sys.realpath(folder) or folder,
    boot = deployments.boot() }
end

local function taken(name)
  local found = deployments.get(name)
  if not found or found.state == "starting" then
    return nil, string.format('deployment "%s" is being started by another command', name), "taken"
  end
  if found.state ~= "running" then
    return nil, string.format('deployment "%s" is busy: another command starts or stops it', name), "taken"
  end
  return nil, string.format('deployment "%s" is running already: %s, version %d, at %s; stop it first (rille deploy '
    .. "stop %s), or give another --name", name, found.model, found.version, found.url, name), "taken"
end

-- The lock of a deployment's folder.  What only looks takes it for a moment: a busy lock is tried again.
local function lock_of(folder)
  for _ = 1, 5 do
    local lock = sys.lock_folder(folder)
    if lock then return lock end
    pause()
  end
end

-- What was left by the one before.
local function clear(folder)
  for _, file in ipairs { "status.json", "ended.json", "record.json" } do sys.remove(folder .. "/" .. file) end
  local kind, size = sys.stat(folder .. "/log")
  if kind == "file" and size > MOST_LOG then sys.remove(folder .. "/log") end
end

local function launch(request, folder, lock, stopped)
  local record = record_of(request, folder)
  clear(folder)
  write(folder .. "/record.json", record)
  local handle, why = serve_program.start(record, folder, lock)
  if not handle then
    say_end(folder, "failed", why)
    return nil, why
  end
  record.pid = handle:pid()
  record.ticks = spawn.started(record.pid)
  write(folder .. "/record.json", record)
  local ok
  ok, why = wait_ready(handle, record, folder, request.seconds or READY, stopped)
  if ok then
    handle:let_go()
    -- where it was, for restart
    record.was = (deployments.read_json(folder .. "/status.json") or {}).port
    write(folder .. "/record.json", record)
    return true
  end
  say_end(folder, "failed", why)
  return nil, why
end

local function never() return false end

-- Starts a deployment and waits until it is ready.
---@param request table
---@param stopped? fun(): boolean
---@return rille.deployment_state? state, string? why, string? code "taken"
function deploying.start(request, stopped)
  local name = request.name
  local folder = deployments.folder(name)
  errors.need(sys.mkdirs(folder))
  local lock = lock_of(folder)
  if not lock then return taken(name) end
  local held <close> = lock
  assert(held)
  local ok, why = launch(request, folder, lock, stopped or never)
  if ok then return deployments.get(name) end
  return nil, why
end

-- Sends a signal to its process.
local function signal(found, number)
  local pid, record = found.pid, found.record
  if not pid then return end
  -- the ticks are those of the process that the command started
  spawn.signal(pid, pid == record.pid and record.ticks or 0, number)
end

local function wait_end(folder, seconds)
  local latest = sys.mono() + seconds
  while sys.is_folder_locked(folder) do
    if sys.mono() > latest then return false end
    pause()
  end
  return true
end

-- The sentence about one that does not run.
---@param found rille.deployment_state
---@return string
function deploying.not_running(found)
  local reason = found.reason and " (" .. found.reason .. ")" or ""
  local state = found.state == "stopped" and "it was stopped" or found.state == "failed" and "it failed to start"
    or found.state == "starting" and "it is being started" or "it died"
  local out = found.state == "died" and string.format("; start it again with rille deploy restart %s, or forget it "
    .. "with rille deploy stop %s --remove", found.name, found.name) or ""
  return string.format('deployment "%s" is not running: %s%s%s', found.name, state, reason, out)
end

-- Stops a deployment: it answers what is being asked, at most for so many seconds, then it is killed.
---@param name string
---@param seconds number?
---@return rille.deployment_state? state before, string how_or_why "stopped" or "killed"
function deploying.stop(name, seconds)
  local found = deployments.get(name)
  if not found then return nil, string.format('there is no deployment "%s"', name) end
  if found.state ~= "running" and found.state ~= "starting" then return nil, deploying.not_running(found) end
  local latest = sys.mono() + 1
  while not found.pid and found.state == "starting" and sys.mono() < latest do
    pause()
    found = deployments.get(name) or found
  end
  write(found.folder .. "/ended.json", { how = "stopped", at = sys.now(), by = sys.user() })
  signal(found, TERM)
  if wait_end(found.folder, seconds or GRACE) then return found, "stopped" end
  signal(found, KILL)
  if wait_end(found.folder, GRACE) then return found, "killed" end
  return nil, string.format('deployment "%s" does not end; its process is %s', name, tostring(found.pid or "not known"))
end

-- Does it run as asked?
local function is_same(found, request)
  local record = found.record
  return record.model == request.model and record.script == request.script
    and record.which == (request.which and tostring(request.which))
    and record.artifact == request.artifact and record.host == (request.host or HOST)
    and record.token_env == request.token_env and ((request.port or 0) == 0 or found.port == request.port)
end

-- A request as its record says, to go back to it.
local function request_of(found)
  local r = found.record
  return { name = r.name, model = r.model, which = r.which, artifact = r.artifact, host = r.host, port = r.port,
    token_env = r.token_env, run = r.run, program = r.program, script = r.script }
end

-- Another version in place of one that runs: on its port, so that the address stays.  When it cannot be started the one
-- before is.
local function replace(found, request, stopped)
  local stopped_one, why = deploying.stop(request.name)
  if not stopped_one then return nil, why end
  local again = {}
  for k, v in next, request do again[k] = v end
  if (again.port or 0) == 0 then again.port = found.port end
  local state
  state, why = deploying.start(again, stopped)
  if not state and again.port ~= request.port then state, why = deploying.start(request, stopped) end
  if state then return state, "replaced" end
  local before = deploying.start(request_of(found), stopped)
  return nil, why .. (before and "; the version before is served again" or "; nothing is served by it now")
end

-- The deployment of that name, once no other command is starting or stopping it.
local function settled(name, seconds, stopped)
  local latest = sys.mono() + seconds
  while true do
    local found = deployments.get(name)
    if not found or found.state ~= "starting" or stopped() or sys.mono() > latest then return found end
    pause()
  end
end

-- Starts a deployment as it was, on the port that it had if that is free; one that runs is stopped first.
---@param name string of one that there is
---@param seconds number?
---@param stopped fun(): boolean
---@return rille.deployment_state? state, string? why
function deploying.restart(name, seconds, stopped)
  local found = settled(name, seconds or READY, stopped)
  local request = request_of(found)
  request.seconds = seconds
  if found.state == "running" then
    local ended, why = deploying.stop(name)
    if not ended then return nil, why end
  end
  if request.port == 0 and found.record.was then
    request.port = found.record.was
    local state = deploying.start(request, stopped)
    if state or stopped() then return state, "it was stopped while it started" end
    request.port = 0
  end
  return deploying.start(request, stopped)
end

-- A deployment that runs as asked: the one that there is, a new one, or one in place of another version's.
---@param request table
---@param stopped? fun(): boolean
---@return rille.deployment_state? state, string how_or_why
function deploying.ensure(request, stopped)
  local found = settled(request.name, request.seconds or READY, stopped or never)
  if found and found.state == "running" then
    if found.model ~= request.model then
      return nil, string.format('the name is taken: deployment "%s" serves model %s; ask for another name',
        request.name, found.model)
    end
    if is_same(found, request) then return found, "kept" end
    return replace(found, request, stopped)
  end
  local state, why, code = deploying.start(request, stopped)
  if state then return state, "started" end
  -- another command was faster
  if code == "taken" then found = settled(request.name, request.seconds or READY, stopped or never) end
  if code == "taken" and found and found.state == "running" and is_same(found, request) then return found, "kept" end
  return nil, why
end

return deploying
