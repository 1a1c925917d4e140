-- step_server: the program's side of execute/program_pool.lua: `rille --serve-steps`, started by a library.  It loads
-- the scripts that the library's host has loaded, forks workers, and passes requests and answers on.
--
-- It begins with a hello { version, store, base, scripts, path, cpath, pipeline, root, jobs }: the .rille folder, the
-- folder that relative paths start from or nil, paths of scripts, package.path and package.cpath, the pipeline's name,
-- a folder for temporary files, the number of workers; and answers { ready = { [step] = prefix of its keys } },
-- { failed = message } or { version = its own }, after which it ends.
--
-- The metadata are the host's: what asks for them here asks there.

local context = require "rille.execute.context"
local fingerprint = require "rille.host.fingerprint"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local key = require "rille.cache.key"
local message = require "rille.execute.message"
local program = require "rille.project.program"
local project = require "rille.project"
local steps = require "rille.script.step"
local store = require "rille.host.store"
local worker_pool = require "rille.execute.worker_pool"
local worker_process = require "rille.host.worker_process"

local step_server = {}

local ID <const>, STEP <const>, PARAMS <const> = graph.ID, graph.STEP, graph.PARAMS
local NONE <const> = {}

local Server = { __name = "step server" }
Server.__index = Server

-- The next message of the host; nil at its end.
local function await(self)
  while true do
    local got = self.host:take()
    if got ~= false then return got end
    assert(worker_process.wait({ self.host }, 3600))
  end
end

-- Asks the metadata, which the host has.
local function ask(self, method, ...)
  assert(self.host:post { ask = method, args = table.pack(...) })
  while true do
    local got = await(self)
    local reply = got and got.reply or not got and { false, "the run has ended", n = 2 }
    if reply then
      if not reply[1] then error(reply[2], 0) end
      return table.unpack(reply, 2, reply.n)
    end
    self.waiting[#self.waiting + 1] = got
  end
end

local function nothing() end

local function metadata_of(self)
  return setmetatable({ abandon = nothing, close = nothing }, { __index = function(_, method)
    return function(_, ...) return ask(self, method, ...) end
  end })
end

-- What the keys of each step begin with; a step that cannot be in a key is left out.
local function read_steps(self)
  local prefixes = {}
  fingerprint.look()
  for name, step in next, steps.steps do
    local ok, spec = internal_error.call(key.spec_of, step, program.observed)
    if ok then self.specs[step], prefixes[name] = spec, spec.prefix end
  end
  return prefixes
end

local function environment(self, hello)
  return {
    store = project.store, root = hello.root, epoch = 0, echo = false, also = self.host,
    emit = function(event, position, data, more)
      self.host:post({ event = event, position = position, data = data, more = more }, true)
    end,
    spec = function(node) return self.specs[node[STEP]] end,
    node = function(id) return self.nodes[id] end,
    -- a worker learns of a node by its request
    learn = function(request)
      self.nodes[request.id] = { [ID] = request.id, [STEP] = steps.steps[request.step], [PARAMS] = NONE }
    end,
    kind = function(position) return self.kinds[position] end,
    ask = function(...) return ask(self, ...) end,
    hand = function(...) return require("rille.query.history").handed(...) end,
    history = function()
      context.check_history()
      return require("rille.query.history").pipeline(hello.pipeline)
    end,
    model_field = function(...) return require("rille.query.past_model").of_context(...) end,
    idle = nothing,
  }
end

-- Loads the scripts as the host has; returns what their steps' keys begin with.
local function prepare(self, hello)
  global_options.set { store = hello.store, silent = true, quiet = true }
  package.path, package.cpath = hello.path, hello.cpath
  project.adopt(hello.store, project.check(store.open(hello.store)), metadata_of(self))
  -- what a script runs while it is loaded has run in the host
  program.inspect "worker"
  for _, path in ipairs(hello.scripts) do require("rille.run.script_file").library(path, nil, nil, hello.base) end
  local prefixes = read_steps(self)
  self.pool = worker_pool.new(environment(self, hello), hello.jobs)
  return prefixes
end

local function submit(self, sent)
  local request = message.unpack_request(sent)
  local pool = self.pool
  message.trust_sigs(project.store, request.sigs)
  pool.env.learn(request)
  self.kinds[request.position] = pool.env.node(request.id)[STEP].run
  pool:accepts(request.position, request.exclusive)
  pool:submit(request)
end

-- Takes what the host has sent; false when it has ended.
local function take_all(self)
  while true do
    local got = table.remove(self.waiting, 1)
    if not got then got = self.host:take() end
    if got == nil then return false end
    if not got then return true end
    if got.stop then self.pool:stop(got.at_once) else submit(self, got) end
  end
end

local function pass_on(self)
  while take_all(self) do
    local answer = self.pool:next()
    if answer then message.post_answer(self.host, answer) end
  end
  self.pool:close()
end

-- Sends all that is kept.
local function finish(self)
  while self.host:take() == false do assert(worker_process.wait({ self.host }, 3600)) end
end

-- Serves the process that started this one until its end.
---@return integer code of the process
function step_server.serve()
  local self = setmetatable({ host = worker_process.adopt(), specs = {}, nodes = {}, kinds = {}, waiting = {} },
    Server)
  local hello = await(self)
  if not hello then return 1 end
  local version = require "rille.base.version"
  if hello.version ~= version then
    self.host:post { version = version }
    finish(self)
    return 1
  end
  local ok, prefixes = internal_error.call(prepare, self, hello)
  if not ok then
    self.host:post { failed = tostring(prefixes.usage or prefixes.message or prefixes) }
    finish(self)
    return 1
  end
  self.host:post { ready = prefixes }
  pass_on(self)
  return 0
end

return step_server
