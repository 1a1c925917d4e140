-- observers: what listens to a run beside the console: experiment trackers, alerters, hooks of a pipeline, OpenLineage.
--
-- An observer is an object with some of these methods:
--     run_begin(self, run)            before the first step, also in a run in which all is cached
--     step_begin(self, step, run)     step = { id, step }: a worker is about to begin it; again before a retry
--     step_end(self, step, run)       each step that has a result or failed, was stopped or skipped; cached ones too;
--                                     a step with :with { tracker =, stack = } is for the trackers that it names
--     run_end(self, run)              once, when the run is recorded
-- run = { id, name, number, pipeline, status = "running"|"completed"|"failed"|"stopped", started, seconds?, params,
--         tags, stack, script, extra?, git? (run/code_version.lua; complete at the end), counts?,
--         failed = { step, error }? }
-- step = { id, step, status = "completed"|"cached"|"failed"|"stopped"|"skipped", started?, seconds, reason?, error?,
--          params, metrics, series = { [metric] = { steps, values, times? } }, metadata, logged, cached_from? = RUN,
--          took? (seconds when a cached step ran), inputs = { [name] = END or { END... } },
--          outputs = { [name] = END } }
-- END = { digest (hex), type, size?, uri?, kind? (of an output port) }
-- Where job.wants_reads is set, step.reads is what the step was seen to read, packed.
-- They are plain tables of the observer's own; times are seconds since 1970.
--
-- An error in an observer never fails the run: it is reported once and recorded with the run, and the observer is left
-- out from then on.  A run without observers loads nothing of this.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local notices = require "rille.run.notices"
local observed_step = require "rille.run.observed_step"
local outcome = require "rille.record.outcome"
local project = require "rille.project"

local observers = {}

local ID <const> = graph.ID

---@class rille.observer
---@field name string for messages: 'alerter "slack"'
---@field object table
---@field broken boolean? it failed, and is left out
---@field kind string? of a component of the stack
---@field component string? its name
---@field extra boolean? it hears of the steps that name it, not of the others

---@class rille.observers
---@field list rille.observer[]
---@field job rille.run.job
---@field plan table?
---@field run table what observers are given
---@field n_late integer late hits that they were told of
---@field told table of run/observed_step.lua
local Observers = { __name = "observers" }
Observers.__index = Observers

local HEARD <const> = { "run_begin", "step_begin", "step_end", "run_end" }

local function hears(object)
  for _, method in ipairs(HEARD) do if object[method] then return true end end
  return false
end

local function unpacked(text) return text and json.unpack(text) or nil end

-- A copy of plain data, so that no observer changes what another one is given.
local function copy(v)
  if type(v) ~= "table" then return v end
  local made = {}
  for k, x in next, v do made[k] = copy(x) end
  return made
end

-- Not even an error of rille's own in a tracker is worth a run.
local function give_up(self, one, message)
  one.broken = true
  local why = internal_error.is(message) and message.text:match "[^\n]*" .. " (an error in rille: please report it)"
    or errors.text_of(message, "it")
  local text = string.format("%s failed: %s", one.name, why)
  notices.tell(self.job, text)
end

-- Does the observer hear of a step?  choice: the components that the step names, by kind.
local function hears_step(one, choice)
  local names = choice and one.kind and choice[one.kind]
  if not names then return not one.extra end
  for _, name in ipairs(names) do if name == one.component then return true end end
  return false
end

-- Calls a method of all observers that have it; of a step with a choice, of those that it chose.
local function tell(self, method, choice, ...)
  for _, one in ipairs(self.list) do
    local f = not one.broken and (method ~= "step_end" or hears_step(one, choice)) and one.object[method]
    if f then
      local given = {}
      for i = 1, select("#", ...) do given[i] = copy((select(i, ...))) end
      local ok, message = internal_error.call(f, one.object, table.unpack(given))
      if not ok then give_up(self, one, message) end
    end
  end
end

local function tell_step(self, position, status, answer, reason)
  if self.plan:is_virtual(position) then return end
  local choice = self.plan.choices[self.plan.graph.nodes[position][graph.STEP]]
  tell(self, "step_end", choice, observed_step.new(self.job, self.told, position, status, answer, reason), self.run)
end

local function tell_late_hits(self)
  local late = self.plan:late_hits()
  while late[self.n_late + 1] do
    self.n_late = self.n_late + 1
    tell_step(self, late[self.n_late], "cached")
  end
