-- observed_step: what an observer is given of a step that ended (run/observers.lua has the shape).

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local metric_series = require "rille.execute.metric_series"
local project = require "rille.project"

local observed_step = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS

local function unpacked(text) return text and json.unpack(text) or {} end

-- Parameters as they are recorded.
local function plain_params(values)
  local ok, text = pcall(json.pack, values)
  if ok then return json.unpack(text) end
  local plain = {}
  for k, v in next, values do
    local fine, packed = pcall(json.pack, v)
    plain[k] = fine and json.unpack(packed) or tostring(v)
  end
  return plain
end

local function uri_of(artifact, digest)
  local members = artifact and artifact.members
  local one = members and #members == 1 and members[1]
  if one and not one.bytes then return "file://" .. project.object_file(hash.hex(one.digest)) end
  return "rille:" .. hash.hex(digest)
end

-- An end of a wire.
---@param digest string 32 bytes
---@param artifact table? one that is not in the metadata yet
---@return table
function observed_step.end_of(digest, artifact)
  artifact = artifact or project.meta:artifact(digest)
  return { digest = hash.hex(digest), type = artifact and artifact.type, size = artifact and artifact.size,
    uri = uri_of(artifact, digest) }
end

-- The same, which may be that of several; artifacts of this run may not be in the metadata yet.
local function end_of(job, ends, digest, artifact)
  local made = ends[digest]
  if made then return made end
  made = observed_step.end_of(digest, artifact or job.view:uncommitted(digest))
  ends[digest] = made
  return made
end

local function inputs_of(job, ends, node)
  local map = {}
  for i, port in ipairs(node[STEP].inputs) do
    local given, is_list = job.plan:given(node[INPUTS][i])
    local list = {}
    for k, one in ipairs(given or {}) do list[k] = end_of(job, ends, one[1], one[2]) end
    map[port.name] = is_list and list or list[1]
  end
  return map
end

-- The end as an output whose port says its kind.
local function of_kind(one, kind)
  if not kind then return one end
  return { digest = one.digest, type = one.type, size = one.size, uri = one.uri, kind = kind }
end

local function outputs_of(job, ends, node, position, made)
  local map, digests = {}, job.plan:output_digests(position)
  for k, port in ipairs(digests and node[STEP].outputs or {}) do
    local digest = digests:sub(32 * k - 31, 32 * k)
    if #digest == 32 then
      map[port.name] = of_kind(end_of(job, ends, digest, made and made[k]), port.options and port.options.kind)
    end
  end
  return map
end

-- What a step that ran logged.
local function add_answer(step, answer)
  step.started, step.seconds, step.error = answer.started, answer.seconds, answer.error
  step.metrics, step.metadata, step.logged = answer.metrics or {}, answer.metadata or {}, answer.logged or {}
  step.series = metric_series.recorded(answer.series) or {}
end

-- What the step run logged whose result a cached step has.
---@param step table it is changed
---@param row table of the metadata
function observed_step.add_row(step, row)
  local notes = unpacked(row.notes)
  step.started, step.metrics, step.metadata = row.started, unpacked(row.metrics), unpacked(row.metadata)
  step.logged, step.series = notes.params or {}, notes.series or {}
  step.took, step.cached_from = row.seconds, row.run and row.run.name
end

-- A step whose key is that of a step of this run.
local function add_twin(step, twin)
  for _, field in ipairs { "started", "metrics", "metadata", "logged", "series", "cached_from", "took" } do
    step[field] = twin[field]
  end
end

---@param job rille.run.job
---@param told table the steps that were told of, by position; told.ends: ends of wires by digest
---@param position integer
---@param status "completed"|"cached"|"failed"|"stopped"|"skipped"
---@param answer table? of a step that ran
---@param reason string?
---@return table step
function observed_step.new(job, told, position, status, answer, reason)
  local plan = job.plan
  local node = plan.graph.nodes[position]
  local step = { id = node[ID], step = node[STEP].name, status = status, seconds = 0.0,
    reason = reason or plan:reason(position), params = plain_params(node[PARAMS]), metrics = {}, metadata = {},
    logged = {}, series = {} }
  local number, twin = plan:result_row(position), told[plan:same_key_as(position)]
  local row = not answer and number and project.answer(project.meta:step_row(number, true))
  if answer then add_answer(step, answer)
  elseif row then observed_step.add_row(step, row)
  elseif twin then add_twin(step, twin) end
  if job.wants_reads then
    step.reads = answer and answer.reads or row and project.meta:step_row(number).reads or twin and twin.reads
  end
  step.inputs = status ~= "skipped" and inputs_of(job, told.ends, node) or {}
  step.outputs = outputs_of(job, told.ends, node, position, answer and answer.outputs)
  told[position] = step
  return step
end

return observed_step
