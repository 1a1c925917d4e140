-- plan: which steps are hits, which must run, which have to wait and see.
--
-- A plan is a graph plus, by a node's position: state (below), key (32 bytes),
-- outs (the outputs' digests, one string of 32 bytes each), row (the step run
-- that made them) and why (the reason for a miss).  ready lists the positions
-- to run now.  Keys are over the content of inputs, so a node below a miss
-- waits; plan:finish gives the digests a step made, and what waited for them is
-- looked up in turn.  Equal bytes so turn what follows into hits.
--
-- Of a run that is asked for some steps (lua/plan/selection.lua) plan.only is the set of
-- their positions: another that is no hit is SKIPPED, plan.left_out[i] is true, and what
-- waits for it waits in vain.  plan.fresh are positions that are not looked up.
-- turned lists the positions that became hits after the first plan.
--
-- What depends on data (graph.lua) is settled here.  A map waits for its lists, then
-- stands for items[position], nodes that are added to the plan's own graph
-- (expand.lua); it is a hit when all of them are, its outs are the digests of lists.
-- A node in a branch waits for its condition; where that says no the node is
-- SKIPPED with absent[position], a reason, and what follows goes on; a `when` has
-- the outs of the wire that it stands for.  skips are the positions skipped so and
-- not yet told of.
--
-- No disk and no database here: everything outside comes in as `world`:
--   world.lookup(key, node) -> row, outs | nil, why     the cache
--   world.spec(node) -> { prefix, cacheable, why }      what the key begins with
--   world.literal(input, port) -> digest                 of a value in the script
--   world.items(digest, port, artifact) -> artifacts | nil, why    of a list, whose
--       artifact is given when no step made it
--   world.claim(i, key, node) -> "mine" | "wait" | "hit", row, outs | "deadlock", why
--       may be absent: whether another process is at that key; abroad are the positions
--       that wait
--   world.truth(digest) -> boolean | nil, why            of a condition
--   world.noted(one) -> bytes       what its step said of an artifact of Plan:given
--   world.begin(plan)               may be absent: the plan, before anything is asked

local map_items = require "rille.graph.map_items"
local graph = require "rille.graph"
local types = require "rille.script.types"
local value = require "rille.host.value"

local plan = {}

local INPUTS <const>, PARAMS <const>, POSITION <const>, STEP <const> = graph.INPUTS, graph.PARAMS, graph.POSITION, graph.STEP
local WAIT <const>, READY <const>, RUNNING <const>, HIT <const>, DONE <const>, FAILED <const>, SKIPPED <const> = 0, 1, 2, 3, 4, 5, 6
plan.WAIT, plan.READY, plan.RUNNING, plan.HIT, plan.DONE, plan.FAILED, plan.SKIPPED = WAIT, READY, RUNNING, HIT, DONE, FAILED, SKIPPED

local Plan = { __name = "plan" }
Plan.__index = Plan

local FROM <const>, OUTPUT <const> = graph.FROM, graph.OUTPUT
local Node, Wire, FanIn, Literal = graph.Node, graph.Wire, graph.FanIn, graph.Literal
local encode, make_key = value.encode, value.key
local NO_INPUTS = {}

-- The digest of a wire whose source is settled.
local function wire_digest(self, wire)
  if getmetatable(wire) == Node then
    local outs = self.outs[wire[POSITION]]
    return outs
  end
  local outs, k = self.outs[wire[FROM][POSITION]], wire[OUTPUT]
  if #outs == 32 then return outs end
  return outs:sub(32 * k - 31, 32 * k)
end

-- What an element of a list for the port is taken as.
local function element_of(port) return { type = port.type.element, name = port.name } end

-- Of an input that is handed artifacts: with what their steps said of them.
local function handed_digest(self, input, port)
  local meta = getmetatable(input)
  if meta == Literal then self.world.literal(input, port) end
  for _, v in ipairs(meta == FanIn and input or NO_INPUTS) do
    if getmetatable(v) == Literal then self.world.literal(v, element_of(port)) end
  end
  local list, is_list = self:given(input)
  for i, one in ipairs(list) do list[i] = make_key("artifact", self.world.noted(one), one[1]) end
  return is_list and make_key("list", "", list) or list[1]
end

-- One digest per input; a fan-in has that of its list.
local function input_digest(self, input, port)
  if types.takes_artifact(port.type) then return handed_digest(self, input, port) end
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

local function settled(self, j)
  local state = self.state[j]
  return state == HIT or state == DONE or (state == SKIPPED and self.absent[j] ~= nil)
end

