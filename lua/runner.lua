-- runner: where steps run.  A runner takes requests and gives answers (their
-- shapes: lua/work.lua) and knows nothing else of the plan.

local work = require "rille.work"

local runner = {}

-- In this process, one at a time.
---@param env table see work.lua
function runner.inline(env)
  local waiting
  return {
    room = 1,
    submit = function(_, request) waiting = request end,
    next = function()
      local request = waiting
      waiting = nil
      return request and work.run(request, env)
    end,
  }
end

return runner
