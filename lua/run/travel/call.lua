-- call: runs the step of a visit again, in a forked child, so that each call begins with the same state, and a step
-- that crashes takes nothing with it.  Its outputs go to a scratch store; the history and the store of the run are only
-- read.  What the step prints is shown while it runs.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local packed_params = require "rille.execute.packed_params"
local project = require "rille.project"
local rerun_environment = require "rille.run.rerun_environment"
local rerun_inputs = require "rille.run.rerun_inputs"
local store = require "rille.host.store"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local task = require "rille.execute.task"
local types = require "rille.script.types"
local value = require "rille.host.value"
local worker_process = require "rille.host.worker_process"
local worker_shutdown = require "rille.execute.worker_shutdown"

local call = {}

local STEP <const>, PARAMS <const> = graph.STEP, graph.PARAMS
local LOOK <const> = 0.1            -- seconds between two looks at what it prints

---@class rille.travel.given  what a user gives in place of what is recorded
---@field inputs table<integer, any> by number
---@field params table<string, any>

---@class rille.travel.report  plain data
---@field ok boolean
---@field error string?
---@field trace string?
---@field seconds number
---@field outputs Artifact[]?
---@field metrics table<string, number>?
---@field reads string?
---@field impure table?
---@field notes string[]?
---@field today string[]? modules of today that it loaded in the place of those of that day

-- What is given ------------------------------------------------------------------------------

