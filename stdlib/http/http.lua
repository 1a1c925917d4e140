-- rille.http: an HTTP server, by libmicrohttpd, for one thread that answers.
--
--   local server = http.listen { port = 8080 }
--   while true do
--     local r = server:next(1)
--     if r then r:respond(200, { ["Content-Type"] = "text/plain" }, "hello\n") end
--   end
--
-- Threads of the library read requests whole and send replies; the one that calls next answers them, in the order in
-- which they came.  What a client does wrong is refused without it: a body that is too large (413) or too slow (408), a
-- missing token (401), more requests than the line holds (503), and a request that waited for too long (504).
--
-- A server is { host, port, url, connections, core }, a request { method, path, query, headers, body, core }: names of
-- headers in lower case, and several of one name joined by ", ".

local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local running = require "rille.project.running"
local sys = require "rille.host.sys"

-- The C part, opened when it is first needed.
local function core()
  local opened = sys.module("http", "libmicrohttpd-dev")
  core = function() return opened end
  return opened
end

---@class rille.HttpServer
---@field host string the address as numbers
---@field port integer
---@field url string
---@field connections integer how many there may be: fewer than asked for where the process may open few files
---@field private core userdata
local Server = { __name = "http.Server" }
local server_methods = {}
Server.__index = server_methods

---@class rille.HttpRequest
---@field method string
---@field path string
---@field query table<string, string>
---@field headers table<string, string>
---@field body string
---@field private core userdata
local Request = { __name = "http.Request" }
local request_methods = {}
Request.__index = request_methods

local http = {}

-- What listen takes: least, most, default.
local NUMBERS <const> = {
  port = { 0, 65535, 0 }, threads = { 1, 64, 4 }, connections = { 1, 100000, 1024 }, queue = { 1, 1000000, 1024 },
  max_body = { 1, 1 << 40, 64 << 20 }, max_head = { 1024, 1 << 24, 32 << 10 }, memory = { 1, 1 << 40, 512 << 20 },
}
local SECONDS <const> = { timeout = 30, idle = 60 }
local TEXTS <const> = { host = true, token = true }
local KNOWN <const> = { open = true, live = true, starting = true }
for _, names in ipairs { NUMBERS, SECONDS, TEXTS } do
  for name in pairs(names) do KNOWN[name] = true end
end

local function number(name, value)
  local least, most, default = table.unpack(NUMBERS[name])
  if value == nil then return default end
  local n = type(value) == "number" and math.tointeger(value)
  if not n or n < least or n > most then
    errors.raise("http.listen: %s is %s, expected an integer from %d to %d", name, errors.describe(value), least, most)
  end
  return n
end

local function seconds_of(who, name, value, default)
  if value == nil then return default end
  if type(value) ~= "number" or not (value > 0 and value < 1e9) then
    errors.raise("%s: %s is %s, expected seconds, more than 0", who, name, errors.describe(value))
  end
  return value
end

local function checked_paths(options, name)
  local paths = options[name]
  if paths == nil then return nil end
  if type(paths) ~= "table" then
    errors.raise("http.listen: %s is %s, expected a list of paths", name, errors.describe(paths))
  end
  for _, path in ipairs(paths) do errors.check_text("http.listen", name, path) end
  return " " .. table.concat(paths, " ") .. " "
end

local function checked(options)
  if type(options) ~= "table" then
    errors.raise("http.listen: expected a table of options, got %s", errors.describe(options))
  end
  errors.check_fields("http.listen", options, KNOWN)
  local made = { host = options.host, token = options.token, open = checked_paths(options, "open"),
    live = checked_paths(options, "live"), starting = options.starting and true or false }
  for name in pairs(TEXTS) do
    if options[name] ~= nil then errors.check_text("http.listen", name, options[name]) end
  end
  for name in pairs(NUMBERS) do made[name] = number(name, options[name]) end
  for name, default in pairs(SECONDS) do made[name] = seconds_of("http.listen", name, options[name], default) end
  made.host = made.host or "127.0.0.1"
  return made
end

