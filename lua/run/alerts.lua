-- alerts: sends what steps and hooks alert to the alerters of the run's stack, and says when a run has failed of which
-- nobody was alerted.
--
-- An alert that could not be delivered never fails the run: it is reported once for each alerter, and each is recorded
-- with the run.  A run whose stack has no alerter loads nothing of this.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local notices = require "rille.run.notices"

local alerts = {}

---@class rille.alerts
---@field job rille.run.job
---@field list { name: string, object: table, extra: boolean }[]
---@field emit fun(event: string, position: integer?, data: any, more: any)
---@field sent table<string, boolean> alerters that had something to send
---@field reported table<string, boolean> alerters of which the user heard that they do not deliver
local Alerts = { __name = "alerts of a run" }
Alerts.__index = Alerts

local BEGINNING <const> = 100       -- bytes of an undelivered text that are recorded

-- The beginning of a text, on one line.
local function beginning(text)
  text = text:gsub("%s+", " ")
  if #text <= BEGINNING then return text end
  return text:sub(1, (utf8.offset(text, 0, BEGINNING + 1) or BEGINNING + 1) - 1) .. "..."
end

local function undelivered(self, one, message, why)
  local text = string.format('alerter "%s": not delivered: %s (%s)', one.name, why,
    beginning(message.title or message.text))
  if self.reported[one.name] then return notices.record(self.job, text) end
  self.reported[one.name] = true
  notices.tell(self.job, text)
end

-- Sends a message by one alerter.
local function send(self, one, message)
  self.sent[one.name] = true
  local copy = {}
  for k, v in next, message do copy[k] = v end
  local function say(text) self.emit("notice", nil, tostring(text)) end
  local ok, done, why = internal_error.call(one.object.alert, one.object, copy, say)
  if internal_error.is(done) then error(done, 0) end
  if not ok then undelivered(self, one, message, errors.text_of(done, "it"))
  elseif not done then undelivered(self, one, message, errors.text_of(why or "it does not say why", "it")) end
end

-- The alerters that hear of the node at a position: those that its stack has, or the run's.
local function hears(self, one, position)
  local node = position and self.job.plan.graph.nodes[position]
  local choice = node and self.job.plan.choices[node[graph.STEP]]
  local names = choice and choice.alerter
  if not names then return not one.extra end
  for _, name in ipairs(names) do if name == one.name then return true end end
  return false
end

-- Sends a message of the step at the position, or of the run.
---@param message { text: string, title: string?, level: string, step: string? }
---@param position integer?
function Alerts:send(message, position)
  local result = self.job.result
  message.run, message.pipeline = result.name, result.pipeline
  for _, one in ipairs(self.list) do
    if hears(self, one, position) then send(self, one, message) end
  end
end

-- An emit that sends alerts and passes the event on.
---@param emit fun(event: string, position: integer?, data: any, more: any)
---@return fun(event: string, position: integer?, data: any, more: any)
function Alerts:listening(emit)
  self.emit = emit
  return function(event, position, data, more)
    emit(event, position, data, more)
    if event == "alert" then self:send(data, position) end
  end
end

local function failure_text(result)
  local lines = {}
  if result.failed then
    lines[1] = string.format("step %s: %s", result.failed.id, tostring(result.failed.answer.error):match "^[^\n]*")
  end
  lines[#lines + 1] = "rille show " .. result.name
  return table.concat(lines, "\n")
end

-- The run has ended: a failure is told by the alerters that had nothing to send, every end by those with on=end.
function Alerts:run_ended()
  local result = self.job.result
  for _, one in ipairs(self.list) do
    local asked = one.object.on or "failure"
    local wanted = asked == "end"
      or asked == "failure" and result.status == "failed" and not self.sent[one.name]
    if wanted and not one.extra then
      send(self, one, { title = string.format("%s %s", result.name, result.status),
        text = result.status == "failed" and failure_text(result) or "rille show " .. result.name,
        level = result.status == "failed" and "error" or "info", run = result.name, pipeline = result.pipeline,
        status = result.status })
    end
  end
end

-- Those of a run; nil where its stack has no alerter.
---@param job rille.run.job
---@return rille.alerts?
function alerts.of(job)
  local list = {}
  for i, one in ipairs(job.stack:objects "alerter") do
    list[i] = { name = one.name, object = one.object, extra = one.extra }
  end
  if not list[1] then return nil end
  return setmetatable({ job = job, list = list, sent = {}, reported = {} }, Alerts)
end

return alerts
