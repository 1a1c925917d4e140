-- running: the context of the step or hook whose code runs in this process now.
--
-- lua/execute/ sets it; every room may ask.  A worker process has its own.

local running = {}

-- [1] is the context; C reads it (host/graph/step_calllib.c).
local held = {}
running.held = held

-- Code of a script begins to run with this context.
---@param context table see lua/execute/context.lua
function running.enter(context) held[1] = context end

-- That code has returned.
function running.leave() held[1] = nil end

---@return table? context nil where no step runs
function running.context() return held[1] end

---@return boolean
function running.is_step() return held[1] ~= nil end

return running
