-- blame: which change between two runs of a pipeline moved a metric, an output or the status, found by running mixtures
-- of the two.
--
--   two runs -> recorded -> suspects -> search or delta <-> mixtures, each in a process of its own
--
-- blame.start(good, bad, wanted) gives a session; session:explain() reproduces both ends and searches, and
-- session:estimate() counts what a search would run.

local delta = require "rille.run.blame.delta"
local errors = require "rille.base.errors"
local game = require "rille.run.blame.game"
local goal_of = require "rille.run.blame.goal"
local mixed_order = require "rille.run.blame.mixed_order"
local notes = require "rille.run.blame.notes"
local oracle = require "rille.run.blame.oracle"
local project = require "rille.project"
local recorded = require "rille.run.blame.recorded"
local remarks = require "rille.run.blame.remarks"
local repeats = require "rille.run.blame.repeats"
local search = require "rille.run.blame.search"
local suspects = require "rille.run.blame.suspects"
local sys = require "rille.host.sys"
local written_files = require "rille.run.blame.written_files"

local blame = {}

---@class rille.blame.session
---@field good table of run/blame/recorded.lua
---@field bad table
---@field goal table of run/blame/goal.lua
---@field model rille.blame.model
---@field steps_run integer step runs of mixtures
---@field end_steps_run integer those of both ends
local Session = { __name = "blame session" }
Session.__index = Session

local function check_runs(good, bad)
  if good.id == bad.id then errors.at(nil, "GOOD and BAD are the same run, %s", good.name) end
  if good.pipeline ~= bad.pipeline then
    errors.at(nil, "runs %s and %s are of different pipelines, %s and %s: blame mixes two runs of one pipeline",
      good.name, bad.name, good.pipeline, bad.pipeline)
  end
  for _, run in ipairs { good, bad } do
    if run.status == "running" then errors.at(nil, "run %s is still running", run.name) end
  end
end

-- What reads the history has another result whenever there are more runs.
local function refuse_history(run, wanted)
  if wanted.kind == "output" and remarks.reads_history(run, wanted.step) then
    errors.at(nil, 'step "%s" reads the history, so its outputs depend on which runs there are: '
      .. "ask for a metric that it logs, with --metric", wanted.step)
  end
end

-- Reads two runs and finds what may have moved what is asked for.
---@param good_row table
---@param bad_row table
---@param wanted rille.blame.wanted
---@return rille.blame.session
function blame.start(good_row, bad_row, wanted)
  check_runs(good_row, bad_row)
  local good, bad = recorded.of(project.meta:run(good_row.id)), recorded.of(project.meta:run(bad_row.id))
  local self = setmetatable({ good = good, bad = bad, goal = goal_of.of(wanted, good, bad), n_run = 0, steps_run = 0,
    end_steps_run = 0, answers = {} }, Session)
  refuse_history(bad, wanted)
  if not self.goal:is_equal() then self.model = suspects.find(good, bad, self.goal.step, wanted.kind) end
  return self
end

-- Mixtures -----------------------------------------------------------------------------------

-- Carries out the mixture of a set of suspects.
function Session:run_mixture(set, salt)
  local order = mixed_order.of(self.model, function(i) return set[i] or false end)
  order.salt = salt
  local report = oracle.ask(order)
  self.n_run = self.n_run + 1
  for path in next, report.writes or {} do self.written:note(path) end
  self.steps_run = self.steps_run + (report.ran or 0)
  return report
end

-- What a mixture gives; with --repeat, the mean of several.
function Session:answer(set)
  local function once(salt) return self.goal:answer(self:run_mixture(set, salt)) end
  local began = sys.mono()
  self.listener.begins(self, set)
  local answer = self.times > 1 and repeats.mean(self.times, once) or once()
  self.listener.ends(self, set, answer, sys.mono() - began)
  self.answers[game.name_of(set)] = answer
  return answer
end

-- Both ends ----------------------------------------------------------------------------------

