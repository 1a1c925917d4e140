-- rerun_step: runs one step of a recorded run again in this process, for `rille verify`: the script as it is today,
-- inputs from the store, the seed of the recorded key.  Its outputs go to another store.

---@class rille.rerun.report plain data
---@field state "same"|"differs"|"failed"|"skipped"
---@field seconds number? same, differs
---@field outputs rille.rerun.difference[]? differs
---@field causes string[]? differs, failed: what may explain it
---@field error string? failed
---@field why string? skipped

---@class rille.rerun.difference of an output
---@field name string
---@field member string? the first member that differs
---@field offset integer? its first byte that differs, from 1
---@field difference table? of query/compare_value.lua

local compare_value = require "rille.query.compare_value"
local map_items = require "rille.graph.map_items"
local internal_error = require "rille.base.internal_error"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local packed_params = require "rille.execute.packed_params"
local pipeline_graph = require "rille.script.pipeline_graph"
local project = require "rille.project"
local program = require "rille.project.program"
local rerun_causes = require "rille.run.rerun_causes"
local rerun_environment = require "rille.run.rerun_environment"
local rerun_inputs = require "rille.run.rerun_inputs"
local store = require "rille.host.store"
local value = require "rille.host.value"
local task = require "rille.execute.task"

local rerun_step = {}

local STEP <const>, PARAMS <const> = graph.STEP, graph.PARAMS

-- The step as it is today -------------------------------------------------------------

local function unpack(text) return text and json.unpack(text) or {} end

local function node_of(run, id, pipeline)
  local ok, g = internal_error.call(pipeline_graph.build, pipeline, unpack(run.params))
  if not ok and internal_error.is(g) then error(g, 0) end
  if not ok then return nil, "cannot rebuild the pipeline: " .. tostring(g) end
  -- an item of a map is a call of the map's step
  local node = g.by_id[id] or g.by_id[map_items.map_of(id)]
  if not node then return nil, "the pipeline no longer has a step with that id" end
  return node
end

-- The request as the run made it, or nil and why it cannot be made again.
local function request_of(run, row, node, spec, lists)
  local digest = hash.fields("c", spec.prefix)
  if row.code and row.code.digest ~= digest then return nil, rerun_inputs.changed_code(row, spec.info) end
  local params = rerun_inputs.params(node, row)
  local secret = package.loaded["rille.script.secret"]
  local missing = secret and secret.open(node[STEP].params, packed_params.unpack(packed_params.pack(params)))
  if missing then return nil, missing end
  local inputs, digests, artifact_notes = rerun_inputs.of(node, row, lists)
  if not inputs then return nil, digests end
  local now = value.key(spec.prefix, value.encode(params), #digests == 1 and digests[1] or digests)
  if row.key and row.key ~= now and not lists then return request_of(run, row, node, spec, true) end
  if row.key and row.key ~= now then
    return nil, "cannot recompute its key: the record does not have every parameter"
  end
  node[PARAMS] = params
  local bytes, objects = packed_params.pack(params)
  return { position = 1, id = row.node, key = row.key or now, params = bytes, objects = objects,
    inputs = inputs, artifact_notes = artifact_notes,
    run = { id = run.id, name = run.name } }
end

-- What differs ---------------------------------------------------------------------

local function bytes_of(member)
  return member.bytes or project.store:get(member.digest, member.size) or ""
end

-- The first byte that differs, from 1.
local function first_difference(a, b)
  if a == b then return nil end
  local low, high = 0, math.min(#a, #b)         -- the first `low` bytes are equal
  while low < high do
    local middle = (low + high + 1) // 2
    if a:sub(low + 1, middle) == b:sub(low + 1, middle) then low = middle else high = middle - 1 end
  end
  return low + 1
end

local function compare_output(name, was, is)
  local found = { name = name, difference = compare_value.artifacts(was, is) }
  local old = {}
  for _, one in ipairs(was.members) do old[one.name] = one end
  for _, one in ipairs(is.members) do
    local before = old[one.name]
    if not before or before.digest ~= one.digest then
      found.member, found.offset = one.name, before and first_difference(bytes_of(before), bytes_of(one)) or nil
      break
    end
  end
  return found
end

---@param name string
---@param was Artifact
---@param is Artifact of another digest
---@return rille.rerun.difference
rerun_step.compare_output = compare_output

local function differences(step, row, answer)
  local list = {}
  for k, port in ipairs(step.outputs) do
    local edge, is = row.outputs[k], answer.outputs[k]
    if edge.digest ~= is.digest then
      local was = project.meta:artifact(edge.digest)
      list[#list + 1] = was and compare_output(port.name, was, is) or { name = port.name }
    end
  end
  return list
end

-- The step -------------------------------------------------------------------------

-- Runs the step again and compares its outputs.
---@param run table the row of a run
---@param id string of the node
---@param pipeline table as the script defines it today
---@param scratch string a folder
---@return rille.rerun.report
function rerun_step.step(run, id, pipeline, scratch)
  local row = project.meta:step_row(project.meta:step(run.row, id).row)
  row.node = id
  local node, why = node_of(run, id, pipeline)
  if not node then return { state = "skipped", why = why } end
  local step = node[STEP]
  local spec = key.spec_of(step, program.observed)
  local request, reason = request_of(run, row, node, spec)
  if not request then return { state = "skipped", why = reason } end
  local decl = step.options.model or pipeline.model
  request.model = decl and require("rille.record.model_links").of_past_run(run.row, decl)
  project.use_store(rerun_environment.split_store(project.store, assert(store.open(scratch))))
  local answer = task.run(request, rerun_environment.of(run, row, node, spec, scratch))
  local secrets = package.loaded["rille.project.secrets"]
  if secrets then answer.error = secrets.masked(answer.error) end
  if not answer.ok then
    return { state = "failed", error = answer.error, causes = rerun_causes.of(step, spec, row, answer) }
  end
  local outputs = differences(step, row, answer)
  if #outputs == 0 then return { state = "same", seconds = answer.seconds } end
  return { state = "differs", seconds = answer.seconds, outputs = outputs,
    causes = rerun_causes.of(step, spec, row, answer, outputs) }
end

return rerun_step
