-- events: tells a host what happens in a run: the events of run/run.lua as those of host/rille.h.
--
-- What a step in this process prints is told while it prints, by C (host/library/events.c), which knows the step by
-- the events that have `here`.

local format = require "rille.base.format"
local graph = require "rille.graph"
local run_state = require "rille.show.run_state"
local sys = require "rille.host.sys"

local events = {}

local ID <const> = graph.ID

---@class rille.host_events
---@field tell fun(event: table) host/library/events.c
---@field result rille.run.result
---@field plan table
---@field nodes table[]
---@field state rille.run_state
---@field inline boolean steps run in this process
---@field has_begun boolean the host knows of the run
---@field n_late integer late hits that were told of
local Events = { __name = "events for a host" }
Events.__index = Events

local function id_of(self, position) return self.nodes[position][ID] end

local function put(self, fields)
  fields.run, fields.done, fields.total = self.result.name, self.state:finished(), self.state.total
  self.tell(fields)
end

local function put_hit(self, i) put(self, { kind = "step_cached", step = id_of(self, i) }) end

-- Steps that have become hits while the run is running.
local function put_late_hits(self)
  local late = self.plan:late_hits()
  while late[self.n_late + 1] do
    self.n_late = self.n_late + 1
    put_hit(self, late[self.n_late])
  end
end

local function begin(self)
  local plan = self.plan
  self.has_begun = true
  put(self, { kind = "run_begin" })
  for i = 1, #self.nodes do if plan:is_cached(i) and not plan:is_virtual(i) then put_hit(self, i) end end
  self.n_late = #plan:late_hits()
end

local on = {}

function on.plan(self, _, data)
  self.result, self.plan, self.nodes = data.result, data.plan, data.plan.graph.nodes
  self.state, self.inline = run_state.new(data.plan, data.jobs), data.jobs == nil
end

on.run_begin = begin

function on.step_begin(self, i) put(self, { kind = "step_begin", step = id_of(self, i), here = self.inline }) end

local function put_end(self, i, kind, answer, text)
  put(self, { kind = kind, step = id_of(self, i), seconds = answer.seconds, text = text, here = self.inline })
end

function on.step_end(self, i, answer) put_end(self, i, "step_end", answer, "completed") end
function on.step_failed(self, i, answer) put_end(self, i, "step_failed", answer, answer.error) end
function on.step_retry(self, i, answer) put_end(self, i, "step_retry", answer, answer.error) end

function on.step_stopped(self, i, answer)
  if not answer.unstarted then put_end(self, i, "step_end", answer, "stopped") end
end

function on.step_skipped(self, i, cause, reason)
  if self.plan:is_virtual(i) then return end
  put(self, { kind = "step_skipped", step = id_of(self, i), text = reason or "needs " .. id_of(self, cause) })
end

function on.progress(self, i, data)
  local one = self.state.running[i]
  put(self, { kind = "step_tick", step = id_of(self, i), fraction = data.fraction, text = data.text,
    seconds = one and sys.mono() - one.since })
end

function on.log(self, i, text, more)
  if more.left_out then text = format.left_out(more.left_out, more.open) .. text end
  put(self, { kind = "log", step = id_of(self, i), text = text })
end

function on.note(self, i, text) put(self, { kind = "log", step = id_of(self, i), text = text }) end
function on.notice(self, _, text) put(self, { kind = "log", text = text }) end

function on.alert(self, i, data)
  local text = data.title and data.title .. ": " .. data.text or data.text
  put(self, { kind = "log", step = i and id_of(self, i), text = data.level .. ": " .. text })
end

function on.run_end(self)
  if not self.has_begun then begin(self) end
  put_late_hits(self)
  put(self, { kind = "run_end", text = self.result.status, seconds = self.result.seconds })
end

-- The emit of a run; nil where nobody listens.
---@param tell fun(event: table)?
---@return fun(event: string, position: integer?, data: any, more: any)?
function events.listener(tell)
  if not tell then return nil end
  local self = setmetatable({ tell = tell, has_begun = false, n_late = 0 }, Events)
  return function(event, i, data, more)
    if self.state then self.state:on_event(event, i, data) end
    local handler = on[event]
    if handler and (self.plan or event == "plan") then handler(self, i, data, more) end
    if self.has_begun and self.plan:late_hits()[self.n_late + 1] then put_late_hits(self) end
  end
end

return events
