-- served_by: what a server of this project answers: predictions, and its counts for `rille deploy status`.

local json = require "rille.json"
local loopback = require "rille.host.loopback"

local served_by = {}

local MOST <const> = 256 << 20      -- bytes of an answer

-- The address to connect to: a server that listens on all addresses is reached on the loopback one.
local function reached(host)
  if host == "0.0.0.0" or host == "localhost" then return "127.0.0.1" end
  if host == "::" then return "::1" end
  return host
end

-- Sends a request to a running deployment.
---@param found rille.deployment_state
---@param request { method: string, path: string, body: string?, type: string?, seconds: number }
---@return integer? status, string body_or_why, string? headers_or_code
function served_by.ask(found, request)
  local status, record, body = found.status, found.record, request.body or ""
  local lines = { string.format("%s %s HTTP/1.1", request.method, request.path), "Host: " .. status.host,
    "Connection: close", "Content-Length: " .. #body }
  if request.type then lines[#lines + 1] = "Content-Type: " .. request.type end
  local token = record.token_env and os.getenv(record.token_env)
  if token then lines[#lines + 1] = "Authorization: Bearer " .. token end
  return loopback.ask { host = reached(status.host), port = status.port, body = body, seconds = request.seconds,
    head = table.concat(lines, "\r\n") .. "\r\n\r\n", most = MOST }
end

-- The counters of /metrics by name, all labels together; nil and why there are none.
---@param found rille.deployment_state
---@param seconds number
---@return table<string, number>?, string? why
function served_by.metrics(found, seconds)
  local code, body = served_by.ask(found, { method = "GET", path = "/metrics", seconds = seconds })
  if not code then return nil, body end
  if code ~= 200 then return nil, string.format("it answered %d", code) end
  local counts = {}
  for line in body:gmatch "[^\r\n]+" do
    local name, value = line:match "^([%w_]+)[^ ]* ([%d.eE+-]+)"
    if name then counts[name] = (counts[name] or 0) + (tonumber(value) or 0) end
  end
  return counts
end

-- What a refusal says, of its body.
---@param status integer
---@param body string
---@return string
function served_by.refusal(status, body)
  local ok, answer = pcall(json.unpack, body)
  local text = ok and type(answer) == "table" and (answer.error or answer.message)
  return string.format("the server answered %d: %s", status, tostring(text or body:match "[^\r\n]*" or ""):sub(1, 500))
end

return served_by
