-- artifact_names: under which names and with which tags outputs are kept.
--
-- A name is PIPELINE::STEP::OUTPUT, or the one that the port declares.  Neither names nor tags are in the key: a
-- result from the cache may get another name than the one it was made under.  An output that was computed is named
-- when its row is written, one from the cache when the run ends (meta_name.c).  A name that several nodes give is
-- given at the end, too, so that the last of them in the wiring has it.  Unlisted runs name nothing, nor do steps
-- outside the selection of --only.

local first_plan = require "rille.host.first_plan"
local graph = require "rille.graph"
local json = require "rille.json"
local node_order = require "rille.record.node_order"

local artifact_names = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

local function tags_text(port)
  local tags = port.options.tags
  return tags and tags[1] and json.pack(tags) or nil
end

-- Does the port declare a name or tags?
local function is_special(port) return port.options.name ~= nil or port.options.tags ~= nil end

local function has_special(step)
  for _, port in ipairs(step.outputs) do if is_special(port) then return true end end
  return false
end

local function name_of(prefix, node, port) return port.options.name or prefix .. node[ID] .. "::" .. port.name end

-- The name of an output, its tags as JSON, and whether its port gives the name.
---@param prefix string "PIPELINE::"
---@param node table
---@param port table
---@return string name, string? tags, boolean own
function artifact_names.of(prefix, node, port)
  return name_of(prefix, node, port), tags_text(port), port.options.name ~= nil
end

---@class rille.declared_names what the ports of a graph declare
---@field of table<table, true> nodes that declare a name or tags
---@field shared table<string, true> names that several nodes give
---@field text string? for the run, as JSON

---@param g table
---@return rille.declared_names
function artifact_names.declared(g)
  local special, declared = {}, { of = {}, shared = {} }
  local texts, holders = nil, {}
  for _, step in ipairs(first_plan.steps(g.nodes, g.rows)) do special[step] = has_special(step) or nil end
  for _, node in ipairs(next(special) and g.nodes or {}) do
    local step = node[STEP]
    if special[step] then
      declared.of[node], texts = true, texts or {}
      for _, port in ipairs(step.outputs) do
        local name = port.options.name
        if is_special(port) then texts[node[ID] .. "::" .. port.name] = { name = name, tags = port.options.tags } end
        if name and (holders[name] or graph.dynamic_of(node, "map")) then declared.shared[name] = true end
        if name then holders[name] = true end
      end
    end
  end
  declared.text = texts and json.pack(texts) or nil
  return declared
end

-- Is the step in the selection of the run?  only: names of its steps; nil: all are.
local function is_selected(only, step)
  if type(only) ~= "table" then return true end
  local map = step.of or step.node
  for _, name in ipairs(only) do if name == step.node or name == map or name == step.step then return true end end
  return false
end

local by_run = setmetatable({}, { __mode = "k" })

-- What the ports of a recorded run declare, and its selection; read once for a row.
local function read_declared(run)
  local read = by_run[run]
  if not read then
    read = { names = run.naming and json.unpack(run.naming) or {}, only = run.extra and json.unpack(run.extra).only }
    by_run[run] = read
  end
  return read.names, read.only
end

-- Adds to the outputs of steps the names and versions that they have in the run.  In a run of an older program only
-- names that begin with the pipeline's are known.
---@param meta table
---@param run table a row of a run
---@param steps table[] of the metadata, complete (record/dynamic_steps.lua)
function artifact_names.add(meta, run, steps)
  if run.status == "running" then return end
  local prefix, declared, only = run.pipeline .. "::", read_declared(run)
  for _, step in ipairs(steps) do
    local named = not run.unlisted and is_selected(only, step)
    local id = step.stands_for or step.node
    for _, out in ipairs(step.outputs or {}) do
      if run.named then
        local own = declared[id .. "::" .. out.name] or step.of and declared[step.of .. "::" .. out.name]
        local name = own and own.name or prefix .. id .. "::" .. out.name
        out.version, out.version_row = nil, nil
        if named then out.version, out.version_row = meta:version_at(name, out.digest, run.named) end
        out.artifact = out.version and name or nil
      elseif out.artifact and step.run and step.run.row ~= run.row and out.artifact:sub(1, #prefix) ~= prefix then
        out.artifact, out.version = nil, nil
      end
    end
  end
end

-- The names that ports declare, as m:commit takes them when the run ends; those of computed outputs, too, as another
-- run may have given them since their rows were written.
local function declared_names_of(plan, prefix, declared, place, order)
  local list, nodes = {}, plan.graph.nodes
  for n = 1, #nodes do
    local i = order and order[n] or n
    local node = nodes[i]
    local map = graph.dynamic_of(node, "item") and graph.dynamic_of(node).of
    if declared.of[map or node] then
      local at = place and place[i] or i
      for k, port in ipairs(node[STEP].outputs) do
        if is_special(port) then
          local name, tags = artifact_names.of(prefix, node, port)
          list[#list + 1] = { at, k, name, tags }
        end
      end
    end
  end
  return list
end

-- A byte for each position: does the node there name nothing?
local function unnamed_of(plan, place)
  if not plan:is_partial() and not plan.graph.dynamic then return nil end
  local bytes = {}
  for i = 1, #plan.graph.nodes do
    -- the output of a `when` has the name of the node that it stands for
    local unnamed = not plan:is_selected(i) or plan.graph.dynamic and plan:is_virtual(i)
    bytes[place and place[i] or i] = unnamed and "\1" or "\0"
  end
  return table.concat(bytes)
end

-- The places of the positions, as bytes.
local function places_of(order, place)
  local list = {}
  for k, i in ipairs(order) do list[k] = string.pack("=I4", place and place[i] or i) end
  return table.concat(list)
end

-- How the outputs of a run are named at its end, as m:commit takes it.
---@param plan table a plan that is done
---@param prefix string
---@param declared rille.declared_names
---@param place table<integer, integer>? where the trace has the nodes, when elsewhere
---@return table
function artifact_names.at_end(plan, prefix, declared, place)
  local items
  for i = (plan.graph.wired or #plan.graph.nodes) + 1, #plan.graph.nodes do
    items = items or {}
    items[#items + 1] = plan.graph.nodes[i][ID]
  end
  local order = declared.text and node_order.of(plan, place)
  return { prefix = prefix, given = declared.text and declared_names_of(plan, prefix, declared, place, order) or nil,
    order = order and items and places_of(order, place) or nil, items = items, mute = unnamed_of(plan, place) }
end

return artifact_names
