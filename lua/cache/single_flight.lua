-- single_flight: a key that two processes want is made by one of them; the other waits and
-- takes the result.
--
-- flight.join(world, ...) makes a run take part: its plan asks (claim), what it tells
-- of is heard (ended), and what is due is committed between its steps (world.heed).
-- A key is held from before its step begins until its result is committed; the
-- kernel drops the keys of a process that died.  A process that waits rings: whoever
-- holds results that are not committed then commits them at once.
--
-- { flight, held = { [position] = key }, done = keys whose steps have ended,
--   waiting = { [position] = { key, pid, since, rung, told } } }
--
-- A wait that can have no end is an error of the step (lua/cache/deadlock.lua).

local lookup = require "rille.cache.lookup"
local graph = require "rille.graph"
local project = require "rille.project"
local sys = require "rille.host.sys"

local single_flight = {}

local MOST <const> = 256        -- keys held at most: the kernel walks a list of them
local HEED <const> = 0.1        -- seconds between two looks whether somebody waits
local PATIENCE <const> = 0.25   -- so much waiting is not worth telling

local Flight = { __name = "flight" }
Flight.__index = Flight

-- The newest step run that is committed.
function single_flight.newest()
  return project.meta and project.meta:newest_step_run() or 0
end

-- The run that a process is at, { name, started }, or nil.
local function run_of(pid)
  for _, row in ipairs(project.meta:running_runs() or {}) do
    local text = row.id:find "^%x+$" and sys.read_file(project.run_file(row.id, ".lock"))
    if text and math.tointeger(tonumber(text:match "^%d+")) == pid then return row end
  end
end

local function need(value, message, code)
  if value == nil then project.fail(message, code) end
  return value, message
end

-- The result that another process committed after the plan was made, or nil.
-- waited: one was at it, and may have died just after its commit.
local function look_again(self, key, node, waited)
  if not waited and self.flight:commits() == self.seen then return nil end
  self.lookup = self.lookup or lookup.lookup(1, self.files, self.value_checks)
  return self.lookup(key, node)
end

local function tell(self, i, pid)
  local one = self.waiting[i]
  if one.told or sys.mono() - one.since < PATIENCE then return end
  one.told = true
  local run = pid ~= 0 and run_of(pid)
  self.emit("note", i, run and string.format("it waits for run %s, process %d, which runs the same step", run.name, pid)
    or string.format("it waits for %s, which runs the same step", pid ~= 0 and "process " .. pid or "another process"))
end

-- We wait for node i: tells others, and the user; returns why that has no end, or nil.
local function wait(self, i, key, pid)
  local one = self.waiting[i]
  self.flight:request()
  if not one then
    one = { since = sys.mono(), rung = self.flight:requests() }
    self.waiting[i] = one
  end
  one.key, one.pid = key, pid
  tell(self, i, pid)
  if not one.told then return nil end
  if one.of ~= pid then one.of, one.run = pid, run_of(pid) end
  return require("rille.cache.deadlock").look(self, one, one.run)
end

-- May node i run?  "mine", "wait" (another process is at its key; ask again),
-- "hit", row, outs, or "deadlock", why.
---@param i integer
---@param key string
---@param node table
function Flight:claim(i, key, node)
  local taken, pid = need(self.flight:acquire(key))
  if not taken then
    local why = wait(self, i, key, pid)
    if not why then return "wait" end
    self.waiting[i] = nil
    return "deadlock", why
  end
  local waited = self.waiting[i] ~= nil
  self.waiting[i] = nil
  local row, outs = look_again(self, key, node, waited)
  if row then
    need(self.flight:release(key))
    return "hit", row, outs
  end
  if not self.begun then
    self.begun = true
    if sys.read_file "/proc/thread-self/children" ~= "" then require("rille.cache.deadlock").begin(self) end
  end
  self.held[i] = key
  return "mine"
end

-- Node i has ended; commit() makes its result durable for others.
function Flight:ended(i, commit)
  local key = self.held[i]
  if not key then return end
  self.held[i] = nil
  self.done[#self.done + 1] = key
  if #self.done >= MOST or self.flight:requests() ~= self.heard then commit() end
end

-- All results so far are committed.
function Flight:committed()
  self.heard = self.flight:requests()
  if not self.done[1] then return end
  -- first: who gets a dropped key looks for its result only when something landed
  self.flight:committed()
  -- what lands here is known here: only that of others is looked for
  self.seen = self.seen + 1
  for _, key in ipairs(self.done) do need(self.flight:release(key)) end
  self.done = {}
end

-- Commits for those who wait; idle: we wait for others, who may wait for us.
-- Returns in how many seconds to ask again, or nil when there is nothing to commit.
function Flight:heed(idle, commit)
  -- somebody waits, and may ask whether that has an end
  if self.flight:requests() ~= self.answered then require("rille.cache.deadlock").tell(self, self.worker_of) end
  if not self.done[1] then return nil end
  if idle or self.flight:requests() ~= self.heard then
    commit()
    return nil
  end
  return HEED
end

function Flight:close() self.flight:close() end
Flight.__close = Flight.close

---@param newest integer
---@param emit function
---@return table
local function open(newest, emit)
  local opened = need(require("rille.host.key_lock").open(project.dir))
  local self = setmetatable({ flight = opened, emit = emit, held = {}, done = {}, waiting = {}, heard = opened:requests(), answered = opened:requests() }, Flight)
  -- results that came between the plan and now are looked for, too
  local commits = opened:commits()
  self.seen = single_flight.newest() == newest and commits or commits - 1
  return self
end

local ENDS <const> = { step_end = true, step_failed = true, step_stopped = true }

-- Joins a run: world (execute.lua) and the plan's get what they need.
---@param world table
---@param p table the plan
---@param recorder table
---@param newest integer single_flight.newest() from before the plan was made
---@param emit function for notes
---@return table keys to be told :committed() after the end, and closed
function single_flight.join(world, p, recorder, newest, emit)
  local self = open(newest, emit)
  self.files, self.value_checks, self.run = p.files, p.value_checks, recorder.run.name
  self.step_of = function(i) return p.graph.nodes[i][graph.ID] end
  self.worker_of = function(i) return world.runner:worker_of(i) end
  local function commit()
    recorder:commit()
    self:committed()
  end
  local tell = world.emit
  -- also where nobody waits: what has ended is committed in time
  world.heed = function(idle)
    local asks, due = self:heed(idle, commit), recorder:due()
    if due and due <= 0 then return commit() end
    return asks and due and math.min(asks, due) or asks or due
  end
  world.emit = function(event, i, extra, more)
    tell(event, i, extra, more)
    if not ENDS[event] then return end
    self:ended(i, commit)
    -- a batch was full
    if recorder:is_written() then self:committed() end
  end
  p.world.claim = function(i, key, node) return self:claim(i, key, node) end
  return self
end

return single_flight
