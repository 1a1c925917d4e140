-- plan: which steps are cached, which must run, which wait for others.
--
-- A plan is a graph and what is known of each node, by its position.  A node's status:
--
--     waiting --> ready --> running --> completed | failed
--        |          |          '-----> waiting | ready    an input is lost (recover.lua)
--        |          '-> cached    another node or process has made the result meanwhile
--        '-> cached | skipped
--
-- Keys are over the content of inputs, so a node below a miss waits.  plan:finish takes the
-- digests of a step's outputs; the nodes that waited for them are looked up in turn, and
-- equal bytes so turn what follows into hits (early cutoff).
--
-- In a run of some steps (selection.lua) a step that is not selected and not cached is
-- skipped; the steps that need it never become ready.
-- Maps and branches: dynamic.lua.  What inputs are given: inputs.lua.  Read access: reader.lua.
--
-- No disk and no database here: everything outside comes in as `world`.

local first_look = require "rille.plan.first_look"
local graph = require "rille.graph"
local inputs = require "rille.plan.inputs"
local value = require "rille.host.value"

local plan = {}

---@alias PlanStatus "waiting"|"ready"|"running"|"cached"|"completed"|"failed"|"skipped"

---@class PlanWorld what a plan asks of the rooms outside
---@field lookup fun(key: string, node: Node): (row: integer?, outputs_or_why: string?)  the cache: a step run
---    and the digests of its outputs; nil and the reason of the miss
---@field spec fun(node: Node): { prefix: string, cacheable: boolean?, why: string? }  what the node's key begins with
---@field literal fun(input: Literal, port: table): string  digest of a value in the script
---@field items fun(digest: string, port: table, artifact: table?): (artifacts: table[]?, why: string?)  of a list; the
---    artifact is given when no step made it
---@field truth fun(digest: string): (truth: boolean?, why: string?)  of a condition
---@field noted fun(given: GivenInput): string  packed: what the artifact's step logged about it
---@field claim? fun(position: integer, key: string, node: Node): ("mine"|"wait"|"hit"|"deadlock"), any, string?
---    single flight: does this process run the key?  "hit": row, outputs; "deadlock": the reason
---@field begin? fun(plan: Plan)  called before anything else is asked
---@field records? fun(): table  what is cached (meta:cache): the plan then finds plain hits without lookup
---@field prefix? fun(step: table): string?, string  what the keys of the step's nodes begin with; nil: it has no
---    plain hits; the names of it and of its ports
---@field memo? rille.node_memo  the nodes of an earlier run

---@class Plan : PlanReader
---@field graph Graph  grows when a map is expanded
---@field world PlanWorld
---@field n_hits integer  cached steps
---@field n_cut_off integer  of these, hits by early cutoff
---@field elsewhere integer[]  positions whose keys other processes are computing

local INPUTS <const>, PARAMS <const> = graph.INPUTS, graph.PARAMS
local POSITION <const>, STEP <const> = graph.POSITION, graph.STEP
local WAITING <const>, READY <const>, RUNNING <const> = "waiting", "ready", "running"
local CACHED <const>, COMPLETED <const>, FAILED <const>, SKIPPED <const> = "cached", "completed", "failed", "skipped"

-- What other rooms read of a plan is inherited.
local Plan = setmetatable({ __name = "plan" }, require "rille.plan.reader")
Plan.__index = Plan

local make_key = value.key
local digest_of_input, NONE <const> = inputs.digest, inputs.NONE

-- Waiting ------------------------------------------------------------------------

-- Is all known that others need of node i?
local function is_settled(self, i)
  local status = self.statuses[i]
  return status == CACHED or status == COMPLETED or (status == SKIPPED and self.skip_reasons[i] ~= nil)
end
Plan.is_settled = is_settled

-- Registers that node i waits for source, once; returns 1 when that is new, else 0.
-- expansion: it waits for the items of a map to exist, not for their results.
local function add_waiter(self, i, source, expansion)
  local j, waiters = source[POSITION], expansion and self.expansion_waiters or self.waiters
  if is_settled(self, j) or (expansion and self.items[j]) then return 0 end
  local list = waiters[j]
  -- most nodes have one reader: a number until there are two
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
Plan.add_waiter = add_waiter

-- Registers the node with every source that is not settled; returns how many.
local function wait_for_sources(self, node)
  local i, count, list = node[POSITION], 0, node[INPUTS]
  if #list > 0 or self.graph.after[node] or self.graph.dynamic then
    local map = graph.dynamic_of(node, "map")
    graph.each_source(self.graph, node, function(source, k)
      local expansion = map and k and map.mapped[k] and graph.dynamic_of(source, "map") ~= nil
      count = count + add_waiter(self, i, source, expansion)
    end)
  end
  self.n_missing[i] = count
  return count
end
Plan.wait_for_sources = wait_for_sources

-- Keys ---------------------------------------------------------------------------

