-- face: the public face, `local rille = require "rille"`.
--
-- Everything a script can say starts here; see rille help steps, pipelines,
-- types, materializers, cache, history.

local context = require "rille.execute.context"
local external = require "rille.script.external"
local internal_error = require "rille.base.internal_error"
local graph = require "rille.graph"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local pipeline = require "rille.script.pipeline"
local project = require "rille.project"
local running = require "rille.project.running"
local step = require "rille.script.step"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local face = {
  _VERSION = "0.1.0",
  step = step.define,
  pipeline = pipeline.define,
  Step = step.Base,
  Pipeline = pipeline.Base,
  external = external.new,
  types = types.t,
  interface = types.interface,
  materializer = materialize.define,
  context = context.get,
  ---What stands for null where a value is: in a list, as the whole of a JSON or YAML text,
  ---as what a step gives.  A field of a map that is null is absent instead, and a
  ---parameter that is given null has its default.  It is true in a condition and equal
  ---to itself alone, in every process: v == face.null.  Also json.null and yaml.null.
  ---@type userdata
  null = json.null,
  when = pipeline.when,
}

-- The error of a failed run: .message, .run (its name), .no_room where it failed for the
-- system had no more of something.
face.RunFailed = { __name = "failed run", __tostring = function(self) return self.message end }

local function run_failed(result, message) return setmetatable({ message = message, run = result.name, no_room = result.failed.answer.no_room }, face.RunFailed) end

-- Ctrl-C ends the script too, not just the run.
local function leave_if_stopped(result)
  if result.status == "stopped" and project.interrupted and project.interrupted() then error({ exit = 128 + project.interrupted() }, 0) end
end

local function run_now(spec, inputs, params)
  local run = require "rille.run"
  local history = require "rille.query.history"
  local g = graph.new()
  g.at = spec.at
  graph.current = g
  local ok, message = internal_error.call(graph.add, spec, inputs, params)
  graph.current = nil
  if not ok then error(message, 0) end
  local result = run.graph({ name = spec.name }, g, params, { unlisted = true })
  if result.failed then error(run_failed(result, result.failed.answer.error), 0) end
  leave_if_stopped(result)
  local node, artifacts = g.nodes[1], {}
  local outs = result.plan.outs[1]
  for k, port in ipairs(spec.outputs) do
    artifacts[k] = history.artifact_of { digest = outs:sub(32 * k - 31, 32 * k), name = port.name, origin = { source = result.row, position = 1, output = k } }
  end
  return table.unpack(artifacts, 1, #node[graph.STEP].outputs)
end

step.set_engine {
  run_now = run_now,
  try = function(spec, options) return require("rille.testing").step(spec, options) end,
  carry_out = function() return require("rille.execute.command").carry_out end,
}

-- Runs a pipeline and returns the run; raises when it failed, unless raise = false.
---@param self table a pipeline
---@param options { params?: table, inputs?: table, run_name?: string, unlisted?: boolean, cache?: boolean, jobs?: integer, tags?: string[], raise?: boolean, config?: string,
--- execution_mode?: "stop_on_failure"|"fail_fast"|"continue_on_failure", resources?: { cpu?: integer, memory?: integer|string, gpu?: integer } }
---@return table run see history.lua
function pipeline.run(self, options)
  local run = require "rille.run"
  local result = run.pipeline(self, options)
  if result.status == "failed" and options.raise ~= false then
    error(run_failed(result, string.format("run %s failed in step %s: %s", result.name, result.failed.id, result.failed.answer.error)), 0)
  end
  leave_if_stopped(result)
  return require("rille.query.history").find_run(result.id)
end

-- What would run and why: { { id, status, reason }... } in order.
---@param self table a pipeline
---@param options { params?: table, inputs?: table, cache?: boolean, config?: string }
---@return { id: string, step: string, status: "cached"|"run"|"wait", reason: string? }[]
function pipeline.plan(self, options)
  local p, spec = require("rille.run").plan(self, options)
  return (require("rille.query.why").of_plan(p, spec, self.name))
end

-- pipeline:graph: a drawing of what would run.
function pipeline.draw(self, options) return require("rille.show.draw.from_run").of_pipeline(self, options) end
function project.draw(run) return require("rille.show.draw.from_run").of_run(run) end

-- Draws a run, a step of one, an artifact (what it was made from) or a pipeline
-- (what would run) as text, and returns the drawing.
---@param what table
---@return table graph tostring gives the text; :svg() :html() :dot() :mermaid() :json() :text(), :save(path)
function face.show(what)
  local drawing = require("rille.show.draw.from_run").of(what)
  drawing:print()
  return drawing
end

-- Is this script the program that was started (and not required by another)?
---@return boolean
function face.main()
  if running.is_step() then observe.impure "rille.main" end
  if not project.program then return false end
  local info = debug.getinfo(2, "S")
  return info ~= nil and info.source == project.chunk
end

-- rille.file "data/x.csv": a tracked file, for inputs of type t.file.
---@param path string relative to the main script's folder, or absolute
---@return table file { path, name }
function face.file(path) return (require("rille.project.paths").file(path)) end
-- rille.dir "data": a tracked folder, for inputs of type t.dir.
---@param path string relative to the main script's folder, or absolute
---@return table folder { path }
function face.dir(path) return (require("rille.project.paths").dir(path)) end
-- rille.artifact("PIPELINE::STEP::OUTPUT" or an id or the beginning of a digest)
---@param what string
---@return table artifact :load() gives the value
function face.artifact(what) return (require("rille.query.history").artifact(what)) end

-- rille.open { store = DIR, base = DIR, quiet = true }: for a stock lua5.4, before the
-- first run.
---@param options { store?: string, base?: string, quiet?: boolean }
function face.open(options)
  if type(options) ~= "table" then errors.raise("rille.open: expected a table of options, found %s", errors.describe(options)) end
  errors.check_fields("rille.open", options, { store = true, base = true, quiet = true })
  if project.hosted then errors.raise "rille.open: the store of this engine is opened by the program that embeds it, with rille_open" end
  if running.is_step() then errors.raise "rille.open: a step is running, and its run goes into the store that is open; call it before the first run" end
  project.close()
  project.options.store, project.options.quiet = options.store, options.quiet
  project.base = options.base or project.base
end

local LAZY = {
  pipelines = function() return require("rille.query.history").pipelines end,
  steps = function()
    return setmetatable({}, { __index = function(_, name)
      -- its code would not be in the key of the step that asks
      if running.is_step() then observe.impure("rille.steps." .. tostring(name)) end
      local found = step.steps[name]
      if found then return found end
      local names = {}
      for other in next, step.steps do names[#names + 1] = other end
      errors.raise('there is no step "%s"%s', tostring(name), suggest.hint(name, names))
    end })
  end,
}

return setmetatable(face, {
  __index = function(_, k)
    local get = LAZY[k]
    if get then return get() end
    require("rille.base.usage_hints").module_field(face, tostring(k), LAZY)
  end,
})
