-- program_pool: a Runner (lua/execute/runner.lua) for a library: steps run in workers of a `rille` process, which
-- has loaded the same scripts (run/step_server.lua).  A host may have threads, so it is never forked.
--
--   this process  -- hello, requests, replies, stop -->  rille  -- forks -->  workers
--                 <-- ready, answers, questions, events --
--
-- A step goes there when its code has the same prefix of a key in both processes, reaches nothing that a prefix does
-- not cover, and has no secret; any other runs here, in the thread of the host.  When the end of the channel is read,
-- that process ends, and its workers with it.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local message = require "rille.execute.message"
local metadata_questions = require "rille.execute.metadata_questions"
local meta = require "rille.host.meta"
local packed_params = require "rille.execute.packed_params"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local program_pool = {}

local STEP <const>, PARAMS <const> = graph.STEP, graph.PARAMS
local TICK <const> = 0.02           -- seconds between two looks at what the host asks for

-- What the program is started with.
program_pool.WORD = "--serve-steps"

local Pool = { __name = "pool of a program" }
Pool.__index = Pool

-- Which steps go there --------------------------------------------------------------------

local function has_secret(step)
  for _, param in ipairs(step.params or {}) do if param.type.name == "secret" then return true end end
  return false
end

-- Does the prefix cover all that the step's code reaches?
local function is_covered(step, spec)
  if not spec.info or spec.info.escapes[1] then return false end
  for _, name in ipairs(spec.info.reaches) do
    if name:find "^foreign C: " and not spec.cacheable then return false end
  end
  return step.name ~= nil and not has_secret(step)
end

local function goes(self, node)
  local step = node[STEP]
  if not self.prefixes or not step.run then return false end
  local spec = self.env.spec(node)
  return self.prefixes[step.name] == spec.prefix and is_covered(step, spec)
end

-- A step in this process has no limits.
local function check_limits(node)
  local step = node[STEP]
  local resources = step.options.resources
  if step.options.timeout or resources and resources.memory then
    errors.at(step.at, 'step "%s" has a %s, and runs in the process of the host, which cannot enforce it: its code is '
      .. "in C, from a string or not the same in the file", step.name,
      step.options.timeout and "timeout" or "memory limit")
  end
end

-- Notes whether all steps go there: then none sees what another one did to the script's state.
local function look(self, plan)
  self.isolated = not plan.graph.dynamic
  for i, node in ipairs(plan.graph.nodes) do
    if node[STEP].run and not goes(self, node) then
      self.isolated = false
      if not plan:is_cached(i) then check_limits(node) end
    end
  end
end

-- Starting ---------------------------------------------------------------------------------

-- The next message; nil at the end of the channel, or when the host wants the run to end.
local function await(self)
  while true do
    local got = self.channel:take()
    if got ~= false then return got end
    if signals.received() then return nil end
    assert(worker_process.wait({ self.channel }, TICK))
  end
end

local function answer_question(self, got)
  self.channel:post { reply = metadata_questions.answer(got, self.env.ask) }
end

local function end_program(self)
  if self.channel then self.channel:close() end
  self.channel, self.prefixes = nil, nil
end

-- Starts the program, which loads the scripts.  Raises where it is none of ours.
local function start(self, given)
  local channel, why, code = worker_process.spawn(given.program, program_pool.WORD)
  if not channel then project.fail("jobs: the rille program cannot be started: " .. why, code) end
  self.channel = channel
  channel:post(given.hello)           -- here and below: its end is found out when the channel is read
  local got = await(self)
  while got and got.ask do
    answer_question(self, got)
    got = await(self)
  end
  if got and got.ready then
    self.prefixes = got.ready
    return
  end
  end_program(self)
  if signals.received() then return end
  if not got or got.version then
    project.fail(string.format('jobs: %s %s; name the program of this library: rille_set(engine, "program", PATH)',
      given.program, got and "is rille " .. got.version .. ", and this library " .. given.hello.version
        or "ended when it was to run steps; is it rille?"), got and -13 or -1)
  end
  self.env.emit("notice", nil, "steps run in the host's thread: a script cannot be loaded by " .. given.program .. ": "
    .. tostring(got.failed))