local function names_of(step)
  local names = {}
  for _, list in ipairs { step.inputs, step.params } do
    for _, one in ipairs(list) do names[#names + 1] = one.name end
  end
  return names
end

local function is_artifact(v) return type(v) == "table" and debug.getmetatable(v) == history.Artifact end

-- Checks what a user gives by name; raises at the user's line.
---@param step Step
---@param given table?
---@return rille.travel.given
function call.given(step, given)
  local found = { inputs = {}, params = {} }
  if given == nil then return found end
  if type(given) ~= "table" or given[1] ~= nil then
    errors.raise("step: expected inputs and parameters by name, as in step { %s = VALUE }; found %s",
      names_of(step)[1] or "NAME", errors.describe(type(given) == "table" and given[1] or given))
  end
  for name, v in next, given do
    local k = step.index.input[name]
    if k then
      local admitted, expected = v, nil
      if not is_artifact(v) then admitted, expected = types.admit(step.inputs[k].type, v) end
      if admitted == types.REFUSED then
        errors.raise('step: input "%s": expected %s, found %s', name, expected, errors.describe(v))
      end
      found.inputs[k] = admitted
    elseif step.index.param[name] then
      found.params[name] = definition.check_value("step", step.params[step.index.param[name]], v)
    else
      errors.raise('step: there is no input or parameter "%s"%s', tostring(name), suggest.hint(name, names_of(step)))
    end
  end
  return found
end

-- The request --------------------------------------------------------------------------------

-- An artifact of a value that is given, and its digest in the key.
local function saved(port, v)
  local artifact
  if is_artifact(v) then artifact = project.meta:artifact(rawget(v, "row").digest) end
  artifact = artifact or materialize.save(v, port.type, { store = project.store })
  if not types.takes_artifact(port.type) then return artifact, artifact.digest end
  local note = json.pack {}
  return artifact, value.key("artifact", note, artifact.digest), { note }
end

local function key_of(spec, params, digests)
  return value.key(spec.prefix, value.encode(params), #digests == 1 and digests[1] or digests)
end

-- The request of the step as it was, but for what is given; or nil and why there is none.
local function request_of(visit, given)
  local node, row, spec = visit.node, visit.row, visit.spec
  local values, params = {}, {}
  for k, v in next, visit.values do values[k] = v end
  for k, v in next, given.inputs do values[k] = v end
  for k, port in ipairs(node[STEP].inputs) do
    local why = values[k] == nil and visit.unknown[k]
    if why then return nil, string.format("input %s: %s; give it: step { %s = VALUE }", port.name, why, port.name) end
  end
  for name, v in next, visit.params do params[name] = v end
  for name, v in next, given.params do params[name] = v end
  local as_it_was = next(values) == nil and next(given.params) == nil
  local inputs, digests, notes = rerun_inputs.of(node, row, false, values)
  if not inputs then return nil, digests end
  if as_it_was and row.key and key_of(spec, params, digests) ~= row.key then
    local other, of_lists, more = rerun_inputs.of(node, row, true, values)
    if other and key_of(spec, params, of_lists) == row.key then inputs, digests, notes = other, of_lists, more end
  end
  for k, v in next, values do inputs[k], digests[k], notes[k] = saved(node[STEP].inputs[k], v) end
  local bytes, objects = packed_params.pack(params)
  local key = as_it_was and visit.code.is_then and row.key or key_of(spec, params, digests)
  node[PARAMS] = params
  return { position = 1, id = row.node, key = key, params = bytes, objects = objects, inputs = inputs,
    artifact_notes = notes, run = { id = visit.run.id, name = visit.run.name } }
end

-- The child ----------------------------------------------------------------------------------

local REPORTED <const> = { "ok", "error", "trace", "seconds", "outputs", "metrics", "reads", "impure", "notes",
  "altered" }

local function run_task(visit, given, scratch)
  project.use_store(rerun_environment.split_store(project.store, assert(store.open(scratch))))
  local request, why = request_of(visit, given)
  if not request then return { ok = false, error = why, seconds = 0.0 } end
  local decl = visit.step.options.model or visit.code.pipeline and visit.code.pipeline.model
  request.model = decl and require("rille.record.model_links").of_past_run(visit.run.row, decl)
  local env = rerun_environment.of(visit.run, visit.row, visit.node, visit.spec, scratch)
  env.echo = "log"
  return task.run(request, env)
end

-- In the child: the report.
local function carry_out(channel, visit, given, scratch)
  -- no handle survives a fork
  project.abandon()
  global_options.set { quiet = true }
  project.need "read"
  local job = worker_shutdown.start(channel)
  local held <close> = job:begin()
  assert(held)
  local ok, answer = internal_error.call(visit.within, visit, run_task, visit, given, scratch)
  io.stdout:flush()
  job:finish()
  if not ok then
    local text = type(answer) == "table" and (answer.usage or answer.message) or errors.text_of(answer, "the step")
    return { ok = false, error = tostring(text), seconds = 0.0 }
  end
  local report = {}
  for _, field in ipairs(REPORTED) do report[field] = answer[field] end
  report.today = visit.code.today
  return report
end

-- The parent ---------------------------------------------------------------------------------

-- Shows what the child printed since the last look.
local function show_log(channel, shown, show)
  local text, at = channel:log(shown)
  if not text or text == "" then return shown end
  local secrets = package.loaded["rille.project.secrets"]
  show(secrets and secrets.mask(text) or text)
  return at + #text
end

-- The report on a child that ended without one.
local function exit_report(channel)
  local how, code = channel:reap(true)
  if how == "signal" then how, code = "by", sys.signal_name(code) else how = "with exit code" end
  return { ok = false, error = string.format("the process of the step ended %s %s", how, code), seconds = 0.0 }
end

-- Runs the step; the report.  Its outputs are in the scratch folder.
---@param visit rille.travel.visit
---@param given rille.travel.given
---@param scratch string a folder
---@param show fun(text: string) what the step prints
---@return rille.travel.report
function call.run(visit, given, scratch, show)
  local channel <close> = errors.need(worker_process.fork(function(child)
    assert(child:send(value.encode(carry_out(child, visit, given, scratch))))
  end, scratch))
  -- an error here is that of Ctrl-C: nobody waits for the result
  local ends <close> = setmetatable({}, { __close = function(_, err) if err then channel:kill "kill" end end })
  assert(ends)
  local shown = 0
  while not channel:ready(LOOK) do
    shown = show_log(channel, shown, show)
    if interrupt.reason() then error("interrupted", 0) end
  end
  show_log(channel, shown, show)
  local bytes = channel:receive()
  return bytes and value.decode(bytes) or exit_report(channel)
end

return call
