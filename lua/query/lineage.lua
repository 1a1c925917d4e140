-- lineage: what an artifact was made from, and what was made from it.  It follows the recorded wires, and never takes
-- equal bytes for the same artifact.
--
-- What a step took is in the wiring and the trace of its run, even where the step's result was taken from another run;
-- what the run took from outside is in its origins.
--
--   local walk = lineage.new()
--   walk:maker(row)              the node and output that an artifact (history) is of
--   walk:inputs(node)            -> ends
--   walk:outputs(node)           -> { { name, digest } ... }
--   walk:after(node)             -> nodes that it waited for without taking a value
--   walk:consumers(end)          -> nodes that took it
--   walk:place(run, position)    -> the run and its step there, as rows

local consumers = require "rille.query.consumers"
local hash = require "rille.host.hash"
local artifact_names = require "rille.record.artifact_names"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local run_frame = require "rille.query.run_frame"

local answer = project.answer

---@class LineageNode a step of a run
---@field run integer row of the run
---@field name string of the run
---@field pipeline string of the run
---@field id string
---@field step string
---@field position integer
---@field row integer? of the step run whose result it has
---@field from string? "RUN/STEP" that it took the result from
---@field status string

---@class LineageEnd what an input took
---@field port string
---@field digest Digest
---@field node LineageNode? that made it
---@field output integer? which output of the node
---@field origin "given"|"unknown"|nil without a node: the script gave the value, or the record does not say who made it
---@field label string? of what is from outside
---@field taken_by integer? row of the run that took it from outside
---@field name string? its name, where it is a version of one
---@field version integer?
---@field whole boolean? it is the list that an item of a map is from

local lineage = {}

local Walk = { __name = "lineage" }
Walk.__index = Walk

---@return table
function lineage.new()
  project.need "read"
  return setmetatable({ frames = {}, nodes = {}, rows = {}, made = {} }, Walk)
end

-- Nodes --------------------------------------------------------------------------------

---@param row integer of a run
---@return table|false frame (run_frame.lua)
function Walk:frame(row)
  if self.frames[row] == nil then self.frames[row] = run_frame.of(row) end
  return self.frames[row]
end

-- The step run with its edges, without its code, reads and log; or nil.
function Walk:step_run(row)
  if row and self.rows[row] == nil then self.rows[row] = answer(project.meta:step_row(row, true)) or false end
  return row and self.rows[row] or nil
end

-- The node of an entry of a trace.
local function node_of(self, f, entry)
  local key = f.run.row .. ":" .. entry.position
  local node = self.nodes[key]
  if node then return node end
  local made = self:step_run(entry.row)
  local status = outcome.STATUS[entry.status] or entry.status
  node = { run = f.run.row, name = f.run.name, pipeline = f.run.pipeline,
    id = entry.node or made and made.node or "unknown", step = entry.step, position = entry.position,
    row = entry.row, entry = entry, key = key, status = status }
  if made and made.run and (made.run.row ~= f.run.row or status == "cached") then
    node.from = made.run.name .. "/" .. made.run.node
  end
  self.nodes[key] = node
  return node
end

-- The node at a position of a run and its output, or nil; a `when` gives the node and output that it chose.
---@param run integer
---@param position integer
---@param output integer?
---@return table? node, integer? output
function Walk:node(run, position, output)
  local f = self:frame(run)
  local entry = f and f.by_position[position]
  if entry and f.whens[position] then entry, output = run_frame.resolve(f, entry.node, output) end
  if not entry then return nil end
  return node_of(self, f, entry), output
end

-- The row of a run and what it has at a position, as meta:step gives it; or nil.
---@param run integer
---@param position integer
---@return table? run, table? step
function Walk:place(run, position)
  local f = self:frame(run)
  local entry = f and f.by_position[position]
  if not entry then return nil end
  local step = {}
  for k, v in next, self:step_run(entry.row) or {} do step[k] = v end
  for k, v in next, entry do step[k] = v end
  return f.run, step
end

-- The row of the artifact version that an output of a node is; false when its run gave it no name, or does not say.
---@param node LineageNode
---@param output integer
---@return integer|false
function Walk:version(node, output)
  if not node.versions then
    local run, made = self:frame(node.run).run, self:step_run(node.row)
    local step = { node = node.id, of = node.entry.of, step = node.step, outputs = {} }
    for k, out in ipairs(run.named and made and made.outputs or {}) do
      step.outputs[k] = { name = out.name, digest = out.digest }
    end
    artifact_names.add(project.meta, run, { step })
    node.versions = {}
    for k, out in ipairs(step.outputs) do node.versions[k] = out.version_row or false end
  end
  return node.versions[output] or false
end

-- Origins ------------------------------------------------------------------------------

