-- metric_curve: the course of a metric below its last value: run.metrics.loss, run.steps.train.metrics.loss.

local command_line = require "rille.repl.command_line"
local history = require "rille.query.history"
local printed = require "rille.repl.printed"

-- The text that follows the value of an entry on a screen; nil where the entry names no metric, or one with a single
-- value.
---@param session Session
---@param code string
---@param limits PrintLimits?
---@return string?
return function(session, code, limits)
  if limits and not limits.screen then return nil end       -- a program reads the number
  -- an entry that calls something is not evaluated twice
  local owner, name = code:match "^%s*([%a_][%w_.%[%]\"'-]*)%.metrics%.([%a_][%w_]*)%s*$"
  local value = owner and command_line.value(session, owner)
  local meta = debug.getmetatable(value)
  if not value or meta ~= history.Run and meta ~= history.Step then return nil end
  local series = value.series[name]
  return series and (printed.coloured(series, session.face.width(), limits)) or nil
end
