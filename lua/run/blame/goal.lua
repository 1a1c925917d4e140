-- goal: what moved between two runs: a metric, an output, or the status.
--
-- A goal has kind, step (an id, or nil: any step), name, a and b (the values of both runs), and
--   goal:answer(report)       what a mixture gave: { ok, value, key } of a metric, { ok, class } of the others
--   goal:differs(which, answer)  why the end "good" or "bad" did not give what its record says; nil where it did
--   goal:is_equal()           both runs have the same: nothing to explain

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local goal = {}

local Goal = { __name = "goal of a blame" }
Goal.__index = Goal

function Goal:is_equal() return self.a == self.b end

local function names_of(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function need_step(run, id)
  local step = run.steps[id]
  if not step then
    errors.at(nil, 'run %s has no step "%s"%s', run.run.name, id, suggest.hint(id, table.move(run.order, 1, #run.order,
      1, {})))
  end
  return step
end

-- Metrics ------------------------------------------------------------------------------------

local function is_finite(v) return v == v and v ~= math.huge and v ~= -math.huge end

-- Of a map: that its items are asked for.
local function items_hint(run, id)
  local n = 0
  while run.steps[string.format("%s[%d]", id, n + 1)] do n = n + 1 end
  return n > 0 and string.format("is a map of %d: name one of its items, as in %s[1]", n, id) or nil
end

local function metric_of(run, id, name)
  local step = need_step(run, id)
  local v = step.metrics[name]
  if v == nil then
    local names = names_of(step.metrics)
    errors.at(nil, 'step "%s" of run %s (%s) %s', id, run.run.name, step.status, items_hint(run, id)
      or names[1] and string.format('logged no metric "%s"%s', name, suggest.hint(name, names)) or "logged no metrics")
  end
  if type(v) ~= "number" or not is_finite(v) then
    errors.at(nil, "metric %s.%s of run %s is %s: blame compares finite numbers", id, name, run.run.name, tostring(v))
  end
  return v
end

local metric = {}

function metric.answer(self, report)
  local v = report.ok and report.metrics[self.name]
  if type(v) ~= "number" or not is_finite(v) then v = nil end
  return { ok = v ~= nil, value = v or nil, key = report.key, report = report }
end

function metric.differs(self, which, answer)
  local expected = which == "good" and self.a or self.b
  if answer.value == expected then return nil end
  return string.format("%s.%s = %s now, but its record says %s", self.step, self.name, tostring(answer.value),
    tostring(expected))
end

-- Outputs ------------------------------------------------------------------------------------

local function output_of(run, id, name)
  local step = need_step(run, id)
  if not step.outputs[name] then
    errors.at(nil, 'step "%s" of run %s (%s) has no output "%s"%s', id, run.run.name, step.status, name,
      suggest.hint(name, names_of(step.outputs)))
  end
  return step.outputs[name]
end

local function class_of(self, v)
  if v == nil then return "fails" end
  return v == self.a and "good" or v == self.b and "bad" or "other"
end

local classified = {}

function classified.differs(_, which, answer)
  if answer.class == which then return nil end
  return answer.text or "another result than its record says"
end

local output = { differs = classified.differs }

function output.answer(self, report)
  local digest = report.ok and report.outputs and report.outputs[self.name] or nil
  return { ok = digest ~= nil, class = class_of(self, digest), key = digest, report = report,
    text = digest and string.format("another %s.%s than its record says", self.step, self.name) or report.text }
end

-- Status -------------------------------------------------------------------------------------

-- "completed", or which step failed with which kind of error: without numbers and texts, which may differ.
local function outcome(ok, failed, text)
  if ok then return "completed" end
  local kind = (text or ""):match "^[^\n]*":gsub("%d+", "#"):gsub('"[^"]*"', '"')
  return string.format("failed in %s: %s", failed or "no step", kind)
end

local function status_of(run)
  for _, id in ipairs(run.order) do
    local step = run.steps[id]
    if step.status == "failed" then return outcome(false, id, step.error), id, (step.error or ""):match "^[^\n]*" end
  end
  if run.run.status ~= "completed" then
    errors.at(nil, "run %s is %s, and no step of it failed: there is no outcome to compare", run.run.name,
      run.run.reason or run.run.status)
  end
  return "completed"
end

local status = { differs = classified.differs }

function status.answer(self, report)
  local now = outcome(report.ok, report.failed, report.text)
  if not report.failed and not report.ok then now = nil end
  return { ok = now ~= nil, class = class_of(self, now), key = now, report = report, text = report.text or now }
end

-- All ----------------------------------------------------------------------------------------

---@class rille.blame.wanted
---@field kind "metric"|"output"|"status"
---@field step string?
---@field name string?

local KINDS <const> = { metric = metric, output = output, status = status }

-- The goal for two runs.
---@param wanted rille.blame.wanted
---@param good table of run/blame/recorded.lua
---@param bad table
---@return table goal
function goal.of(wanted, good, bad)
  local self = setmetatable({ kind = wanted.kind, step = wanted.step, name = wanted.name }, Goal)
  for name, method in next, KINDS[wanted.kind] do self[name] = method end
  if wanted.kind == "status" then
    self.a, self.step, self.error_a = status_of(good)
    local id
    self.b, id, self.error_b = status_of(bad)
    self.step = id or self.step
    if not (good.steps[self.step] and bad.steps[self.step]) then self.step = nil end
  else
    local value_of = wanted.kind == "metric" and metric_of or output_of
    self.a, self.b = value_of(good, wanted.step, wanted.name), value_of(bad, wanted.step, wanted.name)
  end
  return self
end

return goal
