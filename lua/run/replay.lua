-- replay: tells an observer of a run that has ended, from its record, as it would have heard of it while the run went
-- on (run/observers.lua has the shapes; of an output it is not known what kind its port said).

local history = require "rille.query.history"
local json = require "rille.json"
local observed_step = require "rille.run.observed_step"
local project = require "rille.project"

local replay = {}

local function unpacked(text) return text and json.unpack(text) or nil end

-- Ends of wires by the names of ports: an END, or a list where a port has several.
local function ends_of(list)
  local map = {}
  for _, one in ipairs(list or {}) do
    local made, before = observed_step.end_of(one.digest), map[one.name]
    if not before then map[one.name] = made
    elseif before.digest then map[one.name] = { before, made }
    else before[#before + 1] = made end
  end
  return map
end

-- The step of a row of the history as observers are given it.
local function step_of(past)
  local row = rawget(past, "row")
  local status = past.status
  local step = { id = past.id, step = past.name, status = status, seconds = past.seconds or 0.0,
    reason = past.reason, params = past.parameters, metrics = {}, metadata = {}, logged = {}, series = {},
    inputs = ends_of(row.inputs), outputs = ends_of(row.outputs),
    error = past.error and past.error:match "^[^\n]*" }
  local own = row.row and project.answer(project.meta:step_row(row.row, true))
  if not own then return step end
  observed_step.add_row(step, own)
  step.cached_from = status == "cached" and row.run and row.run.name or nil
  if status ~= "cached" then step.took = nil end
  return step
end

local function run_of(past)
  local row = rawget(past, "row")
  return { id = past.id, name = past.name, number = past.number, pipeline = past.pipeline, status = "running",
    started = past.started, params = past.parameters, tags = past.tags, stack = past.stack, script = past.script,
    extra = unpacked(row.extra), git = unpacked(row.git) }
end

local function call(object, method, ...)
  if object[method] then object[method](object, ...) end
end

-- Tells the observer of the run; raises what it raises.
---@param object table
---@param past table a run of the history, which has ended
function replay.tell(object, past)
  local run = run_of(past)
  call(object, "run_begin", run)
  for i = 1, #past.steps do
    local one = past.steps[i]
    if one.kind == "step" then
      local step = step_of(one)
      if step.status == "failed" and not run.failed then run.failed = { step = step.id, error = step.error or "" } end
      call(object, "step_end", step, run)
    end
  end
  run.status, run.seconds = past.status, past.seconds or 0.0
  run.counts = unpacked(rawget(past, "row").counts)
  call(object, "run_end", run)
end

-- The runs that a text names: a run, or all listed runs of a pipeline, oldest first; nil and a message.
---@param what string
---@return table[]? runs, string? message
function replay.runs(what)
  local run, message = history.find_run(what)
  if run then return { run } end
  for _, one in ipairs(project.answer(project.meta:pipelines()) or {}) do
    if one.name == what then
      local list = {}
      for past in history.pipeline(what):each {} do table.insert(list, 1, past) end
      return list
    end
  end
  return nil, message
end

return replay