-- A cached result for the node's key: row, outputs of an earlier run; or nil, outputs, position
-- of a node of this plan; or nothing, with the reason kept.
local function find_result(self, node, spec)
  local i = node[POSITION]
  local key = self.keys[i]
  if not self.use_cache then self.reasons[i] = "the cache is off" return end
  if spec.cacheable == false then self.reasons[i] = spec.why return end
  local other = self.by_key[key]
  if other then return nil, self.outputs[other], other end
  if self.forced and self.forced[i] then self.reasons[i] = "requested by --from" return end
  local row, outputs = self.world.lookup(key, node)
  if not row then self.reasons[i] = outputs return end
  return row, outputs
end

local function make_ready(self, i)
  self.statuses[i] = READY
  self.ready[#self.ready + 1] = i
end
Plan.make_ready = make_ready

-- The node is run, to fail with the message.
function Plan:fail_when_run(i, message)
  self.known_errors[i] = message
  self.keys[i] = make_key("broken", message, NONE)
  make_ready(self, i)
end

local function settle_hit(self, i, row, outputs, same_key)
  self.statuses[i], self.rows[i], self.outputs[i], self.same_key[i] = CACHED, row, outputs, same_key
  self.n_hits = self.n_hits + 1
end

local function key_of(self, node, spec)
  local step, list = node[STEP], node[INPUTS]
  local n = #list
  local digests
  if n == 0 then digests = NONE
  elseif n == 1 then digests = digest_of_input(self, list[1], step.inputs[1])
  else
    digests = {}
    for k = 1, n do digests[k] = digest_of_input(self, list[k], step.inputs[k]) end
  end
  return make_key(spec.prefix, node[PARAMS], digests)
end

-- All sources of the node are settled: makes its key, unless it is given, and looks it up.  Returns
-- whether the node is settled.
local function resolve(self, node, key)
  local i, dynamic = node[POSITION], self.dynamic
  if dynamic and dynamic.resolve(self, node) then return is_settled(self, i) end
  local spec = self.world.spec(node)
  self.keys[i] = key or key_of(self, node, spec)
  local row, outputs, same_key = find_result(self, node, spec)
  if row or same_key then
    settle_hit(self, i, row, outputs, same_key)
    if self.is_made then
      self.n_cut_off, self.cut_off[i] = self.n_cut_off + 1, true
      self.late[#self.late + 1] = i
    end
    return true
  end
  if self.selected and not self.selected[i] then
    self.statuses[i] = SKIPPED
    return false
  end
  make_ready(self, i)
  return false
end
Plan.resolve = resolve

-- The positions in a table of waiters that wait for node i, which are taken out.
local function take_waiters(waiters, i)
  local list = waiters[i]
  waiters[i] = nil
  return type(list) == "number" and { list } or list or NONE
end

-- Each node of the list has one source less to wait for; those that this settles join the queue.
local function advance(self, list, queue)
  for k = 1, #list do
    local j = list[k]
    local left = self.n_missing[j] - 1
    self.n_missing[j] = left
    if left == 0 and self.statuses[j] == WAITING then
      if resolve(self, self.graph.nodes[j]) then queue[#queue + 1] = j end
      if self.items[j] then advance(self, take_waiters(self.expansion_waiters, j), queue) end
    end
  end
end

-- Node i is settled: looks up the nodes that waited for it, and those that waited for hits among them.
local function wake(self, i)
  local queue, at = { i }, 1
  while queue[at] do
    local j = queue[at]
    advance(self, take_waiters(self.waiters, j), queue)
    if self.skip_reasons[j] then advance(self, take_waiters(self.expansion_waiters, j), queue) end
    at = at + 1
  end
end

-- A plan in which nothing is known yet.
local function blank(g, world, options)
  return setmetatable({
    graph = g, world = world, use_cache = options.cache ~= false, selected = options.selected, forced = options.forced,
    -- by position
    statuses = {}, keys = {}, outputs = {}, rows = {}, same_key = {}, reasons = {}, skip_reasons = {},
    known_errors = {}, cut_off = {}, items = {}, chosen = {},
    waiters = {}, expansion_waiters = {}, n_missing = {}, claimed = {}, queued = {},
    -- by key: the position whose result others may take, whether that read outside, the position that runs
    by_key = {}, read_outside = {}, running = {},
    -- lists of positions
    ready = {}, next_ready = 1, late = {}, elsewhere = {}, expanded = {}, skips = {}, n_reported_skips = 0,
    retried = {}, n_hits = 0, n_cut_off = 0, n_virtual = 0, is_made = false,
  }, Plan)
end

local function mark_waiting(self)
  for i = 1, #self.graph.nodes do self.statuses[i] = WAITING end
  return self
end

-- Makes the first plan.
---@param g Graph  one that depends on data is copied, and the copy grows
---@param world PlanWorld
---@param options { cache: boolean?, selected: table<integer, true>?, forced: table<integer, true>? }  positions of
---    the steps that may run, of steps that are not looked up
---@return Plan
function plan.new(g, world, options)
  local dynamic = g.dynamic and require "rille.plan.dynamic" or nil
  local self = blank(dynamic and dynamic.growing(g) or g, world, options)
  self.dynamic = dynamic
  if world.begin then world.begin(self) end
  if world.records and self.use_cache and not (dynamic or self.selected or self.forced) then
    first_look.in_columns(self)
  else
    first_look.at_each(mark_waiting(self))
  end
  self.is_made = true
  return self
end

-- A plan in which every node waits: for a drawing of the wiring alone.
---@param g Graph
---@return Plan
function plan.of_wiring(g) return mark_waiting(blank(g, {}, {})) end

-- Running ------------------------------------------------------------------------

-- Is there a node to take?
function Plan:is_ready() return self.ready[self.next_ready] ~= nil end

-- Whether node i may run now.  While another node with the same key runs it is queued, to become
-- ready again when that one has ended.
local function acquire_key(self, i, key)
  local first = self.running[key]
  if not first then
    self.running[key] = i
    return true
  elseif first == i then
    return true
  end
  local list = self.queued[first]
  if list then list[#list + 1] = i else self.queued[first] = { i } end
  return false
end

-- Node i runs no more: the nodes with its key are ready.
local function release_key(self, i)
  local key = self.keys[i]
  if self.running[key] ~= i then return end
  self.running[key] = nil
  for _, j in ipairs(self.queued[i] or NONE) do self.ready[#self.ready + 1] = j end
  self.queued[i] = nil
end

-- A hit that was none when the plan was made.
local function settle_late_hit(self, i, row, outputs, same_key)
  settle_hit(self, i, row, outputs, same_key)
  self.late[#self.late + 1] = i
  wake(self, i)
end

-- Whether this process runs node i; else another process does, or has.
local function claim(self, i, key)
  if not self.world.claim or self.claimed[i] then return true end
  local answer, row, outputs = self.world.claim(i, key, self.graph.nodes[i])
  if answer == "mine" then
    self.claimed[i] = true
  elseif answer == "hit" then
    release_key(self, i)
    settle_late_hit(self, i, row, outputs)
  elseif answer == "deadlock" then
    -- it is run, to fail with the reason
    self.known_errors[i], self.claimed[i] = row, true
    return true
  else
    self.elsewhere[#self.elsewhere + 1] = i
  end
  return answer == "mine"
end

-- Asks again for the nodes whose keys other processes are computing.
function Plan:poll_elsewhere()
  local list = self.elsewhere
  self.elsewhere = {}
  for _, i in ipairs(list) do
    if claim(self, i, self.keys[i]) then self.ready[#self.ready + 1] = i end
  end
end

-- The next node to run, or nil when none is ready.  A node whose key another one has made
-- meanwhile is settled instead.
---@return integer? position
function Plan:take()
  while true do
    local i = self.ready[self.next_ready]
    if not i then return nil end
    self.ready[self.next_ready] = false
    self.next_ready = self.next_ready + 1
    local key = self.use_cache and self.world.spec(self.graph.nodes[i]).cacheable ~= false and self.keys[i]
    local other = key and self.by_key[key]
    if other then
      settle_late_hit(self, i, nil, self.outputs[other], other)
    elseif not key or acquire_key(self, i, key) and claim(self, i, key) then
      self.statuses[i] = RUNNING
      return i
    end
  end
end

-- Node i ran.
---@param i integer position
---@param outputs string  the digests of what it made
---@param reusable boolean  nodes with the same key may take the result
---@param reads any  true when it read something outside
---@param reached boolean?  it may have changed what others read outside
function Plan:finish(i, outputs, reusable, reads, reached)
  local key = self.keys[i]
  self.statuses[i], self.outputs[i] = COMPLETED, outputs
  if reached then
    for other in next, self.read_outside do self.by_key[other], self.read_outside[other] = nil, nil end
  end
  if reusable then
    self.by_key[key] = i
    if reads then self.read_outside[key] = true end
  end
  release_key(self, i)
  wake(self, i)
end

-- Node i could not load the artifact with this digest: see recover.lua.
---@param i integer position
---@param digest string
---@param reason string  for which the hits run again
---@return integer[]? positions of these hits; nil: nothing can be done
function Plan:recover(i, digest, reason)
  local undone, n_missing = require("rille.plan.recover").sources(self, i, digest, reason)
  if not undone then return nil end
  release_key(self, i)
  if n_missing > 0 then self.statuses[i], self.n_missing[i] = WAITING, n_missing
  else make_ready(self, i) end
  return undone
end

-- Node i failed: what needs it is skipped.
---@return integer[] positions that are skipped
function Plan:fail(i)
  self.statuses[i] = FAILED
  release_key(self, i)
  local skipped, queue, at = {}, { i }, 1
  local function drop(list)
    for _, j in ipairs(list) do
      if self.statuses[j] == WAITING then
        -- a map fails with its items
        self.statuses[j] = self.items[j] and FAILED or SKIPPED
        if not self.items[j] then skipped[#skipped + 1] = j end
        queue[#queue + 1] = j
      end
    end
  end
  while queue[at] do
    drop(take_waiters(self.waiters, queue[at]))
    drop(take_waiters(self.expansion_waiters, queue[at]))
    at = at + 1
  end
  return skipped
end

return plan
