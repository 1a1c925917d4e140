-- server: a version of a model behind HTTP.
--
--   server.run { model =, which =, artifact =, strict =, http = options of http.listen, status = path, emit = }
--
-- One thread takes requests one after the other (rille.http), looks twice a second whether the name stands for another
-- version, and listens for signals.  emit(event, data) is told what happens:
--     serving { server }     reloaded { served, before }     failed { number, why }     note { text }
--     request { request, status, seconds }     problem { text }     stopping     stopped { requests }
-- The status file has where the server is, once it is ready, as JSON; it goes when the server stops:
--     { pid, host, port, url, model, version, stage, name, started, state = "ready" | "stopping" }

local alert_process = require "rille.serve.alert_process"
local dialects = require "rille.serve.dialects"
local errors = require "rille.base.errors"
local followed_version = require "rille.serve.followed_version"
local format = require "rille.base.format"
local http = require "rille.http"
local json = require "rille.json"
local own_paths = require "rille.serve.own_paths"
local project = require "rille.project"
local reply = require "rille.serve.reply"
local request_metrics = require "rille.serve.request_metrics"
local served_model = require "rille.serve.served_model"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"

local server = {}

---@class ModelServer
---@field http rille.HttpServer
---@field followed FollowedVersion
---@field metrics RequestMetrics
---@field alerts AlertProcess
---@field emit fun(event: string, data: any)
---@field started number
---@field loaded number when the version that answers was loaded
---@field requests integer
---@field is_stopping boolean
local Server = { __name = "server of a model" }
Server.__index = Server

local LOOK <const> = 0.5            -- seconds between two looks at the metadata
local STOP <const> = 30             -- seconds for the requests that are there when it stops
local PROBLEM <const> = 1           -- seconds between two problems that are told

-- ---- where it is ----

local function is_loopback(address) return address:find "^127%." ~= nil or address == "::1" end

local function listen(given)
  local options = { open = own_paths.OPEN, live = own_paths.LIVE, starting = true }
  for name, value in pairs(given) do options[name] = value end
  local ok, listening, message, code = pcall(http.listen, options)
  if not ok then project.fail("serve: " .. errors.text_of(listening, "rille.http"), -3) end
  if not listening then
    local hint = code == -11 and "; choose another one with --port, or a free one with --port 0" or ""
    project.fail("serve: " .. message .. hint, code)
  end
  if not is_loopback(listening.host) and not options.token then
    listening:stop(0.01)
    error({ usage = string.format("serve: %s can be reached from other machines, and anyone there could ask the model; "
      .. "give a token in a variable, --token-env NAME, or serve 127.0.0.1", listening.host) }, 0)
  end
  return listening
end

local function write_status(self, state)
  if not self.status then return end
  local served = self.followed.served
  local text = json.encode { pid = math.tointeger(tonumber(sys.read_link "/proc/self")), host = self.http.host,
    port = self.http.port, url = self.http.url, model = served.model, version = served.number,
    stage = served.stage or json.null, name = served.name or json.null, started = format.iso(self.started),
    state = state }
  local ok, why = sys.write_file(self.status, text .. "\n")
  if not ok then self.emit("problem", { text = "the status file cannot be written: " .. why }) end
end

-- ---- requests ----

local function problem(self, request, text)
  local now = sys.mono()
  if self.told and now - self.told < PROBLEM then
    self.untold = self.untold + 1
    return
  end
  local more = self.untold > 0 and string.format(" (and %d more)", self.untold) or ""
  self.told, self.untold = now, 0
  self.emit("problem", { text = string.format("%s %s: %s%s", request.method, request.path, text, more) })
end

local function answer(self, request)
  local status, headers, body = own_paths.answer(self, request)
  if status then return status, headers, body, nil end
  local coding = request.headers["content-encoding"]
  if coding and coding:lower() ~= "identity" then
    status, headers, body = reply.error(415, "the body is compressed; send it as it is, without Content-Encoding")
    return status, headers, body, {}
  end
  self.options.ready = not self.is_stopping
  return dialects.answer(self.followed.served, request, self.options)
end

local INTERNAL <const> = "the request could not be answered: an error in the server"

local LONGEST <const> = 4096        -- bytes of a header: the library has little memory for all of them

