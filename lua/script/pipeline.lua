-- pipeline: pipelines, functions that wire steps to a graph.
--
--   rille.pipeline "name" { params =, inputs =, slots =, define = }
--   rille.Pipeline:extend "name" { fields }, then its method connect (lua/script/class_style.lua)
-- define is called with the parameters, the slots' steps if there are slots, and
-- the inputs if there are inputs.  A pipeline with slots is called with a table of steps
-- and gives a copy in which they are bound.

local class_style = require "rille.script.class_style"
local definition = require "rille.script.definition"
local graph = require "rille.graph"
local limits = require "rille.script.limits"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local pipeline_graph = require "rille.script.pipeline_graph"
local step = require "rille.script.step"
local types = require "rille.script.types"
local upcalls = require "rille.base.upcalls"

---@class Pipeline
---@field name string
---@field doc string?
---@field params Param[] sorted by name
---@field inputs Port[]
---@field slots string[]?
---@field define function? wires the steps; in class style the method connect does
---@field bound table<string, Step>? the steps of the slots
---@field cache boolean?
---@field on_failure function|false|nil
---@field on_success function|false|nil
---@field on_end function? on_end(run, ctx), once for each run
---@field model ModelDeclaration?
---@field at string where it is defined, "FILE:LINE"

---@class RunOptions
---@field params table? values by name
---@field inputs table? values by name
---@field run_name string?
---@field unlisted boolean? the run is not in lists
---@field cache boolean?
---@field jobs integer?
---@field tags string[]?
---@field raise boolean? false: a failed run is returned, not raised
---@field config string|table|nil a YAML file, a table in place of one, or a list of such, the later over the earlier
---@field stack string? its name; else the active one
---@field execution_mode "stop_on_failure"|"fail_fast"|"continue_on_failure"|nil
---@field model ModelDeclaration? in place of the pipeline's
---@field resources { cpu: integer?, memory: integer|string|nil, gpu: integer? }?

-- pipelines: those that were defined, by name; twice: { earlier, later } of those that
-- have one name and are defined in two places.
local pipeline = { pipelines = {}, twice = {} }

local Pipeline = { __name = "pipeline" }
pipeline.Pipeline = Pipeline

local FIELDS = { doc = true, params = true, inputs = true, slots = true, define = true, cache = true, on_failure = true,
  on_success = true, on_end = true, model = true }
local CLASS_FIELDS = { connect = true }
for field in next, FIELDS do CLASS_FIELDS[field] = field ~= "define" or nil end

-- Options of :run, :plan and :graph.
local RUN_FIELDS = { run_name = true, params = true, inputs = true, unlisted = true, cache = true, jobs = true,
  tags = true, raise = true, config = true, execution_mode = true, resources = true, stack = true, model = true,
  openlineage = true }
local PLAN_FIELDS <const> = { params = true, inputs = true, cache = true, config = true, stack = true }
local DRAW_FIELDS <const> = { params = true, inputs = true, cache = true }
pipeline.run_fields = RUN_FIELDS

function pipeline.is_pipeline(v) return getmetatable(v) == Pipeline end

local label = definition.pipeline_label

local function check_slots(name, slots)
  if type(slots) ~= "table" then
    errors.raise("%s: slots must be a list of names, found %s", label(name), errors.describe(slots))
  end
  local seen = {}
  for i, slot in ipairs(slots) do
    if type(slot) ~= "string" then
      errors.raise("%s: slot %d is %s, expected a name", label(name), i, errors.describe(slot))
    end
    if seen[slot] then errors.raise('%s: the slot "%s" is named twice', label(name), slot) end
    seen[slot] = true
  end
  return slots
end

local function check_cache(what, cache)
  if cache ~= nil and type(cache) ~= "boolean" then
    errors.raise("%s: cache must be true or false, found %s", what, errors.describe(cache))
  end
end

-- A pipeline without the function that wires it.
local function new_pipeline(at, name, fields, allowed)
  if type(fields) ~= "table" then
    errors.raise("%s: expected a table of fields, found %s%s", label(name), errors.describe(fields),
      definition.form_of(fields, "pipeline", name, "define"))
  end
  errors.check_fields(label(name), fields, allowed)
  errors.check_text(label(name), "doc", fields.doc)
  check_cache(label(name), fields.cache)
  local seen = {}
  definition.check_ports(label(name), "inputs", fields.inputs or {}, seen)
  for _, port in ipairs(fields.inputs or {}) do
    if port.type.element and types.takes_artifact(port.type) then
      errors.raise('%s: input "%s": a pipeline takes artifacts one at a time, as t.artifact; '
        .. "pass a step the list { inputs.A, inputs.B }", label(name), port.name)
    end
  end
  local hooks = limits.check(label(name), { on_failure = fields.on_failure, on_success = fields.on_success }, {})
  if fields.on_end ~= nil and type(fields.on_end) ~= "function" then
    errors.raise("%s: on_end must be a function(run, ctx), found %s", label(name), errors.describe(fields.on_end))
  end
  return setmetatable({
    on_end = fields.on_end,
    model = fields.model ~= nil and require("rille.script.model").check(label(name), fields.model) or nil,
    name = name, doc = fields.doc, inputs = fields.inputs or {},
    params = definition.param_list(label(name), fields.params or {}, seen),
    slots = fields.slots and check_slots(name, fields.slots), cache = fields.cache, at = at,
    on_failure = hooks.on_failure, on_success = hooks.on_success,
  }, Pipeline)
