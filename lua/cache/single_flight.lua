-- single_flight: when two processes need the same cache key, one runs the step and the other
-- waits for its result.
--
-- single_flight.join makes a run take part: its plan asks for keys (claim), the ends of its
-- steps are noted, and what is due is committed between its steps (world.commit_due).
-- A key is held from before its step begins until its result is committed; the kernel drops the
-- keys of a process that died.  A process that waits makes a request: whoever holds results that
-- are not committed then commits them at once.
--
-- A wait that can have no end is an error of the step (deadlock.lua).

local graph = require "rille.graph"
local lookup = require "rille.cache.lookup"
local project = require "rille.project"
local sys = require "rille.host.sys"

local single_flight = {}

local MOST <const> = 256            -- ended keys that are held: the kernel walks a list of them
local INTERVAL <const> = 0.1        -- seconds between two looks for requests of others
local REPORT_AFTER <const> = 0.25   -- seconds of waiting after which the user is told

---@class KeyWait  of a node whose key another process holds
---@field key string
---@field pid integer      of that process, 0: not known
---@field since number
---@field request integer  how many requests there were when the wait began
---@field is_reported boolean?
---@field run table?       { name, started } of that process, of run_pid

---@class SingleFlight
---@field locks table      see rille.host.key_lock
---@field held table<integer, string>  keys of running nodes by position
---@field ended string[]   keys whose steps have ended and whose results are not committed
---@field waiting table<integer, KeyWait>  by position
---@field requests_seen integer      requests of others before the last commit
---@field requests_answered integer  requests that deadlock.lua has answered
---@field commits_seen integer       commits of others whose results this run knows
local SingleFlight = { __name = "single flight" }
SingleFlight.__index = SingleFlight

-- The run of a process, { name, started }, or nil.
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
-- has_waited: a process had the key, and may have died just after its commit.
local function look_again(self, key, node, has_waited)
  if not has_waited and self.locks:commits() == self.commits_seen then return nil end
  if not self.lookup then
    local records = lookup.records_for(function() return 1 end)
    self.lookup = lookup.new(records, self.files, self.value_checks, self.store_id)
  end
  return self.lookup(key, node)
end

local function report_wait(self, position, pid)
  local wait = self.waiting[position]
  if wait.is_reported or sys.mono() - wait.since < REPORT_AFTER then return end
  wait.is_reported = true
  local run = pid ~= 0 and run_of(pid)
  local process = pid ~= 0 and "process " .. pid or "another process"
  local other = run and string.format("run %s, process %d", run.name, pid) or process
  self.emit("note", position, string.format("waiting for %s, which is running the same step", other))
end

-- The node waits for another process: tells that, and the user; returns why the wait has no end, or nil.
local function wait_for(self, position, key, pid)
  local wait = self.waiting[position]
  self.locks:request()
  if not wait then
    wait = { since = sys.mono(), request = self.locks:requests() }
    self.waiting[position] = wait
  end
  wait.key, wait.pid = key, pid
  report_wait(self, position, pid)
  if not wait.is_reported then return nil end
  if wait.run_pid ~= pid then wait.run_pid, wait.run = pid, run_of(pid) end
  return require("rille.cache.deadlock").check(wait, wait.run)
end

-- May the node run here?  "mine"; "wait": another process has its key, ask again; "hit", row,
-- outputs: another process has committed the result; "deadlock", why.
---@param position integer
---@param key string
---@param node Node
function SingleFlight:claim(position, key, node)
  local is_acquired, pid = need(self.locks:acquire(key))
  if not is_acquired then
    local why = wait_for(self, position, key, pid)
    if not why then return "wait" end
    self.waiting[position] = nil
    return "deadlock", why
  end
  local has_waited = self.waiting[position] ~= nil
  self.waiting[position] = nil
  local row, outputs = look_again(self, key, node, has_waited)
  if row then
    need(self.locks:release(key))
    return "hit", row, outputs
  end
  if not self.has_begun then
    self.has_begun = true
    if sys.read_file "/proc/thread-self/children" ~= "" then require("rille.cache.deadlock").publish_children(self) end
  end
  self.held[position] = key
  return "mine"
