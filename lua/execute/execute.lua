-- execute: takes ready steps from a plan, gives them to a runner and emits events, until nothing
-- is left to do.  What a failure means is decided here: another attempt, skipped steps, the
-- end of the run.
--
-- Events: step_begin, step_retry (answer, { attempt, times, delay }), step_end,
-- step_failed, step_stopped (all with the answer), step_skipped (position of the step
-- that failed), note (text), tick.  An answer's attempts are those before it.
-- No disk and no database here.

local schedule = require "rille.execute.schedule"

local execute = {}

---@class ExecuteWorld
---@field runner Runner
---@field request fun(position: integer): Request
---@field judge fun(answer: Answer)  decides whether the result may be reused; it may make a failure of it
---@field emit fun(event: string, position: integer?, ...)
---@field stop_asked fun(): "finish"|"end"|"kill"|false  running steps finish, are terminated, are killed
---@field mode "stop_on_failure"|"fail_fast"|"continue_on_failure"
---@field needs fun(position: integer): { cpu: integer?, memory: integer?, gpu: integer? }?  resources of a step
---@field pool { cpu: integer, memory: integer, gpu: integer }  resources of the run
---@field retries fun(position: integer): { times: integer, delay: number, backoff: number }?
---@field hook fun(answer: Answer)  after the last attempt
---@field now fun(): number  seconds of the clock that measures delays
---@field commit_due? fun(is_idle: boolean): number?  commits results that other processes wait for, or that are a
---    second old; seconds until the next call.  is_idle: this run only waits for other processes

local POLL <const> = 0.01         -- seconds between two looks at the steps that other processes run
local TICK <const> = 0.01         -- seconds between two ticks, at least
local LOST <const> = "its output is missing from the store, or damaged"

local NONE <const> = {}

local function reached_outside(answer) return #(answer.writes or NONE) + #(answer.impure or NONE) > 0 end

local Execution = {}
Execution.__index = Execution

-- May more steps begin?
local function is_open(self)
  return self.status == "completed" or (self.status == "failed" and self.world.mode == "continue_on_failure")
end

-- Are there steps that have not begun and could?
local function is_waiting(self)
  return self.plan:is_ready() or self.schedule:has_held() or self.delayed[1] ~= nil or self.plan.elsewhere[1] ~= nil
end

-- Failures ------------------------------------------------------------------------

local function fail(self, answer)
  local i, world = answer.position, self.world
  local skipped = self.plan:fail(i)
  world.emit("step_failed", i, answer)
  for _, j in ipairs(skipped) do world.emit("step_skipped", j, i) end
  if self.status == "completed" then self.status = "failed" end
  if world.mode == "fail_fast" then world.runner:stop(false) end
end

-- The answer with what came before it.
local function with_attempts(self, answer)
  local before = self.attempts[answer.position]
  self.attempts[answer.position] = nil
  if before and before[1] then answer.attempts = before end
  return answer
end

