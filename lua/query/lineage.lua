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
--   walk:place(run, position)    -> the run and its step there, as rows

local map_record = require "rille.record.map_record"
local hash = require "rille.host.hash"
local host = require "rille.host.graph"
local errors = require "rille.base.errors"
local output_names = require "rille.record.output_names"
local record = require "rille.record"
local project = require "rille.project"

local lineage = {}

local Walk = { __name = "lineage" }
Walk.__index = Walk

-- Frames of runs that are over, which do not change: walks that come one after the other
-- (artifact.producer of many) read them once.  The last ones stay, others while a walk
-- has them.
local KEPT <const> = 4
local over = setmetatable({}, { __mode = "k" })    -- by the metadata: { frames, last = { frame... }, at }

---@return table
function lineage.new()
  project.need "read"
  return setmetatable({ frames = {}, nodes = {}, rows = {}, made = {}, takers = {}, as_made = {} }, Walk)
end

-- Runs ---------------------------------------------------------------------------------

-- The nodes of a spec, in order and by id; runs of one wiring share them.
local function read_spec(kept, number)
  local spec = number and kept.specs[number]
  if spec then return spec end
  local bytes = number and project.meta:spec(number)
  spec = { nodes = bytes and host.read(bytes) or {}, by_id = {} }
  for _, node in ipairs(spec.nodes) do spec.by_id[node.id] = node end
  if number then kept.specs[number] = spec end
  return spec
end

-- A run as it is walked: { run, trace by position, at = { [id] = entry }, wiring =
-- { [id] = node of the spec }, spec, items = { [id of a map] = entries }, whens };
-- false when the run cannot be read.
local function read_frame(kept, row)
  local run = project.meta:run(row)
  local trace = run and project.meta:trace(row)
  if not trace then return false end
  local told, spec = map_record.of(run), read_spec(kept, run.spec)
  local f = { run = run, trace = trace, at = {}, spec = spec.nodes, wiring = spec.by_id, of_spec = spec, items = {}, whens = told.whens, by_position = {} }
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

local function kept_frames()
  local kept = over[project.meta]
  if not kept then
    kept = { frames = setmetatable({}, { __mode = "v" }), specs = setmetatable({}, { __mode = "v" }), last = {}, at = 0 }
    over[project.meta] = kept
  end
  return kept
end

function Walk:frame(row)
  local f = self.frames[row]
  if f ~= nil then return f end
  local kept = kept_frames()
  f = kept.frames[row]
  if not f then
    f = read_frame(kept, row)
    if f and f.run.status ~= "running" then
      kept.at = kept.at % KEPT + 1
      kept.frames[row], kept.last[kept.at] = f, f
    end
  end
  self.frames[row] = f
  return f
end

-- The step run with its edges, without its code, reads and log; or nil.
function Walk:step_run(row)
  if row and self.rows[row] == nil then self.rows[row] = project.meta:step_row(row, true) or false end
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

