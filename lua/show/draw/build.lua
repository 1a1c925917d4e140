-- build: nodes and edges of a list of steps: a circle for each step, a square for each
-- output that is there (or that another step takes), and one for each value that the script
-- gives, unless it is a mere number or word.

local draw = require "rille.show.draw"
local format = require "rille.base.format"
local hash = require "rille.host.hash"
local json = require "rille.json"
local json_rows = require "rille.show.json_rows"
local project = require "rille.project"
local value_text = require "rille.base.value_text"

-- A step to draw, made from a recorded run, a plan or a lineage.
---@class DrawnStep
---@field id string
---@field step string its name
---@field status string
---@field inputs { port: string, [integer]: { [1]: integer, [2]: integer, label: string? } }[] by port: the position
---of the step and the number of its output that it takes; position 0 is a value from outside, which label names
---@field outputs string[] names
---@field after { [1]: integer, [2]: string }[]? positions of steps it waits for, and why: "after", "if", "unless"
---@field given fun(port: string, k: integer): string?, string?, integer? digest, type and size of a value from outside
---@field outside (fun(port: string, k: integer): table?)? where that value is from, an end of lineage.lua
---@field made (table|false)[]? the artifacts of its outputs, false for one that is not there
---@field types string[]? of its outputs
---@field row table? of the metadata
---@field params string? its parameters, packed
---@field reason string?
---@field printed string? by a step that is running
---@field planned boolean? it is part of a plan: all its outputs are drawn

local build = { DETAILED = 600 }        -- steps up to which previews and values are fetched

local SIMPLE <const> = { boolean = true, integer = true, number = true, string = true, ["nil"] = true, null = true,
  secret = true, enum = true }

local function table_text(packed)
  local values = packed and json.unpack(packed) or {}
  local keys, parts = {}, {}
  for k in next, values do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do parts[i] = tostring(k) .. " = " .. value_text.text(values[k]) end
  return #parts > 0 and table.concat(parts, ", ") or nil
end

