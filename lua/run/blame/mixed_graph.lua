-- mixed_graph: changes the graph that a script defines into that of a mixture (run/blame/mixture.lua), and tells what
-- its nodes are.
--
-- The order of a mixture may set parameters of steps, replace values that are inputs by artifacts of the store, and
-- pin steps: what a pinned step made is given to those that need it, and it does not run.  Only what the target needs
-- stays.

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local map_items = require "rille.graph.map_items"
local paths = require "rille.project.paths"
local program = require "rille.project.program"
local project = require "rille.project"
local value = require "rille.host.value"

local mixed_graph = {}

local ID <const>, STEP <const>, INPUTS <const> = graph.ID, graph.STEP, graph.INPUTS
local PARAMS <const>, POSITION <const> = graph.PARAMS, graph.POSITION

-- What a node is ------------------------------------------------------------------------------

-- The parameters that a record holds, as JSON; and the digests of the others (arrays), by name, as JSON.
---@param node table
---@return string plain, string opaque
function mixed_graph.params_of(node)
  local plain, opaque = {}, {}
  for name, v in next, node[PARAMS] do
    if pcall(json.pack, v) then plain[name] = v else opaque[name] = hash.hex(value.digest(v)) end
  end
  return json.pack(plain), json.pack(opaque)
end

-- Calls visit(name, one, k) for each thing that an input is given: a wire or a literal; elements of lists one by one.
local function each_input(node, visit)
  for k, input in ipairs(node[INPUTS]) do
    local port = node[STEP].inputs[k].name
    if getmetatable(input) == graph.FanIn then
      for n, one in ipairs(input) do visit(string.format("%s[%d]", port, n), one, k, n) end
    else
      visit(port, input, k)
    end
  end
end

local function is_literal(one) return getmetatable(one) == graph.Literal end

