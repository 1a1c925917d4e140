-- model_server.lua -- a project with versions of a model, and rille serve of it.
--
--   local project <close> = model_server.project(3)          -- versions 1 to 3 of the model "cancer"
--   local server <close> = model_server.start(project, "cancer@1 --strict")
--   server.url, server.port, server.status
--   server:ask("/predict", '{"width":1,"height":2}') -> { status =, headers =, body =, json = }
--   server:stop() -> what it said, its exit code
--
-- Version n predicts 1 where width > n.  0 in place of n is a scaler, which does not predict, and
-- 5 has a column "depth" in place of "height".

local json = require "rille.json"
local paths = require "paths"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local model_server = {}

model_server.SCRIPT = [[
local array, frame = require "rille.array", require "rille.frame"
local preprocess, tree = require "rille.preprocess", require "rille.tree"
local train = step "train" {
  params = { above = 1 }, outputs = { t.transformer "model" { kind = "model" } },
  run = function(p)
    local width, height, y = {}, {}, {}
    for i = 1, 40 do width[i], height[i], y[i] = i / 2, (i * 7 % 40) + 0.0, i / 2 > p.above and 1 or 0 end
    local X = frame.new { { "width", width }, { p.above == 5 and "depth" or "height", height } }
    if p.above == 0 then return preprocess.scale {}:fit(X) end
    return preprocess.chain { preprocess.scale {}, tree }:fit(X, array.from(y))
  end,
}
local p = pipeline "train" { model = rille.model "cancer" {}, define = function() train() end }
if rille.main() then p:run {} end
return p
]]

-- Makes the next version.
function model_server.train(project, above) project:ok("-q run main.lua --set train.above=" .. above) end

---@param n integer versions
---@param config string? of the project
function model_server.project(n, config)
  local project = scratch.script(model_server.SCRIPT)
  if config then
    assert(os.execute("mkdir " .. scratch.quoted(project:path ".rille")))
    project:write(".rille/config.yaml", config)
  end
  for i = 1, n do model_server.train(project, i) end
  if n > 0 then project:ok "model promote cancer@1 production" end
  return project
end

local Server = {}
Server.__index = Server

-- Waits until f() gives a value; nil after so many seconds.
function model_server.wait(f, seconds)
  local ends = sys.mono() + (seconds or 20)
  while true do
    local value = f()
    if value or sys.mono() > ends then return value end
    os.execute "sleep 0.02"
  end
end

local started = 0

-- Starts a server and waits until it is ready; raises what it said where it ends before.
---@param options string of the command line
---@param before string? of the shell, before the command
function model_server.start(project, options, before)
  started = started + 1
  local log, status = project:path("serve.log" .. started), project:path("status.json" .. started)
  local port = options:find "%-%-port" and "" or " --port 0"
  local r = project:sh(string.format("%s exec 3>&-; ( timeout 300 \"$RILLE\" serve %s%s --status %s; "
    .. "echo exit $? >>%s ) >%s 2>&1 </dev/null & echo $!", before or "", options, port, scratch.quoted(status),
    scratch.quoted(log), scratch.quoted(log)))
  local self = setmetatable({ project = project, log = log, status_file = status, shell = r.out:match "%d+" }, Server)
  self.status = model_server.wait(function()
    return scratch.read(status) or (scratch.read(log) or ""):find "exit %d+\n$"
  end)
  if type(self.status) ~= "string" then error("no server: " .. tostring(scratch.read(log)), 2) end
  self.status = json.decode(self.status)
  self.url, self.port, self.pid = self.status.url, self.status.port, self.status.pid
  return self
end

-- What the server has said so far.
function Server:said() return scratch.read(self.log) end

-- Waits until the server has said the text.
function Server:hear(text)
  return model_server.wait(function() return self:said():find(text, 1, true) end)
end

-- A request by curl.
---@param path string
---@param body string? it is posted
---@param more string? options of curl
function Server:ask(path, body, more)
  if body then self.project:write("body", body) end
  local r = self.project:sh(string.format("curl -s -i -m 30 %s %s %s", more or "",
    body and "-H 'Content-Type: application/json' --data-binary @body" or "", scratch.quoted(self.url .. path)))
  local head, text = r.out:match "^(.-)\r\n\r\n(.*)$"
  if not head then return { code = r.code } end
  local got = { status = tonumber(head:match "^HTTP/1.1 (%d+)"), headers = {}, body = text, code = r.code }
  for name, value in head:gmatch "\n([%w-]+): ([^\r\n]*)" do got.headers[name:lower()] = value end
  if (got.headers["content-type"] or ""):find "json" and text ~= "" then got.json = json.decode(text) end
  return got
end

-- The number of the version that answers.
function Server:version() return self:ask("/ping").json.version end

-- Waits until that is the version.
function Server:answers_by(number)
  return model_server.wait(function() return self:version() == number end)
end

function Server:kill(signal) os.execute(string.format("kill -%s %d 2>/dev/null", signal, self.pid)) end

-- Waits for its end; what it said, and the exit code.
function Server:ended()
  local code = model_server.wait(function() return self:said():match "exit (%d+)\n$" end)
  self.has_ended = code ~= nil
  return self:said(), tonumber(code)
end

function Server:stop()
  self:kill "TERM"
  return self:ended()
end

function Server:__close()
  if not self.has_ended then
    self:kill "KILL"
    self:ended()
  end
end

-- Starts http_load (tests/lib/http_load.c); read all of what this returns for its report.
---@param file string the body, of the project
---@param options string
function model_server.load(server, file, options)
  return assert(io.popen(string.format("%s %d /predict %s %s", scratch.quoted(paths.build .. "/http_load"), server.port,
    scratch.quoted(server.project:path(file)), options)))
end

return model_server
