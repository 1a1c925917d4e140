-- unrecorded_inputs: what a step was given whose end no record has, as its run was killed or runs still: from the wiring
-- of the script and the outputs of the steps before it.

local dynamic_of = require("rille.graph").dynamic_of
local graph = require "rille.graph"
local history = require "rille.query.history"

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
    if not digest then return list, true end
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

-- Fills in row.inputs; gives the values of the script by the number of their input.
---@param place rille.travel.place
---@param node Node of the step, or of the map that it is an item of
---@return table<integer, any> values
function unrecorded_inputs.fill(place, node)
  local rows, values, edges = by_id(place.run), {}, {}
  local index = place.id ~= node[ID] and math.tointeger(tonumber(place.id:match "%[(%d+)%]$")) or nil
  local map = index and dynamic_of(node, "map")
  for k, input in ipairs(node[INPUTS]) do
    local digests, value, _
    if map and map.mapped[k] then digests, _, value = of_item(rows, input, index)
    else digests, _, value = of_input(rows, input) end
    for _, digest in ipairs(digests or {}) do
      edges[#edges + 1] = { name = node[STEP].inputs[k].name, digest = digest }
    end
    values[k] = value
  end
  place.row.inputs = edges
  return values
end

return unrecorded_inputs
