-- worker_shutdown: a process that does the work of steps: what SIGTERM does to it, and the end of
-- what its steps start and leave running.
--
--   local work = worker_shutdown.start(channel)       once, in a child of worker_process.fork
--   local held <close> = work:begin()              from here on SIGTERM waits for the kill delay
--   local text = work:finish()                     what the step left running has ended: a sentence about it, or
--       nil.  It does not return in a process that was asked to end
--
-- In other processes (a library, tests) there is no such work, and the functions do nothing.

local left_processes = require "rille.execute.left_processes"
local worker_process = require "rille.host.worker_process"

local worker_shutdown = {}

local PAUSE <const> = 0.01      -- seconds

local Work = {}
Work.__index = Work

function Work:begin()
  self.left = nil
  return worker_process.phase "held"
end

-- Ends what was started and left running (host/os/cleanup.h).
---@param drain fun()? called while they end
function Work:end_left(drain)
  if not self.channel:has_descendants() then return end
  -- the supervisor signals them when it was asked to end all
  local cleanup <close> = self.channel:cleanup(not worker_process.was_terminated())
  while cleanup:poll() do
    if drain then drain() end
    assert(worker_process.wait({}, PAUSE))
  end
  local n, names = cleanup:names()
  if n == 0 or worker_process.was_terminated() then return end
  self.left = (self.left and self.left .. "; " or "") .. left_processes.text(n, names)
end

function Work:finish()
  local asked = worker_process.was_terminated()
  -- closes pipes that are garbage: their programs then finish what they were given
  if asked or self.channel:has_descendants() then collectgarbage() end
  self:end_left()
  -- nothing that the step says counts, for what it started may have been killed while it worked
  if asked then worker_process.exit_by_term() end
  return self.left
end

local work                  -- of this process

---@param channel table
function worker_shutdown.start(channel)
  work = setmetatable({ channel = channel }, Work)
  return work
end

-- What SIGTERM does to this process until the returned value is closed; nil in a process without steps.
---@param phase "held"|"body"
function worker_shutdown.hold(phase) return work and worker_process.phase(phase) end

-- Was this process asked to end?
---@return boolean
function worker_shutdown.was_asked_to_end() return work ~= nil and worker_process.was_terminated() end

-- Ends what the step has left running; false in a process without steps.
---@param drain fun()? called while they end
---@return boolean
function worker_shutdown.end_left(drain)
  if not work then return false end
  work:end_left(drain)
  return true
end

return worker_shutdown