end

-- Requests and answers -----------------------------------------------------------------------

function Pool:accepts()
  if self.waiting or self.n_sent >= self.jobs then return nil end
  return "idle"
end

function Pool:count_busy() return self.n_sent + (self.waiting and 1 or 0) end
function Pool:worker_of() end

function Pool:submit(request)
  local node = self.env.node(request.id)
  if not goes(self, node) then
    self.waiting = request
    return
  end
  if not request.params then request.params, request.objects = packed_params.pack(node[PARAMS]) end
  local sent = message.pack_request(request, self.env.store, nil)
  sent.step = node[STEP].name
  self.sent[request.position], self.n_sent = request, self.n_sent + 1
  self.channel:post(sent)
end

local function add(self, answer)
  self.last = self.last + 1
  self.answers[self.last] = answer
end

local function take_answer(self, answer)
  message.unpack_answer(answer, self.env.store)
  if self.sent[answer.position] then self.sent[answer.position], self.n_sent = nil, self.n_sent - 1 end
  add(self, answer)
end

-- The process has ended: so have the steps that it ran.
local function lose_program(self)
  end_program(self)
  for position, request in next, self.sent do
    add(self, { position = position, ok = false, died = not self.is_stopping or nil, stopped = self.is_stopping or nil,
      error = self.is_stopping and "stopped" or "the rille process that ran step " .. request.id .. " has ended",
      started = sys.now(), seconds = 0.0 })
  end
  self.sent, self.n_sent, self.is_lost = {}, 0, true
end

local function read_all(self)
  while self.channel do
    local got = self.channel:take()
    if got == nil then return lose_program(self) end
    if not got then return end
    if got.ask then answer_question(self, got)
    elseif got.event then self.env.emit(got.event, got.position, got.data, got.more)
    else take_answer(self, got)
    end
  end
end

local function next_answer(self)
  local answer = self.answers[self.first]
  if not answer then return nil end
  self.answers[self.first] = nil
  self.first = self.first + 1
  return answer
end

local function run_here(self)
  local request = self.waiting
  self.waiting = nil
  local answer = require("rille.execute.task").run(request, self.env)
  -- it may have seen what another step did, which is judged as if none could
  if self.is_lost then answer.unrecorded = "it ran in the host's thread, as the rille process had ended" end
  return answer
end

function Pool:next(seconds)
  local answer = next_answer(self)
  if answer then return answer end
  if self.waiting then return run_here(self) end
  self.env.idle()
  local list = { self.channel }
  assert(worker_process.wait(list, math.min(seconds or TICK, TICK)))
  if self.channel then read_all(self) end
  return next_answer(self)
end

-- The end ------------------------------------------------------------------------------------

function Pool:stop(at_once)
  self.is_stopping = true
  if self.channel then self.channel:post { stop = true, at_once = at_once or signals.received() ~= nil } end
end

function Pool:shutdown() end

function Pool:close()
  end_program(self)
  sys.remove(self.root)
end

---@param env TaskEnv  and emit, ask, idle as of worker_pool.lua
---@param plan table
---@param jobs integer
---@param given { program: string, hello: table }?  hello: see run/step_server.lua; root and jobs are set here; nil: all
---    steps run here
---@return Runner
function program_pool.new(env, plan, jobs, given)
  local self = setmetatable({ env = env, jobs = jobs, root = env.root .. "/program-" .. meta.new_id(), sent = {},
    n_sent = 0, answers = {}, first = 1, last = 0 }, Pool)
  if given then
    given.hello.root, given.hello.jobs = self.root, jobs
    local ok, why = pcall(start, self, given)
    if not ok then
      end_program(self)
      error(why, 0)
    end
  end
  look(self, plan)
  return self
end

return program_pool
