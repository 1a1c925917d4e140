-- past_step: steps of past runs as values; see history.lua.

local past_artifact = require "rille.query.past_artifact"
local class = require "rille.query.history_class"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local dynamic_steps = require "rille.record.dynamic_steps"
local artifact_names = require "rille.record.artifact_names"
local project = require "rille.project"
local outcome = require "rille.record.outcome"
local unfinished_run = require "rille.record.unfinished_run"

local named, unpack, within = class.named, class.unpack, class.within

local answer = project.answer

local past_step = {}

-- The run of a row.  past_run.lua requires this file, so history.lua passes it in.
local find_run

---@param f fun(row: integer): table? run
function past_step.find_runs_by(f) find_run = f end

local outputs_of

-- Of a map: by name the list of what the items made.
local function outputs_of_items(row)
  local map, order = {}, { names = {} }
  for i, item in ipairs(row.items) do
    local _, outputs = outputs_of(item)
    for k, name in ipairs(outputs.names) do
      if not map[name] then map[name], order[k], order.names[k] = {}, name, name end
      map[name][i] = outputs[k]
    end
  end
  for k, name in ipairs(order.names) do order[k] = map[name] end
  return named("output", map, order), order
end

function outputs_of(row)
  if row.items then return outputs_of_items(row) end
  local map, order = {}, { names = {} }
  local notes = unpack(row.notes).outputs or {}
  for i, out in ipairs(row.outputs or {}) do
    local origin = row.owner and { source = row.owner, position = row.position, output = i } or nil
    local artifact = past_artifact.artifact_of { digest = out.digest, name = out.artifact, number = out.version,
      version_row = out.version_row, type = out.type, size = out.size, noted = notes[out.name] or false,
      origin = origin }
    map[out.name], order[i], order.names[i] = artifact, artifact, out.name
  end
  return named("output", map, order), order
end

local function inputs_of(row)
  local map, order, ends = {}, { names = {} }, nil
  -- the ends of the wires, read when the producer of an input is asked for
  local function end_of(i)
    if not ends then
      local walk = require("rille.query.lineage").new()
      local node = walk:node(row.owner, row.position)
      ends = node and walk:inputs(node) or {}
    end
    return ends[i]
  end
  for i, input in ipairs(row.inputs or {}) do
    local function taken() return end_of(i) end
    local artifact = past_artifact.artifact_of { digest = input.digest, taken = row.owner and taken or nil }
    local port = input.name
    local before = rawget(map, port)
    if before and getmetatable(before) == past_artifact.Artifact then map[port] = { before, artifact }
    elseif before then before[#before + 1] = artifact
    else
      map[port] = artifact
      order.names[#order.names + 1] = port
    end
    order[#order + 1] = artifact
  end
  return named("input", map, order)
end

local Step = class.new("step run", {
  id = function(row) return row.node end,
  name = function(row) return row.step end,
  status = function(row) return row.status_name end,
  reason = function(row) return row.reason end,
  key = function(row) return row.key and hash.hex(row.key) or nil end,
  seconds = function(row) return row.seconds end,
  error = function(row) return row.error end,
  parameters = function(row) return unpack(row.params) end,
  metrics = function(row) return unpack(row.metrics) end,
  series = function(row) return unpack(row.notes).series or {} end,
  metadata = function(row) return unpack(row.metadata) end,
  logged = function(row) return unpack(row.notes).params or {} end,
  attempts = function(row)
    if not row.row or row.status_name == "cached" then return {} end
    return answer(project.meta:attempts(row.row)) or {}
  end,
  log = function(row) return row.row and answer(project.meta:step_row(row.row)).log or "" end,
  outputs = function(row) return (outputs_of(row)) end,
  output = function(row)
    local _, order = outputs_of(row)
    if #order ~= 1 then
      errors.raise('step "%s" has %d outputs; write .outputs.NAME with one of %s', row.node, #order,
        table.concat(order.names, ", "))
    end
    return order[1]
  end,
  inputs = inputs_of,
  kind = function(row) return row.kind or "step" end,
  items = function(row)
    local list = {}
    for i, item in ipairs(row.items or {}) do list[i] = setmetatable({ row = item }, past_step.Step) end
    return list
  end,
  cached_from = function(row) return row.cached_from end,
  run = function(row)
    local run = row.owner or row.run and row.run.row
    return run and find_run(run) or nil
  end,
}, nil, class.all_impure_but("step run", { id = true, name = true }))
Step.__tostring = function(self) return string.format("step %s (%s)", self.id, self.status) end
past_step.Step = Step

-- A step of the running run that may still be running when the one that asks runs.
local Unordered = { __name = "step run" }

function Unordered.__index(self, k)
  local row = rawget(self, "row")
  if k == "id" then return row.node end
  if k == "name" then return row.step end
  errors.raise("%s", row.unordered)
end

-- The step of a row of m:steps: its status becomes a word, a hit says where it is from.
local function step_of(run, row)
  if row.unordered then return setmetatable({ row = row }, Unordered) end
  row.status_name = outcome.STATUS[row.status] or row.status
  row.run_name, row.owner = run.name, run.row
  local cached = row.status_name == "cached"
  if cached and row.run then row.cached_from = row.run.name .. "/" .. row.run.node end
  if cached then row.seconds = 0.0 end
  -- many steps that --only leaves out have no row of their own that says it
  if row.status_name == "skipped" and not row.reason and unpack(run.extra).only then
    row.reason = "left out by --only"
  end
  return setmetatable({ row = row }, Step)
end

-- The steps of a run in order.
---@param run table row
---@return table[]
function past_step.of_run(run)
  local list = {}
  local rows = within("steps", run.id)
  if not rows then
    rows = dynamic_steps.complete(run, answer(unfinished_run.steps(run)))
    artifact_names.add(project.meta, run, rows)
  end
  for i, row in ipairs(rows) do list[i] = step_of(run, row) end
  return list
end

-- How many attempts came before the last one: { [row of the step run] = n }.
function past_step.attempts_of(run)
  local counts = {}
  for _, one in ipairs(answer(project.meta:attempt_counts(run.row)) or {}) do counts[one.row] = one.n end
  return counts
end

-- The step at a position of a run, as the run has it.
---@param run_row integer
---@param position integer
function past_step.at(run_row, position)
  local walk = require("rille.query.lineage").new()
  local run, step = walk:place(run_row, position)
  if not run then return nil end
  artifact_names.add(project.meta, run, { step })
  return step_of(run, step)
end

-- The step of a step run, by its row, or nil.
---@param number integer
function past_step.by_row(number)
  local row = answer(project.meta:step_row(number))
  if not row then return nil end
  row.run_name = row.run and row.run.name
  row.status_name = row.status
  return setmetatable({ row = row }, Step)
end

fingerprint.closed(Step, "history." .. Step.__name)
class.identity(Step, "step run", "row", "node", "step", "run_name", "owner", "position")

return past_step
