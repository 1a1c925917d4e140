-- worker_handle: one forked worker, as its parent sees it: the requests that it was sent, how its
-- step is doing, how it ended.

local child_wait = require "rille.execute.child_wait"
local left_processes = require "rille.execute.left_processes"
local limits = require "rille.script.limits"
local log_tail = require "rille.execute.log_tail"
local message = require "rille.execute.message"
local request_queue = require "rille.execute.request_queue"
local sys = require "rille.host.sys"

local worker_handle = {}

local END_DELAY <const> = 2             -- seconds after the kill delay, for a worker whose supervisor does not kill it
local PROGRESS_INTERVAL <const> = 0.1   -- seconds between two looks at the progress of a step

---@class WorkerHandle
---@field channel table        see rille.host.worker_process
---@field root string          folder of its temporary files
---@field log LogTail
---@field requests RequestQueue
---@field n_sent integer       the number of the last request
---@field since number         when the first request began
---@field deadline number|false     when that times out
---@field is_exclusive boolean  no request may be sent behind that
---@field is_withdrawn boolean  requests behind the first are taken back
---@field end_cause "timeout"|"stop"|false  why it was asked to end
---@field kill_at number?      when it is killed if it has not ended
---@field left string?         sentence about processes that its step had started when it was asked to end
---@field has_ended boolean    its channel has ended
---@field is_removed boolean   it is no worker of the pool any more
local Handle = {}
Handle.__index = Handle

-- The first request that it has begins now.
function Handle:step_begins(now)
  self.since = now
  self.log:reset()
end

-- Sends a request; behind others it waits there.
---@param request Request
---@param store table
function Handle:send(request, store)
  local now = sys.mono()
  local behind = self.requests.head ~= nil
  self.n_sent = self.n_sent + 1
  request.number = self.n_sent
  self.requests:push(request)
  self.is_exclusive = request.exclusive or false
  if not behind then
    self:step_begins(now)
    if request.timeout then self.deadline = now + request.timeout end
  end
  local packed = message.pack_request(request, store, self.last_run)
  self.last_run = request.run
  -- a worker that has just ended is found out when its channel is read
  self.channel:post(packed, behind)
end

-- It takes requests again after they were withdrawn.
function Handle:reopen()
  self.channel:reopen(self.n_sent)
  self.is_withdrawn = false
end

-- Reports what the running step said of its progress and did not send.
function Handle:poll_progress(now)
  local request = self.requests.head
  if now - math.max(self.since, self.progress_asked_at) < PROGRESS_INTERVAL then return end
  self.progress_asked_at = now
  local fraction, text = self.channel:progress(request.number)
  if not fraction then return end
  self.emit("progress", request.position, { fraction = fraction, text = text ~= "" and text or nil })
end

-- Asks it to end, with what its step has started; once.
---@param cause "timeout"|"stop"
function Handle:terminate(cause, now)
  if self.end_cause then return end
  self.end_cause, self.kill_at, self.deadline = cause, now + child_wait.KILL_DELAY + END_DELAY, false
  local n, names = self.channel:descendants()
  self.left = n > 0 and left_processes.text(n, names) or nil
  self.channel:kill "terminate"
end

-- How it ended while it ran the request, for people.
---@param request Request
---@param how "exit"|"signal"|nil
---@param number integer?
---@return string
function Handle:exit_message(request, how, number)
  local step = "step " .. request.id
  local limit = request.memory and "; it had a memory limit of " .. limits.show_bytes(request.memory) or ""
  if self.end_cause == "timeout" then
    return string.format("took longer than its timeout of %.14g s", request.timeout)
  end
  if self.end_cause == "stop" then return "stopped" end
  if how == "exit" then return string.format("the worker ended with exit code %d in %s%s", number, step, limit) end
  local name = sys.signal_name(number)
  if name == "SIGKILL" and limit == "" then limit = "; the system may have run out of memory" end
  return string.format("the worker died: %s in %s%s", name, step, limit)
end

-- Frees what is left of a worker that has ended.
function Handle:close()
  self.channel:close()
  sys.remove(self.root)
end

---@param channel table
---@param root string
---@param emit fun(event: string, position: integer, ...)
---@return WorkerHandle
function worker_handle.new(channel, root, emit)
  return setmetatable({ channel = channel, root = root, emit = emit, log = log_tail.new(channel, emit),
    requests = request_queue.new(), last_run = false, n_sent = 0, since = 0.0, progress_asked_at = 0.0,
    checked_at = sys.mono(), has_ended = false,
    -- false, not nil: fields of the class are not looked for
    is_removed = false, is_exclusive = false, is_withdrawn = false, end_cause = false, deadline = false }, Handle)
end

return worker_handle