end

local function register(made)
  local before = pipeline.pipelines[rawget(made, "name")]
  if before and rawget(before, "at") ~= rawget(made, "at") then table.insert(pipeline.twice, { before, made }) end
  pipeline.pipelines[rawget(made, "name")] = made
  return made
end

-- The script defines it no longer.
---@param name string
function pipeline.forget(name) pipeline.pipelines[name] = nil end

-- Another program begins: what an earlier one defined twice is no mistake of it.
function pipeline.forget_duplicates() pipeline.twice = {} end

-- The names of the arguments of what wires, from the parameters on.
local function check_arguments(made, method, body, skip)
  local usual = { "p", rawget(made, "slots") and "s" or "i", "i" }
  for i = 1, debug.getinfo(body, "u").nparams - skip do
    local arg = debug.getlocal(body, skip + i)
    if arg ~= usual[i] then
      require("rille.script.argument_hints").of_pipeline(label(rawget(made, "name")), made, method, i, arg)
    end
  end
end

local function define(at, name, fields)
  local made = new_pipeline(at, name, fields, FIELDS)
  if type(fields.define) ~= "function" then
    errors.raise("%s: define must be the function that wires the steps, found %s", label(name),
      errors.describe(fields.define))
  end
  check_arguments(made, "define", fields.define, 0)
  rawset(made, "define", fields.define)
  return register(made)
end

local PATTERN <const>, ALLOWED <const> = "^[%a_][%w_%-%.]*$", "letters, digits, _, - and ."

-- pipeline "name" { fields } -> a pipeline.
-- pipeline("name", { fields }) is the same.
---@type fun(name: string, fields: table?): fun(fields: table): table
pipeline.define = definition.builder("pipeline", PATTERN, ALLOWED, define)

local function define_class(at, name, fields)
  local made = new_pipeline(at, name, fields, CLASS_FIELDS)
  if fields.connect ~= nil then class_style.set(made, label(name), "connect", {}, {}, "connect", fields.connect) end
  return made
end

pipeline.Base = origin.strict { __name = "rille.Pipeline" }
-- rille.Pipeline:extend "name" { fields } -> a class; its method connect(self, p)
-- wires the steps.  A class has extend too.
---@type fun(self: table, name: string): table
pipeline.Base.extend = class_style.extender {
  kind = "pipeline", pattern = PATTERN, allowed = ALLOWED, base = pipeline.Base, make = define_class, keep = register,
}
Pipeline.extend = pipeline.Base.extend

-- Gives steps to the slots.
function Pipeline:__call(steps)
  if rawget(self, "open") and class_style.complete(self, steps, define_class, CLASS_FIELDS) then return self end
  if not self.slots and graph.current then
    errors.raise("%s: a pipeline is not a step; call its steps here", label(self.name))
  end
  if not self.slots then
    for k, v in next, type(steps) == "table" and steps or {} do
      require("rille.script.argument_hints").option(label(self.name), self, "run", k, v, RUN_FIELDS)
    end
    errors.raise('%s has no slots to fill; run it with :run {}', label(self.name))
  end
  if type(steps) ~= "table" then
    errors.raise("%s: expected { SLOT = step, ... }, found %s", label(self.name), errors.describe(steps))
  end
  local known, bound = {}, {}
  for _, slot in ipairs(self.slots) do known[slot] = true end
  for slot, s in next, steps do
    if not known[slot] then pipeline_graph.unknown_slot(self, slot) end
    if not step.is_step(s) then
      errors.raise('%s: slot "%s" expects a step, found %s', label(self.name), slot, errors.describe(s))
    end
    bound[slot] = s:with { id = s.options.id or slot }
  end
  for _, slot in ipairs(self.slots) do
    if not bound[slot] then errors.raise('%s: slot "%s" has no step', label(self.name), slot) end
  end
  local copy = {}
  for k, v in next, self do copy[k] = v end
  copy.bound = bound
  return setmetatable(copy, Pipeline)
end

