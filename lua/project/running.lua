-- running: the context of the step or hook whose code runs in this process now.
--
-- lua/execute/ sets it; every room may ask.  A worker process has its own.

local running = {}

local current

-- Code of a script begins to run with this context.
---@param context table see lua/execute/context.lua
function running.enter(context) current = context end

-- That code has returned.
function running.leave() current = nil end

---@return table? context nil where no step runs
function running.context() return current end

---@return boolean
function running.is_step() return current ~= nil end

return running
