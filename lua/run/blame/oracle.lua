-- oracle: carries out mixtures of two runs, each in a process of its own, and remembers what they gave.

local child_wait = require "rille.execute.child_wait"
local errors = require "rille.base.errors"
local internal_error = require "rille.base.internal_error"
local mixture = require "rille.run.blame.mixture"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local value = require "rille.host.value"
local worker_process = require "rille.host.worker_process"

local oracle = {}

-- What of a report goes through the channel: plain data.
local function pack(report) return value.encode(report) end

local function exit_report(channel)
  local how, code = channel:reap(true)
  local text = how == "signal" and "by " .. sys.signal_name(code) or "with exit code " .. tostring(code)
  return { ok = false, stage = "run", status = "failed", text = "its process ended " .. text }
end

-- Ends the command where the user asked for it.
local function check_stopped()
  local signal = signals.received()
  if signal then error({ exit = 128 + signal }, 0) end
end

-- Carries out one order in a new process.
---@param order rille.blame.order
---@return table report of run/blame/mixture.lua
function oracle.ask(order)
  check_stopped()
  io.stdout:flush()
  local folder = errors.need(sys.make_folder(project.scratch() .. "/blame-"))
  local remove <close> = setmetatable({}, { __close = function() sys.remove(folder) end })
  local waits <close> = signals.waiting_for "child"
  assert(remove and waits)
  local channel <close> = errors.need(worker_process.fork(function(child)
    signals.waiting_for "idle"
    local report = mixture.carry_out(order)
    project.close()
    assert(child:send(pack(report)))
  end, folder))
  local bytes = child_wait.receive(channel, child_wait.ending_signals(channel))
  check_stopped()
  local report = bytes and value.decode(bytes) or exit_report(channel)
  if report.stage == "internal" then error(internal_error.of { fault = true, error = report.text, trace = "" }, 0) end
  return report
end

return oracle