-- Where a version is from that an older program recorded without its run: among the first runs of the pipeline's
-- wirings, the position and run of the step of that name that has the result; or nil.
local function search_version(self, version)
  local name, step = version.name:match "^(.-)::(.*)$"
  if not name then return nil end
  for _, first in ipairs(answer(project.meta:first_runs(name)) or {}) do
    local f = self:frame(first)
    for _, entry in ipairs(f and f.trace or {}) do
      local id = entry.node or ""
      if entry.row == version.step_run and step:sub(1, #id + 2) == id .. "::" then return entry.position, first end
    end
  end
end

-- Which output of a step run has the digest; of several, the one of that port.
local function output_of(self, row, digest, port)
  local found
  for k, out in ipairs(self:step_run(row) and self:step_run(row).outputs or {}) do
    if out.digest == digest and (not found or out.name == port) then found = k end
  end
  return found
end

-- The node and output that made a version, by its row, and the version; or nil.
local function of_version(self, row)
  local v = answer(project.meta:version(row))
  if not v then return nil end
  if not v.run then
    v.position, v.run = search_version(self, v)
    v.output = v.run and output_of(self, v.step_run, v.digest, v.name:match "::([^:]*)$")
  end
  local node, output
  if v.run then node, output = self:node(v.run, v.position, v.output) end
  return node, output, v
end

-- The node and output that made an artifact; nil when a script gave the value, and nil, nil, "unknown" when the record
-- does not say who made it.
---@param row table of an artifact: version_row, origin, from (an end), digest
---@return LineageNode? node, integer? output, string? unknown
function Walk:maker(row)
  if row.taken then
    local e = row.taken()
    return e and e.node, e and e.output, e and e.origin == "unknown" and "unknown" or nil
  end
  local version = row.version_row
  if not version and not row.origin and row.name and row.number then
    version = answer(project.meta:version_row(row.name, row.number))
  end
  if row.origin and row.origin.source then
    local node, output = self:node(row.origin.source, row.origin.position, row.origin.output)
    if node then return node, output end
  end
  if version then
    local node, output = of_version(self, version)
    if node then return node, output end
    return nil, nil, "unknown"
  end
  local found = project.meta:find_artifact(hash.hex(row.digest))
  local origin = found and found.origin
  if not origin or not origin.source then return nil end
  local node, output = self:node(origin.source, origin.position, origin.output)
  if node then return node, output end
  return nil, nil, "unknown"
end

-- What a run took from outside, by label and digest.
local function origins_of(f)
  if f.origins then return f.origins end
  f.origins = {}
  for _, one in ipairs(answer(project.meta:origins(f.run.row)) or {}) do
    local key = one.digest .. one.label
    f.origins[key] = f.origins[key] or one
  end
  return f.origins
end

-- What the run took from outside under the label.
local function from_outside(self, f, label, digest)
  local one = origins_of(f)[digest .. label]
  if not one then return nil end
  local node, output, v
  if one.version then node, output, v = of_version(self, one.version) end
  -- of a version of a model the run is known that gave it the artifact; the name may be another run's with equal bytes
  if one.source then
    local own, own_output = self:node(one.source, one.position, one.output)
    if own then node, output = own, own_output end
  end
  return { node = node, output = output, origin = not node and "unknown" or nil, name = v and v.name,
    version = v and v.number }
end

-- Is there a step run that made an artifact of this digest?
local function is_made(self, digest)
  if self.made[digest] == nil then self.made[digest] = answer(project.meta:producers(digest))[1] ~= nil end
  return self.made[digest]
end

-- Wires --------------------------------------------------------------------------------

-- Fills in node and output of an input of a running or interrupted run, which has no trace, from the source that its
-- step run recorded; returns whether there is one.
local function recorded_end(self, e, source)
  local made = source and self:step_run(source)
  if not made then return nil end
  e.node, e.output = self:node(made.run.row, made.position), output_of(self, source, e.digest)
  return e.node ~= nil
end

-- What the inputs of a node took.
---@param node LineageNode
---@return LineageEnd[]
function Walk:inputs(node)
  if node.inputs then return node.inputs end
  local f, made, ends, at = self:frame(node.run), self:step_run(node.row), {}, {}
  local by_port = {}
  for _, s in ipairs(f and run_frame.sources(f, node.entry) or {}) do
    by_port[s.port] = by_port[s.port] or {}
    table.insert(by_port[s.port], s)
  end
  for i, input in ipairs(made and made.inputs or {}) do
    at[input.name] = (at[input.name] or 0) + 1
    local e, s = { port = input.name, digest = input.digest, type = input.type, size = input.size }, by_port[input.name]
    s = s and s[at[input.name]]
    if not s or s.lost then
      if not recorded_end(self, e, input.source) then e.origin = "unknown" end
    elseif s.entry then e.node, e.output, e.whole = node_of(self, f, s.entry), s.output, s.whole
    else
      e.label = s.label
      local outside = s.label and from_outside(self, f, s.label, input.digest)
      for k, v in next, outside or {} do e[k] = v end
      e.taken_by = outside and f.run.row
      -- an older program did not record origins: a value that some step made may be from that step
      local maybe = not outside and not f.run.placed and is_made(self, input.digest)
      if not outside then e.origin = maybe and "unknown" or "given" end
    end
    ends[i] = e
  end
  node.inputs = ends
  return ends
end

---@param node LineageNode
---@return table[] list of { name, digest }
function Walk:outputs(node)
  local made = self:step_run(node.row)
  return made and made.outputs or {}
end

-- Nodes that the node waited for, each with the word that the wiring has for it.
---@param node LineageNode
---@return table[] list of { node, "after" | "if" | "unless" }
function Walk:after(node)
  local f, list = self:frame(node.run), {}
  local spec = f and f.wiring[node.entry.of or node.entry.node or ""]
  for _, mark in ipairs(spec and spec.marks or {}) do
    if mark.port == "after" or mark.port == "if" or mark.port == "unless" then
      for _, s in ipairs(mark) do
        local source = f.spec[s[1]]
        local entry = source and f.at[source.id]
        if entry then list[#list + 1] = { node_of(self, f, entry), mark.port } end
      end
    end
  end
  return list
end

-- The nodes that took an output, or a value that was given, oldest first.
---@param wanted table an end: { node, output, digest } or { digest, origin = "given" }
---@return table[]
function Walk:consumers(wanted)
  self.taken = self.taken or consumers.new(self)
  return self.taken:of(wanted)
end

return lineage
