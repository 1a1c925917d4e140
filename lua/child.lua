-- child: waiting for a forked child, and heeding signals meanwhile.
--
--   child.receive(channel, look) -> bytes | nil, message, code     as channel:receive
-- look(signal, times) is called about ten times a second once a signal has come; it
-- says what becomes of the child: channel:kill "pass int" hands the signal on,
-- "term" asks the child and all that it started to end, "kill" kills them.

local session = require "rille.session"
local sys = require "rille.host.sys"

local child = { SIGINT = 2, SIGTERM = 15, GRACE = 2 }   -- seconds between SIGTERM and SIGKILL

local LOOK <const> = 0.1

---@param channel table
---@param look fun(signal: integer, times: integer)
function child.receive(channel, look)
  while not channel:ready(LOOK) do
    local signal, times
    if session.interrupted then signal, times = session.interrupted() end
    if signal then look(signal, times) end
  end
  return channel:receive()
end

-- A look for a child that does the work of a step: SIGINT lets it finish, SIGTERM
-- leaves it its grace, a second signal kills it.
---@param channel table
function child.as_step(channel)
  local kill_at
  return function(signal, times)
    if times > 1 or kill_at and sys.mono() >= kill_at then
      channel:kill "kill"
    elseif signal == child.SIGTERM and not kill_at then
      kill_at = sys.mono() + child.GRACE
      channel:kill "term"
    end
  end
end

-- A look for a child that has the program's handlers, too: it gets what we get.
---@param channel table
function child.passing(channel)
  local passed = 0
  return function(signal, times)
    if times > passed then channel:kill(signal == child.SIGTERM and "pass term" or "pass int") end
    passed = times
  end
end

return child
