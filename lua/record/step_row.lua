-- step_row: the row of a step that ran, as meta:commit takes it.

local graph = require "rille.graph"
local json = require "rille.json"
local metric_series = require "rille.execute.metric_series"
local artifact_names = require "rille.record.artifact_names"
local types = require "rille.script.types"

local step_row = {}

local ID <const>, STEP <const>, POSITION <const> = graph.ID, graph.STEP, graph.POSITION
local INPUTS <const>, PARAMS <const> = graph.INPUTS, graph.PARAMS
local NONE <const> = {}
local EMPTY <const> = json.pack {}

-- Values as JSON; one that JSON cannot hold is kept as what it is called.
local function values_text(values)
  local ok, text = pcall(json.pack, values)
  if ok then return text end
  local plain = {}
  for k, v in next, values do
    local fine, packed = pcall(json.pack, v)
    plain[k] = fine and json.unpack(packed) or tostring(v)
  end
  return json.pack(plain)
end

local function params_text(params) return next(params) == nil and EMPTY or values_text(params) end

local function text_or_nil(values) return values and next(values) ~= nil and values_text(values) or nil end

-- What the step printed, and the notes about commands that it started; nil for nothing.
local function log_of(answer)
  if not answer.ended then return answer.log ~= "" and answer.log or nil end
  local log, lines = answer.log or "", {}
  for i, text in ipairs(answer.ended) do lines[i] = "note: " .. text .. "\n" end
  if #lines > 0 and log ~= "" and log:sub(-1) ~= "\n" then log = log .. "\n" end
  log = log .. table.concat(lines)
  return log ~= "" and log or nil
end

-- What else the step said, as JSON: parameters that it chose itself, metadata of its outputs, series of metrics; and
-- of inputs that take artifacts what the steps said that made these, which is part of the key.
local function notes_text(plan, node, answer)
  local inputs
  local ports = node[INPUTS][1] and node[STEP].inputs or NONE
  for i = 1, #ports do
    local port = ports[i]
    if types.takes_artifact(port.type) then
      local list = {}
      for k, one in ipairs(plan:given(node[INPUTS][i]) or {}) do list[k] = plan.world.noted(one) end
      inputs = inputs or {}
      inputs[port.name] = list
    end
  end
  local series = answer.series and metric_series.recorded(answer.series)
  if not answer.logged and not answer.noted and not inputs and not series and not answer.model then return nil end
  return json.pack { params = answer.logged, outputs = answer.noted, inputs = inputs, series = series,
    model = answer.model }
end

-- { port, digest or digests, artifact, whole, source } of every input, where source is the step run of another run
-- that made it, of many digests a list.  Literals and items of lists come with their artifacts; an item also with its
-- list (whole).
local function inputs_of(plan, node)
  local inputs = node[INPUTS]
  if not inputs[1] then return NONE end
  local list, ports = {}, node[STEP].inputs
  for i = 1, #inputs do
    local input, name = inputs[i], ports[i].name
    local digests, rows = plan:digests(input)
    local given = digests and NONE or plan:given(input)
    if type(digests) == "table" then digests = digests[1] and table.concat(digests) end
    if digests then list[#list + 1] = { name, digests, nil, false, rows } end
    for k = 1, given and #given or 0 do
      local one = given[k]
      list[#list + 1] = { name, one[1], one[2], false, one[3] and plan:result_row(one[3]) }
    end
    local from = getmetatable(input) == graph.Literal and input.from
    if from and plan:digest(from) then
      list[#list + 1] = { name, plan:digest(from), nil, true,
        plan:result_row(graph.source(plan:origin(from))[POSITION]) }
    end
  end
  return list
end

-- { port, artifact, name, tags, own } of every output.  A name that several nodes give is given at the end of the run.
local function outputs_of(recorder, node, answer)
  local list, ports, made = {}, node[STEP].outputs, answer.outputs
  if not made then return NONE end
  for k = 1, #made do
    local port, artifact = ports[k], made[k]
    if recorder.unlisted then
      list[k] = { port.name, artifact }
    else
      local name, tags, own = artifact_names.of(recorder.prefix, node, port)
      list[k] = { port.name, artifact, not (own and recorder.declared.shared[name]) and name or nil, tags, own }
    end
  end
  return list
end

local function status_of(answer) return answer.ok and "completed" or answer.stopped and "stopped" or "failed" end

local function error_of(answer)
  return answer.trace and answer.trace ~= "" and answer.error .. "\n" .. answer.trace or answer.error
end

-- The attempts before the last one, oldest first.
local function attempts_of(answer)
  if not answer.attempts then return nil end
  local list = {}
  for k, one in ipairs(answer.attempts) do
    list[k] = { started = one.started, seconds = one.seconds, error = error_of(one),
      log = one.log ~= "" and one.log or nil }
  end
  return list
end

-- The row of a step that ran.
---@param recorder rille.recorder
---@param plan table
---@param position integer of its node
---@param answer table
---@param spec table of its step
---@param why string? it was no hit
---@return table row
function step_row.of_answer(recorder, plan, position, answer, spec, why)
  local node = plan.graph.nodes[position]
  local row = {
    row = 0, at = position, node = node[ID], step = node[STEP].name, position = recorder:place_of(position),
    status = status_of(answer), started = answer.started, seconds = answer.seconds,
    key = not answer.stale and plan:key(position) or nil, reusable = answer.reusable or false,
    params = params_text(node[PARAMS]), code = spec.code, inputs = inputs_of(plan, node),
    outputs = outputs_of(recorder, node, answer), reason = why,
  }
  -- what most steps lack is no field
  local reads, err, attempts, log = answer.reads, error_of(answer), attempts_of(answer), log_of(answer)
  if reads then row.reads = reads end
  if err then row.error = err end
  if attempts then row.attempts = attempts end
  if log then row.log = log end
  if answer.metrics then row.metrics = text_or_nil(answer.metrics) end
  if answer.metadata then row.metadata = text_or_nil(answer.metadata) end
  local notes = notes_text(plan, node, answer)
  if notes then row.notes = notes end
  return row
end

-- The row of a step that was skipped, as the step at the position `cause` failed.
---@param recorder rille.recorder
---@param plan table
---@param position integer
---@param cause integer
---@return table row
function step_row.of_skipped(recorder, plan, position, cause)
  local node = plan.graph.nodes[position]
  return { row = 0, at = position, node = node[ID], step = node[STEP].name, position = recorder:place_of(position),
    status = "skipped", params = values_text(node[PARAMS]), inputs = {}, outputs = {},
    reason = "needs " .. plan.graph.nodes[cause][ID] .. ", which failed" }
end

return step_row
