-- execute: takes ready steps from a plan, gives them to a runner, and tells what
-- happened, until nothing is left to do.
--
-- A runner is { submit(self, request), next(self) -> answer | nil, room } and
-- sees only messages (lua/work.lua has their shape).  emit(event, position, ...)
-- is told of every start and end; request(position) makes the message.
-- Neither disk nor database here.

local execute = {}

local LOST <const> = "its output is missing from the store or damaged"

local function reached_outside(answer) return #(answer.writes or {}) + #(answer.impure or {}) > 0 end

local function handle(world, plan, answer)
  local i = answer.position
  local again = answer.lost and plan:again(i, answer.lost, LOST)
  if again then
    for _, j in ipairs(again) do world.emit("note", j, "it runs again: " .. LOST) end
    return true
  end
  if answer.ok then
    plan:finish(i, answer.outs, answer.reusable and not answer.named, answer.reads, reached_outside(answer))
    world.emit("step_end", i, answer)
    return true
  end
  local skipped = plan:fail(i)
  world.emit("step_failed", i, answer)
  for _, j in ipairs(skipped) do world.emit("step_skipped", j, i) end
  return false
end

-- Runs the plan; returns "completed", "failed" or "stopped".
---@param plan table
---@param world table { runner, emit, request, judge, stop_asked, keep_going }
function execute.run(plan, world)
  local runner, status, running = world.runner, "completed", 0
  while true do
    local open = status == "completed" or (status == "failed" and world.keep_going)
    -- a stop that comes with the last step stops nothing
    if open and plan:is_ready() and world.stop_asked() then
      status, open = "stopped", false
    end
    while open and running < runner.room do
      local i = plan:take()
      if not i then break end
      world.emit("step_begin", i)
      runner:submit(world.request(i))
      running = running + 1
    end
    if running == 0 then return status end
    local answer = runner:next()
    running = running - 1
    world.judge(answer)
    if not handle(world, plan, answer) and status == "completed" then status = "failed" end
    world.emit("tick")
  end
end

return execute
