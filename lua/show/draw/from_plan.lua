-- from_plan: drawings of what would run, from plans.

local build = require "rille.show.draw.build"
local expand_maps = require "rille.show.draw.expand_maps"
local format = require "rille.base.format"
local graph = require "rille.graph"
local json = require "rille.json"
local pipeline_graph = require "rille.script.pipeline_graph"
local project = require "rille.project"
local times = require "rille.show.draw.times"

local from_plan = {}

local function source_of(wire)
  if getmetatable(wire) == graph.Literal and wire.from then wire = wire.from end
  if not graph.is_wire(wire) then return { 0, 0, label = wire.label } end
  local node, output = graph.source(wire)
  return { node[graph.POSITION], output }
end

local function inputs_of(node)
  local list = {}
  for n, input in ipairs(node[graph.INPUTS]) do
    local sources = { port = node[graph.STEP].inputs[n].name }
    if getmetatable(input) == graph.FanIn then
      for k, wire in ipairs(input) do sources[k] = source_of(wire) end
    else
      sources[1] = source_of(input)
    end
    list[n] = sources
  end
  return list
end

-- given(port, k) of a node: literals that were saved for the plan.
local function literals_of(node)
  local by_port = {}
  for n, input in ipairs(node[graph.INPUTS]) do by_port[node[graph.STEP].inputs[n].name] = input end
  return function(port, k)
    local input = by_port[port]
    if getmetatable(input) == graph.FanIn then input = input[k] end
    local artifact = getmetatable(input) == graph.Literal and input[2]
    if not artifact then return nil end
    local size = 0
    for _, member in ipairs(artifact.members or {}) do size = size + (member.size or 0) end
    return artifact.digest, artifact.type, size
  end
end

-- The n outputs of a step that is cached, whose artifacts are known.
local function known_outputs(plan, position, n)
  local digests, list = plan:output_digests(position), {}
  for k = 1, n do
    local digest = digests and #digests == 32 * n and digests:sub(32 * k - 31, 32 * k)
    local row = digest and project.meta and project.meta:artifact(digest)
    list[k] = digest and { digest = digest, type = row and row.type, size = row and row.size } or false
  end
  return list
end

local STATUS <const> = { cached = "cached", completed = "cached", ready = "run", skipped = "skipped" }

local function positions_of(nodes)
  local list = {}
  for k, node in ipairs(nodes or {}) do list[k] = node[graph.POSITION] end
  return nodes and list
end

-- What a node waits for beside its inputs: { position, word }, ...
local function order_of(g, node)
  local list = {}
  for k, other in ipairs(g.after[node] or {}) do list[k] = { other[graph.POSITION], "after" } end
  local guard = g.guards[node]
  while guard do
    list[#list + 1] = { graph.source(guard.condition)[graph.POSITION], guard.want and "if" or "unless" }
    guard = guard.outer
  end
  return list
end

-- A node as a step to draw.
---@return DrawnStep
local function step_of(plan, position, node, reasons)
  local step = node[graph.STEP]
  local drawn = { id = node[graph.ID], step = step.name, inputs = inputs_of(node), outputs = {}, types = {},
    after = order_of(plan.graph, node), planned = true, status = STATUS[plan:status(position)] or "wait",
    given = literals_of(node), reason = reasons[node[graph.ID]], items = positions_of(plan:items_of(position)) }
  for k, port in ipairs(step.outputs) do drawn.outputs[k], drawn.types[k] = port.name, port.type.name end
  if drawn.status == "cached" then drawn.made = known_outputs(plan, position, #drawn.outputs) end
  local ok, packed = pcall(json.pack, node[graph.PARAMS])
  drawn.params = ok and packed or nil
  return drawn
end

-- The drawing of a plan.
---@param plan Plan
---@param pipeline table whose
---@param explained table[]? what why.of_plan says of it
---@return Drawing
function from_plan.of_plan(plan, pipeline, explained)
  local reasons, list, count = {}, {}, { cached = 0, run = 0, wait = 0, skipped = 0 }
  for _, one in ipairs(explained or {}) do reasons[one.id] = one.reason end
  for position, node in ipairs(plan.graph.nodes) do list[position] = step_of(plan, position, node, reasons) end
  local steps = expand_maps.of(list)
  for _, step in ipairs(steps) do count[step.status] = count[step.status] + 1 end
  local about = string.format("%s cached, %s to run, %s undecided", format.count(count.cached),
    format.count(count.run), format.count(count.wait))
  local drawing = build.drawing({ title = pipeline.name, kind = "plan", status = "plan", about = about }, steps)
  times.add_usual(drawing, times.usual(pipeline.name))
  return drawing
end

-- The wiring of a pipeline whose inputs are not given: what would run is not known.
local function of_wiring(pipeline, options)
  local g = pipeline_graph.build(pipeline, options.params, options.overrides)
  local drawing = from_plan.of_plan(require("rille.plan").of_wiring(g), pipeline)
  drawing.about = "the wiring; its inputs are not given"
  return drawing
end

-- pipeline:graph { params =, inputs =, cache = }
---@param pipeline table
---@param options table?
---@return Drawing
function from_plan.of_pipeline(pipeline, options)
  options = options or {}
  if #pipeline.inputs > 0 and next(options.inputs or {}) == nil then return of_wiring(pipeline, options) end
  local plan, spec = require("rille.run").plan(pipeline, options)
  return from_plan.of_plan(plan, pipeline, require("rille.query.why").of_plan(plan, spec, pipeline.name))
end

return from_plan
