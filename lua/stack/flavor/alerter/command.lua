-- The alerter "command": runs a command of the shell, which finds the alert in variables: RILLE_ALERT_TEXT, _TITLE,
-- _LEVEL, _RUN, _PIPELINE, _STEP and _STATUS; what does not apply is empty.

local alert_option = require "rille.stack.alert_option"
local environment = require "rille.base.environment"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t

local Alerter = {}
Alerter.__index = Alerter

local VARIABLES <const> = { "text", "title", "level", "run", "pipeline", "step", "status" }
local MOST <const> = 100000         -- bytes of a variable: a program takes up to 128 KiB in one
local TAIL <const> = 4096           -- bytes of what it prints that are looked at

-- The variables of this process, and those of the alert in place of others of their names.
local function environment_of(message, command)
  local list = environment.list "RILLE_ALERT_"
  list[#list + 1] = "RILLE_ALERT_COMMAND=" .. command      -- not an argument: those are seen by every user
  for _, name in ipairs(VARIABLES) do
    local text = (message[name] or ""):gsub("%z", ""):sub(1, MOST)
    list[#list + 1] = "RILLE_ALERT_" .. name:upper() .. "=" .. text
  end
  return list
end

-- Waits for the end, as long as is allowed; returns what it printed last, and whether it ended.
local function wait(handle, seconds)
  local ends, tail = sys.mono() + seconds, ""
  while true do
    local left = ends - sys.mono()
    if left <= 0 then return tail, false end
    local text = handle:read(math.min(left, 0.1))
    if text == nil then return tail, true end
    if text then tail = (tail .. text):sub(-TAIL) end
  end
end

function Alerter:alert(message)
  local began = sys.mono()
  local seconds, why = self.budget:left()
  if not seconds then return nil, why end
  local handle
  handle, why = spawn.start { path = "/bin/sh", argv = { "sh", "-c", 'exec 2>&1; eval "$RILLE_ALERT_COMMAND"' },
    env = environment_of(message, self.command), cwd = self.folder, group = true }
  if not handle then return nil, why end
  local tail, has_ended = wait(handle, seconds)
  if not has_ended then handle:kill(9) end
  local code, signal = handle:finish()
  self.budget.spent = self.budget.spent + sys.mono() - began
  if not has_ended then return nil, string.format("the command took more than %.3g s", seconds) end
  if code == 0 then return true end
  local last = tail:match "([^\n]+)%s*$"
  return nil, string.format("the command ended with %s%s", code and "exit code " .. code
    or sys.signal_name(signal), last and ": " .. last or "")
end

return {
  kind = "alerter", name = "command", summary = "runs a command for each alert",
  options = { command = t.string { doc = "for sh; the alert is in $RILLE_ALERT_TEXT and other variables" },
    timeout = alert_option.TIMEOUT, limit = alert_option.LIMIT,
    on = alert_option.ON },
  open = function(options, env)
    return setmetatable({ command = options.command, folder = env.folder, on = options.on,
      budget = alert_option.budget(options.timeout, options.limit) }, Alerter)
  end,
}
