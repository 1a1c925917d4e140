-- served_stand_in: a project whose model deployer starts a stand-in of `rille serve`: its arguments, its status file,
-- its signals, answers of one number for each row (lua5.4, lua-socket).
--
--   local p <close> = served_stand_in.project(main)      main.lua is scratch.HEAD and the text; the stack is "served"
--   p:state "NAME"                                       what rille deploy status --json says
--
-- When a file `slow` is in the project, a server waits for so many seconds before it is ready; with `stubborn` it takes
-- no notice of SIGTERM; with `broken` it ends with that text.  A server ends after two minutes, whatever happens.

local served_stand_in = {}

function served_stand_in.available() return os.execute "lua5.4 -e 'require \"socket\"' >/dev/null 2>&1" == true end

-- The pid is that of the shell that becomes the server.
local SCRIPT <const> = [[#!/bin/sh
[ -f stubborn ] && trap '' TERM
exec lua5.4 '%s/tests/lib/served_stand_in.lua' $$ "$@"
]]

function served_stand_in.project(text)
  local scratch, paths = require "scratch", require "paths"
  local p = scratch.script(text)
  p:write("server", SCRIPT:format(paths.root))
  assert(os.execute("chmod +x " .. p:path "server"))
  p:ok "model-deployer register here --flavor local --set program=$PWD/server --set seconds=30"
  p:ok "stack copy default served"
  p:ok "stack update served --model-deployer here"
  p:ok "stack set served"
  function p:state(name) return p:json("deploy status " .. name) end
  local class = getmetatable(p)
  return setmetatable(p, { __index = class.__index, __close = function(self)
    self:rille "deploy stop --all --seconds 0.2"
    class.__close(self)
  end })
end

-- The process ------------------------------------------------------------------------------------

local function read(path)
  local f <close> = io.open(path, "rb")
  return f and f:read "a"
end

local function receive(client)
  local line, length = client:receive "*l", 0
  local method, path = (line or ""):match "^(%u+) (%S+)"
  if not method then return nil end
  repeat
    local header = client:receive "*l"
    length = header and tonumber(header:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
  until not header or header == ""
  return method, path, length > 0 and client:receive(math.tointeger(length)) or ""
end

local function answer(self, path, body)
  if path == "/metrics" then return 200, string.format('rille_requests_total{model="%s"} %d\n', self.model, self.n) end
  if path ~= "/predict" then return 200, "{}" end
  self.n = self.n + 1
  if body:find("bad", 1, true) then return 400, '{"error":"column x, row 1: expected a number, got \\"bad\\""}' end
  local numbers, rows = {}, body:match "%[(.*)%]"
  for _ in rows:gmatch "[%[{]" do numbers[#numbers + 1] = self.version end
  return 200, string.format('{"predictions":[%s],"model":{"name":"%s","version":%d}}', table.concat(numbers, ","),
    self.model, self.version)
end

local function write_status(self, path)
  local f <close> = assert(io.open(path .. ".new", "wb"))
  f:write(string.format('{"pid":%d,"host":"127.0.0.1","port":%d,"url":"http://127.0.0.1:%d","model":"%s","version":%d,'
    .. '"stage":%s,"started":"now","state":"ready"}\n', self.pid, self.port, self.port, self.model, self.version,
    self.stage))
  f:close()
  assert(os.rename(path .. ".new", path))
end

local function serve(pid, ...)
  local socket = require "socket"
  local words, options = { ... }, {}
  for i = 3, #words - 1, 2 do options[words[i]:sub(3)] = words[i + 1] end
  local model, which = words[2]:match "^([^@]+)@?(.*)$"
  local number = math.tointeger(tonumber(which))
  socket.sleep(tonumber(read "slow") or 0)
  if read "broken" then
    io.stderr:write("rille: ", read "broken", "\n")
    os.exit(3)
  end
  local listener = socket.bind(options.host, math.tointeger(tonumber(options.port)), 64)
  if not listener then
    io.stderr:write("rille: port ", options.port, " of ", options.host, " is in use\n")
    os.exit(4)
  end
  local _, port = listener:getsockname()
  local self = { pid = math.tointeger(tonumber(pid)), port = math.tointeger(port), model = model,
    version = number or 1, stage = number and "null" or '"' .. (which ~= "" and which or "production") .. '"', n = 0 }
  write_status(self, options.status)
  print "ready"
  io.stdout:flush()
  local ends = socket.gettime() + 120
  while socket.gettime() < ends do
    listener:settimeout(1)
    local client = listener:accept()
    local method, path, body = nil, nil, nil
    if client then method, path, body = receive(client) end
    if method then
      local code, text = answer(self, path, body)
      client:send(string.format("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", code, #text, text))
    end
    if client then client:close() end
  end
end

-- As a program it is given the number of its process and the arguments of rille serve.
if ... ~= "served_stand_in" then serve(...) end

return served_stand_in
