-- request: what a runner is given of a step: its parameters, its inputs, its limits (execute/task.lua has the shape).

local graph = require "rille.graph"
local json = require "rille.json"
local packed_params = require "rille.execute.packed_params"
local project = require "rille.project"
local types = require "rille.script.types"

local request = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS

-- Replaces each of a list of Plan:given by its artifact with all fields; returns what their steps said of them,
-- packed.
local function hand_over(view, list)
  local texts = {}
  for k, one in ipairs(list) do
    texts[k] = json.pack(view:noted(one))
    list[k] = one[2] or view:uncommitted(one[1]) or project.meta:artifact(one[1]) or view:by_digest(one[1])
  end
  return texts
end

-- What an input is given whose values a step takes.
local function values(plan, input, view)
  local digests = plan:digests(input)
  if type(digests) == "string" then return view:by_digest(digests) end
  if digests then return { list = view:by_digests(digests) } end
  local list, is_list = plan:given(input)
  for k = 1, #list do list[k] = list[k][2] or view:by_digest(list[k][1]) end
  return is_list and { list = list } or list[1]
end

local NO_INPUTS <const> = {}

---@param plan table
---@param position integer of the node
---@param view table
---@return table request
function request.new(plan, position, view)
  local node = plan.graph.nodes[position]
  local step = node[STEP]
  local inputs, artifact_notes = {}, nil
  local known_error = plan:known_error(position)
  local wired = known_error and NO_INPUTS or node[INPUTS]
  for n = 1, #wired do
    if types.takes_artifact(step.inputs[n].type) then
      local list, is_list = plan:given(wired[n])
      artifact_notes = artifact_notes or {}
      artifact_notes[n] = hand_over(view, list)
      inputs[n] = is_list and { list = list } or list[1]
    else
      inputs[n] = values(plan, wired[n], view)
    end
  end
  local params, objects = packed_params.to_send(node[PARAMS])
  local made = { position = position, id = node[ID], key = plan:key(position), params = params,
    objects = objects, inputs = inputs,
    artifact_notes = artifact_notes, run = view.run, known_error = known_error }
  if view.models then made.model = view.models:data_of(node) end
  local options = step.options
  if options.timeout or options.resources then
    made.timeout, made.memory, made.exclusive = options.timeout or nil, (options.resources or {}).memory, true
  end
  return made
end

return request
