-- execute: takes ready steps from a plan, gives them to a runner, and tells what
-- happened, until nothing is left to do.  What a failure means is decided here:
-- another attempt, others skipped, the run's end.
--
-- A runner sees only messages (lua/execute/runner.lua; lua/execute/task.lua has their shape).
-- world is
--   runner, request(i) -> message, judge(answer), emit(event, position, ...)
--   stop_asked() -> "finish" | "end" | "kill" | false     what of running steps: they
--       finish, have their grace, or end at once
--   mode = what a failure means
--   needs(i) -> resources | nil                pool = { cpu, memory, gpu }
--   retries(i) -> { times, delay, backoff } | nil
--   hook(answer)                               after the last attempt
--   now() -> seconds                           of the clock that delays are kept by
--   heed(idle) -> seconds | nil                may be absent: commits what is due, as other
--       processes wait for it or for a second; when to ask again.  idle: we only wait for theirs
-- Events: step_begin, step_retry (answer, { attempt, times, delay }), step_end,
-- step_failed, step_stopped (all with the answer), step_skipped (position of the one
-- that failed), note (text), tick.  An answer's attempts are those before it.
-- Neither disk nor database here.

local schedule = require "rille.execute.schedule"

local execute = {}

local LOOK <const> = 0.01         -- seconds between two looks at what other processes make
local LOST <const> = "its output is missing from the store or damaged"

local function reached_outside(answer) return #(answer.writes or {}) + #(answer.impure or {}) > 0 end

local Execution = {}
Execution.__index = Execution

-- May steps begin still?
local function is_open(self)
  return self.status == "completed" or (self.status == "failed" and self.world.mode == "continue_on_failure")
end

local function is_waiting(self) return self.plan:is_ready() or self.schedule:waits() or self.delayed[1] ~= nil or self.plan.elsewhere[1] ~= nil end

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

-- Whether the step is to be tried again: then it is, after a delay.
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

-- No step begins any more: those that were to be tried again have failed.
local function give_up(self)
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
  local again = answer.lost and plan:recover(i, answer.lost, LOST)
  if again then
    for _, j in ipairs(again) do world.emit("note", j, "it runs again: " .. LOST) end
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

local function receive(self, seconds)
  local answer = self.world.runner:next(seconds)
  if not answer then return end
  self.running = self.running - 1
  self.schedule:finish(self.world.needs(answer.position))
  self.world.judge(answer)
  handle(self, answer)
end

-- Beginnings -------------------------------------------------------------------------

-- Those whose delay is over come before what is ready.
local function wake_delayed(self)
  local list = self.delayed
  while list[1] and list[1].at <= self.world.now() do self.schedule:again(table.remove(list, 1).position) end
end

local function begin(self, i)
  local world = self.world
  world.emit("step_begin", i)
  self.schedule:begin(world.needs(i))
  world.runner:submit(world.request(i))
  self.running = self.running + 1
end

local function begin_ready(self)
  if self.delayed[1] then wake_delayed(self) end
  while true do
    local i = self.schedule:pick(self.take, self.world)
    if not i then return end
    begin(self, i)
  end
end

local FORCE <const> = { finish = 0, ["end"] = 1, kill = 2 }

-- A stop that comes with the last step stops nothing, unless it ends what runs.
local function heed_stop(self)
  local asked = self.world.stop_asked()
  if not asked then return end
  if is_open(self) and is_waiting(self) then self.status = "stopped" end
  local force = FORCE[asked]
  if force > self.force then
    self.force = force
    self.world.runner:stop(force == FORCE.kill)
  end
end

-- How long to wait for an answer, in seconds, or nil: for any time.  abroad: other
-- processes are at steps of the plan.
local function patience(self, abroad)
  local world, soonest = self.world, self.delayed[1]
  local seconds = soonest and math.max(soonest.at - world.now(), 0)
  local heed = world.heed and world.heed(abroad and self.running == 0)
  if heed then seconds = math.min(seconds or heed, heed) end
  if abroad then seconds = math.min(seconds or LOOK, LOOK) end
  return seconds
end

-- Runs the plan; returns "completed", "failed" or "stopped".
---@param plan table
---@param world table see above
function execute.run(plan, world)
  local self = setmetatable({ plan = plan, world = world, status = "completed", running = 0, force = 0, delayed = {}, attempts = {},
    schedule = schedule.new(world.pool), take = function() return plan:take() end }, Execution)
  while true do
    heed_stop(self)
    if is_open(self) then begin_ready(self) else give_up(self) end
    local abroad = is_open(self) and plan.elsewhere[1] ~= nil
    if self.running == 0 and not self.delayed[1] and not abroad then return self.status end
    receive(self, patience(self, abroad))
    if abroad then plan:poll_elsewhere() end
    world.emit("tick")
  end
end

return execute
