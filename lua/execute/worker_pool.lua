-- worker_pool: forked workers as a Runner (lua/execute/runner.lua).
--
--   starting -> idle <-> busy -- changed its state, outgrew its limit --> removed
--                         |----- timeout, stop: terminated, with a delay --> removed
--                         '----- died --> removed
--
-- A worker that is removed is replaced by a new fork of this process, whose state is that of the plan.
--
-- Steps that turn out to be short are sent ahead, so that a worker need not wait for this process.  When a worker is
-- busy with a long step, what was sent behind it is taken back, and goes to another worker from the backlog.

local left_processes = require "rille.execute.left_processes"
local message = require "rille.execute.message"
local metadata_questions = require "rille.execute.metadata_questions"
local meta = require "rille.host.meta"
local project = require "rille.project"
local sys = require "rille.host.sys"
local worker = require "rille.execute.worker"
local worker_handle = require "rille.execute.worker_handle"
local worker_process = require "rille.host.worker_process"

local worker_pool = {}

local AHEAD_SECONDS <const>, AHEAD_MOST <const> = 0.002, 32   -- of work that is sent ahead to one worker
local ONE_AHEAD <const> = 0.02      -- steps of up to so many seconds are sent ahead one by one
local LONG <const> = 0.01           -- a step that takes so many seconds keeps the others back
local TICK <const> = 0.25           -- signals and dead children are noticed at least so often
local MOST <const> = 1000           -- workers; worker_process.wait takes a few more
local INTERNAL <const> = 70         -- exit code of a worker whose own code failed (host/value/worker_processlib.c)

---@class WorkerPool : Runner
local Pool = { isolated = true }
Pool.__index = Pool

-- Workers ----------------------------------------------------------------------

-- In the child: the channels of other workers are not its own.
local function serve(self, channel, root)
  for _, list in ipairs { self.workers, self.removed } do for _, w in ipairs(list) do w.channel:close() end end
  if self.env.also then self.env.also:close() end
  self.env.root = root
  worker.serve(channel, self.env)
end

