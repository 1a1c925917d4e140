-- worker: what a forked child does: takes requests and answers them (lua/execute/message.lua),
-- until the channel ends.
--
-- It never touches the database: the metadata that it has is the parent's, by asking.

local internal_error = require "rille.base.internal_error"
local limits = require "rille.script.limits"
local message = require "rille.execute.message"
local project = require "rille.project"
local signals = require "rille.project.signals"
local worker_shutdown = require "rille.execute.worker_shutdown"
local sys = require "rille.host.sys"
local task = require "rille.execute.task"
local worker_process = require "rille.host.worker_process"

local worker = {}

local PROGRESS_SECONDS <const> = 0.1

local Worker = {}
Worker.__index = Worker

-- The next message: with is_reply that which answers a question, else a request.  Those of the other
-- kind wait.
local function receive(self, is_reply)
  if not is_reply and self.waiting[1] then return table.remove(self.waiting, 1) end
  while true do
    local got = self.channel:take()
    if not got then return nil end
    if (got.reply ~= nil) == is_reply then return got end
    self.waiting[#self.waiting + 1] = got
  end
end

-- The metadata here: every method asks the parent.
local function metadata_proxy(self)
  return setmetatable({}, { __index = function(_, method)
    return function(_, ...)
      assert(self.channel:post { ask = method, args = table.pack(...) })
      local got = receive(self, true)
      local reply = got and got.reply or { false, "the run has ended", n = 2 }
      if not reply[1] then error(reply[2], 0) end
      return table.unpack(reply, 2, reply.n)
    end
  end })
end

-- Sends the progress if some time has passed since the last report; else leaves it where the parent
-- looks for it.
local function report_progress(self, position, fraction, text)
  local now = sys.mono()
  if fraction < 1 and now - self.reported < PROGRESS_SECONDS then
    return self.channel:tell_progress(self.number, fraction, text and tostring(text))
  end
  self.reported = now
  self.channel:tell_progress(0, fraction)     -- nothing older is left there
  assert(self.channel:post { progress = fraction, text = text and tostring(text), position = position })
end

-- What the step printed, or a process that it started.
local function take_log(self, answer)
  io.stdout:flush()
  self.printed = self.channel:log_size() > 0
  if not self.printed then return end
  local text, head, from, at = self.channel:log_text()
  local secrets = head and package.loaded["rille.project.secrets"]
  if secrets then text = secrets.blotted(text, head, at) end
  answer.log, answer.log_gap = text, head and { head, from, at } or nil
end

-- The error of a step that failed at its memory limit, or nil.
local function out_of_memory(request, err)
  if request.memory and (err == nil or err:find "not enough memory" or err:find "out of memory") then
    local limit = limits.show_bytes(request.memory)
    return string.format("out of memory: the step asked for more than %s (resources.memory)", limit)
  end
end

-- Whether the step may have changed what later steps see in this process: then a new fork runs those.
local function may_have_changed_state(self, request, answer)
  local info = self.env.spec(self.env.node(request.id)).info
  return answer.acted ~= nil or info ~= nil and info.escapes[1] ~= nil
end

local function each_object(request, f)
  local function one(artifact)
    for _, member in ipairs(artifact.members) do
      if not member.bytes then f(member.digest) end
    end
  end
  for _, given in ipairs(request.inputs) do
    if given and given.list then
      for _, artifact in ipairs(given.list) do one(artifact) end
    elseif given then
      one(given)
    end
  end
end

-- Adds the files of objects that this process has verified and the parent has not.
local function add_sigs(self, request, answer)
  if not request.has_objects then return end
  each_object(request, function(digest)
    local sig = not self.known[digest] and self.env.store:sig(digest)
    if sig then
      answer.sigs = answer.sigs or {}
      table.move({ digest, sig }, 1, 2, #answer.sigs + 1, answer.sigs)
      self.known[digest] = true
    end
  end)
end

local function carry_out(self, request)
  message.unpack_request(request, self.run)
  self.run = request.run
  if self.env.learn then self.env.learn(request) end
  if self.printed then self.channel:clear_log() end
  self.printed = false
  message.trust_sigs(self.env.store, request.sigs, function(digest) self.known[digest] = true end)
  if request.memory then assert(worker_process.limit_memory(request.memory)) end
  local held <close> = self.work:begin()
  assert(held)
  local ok, answer = internal_error.call(task.run, request, self.env)
  if request.memory then worker_process.limit_memory(nil) end
  if not ok then
    local err, outgrown = answer, out_of_memory(request, tostring(answer))
    if not outgrown and not internal_error.is(err) then error(err, 0) end
    answer = { position = request.position, ok = false, error = outgrown, started = sys.now(), seconds = 0.0,
      last = true }
    if not outgrown then internal_error.put(answer, err) end
  elseif not answer.ok then
    local outgrown = out_of_memory(request, answer.error)
    if outgrown then answer.error, answer.last = outgrown, true end
  end
  answer.left = self.work:finish()
  take_log(self, answer)
  add_sigs(self, request, answer)
  answer.last = answer.last or answer.altered ~= nil or answer.refused or may_have_changed_state(self, request, answer)
  return answer
end

-- Gives up what is the parent's.
local function detach(self)
  project.abandon(metadata_proxy(self))
  signals.ignore()
  -- here the graph is never garbage
  if self.env.pause then collectgarbage("setpause", self.env.pause) end
  self.work = worker_shutdown.start(self.channel)
  self.env.echo, self.env.isolated = "log", true
  self.env.within = function(...) return project.meta:within(...) end
  self.env.progress = function(...) report_progress(self, self.position, ...) end
  self.env.alert = function(alert, position) assert(self.channel:post { alert = alert, position = position }) end
end

-- Serves the channel until it ends.
---@param channel table
---@param env TaskEnv  this process's own: it is changed
function worker.serve(channel, env)
  local self = setmetatable({ channel = channel, env = env, waiting = {}, known = {}, printed = false,
    reported = 0.0 }, Worker)
  detach(self)
  while true do
    local request = receive(self, false)
    if not request then return end
    if channel:claim(request.number) then
      self.position, self.number = request.position, request.number
      local answer = carry_out(self, request)
      if not message.post_answer(channel, answer) or answer.last then return end
    end
  end
end

return worker
