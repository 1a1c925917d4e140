-- lineage: what an artifact was made from, and what was made from it, by the wires
-- that are recorded: never by equal bytes.
--
-- A node is a step of a run: { run = row of the run, name, pipeline = of the run, id,
-- step, position, row = of its step run or nil, from = "RUN/STEP" whose result it took,
-- status }.  What was wired to it is in the spec and the trace of that run, also
-- where its result was taken from another; what the run took from outside is in its
-- origins.  An end is { port, digest, node, output } of an input, or without a node
--     origin = "given"      the script gave the value
--     origin = "unknown"    it was made, and the record does not say where
-- with label, name and version where it is from outside.
--
--   local walk = lineage.new()
--   walk:maker(row)              the node and output that an artifact (history) is of
--   walk:inputs(node)            -> ends
--   walk:outputs(node)           -> { { name, digest } ... }
--   walk:after(node)             -> nodes that it waited for without taking a value
--   walk:consumers(end)          -> nodes that took it

local expansion = require "rille.expansion"
local hash = require "rille.host.hash"
local host = require "rille.host.graph"
local mistake = require "rille.mistake"
local naming = require "rille.naming"
local record = require "rille.record"
local session = require "rille.session"

local lineage = {}

local Walk = { __name = "lineage" }
Walk.__index = Walk

---@return table
function lineage.new()
  session.need "read"
  return setmetatable({ frames = {}, nodes = {}, rows = {} }, Walk)
end

-- Runs ---------------------------------------------------------------------------------

-- A run as it is walked: { run, trace by position, at = { [id] = entry }, wiring =
-- { [id] = node of the spec }, spec, items = { [id of a map] = entries }, whens };
-- false when the run cannot be read.
local function read_frame(row)
  local run = session.meta:run(row)
  local trace = run and session.meta:trace(row)
  if not trace then return false end
  local told = expansion.of(run)
  local f = { run = run, trace = trace, at = {}, wiring = {}, items = {}, whens = told.whens, by_position = {} }
  local bytes = run.spec and session.meta:spec(run.spec)
  f.spec = bytes and host.read(bytes) or {}
  for _, node in ipairs(f.spec) do f.wiring[node.id] = node end
  for _, entry in ipairs(trace) do
    if entry.node then f.at[entry.node] = entry end
    f.by_position[entry.position] = entry
    if entry.of then
      f.items[entry.of] = f.items[entry.of] or {}
      table.insert(f.items[entry.of], entry)
    end
  end
  return f
end

function Walk:frame(row)
  if self.frames[row] == nil then self.frames[row] = read_frame(row) end
  return self.frames[row]
end

-- The step run with its edges, or nil.
function Walk:step_run(row)
  if row and self.rows[row] == nil then self.rows[row] = session.meta:step_row(row) or false end
  return row and self.rows[row] or nil
end

-- What an entry of the trace stands for: a `when` for the output of another.
local function resolve(f, id, output)
  local entry = f.at[id]
  local when = entry and f.whens[entry.position]
  if not when then return entry, output, id end
  local spec = f.wiring[when.node]
  for k, name in ipairs(spec and spec.outputs or {}) do if name == when.output then return resolve(f, when.node, k) end end
  return resolve(f, when.node, 1)
end

-- The node of an entry of a trace.
local function node_of(self, f, entry)
  local key = f.run.row .. ":" .. entry.position
  local node = self.nodes[key]
  if node then return node end
  local made = self:step_run(entry.row)
  local status = record.STATUS[entry.status] or entry.status
  node = { run = f.run.row, name = f.run.name, pipeline = f.run.pipeline, id = entry.node or made and made.node or "unknown", step = entry.step, position = entry.position,
    row = entry.row, entry = entry, key = key, status = status }
  if made and made.run and (made.run.row ~= f.run.row or status == "cached") then node.from = made.run.name .. "/" .. made.run.node end
  self.nodes[key] = node
  return node
end

-- The node at a position of a run and its output, or nil; at a `when` those that it
-- stands for.
---@param run integer
---@param position integer
---@param output integer?
---@return table? node, integer? output
function Walk:node(run, position, output)
  local f = self:frame(run)
  local entry = f and f.by_position[position]
  if entry and f.whens[position] then entry, output = resolve(f, entry.node, output) end
  if not entry then return nil end
  return node_of(self, f, entry), output
end