-- What is given to a method: options checked, as a copy.
local function check_options(self, method, options, allowed)
  if not pipeline.is_pipeline(self) then errors.raise("%s is a method: write pipeline:%s { ... }", method, method) end
  local what = label(self.name) .. ": " .. method
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.raise("%s takes a table of options, found %s", what, errors.describe(options))
  end
  for k, v in next, options do
    if not allowed[k] then require("rille.script.argument_hints").option(what, self, method, k, v, allowed) end
  end
  errors.check_fields(what, options, allowed)
  check_cache(what, options.cache)
  if options.model ~= nil then require("rille.script.model").check(what, options.model) end
  errors.check_text(what, "run_name", options.run_name)
  errors.check_text(what, "stack", options.stack)
  errors.check_text(what, "openlineage", options.openlineage)
  if options.openlineage == "" then errors.raise("%s: openlineage must be a file or an address, found \"\"", what) end
  for _, field in ipairs { "params", "inputs", "tags" } do
    local v = options[field]
    if v ~= nil and type(v) ~= "table" then
      errors.raise("%s: %s must be a table, found %s", what, field, errors.describe(v))
    end
  end
  for i, tag in ipairs(options.tags or {}) do errors.check_text(what, "tag " .. i, tag) end
  if options.jobs ~= nil and (math.type(options.jobs) ~= "integer" or options.jobs < 1) then
    errors.raise("%s: jobs must be an integer of at least 1, found %s", what, errors.describe(options.jobs))
  end
  limits.check_mode(what, options.execution_mode)
  limits.check(what, { resources = options.resources }, {})
  local copy = {}
  for k, v in next, options do copy[k] = v end
  return copy
end

-- pipeline:run { run_name =, params =, cache =, jobs =, execution_mode =, ... } -> the run
---@param options RunOptions?
---@return table run see lua/query/history.lua
function Pipeline:run(options)
  return upcalls.run_pipeline(self, check_options(self, "run", options, RUN_FIELDS))
end

-- pipeline:plan { params =, inputs =, cache = } -> what would run and why
---@param options? { params?: table, inputs?: table, cache?: boolean }
---@return table[] steps in order
function Pipeline:plan(options)
  return upcalls.plan_pipeline(self, check_options(self, "plan", options, PLAN_FIELDS))
end

-- pipeline:graph { params =, inputs =, cache = } -> a drawing of its plan, or, of one
-- whose inputs are not given, of its wiring (rille help graph)
---@param options? { params?: table, inputs?: table, cache?: boolean }
---@return table graph
function Pipeline:graph(options)
  return upcalls.draw_pipeline(self, check_options(self, "graph", options, DRAW_FIELDS))
end

-- The wiring: { hash = hex, nodes = { { id, step, outputs = { name... },
-- inputs = { { port = name, { position, output }... }... } }... } }, position 0 for
-- a value of the script, with a label when it is from outside.  Inputs may be left
-- off: their values are no part of the wiring.
---@param options? { params?: table, inputs?: table }
---@return { hash: string, nodes: table[] }
function Pipeline:spec(options)
  options = check_options(self, "spec", options, { params = true, inputs = true })
  local g = pipeline_graph.build(self, options.params, nil, nil, options.inputs)
  local bytes, hash = graph.spec(g)
  return { hash = require("rille.host.hash").hex(hash), nodes = require("rille.host.wiring").read(bytes) }
end

local ABSENT = { doc = true, slots = true, cache = true, bound = true, on_failure = true, on_success = true,
  on_end = true, model = true }

-- Fields and methods of pipelines; a method of a class that has such a name would not be found.
local OWN = { name = true, at = true, bound = true, define = true, run = true, plan = true, spec = true, extend = true }

function Pipeline.__newindex(self, k, v)
  if not rawget(self, "members") then return rawset(self, k, v) end
  class_style.set(self, label(self.name), "connect", CLASS_FIELDS, OWN, k, v)
  if k == "connect" then check_arguments(self, k, v, 1) end
end

-- pairs shows what a pipeline was defined with, and what a script put on it.
local HIDDEN <const> = { at = true, bound = true, given = true, members = true, open = true, parent = true,
  body = true }
Pipeline.__pairs = definition.pairs_without(HIDDEN)

-- Names that an unknown one may have meant.
local SHOWN <const> = { "run", "plan", "graph", "spec", "extend", "name", "params" }

function Pipeline.__index(self, k)
  local v = Pipeline[k]
  local members = v == nil and rawget(self, "members")
  if members then
    if k == "connect" then return class_style.body(self) end
    v = members[k]
  end
  if v ~= nil or ABSENT[k] or type(k) ~= "string" then return v end
  local hint = require("rille.base.usage_hints").hint("pipeline", k, SHOWN)
  errors.raise('%s has no field "%s"%s', label(rawget(self, "name")), k, hint)
end

function Pipeline:__tostring() return label(self.name) end

return pipeline