-- Has the step another attempt?  Then it begins after a delay.
local function retry(self, answer)
  local i, world = answer.position, self.world
  local retries = is_open(self) and world.retries(i)
  local before = self.attempts[i] or {}
  if not retries or #before >= retries.times then return false end
  before[#before + 1] = answer
  self.attempts[i] = before
  local delay = retries.delay * retries.backoff ^ (#before - 1)
  local list, at = self.delayed, world.now() + delay
  local k = #list + 1
  while k > 1 and list[k - 1].at > at do k = k - 1 end
  table.insert(list, k, { at = at, position = i, answer = answer })
  world.emit("step_retry", i, answer, { attempt = #before, times = retries.times, delay = delay })
  return true
end

-- No more steps begin: those that wait for another attempt have failed.
local function fail_delayed(self)
  local list = self.delayed
  self.delayed = {}
  for _, one in ipairs(list) do
    local answer = one.answer
    table.remove(self.attempts[one.position])
    self.world.hook(answer)
    fail(self, with_attempts(self, answer))
  end
end

-- Answers --------------------------------------------------------------------------

local function handle(self, answer)
  local plan, world, i = self.plan, self.world, answer.position
  local undone = answer.lost and plan:recover(i, answer.lost, LOST)
  if undone then
    for _, j in ipairs(undone) do world.emit("note", j, "it runs again: " .. LOST) end
    return
  end
  if answer.stopped then
    if self.status == "completed" then self.status = "stopped" end
    return world.emit("step_stopped", i, with_attempts(self, answer))
  end
  if not answer.ok and retry(self, answer) then return end
  world.hook(answer)
  if not answer.ok then return fail(self, with_attempts(self, answer)) end
  plan:finish(i, answer.output_digests, answer.reusable and not answer.named, answer.reads, reached_outside(answer))
  world.emit("step_end", i, with_attempts(self, answer))
end

-- Waits for an answer.  Those that came with it are handled, too, before more steps begin.
local function receive(self, seconds)
  local world, runner = self.world, self.world.runner
  local answer = runner:next(seconds)
  while answer do
    self.running = self.running - 1
    local needs = world.needs(answer.position)
    if needs then self.schedule:finish(needs) end
    world.judge(answer)
    handle(self, answer)
    answer = runner.next_here and runner:next_here()
  end
end

-- Beginnings -------------------------------------------------------------------------

-- Steps whose delay is over begin before others.
local function retry_delayed(self)
  local list = self.delayed
  while list[1] and list[1].at <= self.world.now() do self.schedule:retry(table.remove(list, 1).position) end
end

local function begin(self, i)
  local world = self.world
  world.emit("step_begin", i)
  local needs = world.needs(i)
  if needs then self.schedule:begin(needs) end
  world.runner:submit(world.request(i))
  self.running = self.running + 1
end

local function begin_ready(self)
  if self.delayed[1] then retry_delayed(self) end
  while true do
    local i = self.schedule:pick(self.take, self.world)
    if not i then return end
    begin(self, i)
  end
end

local FORCE <const> = { finish = 0, ["end"] = 1, kill = 2 }

-- A run whose last steps are running when a stop is asked for is not stopped, unless they are.
local function check_stop(self)
  local asked = self.world.stop_asked()
  if not asked then return end
  if is_open(self) and is_waiting(self) then self.status = "stopped" end
  local force = FORCE[asked]
  if force > self.force then
    self.force = force
    self.world.runner:stop(force == FORCE.kill)
  end
end

-- Seconds until something else than an answer is due, or nil.
---@param waits_elsewhere boolean  other processes run steps of the plan
local function time_until_due(self, waits_elsewhere)
  local world, soonest = self.world, self.delayed[1]
  local seconds = soonest and math.max(soonest.at - world.now(), 0)
  local commit = world.commit_due and world.commit_due(waits_elsewhere and self.running == 0)
  if commit then seconds = math.min(seconds or commit, commit) end
  if waits_elsewhere then seconds = math.min(seconds or POLL, POLL) end
  return seconds
end

-- Runs the plan.
---@param plan Plan
---@param world ExecuteWorld
---@return "completed"|"failed"|"stopped"
function execute.run(plan, world)
  local self = setmetatable({ plan = plan, world = world, status = "completed", running = 0, force = 0,
    ticked = world.now(), delayed = {}, attempts = {}, schedule = schedule.new(world.pool),
    take = function() return plan:take() end }, Execution)
  while true do
    check_stop(self)
    if is_open(self) then begin_ready(self) else fail_delayed(self) end
    local waits_elsewhere = is_open(self) and plan.elsewhere[1] ~= nil
    if self.running == 0 and not self.delayed[1] and not waits_elsewhere then return self.status end
    receive(self, time_until_due(self, waits_elsewhere))
    if waits_elsewhere then plan:poll_elsewhere() end
    local now = world.now()
    if now - self.ticked >= TICK then
      self.ticked = now
      world.emit("tick")
    end
  end
end

return execute
