-- recorded: a run of the history as plain data, for the mixtures of two of them.
--
-- recorded.of(row) -> { run, params, steps = { [id] = step }, order = { id... }, main, texts = { [path] = text },
--   path, inputs }, where a step is { id, step, status, row, code = hex, params, inputs = { [port] = { hex... } },
--   outputs = { [name] = hex }, metrics, reads = { ["kind name"] = fact }, leaves, error, took = { [port] = id } }

local dynamic_steps = require "rille.record.dynamic_steps"
local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local observe = require "rille.host.observe"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local recorded_sources = require "rille.query.recorded_sources"
local unfinished_run = require "rille.record.unfinished_run"
local wiring = require "rille.host.wiring"

local recorded = {}

local function unpack(text) return text and json.unpack(text) or {} end

-- Where the main script is or was.
local function path_of(run)
  return recorded_sources.script_path(run)
    or errors.at(nil, "run %s came from no file, so blame cannot mix its code: put the script in a file", run.name)
end

-- Steps --------------------------------------------------------------------------------------

local function digests_of(edges)
  local map = {}
  for _, edge in ipairs(edges or {}) do
    map[edge.name] = map[edge.name] or {}
    table.insert(map[edge.name], hash.hex(edge.digest))
  end
  return map
end

local function outputs_of(edges)
  local map = {}
  for _, edge in ipairs(edges or {}) do map[edge.name] = hash.hex(edge.digest) end
  return map
end

local function reads_of(row)
  local map = {}
  for _, one in ipairs(row.reads and observe.describe(row.reads) or {}) do map[one.kind .. " " .. one.name] = one end
  return map
end

local function step_of(one)
  local row = one.row and project.meta:step_row(one.row) or {}
  return { id = one.node, step = one.step, status = outcome.STATUS[one.status] or one.status, row = one.row,
    code = row.code and hash.hex(row.code.digest) or nil,
    leaves = row.code and row.code.leaves and json.unpack(row.code.leaves).leaves or {},
    reusable = row.reusable == true or row.reusable == 1, params = unpack(row.params),
    inputs = digests_of(row.inputs), outputs = outputs_of(one.outputs or row.outputs),
    metrics = unpack(one.metrics or row.metrics), reads = reads_of(row), error = one.error or row.error }
end

-- The digests that the run was given as inputs of its pipeline, by name.
local function inputs_of(run, steps)
  local bytes, map = project.meta:spec(run.spec), {}
  for _, node in ipairs(bytes and wiring.read(bytes) or {}) do
    local step = steps[node.id]
    for _, input in ipairs(node.inputs) do
      local from = input[1]
      local digests = step and step.inputs[input.port]
      if from and from.label and digests then map[from.label] = digests[1] end
    end
  end
  return map
end

-- A run with all that its mixtures need.
---@param run table a row
---@return table
function recorded.of(run)
  local found = recorded_sources.of(run)
  local texts, main = found.texts, found.main
  if not main or not texts[main] then
    errors.at(nil, "the store no longer has the script of run %s, so blame cannot mix it", run.name)
  end
  local made = { run = run, params = unpack(run.params), steps = {}, order = {}, texts = texts, main = main,
    path = path_of(run), is_older = project.meta:key_format(run.row) ~= key.FORMAT }
  for i, one in ipairs(dynamic_steps.complete(run, unfinished_run.steps(run))) do
    made.steps[one.node], made.order[i] = step_of(one), one.node
  end
  made.inputs = inputs_of(run, made.steps)
  return made
end

return recorded