local function add_detail(list, name, text)
  if text and text ~= "" then list[#list + 1] = { name, tostring(text) } end
end

local function step_details(step)
  local row, list = step.row or {}, {}
  local from = step.status == "cached" and row.run and row.run.name and row.run.name .. "/" .. row.run.node
  add_detail(list, "step", step.step ~= step.id and step.step)
  add_detail(list, "from", from)
  add_detail(list, "took there", row.seconds_there and format.seconds(row.seconds_there))
  add_detail(list, "because", step.reason or row.reason)
  add_detail(list, "error", row.error)
  add_detail(list, "parameters", table_text(step.params or row.params))
  add_detail(list, "metrics", table_text(row.metrics))
  add_detail(list, "key", row.key and hash.hex(row.key):sub(1, 12))
  return list
end

-- A line about the artifact of a digest, and its row.
local function glance(digest, detailed)
  local row = detailed and digest and project.meta and project.meta:artifact(digest)
  return row and json_rows.glance(row) or nil, row
end

local function artifact_details(node, artifact)
  local list = {}
  local name = artifact and artifact.artifact
  add_detail(list, "name", name and name .. (artifact.version and ", version " .. artifact.version or ""))
  add_detail(list, "digest", node.digest)
  add_detail(list, "bytes", node.size and format.count(node.size))
  add_detail(list, "preview", node.preview)
  return list
end

-- The nodes and edges made so far; steps, outputs and values have the numbers of nodes: by
-- position, by position and output, by digest or name.
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

-- The circle of a step.
function Builder:step(position)
  local step = self.list[position]
  local seconds = step.row and step.status ~= "pending" and step.row.seconds or nil
  self.outputs[position] = {}
  self.steps[position] = self:add { id = step.id, kind = "step", label = step.id, status = step.status,
    seconds = seconds, group = step.step, details = step_details(step), drawn = step, given = {} }
  for k = 1, #step.outputs do
    if step.made and step.made[k] or step.planned then self:output(position, k) end
  end
end

-- The square of output k of a step; one that was not made has no row.
function Builder:output(position, k)
  local step = self.list[position]
  local at = self.outputs[position][k]
  if at then return at end
  local name, artifact = step.outputs[k], step.made and step.made[k] or nil
  local known = artifact or step.planned or step.status == "unknown"
  local node = { id = step.id .. "." .. name, kind = "artifact", label = name, status = known and step.status
    or "missing", type = artifact and artifact.type or step.types and step.types[k], size = artifact and artifact.size,
    digest = artifact and hash.hex(artifact.digest), group = step.step .. "." .. name }
  node.preview = glance(artifact and artifact.digest, self.detailed)
  node.details = artifact_details(node, artifact)
  at = self:add(node)
  self.outputs[position][k] = at
  self:connect(self.steps[position], at, name, step.status == "cached")
  return at
end

-- A value that is a mere number or word stands among the details of its step.
function Builder:detail(position, port, text)
  local node = self.nodes[self.steps[position]]
  table.insert(node.details, { port, text })
  table.insert(node.given, { port, text })
end

-- The number of a new square for a value; nil when it became a detail of the step.
function Builder:value_node(position, port, label, key, value)
  local preview, row = glance(value.digest, self.detailed or #self.nodes < build.DETAILED)
  local digest = value.digest and hash.hex(value.digest)
  local node = { id = "value:" .. (digest and digest:sub(1, 12) or key), kind = "value", label = label or port,
    status = "given", type = value.type or row and row.type or "value", size = value.size or row and row.size,
    digest = digest, preview = preview, group = port }
  if SIMPLE[node.type] and not label then
    self:detail(position, port, preview or node.type)
    return nil
  end
  node.details = artifact_details(node)
  if value.outside then
    local from = value.outside.node
    add_detail(node.details, "from", from and from.name .. "/" .. from.id or value.outside.origin)
  end
  return self:add(node)
end

-- The square of a value that the script gives, one for all that take it.
function Builder:value(position, port, k, label)
  local step = self.list[position]
  local digest, kind, size = step.given(port, k)
  local outside = label and step.outside and step.outside(port, k)
  if outside and outside.name then label = outside.name .. "@" .. outside.version end
  if kind and SIMPLE[kind] and not label then
    local text = glance(digest, self.detailed)
    if text then self:detail(position, port, text) end
    return
  end
  local key = label and "external " .. label or digest or step.id .. "." .. port
  local at = self.values[key]
  if not at then
    local value = { digest = digest, type = kind, size = size, outside = outside }
    at = self:value_node(position, port, label, key, value)
    if not at then return end
    self.values[key] = at
  end
  self:connect(at, self.steps[position], port, step.status == "cached")
end

-- The edges to a step.
function Builder:wire(position)
  local step = self.list[position]
  for _, input in ipairs(step.inputs) do
    for k, source in ipairs(input) do
      local from = source[1]
      if from > 0 and self.list[from] and self.list[from].outputs[source[2]] then
        self:connect(self:output(from, source[2]), self.steps[position], input.port, step.status == "cached")
      else
        self:value(position, input.port, k, source.label)
      end
    end
  end
  for _, from in ipairs(step.after or {}) do
    self:connect(self.steps[from[1]], self.steps[position], from[2], false, true)
  end
end

-- The drawing of a list of steps.
---@param head table its title, kind, status and about; gets nodes and edges
---@param list DrawnStep[]
---@return Drawing
function build.drawing(head, list)
  local b = setmetatable({ list = list, nodes = {}, edges = {}, edge_at = {}, outputs = {}, steps = {}, values = {},
    detailed = #list <= build.DETAILED }, Builder)
  for position = 1, #list do b:step(position) end
  for position = 1, #list do b:wire(position) end
  head.nodes, head.edges = b.nodes, b.edges
  return draw.new(head)
end

return build
