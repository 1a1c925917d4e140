-- from_run: what there is to draw, from the history and from plans.
--
-- A run's wiring is in its spec (wiringlib.c), what became of its steps in its
-- rows; a plan has both in memory.  Either becomes a list of
--   { id, step, inputs = { { port, { position, output, label = }... }... }, outputs = { name... },
--     after = { { position, word }... }, status, row, given = function(port, k) -> digest, type }
-- of which build makes nodes and edges: a circle for each step, a square for each
-- output that is there (or that another step wants), one for each value that the
-- script gives, unless it is a mere number or word.  A label is the name of a value
-- from outside, an input of the pipeline or an artifact of another.

local context = require "rille.execute.context"
local draw = require "rille.show.draw"
local expand_maps = require "rille.show.draw.expand_maps"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local lineage = require "rille.query.lineage"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local pipelines = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local project = require "rille.project"
local json_rows = require "rille.show.json_rows"
local value_text = require "rille.base.value_text"

local from_run = {}

local SIMPLE = { boolean = true, integer = true, number = true, string = true, ["nil"] = true, null = true, secret = true, enum = true }
local DETAILED <const> = 600            -- steps up to which previews and values are fetched
local SAMPLES <const>, ROWS <const> = 20, 20000   -- runs, and rows of them, that say what is usual
local MUCH <const>, LEAST <const> = 2, 0.1        -- slow: this often the usual, and so many seconds more

-- How long steps took ----------------------------------------------------------

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

