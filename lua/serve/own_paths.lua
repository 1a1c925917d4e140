-- own_paths: what a server says of itself: GET and HEAD /ping /health /ready /version /model /metrics.
--
--   own_paths.answer(server, request) -> status, headers, body; nil: the path is another's

local format = require "rille.base.format"
local json = require "rille.json"
local reply = require "rille.serve.reply"
local sys = require "rille.host.sys"
local version = require "rille.base.version"

local own_paths = {}

local PID <const> = math.tointeger(tonumber(sys.read_link "/proc/self"))

local function or_null(v) if v == nil then return json.null end return v end

-- That the server lives, as JSON: the threads say it, also while a large request is answered.
---@param server table
---@return string
function own_paths.live_text(server)
  local served = server.followed.served
  return json.encode { live = true, pid = PID, model = served.model, version = served.number } .. "\n"
end

local function live(server)
  return 200, { ["Content-Type"] = "application/json" }, own_paths.live_text(server)
end

local function ready(server)
  local is_ready = not server.is_stopping
  local _, headers, body = reply.json { ready = is_ready }
  if not is_ready then headers["Retry-After"] = "1" end
  return is_ready and 200 or 503, headers, body
end

local function column_json(c)
  return { name = c.name, dtype = c.dtype, missing = c.missing or false,
    categories = c.categories and json.array(c.categories) or nil, min = c.min, max = c.max }
end

local function signature_json(signature)
  if not signature.columns then
    return { input = signature.input, width = signature.width, dtype = signature.dtype,
      missing = signature.missing or false }
  end
  local columns = {}
  for i, c in ipairs(signature.columns) do columns[i] = column_json(c) end
  return { input = signature.input, columns = json.array(columns) }
end

-- What is served, and what went wrong with another version.
local function model(server)
  local followed = server.followed
  local served, failed = followed.served, followed.failed
  return reply.json { name = served.model, version = served.number, stage = or_null(served.stage),
    version_name = or_null(served.name), follows = followed.is_number and json.null or followed.which,
    current = followed:is_current(), note = or_null(followed.note), loaded = format.iso(server.loaded),
    platform = or_null(served.platform),
    classes = served.classes and json.array(reply.plain(served.classes)) or json.null,
    signature = signature_json(served.signature), reloads = server.metrics.reloads,
    failed_reloads = server.metrics.failed_reloads,
    failed = failed and { version = failed.number, error = failed.why, time = format.iso(failed.at) } or json.null }
end

local function metrics(server)
  local followed = server.followed
  return 200, { ["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8" },
    server.metrics:text(followed.served, server.http:stats(), followed:is_current())
end

local PATHS <const> = {
  ["/ping"] = live, ["/health"] = live, ["/ready"] = ready, ["/model"] = model, ["/metrics"] = metrics,
  ["/version"] = function(server)
    return reply.json { name = "rille", version = version, model = server.followed.served.model,
      model_version = server.followed.served.number }
  end,
}

-- Paths that want no token, and those that the threads answer.
own_paths.OPEN = { "/ping", "/health", "/ready", "/v2/health/live", "/v2/health/ready" }
own_paths.LIVE = { "/ping", "/health", "/v2/health/live" }

---@param server table lua/serve/server.lua
---@param request rille.HttpRequest
---@return integer? status, table<string, string>? headers, string? body
function own_paths.answer(server, request)
  local path = PATHS[request.path]
  if not path then return nil end
  if request.method ~= "GET" and request.method ~= "HEAD" then
    return reply.error(405, string.format("%s %s: the methods are GET and HEAD", request.method, request.path),
      { headers = { Allow = "GET, HEAD" } })
  end
  local status, headers, body = path(server)
  headers["X-Rille-Model"] = server.followed.served.model .. "/" .. server.followed.served.number
  return status, headers, body
end

return own_paths
