-- rille: the public face, `local rille = require "rille"`.
--
-- Everything a script can say starts here; see rille help steps, pipelines,
-- types, materializers, cache, history.

-- What lower rooms call of higher ones is passed in there.
require "rille.composition"

local context = require "rille.execute.context"
local external = require "rille.script.external"
local json = require "rille.json"
local registry = require "rille.artifact.registry"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local pipeline = require "rille.script.pipeline"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local program = require "rille.project.program"
local running = require "rille.project.running"
local step = require "rille.script.step"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local face = {
  _VERSION = require "rille.base.version",
  step = step.define,
  pipeline = pipeline.define,
  Step = step.Base,
  Pipeline = pipeline.Base,
  external = external.new,
  types = types.t,
  interface = types.interface,
  materializer = registry.define,
  context = context.get,
  ---What stands for null where a value is: in a list, as the whole of a JSON or YAML text,
  ---as what a step gives.  A field of a map that is null is absent instead, and a
  ---parameter that is given null has its default.  It is true in a condition and equal
  ---to itself alone, in every process: v == face.null.  Also json.null and yaml.null.
  ---@type userdata
  null = json.null,
  when = require("rille.script.pipeline_graph").when,
  RunFailed = require("rille.run.run_failed").RunFailed,
}

-- Draws a run, a step of one, an artifact (what it was made from) or a pipeline
-- (what would run) as text, and returns the drawing.
---@param what table
---@return table graph tostring gives the text; :svg() :html() :dot() :mermaid() :json() :text(), :save(path)
function face.show(what)
  local drawing = require("rille.show.draw.of_value").draw(what)
  drawing:print()
  return drawing
end

-- Is this script the program that was started (and not required by another)?
---@return boolean
function face.main()
  if running.is_step() then observe.impure "rille.main" end
  if not program.is_main then return false end
  local info = debug.getinfo(2, "S")
  return info ~= nil and info.source == program.chunk
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
  if type(options) ~= "table" then
    errors.raise("rille.open: expected a table of options, found %s", errors.describe(options))
  end
  errors.check_fields("rille.open", options, { store = true, base = true, quiet = true })
  if program.hosted then
    errors.raise "rille.open: the store of this engine is opened by the program that embeds it, with rille_open"
  end
  if running.is_step() then
    errors.raise("rille.open: a step is running; call rille.open "
      .. "before the first run")
  end
  project.close()
  global_options.set { store = options.store or false, quiet = options.quiet or false }
  if options.base then project.set_folder(options.base) end
end

local LAZY = {
  model = function() return require("rille.script.model").define end,
  models = function() return require("rille.query.past_model").models end,
  -- rille.at "steps.trainer@e4d3808": a module as of a commit; no step may call it
  at = function() return require("rille.run.at_commit").at end,
  -- rille.trust { "lxp", ... }: these modules in C are pure; no step may call it
  trust = function() return require("rille.cache.c_modules").trust end,
  pipelines = function() return require("rille.query.history").pipelines end,
  -- rille.artifacts:each { tag = "best", where = "metric.acc > 0.9" }
  artifacts = function() return require("rille.query.history").artifacts end,
  -- rille.flavor { kind =, name =, open = ... }: a flavor of components (rille help stacks)
  flavor = function() return require("rille.stack.flavors").define end,
  -- rille.stack.alerter, .experiment_tracker ...: the components of the stack (rille help stacks)
  stack = function() return require("rille.stack.view").stack end,
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
