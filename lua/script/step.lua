-- step: steps, as scripts define, change and call them.
--
--   rille.step "name" { inputs =, params =, outputs =, run = }
--   rille.Step:extend "name" { fields }, then its method entrypoint (lua/script/class_style.lua)
-- Calling a step depends on where: where a pipeline is defined it adds a node, in a
-- running step it is a plain call, elsewhere it runs the step through the cache.

local call = require "rille.script.call"
local class_style = require "rille.script.class_style"
local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local graph = require "rille.graph"
local limits = require "rille.script.limits"
local origin = require "rille.host.origin"
local program = require "rille.project.program"
local running = require "rille.project.running"
local step_call = require "rille.host.step_call"
local step_options = require "rille.script.step_options"
local step_shape = require "rille.script.step_shape"
local types = require "rille.script.types"
local upcalls = require "rille.base.upcalls"

---@class Step
---@field name string
---@field doc string?
---@field inputs Port[]
---@field params Param[] sorted by name
---@field outputs Port[]
---@field index { input: table, param: table, output: table } positions by name, in inputs, params and outputs
---@field run function the body: run(inputs..., params, ctx)
---@field fn function what a call by hand runs: run, or the method with its self
---@field receiver table|false self of the body's method, in class style
---@field command Recipe|false the program that run starts
---@field version string|integer|false
---@field options table cache, materializers and limits of the definition, and what :with gave
---@field bound table|false parameters that :with gave
---@field equivalent Step|false the step that this one was made from by :with, when they do the same work
---@field at string|false where it is defined, "FILE:LINE"; false: by a program in C
--

---@class LightStep what step:with { id = "x" } gives, until a field is read: it gets those of a Step then.  Pipelines
---    of many nodes make many of them, and call each once
---@field [1] Step
---@field [2] string "x"

local step = {}

-- The steps that were defined, by name.
---@type table<string, Step>
step.steps = {}

local Step = { __name = "step" }
step.Step = Step

local COMMAND_FIELDS <const> = { "env", "stdout", "depends", "shell" }
local FIELDS = { doc = true, inputs = true, params = true, outputs = true, run = true, cache = true, version = true,
  materializers = true, model = true, command = true, env = true, stdout = true, depends = true, shell = true }
for _, name in ipairs(limits.NAMES) do FIELDS[name] = true end

-- In class style the body is the method entrypoint.
local CLASS_FIELDS = { entrypoint = true }
for field in next, FIELDS do CLASS_FIELDS[field] = field ~= "run" or nil end

---@return boolean
function step.is_step(v) return getmetatable(v) == Step end

local label = definition.step_label

-- Definition -----------------------------------------------------------------------

-- Names that say which argument is meant, and its place after the inputs; self has none.
local TELLING <const> = { ctx = 2, context = 2, p = 1, params = 1, parameters = 1, self = math.huge }

