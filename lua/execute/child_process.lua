-- child_process: waiting for a forked child, and heeding signals meanwhile.
--
--   child.receive(channel, look) -> bytes | nil, message, code     as channel:receive
-- look(level, signal) is called about ten times a second once a signal has come; level
-- is what it asks for (below).  It says what becomes of the child: channel:kill
-- "pass int" hands the signal on, "terminate" asks the child and all that it started to
-- end, "kill child last" kills them.
--
-- In a process that does the work of steps (a worker of worker_process.fork):
--   local work = child.working(channel)
--   local held <close> = work:begin()      from here on SIGTERM leaves it its grace
--   local text = work:finish()             what the step left running has ended; a sentence
--       about it, or nil.  It does not return in a process that was asked to end

local worker_process = require "rille.host.worker_process"
local signals = require "rille.project.signals"

-- What signals ask for (host/program_signals.c).
local child_process = { FINISH = 1, END = 2, KILL = 3, GRACE = 2 }      -- seconds between SIGTERM and SIGKILL

local LOOK <const> = 0.1
local WAIT <const> = 0.01

local function heed(look)
  local signal, level = signals.received()
  if signal then look(level, signal) end
end

---@param channel table
---@param look fun(level: integer, signal: integer)
function child_process.receive(channel, look)
  while not channel:ready(LOOK) do heed(look) end
  local bytes, message, code = channel:receive()
  if bytes then return bytes end
  -- it has ended, and what it started has its grace
  while not channel:has_ended() do
    heed(look)
    assert(worker_process.wait({}, WAIT))
  end
  return nil, message, code
end

-- A look for a child that does the work of a step: one signal lets it finish or leaves
-- it its grace, as asked, more of them end and kill it.
---@param channel table
function child_process.as_step(channel)
  local did = child_process.FINISH
  return function(level)
    if level <= did then return end
    did = level
    channel:kill(level >= child_process.KILL and "kill child last" or "terminate")
  end
end

-- A look for a child that nobody waits for when a signal has come.
---@param channel table
function child_process.ending(channel)
  local look = child_process.as_step(channel)
  return function(level) look(math.max(level, child_process.END)) end
end

-- A look for a child that has the program's handlers, too: it gets what we get.
---@param channel table
function child_process.passing(channel)
  local passed = 0
  return function(level, signal)
    -- a signal may have asked for more than the one after the last
    local to = signal == 2 and level == child_process.FINISH and "pass int" or "pass term"
    while passed < level do
      channel:kill(to)
      passed = to == "pass term" and math.max(passed + 1, child_process.END) or passed + 1
    end
  end
end

local LONGEST <const> = 72         -- bytes of a name in a note

-- How a process was called, short, and without what lua/shell/strict_mode.lua gives bash before a text
-- and around the parts of its pipelines.
---@param name string
function child_process.short(name)
  local text = name:match '^/bin/bash %-e %-o pipefail %-c .-eval "%$rille_text" bash %S* ?(.*)$'
  if text then
    local plain, parts = text:gsub(" %( rille_part && :; %( ", "")
    text = plain:gsub(" %) %) ", "", parts)
  end
  name = text and "bash -c " .. text or name:gsub("^/bin/bash %-e %-o pipefail %-c ", "bash -c ")
  if #name <= LONGEST then return name end
  return name:sub(1, LONGEST - 3):gsub("[\xc0-\xff][\x80-\xbf]*$", "") .. "..."
end

-- "2 processes were still running when the step ended and were stopped: sleep 100, ..."
---@param n integer
---@param names string[] of the first of them
function child_process.left_text(n, names)
  local shown = {}
  for i, name in ipairs(names) do shown[i] = child_process.short(name) end
  local more = n > #names and #names > 0 and string.format(" and %d more", n - #names) or ""
  return string.format("%d %s still running when the step ended and %s stopped%s", n, n == 1 and "process was" or "processes were", n == 1 and "was" or "were",
    #names > 0 and ": " .. table.concat(shown, ", ") .. more or "")
end

local Work = {}
Work.__index = Work

function Work:begin()
  self.left = nil
  return worker_process.phase "held"
end

-- The end of what was started and left running (host/os/cleanup.h); drain() is called while
-- they end.
---@param drain fun()?
function Work:end_left(drain)
  if not self.channel:has_descendants() then return end
  -- the supervisor signals them when it was asked to end all
  local cleanup <close> = self.channel:cleanup(not worker_process.was_terminated())
  while cleanup:poll() do
    if drain then drain() end
    assert(worker_process.wait({}, WAIT))
  end
  local n, names = cleanup:names()
  if n == 0 or worker_process.was_terminated() then return end
  self.left = (self.left and self.left .. "; " or "") .. child_process.left_text(n, names)
end

function Work:finish()
  local asked = worker_process.was_terminated()
  -- a pipe that nobody holds any more is closed: its program finishes what it was given
  if asked or self.channel:has_descendants() then collectgarbage() end
  self:end_left()
  -- nothing that the step says counts, for what it started may have been cut short
  if asked then worker_process.exit_by_term() end
  return self.left
end

local work                  -- of this process, when it does the work of steps

---@param channel table
function child_process.working(channel)
  work = setmetatable({ channel = channel }, Work)
  return work
end

-- What SIGTERM does to a process that does the work of steps, until the returned value is closed; nil in others.
---@param phase "held"|"body"
function child_process.hold(phase) return work and worker_process.phase(phase) end

-- Was a process that does the work of steps asked to end?
---@return boolean
function child_process.asked() return work ~= nil and worker_process.was_terminated() end

-- Ends what the step has left running; false where this process does not do the work of steps.
---@param drain fun()? called while they end
---@return boolean
function child_process.end_left(drain)
  if not work then return false end
  work:end_left(drain)
  return true
end

return child_process
