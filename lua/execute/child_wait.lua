-- child_wait: waits for a forked child and passes signals on to it meanwhile.
--
--   child_wait.receive(channel, on_signal) -> bytes | nil, message, code     as channel:receive
-- on_signal(level, signal) is called about ten times a second once a signal has come; level is
-- what that asks for (below).

local worker_process = require "rille.host.worker_process"
local signals = require "rille.project.signals"

local child_wait = {}

-- What signals ask for (host/program_signals.c).
child_wait.FINISH, child_wait.END, child_wait.KILL = 1, 2, 3
-- Seconds between SIGTERM and SIGKILL.
child_wait.KILL_DELAY = 2

local INTERVAL <const> = 0.1    -- seconds between two looks for signals
local PAUSE <const> = 0.01

local function check_signals(on_signal)
  local signal, level = signals.received()
  if signal then on_signal(level, signal) end
end

---@param channel table
---@param on_signal fun(level: integer, signal: integer)
---@return string? bytes, string? message, integer? code
function child_wait.receive(channel, on_signal)
  while not channel:ready(INTERVAL) do check_signals(on_signal) end
  local bytes, message, code = channel:receive()
  if bytes then return bytes end
  -- it has ended; what it started is given time to end
  while not channel:has_ended() do
    check_signals(on_signal)
    assert(worker_process.wait({}, PAUSE))
  end
  return nil, message, code
end

-- on_signal for a child that does the work of a step: the first signal lets it finish or terminates
-- it, as asked; further ones terminate and kill it.
---@param channel table
---@return fun(level: integer)
function child_wait.step_signals(channel)
  local done = child_wait.FINISH
  return function(level)
    if level <= done then return end
    done = level
    channel:kill(level >= child_wait.KILL and "kill child last" or "terminate")
  end
end

-- on_signal for a child whose result nobody wants once a signal has come: every signal ends it.
---@param channel table
---@return fun(level: integer)
function child_wait.ending_signals(channel)
  local on_signal = child_wait.step_signals(channel)
  return function(level) on_signal(math.max(level, child_wait.END)) end
end

-- on_signal for a child that has the program's own handlers: it gets the signals that this process
-- gets.
---@param channel table
---@return fun(level: integer, signal: integer)
function child_wait.passed_signals(channel)
  local passed = 0
  return function(level, signal)
    -- one signal may ask for two levels more than the last
    local to = signal == 2 and level == child_wait.FINISH and "pass int" or "pass term"
    while passed < level do
      channel:kill(to)
      passed = to == "pass term" and math.max(passed + 1, child_wait.END) or passed + 1
    end
  end
end

return child_wait
