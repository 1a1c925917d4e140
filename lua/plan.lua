-- plan: which steps are hits, which must run, which have to wait and see.
--
-- A plan is a graph plus, by a node's position: state (below), key (32 bytes),
-- outs (the outputs' digests, one string of 32 bytes each), row (the step run
-- that made them) and why (the reason for a miss).  ready lists the positions
-- to run now.  Keys are over the content of inputs, so a node below a miss
-- waits; plan:finish gives the digests a step made, and what waited for them is
-- looked up in turn.  Equal bytes so turn what follows into hits.
--
-- Of a run that is asked for some steps (lua/selection.lua) plan.only is the set of
-- their positions: another that is no hit is SKIPPED, plan.left_out[i] is true, and what
-- waits for it waits in vain.  plan.fresh are positions that are not looked up.
-- turned lists the positions that became hits after the first plan.
--
-- No disk and no database here: everything outside comes in as `world`:
--   world.lookup(key, node) -> row, outs | nil, why     the cache
--   world.spec(node) -> { prefix, cacheable, why }      what the key begins with
--   world.literal(input, port) -> digest                 of a value in the script

local graph = require "rille.graph"
local value = require "rille.host.value"

local plan = {}

local INPUTS <const>, PARAMS <const>, POSITION <const>, STEP <const> = graph.INPUTS, graph.PARAMS, graph.POSITION, graph.STEP
local WAIT <const>, READY <const>, RUNNING <const>, HIT <const>, DONE <const>, FAILED <const>, SKIPPED <const> = 0, 1, 2, 3, 4, 5, 6
plan.WAIT, plan.READY, plan.RUNNING, plan.HIT, plan.DONE, plan.FAILED, plan.SKIPPED = WAIT, READY, RUNNING, HIT, DONE, FAILED, SKIPPED

local Plan = { __name = "plan" }
Plan.__index = Plan

local Node, Wire, FanIn, Literal = graph.Node, graph.Wire, graph.FanIn, graph.Literal
local encode, make_key = value.encode, value.key
local NO_INPUTS = {}

-- The digest of a wire whose source is settled.
local function wire_digest(self, wire)
  if getmetatable(wire) == Node then
    local outs = self.outs[wire[POSITION]]
    return outs
  end
  local outs, k = self.outs[wire[1][POSITION]], wire[2]
  if #outs == 32 then return outs end
  return outs:sub(32 * k - 31, 32 * k)
end

-- What an element of a list for the port is taken as.
local function element_of(port) return { type = port.type.element, name = port.name } end

-- One digest per input; a fan-in has that of its list.
local function input_digest(self, input, port)
  local meta = getmetatable(input)
  if meta == Node or meta == Wire then return wire_digest(self, input) end
  if meta == Literal then return self.world.literal(input, port) end
  local list = {}
  for i = 1, #input do
    local v = input[i]
    list[i] = getmetatable(v) == Literal and self.world.literal(v, element_of(port)) or wire_digest(self, v)
  end
  return make_key("list", "", list)
end

local function settled(state) return state == HIT or state == DONE end

