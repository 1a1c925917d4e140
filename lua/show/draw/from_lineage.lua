-- from_lineage: the drawing of what an artifact was made from.

local build = require "rille.show.draw.build"
local context = require "rille.execute.context"
local draw = require "rille.show.draw"
local hash = require "rille.host.hash"
local lineage = require "rille.query.lineage"
local recorded_step = require "rille.show.draw.recorded_step"

local from_lineage = {}

-- The nodes of a drawing for which keep(i) is true, and the edges between them.
local function part(drawing, head, keep)
  local number, nodes, edges = {}, {}, {}
  for i, node in ipairs(drawing.nodes) do
    if keep(i) then
      nodes[#nodes + 1] = node
      number[i] = #nodes
    end
  end
  for _, edge in ipairs(drawing.edges) do
    local from, to = number[edge.from], number[edge.to]
    if from and to then
      edges[#edges + 1] = { from = from, to = to, ports = edge.ports, dashed = edge.dashed, order = edge.order }
    end
  end
  head.nodes, head.edges = nodes, edges
  return draw.new(head)
end

-- Where an input of a node is from.
local function source_of(input, position)
  local at = input.node and position[input.node.key]
  if at and input.output then return { at, input.output } end
  return { 0, 0, label = input.name and input.name .. "@" .. input.version or input.label, origin = input.origin }
end

-- A node of a lineage as a step to draw; position is where those that it needs stand in
-- the list.
---@return DrawnStep
local function step_of(walk, node, position)
  local row = walk:step_run(node.row)
  local step = { id = node.id, step = node.step or node.id, inputs = {},
    outputs = recorded_step.names(walk:outputs(node)), status = node.from and "cached" or node.status, row = row,
    given = recorded_step.given(row), after = {} }
  step.made = recorded_step.made(row, step.outputs)
  for _, input in ipairs(walk:inputs(node)) do
    recorded_step.add_source(step.inputs, input.port, source_of(input, position))
  end
  for _, other in ipairs(walk:after(node)) do
    local at = position[other[1].key]
    if at then step.after[#step.after + 1] = { at, other[2] } end
  end
  return step
end

-- The nodes that a node needs.
local function needs_of(walk, node)
  local list = {}
  for _, input in ipairs(walk:inputs(node)) do list[#list + 1] = input.node end
  for _, other in ipairs(walk:after(node)) do list[#list + 1] = other[1] end
  return list
end

-- The steps above a node and itself, each once, after all that it needs.  A loop: there
-- may be more of them than the stack of Lua has room for.
local function steps_above(walk, node)
  local list, position, stack = {}, {}, {}
  local function visit(one)
    if position[one.key] ~= nil then return end
    position[one.key] = false
    stack[#stack + 1] = { node = one, needs = needs_of(walk, one), at = 0 }
  end
  if node then visit(node) end
  while #stack > 0 do
    local top = stack[#stack]
    top.at = top.at + 1
    if top.needs[top.at] then
      visit(top.needs[top.at])
    else
      list[#list + 1] = step_of(walk, top.node, position)
      position[top.node.key], stack[#stack] = #list, nil
    end
  end
  return list
end

-- Numbers the steps of one name: it may stand for several runs of a step.
local function number_names(list)
  local seen = {}
  for _, step in ipairs(list) do
    seen[step.id] = (seen[step.id] or 0) + 1
    if seen[step.id] > 1 then step.id = step.id .. " #" .. seen[step.id] end
  end
end

-- What an artifact was made from, without the outputs that no step took.
---@param artifact table of the history
---@return Drawing
function from_lineage.of_artifact(artifact)
  context.check_history()
  local walk, row = lineage.new(), rawget(artifact, "row")
  local digest, list = hash.hex(row.digest), steps_above(walk, (walk:maker(row)))
  number_names(list)
  local head = { title = "artifact " .. digest:sub(1, 12), kind = "lineage", status = artifact.type,
    about = "what it was made from" }
  local drawing, taken = build.drawing(head, list), {}
  for _, edge in ipairs(drawing.edges) do taken[edge.from] = true end
  return part(drawing, head, function(i)
    local node = drawing.nodes[i]
    return node.kind ~= "artifact" or node.digest == digest or taken[i]
  end)
end

return from_lineage