end

local on = {}

function on.plan(self, _, data)
  local run, plan = self.run, data.plan
  self.plan, run.id, run.name, run.number = plan, data.result.id, data.result.name, data.info.number
  run.git = unpacked(self.job.fields.git)
  tell(self, "run_begin", nil, run)
  for i in plan:each() do if plan:is_cached(i) then tell_step(self, i, "cached") end end
  self.n_late = #plan:late_hits()
end

function on.step_begin(self, i)
  if not self.hears_begin then return end
  local node = self.plan.graph.nodes[i]
  tell(self, "step_begin", nil, { id = node[ID], step = node[graph.STEP].name }, self.run)
end

function on.step_end(self, i, answer) tell_step(self, i, "completed", answer) end

function on.step_failed(self, i, answer)
  self.run.failed = self.run.failed or { step = self.plan.graph.nodes[i][ID], error = answer.error }
  tell_step(self, i, "failed", answer)
end

function on.step_stopped(self, i, answer) if not answer.unstarted then tell_step(self, i, "stopped", answer) end end

function on.step_skipped(self, i, cause, reason)
  tell_step(self, i, "skipped", nil, reason or cause and "needs " .. self.plan.graph.nodes[cause][ID]
    .. ", which failed")
end

local function finish(self, status, seconds)
  self.ended = true
  self.run.status, self.run.seconds, self.run.counts = status, seconds, outcome.counts(self.plan)
  if self.run.git then self.run.git = unpacked(project.answer(project.meta:run(self.job.result.row)).git) end
  tell(self, "run_end", nil, self.run)
end

function on.run_end(self)
  tell_late_hits(self)
  finish(self, self.job.result.status, self.job.result.seconds)
end

-- An emit that tells the observers, then passes the event on.  The end of the run is passed on first: what is told of
-- it does not wait for the observers.
---@param emit fun(event: string, position: integer?, data: any, more: any)
---@return fun(event: string, position: integer?, data: any, more: any)
function Observers:listening(emit)
  return function(event, position, data, more)
    emit(event, position, data, more)
    local handler = on[event]
    if handler then handler(self, position, data, more) end
    if self.plan and not self.ended and self.plan:late_hits()[self.n_late + 1] then tell_late_hits(self) end
  end
end

-- The run was broken off by an error after it had begun.
---@param reason string
function Observers:broken_off(reason)
  if not self.plan or self.ended then return end
  self.run.failed = self.run.failed or { error = reason }
  finish(self, "failed", 0)
end

-- The trackers and alerters of a stack that listen to runs.
local function add_of_stack(list, stack)
  for _, kind in ipairs { "experiment_tracker", "alerter" } do
    for _, one in ipairs(stack:objects(kind)) do
      if hears(one.object) then
        list[#list + 1] = { name = string.format('%s "%s"', (kind:gsub("_", " ")), one.name), object = one.object,
          kind = kind, component = one.name, extra = one.extra }
      end
    end
  end
end

-- What tells the run to OpenLineage.
local function lineage_of(job)
  local where = job.options.openlineage
  local object, message = require("rille.run.openlineage").new(where, job.options.openlineage_base or project.folder())
  if not object and job.options.openlineage_base then error({ usage = "--openlineage " .. message }, 0) end
  if not object then errors.raise("openlineage: %s", message) end
  object:attach(job)
  job.wants_reads = true
  return { name = "openlineage", object = object }
end

-- The observers of a run; nil where there are none.
---@param job rille.run.job with stack and fields
---@return rille.observers?
function observers.of(job)
  local list = {}
  for i, object in ipairs(job.options.observers or {}) do
    list[i] = { name = object.name or "an observer", object = object }
  end
  if job.options.openlineage then list[#list + 1] = lineage_of(job) end
  if job.stack then add_of_stack(list, job.stack) end
  if not list[1] then return nil end
  local fields = job.fields
  local run = { status = "running", pipeline = fields.pipeline, started = fields.started,
    params = json.unpack(fields.params), tags = json.unpack(fields.tags), stack = fields.stack, script = fields.script,
    extra = unpacked(fields.extra) }
  local hears_begin = false
  for _, one in ipairs(list) do hears_begin = hears_begin or one.object.step_begin ~= nil end
  return setmetatable({ list = list, job = job, hears_begin = hears_begin, n_late = 0, told = { ends = {} },
    ended = false, run = run }, Observers)
end

return observers
