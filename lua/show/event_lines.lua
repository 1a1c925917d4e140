-- event_lines: a run for programs: a JSON object a line on standard output.  The fields are those of rille help run;
-- they never change their meaning.

local format = require "rille.base.format"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local outcome = require "rille.record.outcome"
local value_text = require "rille.base.value_text"

local event_lines = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

---@class rille.event_lines
---@field result rille.run.result
---@field plan table
---@field nodes table[]
---@field info table of the run
---@field logged table<integer, true> steps whose output was told while they ran
---@field n_late integer late hits that were told of
---@field unflushed boolean
local Writer = { __name = "writer of events" }
Writer.__index = Writer

local function put(self, fields)
  io.stdout:write(value_text.json(fields), "\n")
  self.unflushed = true
end

local function id_of(self, position) return self.nodes[position][ID] end

-- { [name] = { digest, type, size } }
local function outputs_of(node, answer)
  local map = {}
  for k, artifact in ipairs(answer.outputs or {}) do
    map[node[STEP].outputs[k].name] = { digest = hash.hex(artifact.digest), type = artifact.type, size = artifact.size }
  end
  return json.object(map)
end

-- What a step in this process printed is known at its end.
local function put_log(self, i, answer)
  if not self.logged[i] and answer.log and answer.log ~= "" then
    put(self, { event = "log", step = id_of(self, i), text = answer.log })
  end
  self.logged[i] = nil
end

local function n_attempts(answer) return answer.attempts and #answer.attempts + 1 end

local function put_hit(self, i)
  put(self, { event = "step_end", step = id_of(self, i), status = "cached", seconds = 0.0,
    reason = self.plan:is_cut_off(i) and "inputs unchanged" or nil })
end

-- Steps that have become hits while the run is running.
local function put_late_hits(self)
  local late = self.plan:late_hits()
  while late[self.n_late + 1] do
    self.n_late = self.n_late + 1
    put_hit(self, late[self.n_late])
  end
end

local on = {}

function on.plan(self, _, data)
  self.result, self.plan, self.info, self.nodes = data.result, data.plan, data.info, data.plan.graph.nodes
end

function on.run_begin(self)
  local plan, result = self.plan, self.result
  put(self, { event = "run_begin", run = result.name, id = result.id, pipeline = result.pipeline, steps = plan:count(),
    cached = plan.n_hits })
  for i = 1, #self.nodes do if plan:is_cached(i) and not plan:is_virtual(i) then put_hit(self, i) end end
  self.n_late = #plan:late_hits()
end

function on.step_begin(self, i)
  put(self, { event = "step_begin", step = id_of(self, i), reason = self.plan:reason(i) })
end

function on.step_end(self, i, answer)
  put_log(self, i, answer)
  put(self, { event = "step_end", step = id_of(self, i), status = "completed", seconds = answer.seconds,
    reason = self.plan:reason(i),
    outputs = outputs_of(self.nodes[i], answer), attempts = n_attempts(answer) })
end

function on.step_failed(self, i, answer)
  put_log(self, i, answer)
  put(self, { event = "step_end", step = id_of(self, i), status = "failed", seconds = answer.seconds,
    reason = self.plan:reason(i), error = answer.error,
    attempts = n_attempts(answer) })
end

function on.step_stopped(self, i, answer)
  put_log(self, i, answer)
  if not answer.unstarted then
    put(self, { event = "step_end", step = id_of(self, i), status = "stopped", seconds = answer.seconds })
  end
end

function on.step_skipped(self, i, cause, reason)
  put(self, { event = "step_end", step = id_of(self, i), status = "skipped", because = reason or id_of(self, cause) })
end

function on.step_retry(self, i, answer, more)
  put_log(self, i, answer)
  put(self, { event = "attempt", step = id_of(self, i), attempt = more.attempt, delay = more.delay,
    seconds = answer.seconds, error = answer.error })
end

function on.progress(self, i, data)
  put(self, { event = "progress", step = id_of(self, i), fraction = data.fraction, text = data.text })
end

function on.log(self, i, text, more)
  if more.left_out then text = format.left_out(more.left_out, more.open) .. text end
  self.logged[i] = true
  put(self, { event = "log", step = id_of(self, i), text = text })
end

function on.note(self, i, text) put(self, { event = "note", step = id_of(self, i), text = text }) end

function on.alert(self, i, data)
  put(self, { event = "alert", step = i and id_of(self, i), level = data.level, title = data.title, text = data.text })
end

function on.notice(self, _, text) put(self, { event = "notice", text = text }) end

-- What the run left in its models; nil for nothing.
local function models_of(result)
  if not result.models then return nil end
  local list = {}
  for i, one in ipairs(result.models) do
    local is = one.is or {}
    list[i] = { model = one.model, role = one.role or "none", version = is.number, name = is.name, stage = is.stage,
      links = is.links, promoted = one.promoted and json.array(one.promoted) }
  end
  return json.array(list)
end

function on.run_end(self)
  local result = self.result
  put_late_hits(self)
  put(self, { event = "run_end", run = result.name, id = result.id, status = result.status, seconds = result.seconds,
    counts = outcome.counts(self.plan),
    spec_version = self.info.spec_version, models = models_of(result) })
end

-- The emit of a run (run/run.lua lists the events).
---@return fun(event: string, position: integer?, data: any, more: any)
function event_lines.new()
  local self = setmetatable({ logged = {}, n_late = 0, unflushed = false }, Writer)
  return function(event, i, data, more)
    local handler = on[event]
    if handler then handler(self, i, data, more) end
    if self.plan:late_hits()[self.n_late + 1] then put_late_hits(self) end
    if self.unflushed then io.stdout:flush() end
    self.unflushed = false
  end
end

return event_lines
