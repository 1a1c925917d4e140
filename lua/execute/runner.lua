-- runner: where steps run.  A runner takes requests and gives answers (their
-- shapes: lua/execute/task.lua) and knows nothing else of the plan:
--     { isolated,                     no step sees what another did to the script's state
--       free(self, i, alone) -> "idle" | "behind" | nil     may step i be given to it?
--       busy(self) -> n               how many it is at
--       whose(self, i) -> keeper, behind, single     at which worker step i is: the process
--           above it, whether it waits there behind another, whether there is no other
--       submit(self, request)         with timeout, memory, alone when they are kept
--       next(self, seconds) -> answer | nil: not yet
--       stop(self, at_once)           what runs answers that it was stopped
--       dismiss(self), close(self) }  nothing more is to come; wait for its end

local worker_process = require "rille.host.worker_process"
local task = require "rille.execute.task"

local runner = {}

-- In this process, one at a time.
---@param env table see task.lua
function runner.inline(env)
  local waiting
  return {
    free = function() return not waiting and "idle" or nil end,
    whose = function() end,
    busy = function() return waiting and 1 or 0 end,
    submit = function(_, request) waiting = request end,
    next = function(_, seconds)
      local request = waiting
      waiting = nil
      if request then return task.run(request, env) end
      worker_process.wait({}, seconds)
    end,
    stop = function() end,
    dismiss = function() end,
    close = function() end,
  }
end

-- In forked workers: messages are bytes, objects go through the store, the child
-- never sees the metadata.
---@param env table see pool.lua
---@param jobs integer?
function runner.forked(env, jobs) return require("rille.execute.worker_pool").new(env, jobs or 1) end

return runner
