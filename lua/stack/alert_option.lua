-- alert_option: the option `on` that every alerter of rille's own has, and what an alert is as a text.

local t = require("rille.script.types").t

local alert_option = {}

alert_option.ON = t.enum { "failure", "end", "never", default = "failure",
  doc = "when it alerts by itself: of failed runs, of all runs, never" }

-- Title and text.
---@param message { text: string, title: string? }
---@return string
function alert_option.text(message)
  return message.title and message.title .. "\n" .. message.text or message.text
end

return alert_option
