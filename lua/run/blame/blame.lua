-- blame: which change between two runs of a pipeline moved a metric, found by running mixtures of the two.
--
--   two runs -> recorded -> suspects -> search <-> mixtures, each in a process of its own
--
-- blame.start(good, bad, wanted) reproduces both ends and gives a session; session:explain() searches, and
-- session:estimate() counts what a search would run.

local errors = require "rille.base.errors"
local mixed_order = require "rille.run.blame.mixed_order"
local notes = require "rille.run.blame.notes"
local oracle = require "rille.run.blame.oracle"
local project = require "rille.project"
local recorded = require "rille.run.blame.recorded"
local search = require "rille.run.blame.search"
local suggest = require "rille.base.suggest"
local suspects = require "rille.run.blame.suspects"

local blame = {}

---@class rille.blame.wanted what is asked for
---@field step string? id
---@field metric string?
---@field output string?
---@field status boolean

local Session = { __name = "blame session" }
Session.__index = Session

-- What is asked for --------------------------------------------------------------------------

local function ids_text(run, name)
  local known = {}
  for i, id in ipairs(run.order) do known[i] = id end
  return suggest.hint(name, known)
end

local function need_step(run, id)
  local step = run.steps[id]
  if not step then errors.at(nil, 'run %s has no step "%s"%s', run.run.name, id, ids_text(run, id)) end
  return step
end

local function names_of(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The metric of a step, which has to be a number.
local function metric_of(run, wanted)
  local step = need_step(run, wanted.step)
  local v = step.metrics[wanted.metric]
  if v == nil then
    local names = names_of(step.metrics)
    errors.at(nil, 'step "%s" of run %s %s; status: %s', wanted.step, run.run.name,
      names[1] and string.format('logged no metric "%s"%s', wanted.metric, suggest.hint(wanted.metric, names))
      or "logged no metrics", step.status)
  end
  if v ~= v then
    errors.at(nil, 'metric %s.%s of run %s is nan, and no change can explain a difference to nan', wanted.step,
      wanted.metric, run.run.name)
  end
  return v
end

local function check_runs(good, bad)
  if good.id == bad.id then errors.at(nil, "GOOD and BAD are the same run, %s", good.name) end
  if good.pipeline ~= bad.pipeline then
    errors.at(nil, "runs %s and %s are of different pipelines, %s and %s: blame mixes two runs of one pipeline",
      good.name, bad.name, good.pipeline, bad.pipeline)
  end
end

-- Mixtures -----------------------------------------------------------------------------------

-- Carries out the mixture of a set of suspects.
function Session:run_mixture(set)
  local order = mixed_order.of(self.model, function(i) return set[i] or false end)
  order.metric = self.wanted.metric
  if self.on_mixture then self.on_mixture(self.n_run + 1) end
  local report = oracle.ask(order)
  self.n_run = self.n_run + 1
  self.steps_run = self.steps_run + (report.ran or 0)
  return report
end

local function answer_of(report)
  return { ok = report.ok and report.value ~= nil, value = report.value, key = report.key, report = report }
end

-- The first step, in the order of the run, that gives another result than the record.
local function first_difference(run, report)
  for _, id in ipairs(run.order) do
    local is = report.steps and report.steps[id]
    for name, digest in next, is and is.outputs or {} do
      if run.steps[id].outputs[name] and run.steps[id].outputs[name] ~= digest then return id, name end
    end
  end
end

-- One end, which has to give what the record says.
function Session:reproduce(run, set, expected)
  local report = self:run_mixture(set)
  if not report.ok then
    errors.at(nil, "run %s cannot be reproduced: %s%s", run.run.name,
      report.failed and string.format('step "%s" failed: ', report.failed) or "", report.text or "no reason known")
  end
  if report.value ~= expected then
    local id, output = first_difference(run, report)
    errors.at(nil, "run %s gives %s = %s again, but its record says %s%s; with --repeat K the spread is measured",
      run.run.name, self.wanted.metric, tostring(report.value), tostring(expected),
      id and string.format('; the first step that differs is "%s" (output %s)', id, output) or "")
  end
  return answer_of(report)
end

-- Sessions -----------------------------------------------------------------------------------

-- Reads two runs, finds the suspects, and reproduces both ends.
---@param good_row table
---@param bad_row table
---@param wanted rille.blame.wanted
---@return table session
function blame.start(good_row, bad_row, wanted)
  check_runs(good_row, bad_row)
  local good, bad = recorded.of(project.meta:run(good_row.id)), recorded.of(project.meta:run(bad_row.id))
  local self = setmetatable({ good = good, bad = bad, wanted = wanted, n_run = 0, steps_run = 0 }, Session)
  self.a, self.b = metric_of(good, wanted), metric_of(bad, wanted)
  self.model = suspects.find(good, bad, wanted.step)
  return self
end

---@return boolean
function Session:is_equal() return self.a == self.b end

-- All suspects.
function Session:everything()
  local set = {}
  for i = 1, #self.model.suspects do set[i] = true end
  return set
end

-- What the steps of BAD take, by id: { [id] = { [source] = true } }.
local function wires_of(report)
  local wires = {}
  for id, step in next, report.steps do wires[id] = step.sources end
  return wires
end

-- Adds to each effect what the suspects alone did beside.
function Session:add_notes(found, none)
  local measured = notes.measured_on(none.report, wires_of(none.report))
  for _, effect in ipairs(found.effects) do
    local answer = #effect.members == 1 and self.answers[search.name_of(search.union { effect.members })]
    if answer and answer.ok then
      effect.note = notes.of(self.model.suspects[effect.members[1]], none.report, answer.report, measured)
    end
  end
end

-- Reproduces both ends and searches.
---@param options { budget: integer?, seed: integer?, on_mixture: fun(n: integer)? }
---@return rille.blame.found
function Session:explain(options)
  self.on_mixture = options.on_mixture
  local none = self:reproduce(self.good, {}, self.a)
  local all = self:reproduce(self.bad, self:everything(), self.b)
  self.n_run, self.steps_run, self.answers = 0, 0, {}
  local function ask(set)
    local answer = answer_of(self:run_mixture(set))
    self.answers[search.name_of(set)] = answer
    return answer
  end
  local found, asked = search.run(#self.model.suspects, ask, none, all, options)
  found.mixtures, found.steps_run = asked, self.steps_run
  self:add_notes(found, none)
  return found
end

-- What a search would cost.
---@return rille.blame.estimate
function Session:estimate() return require("rille.run.blame.estimate").of(self.model) end

return blame
