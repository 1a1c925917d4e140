-- http_server: a web server of its own process for tests of what posts (lua5.4, lua-socket).
--
--   local server <close> = http_server.start()
--   server:url "/ok"          http://127.0.0.1:PORT/ok
--   server:requests()         { { path, headers = { [lower-case name] = value }, body }... } so far
--
-- What it answers is in the path:
--   /ok                 200
--   /status/CODE        that status, always
--   /limited/N/AFTER    429 with Retry-After: AFTER N times, then 200
--   /flaky/N            503 N times, then 200
--   /slow/SECONDS       200 after that time
--   /hangup             the connection is closed without an answer
--   /short/N            400 when the text has more than N characters, else 200
--   /redirect           302 to /ok
--   /large/BYTES        200 with so many bytes, and a Retry-After of 10,000
-- It ends after two minutes, whatever happens.

local http_server = {}

local Server = {}
Server.__index = Server

local function read(path)
  local f = io.open(path, "rb")
  local text = f and f:read "a" or nil
  if f then f:close() end
  return text
end

function http_server.available()
  return os.execute "lua5.4 -e 'require \"socket\"' >/dev/null 2>&1" == true
end

function http_server.start()
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
  os.execute(string.format("lua5.4 '%s/tests/lib/http_server.lua' %s >%s/out 2>&1 & echo $! >%s/pid",
    require "paths".root, folder, folder, folder))
  local port
  for _ = 1, 100 do
    port = read(folder .. "/port")
    if port and port:find "\n" then break end
    os.execute "sleep 0.05"
  end
  assert(port, "the server does not start: " .. tostring(read(folder .. "/out")))
  local pid = read(folder .. "/pid"):match "%d+"
  return setmetatable({ folder = folder, port = math.tointeger(port), pid = pid }, Server)
end

function Server:url(path) return string.format("http://127.0.0.1:%d%s", self.port, path) end

function Server:requests()
  local load_list = load("return {" .. (read(self.folder .. "/requests") or "") .. "}")
  return load_list()
end

function Server:stop()
  os.execute("kill " .. self.pid .. " 2>/dev/null; rm -rf " .. self.folder)
end

Server.__close = Server.stop

-- The process ---------------------------------------------------------------------------------

local counts = {}

local function count(path)
  counts[path] = (counts[path] or 0) + 1
  return counts[path]
end

local ANSWERS = {
  { "^/ok", function() return 200 end },
  { "^/status/(%d+)", function(_, code) return math.tointeger(code) end },
  { "^/limited/(%d+)/(.+)", function(r, n, after)
    if count(r.path) <= math.tointeger(n) then return 429, "Retry-After: " .. after .. "\r\n" end
    return 200
  end },
  { "^/flaky/(%d+)", function(r, n) return count(r.path) <= math.tointeger(n) and 503 or 200 end },
  { "^/slow/([%d.]+)", function(_, seconds)
    require "socket".sleep(tonumber(seconds))
    return 200
  end },
  { "^/hangup", function() return nil end },
  { "^/short/(%d+)", function(r, n)
    local text = r.body:match '"text":"(.-[^\\])"' or r.body
    return utf8.len((text:gsub("\\n", "\n"))) > math.tointeger(n) and 400 or 200
  end },
  { "^/large/(%d+)", function(_, n)
    return 200, "Retry-After: " .. ("9"):rep(10000) .. "\r\n", ("x"):rep(math.tointeger(n))
  end },
  { "^/redirect", function() return 302, "Location: /ok\r\n" end },
}

local function answer(request)
  for _, one in ipairs(ANSWERS) do
    local found = table.pack(request.path:match(one[1]))
    if found.n > 0 and found[1] then return one[2](request, table.unpack(found)) end
  end
  return 404
end

local function receive(client)
  local line = client:receive "*l"
  local path = line and line:match "^POST (%S+)"
  if not path then return nil end
  local request = { path = path, headers = {} }
  for _ = 1, 100 do
    line = client:receive "*l"
    if not line or line == "" then break end
    local name, value = line:match "^([^:]+):%s*(.*)$"
    if name then request.headers[name:lower()] = value end
  end
  request.body = client:receive(math.tointeger(request.headers["content-length"] or 0)) or ""
  return request
end

local function note(folder, request)
  local headers = {}
  for name, value in pairs(request.headers) do headers[#headers + 1] = string.format("[%q]=%q", name, value) end
  local f = assert(io.open(folder .. "/requests", "ab"))
  f:write(string.format("{ path = %q, body = %q, headers = {%s} },\n", request.path, request.body,
    table.concat(headers, ",")))
  f:close()
end

local function serve(folder)
  local socket = require "socket"
  local listener = assert(socket.bind("127.0.0.1", 0, 64))
  local _, port = listener:getsockname()
  local f = assert(io.open(folder .. "/port", "wb"))
  f:write(port, "\n")
  f:close()
  local ends = socket.gettime() + 120
  while socket.gettime() < ends do
    listener:settimeout(1)
    local client = listener:accept()
    local request = client and client:settimeout(5) and receive(client)
    if request then
      note(folder, request)
      local status, more, body = answer(request)
      body = body or "done"
      if status then
        client:send(string.format("HTTP/1.1 %d x\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n", status,
          more or "", #body) .. body)
      end
    end
    if client then client:close() end
  end
end

if arg and arg[0] and arg[0]:find "http_server%.lua$" then serve(arg[1]) end

return http_server