-- Notes that node i waits for source, once; returns 1 when it is new.
local function wait(self, i, source)
  local j, waiters = source[POSITION], self.waiters
  if settled(self.state[j]) then return 0 end
  local list = waiters[j]
  -- most have one reader: a number until there are two
  if not list then waiters[j] = i
  elseif type(list) == "number" then
    if list == i then return 0 end
    waiters[j] = { list, i }
  else
    if list[#list] == i then return 0 end
    list[#list + 1] = i
  end
  return 1
end

-- Registers node i with every source that is not settled; returns how many.
local function wait_for(self, node)
  local i, count, inputs = node[POSITION], 0, node[INPUTS]
  if #inputs > 0 or self.graph.after[node] then
    graph.each_source(self.graph, node, function(source) count = count + wait(self, i, source) end)
  end
  self.missing[i] = count
  return count
end

local function lookup(self, node, spec)
  local i = node[POSITION]
  local key = self.key[i]
  if not self.cache then self.why[i] = "the cache is off" return end
  if spec.cacheable == false then self.why[i] = spec.why return end
  local twin = self.by_key[key]
  if twin then return self.row[twin], self.outs[twin], twin end
  if self.fresh and self.fresh[i] then self.why[i] = "--from asks for it" return end
  local row, outs = self.world.lookup(key, node)
  if not row then self.why[i] = outs return end
  return row, outs
end

-- All sources of the node are settled: makes its key and looks it up.
local function resolve(self, node)
  local i = node[POSITION]
  local spec = self.world.spec(node)
  local step, inputs = node[STEP], node[INPUTS]
  local n = #inputs
  local digests
  if n == 0 then digests = NO_INPUTS elseif n == 1 then digests = input_digest(self, inputs[1], step.inputs[1])
  else
    digests = {}
    for k = 1, n do digests[k] = input_digest(self, inputs[k], step.inputs[k]) end
  end
  self.key[i] = make_key(spec.prefix, encode(node[PARAMS]), digests)
  local row, outs, twin = lookup(self, node, spec)
  if row or twin then
    self.state[i], self.row[i], self.outs[i] = HIT, row or self.twin[twin] or false, outs
    if not row then self.twin[i] = twin end
    self.hits = self.hits + 1
    return true
  end
  if self.only and not self.only[i] then
    self.state[i], self.left_out[i] = SKIPPED, true
    return false
  end
  self.state[i] = READY
  self.ready[#self.ready + 1] = i
  return false
end

-- What waited for node i may go on; hits go on at once, in turn.
local function wake(self, i)
  local queue, at = { i }, 1
  while queue[at] do
    local list = self.waiters[queue[at]]
    self.waiters[queue[at]] = nil
    if type(list) == "number" then list = { list } end
    for _, j in ipairs(list or {}) do
      local left = self.missing[j] - 1
      self.missing[j] = left
      if left == 0 and self.state[j] == WAIT then
        if resolve(self, self.graph.nodes[j]) then
          self.cut = self.cut + 1
          self.cut_off[j] = true
          self.turned[#self.turned + 1] = j
          queue[#queue + 1] = j
        end
      end
    end
    at = at + 1
  end
end

-- A literal that cannot be saved is a mistake to be told before anything runs.
local function check_literals(self, node)
  local literal = self.world.literal
  for k, input in ipairs(node[INPUTS]) do
    local meta, port = getmetatable(input), node[STEP].inputs[k]
    if meta == Literal then literal(input, port)
    elseif meta == FanIn then
      for _, v in ipairs(input) do if getmetatable(v) == Literal then literal(v, element_of(port)) end end
    end
  end
end

-- Makes the first plan.
---@param g table a graph
---@param world table see above
---@param options table { cache = boolean, only, fresh = sets of positions }
function plan.new(g, world, options)
  local self = setmetatable({
    graph = g, world = world, cache = options.cache ~= false, state = {}, key = {}, outs = {}, row = {}, why = {},
    ready = {}, next_ready = 1, waiters = {}, missing = {}, by_key = {}, by_read = {}, flying = {}, parked = {}, mended = {}, twin = {}, cut_off = {}, hits = 0, cut = 0,
    only = options.only, fresh = options.fresh, left_out = {}, turned = {},
  }, Plan)
  for i, node in ipairs(g.nodes) do
    self.state[i] = WAIT
    if wait_for(self, node) == 0 then resolve(self, node) else check_literals(self, node) end
  end
  return self
end

-- Is there a node to take?
function Plan:is_ready() return self.ready[self.next_ready] ~= nil end

-- Whether node i may run now: not when another node is at the same key, whose
-- result it may take; then it is ready again when that one has ended.
local function take_off(self, i, key)
  local first = self.flying[key]
  if not first then
    self.flying[key] = i
    return true
  end
  local list = self.parked[first]
  if list then list[#list + 1] = i else self.parked[first] = { i } end
  return false
end

-- Node i runs no more.
local function land(self, i)
  local key = self.key[i]
  if self.flying[key] ~= i then return end
  self.flying[key] = nil
  for _, j in ipairs(self.parked[i] or {}) do self.ready[#self.ready + 1] = j end
  self.parked[i] = nil
end

-- The next node to run, or nil when none is ready.  One whose key another node
-- has meanwhile made is settled here instead.
function Plan:take()
  while true do
    local i = self.ready[self.next_ready]
    if not i then return nil end
    self.ready[self.next_ready] = false
    self.next_ready = self.next_ready + 1
    local key = self.cache and self.world.spec(self.graph.nodes[i]).cacheable ~= false and self.key[i]
    local twin = key and self.by_key[key]
    if twin then
      self.state[i], self.outs[i], self.row[i], self.twin[i] = HIT, self.outs[twin], false, twin
      self.hits = self.hits + 1
      self.turned[#self.turned + 1] = i
      wake(self, i)
    elseif not key or take_off(self, i, key) then
      self.state[i] = RUNNING
      return i
    end
  end
end

-- Node i ran and made outs; reusable says that equal keys may take them, reads
-- that it read outside, reached that it may have changed what others read there.
function Plan:finish(i, outs, reusable, reads, reached)
  self.state[i], self.outs[i] = DONE, outs
  if reached then
    for key in next, self.by_read do self.by_key[key], self.by_read[key] = nil, nil end
  end
  if reusable then
    self.by_key[self.key[i]] = i
    if reads then self.by_read[self.key[i]] = true end
  end
  land(self, i)
  wake(self, i)
end

-- Whether the node's outputs, one string of digests, have this one.
local function has_digest(outs, digest)
  for at = 1, #outs, 32 do
    if outs:sub(at, at + 31) == digest then return true end
  end
  return false
end

-- A hit is none after all.
local function undo_hit(self, j, why)
  self.hits = self.hits - 1
  if self.cut_off[j] then self.cut, self.cut_off[j] = self.cut - 1, nil end
  self.row[j], self.twin[j], self.by_key[self.key[j]], self.why[j] = nil, nil, nil, why
  self.state[j] = READY
  self.ready[#self.ready + 1] = j
end

-- Node i could not load the artifact with this digest: the hits that stand for
-- it run, then i.  Where it was made anew while i ran, i just runs again, once.
-- Returns the positions of the hits, or nil when there is nothing to be done.
---@param why string the reason for which they run
function Plan:again(i, digest, why)
  local made, pending, mended = {}, 0, false
  local function visit(source)
    local j = source[POSITION]
    if self.state[j] == HIT and has_digest(self.outs[j], digest) then
      undo_hit(self, j, why)
      made[#made + 1] = j
    elseif self.state[j] == DONE and has_digest(self.outs[j], digest) then
      mended = true
    end
    pending = pending + wait(self, i, source)
  end
  graph.each_source(self.graph, self.graph.nodes[i], visit)
  local mark = digest .. i
  if pending == 0 and (not mended or self.mended[mark]) then return nil end
  self.mended[mark] = true
  land(self, i)
  if pending > 0 then
    self.state[i], self.missing[i] = WAIT, pending
    return made
  end
  self.state[i] = READY
  self.ready[#self.ready + 1] = i
  return made
end

-- Node i failed: what needs it is skipped.  Returns the skipped positions.
function Plan:fail(i)
  self.state[i] = FAILED
  land(self, i)
  local skipped, queue, at = {}, { i }, 1
  while queue[at] do
    local list = self.waiters[queue[at]]
    self.waiters[queue[at]] = nil
    if type(list) == "number" then list = { list } end
    for _, j in ipairs(list or {}) do
      if self.state[j] == WAIT then
        self.state[j] = SKIPPED
        skipped[#skipped + 1] = j
        queue[#queue + 1] = j
      end
    end
    at = at + 1
  end
  return skipped
end

return plan