-- node id -> median seconds and how often it ran, in the runs before the one given.
local function usual_of(pipeline, before)
  if not project.meta then return {} end
  local rows = project.meta:recent_seconds(pipeline, before or math.maxinteger, SAMPLES, ROWS)
  local lists = {}
  for _, row in ipairs(rows or {}) do
    local list = lists[row.node] or {}
    lists[row.node] = list
    list[#list + 1] = row.seconds
  end
  local usual = {}
  for id, list in next, lists do usual[id] = { median(list), #list } end
  return usual
end

-- Marks what took too long: much more than it usually does, or most of the time.
local function mark_times(drawing, usual)
  local total, most = 0, nil
  for _, node in ipairs(drawing.nodes) do
    local seconds = node.kind == "step" and node.status ~= "cached" and node.seconds
    local before = usual[node.id]
    if node.kind == "step" and before then node.usual = before[1] end
    if seconds then
      total = total + seconds
      if not most or seconds > most.seconds then most = node end
      node.slow = before and before[2] >= 2 and seconds > MUCH * before[1] and seconds - before[1] > LEAST or nil
    end
  end
  if most and most.seconds > LEAST and most.seconds > total / 2 and most.seconds < total then most.longest = true end
end

-- Nodes and edges ----------------------------------------------------------------

local text_of = value_text.text

local function table_text(packed)
  local values = packed and json.unpack(packed) or {}
  local keys, parts = {}, {}
  for k in next, values do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do parts[i] = tostring(k) .. " = " .. text_of(values[k]) end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

local function add_detail(list, name, text)
  if text and text ~= "" then list[#list + 1] = { name, tostring(text) } end
end

local function step_details(one)
  local row, list = one.row or {}, {}
  add_detail(list, "step", one.step ~= one.id and one.step)
  add_detail(list, "from", one.status == "cached" and row.run and row.run.name and row.run.name .. "/" .. row.run.node)
  add_detail(list, "took there", row.seconds_there and format.seconds(row.seconds_there))
  add_detail(list, "because", one.reason or row.reason)
  add_detail(list, "error", row.error)
  add_detail(list, "parameters", one.params and table_text(one.params) or table_text(row.params))
  add_detail(list, "metrics", table_text(row.metrics))
  add_detail(list, "key", row.key and hash.hex(row.key):sub(1, 12))
  return list
end

local function glance(digest, detailed)
  local row = detailed and digest and project.meta and project.meta:artifact(digest)
  return row and json_rows.glance(row) or nil, row
end

local function artifact_details(node, out)
  local list = {}
  add_detail(list, "name", out and out.artifact and out.artifact .. (out.version and ", version " .. out.version or ""))
  add_detail(list, "digest", node.digest)
  add_detail(list, "bytes", node.size and format.count(node.size))
  add_detail(list, "preview", node.preview)
  return list
end

local Builder = {}
Builder.__index = Builder

function Builder:add(node)
  self.nodes[#self.nodes + 1] = node
  return #self.nodes
end

-- An edge, once for each pair of nodes; ports collects the names along it.
function Builder:connect(from, to, port, dashed, order)
  local key = from * 16777216 + to
  local edge = self.edge_at[key]
  if not edge then
    edge = { from = from, to = to, ports = {}, dashed = dashed or nil, order = order }
    self.edge_at[key] = edge
    self.edges[#self.edges + 1] = edge
  end
  if port then edge.ports[#edge.ports + 1] = port end
end

-- The square of output k of step i; one that was not made has no row.
function Builder:output(i, k)
  local one = self.list[i]
  local at = self.outputs[i][k]
  if at then return at end
  local name = one.outputs[k]
  local out = one.made and one.made[k] or nil
  local node = { id = one.id .. "." .. name, kind = "artifact", label = name, status = (out or one.planned or one.status == "unknown") and one.status or "missing",
    type = out and out.type or one.types and one.types[k], size = out and out.size, digest = out and hash.hex(out.digest), group = one.step .. "." .. name }
  node.preview = glance(out and out.digest, self.detailed)
  node.details = artifact_details(node, out)
  at = self:add(node)
  self.outputs[i][k] = at
  self:connect(self.steps[i], at, name, one.status == "cached")
  return at
end

-- The square of a value that the script gives, one for all that take it.
function Builder:value(i, port, k, label)
  local one = self.list[i]
  local digest, kind, size = one.given(port, k)
  local outside = label and one.outside and one.outside(port, k)
  if outside and outside.name then label = outside.name .. "@" .. outside.version end
  if kind and SIMPLE[kind] and not label then
    local text = glance(digest, self.detailed)
    if text then table.insert(self.nodes[self.steps[i]].details, { port, text }) end
    return
  end
  local key = label and "external " .. label or digest or one.id .. "." .. port
  local at = self.values[key]
  if not at then
    local preview, row = glance(digest, self.detailed or #self.nodes < DETAILED)
    local node = { id = "value:" .. (digest and hash.hex(digest):sub(1, 12) or key), kind = "value", label = label or port, status = "given", type = kind or row and row.type or "value",
      size = size or row and row.size, digest = digest and hash.hex(digest), preview = preview, group = port }
    if node.type and SIMPLE[node.type] and not label then
      table.insert(self.nodes[self.steps[i]].details, { port, preview or node.type })
      return
    end
    node.details = artifact_details(node)
    if outside then
      local from = outside.node
      add_detail(node.details, "from", from and from.name .. "/" .. from.id or outside.origin)
    end
    at = self:add(node)
    self.values[key] = at
  end
  self:connect(at, self.steps[i], port, one.status == "cached")
end

function Builder:wire(i)
  local one = self.list[i]
  for _, input in ipairs(one.inputs) do
    for k, source in ipairs(input) do
      local from = source[1]
      if from > 0 and self.list[from] and self.list[from].outputs[source[2]] then
        self:connect(self:output(from, source[2]), self.steps[i], input.port, one.status == "cached")
      else
        self:value(i, input.port, k, source.label)
      end
    end
  end
  for _, from in ipairs(one.after or {}) do self:connect(self.steps[from[1]], self.steps[i], from[2], false, true) end
end

-- The drawing of a list of steps.
local function build(head, list)
  local b = setmetatable({ list = list, nodes = {}, edges = {}, edge_at = {}, outputs = {}, steps = {}, values = {}, detailed = #list <= DETAILED }, Builder)
  for i, one in ipairs(list) do
    local row = one.row
    b.outputs[i] = {}
    b.steps[i] = b:add { id = one.id, kind = "step", label = one.id, status = one.status, seconds = row and one.status ~= "pending" and row.seconds or nil,
      group = one.step, details = step_details(one) }
    for k = 1, #one.outputs do
      if one.made and one.made[k] or one.planned then b:output(i, k) end
    end
  end
  for i = 1, #list do b:wire(i) end
  head.nodes, head.edges = b.nodes, b.edges
  return draw.new(head)
end

-- Runs ----------------------------------------------------------------------------

-- given(port, k) of a recorded step: its input edges repeat the port for lists.
local function given_of(row)
  local by_port = {}
  for _, input in ipairs(row and row.inputs or {}) do
    by_port[input.name] = by_port[input.name] or {}
    table.insert(by_port[input.name], input)
  end
  return function(port, k)
    local input = by_port[port] and by_port[port][k]
    if input then return input.digest, input.type, input.size end
  end
end

local function made_of(row, outputs)
  local by_name, list = {}, {}
  for _, out in ipairs(row and row.outputs or {}) do by_name[out.name] = out end
  for k, name in ipairs(outputs) do list[k] = by_name[name] or false end
  return list
end

-- What a run whose wiring cannot be read is made of: steps without wires.
local function loose(rows)
  local nodes = {}
  for i, row in ipairs(rows) do
    local outputs = {}
    for k, out in ipairs(row.outputs or {}) do outputs[k] = out.name end
    nodes[i] = { id = row.node, step = row.step, inputs = {}, outputs = outputs }
  end
  return nodes
end

-- What the marks of a node in the wiring say (graph.lua): the inputs of a map, the
-- conditions that it depends on, the steps that it comes after.
local function read_marks(one)
  one.mapped, one.after = {}, one.after or {}
  for _, mark in ipairs(one.marks or {}) do
    local port = mark.port:match "^map (.*)$"
    if port then one.mapped[port] = true end
    if mark.port == "if" or mark.port == "unless" or mark.port == "after" then
      for _, source in ipairs(mark) do one.after[#one.after + 1] = { source[1], mark.port } end
    end
  end
end

local function item_of(row, map)
  return { id = row.node, step = row.step, outputs = map.outputs, row = row, status = row.status_name, made = made_of(row, map.outputs), given = given_of(row) }
end

-- outside(port, k) of a recorded step: where that input of it is from, as an end of
-- lineage.lua.
local function outside_of(walk, run, row)
  local by_port
  return function(port, k)
    if not by_port then
      local node = walk:node(run, row.position)
      by_port = {}
      for _, e in ipairs(node and walk:inputs(node) or {}) do
        by_port[e.port] = by_port[e.port] or {}
        table.insert(by_port[e.port], e)
      end
    end
    return by_port[port] and by_port[port][k]
  end
end

local function steps_of(run)
  local row, walk = rawget(run, "row"), lineage.new()
  local by_id, rows = {}, {}
  for i = 1, #run.steps do
    rows[i] = rawget(run.steps[i], "row")
    by_id[rows[i].node] = rows[i]
  end
  local spec = row.spec and project.meta:spec(row.spec)
  local list = spec and require("rille.host.graph").read(spec) or loose(rows)
  for _, one in ipairs(list) do
    local found = by_id[one.id]
    -- of a run of an older program it may not be known which of its steps this is
    one.row, one.status = found, found and found.status_name or not row.placed and row.status ~= "running" and "unknown" or "pending"
    one.made, one.given = made_of(found, one.outputs), given_of(found)
    one.rows = found and found.items or nil
    one.outside = found and outside_of(walk, row.row, found)
    read_marks(one)
    if one.status == "cached" and found and #list <= DETAILED then
      found.seconds_there = project.meta:step_seconds(found.row)
    end
  end
  expand_maps.add(list, item_of)
  return expand_maps.of(list)
end

-- The drawing of a run.
---@param run table a run of the history
function from_run.of_run(run)
  context.check_history()
  project.need "read"
  local row = rawget(run, "row")
  local drawing = build({ title = row.name, kind = "run", status = row.status, seconds = row.seconds,
    about = string.format("pipeline %s, %s", row.pipeline, format.time(row.started)) }, steps_of(run))
  mark_times(drawing, usual_of(row.pipeline, row.row))
  return drawing
end

-- Plans ---------------------------------------------------------------------------

local function source_of(wire)
  if getmetatable(wire) == graph.Literal and wire.from then wire = wire.from end
  if not graph.is_wire(wire) then return { 0, 0, label = wire.label } end
  local node, output = graph.source(wire)
  return { node[graph.POSITION], output }
end

local function inputs_of(node)
  local list = {}
  for n, input in ipairs(node[graph.INPUTS]) do
    local meta = getmetatable(input)
    local sources = { port = node[graph.STEP].inputs[n].name }
    if meta == graph.FanIn then
      for k, v in ipairs(input) do sources[k] = source_of(v) end
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
    for _, one in ipairs(artifact.members or {}) do size = size + (one.size or 0) end
    return artifact.digest, artifact.type, size
  end
end

-- The outputs of a hit, whose artifacts are known.
local function known_outputs(p, i, n)
  local outs, list = p:output_digests(i), {}
  for k = 1, n do
    local digest = outs and #outs == 32 * n and outs:sub(32 * k - 31, 32 * k)
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

local function planned(p, reasons)
  local list = {}
  for i, node in ipairs(p.graph.nodes) do
    local step = node[graph.STEP]
    local one = { id = node[graph.ID], step = step.name, inputs = inputs_of(node), outputs = {}, types = {}, after = {}, planned = true,
      status = STATUS[p:status(i)] or "wait", given = literals_of(node), reason = reasons[node[graph.ID]], items = positions_of(p:items_of(i)) }
    for k, port in ipairs(step.outputs) do one.outputs[k], one.types[k] = port.name, port.type.name end
    for k, other in ipairs(p.graph.after[node] or {}) do one.after[k] = { other[graph.POSITION], "after" } end
    local guard = p.graph.guards[node]
    while guard do
      one.after[#one.after + 1] = { graph.source(guard.condition)[graph.POSITION], guard.want and "if" or "unless" }
      guard = guard.outer
    end
    if one.status == "cached" then one.made = known_outputs(p, i, #one.outputs) end
    local ok, packed = pcall(json.pack, node[graph.PARAMS])
    one.params = ok and packed or nil
    list[i] = one
  end
  return expand_maps.of(list)
end

-- The drawing of a plan.
---@param p table a plan
---@param pipeline table whose
---@param list table[]? what why.of_plan says of it
function from_run.of_plan(p, pipeline, list)
  local reasons, count = {}, { cached = 0, run = 0, wait = 0, skipped = 0 }
  for _, one in ipairs(list or {}) do reasons[one.id] = one.reason end
  local steps = planned(p, reasons)
  for _, one in ipairs(steps) do count[one.status] = count[one.status] + 1 end
  local drawing = build({ title = pipeline.name, kind = "plan", status = "plan",
    about = string.format("%s cached, %s to run, %s to wait and see", format.count(count.cached), format.count(count.run), format.count(count.wait)) }, steps)
  local usual = usual_of(pipeline.name)
  for _, node in ipairs(drawing.nodes) do
    local before = node.kind == "step" and usual[node.id]
    if before then node.usual = before[1] end
  end
  return drawing
end

-- The wiring of a pipeline whose inputs are not given: what would run is not known.
local function of_wiring(pipeline, options)
  local g = pipeline_graph.build(pipeline, options.params, options.overrides)
  local drawing = from_run.of_plan(require("rille.plan").of_wiring(g), pipeline)
  drawing.about = "the wiring; its inputs are not given"
  return drawing
end

-- pipeline:graph { params =, inputs =, cache = }
function from_run.of_pipeline(pipeline, options)
  options = options or {}
  if #pipeline.inputs > 0 and next(options.inputs or {}) == nil then return of_wiring(pipeline, options) end
  local p, spec = require("rille.run").plan(pipeline, options)
  return from_run.of_plan(p, pipeline, require("rille.query.why").of_plan(p, spec, pipeline.name))
end

-- Parts of runs, lineages -----------------------------------------------------------

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
    if number[edge.from] and number[edge.to] then
      edges[#edges + 1] = { from = number[edge.from], to = number[edge.to], ports = edge.ports, dashed = edge.dashed, order = edge.order }
    end
  end
  head.nodes, head.edges = nodes, edges
  return draw.new(head)
end

-- One step of a run with what it took and made.
function from_run.of_step(step)
  context.check_history()
  project.need "read"
  local row = rawget(step, "row")
  local one = { id = row.node, step = row.step, inputs = {}, outputs = {}, status = row.status_name, row = row, given = given_of(row) }
  for _, input in ipairs(row.inputs or {}) do
    local last = one.inputs[#one.inputs]
    if not last or last.port ~= input.name then
      last = { port = input.name }
      one.inputs[#one.inputs + 1] = last
    end
    last[#last + 1] = { 0, 0 }
  end
  for k, out in ipairs(row.outputs or {}) do one.outputs[k] = out.name end
  one.made = made_of(row, one.outputs)
  return build({ title = (row.run_name and row.run_name .. "/" or "") .. row.node, kind = "run", status = row.status_name, seconds = row.seconds, about = "step " .. (row.step or row.node) },
    { one })
end

-- A node of a lineage as a step to draw; position is where those that it needs stand in
-- the list.
local function lineage_step(walk, node, position)
  local made = walk:step_run(node.row)
  local one = { id = node.id, step = node.step or node.id, inputs = {}, outputs = {}, status = node.from and "cached" or node.status, row = made, given = given_of(made), after = {} }
  for k, out in ipairs(walk:outputs(node)) do one.outputs[k] = out.name end
  one.made = made_of(made, one.outputs)
  for _, e in ipairs(walk:inputs(node)) do
    local at = e.node and position[e.node.key]
    local last = one.inputs[#one.inputs]
    if not last or last.port ~= e.port then
      last = { port = e.port }
      one.inputs[#one.inputs + 1] = last
    end
    last[#last + 1] = at and e.output and { at, e.output } or { 0, 0, label = e.name and e.name .. "@" .. e.version or e.label, origin = e.origin }
  end
  for _, other in ipairs(walk:after(node)) do
    local at = position[other[1].key]
    if at then one.after[#one.after + 1] = { at, other[2] } end
  end
  return one
end

-- The nodes that a node needs.
local function needs_of(walk, node)
  local list = {}
  for _, e in ipairs(walk:inputs(node)) do list[#list + 1] = e.node end
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
    if top.needs[top.at] then visit(top.needs[top.at])
    else
      list[#list + 1] = lineage_step(walk, top.node, position)
      position[top.node.key], stack[#stack] = #list, nil
    end
  end
  return list
end

-- What an artifact was made from.
---@param artifact table of the history
function from_run.of_artifact(artifact)
  context.check_history()
  local walk = lineage.new()
  local row = rawget(artifact, "row")
  local digest, list = row.digest, steps_above(walk, (walk:maker(row)))
  local seen = {}
  for _, one in ipairs(list) do            -- one name may stand for several runs of a step
    seen[one.id] = (seen[one.id] or 0) + 1
    if seen[one.id] > 1 then one.id = one.id .. " #" .. seen[one.id] end
  end
  local head = { title = "artifact " .. hash.hex(digest):sub(1, 12), kind = "lineage", status = artifact.type, about = "what it was made from" }
  local drawing, taken = build(head, list), {}
  local name = hash.hex(digest)
  for _, edge in ipairs(drawing.edges) do taken[edge.from] = true end
  return part(drawing, head, function(i)       -- less the other outputs that nobody took
    local one = drawing.nodes[i]
    return one.kind ~= "artifact" or one.digest == name or taken[i]
  end)
end

-- The drawing of what can be drawn: a run, a step of one, an artifact, a pipeline.
function from_run.of(v)
  local meta = type(v) == "table" and debug.getmetatable(v)
  if meta == history.Run then return from_run.of_run(v) end
  if meta == history.Step then return from_run.of_step(v) end
  if meta == history.Artifact then return from_run.of_artifact(v) end
  if pipelines.is_pipeline(v) then return from_run.of_pipeline(v) end
  errors.raise("rille.show: expected a run, a step of one, an artifact or a pipeline, found %s", errors.describe(v))
end

return from_run
