-- signals: what SIGINT and SIGTERM ask of this process.
--
-- The handlers are those of the program (host/program_signals.c).  In a library, whose signals belong to its host,
-- nothing is ever received.

local signals = {}

local handler               -- the function that the program gives to lua/main.lua; nil in a library
local phase = "idle"

---@param f fun(how: string?, lines: integer?): integer?, integer?, integer?
function signals.connect(f) handler = f end

-- Does this process handle its signals itself?
---@return boolean
function signals.are_handled() return handler ~= nil end

-- A worker does not look at signals: its parent does.
function signals.ignore()
  handler = function() end
end

-- The number of a signal that asked to stop, what it asks for (child_process.FINISH ...), and how often the
-- process was continued after a stop; nil when none came.
---@return integer? signal, integer? level, integer? continued
function signals.received()
  if handler then return handler() end
end

-- Says what a signal has to wait for from now on, until the returned value is closed.
---@param what "quiet"|"idle"|"step"|"workers"|"child"|"serve"
function signals.waiting_for(what)
  local before = phase
  local function set(now)
    phase = now
    if handler then handler(now) end
  end
  set(what)
  return setmetatable({}, { __close = function() set(before) end })
end

-- Tells the handler how many lines of a live region are on the terminal; -1: there is none.
---@param lines integer
function signals.live_region(lines) handler(nil, lines) end

return signals