-- Notes that node i waits for source, once; returns 1 when it is new.  opened: it
-- waits for the items of a map, not for what they make.
local function wait(self, i, source, opened)
  local j, waiters = source[POSITION], opened and self.openers or self.waiters
  if settled(self, j) or (opened and self.items[j]) then return 0 end
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
  if #inputs > 0 or self.graph.after[node] or self.graph.dynamic then
    local map = graph.dynamic_of(node, "map")
    graph.each_source(self.graph, node, function(source, k)
      count = count + wait(self, i, source, map and k and map.mapped[k] and graph.dynamic_of(source, "map") ~= nil)
    end)
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

-- Data -------------------------------------------------------------------------

-- Node i does not run, and that is no failure.
local function skip(self, i, reason)
  self.state[i], self.absent[i], self.why[i] = SKIPPED, reason, reason
  self.skips[#self.skips + 1] = i
end

-- Node i cannot be what it is to be: it is run, to fail with the message.
local function fail_at(self, node, message)
  local i = node[POSITION]
  self.broken[i], self.state[i] = message, READY
  self.key[i] = make_key("broken", message, NO_INPUTS)
  self.ready[#self.ready + 1] = i
end

-- What the branches that the node is in say: nil when it runs, else why not; or
-- nil, and what is wrong with the condition.
local function refusal(self, node)
  local guard, reason, mistaken = self.graph.guards[node], nil, nil
  while guard do
    local source = graph.source(guard.condition)
    local absent = self.absent[source[POSITION]]
    if absent then
      reason = absent
    else
      local truth, message = self.world.truth(self:digest(guard.condition))
      if truth == nil then mistaken = message
      elseif truth ~= guard.want then reason = string.format("condition was %s (%s)", truth, graph.short(guard.condition)) end
    end
    guard = guard.outer
  end
  return reason, mistaken
end

-- Why an input of the node will never be there, or nil.
local function lack(self, node)
  local reason
  graph.each_source(self.graph, node, function(source, k)
    if k and self.absent[source[POSITION]] then reason = reason or string.format("it needs %s, which was skipped", source[graph.ID]) end
  end)
  return reason
end

-- A `when` stands for what the branch that ran gives.
local function pass_on(self, node)
  local i, when = node[POSITION], graph.dynamic_of(node)
  local absent = self.absent[graph.source(when.condition)[POSITION]]
  if absent then return skip(self, i, absent) end
  local truth, message = self.world.truth(self:digest(when.condition))
  if truth == nil then return fail_at(self, node, message) end
  local wire = when.chosen[truth]
  if not wire then return skip(self, i, string.format("condition was %s (%s)", truth, graph.short(when.condition))) end
  local j = graph.source(wire)[POSITION]
  if self.absent[j] then return skip(self, i, self.absent[j]) end
  self.choice[i] = wire
  self.outs[i], self.state[i] = self:digest(wire), self.state[j]
  self.row[i] = self.row[j] or false
  if not self.row[i] then self.twin[i] = self.twin[j] or j end
  self.virtual = self.virtual + 1
end

-- The items of a map have all been settled: so is the map.
local function gather(self, node)
  local i, lists = node[POSITION], {}
  local state = HIT
  for k = 1, #node[STEP].outputs do
    local list = {}
    for n, item in ipairs(self.items[i]) do list[n] = wire_digest(self, graph.wire(item, k)) end
    lists[k] = make_key("list", "", list)
  end
  for _, item in ipairs(self.items[i]) do if self.state[item[POSITION]] ~= HIT then state = DONE end end
  self.outs[i], self.state[i] = table.concat(lists), state
  self.virtual = self.virtual + 1
end

local resolve

-- The lists of a map are known: so are its items.
local function open(self, node)
  local i = node[POSITION]
  local made, message = map_items.map(self, node)
  if not made then return fail_at(self, node, message) end
  self.items[i], self.expanded[#self.expanded + 1] = made, i
  local count = 0
  for _, item in ipairs(made) do
    local j = item[POSITION]
    self.state[j] = WAIT
    if self.only then self.only[j] = self.only[i] end
    if self.fresh then self.fresh[j] = self.fresh[i] end
    if wait_for(self, item) == 0 then resolve(self, item) end
    count = count + wait(self, i, item)
  end
  self.missing[i] = count
  if count == 0 then gather(self, node) end
end

-- What depends on data: true when there is nothing more to do for the node now.
local function resolve_dynamic(self, node)
  local i = node[POSITION]
  local d = graph.dynamic_of(node)
  local reason, mistaken = refusal(self, node)
  if not reason and not mistaken and not (d and d.kind == "when") then reason = lack(self, node) end
  if reason then skip(self, i, reason)
  elseif mistaken then fail_at(self, node, "its condition: " .. mistaken)
  elseif not d or d.kind == "item" then return false
  elseif d.kind == "when" then pass_on(self, node)
  elseif self.items[i] then gather(self, node)
  else open(self, node) end
  return true
end

-- All sources of the node are settled: makes its key and looks it up.  Returns
-- whether it is settled.
function resolve(self, node)
  local i = node[POSITION]
  if self.graph.dynamic and resolve_dynamic(self, node) then return settled(self, i) end
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
    if self.begun then
      self.cut, self.cut_off[i] = self.cut + 1, true
      self.turned[#self.turned + 1] = i
    end
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

-- The positions that wait in the list `field` for node i, which they do no more.
local function take_waiters(self, field, i)
  local list = self[field][i]
  self[field][i] = nil
  return type(list) == "number" and { list } or list or NO_INPUTS
end

-- One thing less is missing for each of the list; those settled by it join the queue.
local function advance(self, list, queue)
  for _, j in ipairs(list) do
    local left = self.missing[j] - 1
    self.missing[j] = left
    if left == 0 and self.state[j] == WAIT then
      if resolve(self, self.graph.nodes[j]) then queue[#queue + 1] = j end
      if self.items[j] then advance(self, take_waiters(self, "openers", j), queue) end
    end
  end
end

-- What waited for node i may go on; hits go on at once, in turn.
local function wake(self, i)
  local queue, at = { i }, 1
  while queue[at] do
    advance(self, take_waiters(self, "waiters", queue[at]), queue)
    if self.absent[queue[at]] then advance(self, take_waiters(self, "openers", queue[at]), queue) end
    at = at + 1
  end
end

-- A literal that cannot be saved is a mistake to be told before anything runs.
local function check_literals(self, node)
  local literal, map = self.world.literal, graph.dynamic_of(node, "map")
  for k, input in ipairs(node[INPUTS]) do
    local meta, port = getmetatable(input), node[STEP].inputs[k]
    if meta == Literal then literal(input, port)
    elseif meta == FanIn then
      local of = map and map.mapped[k] and port or element_of(port)
      for _, v in ipairs(input) do if getmetatable(v) == Literal then literal(v, of) end end
    end
  end
end

-- Makes the first plan.
---@param g table a graph; one that depends on data grows when it can (map_items.lua)
---@param world table see above
---@param options table { cache = boolean, only, fresh = sets of positions }
function plan.new(g, world, options)
  if g.dynamic and not g.items then g = map_items.growing(g) end
  local self = setmetatable({
    graph = g, world = world, cache = options.cache ~= false, state = {}, key = {}, outs = {}, row = {}, why = {},
    ready = {}, next_ready = 1, waiters = {}, missing = {}, by_key = {}, by_read = {}, flying = {}, parked = {}, mended = {}, twin = {}, cut_off = {}, hits = 0, cut = 0,
    only = options.only, fresh = options.fresh, left_out = {}, turned = {},
    abroad = {}, claimed = {}, openers = {}, items = {}, expanded = {}, absent = {}, skips = {}, choice = {}, broken = {}, virtual = 0, begun = false,
  }, Plan)
  if world.begin then world.begin(self) end
  for i = 1, #g.nodes do
    local node = g.nodes[i]
    self.state[i] = WAIT
    if wait_for(self, node) == 0 then resolve(self, node) else check_literals(self, node) end
  end
  self.begun = true
  return self
end

-- The wire that a wire stands for: another one when it is that of a `when`.
function Plan:origin(wire)
  local source = graph.source(wire)
  local choice = self.choice[source[POSITION]]
  return choice and self:origin(choice) or wire
end

-- The digest of what a wire carries; its source is settled.
function Plan:digest(wire) return wire_digest(self, wire) end

-- What an input is given, one by one: a list of { digest, its artifact or nil when a
-- step made it, the position of that step }, and whether it is a list to the step; or
-- nil when not all is known.
---@param input table of a node
---@return table[]?, boolean? is_list
function Plan:given(input)
  local meta = getmetatable(input)
  if meta == Literal then return input[2] and { { input[2].digest, input[2], literal = input } }, false end
  local wires = input
  if meta ~= FanIn then
    local wire = self:origin(input)
    local source, output = graph.source(wire)
    if not graph.dynamic_of(source, "map") then return self.outs[source[POSITION]] and { { wire_digest(self, wire), nil, source[POSITION], output } }, false end
    wires = {}
    for i, item in ipairs(self.items[source[POSITION]] or NO_INPUTS) do wires[i] = graph.wire(item, output) end
    if not self.items[source[POSITION]] then return nil end
  end
  local list = {}
  for i = 1, #wires do
    local one = self:given(wires[i])
    if not one then return nil end
    list[i] = one[1]
  end
  return list, true
end

-- A node that is no step to run: a map, which stands for its items, or a `when`.
function Plan:is_virtual(i)
  local d = graph.dynamic_of(self.graph.nodes[i])
  return d ~= nil and (d.kind == "when" or (d.kind == "map" and not self.broken[i]))
end

-- How many steps there are, as far as is known.
function Plan:count()
  local n = #self.graph.nodes
  if self.graph.dynamic then
    for i = 1, #self.graph.nodes do if self:is_virtual(i) and self.items[i] or graph.dynamic_of(self.graph.nodes[i], "when") then n = n - 1 end end
  end
  return n
end

-- Is every step a hit, or not to be run?
function Plan:all_cached()
  local absent = 0
  for _ in next, self.absent do absent = absent + 1 end
  return self.hits + self.virtual + absent == #self.graph.nodes
end

-- How many a condition skipped.
function Plan:skipped()
  local n = 0
  for i in next, self.absent do if not self:is_virtual(i) then n = n + 1 end end
  return n
end

-- The positions in order, the items of a map before the map.
function Plan:order()
  local list, wired = {}, self.graph.wired or #self.graph.nodes
  for i = 1, wired do
    for _, item in ipairs(self.items[i] or NO_INPUTS) do list[#list + 1] = item[POSITION] end
    list[#list + 1] = i
  end
  return list
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
  elseif first == i then
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

-- A hit that was none when the plan was made.
local function settle_hit(self, i, row, outs)
  self.state[i], self.row[i], self.outs[i] = HIT, row, outs
  self.hits = self.hits + 1
  self.turned[#self.turned + 1] = i
  wake(self, i)
end

-- Whether node i is this process's to run.
local function is_ours(self, i, key)
  if not self.world.claim or self.claimed[i] then return true end
  local answer, row, outs = self.world.claim(i, key, self.graph.nodes[i])
  if answer == "mine" then
    self.claimed[i] = true
  elseif answer == "hit" then
    land(self, i)
    settle_hit(self, i, row, outs)
  elseif answer == "deadlock" then
    -- it is run, to fail with the reason
    self.broken[i], self.claimed[i] = row, true
    return true
  else
    self.abroad[#self.abroad + 1] = i
  end
  return answer == "mine"
end

-- Asks again for the nodes that other processes are at.
function Plan:look_abroad()
  local list = self.abroad
  self.abroad = {}
  for _, i in ipairs(list) do
    if is_ours(self, i, self.key[i]) then self.ready[#self.ready + 1] = i end
  end
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
      self.twin[i] = twin
      settle_hit(self, i, false, self.outs[twin])
    elseif not key or take_off(self, i, key) and is_ours(self, i, key) then
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

-- What stands for others is open again when one of them is: true when it is such.
local function reopen(self, node, lost, undo)
  local j = node[POSITION]
  local sources = self.choice[j] and { (graph.source(self.choice[j])) } or self.items[j]
  if not sources or not settled(self, j) then return sources ~= nil end
  local pending = 0
  for _, source in ipairs(sources) do
    undo(source, lost)
    pending = pending + wait(self, j, source)
  end
  if pending > 0 then
    self.state[j], self.missing[j], self.choice[j], self.virtual = WAIT, pending, nil, self.virtual - 1
  end
  return true
end

-- Node i could not load the artifact with this digest: the hits that stand for
-- it run, then i.  Where it was made anew while i ran, i just runs again, once.
-- Returns the positions of the hits, or nil when there is nothing to be done.
---@param why string the reason for which they run
function Plan:again(i, digest, why)
  local made, pending, mended, node = {}, 0, false, self.graph.nodes[i]
  local function undo(source, lost)
    local j = source[POSITION]
    if reopen(self, source, lost, undo) then return end
    if self.state[j] == HIT and not self.absent[j] and (not lost or has_digest(self.outs[j], lost)) then
      undo_hit(self, j, why)
      made[#made + 1] = j
    elseif self.state[j] == DONE and has_digest(self.outs[j], digest) then
      mended = true
    end
  end
  graph.each_source(self.graph, node, function(source, k)
    local input = k and node[INPUTS][k]
    -- of a list's item the list is made again
    local item = input and getmetatable(input) == Literal and input.from and input[2].digest == digest
    if k then undo(source, not item and digest or nil) end
    pending = pending + wait(self, i, source)
  end)
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
  local function drop(list)
    for _, j in ipairs(list) do
      if self.state[j] == WAIT then
        -- a map fails with its items
        self.state[j] = self.items[j] and FAILED or SKIPPED
        if not self.items[j] then skipped[#skipped + 1] = j end
        queue[#queue + 1] = j
      end
    end
  end
  while queue[at] do
    drop(take_waiters(self, "waiters", queue[at]))
    drop(take_waiters(self, "openers", queue[at]))
    at = at + 1
  end
  return skipped
end

return plan