-- A new worker; nil when the system has no room for one more than there are.
local function start_worker(self)
  self.n_forked = self.n_forked + 1
  local root = string.format("%s/work-%s-%d", self.env.root, self.name, self.n_forked)
  local channel, why, code = worker_process.fork(function(c) serve(self, c, root) end, self.env.root)
  if not channel then
    if not self.workers[1] then project.fail("a worker could not be started: " .. why, code) end
    self.jobs = #self.workers
    return nil
  end
  local w = worker_handle.new(channel, root, self.env.emit)
  self.workers[#self.workers + 1] = w
  self.listening = nil
  return w
end

-- Kills the worker; its process is waited for later.
local function remove_worker(self, w)
  w.channel:kill "kill"
  w.is_removed = true
  self.listening = nil
  for i, other in ipairs(self.workers) do
    if other == w then
      table.remove(self.workers, i)
      break
    end
  end
  self.removed[#self.removed + 1] = w
end

local function add_answer(self, answer)
  self.last = self.last + 1
  self.answers[self.last] = answer
end

-- The answer to a request that no worker began and none will.
local function add_unstarted(self, request)
  add_answer(self, { position = request.position, ok = false, stopped = true, unstarted = true, error = "stopped",
    started = sys.now(), seconds = 0.0 })
end

-- Takes back the worker's requests from one on: other workers get them.
local function give_back(self, w, from)
  for _, request in ipairs(w.requests:cut(from)) do
    if self.is_stopping then add_unstarted(self, request) else self.backlog[#self.backlog + 1] = request end
  end
end

-- Sending ------------------------------------------------------------------------

local function idle_worker(self)
  local workers = self.workers
  for k = 1, #workers do
    local w = workers[k]
    if not w.requests.head and not w.end_cause then return w end
  end
end

-- A worker that runs short steps and has room for one more, whose kind takes about as long as it did
-- before.
local function worker_with_room(self, kind)
  local mean = self.means[kind]
  if not mean or mean > ONE_AHEAD then return nil end
  local best, least = nil, math.max(2, math.min(AHEAD_MOST, AHEAD_SECONDS // mean))
  local workers = self.workers
  for k = 1, #workers do
    local w = workers[k]
    local n = w.requests.count
    if n < least and not w.is_exclusive and not w.is_withdrawn and not w.end_cause then best, least = w, n end
  end
  return best
end

function Pool:accepts(position, exclusive)
  if self.backlog[1] then return nil end
  self.chosen = idle_worker(self)
  if self.chosen or #self.workers < self.jobs then return "idle" end
  self.chosen = not exclusive and worker_with_room(self, self.env.kind(position))
  return self.chosen and "behind" or nil
end

function Pool:count_busy()
  local n = #self.backlog
  for _, w in ipairs(self.workers) do if w.requests.head then n = n + 1 end end
  return n
end

function Pool:worker_of(position)
  local single = self.jobs == 1
  for _, w in ipairs(self.workers) do
    for k = 1, w.requests.count do
      if w.requests:at(k).position == position then return w.channel:pid(), k > 1, single end
    end
  end
  local only = single and self.workers[1]
  if only then return only.channel:pid(), true, true end
end

local function free_worker(self)
  local idle = idle_worker(self)
  if idle then return idle end
  return #self.workers < self.jobs and start_worker(self) or nil
end

-- To the worker that `accepts` chose.
function Pool:submit(request)
  local w = self.chosen or free_worker(self)
  self.chosen = nil
  if not w or w.is_removed then
    self.backlog[#self.backlog + 1] = request
    return
  end
  w:send(request, self.env.store)
end

local function send_backlog(self)
  while self.backlog[1] do
    local w = free_worker(self)
    if not w then return end
    w:send(table.remove(self.backlog, 1), self.env.store)
  end
end

-- Answers --------------------------------------------------------------------------

-- Keeps the mean seconds of the steps of one kind.
local function measure(self, answer)
  local kind = self.env.kind(answer.position)
  local mean = self.means[kind]
  self.means[kind] = mean and 0.7 * mean + 0.3 * answer.seconds or math.max(answer.seconds, 1e-6)
end

-- An answer of a worker that was asked to end: what its step started may have been killed while
-- it worked, so that nothing but the log counts.
local function add_late_answer(self, w, answer)
  local request = w.requests:shift()
  if answer.log then w.log:finish(answer.position, answer.log, answer.log_gap) end
  add_answer(self, { position = request.position, ok = false, stopped = w.end_cause == "stop" or nil, died = true,
    error = w:exit_message(request), log = answer.log or "", started = answer.started, seconds = answer.seconds })
  give_back(self, w, 1)
  remove_worker(self, w)
end

local function handle_answer(self, w, answer)
  if w.end_cause then return add_late_answer(self, w, answer) end
  local request = w.requests:shift()
  w.deadline, w.is_exclusive = false, false
  if answer.refused then
    table.insert(self.backlog, 1, request)
  else
    message.unpack_answer(answer, self.env.store)
    if answer.log then w.log:finish(answer.position, answer.log, answer.log_gap) end
    left_processes.add_to(answer)
    measure(self, answer)
    add_answer(self, answer)
  end
  w:step_begins(sys.mono())
  if answer.last then
    give_back(self, w, 1)
    remove_worker(self, w)
  elseif w.is_withdrawn and not w.requests.head then
    w:reopen()
  end
end

-- The worker has ended, and so has what it had started: the step that it ran has failed.
local function handle_exit(self, w)
  local request, log, head, from, at = w.requests.head, w.channel:log_text()
  local secrets = head and package.loaded["rille.project.secrets"]
  if secrets then log = secrets.blotted(log, head, at) end
  local began = request and (w.channel:at() >= request.number or w.end_cause)
  w.channel:kill "kill"
  local how, number = w.channel:reap(true)
  if request and (began or w.n_sent == w.requests.count) then
    w.requests:shift()
    w.log:finish(request.position, log, head and { head, from, at })
    local seconds = sys.mono() - w.since
    local answer = { position = request.position, ok = false, stopped = w.end_cause == "stop" or nil, died = true,
      error = w:exit_message(request, how or "exit", number or 0), log = log, left = w.left,
      started = sys.now() - seconds, seconds = seconds }
    if how == "exit" and number == INTERNAL then answer.fault, answer.trace = true, log end
    left_processes.add_to(answer)
    add_answer(self, answer)
  end
  give_back(self, w, 1)
  remove_worker(self, w)
end

-- The worker's channel has ended.  What a terminated worker has started may run until it is killed.
local function handle_end_of_channel(self, w)
  w.has_ended = true
  self.listening = nil
  if not w.end_cause or w.channel:has_ended() then handle_exit(self, w) end
end

local function read_channel(self, w)
  while not w.has_ended do
    local got = w.channel:take()
    if got == nil then return handle_end_of_channel(self, w) end
    if not got then return end
    if got.ask then w.channel:post { reply = metadata_questions.answer(got, self.env.ask) }
    elseif got.alert then self.env.emit("alert", got.position, got.alert)
    elseif got.progress then self.env.emit("progress", got.position, { fraction = got.progress, text = got.text })
    else
      handle_answer(self, w, got)
      if w.is_removed then return end
    end
  end
end

-- Time -------------------------------------------------------------------------------

-- A terminated worker: its supervisor kills what is left after a delay; if not, it is killed here.
local function check_terminated(self, w, now)
  if w.has_ended and w.channel:has_ended() then
    handle_exit(self, w)
  elseif now >= w.kill_at then
    w.channel:kill "kill"
    w.kill_at = now + TICK
  end
end

-- This worker is busy with a long step: another one can take the requests behind it.
local function take_back(self, w, now)
  if w.requests.count < 2 or w.is_withdrawn or now - w.since < LONG then return end
  if #self.workers >= self.jobs and not idle_worker(self) then return end
  local at = w.channel:withdraw()
  w.is_withdrawn = true
  for k = 1, w.requests.count do
    if w.requests:at(k).number > at then
      give_back(self, w, k)
      break
    end
  end
  if not w.requests.head then w:reopen() end
end

-- Finds a worker that has ended while something that could not be killed holds its channel open.
local function check_process(self, w, now)
  if now - w.checked_at < TICK then return end
  w.checked_at = now
  if not w.channel:has_ended() then return end
  assert(worker_process.wait({ w.channel }, 0))
  read_channel(self, w)
  if not w.has_ended and not w.is_removed then handle_end_of_channel(self, w) end
end

local function reap_removed(self)
  for i = #self.removed, 1, -1 do
    local w = self.removed[i]
    if w.channel:pid() < 0 or w.channel:reap() then
      w:close()
      table.remove(self.removed, i)
    end
  end
end

-- Does whatever is due.
local function check_workers(self)
  local now = sys.mono()
  -- a copy, as workers are removed meanwhile
  for _, w in ipairs(table.move(self.workers, 1, #self.workers, 1, {})) do
    if w.deadline and now >= w.deadline then w:terminate("timeout", now) end
    if w.end_cause then check_terminated(self, w, now) end
    if not w.has_ended and not w.is_removed then check_process(self, w, now) end
    if not w.has_ended and not w.end_cause and not w.is_removed then
      take_back(self, w, now)
      if w.requests.head then
        w.log:poll(w.requests.head, w.since, now)
        w:poll_progress(now)
      end
    end
  end
  reap_removed(self)
end

-- Seconds for which nothing is due.
local function time_until_due(self, seconds)
  local wait, now = math.min(seconds or TICK, TICK), sys.mono()
  for _, w in ipairs(self.workers) do
    if w.end_cause then wait = math.min(wait, 0.02)
    elseif w.deadline then wait = math.min(wait, math.max(w.deadline - now, 0)) end
    if w.requests.count > 1 and not w.is_withdrawn then wait = math.min(wait, LONG) end
    if w.requests.head then wait = math.min(wait, w.log:interval(w.since, now)) end
  end
  return wait
end

-- The workers whose channels are open, and these channels: kept until that changes.
local function listen(self)
  local list = { channels = {} }
  for _, w in ipairs(self.workers) do
    if not w.has_ended then
      list[#list + 1] = w
      list.channels[#list] = w.channel
    end
  end
  if self.env.also then list.channels[#list + 1] = self.env.also end
  self.listening = list
  return list
end

function Pool:next_here()
  local answer = self.answers[self.first]
  if not answer then return nil end
  self.answers[self.first] = nil
  self.first = self.first + 1
  return answer
end

function Pool:next(seconds)
  if self.first > self.last then
    send_backlog(self)
    self.env.idle()
    local list = self.listening or listen(self)
    assert(worker_process.wait(list.channels, time_until_due(self, seconds)))
    for _, w in ipairs(list) do read_channel(self, w) end
    local now = sys.mono()
    if now - self.checked_at > LONG or self.first > self.last then
      self.checked_at = now
      check_workers(self)
    end
  end
  return self:next_here()
end

-- The end ------------------------------------------------------------------------------

function Pool:stop(at_once)
  local now = sys.mono()
  self.is_stopping = true
  for _, request in ipairs(self.backlog) do add_unstarted(self, request) end
  self.backlog = {}
  for _, w in ipairs(self.workers) do
    if w.requests.head then
      w:terminate("stop", now)
      if at_once then w.channel:kill "kill child last" end
    end
  end
end

function Pool:shutdown()
  while self.workers[1] do remove_worker(self, self.workers[1]) end
end

function Pool:close()
  self:shutdown()
  for _, w in ipairs(self.removed) do w:close() end
  self.removed = {}
end

---@param env TaskEnv  and kind(position) -> a value that tells steps of one kind apart, ask(method, ...) of the
---    metadata, emit(event, position, ...), idle(), which is called before a wait; also: another channel that ends a
---    wait, or nil; learn(request), which a worker calls with each, or nil
---@param jobs integer
---@return WorkerPool
function worker_pool.new(env, jobs)
  assert(sys.mkdirs(env.root))
  return setmetatable({ env = env, jobs = math.min(jobs, MOST), workers = {}, removed = {}, backlog = {}, answers = {},
    first = 1, last = 0, means = {}, n_forked = 0, checked_at = 0.0, name = meta.new_id() }, Pool)
end

return worker_pool
