-- run_failed: the error of a failed run: .message, .run (its name), .no_room (the system or the disk had no room
-- left, so the same run may succeed later).

local run_failed = {}

-- Its metatable, rille.RunFailed.
run_failed.RunFailed = { __name = "failed run", __tostring = function(self) return self.message end }

---@param result table of run.graph
---@param message string
function run_failed.new(result, message)
  return setmetatable({ message = message, run = result.name, no_room = result.failed.answer.no_room },
    run_failed.RunFailed)
end

return run_failed