end

-- The step of the node has ended; commit() makes its result durable for others.
---@param position integer
---@param commit fun()
function SingleFlight:step_ended(position, commit)
  local key = self.held[position]
  if not key then return end
  self.held[position] = nil
  self.ended[#self.ended + 1] = key
  if #self.ended >= MOST or self.locks:requests() ~= self.requests_seen then commit() end
end

-- All results so far are committed: their keys are released.
function SingleFlight:committed()
  self.requests_seen = self.locks:requests()
  if not self.ended[1] then return end
  -- counted before the release: whoever then gets a key looks for its result only after a new commit
  self.locks:committed()
  -- this run knows its own results: it looks only for those of others
  self.commits_seen = self.commits_seen + 1
  for _, key in ipairs(self.ended) do need(self.locks:release(key)) end
  self.ended = {}
end

-- Commits for processes that wait.
---@param is_idle boolean  this run only waits for others, who may wait for it
---@param commit fun()
---@return number? seconds until it is to be called again; nil: nothing is to be committed
function SingleFlight:poll(is_idle, commit)
  -- a process that waits may want to know whether that has an end
  if self.locks:requests() ~= self.requests_answered then
    require("rille.cache.deadlock").publish(self, self.worker_of)
  end
  if not self.ended[1] then return nil end
  if is_idle or self.locks:requests() ~= self.requests_seen then
    commit()
    return nil
  end
  return INTERVAL
end

function SingleFlight:close() self.locks:close() end
SingleFlight.__close = SingleFlight.close

-- The newest step run that is committed.
local function newest_step_run() return project.meta and project.meta:newest_step_run() or 0 end

---@param newest integer
---@param emit fun(event: string, position: integer, text: string)
---@return SingleFlight
local function open(newest, emit)
  local locks = need(require("rille.host.key_lock").open(project.dir))
  local requests, commits = locks:requests(), locks:commits()
  return setmetatable({ locks = locks, emit = emit, held = {}, ended = {}, waiting = {},
    requests_seen = requests, requests_answered = requests,
    -- results that came between the plan and now are looked for, too
    commits_seen = newest_step_run() == newest and commits or commits - 1 }, SingleFlight)
end

local ENDS <const> = { step_end = true, step_failed = true, step_stopped = true }

-- Joins a run: execute's world and the plan's world get the functions that take part.
---@param world table  see lua/execute/execute.lua
---@param plan Plan
---@param recorder table
---@param newest integer  the newest step run that was committed before the plan was made
---@param emit fun(event: string, position: integer, text: string)  for notes
---@return SingleFlight  call committed() after the end, and close it
function single_flight.join(world, plan, recorder, newest, emit)
  local self = open(newest, emit)
  self.files, self.value_checks, self.store_id = plan.files, plan.value_checks, plan.store_id
  self.run = recorder.run.name
  self.step_of = function(position) return plan.graph.nodes[position][graph.ID] end
  self.worker_of = function(position) return world.runner:worker_of(position) end
  local function commit()
    recorder:commit()
    self:committed()
  end
  -- where nobody waits, too, results are committed after a while
  world.commit_due = function(is_idle)
    local again, due = self:poll(is_idle, commit), recorder:due()
    if due and due <= 0 then return commit() end
    return again and due and math.min(again, due) or again or due
  end
  local emit_event = world.emit
  world.emit = function(event, position, data, more)
    emit_event(event, position, data, more)
    if not ENDS[event] then return end
    self:step_ended(position, commit)
    -- the recorder commits by itself when its batch is full
    if recorder:is_written() then self:committed() end
  end
  plan.world.claim = function(position, key, node) return self:claim(position, key, node) end
  return self
end

return single_flight