-- What the node takes, in order: { position, output } of a step, or { literal = text }.
---@param node table
---@return table[]
function mixed_graph.sources(node)
  local list = {}
  each_input(node, function(name, one)
    if is_literal(one) then
      list[#list + 1] = { literal = name .. "=" .. (one[2] and hash.hex(one[2].digest) or "?") }
    else
      local source, output = graph.source(one)
      list[#list + 1] = { position = source[POSITION], output = output }
    end
  end)
  return list
end

-- Where the inputs come from, as text.
---@param node table
---@return string
function mixed_graph.wires_text(node)
  local parts = {}
  each_input(node, function(name, one)
    if is_literal(one) then parts[#parts + 1] = name .. "=(value)"
    else
      local source, output = graph.source(one)
      local ports = source[STEP].outputs
      parts[#parts + 1] = string.format("%s=%s.%s", name, source[ID], ports[output] and ports[output].name or output)
    end
  end)
  local dynamic = graph.dynamic_of(node)
  if dynamic then parts[#parts + 1] = dynamic.kind end
  return table.concat(parts, " ")
end

-- The digests of the values that are inputs, by "port" or "port[n]".
---@param node table
---@return table<string, string>
function mixed_graph.literals(node)
  local map = {}
  each_input(node, function(name, one) if is_literal(one) and one[2] then map[name] = hash.hex(one[2].digest) end end)
  return map
end

-- What the values that are inputs are called: the path of a file, by "port" or "port[n]".
---@param node table
---@return table<string, string>
function mixed_graph.value_names(node)
  local map = {}
  each_input(node, function(name, one)
    local v = is_literal(one) and one[1]
    if paths.is_file(v) or paths.is_dir(v) then map[name] = v.path
    elseif is_literal(one) and one.label then map[name] = "input " .. one.label end
  end)
  return map
end

-- The node with an id; of an item of a map, the map.
---@param g table
---@param id string
---@return table?
function mixed_graph.node_of(g, id) return g.by_id[id] or g.by_id[map_items.map_of(id)] end

local RANDOM <const> = { ["math.random"] = true, ["math.*"] = true }

-- May the step give something else each time?  "draws": it draws random numbers; "always": it is cached all the same.
---@param spec table of its key
---@return string|boolean
function mixed_graph.is_random(spec)
  if spec.cacheable == false then return true end
  if spec.always then return "always" end
  for _, name in ipairs(spec.info and spec.info.reaches or {}) do if RANDOM[name] then return "draws" end end
  return false
end

-- Changes ------------------------------------------------------------------------------------

local function artifact_of(digest)
  local artifact = project.meta:artifact(hash.unhex(digest))
  if not artifact then error("the artifact " .. digest:sub(1, 12) .. " is no longer in the store", 0) end
  return artifact
end

-- A literal that is an artifact of the store.
local function stored(digest, giver)
  local literal = graph.literal(nil, giver)
  literal[2] = artifact_of(digest)
  return literal
end

local function replace(node, k, n, literal)
  if n then node[INPUTS][k][n] = literal else node[INPUTS][k] = literal end
end

local function set_params(g, forced)
  for id, values in next, forced do
    local node = g.by_id[id]
    for name, v in next, node and values or {} do
      if node[STEP].index.param[name] then node[PARAMS][name] = v end
    end
  end
end

local function set_literals(g, literals)
  for id, by_port in next, literals do
    local node = g.by_id[id]
    if node then
      each_input(node, function(name, one, k, n)
        local digest = is_literal(one) and by_port[name]
        if digest then replace(node, k, n, stored(digest, one[3])) end
      end)
    end
  end
end

-- Gives what pinned steps made to the steps that take it.
local function set_pinned(g, pinned)
  for _, node in ipairs(g.nodes) do
    each_input(node, function(_, one, k, n)
      local source, output = nil, nil
      if not is_literal(one) then source, output = graph.source(one) end
      local digests = source and pinned[source[ID]]
      if digests then
        local port = source[STEP].outputs[output]
        if not digests[port.name] then error(string.format('step "%s" made no %s', source[ID], port.name), 0) end
        replace(node, k, n, stored(digests[port.name], string.format('step "%s"', node[ID])))
      end
    end)
  end
end

-- The positions of the node and of all that it needs; pinned steps are not needed for their order alone.
local function needed(g, target, pinned)
  local set, stack = {}, { target }
  set[target[POSITION]] = true
  local function visit(source)
    local at = source[POSITION]
    if set[at] or pinned[source[ID]] then return end
    set[at], stack[#stack + 1] = true, source
  end
  while stack[1] do graph.each_source(g, table.remove(stack), visit) end
  return set
end

local function kept_after(list, set)
  local kept = {}
  for _, other in ipairs(list or {}) do if set[other[POSITION]] then kept[#kept + 1] = other end end
  return kept[1] and kept or nil
end

-- A graph of these nodes alone.
local function prune(g, set)
  local made = graph.new()
  for name, v in next, g do if made[name] == nil then made[name] = v end end
  made.externals = {}
  for _, node in ipairs(g.nodes) do
    if set[node[POSITION]] then
      made.nodes[#made.nodes + 1], made.by_id[node[ID]] = node, node
      made.after[node], made.after_at[node] = kept_after(g.after[node], set), g.after_at[node]
      made.guards[node] = g.guards[node]
    end
  end
  for i, node in ipairs(made.nodes) do rawset(node, POSITION, i) end
  return made
end

-- The graph as the order says.
---@param g table
---@param order rille.blame.order
---@return table
function mixed_graph.apply(g, order)
  graph.drop_rows(g)            -- they say what the script gave
  set_params(g, order.forced)
  set_literals(g, order.literals)
  set_pinned(g, order.pinned)
  if not order.target then return g end
  local target = mixed_graph.node_of(g, order.target)
  if not target then error(string.format('this mixture has no step "%s"', order.target), 0) end
  return prune(g, needed(g, target, order.pinned))
end

-- The artifacts that the pipeline takes.
---@param pipeline table
---@param order rille.blame.order
---@return table<string, table>
function mixed_graph.inputs(pipeline, order)
  local given = {}
  for _, port in ipairs(pipeline.inputs) do
    local digest = (order.inputs or {})[port.name]
    if digest then
      given[port.name] = require("rille.query.past_artifact").artifact_of { digest = hash.unhex(digest) }
    end
  end
  return given
end

-- Nobody is told of a mixture: the hooks of its steps are not called.
---@param g table
function mixed_graph.silence(g)
  for _, node in ipairs(g.nodes) do
    local options = node[STEP].options
    rawset(options, "on_failure", false)
    rawset(options, "on_success", false)
    -- a version of that name may be there: GOOD or BAD made it
    if options.model and options.model.new_version then rawset(options.model, "version", nil) end
  end
end

-- Gives other random numbers to the steps that draw some.
---@param g table
---@param n integer
function mixed_graph.salt(g, n)
  local seen = {}
  for _, node in ipairs(g.nodes) do
    local step = node[STEP]
    if step.run and not seen[step] and mixed_graph.is_random(key.spec_of(step, program.observed)) then
      seen[step] = true
      rawset(step, "version", string.format("%s; drawn again, %d", tostring(step.version or ""), n))
    end
  end
end

return mixed_graph
