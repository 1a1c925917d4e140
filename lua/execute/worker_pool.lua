-- worker_pool: forked workers behind the runner protocol (lua/execute/runner.lua).
--
-- A worker is { channel, flight, sent, since, root, ... }: flight are the requests
-- that it has, oldest first, which it is at; sent the number of the last one.  One
-- that died, or whose captured state changed, is replaced by a new fork of this
-- process, whose state is that of the plan.
--
--   starting -> idle <-> busy -- altered, outgrown --> gone
--                         |---- timeout, stop: told, with a grace --> gone
--                         `---- died --> gone
--
-- Steps that turn out to be short are sent ahead, so that a worker need not wait for
-- this process; what a worker has not begun is taken back when it is at a long one
-- and another could do it.

local child_process = require "rille.execute.child_process"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local limits = require "rille.script.limits"
local meta = require "rille.host.meta"
local parcel = require "rille.execute.message"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local sys = require "rille.host.sys"
local worker = require "rille.execute.worker"

local worker_pool = {}

local AHEAD_SECONDS <const>, AHEAD_MOST <const> = 0.002, 32   -- of work sent ahead to one worker
local ONE_AHEAD <const> = 0.02      -- steps of up to so much are sent ahead one by one
local STUCK <const> = 0.01          -- a worker that is at a step for so long gives back the others
local LATE <const> = 2              -- a worker whose keeper does not end it in time is killed
local TICK <const> = 0.25           -- signals and dead children are noticed at least so often
local TAIL <const> = 0.1            -- how often the log of a running step is shown
local LOUD <const>, LOUD_TAIL <const> = 32 << 20, 0.01     -- with so many bytes a second it is looked at so often
local MOST <const> = 1000           -- workers; worker_process.wait takes a few more

-- What a step may ask of the metadata.
local READS = meta.reads()
READS.within = true

local Pool = { isolated = true }
Pool.__index = Pool

-- Workers ----------------------------------------------------------------------

-- In the child: the other workers' channels are not its own.
local function serve(self, channel, root)
  for _, other in ipairs(self.workers) do other.channel:close() end
  for _, other in ipairs(self.gone) do other.channel:close() end
  self.env.root = root
  worker.serve(channel, self.env)
end

-- A new worker; nil when the system has no room for one more than there are.
local function hire(self)
  self.hired = self.hired + 1
  local root = string.format("%s/work-%s-%d", self.env.root, self.name, self.hired)
  local channel, message, code = worker_process.fork(function(c) serve(self, c, root) end, self.env.root)
  if not channel then
    if not self.workers[1] then project.fail("a worker could not be started: " .. message, code) end
    self.jobs = #self.workers
    return nil
  end
  local w = { channel = channel, flight = {}, sent = 0, since = 0.0, root = root, seen = 0, size = 0, tried = 0.0, shown = 0.0, asked = 0.0, checked = sys.mono() }
  self.workers[#self.workers + 1] = w
  self.heard = nil
  return w
end

-- The worker is no longer one: it is waited for later.
local function dismiss(self, w)
  w.channel:kill "kill"
  w.dismissed = true
  self.heard = nil
  for i, other in ipairs(self.workers) do
    if other == w then
      table.remove(self.workers, i)
      break
    end
  end
  self.gone[#self.gone + 1] = w
end

local function put(self, answer)
  self.last = self.last + 1
  self.answers[self.last] = answer
end

-- Nobody began it, and nobody will.
local function stopped(self, request)
  put(self, { position = request.position, ok = false, stopped = true, unstarted = true, error = "stopped", started = sys.now(), seconds = 0.0 })
end

-- Requests that nobody began are for another worker.
local function give_back(self, w, from)
  for i = from, #w.flight do
    if self.stopping then stopped(self, w.flight[i]) else self.backlog[#self.backlog + 1] = w.flight[i] end
    w.flight[i] = nil
  end
end

-- Sending ------------------------------------------------------------------------

-- What this process knows of the mapped objects of an artifact, added to sigs.
local function add_sigs(self, artifact, sigs)
  for _, one in ipairs(artifact.members) do
    local sig = not one.bytes and self.env.store:sig(one.digest)
    if sig then
      sigs = sigs or {}
      table.move({ one.digest, sig }, 1, 2, #sigs + 1, sigs)
    end
  end
  return sigs
end

-- The request as it is sent: artifacts flat, and nothing that the worker has.
local function message_of(self, w, request)
  local message, inputs, sigs = {}, {}, nil
  local function pack(artifact)
    local flat = parcel.flat(artifact)
    if flat == artifact then sigs = add_sigs(self, artifact, sigs) end
    return flat
  end
  for k, v in next, request do message[k] = v end
  for i, given in ipairs(request.inputs) do
    if given and given.list then
      local list = {}
      for k, artifact in ipairs(given.list) do list[k] = pack(artifact) end
      inputs[i] = { list = list }
    else
      inputs[i] = given and pack(given)
    end
  end
  message.inputs, message.sigs = inputs[1] ~= nil and inputs or nil, sigs
  if w.run == request.run then message.run = nil else w.run = request.run end
  return message
end

local function send(self, w, request)
  local now = sys.mono()
  w.sent = w.sent + 1
  request.number = w.sent
  local behind = #w.flight > 0
  w.flight[#w.flight + 1] = request
  if not behind then
    w.since, w.seen, w.open = now, 0, false
    if request.timeout then w.deadline = now + request.timeout end
  end
  -- a worker that just ended is found out when it is listened to
  w.channel:post(message_of(self, w, request), behind)
end

local function idle_worker(self)
  for _, w in ipairs(self.workers) do
    if not w.flight[1] and not w.cause then return w end
  end
end

-- One that is at short steps and has room for another of this kind.
local function ahead_of(self, kind)
  local mean = self.means[kind]
  if not mean or mean > ONE_AHEAD then return nil end
  local best, least = nil, math.max(2, math.min(AHEAD_MOST, AHEAD_SECONDS // mean))
  for _, w in ipairs(self.workers) do
    if #w.flight < least and not w.alone and not w.withdrawn and not w.cause then best, least = w, #w.flight end
  end
  return best
end

-- May the step at that position be given to a worker?  "idle": to one that has
-- nothing to do; "behind": to one that does short things.
---@return "idle"|"behind"|nil
function Pool:free(position, alone)
  if self.backlog[1] then return nil end
  self.chosen = idle_worker(self)
  if self.chosen or #self.workers < self.jobs then return "idle" end
  self.chosen = not alone and ahead_of(self, self.env.kind(position))
  return self.chosen and "behind" or nil
end

-- How many workers are at something.
function Pool:busy()
  local n = #self.backlog
  for _, w in ipairs(self.workers) do if w.flight[1] then n = n + 1 end end
  return n
end

-- At which worker the step at a position is (lua/execute/runner.lua).
function Pool:whose(position)
  local single = self.jobs == 1
  for _, w in ipairs(self.workers) do
    for k, request in ipairs(w.flight) do
      if request.position == position then return w.channel:pid(), k > 1, single end
    end
  end
  local only = single and self.workers[1]
  if only then return only.channel:pid(), true, true end
end

local function place(self)
  local idle = idle_worker(self)
  if idle then return idle end
  return #self.workers < self.jobs and hire(self) or nil
end

-- To the worker that free found.
function Pool:submit(request)
  local w = self.chosen or place(self)
  self.chosen = nil
  if not w or w.dismissed then
    self.backlog[#self.backlog + 1] = request
    return
  end
  w.alone = request.alone
  send(self, w, request)
end

-- What was given back goes out as workers are free.
local function send_backlog(self)
  while self.backlog[1] do
    local w = place(self)
    if not w then return end
    local request = table.remove(self.backlog, 1)
    w.alone = request.alone
    send(self, w, request)
  end
end

-- Answers --------------------------------------------------------------------------

local function reply(self, w, message)
  local results
  if READS[message.ask] then
    results = table.pack(internal_error.call(self.env.ask, message.ask, table.unpack(message.args, 1, message.args.n)))
    if not results[1] then results[2] = tostring(results[2]) end
  else
    results = { false, "a running step can only read the metadata (it asked for " .. message.ask .. "); pipelines are run outside steps", n = 2 }
  end
  w.channel:post { reply = results }
end

-- Shows what the step printed since the last look, which begins at a place in its log:
-- what is between is left out; open: the text before does not end with its line.
local function show(self, w, position, text, at)
  if text == "" then return end
  local more = { at = at, to = at + #text, left_out = at > w.seen and at - w.seen or nil, open = w.open }
  w.seen, w.open = more.to, text:sub(-1) ~= "\n"
  self.env.tell("log", position, text, more)
end

-- The rest, when the log is known; gap: where its middle is left out, else nil.
local function show_rest(self, w, position, text, gap)
  local head, from, at = table.unpack(gap or {})
  if not gap or w.seen <= head then show(self, w, position, text:sub(w.seen + 1), w.seen)
  elseif w.seen <= from then show(self, w, position, text:sub(at + 1), from)
  else show(self, w, position, text:sub(at + 1 + w.seen - from), w.seen) end
end

local function measure(self, answer)
  local kind, mean = self.env.kind(answer.position), nil
  mean = self.means[kind]
  self.means[kind] = mean and 0.7 * mean + 0.3 * answer.seconds or math.max(answer.seconds, 1e-6)
end

-- The artifacts as they were; what the child put is synced by this process before a
-- row names it.
local function take_outputs(self, answer)
  local outputs = answer.outputs
  for i = 1, #(outputs or {}) do
    local artifact, whole = parcel.artifact(outputs[i])
    outputs[i] = artifact
    for _, one in ipairs(not whole and artifact.members or {}) do
      if not one.bytes then project.check(self.env.store:note(one.digest)) end
    end
  end
  if outputs and not answer.outs then answer.outs = outputs[1].digest end
end

-- How a worker ended, for people.
local function obituary(w, request, how, number)
  local step = "step " .. request.id
  local limit = request.memory and "; it had a memory limit of " .. limits.show_bytes(request.memory) or ""
  if w.cause == "timeout" then return string.format("it took longer than its timeout of %.14g s", request.timeout) end
  if w.cause == "stop" then return "stopped" end
  if how == "exit" then return string.format("the worker ended with exit code %d in %s%s", number, step, limit) end
  local name = sys.signal_name(number)
  if name == "SIGKILL" and limit == "" then limit = "; the system may have run out of memory" end
  return string.format("the worker died: %s in %s%s", name, step, limit)
end

-- What the step left running is told of as a note, and kept with its log.
local function add_left(answer)
  local log, text = answer.log or "", answer.left
  if not text then return end
  answer.log = log .. (log ~= "" and log:sub(-1) ~= "\n" and "\n" or "") .. "[" .. text .. "]\n"
  -- who stops a run knows why
  if answer.stopped then return end
  answer.notes = answer.notes or {}
  table.insert(answer.notes, text)
end

-- An answer of a worker that was told to end: what its step started may have been cut
-- short, so that nothing it says counts but the log.
local function too_late(self, w, answer)
  local request = table.remove(w.flight, 1)
  if answer.log then show_rest(self, w, answer.position, answer.log, answer.log_gap) end
  put(self, { position = request.position, ok = false, stopped = w.cause == "stop" or nil, died = true, error = obituary(w, request),
    log = answer.log or "", started = answer.started, seconds = answer.seconds })
  give_back(self, w, 1)
  dismiss(self, w)
end

local function settle(self, w, answer)
  if w.cause then return too_late(self, w, answer) end
  local request = table.remove(w.flight, 1)
  w.deadline, w.alone = nil, nil
  if answer.refused then
    table.insert(self.backlog, 1, request)
  else
    take_outputs(self, answer)
    for i = 1, #(answer.sigs or {}), 2 do self.env.store:trust(answer.sigs[i], answer.sigs[i + 1]) end
    for field, text in next, answer.json or {} do answer[field] = json.unpack(text) end
    if answer.log then show_rest(self, w, answer.position, answer.log, answer.log_gap) end
    add_left(answer)
    measure(self, answer)
    put(self, answer)
  end
  w.since, w.seen, w.open = sys.mono(), 0, false
  if answer.last then
    give_back(self, w, 1)
    dismiss(self, w)
  elseif w.withdrawn and not w.flight[1] then
    w.channel:reopen(w.sent)
    w.withdrawn = nil
  end
end

local INTERNAL <const> = 70     -- how a worker ends whose own code failed (host/value/worker_processlib.c)

-- The worker has ended, and so has what it had started.
local function bury(self, w)
  local request, log, head, from, at = w.flight[1], w.channel:log_text()
  local began = request and (w.channel:at() >= request.number or w.cause)
  w.channel:kill "kill"
  local how, number = w.channel:reap(true)
  if request and (began or w.sent == #w.flight) then
    table.remove(w.flight, 1)
    show_rest(self, w, request.position, log, head and { head, from, at })
    local seconds = sys.mono() - w.since
    local answer = { position = request.position, ok = false, stopped = w.cause == "stop" or nil, died = true,
      error = obituary(w, request, how or "exit", number or 0), log = log, left = w.left, started = sys.now() - seconds, seconds = seconds }
    if how == "exit" and number == INTERNAL then answer.fault, answer.trace = true, log end
    add_left(answer)
    put(self, answer)
  end
  give_back(self, w, 1)
  dismiss(self, w)
end

-- Its channel ended.  One that was told to end leaves what it started its grace.
local function lost(self, w)
  w.ended = true
  self.heard = nil
  if not w.cause or w.channel:has_ended() then bury(self, w) end
end

local function listen(self, w)
  while not w.ended do
    local message = w.channel:take()
    if message == nil then return lost(self, w) end
    if not message then return end
    if message.ask then reply(self, w, message)
    elseif message.progress then self.env.tell("progress", message.position, { fraction = message.progress, text = message.text })
    else
      settle(self, w, message)
      if w.dismissed then return end
    end
  end
end

-- Time -------------------------------------------------------------------------------

local function terminate(w, cause, now)
  if w.cause then return end
  w.cause, w.kill_at, w.deadline = cause, now + child_process.GRACE + LATE, nil
  local n, names = w.channel:descendants()
  w.left = n > 0 and child_process.left_text(n, names) or nil
  w.channel:kill "terminate"
end

-- A worker that was told to end: its keeper kills what is left after its grace.
local function watch_end(self, w, now)
  if w.ended and w.channel:has_ended() then
    bury(self, w)
  elseif now >= w.kill_at then
    w.channel:kill "kill"
    w.kill_at = now + TICK
  end
end

-- It is at a long step: the others that it was sent are for someone else.
local function take_back(self, w, now)
  if not w.flight[2] or w.withdrawn or now - w.since < STUCK then return end
  if #self.workers >= self.jobs and not idle_worker(self) then return end
  local at = w.channel:withdraw()
  w.withdrawn = true
  for i, request in ipairs(w.flight) do
    if request.number > at then
      give_back(self, w, i)
      break
    end
  end
  if not w.flight[1] then
    w.channel:reopen(w.sent)
    w.withdrawn = nil
  end
end

-- How often the log of a running step is to be looked at: one that grows fast often, lest its
-- file become large, and any sooner when the step has just begun.
local function interval_of(w, now)
  return w.loud and LOUD_TAIL or math.max(LOUD_TAIL, math.min(TAIL, (now - w.since) / 2))
end

local function look_at_log(self, w, now)
  if not w.flight[1] or now - math.max(w.since, w.tried) < interval_of(w, now) then return end
  local number, before = w.channel:at(), w.size
  w.size = w.channel:trim_log()
  w.loud = w.size - before > LOUD * (now - w.tried)
  w.tried = now
  if number ~= w.flight[1].number or w.size <= w.seen or now - math.max(w.since, w.shown) < TAIL then return end
  w.shown = now
  local head = w.seen == 0 and w.channel:log_head()
  local text, at = w.channel:log(math.max(w.seen, head and #head or 0))
  if w.channel:at() ~= number then return end
  -- where something is left out lines stay whole
  if head and at > #head then head = head:match "^.*\n" or head end
  if head then show(self, w, w.flight[1].position, head, 0) end
  if at > w.seen then text = text:match "^.*\n" or text end
  show(self, w, w.flight[1].position, text, at)
end

-- What the step at hand said of its progress and did not send.
local function look_at_progress(self, w, now)
  if not w.flight[1] or now - math.max(w.since, w.asked) < TAIL then return end
  w.asked = now
  local fraction, text = w.channel:progress(w.flight[1].number)
  if fraction then self.env.tell("progress", w.flight[1].position, { fraction = fraction, text = text ~= "" and text or nil }) end
end

-- A child that has ended while something that nobody could end holds its channel open.
local function check_child(self, w, now)
  if now - w.checked < TICK then return end
  w.checked = now
  if not w.channel:has_ended() then return end
  assert(worker_process.wait({ w.channel }, 0))
  listen(self, w)
  if not w.ended and not w.dismissed then lost(self, w) end
end

local function reap(self)
  for i = #self.gone, 1, -1 do
    local w = self.gone[i]
    if w.channel:pid() < 0 or w.channel:reap() then
      w.channel:close()
      sys.remove(w.root)
      table.remove(self.gone, i)
    end
  end
end

-- Whatever is due; a copy of the list is walked, as workers go.
local function watch(self)
  local now = sys.mono()
  for _, w in ipairs(table.move(self.workers, 1, #self.workers, 1, {})) do
    if w.deadline and now >= w.deadline then terminate(w, "timeout", now) end
    if w.cause then watch_end(self, w, now) end
    if not w.ended and not w.dismissed then check_child(self, w, now) end
    if not w.ended and not w.cause and not w.dismissed then
      take_back(self, w, now)
      look_at_log(self, w, now)
      look_at_progress(self, w, now)
    end
  end
  reap(self)
end

-- How long nothing needs to be looked at.
local function patience(self, seconds)
  local wait, now = math.min(seconds or TICK, TICK), sys.mono()
  for _, w in ipairs(self.workers) do
    if w.cause then wait = math.min(wait, 0.02)
    elseif w.deadline then wait = math.min(wait, math.max(w.deadline - now, 0)) end
    if w.flight[2] and not w.withdrawn then wait = math.min(wait, STUCK) end
    if w.flight[1] then wait = math.min(wait, interval_of(w, now)) end
  end
  return wait
end

-- The workers that may say something, and their channels: kept until that changes.
local function hear(self)
  local list = { channels = {} }
  for _, w in ipairs(self.workers) do
    if not w.ended then
      list[#list + 1] = w
      list.channels[#list] = w.channel
    end
  end
  self.heard = list
  return list
end

-- The next answer, or nil: the seconds are over, a signal came, or nothing did yet.
---@param seconds number?
function Pool:next(seconds)
  if self.first > self.last then
    send_backlog(self)
    self.env.idle()
    local list = self.heard or hear(self)
    assert(worker_process.wait(list.channels, patience(self, seconds)))
    for _, w in ipairs(list) do listen(self, w) end
    local now = sys.mono()
    if now - self.watched > STUCK or self.first > self.last then
      self.watched = now
      watch(self)
    end
  end
  local answer = self.answers[self.first]
  if not answer then return nil end
  self.answers[self.first] = nil
  self.first = self.first + 1
  return answer
end

-- The end ------------------------------------------------------------------------------

-- Ends what runs: by SIGTERM and after a grace SIGKILL, or at once.
---@param at_once boolean
function Pool:stop(at_once)
  local now = sys.mono()
  self.stopping = true
  for _, request in ipairs(self.backlog) do stopped(self, request) end
  self.backlog = {}
  for _, w in ipairs(self.workers) do
    if w.flight[1] then
      terminate(w, "stop", now)
      if at_once then w.channel:kill "kill child last" end
    end
  end
end

-- Nothing more is to come.
function Pool:dismiss()
  while self.workers[1] do dismiss(self, self.workers[1]) end
end

function Pool:close()
  self:dismiss()
  for _, w in ipairs(self.gone) do
    w.channel:close()
    sys.remove(w.root)
  end
  self.gone = {}
end

-- env: as in lua/execute/task.lua, and kind(position) -> what tells steps of one kind apart,
-- ask(method, ...) of the metadata, tell(event, position, data), idle() before a wait.
---@param env table
---@param jobs integer
function worker_pool.new(env, jobs)
  assert(sys.mkdirs(env.root))
  return setmetatable({ env = env, jobs = math.min(jobs, MOST), workers = {}, gone = {}, backlog = {}, answers = {}, first = 1, last = 0, means = {}, hired = 0, watched = 0.0,
    name = meta.new_id() }, Pool)
end

return worker_pool
