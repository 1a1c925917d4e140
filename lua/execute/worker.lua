-- worker: what a forked child does: takes requests, answers them, until the
-- channel ends.
--
-- Messages to it: a request (lua/execute/task.lua), with artifacts flat (lua/execute/message.lua), no
-- inputs when there are none and no run when it is that of the one before, and with
-- number, its place in the order sent, memory (a limit in bytes) and sigs ({ digest,
-- sig ... }: what the parent knows of mapped objects); or { reply = results } to what
-- it asked.
-- Messages from it: an answer with its outputs flat, no outs when there is one output,
-- refused when the step's captured state is no longer that of the plan here, last
-- when the child ends after it, log, log_gap ({ head, from, at } where its middle is left
-- out, see channel:log_text), sigs, json ({ field = text } of what no message
-- carries); { ask = method, args } of the metadata; { progress =, text =, position = }.
--
-- It never touches the database: the metadata it has is the parent's, by asking.

local child_process = require "rille.execute.child_process"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local limits = require "rille.script.limits"
local parcel = require "rille.execute.message"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local task = require "rille.execute.task"

local worker = {}

local PROGRESS_SECONDS <const> = 0.1

local Worker = {}
Worker.__index = Worker

-- The next message that is a request, or with `reply` that which answers a question;
-- what comes meanwhile waits.
local function receive(self, reply)
  if not reply and self.waiting[1] then return table.remove(self.waiting, 1) end
  while true do
    local message = self.channel:take()
    if not message then return nil end
    if (message.reply ~= nil) == reply then return message end
    self.waiting[#self.waiting + 1] = message
  end
end

-- The metadata as it is here: every method asks the parent.
local function proxy(self)
  return setmetatable({}, { __index = function(_, method)
    return function(_, ...)
      assert(self.channel:post { ask = method, args = table.pack(...) })
      local message = receive(self, true)
      local reply = message and message.reply or { false, "the run has ended", n = 2 }
      if not reply[1] then error(reply[2], 0) end
      return table.unpack(reply, 2, reply.n)
    end
  end })
end

-- At once where some time has passed since the last report; else it is left where the
-- parent looks for it.
local function report_progress(self, position, fraction, text)
  local now = sys.mono()
  if fraction < 1 and now - self.reported < PROGRESS_SECONDS then
    return self.channel:tell_progress(self.number, fraction, text and tostring(text))
  end
  self.reported = now
  self.channel:tell_progress(0, fraction)     -- nothing older is left there
  assert(self.channel:post { progress = fraction, text = text and tostring(text), position = position })
end

-- Values that no message can carry become what they are called.
local function plain(t)
  local copy = {}
  for k, v in next, t do copy[k] = pcall(worker_process.pack, v) and v or tostring(v) end
  return copy
end

-- What a step said of itself goes as JSON where it is not plain data (json.null).
local SAID <const> = { "metadata", "logged", "noted" }

local function as_json(answer)
  for _, field in ipairs(SAID) do
    local v = answer[field]
    if v and not pcall(worker_process.pack, v) then
      local ok, text = pcall(json.pack, v)
      if ok then
        answer.json = answer.json or {}
        answer.json[field], answer[field] = text, nil
      else
        answer[field] = plain(v)
      end
    end
  end
end

-- What says nothing is not sent.
local EMPTY <const> = { "reads", "writes", "impure", "changed", "random" }

local function answer_with(channel, answer)
  for _, field in ipairs(EMPTY) do
    local v = answer[field]
    if not v or type(v) == "table" and not v[1] then answer[field] = nil end
  end
  if answer.log == "" then answer.log = nil end
  local outputs = answer.outputs
  for i = 1, #(outputs or {}) do outputs[i] = parcel.flat(outputs[i]) end
  if outputs and #outputs == 1 then answer.outs = nil end
  local ok, sent = pcall(channel.post, channel, answer)
  if ok then return sent end
  as_json(answer)
  return channel:post(answer)
end

-- What the step printed, itself or by what it started.
local function take_log(self, answer)
  io.stdout:flush()
  self.printed = self.channel:log_size() > 0
  if not self.printed then return end
  local text, head, from, at = self.channel:log_text()
  answer.log, answer.log_gap = text, head and { head, from, at } or nil
end

local function out_of_memory(request, message)
  if request.memory and (message == nil or message:find "not enough memory" or message:find "out of memory") then
    return string.format("out of memory: the step asked for more than %s (resources.memory)", limits.show_bytes(request.memory))
  end
end

-- Whether the step may have changed what others see in this process.  Another process
-- is as the plan found it.
local function has_acted(self, request, answer)
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

-- What this process saw of mapped objects that the parent had not.
local function take_sigs(self, request, answer)
  if not request.mapped then return end
  each_object(request, function(digest)
    local sig = not self.known[digest] and self.env.store:sig(digest)
    if sig then
      answer.sigs = answer.sigs or {}
      table.move({ digest, sig }, 1, 2, #answer.sigs + 1, answer.sigs)
      self.known[digest] = true
    end
  end)
end

-- The request as lua/execute/task.lua has it; mapped: it brings more than small values.
local function unpack_request(self, request)
  request.run = request.run or self.run
  self.run = request.run
  request.inputs = request.inputs or {}
  local function unpack(given)
    local artifact, whole = parcel.artifact(given)
    if not whole then request.mapped = true end
    return artifact
  end
  for i, given in ipairs(request.inputs) do
    if given and given.list then
      local list = given.list
      for k = 1, #list do list[k] = unpack(list[k]) end
    elseif given then
      request.inputs[i] = unpack(given)
    end
  end
  return request
end

local function trust(self, sigs)
  for i = 1, #(sigs or {}), 2 do
    self.env.store:trust(sigs[i], sigs[i + 1])
    self.known[sigs[i]] = true
  end
end

local function carry_out(self, request)
  unpack_request(self, request)
  if self.printed then self.channel:clear_log() end
  self.printed = false
  trust(self, request.sigs)
  if request.memory then assert(worker_process.limit_memory(request.memory)) end
  local held <close> = self.work:begin()
  assert(held)
  local ok, answer = internal_error.call(task.run, request, self.env)
  if request.memory then worker_process.limit_memory(nil) end
  if not ok then
    local err, outgrown = answer, out_of_memory(request, tostring(answer))
    if not outgrown and not internal_error.is(err) then error(err, 0) end
    answer = { position = request.position, ok = false, error = outgrown, started = sys.now(), seconds = 0.0, last = true }
    if not outgrown then internal_error.put(answer, err) end
  elseif not answer.ok then
    local outgrown = out_of_memory(request, answer.error)
    if outgrown then answer.error, answer.last = outgrown, true end
  end
  answer.left = self.work:finish()
  take_log(self, answer)
  take_sigs(self, request, answer)
  answer.last = answer.last or answer.altered ~= nil or answer.refused or has_acted(self, request, answer)
  return answer
end

-- Lets go of what is the parent's.
local function settle(self)
  project.abandon(proxy(self))
  signals.ignore()
  self.work = child_process.working(self.channel)
  self.env.echo, self.env.isolated = "log", true
  self.env.within = function(...) return project.meta:within(...) end
  self.env.progress = function(...) report_progress(self, self.position, ...) end
end

-- Serves the channel.  env as in lua/execute/task.lua; it is this process's own to change.
---@param channel table
---@param env table
function worker.serve(channel, env)
  local self = setmetatable({ channel = channel, env = env, waiting = {}, known = {}, printed = false, reported = 0.0 }, Worker)
  settle(self)
  while true do
    local request = receive(self, false)
    if not request then return end
    if channel:claim(request.number) then
      self.position, self.number = request.position, request.number
      local answer = carry_out(self, request)
      if not answer_with(channel, answer) or answer.last then return end
    end
  end
end

return worker