-- Headers as they can be sent.
local function fit(headers)
  for name, value in pairs(headers) do
    if value == "" then headers[name] = nil
    elseif #value > LONGEST then headers[name] = value:sub(1, LONGEST) .. "..." end
  end
  return headers
end

-- Whatever goes wrong with a request is for that request alone.
local function respond(self, request)
  local ok, status, headers, body, info = pcall(answer, self, request)
  local sent, seconds = ok, status
  if ok then sent, seconds = pcall(request.respond, request, status, fit(headers), body) end
  if sent then return status, seconds, info end
  problem(self, request, tostring(seconds))
  status, headers, body = reply.error(500, INTERNAL)
  return status, request:respond(status, headers, body), {}
end

local function handle(self, request)
  local served = self.followed.served
  local status, seconds, info = respond(self, request)
  self.requests = self.requests + 1
  if info then
    self.metrics:count(served.number, seconds and status or 504, seconds or self.limit, info)
    if info.problem then problem(self, request, info.problem) end
  end
  if self.tells_requests then
    self.emit("request", { request = request, status = seconds and status or 504, seconds = seconds })
  end
end

-- ---- other versions ----

local function alert(self, title, text)
  self.alerts:send { title = title, text = text, level = "error" }
end

local told = {}

function told.reloaded(self, served)
  self.metrics.reloads, self.loaded = self.metrics.reloads + 1, sys.now()
  self.http:ready(own_paths.live_text(self))
  self.emit("reloaded", { served = served })
  collectgarbage()                  -- the memory of the old one is not Lua's, which would keep it for long
  write_status(self, "ready")
end

function told.failed(self, failed)
  self.metrics.failed_reloads = self.metrics.failed_reloads + 1
  local served = self.followed.served
  self.emit("failed", { number = failed.number, why = failed.why, served = served })
  alert(self, string.format("%s: version %d cannot be served", served.model, failed.number),
    string.format("%s\nversion %d goes on answering at %s", failed.why, served.number, self.http.url))
end

function told.note(self, note)
  self.emit("note", { text = note, served = self.followed.served })
  write_status(self, "ready")
end

function told.moved(self) write_status(self, "ready") end

local function look(self)
  local what, data = self.followed:look()
  if what then told[what](self, data) end
  self.alerts:poll()
end

-- ---- life ----

local function serve(self)
  local listening, next_look = self.http, sys.mono() + LOOK
  while not signals.received() do
    local request = listening:next(LOOK / 2)
    if request then handle(self, request) end
    if sys.mono() >= next_look then
      look(self)
      next_look = sys.mono() + LOOK
    end
  end
end

local function stop(self)
  self.is_stopping = true
  write_status(self, "stopping")
  self.emit("stopping", {})
  self.http:stop(STOP, function(request) handle(self, request) end)
  self.alerts:finish()
  self.emit("stopped", { requests = self.requests })
end

local function new(given, listening)
  local function load(which) return served_model.load(given.model, which, { artifact = given.artifact }) end
  local served = load(given.which)
  local self = setmetatable({ http = listening, emit = given.emit, status = given.status, started = sys.now(),
    loaded = sys.now(), requests = 0, untold = 0, is_stopping = false, limit = given.http.timeout or 30,
    tells_requests = given.tells_requests, options = { strict = given.strict, max_depth = 8 } }, Server)
  self.followed = followed_version.new(served, given.which, load)
  self.metrics = request_metrics.new(served.model, self.started)
  self.alerts = alert_process.new(function(text) self.emit("problem", { text = text }) end)
  return self
end

-- Serves until a signal asks to stop.
---@param given { model: string, which: string?, artifact: string?, strict: boolean?, http: table, status: string?,
---  tells_requests: boolean?, emit: fun(event: string, data: table) }
function server.run(given)
  local listening <close> = listen(given.http)
  local self = new(given, listening)
  local _ <close> = signals.waiting_for "serve"
  local _ <close> = setmetatable({}, { __close = function() if given.status then sys.remove(given.status) end end })
  listening:ready(own_paths.live_text(self))
  self.emit("serving", { server = self, served = self.followed.served })
  write_status(self, "ready")
  serve(self)
  stop(self)
end

return server