-- The row of the version that an output of a node is of its name; false when its run
-- gave it none, or does not say.
---@param node table
---@param output integer
---@return integer|false
function Walk:version(node, output)
  if not node.versions then
    local run, made, step = self:frame(node.run).run, self:step_run(node.row), { node = node.id, of = node.entry.of, step = node.step, outputs = {} }
    for k, out in ipairs(run.named and made and made.outputs or {}) do step.outputs[k] = { name = out.name, digest = out.digest } end
    naming.dress(session.meta, run, { step })
    node.versions = {}
    for k, out in ipairs(step.outputs) do node.versions[k] = out.version_row or false end
  end
  return node.versions[output] or false
end

-- Origins ------------------------------------------------------------------------------

-- Of a version that an older program named: the first run of one of the pipeline's
-- wirings whose step of that name has the result; position, run, or nil.
local function search_version(self, version)
  local name, step = version.name:match "^(.-)::(.*)$"
  if not name then return nil end
  local firsts = session.meta:rows([[select min(r.row) as row from pipeline p join run r on r.pipeline = p.id where p.name = ?
    and r.trace is not null group by r.spec order by 1]], name)
  for _, first in ipairs(firsts or {}) do
    local f = self:frame(first.row)
    for _, entry in ipairs(f and f.trace or {}) do
      local id = entry.node or ""
      if entry.row == version.step_run and step:sub(1, #id + 2) == id .. "::" then return entry.position, first.row end
    end
  end
end

-- Which output of a step run has the digest: the one that the version names, if any.
local function output_of(self, row, digest, port)
  local found
  for k, out in ipairs(self:step_run(row) and self:step_run(row).outputs or {}) do
    if out.digest == digest and (not found or out.name == port) then found = k end
  end
  return found
end

-- The node and output of a version, by its row, or nil.
local function of_version(self, row)
  local v = (session.meta:rows([[select v.id as id, v.name as name, v.number as number, v.run as run, v.position as position, v.output as output,
    v.step_run as step_run, a.digest as digest from artifact_version v join artifact a on a.id = v.artifact where v.id = ?]], row) or {})[1]
  if not v then return nil end
  if not v.run then
    v.position, v.run = search_version(self, v)
    v.output = v.run and output_of(self, v.step_run, v.digest, v.name:match "::([^:]*)$")
  end
  local node, output
  if v.run then node, output = self:node(v.run, v.position, v.output) end
  return node, output, v
end

-- The node and output that an artifact is of, by what is known of it; nil when it was
-- given, or when nothing says it (then "unknown").
---@param row table of an artifact: version_row, origin, from (an end), digest
---@return table? node, integer? output, string? unknown
function Walk:maker(row)
  if row.taken then
    local e = row.taken(self)
    return e and e.node, e and e.output, e and e.origin == "unknown" and "unknown" or nil
  end
  local version = row.version_row
  if not version and not row.origin and row.name and row.number then
    local found = session.meta:rows("select id from artifact_version where name = ? and number = ?", row.name, row.number)
    version = found and found[1] and found[1].id
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
  local found = session.meta:find_artifact(hash.hex(row.digest))
  local origin = found and found.origin
  if not origin or not origin.source then return nil end
  local node, output = self:node(origin.source, origin.position, origin.output)
  if node then return node, output end
  return nil, nil, "unknown"
end

-- What the run took from outside under the label.
local function from_outside(self, f, label, digest)
  f.origins = f.origins or session.meta:rows([[select o.label as label, a.digest as digest, o.version as version, o.source as source,
    o.position as position, o.output as output from origin o join artifact a on a.id = o.artifact where o.run = ?]], f.run.row) or {}
  for _, one in ipairs(f.origins) do
    if one.label == label and one.digest == digest then
      local node, output, v
      if one.version then node, output, v = of_version(self, one.version)
      elseif one.source then node, output = self:node(one.source, one.position, one.output) end
      return { node = node, output = output, origin = not node and "unknown" or nil, name = v and v.name, version = v and v.number }
    end
  end
end

-- Wires --------------------------------------------------------------------------------

local function is_mapped(spec, port)
  for _, mark in ipairs(spec.marks or {}) do if mark.port == "map " .. port then return true end end
  return false
end

-- The sources of the inputs of an entry, in order: { port, entry, output } or
-- { port, label } of a literal.  whole: the entry made the list that the item is from.
local function sources_of(f, entry)
  local spec, list = f.wiring[entry.of or entry.node or ""], {}
  if not spec then return nil end
  for _, input in ipairs(spec.inputs) do
    local mapped = entry.of and is_mapped(spec, input.port)
    for k, s in ipairs(input) do
      local node = f.spec[s[1]]
      local from, output, id = nil, nil, nil
      if node then from, output, id = resolve(f, node.id, s[2]) end
      local items = id and f.items[id]
      if not node then
        if not mapped or #input == 1 or k == entry.index then list[#list + 1] = { port = input.port, label = s.label } end
      elseif mapped and #input > 1 then
        if k == entry.index then list[#list + 1] = { port = input.port, entry = from, output = output, lost = from == nil } end
      elseif items and mapped then
        list[#list + 1] = { port = input.port, entry = items[entry.index], output = output, lost = items[entry.index] == nil }
      elseif items then
        for _, item in ipairs(items) do list[#list + 1] = { port = input.port, entry = item, output = output } end
      else
        list[#list + 1] = { port = input.port, entry = from, output = output, lost = from == nil, whole = mapped or nil }
      end
    end
  end
  return list
end

-- The end that an input of a running or interrupted run is, which has no trace: its
-- source as the step run has it recorded.
local function recorded_end(self, e, source)
  local made = source and self:step_run(source)
  if not made then return nil end
  e.node, e.output = self:node(made.run.row, made.position), output_of(self, source, e.digest)
  return e.node ~= nil
end

-- The ends of the inputs of a node.
---@param node table
---@return table[]
function Walk:inputs(node)
  if node.inputs then return node.inputs end
  local f, made, ends, at = self:frame(node.run), self:step_run(node.row), {}, {}
  local by_port = {}
  for _, s in ipairs(f and sources_of(f, node.entry) or {}) do
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
      -- an older program did not keep the origins: what some step made may be from it
      local maybe = not outside and not f.run.placed and session.meta:producers(input.digest)[1]
      if not outside then e.origin = maybe and "unknown" or "given" end
    end
    ends[i] = e
  end
  node.inputs = ends
  return ends
end

---@param node table
---@return table[] list of { name, digest }
function Walk:outputs(node)
  local made = self:step_run(node.row)
  return made and made.outputs or {}
end

-- Nodes that the node waited for, each with the word that the wiring has for it.
---@param node table
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

-- Down -----------------------------------------------------------------------------------

-- Is the end of an input what is looked for: the same output of the same step run, the
-- same version of a name (which several runs may have computed), or the same value that
-- no step made?
local function is_same(self, e, wanted)
  if e.digest ~= wanted.digest and not e.whole then return false end
  if not wanted.node then return e.node == nil and e.origin == wanted.origin end
  if not e.node then return false end
  if e.node.row == wanted.node.row and e.output == wanted.output then return true end
  local version = self:version(wanted.node, wanted.output)
  return version and version == self:version(e.node, e.output)
end

-- The nodes that took an output, or a value that was given, oldest first; of a result
-- that many runs took the one that made it, of a version of a name those of all runs
-- that had it.
---@param wanted table { node, output, digest } or { digest, origin = "given" }
---@return table[]
function Walk:consumers(wanted)
  local found, seen, others = {}, {}, {}
  local function look(node)
    if not node or seen[node.key] then return seen[node and node.key] end
    seen[node.key] = "no"
    for _, e in ipairs(self:inputs(node)) do
      if is_same(self, e, wanted) then
        seen[node.key], found[#found + 1] = "yes", node
        break
      end
    end
    return seen[node.key]
  end
  local taken = {}
  for _, c in ipairs(mistake.need(session.meta:consumers(wanted.digest))) do
    local row = session.meta:step_row(c.step_run)
    if row and row.run then
      if look(self:node(row.run.row, row.position)) == "yes" then taken[c.step_run] = true else others[c.step_run] = true end
    end
  end
  -- a result that was made of equal bytes, taken by a step that this was wired to
  local runs, rows = {}, next(others) and wanted.node and wanted.node.row and session.meta:runs_with(wanted.node.row, others) or {}
  for _, run in ipairs(rows) do runs[run] = true end
  for _, one in ipairs(session.meta:rows("select distinct o.run as run from origin o join artifact a on a.id = o.artifact where a.digest = cast(? as blob)", wanted.digest) or {}) do
    runs[one.run] = true
  end
  for run in next, runs do
    local f = self:frame(run)
    for _, entry in ipairs(f and f.trace or {}) do
      if entry.row and others[entry.row] then look(node_of(self, f, entry)) end
    end
  end
  table.sort(found, function(a, b) return (a.row or 0) < (b.row or 0) or a.row == b.row and a.key < b.key end)
  return found
end

return lineage
