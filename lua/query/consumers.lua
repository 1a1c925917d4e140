-- consumers: the steps that took an output, or a value that was given; part of lineage.lua, whose nodes and ends
-- these are.

local errors = require "rille.base.errors"
local project = require "rille.project"
local run_frame = require "rille.query.run_frame"

local consumers = {}

---@class Consumers
---@field walk table lineage
---@field takers table<string, table> by digest
---@field as_made table<table, boolean> by entry of a trace
---@field hits string? answer of m:hits
local Consumers = { __name = "consumers" }
Consumers.__index = Consumers

---@param walk table
---@return Consumers
function consumers.new(walk) return setmetatable({ walk = walk, takers = {}, as_made = {} }, Consumers) end

local HIT <const> = "=i8i4i4"       -- of meta:hits
local HIT_SIZE <const> = 16

-- Two ends are the same when they are the same output of the same step run, the same version of a name (which
-- several runs may have computed), or the same value that no step made.  So an end has at most two identities; two
-- ends of equal bytes that share one are the same.
local function identities(self, e)
  local node = e.node
  if not node then return e.origin or "none" end
  local version = self.walk:version(node, e.output)
  return node.row and node.row .. ":" .. e.output or nil, version and "version " .. version or nil
end

-- The ends of a node by digest, and those that are items of lists.
local function ends_by_digest(self, node)
  if node.by_digest then return node.by_digest end
  local by = { whole = {} }
  for _, e in ipairs(self.walk:inputs(node)) do
    if e.whole then table.insert(by.whole, e)
    else
      by[e.digest] = by[e.digest] or {}
      table.insert(by[e.digest], e)
    end
  end
  node.by_digest = by
  return by
end

-- Adds to by = { [identity] = { { node, row of its step run }... } } that the node took an artifact of this digest.
local function add_taker(self, by, node, row, digest)
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

-- Calls found(row of the run, position) for each step, in any run, that took the result of the step run.
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

-- The node that stands for a step run: the one that computed it, or where no list has its run, the first that took
-- its result from the cache; nil where nobody did.
local function node_of(self, made, c)
  if not c.invisible then return self.walk:node(made.run.row, made.position) end
  local node
  each_hit(self, c.step_run, function(run, position) node = node or self.walk:node(run, position) end)
  return node
end

-- The step runs that took an artifact of this digest: { rows of step runs, by = as in add_taker }; read once.
local function takers_of(self, digest)
  local t = self.takers[digest]
  if t then return t end
  t = { rows = {}, by = {} }
  for _, c in ipairs(errors.need(project.meta:consumers(digest))) do
    local made = self.walk:step_run(c.step_run)
    local node = made and made.run and node_of(self, made, c)
    if made and made.run and (node or not c.invisible) then t.rows[#t.rows + 1] = c.step_run end
    if node then add_taker(self, t.by, node, c.step_run, digest) end
  end
  self.takers[digest] = t
  return t
end

-- Is the entry wired as the step run was whose result it has?
local function compare_wires(self, f, entry)
  local made = self.walk:step_run(entry.row)
  local own = made and made.run and self.walk:node(made.run.row, made.position)
  local ends, sources = own and self.walk:inputs(own) or {}, run_frame.sources(f, entry) or {}
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

-- The takers in other runs whose steps have such a step run's result, but are wired to other steps, which made
-- equal bytes.
local function later_takers(self, digest)
  local t = takers_of(self, digest)
  if t.later then return t.later end
  t.later = {}
  for _, row in ipairs(t.rows) do
    each_hit(self, row, function(run, position)
      local f = self.walk:frame(run)
      local entry = f and f.by_position[position]
      if entry and not f.whens[position] and not is_as_made(self, f, entry) then
        add_taker(self, t.later, self.walk:node(run, position), row, digest)
      end
    end)
  end
  return t.later
end

-- The nodes that took an output, or a value that was given, oldest first.  Where many runs took one result, the node
-- that computed it stands for them; of a version of a name, the nodes of all runs that had it.
---@param wanted table { node, output, digest } or { digest, origin = "given" }
---@return table[]
function Consumers:of(wanted)
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

return consumers
