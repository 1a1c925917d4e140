-- alert_option: the option `on` that every alerter of rille's own has, and what an alert is as a text.

local t = require("rille.script.types").t

local alert_option = {}

alert_option.ON = t.enum { "failure", "end", "never", default = "failure",
  doc = "when it alerts by itself: of failed runs, of all runs, never" }

-- The seconds that alerts may take: one at most so many, all of a run at most `limit`.
---@param timeout number
---@param limit number
---@return { spent: number, left: fun(self: table): number?, string? }
function alert_option.budget(timeout, limit)
  local budget = { spent = 0.0 }
  function budget:left()
    local left = limit - self.spent
    if left > 0 then return math.min(left, timeout) end
    return nil, string.format("alerts have already taken %.6g s of this run (limit)", limit)
  end
  return budget
end

alert_option.TIMEOUT = t.number { default = 10.0, gt = 0, max = 3600,
  doc = "seconds that a run waits for an alert, at most" }
alert_option.LIMIT = t.number { default = 30.0, gt = 0, max = 3600,
  doc = "seconds that a run waits for all of them, at most" }

-- Title and text.
---@param message { text: string, title: string? }
---@return string
function alert_option.text(message)
  return message.title and message.title .. "\n" .. message.text or message.text
end

return alert_option