-- The first step, in the order of the run, that gives another result than the record.
local function first_difference(run, report)
  for _, id in ipairs(run.order) do
    local is = report.steps and report.steps[id]
    for name, digest in next, is and is.outputs or {} do
      if run.steps[id].outputs[name] and run.steps[id].outputs[name] ~= digest then return id, name end
    end
  end
end

local function not_reproduced(run, answer, text)
  local report = answer.report
  if not report.ok and report.text and answer.class ~= "other" then
    errors.at(nil, "run %s cannot be reproduced: %s%s", run.run.name,
      report.failed and string.format('step "%s" failed: ', report.failed) or "", report.text)
  end
  local id, name = first_difference(run, report)
  errors.at(nil, "run %s cannot be reproduced: it gives %s%s%s", run.run.name, text,
    id and string.format('; the first step that differs is "%s" (output %s)', id, name) or "",
    answer.value and "; --repeat K measures such noise" or "")
end

-- What was not exactly reproduced although the goal was.
local function remark_difference(model, run, report)
  local id, name = first_difference(run, report)
  if not id then return end
  table.insert(model.remarks, string.format("%s.%s of %s is not byte for byte what was recorded", id, name,
    run.run.name))
end

-- Raises where an end did not give what its record says.
function Session:check_end(which, run, answer)
  local text = self.goal:differs(which, answer)
  if text then not_reproduced(run, answer, text) end
  remark_difference(self.model, run, answer.report)
end

-- Both ends, which have to give what the records say.
function Session:reproduce()
  local everything = {}
  for i = 1, #self.model.suspects do everything[i] = true end
  local none = self:answer {}
  local all = #self.model.suspects > 0 and self:answer(everything) or none
  if self.times == 1 then
    self:check_end("good", self.good, none)
    if all ~= none then self:check_end("bad", self.bad, all) end
  elseif not (none.ok and all.ok) then
    not_reproduced(none.ok and self.bad or self.good, none.ok and all or none, "no value")
  end
  self.end_steps_run, self.steps_run, self.n_run = self.steps_run, 0, 0
  return none, all
end

-- Searching ----------------------------------------------------------------------------------

-- What the steps of a run take, by id: { [id] = { [source] = true } }.
local function wires_of(report)
  local wires = {}
  for id, step in next, report.steps do wires[id] = step.sources end
  return wires
end

-- Adds to each effect what the suspects alone did beside, or why they failed.
function Session:add_notes(found, none)
  local measured = notes.measured_on(none.report, wires_of(none.report))
  for _, effect in ipairs(found.effects) do
    local answer = self.answers[game.name_of(game.union { effect.members })]
    local one = self.model.suspects[effect.members[1]]
    effect.note = #effect.members == 1 and one.note or nil
    if effect.unresolved then effect.note = notes.failure(answer and answer.report)
    elseif #effect.members == 1 and answer and answer.ok and not one.note then
      effect.note = notes.of(one, none.report, answer.report, measured, self.goal.step, effect.f ~= 0)
    end
  end
end

local SILENT <const> = { begins = function() end, ends = function() end }

-- Reproduces both ends and searches.  options = { budget, seed, times, listener = { begins(session, set),
-- ends(session, set, answer, seconds) } }.
---@param options table
---@return rille.blame.found|rille.blame.turned
function Session:explain(options)
  self.listener, self.times = options.listener or SILENT, options.times or 1
  local written <close> = written_files.keep(self.good, self.bad)
  self.written = written
  local none, all = self:reproduce()
  local run = self.goal.kind == "metric" and search.run or delta.run
  local function ask(set) return self:answer(set) end
  if self.times > 1 then
    self.goal.a, self.goal.b, self.band = none.value, all.value, math.max(none.spread, all.spread)
  end
  local found, asked = run(#self.model.suspects, ask, none, all,
    { budget = options.budget, seed = options.seed, tolerance = self.band })
  found.mixtures, found.steps_run = asked, self.steps_run
  if found.effects then self:add_notes(found, none) end
  written:add_remarks(self.model.remarks)
  return found
end

-- What a search would cost.
---@return rille.blame.estimate
function Session:estimate() return require("rille.run.blame.estimate").of(self.model) end

return blame
