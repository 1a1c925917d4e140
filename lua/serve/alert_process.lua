-- alert_process: alerts of a server, sent by a process of their own: an alerter that waits for another server must not
-- hold up requests.
--
--   local alerts = alert_process.new(tell)      tell(text): what could not be delivered
--   alerts:send { title =, text =, level = }    by the alerters of the stack
--   alerts:poll()                               now and then
--
-- The process is rille itself: it runs alert_process.deliver, and finds the alert in a variable.

local environment = require "rille.base.environment"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local project = require "rille.project"
local secret_texts = require "rille.stack.secret_texts"
local spawn = require "rille.host.spawn"
local stack = require "rille.stack"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local alert_process = {}

---@class AlertProcess
---@field tell fun(text: string)
---@field running table[] handles
local Alerts = { __name = "alerts of a server" }
Alerts.__index = Alerts

local VARIABLE <const> = "RILLE_SERVE_ALERT"
local CODE <const> = 'require("rille.serve.alert_process").deliver()'
local MOST <const> = 8              -- processes at a time
local LAST <const> = 3              -- seconds for them when the server stops

---@param tell fun(text: string)
---@return AlertProcess
function alert_process.new(tell) return setmetatable({ tell = tell, running = {} }, Alerts) end

local function environment_of(message)
  local list = environment.list(VARIABLE .. "=")
  list[#list + 1] = VARIABLE .. "=" .. json.encode(message)
  return list
end

-- Has the stack an alerter?
local function has_alerter()
  local ok, found = pcall(function() return stack.of(global_options.stack or nil):parts("alerter")[1] end)
  return ok and found ~= nil
end

---@param message { title: string, text: string, level: string }
function Alerts:send(message)
  self:poll()
  if not has_alerter() or #self.running >= MOST then return end
  local path = sys.read_link "/proc/self/exe"
  local argv = { "rille", "-q", "--store", project.dir, "-e", CODE }
  local handle, why = spawn.start { path = path, argv = argv, env = environment_of(message), group = true }
  if handle then self.running[#self.running + 1] = { handle = handle, text = "" }
  else self.tell("the alert could not be sent: " .. why) end
end

-- Looks which have ended, and says what they said.
---@param seconds number? how long to wait for each; 0
function Alerts:poll(seconds)
  for i = #self.running, 1, -1 do
    local one = self.running[i]
    local text = one.handle:read(seconds or 0)
    if text then one.text = (one.text .. text):sub(-4096)
    elseif text == nil then
      table.remove(self.running, i)
      one.handle:finish()
      for line in one.text:gmatch "[^\n]+" do self.tell(line) end
    end
  end
end

-- Gives those that run a moment, and ends them.
function Alerts:finish()
  local ends = sys.mono() + LAST
  while self.running[1] and sys.mono() < ends do self:poll(0.05) end
  for _, one in ipairs(self.running) do one.handle:kill(15) end
  self.running = {}
end

-- ---- in the process ----

local function send(part, message)
  local object, secrets = stack.open(part)
  local ok, done, why = internal_error.call(object.alert, object, message, function() end)
  if object.close then object:close() end
  if ok and done then return end
  terminal.put(string.format('alerter "%s": not delivered: %s\n', part.name,
    secret_texts.removed(errors.text_of(ok and (why or "it does not say why") or done, "it"), secrets)))
end

-- Sends the alert of the variable by all alerters of the active stack.
function alert_process.deliver()
  local message = json.decode(os.getenv(VARIABLE))
  for _, part in ipairs(stack.of(nil):parts "alerter") do
    local copy = {}
    for k, v in pairs(message) do copy[k] = v end
    local ok, why = pcall(send, part, copy)
    if not ok then terminal.put(string.format('alerter "%s": %s\n', part.name, errors.text_of(why, "it"))) end
  end
end

return alert_process