-- The row of the version that an output of a node is of its name; false when its run
-- gave it none, or does not say.
---@param node table
---@param output integer
---@return integer|false
function Walk:version(node, output)
  if not node.versions then
    local run, made, step = self:frame(node.run).run, self:step_run(node.row), { node = node.id, of = node.entry.of, step = node.step, outputs = {} }
    for k, out in ipairs(run.named and made and made.outputs or {}) do step.outputs[k] = { name = out.name, digest = out.digest } end
    output_names.dress(project.meta, run, { step })
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
  for _, first in ipairs(project.meta:first_runs(name) or {}) do
    local f = self:frame(first)
    for _, entry in ipairs(f and f.trace or {}) do
      local id = entry.node or ""
      if entry.row == version.step_run and step:sub(1, #id + 2) == id .. "::" then return entry.position, first end
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
  local v = project.meta:version(row)
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
    local e = row.taken()
    return e and e.node, e and e.output, e and e.origin == "unknown" and "unknown" or nil
  end
  local version = row.version_row
  if not version and not row.origin and row.name and row.number then
    version = project.meta:version_row(row.name, row.number)
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
  for _, one in ipairs(project.meta:origins(f.run.row) or {}) do
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
  if one.version then node, output, v = of_version(self, one.version)
  elseif one.source then node, output = self:node(one.source, one.position, one.output) end
  return { node = node, output = output, origin = not node and "unknown" or nil, name = v and v.name, version = v and v.number }
end

-- Did some step make these bytes?
local function is_made(self, digest)
  if self.made[digest] == nil then self.made[digest] = project.meta:producers(digest)[1] ~= nil end
  return self.made[digest]
end

-- Wires --------------------------------------------------------------------------------

local function is_mapped(spec, port)
  for _, mark in ipairs(spec.marks or {}) do if mark.port == "map " .. port then return true end end
  return false
end

-- The source k of an input of an entry, appended to the list: { port, entry, output } or
-- { port, label } of a literal.  whole: the entry made the list that the item is from.
local function add_source(list, f, entry, input, k, mapped)
  local s = input[k]
  local node = s and f.spec[s[1]]
  if not node then
    list[#list + 1] = { port = input.port, label = s and s.label }
    return
  end
  local from, output, id = resolve(f, node.id, s[2])
  local items = id and f.items[id]
  if mapped and #input > 1 then list[#list + 1] = { port = input.port, entry = from, output = output, lost = from == nil }
  elseif items and mapped then list[#list + 1] = { port = input.port, entry = items[entry.index], output = output, lost = items[entry.index] == nil }
  elseif items then
    for _, item in ipairs(items) do list[#list + 1] = { port = input.port, entry = item, output = output } end
  else list[#list + 1] = { port = input.port, entry = from, output = output, lost = from == nil, whole = mapped or nil } end
end

-- The sources of the inputs of an entry, in order; nil where the wiring is not known.
local function sources_of(f, entry)
  local spec, list = f.wiring[entry.of or entry.node or ""], {}
  if not spec then return nil end
  for _, input in ipairs(spec.inputs) do
    local mapped = entry.of and is_mapped(spec, input.port)
    if mapped and #input > 1 then               -- the script's list has one for each item
      if input[entry.index] then add_source(list, f, entry, input, entry.index, mapped) end
    else
      for k = 1, #input do add_source(list, f, entry, input, k, mapped) end
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
      local maybe = not outside and not f.run.placed and is_made(self, input.digest)
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

local HIT <const> = "=i8i4i4"       -- of meta:hits
local HIT_SIZE <const> = 16

-- What was taken is the same where it is the same output of the same step run, the same
-- version of a name (which several runs may have computed), or the same value that no step
-- made.  So an end has at most two identities; ends of equal bytes that share one are the
-- same.
local function identities(self, e)
  local node = e.node
  if not node then return e.origin or "none" end
  local version = self:version(node, e.output)
  return node.row and node.row .. ":" .. e.output or nil, version and "version " .. version or nil
end

-- The ends of a node by digest, and those that are items of lists.
local function ends_by_digest(self, node)
  if node.by_digest then return node.by_digest end
  local by = { whole = {} }
  for _, e in ipairs(self:inputs(node)) do
    if e.whole then table.insert(by.whole, e)
    else
      by[e.digest] = by[e.digest] or {}
      table.insert(by[e.digest], e)
    end
  end
  node.by_digest = by
  return by
end

-- Enters in by = { [identity] = { { node, row of its step run }... } } that the node took
-- what has the digest.
local function enter(self, by, node, row, digest)
  local function put(id)
    local list = id and by[id] or {}
    if not id or list[1] and list[#list][1] == node then return end
    by[id], list[#list + 1] = list, { node, row }
  end
  local ends = ends_by_digest(self, node)
  for _, list in ipairs { ends[digest] or {}, ends.whole } do
    for _, e in ipairs(list) do
      local one, other = identities(self, e)
      put(one)
      put(other)
    end
  end
end

-- Who took the bytes, in the runs whose steps computed with them: { rows of step runs,
-- by identity }; once for a walk.
local function takers_of(self, digest)
  local t = self.takers[digest]
  if t then return t end
  t = { rows = {}, by = {} }
  for _, c in ipairs(errors.need(project.meta:consumers(digest))) do
    local made = self:step_run(c.step_run)
    local node = made and made.run and self:node(made.run.row, made.position)
    if made and made.run then t.rows[#t.rows + 1] = c.step_run end
    if node then enter(self, t.by, node, c.step_run, digest) end
  end
  self.takers[digest] = t
  return t
end

-- Is the entry, which has the result of a step run, wired to what that was wired to?
local function compare_wires(self, f, entry)
  local made = self:step_run(entry.row)
  local own = made and made.run and self:node(made.run.row, made.position)
  local ends, sources = own and self:inputs(own) or {}, sources_of(f, entry) or {}
  if #ends ~= #sources then return false end
  for k, e in ipairs(ends) do
    local s = sources[k]
    local row = s.entry and s.entry.row
    if s.label or (row ~= (e.node and e.node.row)) or row and s.output ~= e.output then return false end
  end
  return true
end

local function is_as_made(self, f, entry)
  if self.as_made[entry] == nil then self.as_made[entry] = compare_wires(self, f, entry) end
  return self.as_made[entry]
end

-- Where the steps of all runs have the result of a step run that they did not make:
-- calls back with the row of the run and the position.
local function each_hit(self, row, found)
  self.hits = self.hits or errors.need(project.meta:hits())
  local low, high = 0, #self.hits // HIT_SIZE
  while low < high do
    local middle = (low + high) // 2
    if string.unpack(HIT, self.hits, middle * HIT_SIZE + 1) < row then low = middle + 1 else high = middle end
  end
  for at = low * HIT_SIZE + 1, #self.hits, HIT_SIZE do
    local one, run, position = string.unpack(HIT, self.hits, at)
    if one ~= row then return end
    found(run, position)
  end
end

-- The same of those that took it in other runs, whose steps have the result of one that
-- was wired to other steps which made equal bytes.
local function later_takers(self, digest)
  local t = takers_of(self, digest)
  if t.later then return t.later end
  t.later = {}
  for _, row in ipairs(t.rows) do
    each_hit(self, row, function(run, position)
      local f = self:frame(run)
      local entry = f and f.by_position[position]
      if entry and not f.whens[position] and not is_as_made(self, f, entry) then enter(self, t.later, node_of(self, f, entry), row, digest) end
    end)
  end
  return t.later
end

-- The nodes that took an output, or a value that was given, oldest first; of a result
-- that many runs took the one that made it, of a version of a name those of all runs
-- that had it.
---@param wanted table { node, output, digest } or { digest, origin = "given" }
---@return table[]
function Walk:consumers(wanted)
  local t, one, other = takers_of(self, wanted.digest), identities(self, wanted)
  local found, seen, taken, n = {}, {}, {}, 0
  local function look(list)
    for _, taker in ipairs(list or {}) do
      local node, row = taker[1], taker[2]
      if not seen[node.key] then seen[node.key], found[#found + 1] = true, node end
      if not taken[row] then taken[row], n = true, n + 1 end
    end
  end
  if one then look(t.by[one]) end
  if other then look(t.by[other]) end
  local function look_later(list)
    for _, taker in ipairs(list or {}) do
      local node, row = taker[1], taker[2]
      if not taken[row] and not seen[node.key] then seen[node.key], found[#found + 1] = true, node end
    end
  end
  if n < #t.rows then
    local later = later_takers(self, wanted.digest)
    if one then look_later(later[one]) end
    if other then look_later(later[other]) end
  end
  table.sort(found, function(a, b) return (a.row or 0) < (b.row or 0) or a.row == b.row and a.key < b.key end)
  return found
end

return lineage
