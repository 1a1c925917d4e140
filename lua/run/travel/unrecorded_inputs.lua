-- unrecorded_inputs: what a step was given whose end no record has, as its run was killed or runs still: from the
-- wiring of the script and the outputs of the steps before it.

local dynamic_of = require("rille.graph").dynamic_of
local graph = require "rille.graph"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"

local unrecorded_inputs = {}

local ID <const>, STEP <const>, INPUTS <const> = graph.ID, graph.STEP, graph.INPUTS

-- The steps of the run by id.
local function by_id(run)
  local map = {}
  for i = 1, #run.steps do map[run.steps[i].id] = rawget(run.steps[i], "row") end
  return map
end

local function output_of(rows, id, name)
  for _, out in ipairs(rows[id] and rows[id].outputs or {}) do
    if out.name == name then return out.digest end
  end
end

local digests_of

-- Of a `when` that of the branch that ran.
local function of_when(rows, source)
  local chosen = dynamic_of(source).chosen
  for _, truth in ipairs { true, false } do
    local digests, is_list = nil, nil
    if chosen[truth] then digests, is_list = digests_of(rows, chosen[truth]) end
    if digests then return digests, is_list end
  end
end

-- The digests that a wire carries, and whether they are a list; nil where they are not known.
function digests_of(rows, wire)
  local source, output = graph.source(wire)
  if dynamic_of(source, "when") then return of_when(rows, source) end
  local id, name = source[ID], source[STEP].outputs[output].name
  if not dynamic_of(source, "map") then
    local digest = output_of(rows, id, name)
    return digest and { digest }, false
  end
  local list = {}
  while true do
    local digest = output_of(rows, string.format("%s[%d]", id, #list + 1), name)
    if not digest then return list[1] and list, true end
    list[#list + 1] = digest
  end
end

local function load(digest) return history.artifact_of({ digest = digest }):load() end

local function is_literal(v) return getmetatable(v) == graph.Literal end

-- A list of wires and values of the script.
local function of_fan_in(rows, input)
  local digests, values, any = {}, {}, false
  for i, one in ipairs(input) do
    local found = not is_literal(one) and digests_of(rows, one)
    digests[i] = found and found[1] or false
    any = any or is_literal(one)
    values[i] = function() if is_literal(one) then return one[1] end return load(digests[i]) end
    if not found and not is_literal(one) then return nil end
  end
  if not any then return digests, true end
  for i, value in ipairs(values) do values[i] = value() end
  return nil, nil, values
end

-- What one input was given: digests and whether they are a list, or a value of the script.
local function of_input(rows, input)
  if is_literal(input) then return nil, nil, input[1] end
  if getmetatable(input) == graph.FanIn then return of_fan_in(rows, input) end
  return digests_of(rows, input)
end

-- The same of a mapped input of the item at an index.
local function of_item(rows, input, index)
  if getmetatable(input) == graph.FanIn then return of_input(rows, input[index]) end
  if is_literal(input) then return nil, nil, input[1][index] end
  local digests, is_list = digests_of(rows, input)
  if is_list then return digests[index] and { digests[index] }, false end
  return nil, nil, digests and load(digests[1])[index]
end

-- The digests by what a run of today would be given: results that were cached then are in the cache now.
local function from_plan(place, g, k)
  local ok, plan = internal_error.call(function()
    local options = { unlisted = true, invisible = true, run_name = "travel" }
    return (require("rille.run").plan_graph({ name = place.run.pipeline }, g, options))
  end)
  local node = ok and plan.graph.by_id[place.id]
  local given = node and plan:given(node[INPUTS][k])
  if not given then return nil end
  local digests = {}
  for i, one in ipairs(given) do digests[i] = one[1] end
  return digests
end

local function unrecorded(run)
  return run.status == "running" and "not recorded yet" or "not recorded, the run died first"
end

---@class rille.travel.unrecorded
---@field values table<integer, any> inputs that are values of the script, by their numbers
---@field unknown table<integer, string> inputs that nothing tells of: why

-- Fills in row.inputs.
---@param place rille.travel.place
---@param node Node of the step, or of the map that it is an item of
---@param g Graph?
---@return rille.travel.unrecorded
function unrecorded_inputs.fill(place, node, g)
  local rows, values, unknown, edges = by_id(place.run), {}, {}, {}
  local index = place.id ~= node[ID] and math.tointeger(tonumber(place.id:match "%[(%d+)%]$")) or nil
  local map = index and dynamic_of(node, "map")
  for k, port in ipairs(node[STEP].inputs) do
    local input, digests, value, _ = node[INPUTS][k], nil, nil, nil
    if input == nil then unknown[k] = "its pipeline cannot be built again"
    elseif map and map.mapped[k] then digests, _, value = of_item(rows, input, index)
    else digests, _, value = of_input(rows, input) end
    if not digests and value == nil and g then digests = from_plan(place, g, k) end
    if not digests and value == nil then unknown[k] = unknown[k] or unrecorded(place.run) end
    for _, digest in ipairs(digests or {}) do edges[#edges + 1] = { name = port.name, digest = digest } end
    values[k] = value
  end
  place.row.inputs = edges
  return { values = values, unknown = unknown }
end

return unrecorded_inputs