-- A server that listens.  Options:
--     host, port        "127.0.0.1"; 0: a port that is free
--     threads           4 that read and send
--     connections       1024; when all are taken, the one that said nothing for longest makes room
--     queue             1024 requests that wait for next
--     max_body, memory  64 MiB of a body, 512 MiB of all together
--     max_head          32 KiB of the first line and the headers
--     timeout, idle     30 s for a body to arrive, and for a reply; 60 s between requests
--     token, open       refuses requests without Authorization: Bearer TOKEN but for these paths
--     starting, live    true: until server:ready() all requests are refused, but for these paths: they get 200
---@param options { host?: string, port?: integer, threads?: integer, connections?: integer, queue?: integer,
---  max_body?: integer, max_head?: integer, memory?: integer, timeout?: number, idle?: number, token?: string,
---  open?: string[], starting?: boolean, live?: string[] }
---@return rille.HttpServer? server nil when the port is taken, or the host is not of this machine
---@return string? message
---@return integer? code
function http.listen(options, ...)
  errors.no_more("http.listen", ...)
  errors.no_colon(options)
  if running.is_step() then
    errors.raise "http.listen: a step cannot serve; serve from a script, or with rille serve"
  end
  local opened, host, port, connections = core().listen(checked(options))
  if not opened then return nil, host, port end
  local name = host:find(":", 1, true) and "[" .. host .. "]" or host
  return setmetatable({ host = host, port = port, url = string.format("http://%s:%d", name, port),
    connections = connections, core = opened }, Server)
end

-- The C part's server.
local function own(server, method)
  if rawget(server, "stopped") then errors.raise("server:%s: the server is stopped", method) end
  return server.core
end

-- The next request; nil when none came in that time, or the process got a signal.
---@param seconds number? 1
---@return rille.HttpRequest?
function server_methods:next(seconds, ...)
  errors.check_self(self, Server, "next", ...)
  if seconds ~= 0 then seconds = seconds_of("server:next", "the time", seconds, 1) end
  return core().take(own(self, "next"), seconds, Request)
end

-- Replies to the request, once.
---@param status integer
---@param headers table<string, string>? Content-Length and Connection are the server's
---@param body string?
---@return number? seconds since the request was there; nil when it has its reply, as one that came too late
function request_methods:respond(status, headers, body, ...)
  errors.check_self(self, Request, "respond", ...)
  if math.type(status) ~= "integer" or status < 200 or status > 599 then
    errors.raise("request:respond: the status is %s, expected 200 to 599", errors.describe(status))
  end
  if headers ~= nil and type(headers) ~= "table" then
    errors.raise("request:respond: the headers are %s, expected a table", errors.describe(headers))
  end
  if body ~= nil and type(body) ~= "string" then
    errors.raise("request:respond: the body is %s, expected a string", errors.describe(body))
  end
  local seconds, message = core().reply(self.core, status, headers, body)
  if message then errors.raise("request:respond: %s", message) end
  return seconds
end

-- What was not ready when it began to listen is.  With a text, JSON, the threads answer the paths of live by it from
-- now on, also while next is not called, but no longer than twice the timeout: then it is 503.
---@param text string?
function server_methods:ready(text, ...)
  errors.check_self(self, Server, "ready", ...)
  errors.check_text("server:ready", "text", text)
  core().ready(own(self, "ready"), text)
end

-- Counts since it began: connections accepted and turned_away, requests, those refused (without_token, slow_bodies,
-- too_large, refused: the line was full, late), bytes_in and bytes_out; and connections and waiting, of now.
---@return table<string, integer>
function server_methods:stats(...)
  errors.check_self(self, Server, "stats", ...)
  return core().stats(own(self, "stats"))
end

-- Stops: no new connections; requests that are there, and those that come on open connections at once, are given to
-- answer(request), for so many seconds at most.  What is left then is refused with 503.
---@param seconds number? 10
---@param answer fun(request: rille.HttpRequest)?
function server_methods:stop(seconds, answer, ...)
  errors.check_self(self, Server, "stop", ...)
  seconds = seconds_of("server:stop", "the time", seconds, 10)
  if answer ~= nil and type(answer) ~= "function" then
    errors.raise("server:stop: answer is %s, expected a function", errors.describe(answer))
  end
  local served, ends = own(self, "stop"), sys.mono() + seconds
  core().drain(served)
  while answer and sys.mono() < ends and core().stats(served).connections > 0 do
    local r = core().take(served, 0.02, Request)
    if r then answer(r) end
  end
  self.stopped = true
  core().close(served)
end

function Server.__close(self)
  self.stopped = true
  core().close(self.core)
end

errors.strict(Server, "host port url connections core stopped")
errors.strict(Request, "method path query headers body core")
for _, class in ipairs { Server, Request } do errors.refuse(class, "__len", "__add", "__sub", "__concat", "__call") end

return origin.strict(http)
