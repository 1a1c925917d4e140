-- The alerter "file": a JSON object a line, appended to a file:
--   {"level","pipeline","run","status","step","text","time","title"}; what does not apply is left out.

local alert_option = require "rille.stack.alert_option"
local format = require "rille.base.format"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t
local value_text = require "rille.base.value_text"

-- Beside the script it would be a file that git does not know: steps of that folder could not be pinned.
local function path_of(options, env)
  return options.path == "" and env.dir .. "/alerts.jsonl" or env.path(options.path)
end

local Alerter = {}
Alerter.__index = Alerter

-- Does the file end in the middle of a line?  A process was killed while it wrote.
local function is_torn(path)
  local f <close> = io.open(path, "rb")
  return f ~= nil and f:seek("end", -1) ~= nil and f:read(1) ~= "\n"
end

function Alerter:alert(message)
  local line = {}
  for k, v in next, message do line[k] = v end
  line.time = format.iso(sys.now())
  local text = value_text.json(line) .. "\n"
  if sys.entry(self.path) == "special" and self.path:sub(1, 5) ~= "/dev/" then        -- a pipe may wait for ever
    return nil, self.path .. ": not a file"
  end
  if is_torn(self.path) then text = "\n" .. text end
  local f <close>, why = io.open(self.path, "ab")
  if not f then return nil, why end
  f:setvbuf("full", #text + 1)                -- one write: lines of two processes do not mix
  local ok, message_of_write = f:write(text)
  if ok then ok, message_of_write = f:flush() end
  if not ok then return nil, self.path .. ": " .. tostring(message_of_write) end
  return true
end

return {
  kind = "alerter", name = "file", summary = "appends alerts to a file, a JSON object a line",
  options = { path = t.string { default = "", doc = "file, relative to the script's; without it .rille/alerts.jsonl" },
    on = alert_option.ON },
  path = path_of,
  open = function(options, env) return setmetatable({ path = path_of(options, env), on = options.on }, Alerter) end,
}