-- `run` names its arguments; those that carry an input's name must stand where
-- the input stands, and those of the parameters and the context likewise.
local function check_order(spec, body, method, skip)
  local info = debug.getinfo(body, "u")
  local place = {}
  for i, port in ipairs(spec.inputs) do place[port.name] = i end
  for i = 1, info.nparams - skip do
    local arg = debug.getlocal(body, skip + i)
    local want = place[arg]
    if want and want ~= i then
      errors.raise('%s: argument %d of %s is "%s", but the inputs are declared in the order %s', label(spec.name), i,
        method, arg, definition.port_names(spec.inputs))
    elseif not want and TELLING[arg] ~= i - #spec.inputs and (TELLING[arg] or spec.index.param[arg]) then
      require("rille.script.argument_hints").of_step(label(spec.name), spec, method, i, arg)
    end
  end
  local takes = info.nparams - skip
  if takes > #spec.inputs + 2 and not info.isvararg then
    errors.raise("%s: %s takes %d arguments, but gets %d (%s)", label(spec.name), method, takes, #spec.inputs + 2,
      #spec.inputs > 0 and "the inputs, the parameters and the context" or "the parameters and the context")
  end
end

local function index_of(spec)
  local input, param, output = {}, {}, {}
  for i, port in ipairs(spec.inputs) do input[port.name] = i end
  for i, p in ipairs(spec.params) do param[p.name] = i end
  for i, port in ipairs(spec.outputs) do output[port.name] = i end
  return { input = input, param = param, output = output }
end

local function check_version(name, version)
  if version ~= nil and math.type(version) ~= "integer" and type(version) ~= "string" then
    errors.raise("%s: version must be a string or an integer, found %s", label(name), errors.describe(version))
  end
end

local function check_fields(name, fields, allowed)
  if type(fields) ~= "table" then
    errors.raise("%s: expected a table of fields, found %s%s", label(name), errors.describe(fields),
      definition.form_of(fields, "step", name, "run"))
  end
  errors.check_fields(label(name), fields, allowed)
  errors.check_text(label(name), "doc", fields.doc)
  step_options.check_cache(label(name), fields.cache)
  check_version(name, fields.version)
  if fields.command ~= nil then
    if fields.run ~= nil then
      errors.raise("%s: it has both run and command; a step has one or the other", label(name))
    end
    return
  end
  for _, field in ipairs(COMMAND_FIELDS) do
    if fields[field] ~= nil then errors.raise('%s: %s is for steps with a command', label(name), field) end
  end
end

-- The body of a command step for calls by hand and in a running step: parameters that
-- are left off have their defaults.
local function with_defaults(spec)
  local run, n = spec.run, #spec.inputs
  return function(...)
    local args = table.pack(...)
    args[n + 1] = call.fill_params(spec, args[n + 1] or {})
    return run(table.unpack(args, 1, n + 1))
  end
end

-- A step without its body.
local function new_step(at, name, fields, allowed)
  check_fields(name, fields, allowed)
  local seen = {}
  definition.check_ports(label(name), "inputs", fields.inputs or {}, seen)
  local params = definition.param_list(label(name), fields.params or {}, seen)
  definition.check_ports(label(name), "outputs", fields.outputs or {}, {})
  local spec = {
    name = name, doc = fields.doc, inputs = fields.inputs or {}, params = params, outputs = fields.outputs or {},
    command = false, version = fields.version or false, at = at or false, equivalent = false, bound = false,
    options = limits.check(label(name), fields, { cache = fields.cache, materializers = fields.materializers,
      model = fields.model ~= nil and require("rille.script.model").check(label(name), fields.model) or nil }),
  }
  spec.index = index_of(spec)
  step_options.check_materializers(spec)
  return setmetatable(spec, Step)
end

-- Makes the program that the fields name the step's body; false when they name none.
local function set_command(spec, fields)
  if fields.command == nil then return false end
  local recipe = require "rille.script.command_recipe"
  for _, port in ipairs(spec.inputs) do
    if types.takes_artifact(port.type) then
      errors.raise('%s: input "%s": a program takes values, not artifacts: use the type of the value',
        label(spec.name), port.name)
    end
  end
  rawset(spec, "command", recipe.parse(label(spec.name), fields, spec))
  rawset(spec, "run", recipe.runner(spec.command, upcalls.recipe_carrier()))
  rawset(spec, "fn", with_defaults(spec))
  rawset(spec, "receiver", false)
  return true
end

-- The script defines it no longer.
---@param name string
function step.forget(name) step.steps[name] = nil end

local function register(spec)
  step.steps[rawget(spec, "name")] = spec
  return spec
end

local function define(at, name, fields)
  local spec = new_step(at, name, fields, FIELDS)
  if set_command(spec, fields) then return register(spec) end
  local run = fields.run
  if type(run) ~= "function" then
    errors.raise("%s: run must be the function that does the work, found %s", label(name), errors.describe(run))
  end
  check_order(spec, run, "run", 0)
  spec.run, spec.fn, spec.receiver = run, run, false
  return register(spec)
end

local PATTERN <const>, ALLOWED <const> = "^[%a_][%w_%-]*$", "letters, digits, _ and -"

-- step "name" { fields } -> a step.
-- step("name", { fields }) is the same.
---@type fun(name: string, fields: table?): fun(fields: table): table
step.define = definition.builder("step", PATTERN, ALLOWED, define)

-- Classes --------------------------------------------------------------------------

-- A step in class style.  Its method may follow: resolve_body finds it at the first use.
local function define_class(at, name, fields)
  local spec = new_step(at, name, fields, CLASS_FIELDS)
  spec.declared = { inputs = spec.inputs, params = spec.params, outputs = spec.outputs, version = spec.version }
  local body = fields.entrypoint
  if set_command(spec, fields) and body ~= nil then
    errors.raise("%s: it has both entrypoint and command; a step has one or the other", label(name))
  end
  if body ~= nil then class_style.set(spec, label(name), "entrypoint", {}, {}, "entrypoint", body) end
  return spec
end

-- Fields and methods of steps; a method of a class that has such a name would not be found.
local OWN = { name = true, declared = true, run = true, fn = true, at = true, index = true, equivalent = true,
  bound = true,
  options = true, receiver = true, with = true, extend = true }

-- Finds the method that is the body: its own or an ancestor's.
local function resolve_body(self)
  local name = rawget(self, "name")
  for field, v in next, rawget(self, "declared") do
    if rawget(self, field) ~= v then
      errors.at(rawget(self, "at"), '%s: "%s" is set after its definition; write it in the table given to extend',
        label(name), field)
    end
  end
  if rawget(self, "command") then return end
  local run = class_style.body(self) or class_style.missing(self, label(name), "entrypoint")
  local receiver = class_style.takes_self(run) and rawget(self, "members") or false
  check_order(self, run, "entrypoint", receiver and 1 or 0)
  rawset(self, "run", run)
  rawset(self, "receiver", receiver)
  rawset(self, "fn", receiver and function(...) return run(receiver, ...) end or run)
end

local function set_field(self, k, v)
  class_style.set(self, label(rawget(self, "name")), "entrypoint", CLASS_FIELDS, OWN, k, v)
  if k ~= "entrypoint" then return end
  if rawget(self, "command") then
    errors.raise("%s: it has a command, so it cannot have an entrypoint", label(rawget(self, "name")))
  end
  rawset(self, "run", nil)
  resolve_body(self)
end

-- What rille.Step is.
step.Base = origin.strict { __name = "rille.Step" }

-- rille.Step:extend "name" { fields } -> a class; its method entrypoint(self,
-- inputs..., p, ctx) is the body.  A class has extend too.
---@type fun(self: table, name: string): table
step.Base.extend = class_style.extender {
  kind = "step", pattern = PATTERN, allowed = ALLOWED, base = step.Base, make = define_class, keep = register,
}
Step.extend = step.Base.extend

-- Methods --------------------------------------------------------------------------

-- The calls and copies that C makes; each returns nil where it is not one of those.
local quick_call, quick_with, take_light

local function copy(self, options)
  local given, bound, equivalent = step_options.with(self, options)
  local made = {
    name = self.name, doc = self.doc, inputs = self.inputs, params = self.params, outputs = self.outputs,
    run = self.run, fn = self.fn, command = self.command, version = self.version, at = self.at, index = self.index,
    receiver = self.receiver, members = rawget(self, "members"), options = given, bound = bound,
    equivalent = equivalent, view = true,
  }
  if options.materializers ~= nil then step_options.check_materializers(made) end
  return made
end

-- Gives a light step all fields.  Who reads the fields of a step by rawget or next calls this before.
---@param self Step
---@return boolean was it a light one?
function step.complete(self)
  local like, id = take_light(self)
  if not like then return false end
  for k, v in next, copy(like, { id = id }) do rawset(self, k, v) end
  return true
end

-- step:with { id =, after =, cache =, materializers =, retries =, timeout =,
-- resources =, on_failure =, on_success =, PARAM = } -> a step
---@param options table
---@return Step
function Step.with(self, options)
  local light = quick_with(self, options)
  if light then return light end
  if not step.is_step(self) then errors.raise "with is a method: write step:with { ... }" end
  return setmetatable(copy(self, options), Step)
end

-- step:test { inputs = { NAME = value }, params = { NAME = value } } -> the outputs
---@param options? { inputs?: table, params?: table, pure?: boolean }
function Step.test(self, options)
  if not step.is_step(self) then errors.raise "test is a method: write step:test { inputs = { ... } }" end
  return upcalls.test_step(self, options)
end

-- step:map { INPUT = list or value, PARAM = value } -> a node; its outputs are lists
---@return table node
function Step.map(self, ...)
  if not step.is_step(self) then errors.raise "map is a method: write step:map { ... }" end
  return require("rille.script.map_when").map(self, ...)
end

function Step.__call(self, ...)
  local node = quick_call(self, ...)
  if node then return node end
  if running.is_step() then
    if type((...)) == "table" and select("#", ...) == 1 then
      require("rille.script.argument_hints").plain_call(self, (...))
    end
    return self.fn(...)
  end
  if rawget(self, "open") and class_style.complete(self, (...), define_class, CLASS_FIELDS) then return self end
  local secrets = package.loaded["rille.project.secrets"]
  if secrets and not graph.current then program.check_may_run(label(self.name)) secrets.prepare() end
  -- the body may be the parent's, and another one by now
  if rawget(self, "members") and not rawget(self, "view") then resolve_body(self) end
  local inputs, params = call.arguments(call.check_input, nil, self, select("#", ...), ...)
  if graph.current then return graph.add(self, inputs, params) end
  return upcalls.run_step(self, inputs, params)
end

-- pairs shows what a step was defined with, and what a script put on it.
local HIDDEN <const> = { at = true, bound = true, declared = true, fn = true, given = true, index = true,
  equivalent = true,
  members = true, open = true, options = true, parent = true, receiver = true, view = true, body = true }
local shown_pairs = definition.pairs_without(HIDDEN)
function Step.__pairs(self)
  step.complete(self)
  return shown_pairs(self)
end

-- Fields of a class that are set when its body is found.
local RESOLVED <const> = { run = true, fn = true, receiver = true }

-- Names that an unknown one may have meant.
local SHOWN <const> = { "with", "test", "map", "extend", "fn", "name", "doc", "inputs", "params", "outputs", "options",
  "version" }

-- What a step has under a name that is none of its metatable's.
local function index(self, k)
  if type(k) ~= "string" then return nil end
  if step.complete(self) then
    local v = rawget(self, k)
    if v ~= nil then return v end
  end
  local members = rawget(self, "members")
  if members then
    if RESOLVED[k] then
      resolve_body(self)
      return rawget(self, k)
    end
    if k == "entrypoint" then return class_style.body(self) end
    if members[k] ~= nil then return members[k] end
  end
  if k == "doc" or k:match "^_" then return nil end
  local hint = require("rille.base.usage_hints").hint("step", k, SHOWN)
  if hint:find "^; available: " then hint = "; to use its output, call the step inside define" end
  if k == "unpack" then hint = "; call the step first: STEP():unpack() gives the outputs of its node" end
  errors.raise('%s has no field "%s"%s', label(rawget(self, "name")), k, hint)
end

function Step.__newindex(self, k, v)
  step.complete(self)
  if rawget(self, "members") then set_field(self, k, v) else rawset(self, k, v) end
end

function Step:__tostring() return label(self.name) end

quick_call, quick_with, take_light, Step.__index = step_call.functions {
  defining = graph.defining, Step = Step, Node = graph.Node, Wire = graph.Wire, held = running.held,
  shape_of = step_shape.of, could_fit = types.could_fit, index = index, STEP = graph.STEP, POSITION = graph.POSITION,
  FROM = graph.FROM, OUTPUT = graph.OUTPUT,
}
step_call.light(Step)

return step
