-- step: what a step is, and what calling one means.
--
-- A step is { name, doc, inputs, params, outputs, run, at, options } where inputs
-- and outputs are lists of ports, params a list of { name, type, default }
-- sorted by name, and options what :with gave (id, after, cache, ...).  command is
-- the recipe of a step that is a program (lua/script/recipe.lua), which run carries out.
-- A step made by :with shares all but the options and bound, its defaults of
-- parameters;
-- like is the step whose code, ports and materializers it has, when none of the
-- options touch those.  One in class style (class.lua) has receiver, the self of
-- its method; run is called with it first.
-- Calling a step depends on where: inside `define` it adds a node, in a running
-- step it is a plain call, elsewhere it runs the step through the cache.

local class = require "rille.script.class"
local definition = require "rille.script.definition"
local external = require "rille.script.external"
local graph = require "rille.graph"
local limits = require "rille.script.limits"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"
local upcalls = require "rille.base.upcalls"
local running = require "rille.project.running"
local types = require "rille.script.types"

local step = { steps = {}, check_value = definition.check_value }

local Step = { __name = "step" }
step.Step = Step

local FIELDS = { doc = true, inputs = true, params = true, outputs = true, run = true, cache = true, version = true, materializers = true,
  command = true, env = true, stdout = true, depends = true, shell = true }
local OF_COMMAND = { "env", "stdout", "depends", "shell" }
local OPTIONS = { id = true, after = true, cache = true, materializers = true }
for _, name in ipairs(limits.NAMES) do FIELDS[name], OPTIONS[name] = true, true end
-- the body of a class is a method, and so is called what it is called there
local CLASS_FIELDS = { entrypoint = true }
for field in next, FIELDS do CLASS_FIELDS[field] = field ~= "run" or nil end

step.option_names = OPTIONS

function step.is_step(v) return getmetatable(v) == Step end

local function label(name) return 'step "' .. name .. '"' end

local function check_cache(what, cache)
  if cache ~= nil and cache ~= true and cache ~= false and cache ~= "always" then
    errors.raise('%s: cache is true, false or "always", found %s', what, errors.describe(cache))
  end
end

local SCALAR = { ["nil"] = true, boolean = true, number = true, string = true }

-- Names that say which argument is meant.
local TELLING <const> = { ctx = true, context = true, p = true, params = true, parameters = true, self = true }

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
      errors.raise('%s: argument %d of %s is "%s", but the inputs are declared in the order %s', label(spec.name), i, method, arg,
        definition.port_names(spec.inputs))
    elseif not want and (TELLING[arg] or spec.index.param[arg]) then
      require("rille.script.argument_hints").of_step(label(spec.name), spec, method, i, arg)
    end
  end
  local takes = info.nparams - skip
  if takes > #spec.inputs + 2 and not info.isvararg then
    errors.raise("%s: %s takes %d arguments; it is given %d (%s)", label(spec.name), method, takes, #spec.inputs + 2,
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
    errors.raise("%s: version is a string or an integer, found %s", label(name), errors.describe(version))
  end
end

local function check_fields(name, fields, allowed)
  if type(fields) ~= "table" then
    errors.raise("%s: expected a table of fields, found %s%s", label(name), errors.describe(fields), definition.form_of(fields, "step", name, "run"))
  end
  errors.check_fields(label(name), fields, allowed)
  errors.check_text(label(name), "doc", fields.doc)
  check_cache(label(name), fields.cache)
  check_version(name, fields.version)
  if fields.command ~= nil then
    if fields.run ~= nil then errors.raise("%s: it has both run and command; a step is one or the other", label(name)) end
    return
  end
  for _, field in ipairs(OF_COMMAND) do
    if fields[field] ~= nil then errors.raise('%s: %s is for steps with a command', label(name), field) end
  end
end

-- What a command is called by in a running step and by hand: as run, but with the
-- defaults of parameters that are left off.
local function with_defaults(spec)
  local run, n = spec.run, #spec.inputs
  return function(...)
    local args = table.pack(...)
    args[n + 1] = step.fill_params(spec, args[n + 1] or {})
    return run(table.unpack(args, 1, n + 1))
  end
end

-- A step without its body.
local function bare(at, name, fields, allowed)
  check_fields(name, fields, allowed)
  local seen = {}
  definition.check_ports(label(name), "inputs", fields.inputs or {}, seen)
  local params = definition.param_list(label(name), fields.params or {}, seen)
  definition.check_ports(label(name), "outputs", fields.outputs or {}, {})
  local spec = {
    name = name, doc = fields.doc, inputs = fields.inputs or {}, params = params, outputs = fields.outputs or {},
    command = false, version = fields.version or false, at = at, like = false, bound = false,
    options = limits.check(label(name), fields, { cache = fields.cache, materializers = fields.materializers }),
  }
  spec.index = index_of(spec)
  step.check_materializers(spec)
  return setmetatable(spec, Step)
end

-- The program that the fields name as the step's body; false when they name none.
local function give_command(spec, fields)
  if fields.command == nil then return false end
  local recipe = require "rille.script.recipe"
  for _, port in ipairs(spec.inputs) do
    if types.takes_artifact(port.type) then
      errors.raise('%s: input "%s": a program is given values, not artifacts: name the type of the value', label(spec.name), port.name)
    end
  end
  rawset(spec, "command", recipe.parse(label(spec.name), fields, spec))
  rawset(spec, "run", recipe.runner(spec.command, upcalls.recipe_carrier()))
  rawset(spec, "fn", with_defaults(spec))
  rawset(spec, "receiver", false)
  return true
end

local function keep(spec)
  step.steps[rawget(spec, "name")] = spec
  return spec
end

local function make(at, name, fields)
  local spec = bare(at, name, fields, FIELDS)
  if give_command(spec, fields) then return keep(spec) end
  local run = fields.run
  if type(run) ~= "function" then
    errors.raise("%s: run is the function that does the work, found %s", label(name), errors.describe(run))
  end
  check_order(spec, run, "run", 0)
  spec.run, spec.fn, spec.receiver = run, run, false
  return keep(spec)
end

local PATTERN <const>, ALLOWED <const> = "^[%a_][%w_%-]*$", "letters, digits, _ and -"

-- step "name" { fields } -> a step.
-- step("name", { fields }) is the same.
---@type fun(name: string, fields: table?): fun(fields: table): table
step.define = definition.builder("step", PATTERN, ALLOWED, make)

-- A class takes its body later: the first use of it settles what is run.
local function make_class(at, name, fields)
  local spec = bare(at, name, fields, CLASS_FIELDS)
  spec.declared = { inputs = spec.inputs, params = spec.params, outputs = spec.outputs, version = spec.version }
  local body = fields.entrypoint
  if give_command(spec, fields) and body ~= nil then
    errors.raise("%s: it has both entrypoint and command; a step is one or the other", label(name))
  end
  if body ~= nil then class.set(spec, label(name), "entrypoint", {}, {}, "entrypoint", body) end
  return spec
end

-- What a step has or can do; a method of that name would not be found.
local OWN = { name = true, declared = true, run = true, fn = true, at = true, index = true, like = true, bound = true, options = true, receiver = true,
  with = true, extend = true }

local function settle(self)
  local name = rawget(self, "name")
  for field, v in next, rawget(self, "declared") do
    if rawget(self, field) ~= v then
      errors.at(rawget(self, "at"), '%s: "%s" is set after its definition; write it in the table given to extend', label(name), field)
    end
  end
  if rawget(self, "command") then return end
  local run = class.body(self) or class.missing(self, label(name), "entrypoint")
  local receiver = class.takes_self(run) and rawget(self, "members") or false
  check_order(self, run, "entrypoint", receiver and 1 or 0)
  rawset(self, "run", run)
  rawset(self, "receiver", receiver)
  rawset(self, "fn", receiver and function(...) return run(receiver, ...) end or run)
end

-- A new body: what was settled is not so any more.
local function set_field(self, k, v)
  class.set(self, label(rawget(self, "name")), "entrypoint", CLASS_FIELDS, OWN, k, v)
  if k ~= "entrypoint" then return end
  if rawget(self, "command") then errors.raise("%s: it has a command, so it takes no entrypoint", label(rawget(self, "name"))) end
  rawset(self, "run", nil)
  settle(self)
end

step.Base = origin.strict { __name = "rille.Step" }
-- rille.Step:extend "name" { fields } -> a class; its method entrypoint(self,
-- inputs..., p, ctx) is the body.  A class has extend too.
---@type fun(self: table, name: string): table
step.Base.extend = class.extender {
  kind = "step", pattern = PATTERN, allowed = ALLOWED, base = step.Base, make = make_class,
  keep = keep,
}
Step.extend = step.Base.extend

-- What a :with gives beyond options are defaults of parameters.
local function bind_params(spec, options)
  local bound
  for k, v in next, options do
    if not OPTIONS[k] then
      local i = spec.index.param[k]
      if not i then
        local names = { "id", "after", "cache", "materializers", table.unpack(limits.NAMES) }
        for _, p in ipairs(spec.params) do names[#names + 1] = p.name end
        errors.raise('%s: with: unknown option "%s"%s', label(spec.name), tostring(k), suggest.hint(k, names))
      end
      bound = bound or {}
      bound[k] = step.check_param(spec, spec.params[i], v)
    end
  end
  return bound
end

-- The option materializers is one of them, or a table { OUTPUT = one }.
function step.check_materializers(spec)
  local option = spec.options.materializers
  if option == nil then return end
  local what = label(spec.name) .. ": materializers"
  if type(option) ~= "table" then
    errors.raise("%s: expected a materializer or a table { OUTPUT = materializer }, found %s", what, errors.describe(option))
  end
  if option.save then return end
  for name, m in next, option do
    if not spec.index.output[name] then
      local names = {}
      for _, port in ipairs(spec.outputs) do names[#names + 1] = port.name end
      errors.raise('%s: there is no output "%s"%s', what, tostring(name), suggest.hint(name, names))
    end
    if type(m) ~= "table" or not m.save then
      errors.raise('%s: output "%s": expected a materializer, found %s', what, name, errors.describe(m))
    end
  end
end

-- Do the options leave what a node does as it is?  An id, an order and parameters do;
-- what they make stands for the step they are given to (graph.set_step).
local CHANGES <const> = { cache = true, materializers = true }
for _, name in ipairs(limits.NAMES) do CHANGES[name] = true end
local function is_like(options)
  for k in next, options do if CHANGES[k] then return false end end
  return true
end

-- step:with { id =, after =, cache =, materializers =, retries =, timeout =,
-- resources =, on_failure =, on_success =, PARAM = } -> a step
---@param options table
---@return table step
function Step.with(self, options)
  if not step.is_step(self) then errors.raise "with is a method: write step:with { ... }" end
  if type(options) ~= "table" then
    errors.raise("%s: with takes a table of options, found %s; write step:with { ... }", label(self.name), errors.describe(options))
  end
  local bound = bind_params(self, options)
  if bound and self.bound then
    for k, v in next, self.bound do if bound[k] == nil then bound[k] = v end end
  end
  local own, cache = self.options, options.cache
  if cache == nil then cache = own.cache else check_cache(label(self.name), cache) end
  local like = is_like(options) and (self.like or self)
  local given = { id = options.id or own.id, after = options.after or own.after, cache = cache, materializers = options.materializers or own.materializers }
  for _, name in ipairs(limits.NAMES) do given[name] = own[name] end
  local made = setmetatable({
    name = self.name, doc = self.doc, inputs = self.inputs, params = self.params, outputs = self.outputs, run = self.run,
    fn = self.fn, command = self.command, version = self.version, at = self.at, index = self.index, like = like,
    receiver = self.receiver,
    options = like and given or limits.check(label(self.name) .. ": with", options, given),
    bound = bound or self.bound, members = rawget(self, "members"), view = true,
  }, Step)
  if options.materializers ~= nil then step.check_materializers(made) end
  return made
end

-- step:test { inputs = { NAME = value }, params = { NAME = value } } -> the outputs
---@param options? { inputs?: table, params?: table, pure?: boolean }
function Step.test(self, options)
  if not step.is_step(self) then errors.raise "test is a method: write step:test { inputs = { ... } }" end
  return upcalls.test_step(self, options)
end

function step.check_param(spec, param, v)
  -- the usual case makes no text for a message
  if SCALAR[type(v)] then
    local value = types.admit(param.type, v)
    if value ~= types.REFUSED then return value end
  end
  return definition.check_value(label(spec.name), param, v)
end

-- Parameters in full from what a call gave.
local function fill_params(spec, given)
  local out = {}
  local bound = spec.bound
  for _, p in ipairs(spec.params) do
    local name = p.name
    local v = given[name]
    if v ~= nil then v = step.check_param(spec, p, v) end
    if v ~= nil then
      -- given, and no null
    elseif bound and bound[name] ~= nil then
      v = bound[name]
    else
      v = p.default
      if v == nil then errors.raise('%s: parameter "%s" is missing (%s)', label(spec.name), name, p.type.name) end
    end
    out[name] = SCALAR[type(v)] and v or definition.copy(v)
  end
  return out
end
step.fill_params = fill_params

-- A wire leads from a node of the same pipeline that runs whenever this one does.
local function check_here(spec, port, wire)
  if not graph.is_here(wire) then
    errors.raise('%s: input "%s": %s is not of this pipeline', label(spec.name), port.name, graph.describe(wire))
  elseif graph.is_elsewhere(wire) then
    errors.raise('%s: input "%s": %s is made in a branch of rille.when, which may not run; return it from the branch, and take what rille.when gives',
      label(spec.name), port.name, graph.describe(wire))
  end
end
step.check_here = check_here

local function check_wire(spec, port, wire, element)
  local typ = element or port.type
  check_here(spec, port, wire)
  local from, why = graph.type_of(wire)
  if not from then errors.raise('%s: input "%s": %s', label(spec.name), port.name, why) end
  if not types.could_fit(from, typ) then
    errors.raise('%s: input "%s" expects %s, but %s is %s%s', label(spec.name), port.name, typ.name, graph.describe(wire), from.name,
      not element and typ.element and types.could_fit(from, typ.element) and "; write { NODE, ... }" or "")
  end
end

step.check_wire = check_wire

local function has_wire(list)
  for _, v in next, list do if graph.is_wire(v) or external.of(v) then return true end end
  return false
end

-- The classes of what a script may give in the place of a value.
local OBJECTS <const> = { step = true, pipeline = true, type = true, port = true }

-- A value of the script as an input.  Whether it can be saved shows in the plan:
-- for a message then, what could fail remembers who gave it.
local function check_literal(spec, port, typ, v, which)
  if type(v) == "table" and OBJECTS[rawget(debug.getmetatable(v) or v, "__name")] then
    require("rille.script.argument_hints").unwired(string.format('%s: input "%s"', label(spec.name), port.name), v)
  end
  local admitted, expected = types.admit(typ, v)
  if admitted == types.REFUSED then
    errors.raise('%s: input "%s": %sexpected %s, found %s', label(spec.name), port.name, which, expected, errors.describe(v))
  end
  if SCALAR[type(v)] then return graph.literal(admitted) end
  return graph.literal(admitted, string.format('%s: %s: input "%s"', errors.where() or spec.at, label(spec.name), port.name))
end

step.check_literal = check_literal

-- What is from outside as an input; a value handed on as such is checked as one.
local function check_external(spec, port, typ, handle, which)
  if handle.kind == "value" then return check_literal(spec, port, typ, handle.value, which) end
  return external.wire(handle, typ, string.format('%s: input "%s"%s', label(spec.name), port.name, which == "" and "" or ": " .. which:sub(1, -3)))
end

-- A list of wires and literals for a port that takes a list.
local function check_fan_in(spec, port, list)
  local made, n, element = {}, 0, port.type.element
  for k in next, list do
    n = n + 1
    if math.type(k) ~= "integer" then
      errors.raise('%s: input "%s": expected a list of nodes, found the key "%s"', label(spec.name), port.name, tostring(k))
    end
  end
  if n ~= #list then errors.raise('%s: input "%s": the list has a gap (a nil in it)', label(spec.name), port.name) end
  for i, v in ipairs(list) do
    if graph.is_wire(v) then
      check_wire(spec, port, v, element)
      made[i] = v
    elseif external.of(v) then
      made[i] = check_external(spec, port, element, external.of(v), "element " .. i .. ": ")
    else
      made[i] = check_literal(spec, port, element, v, "element " .. i .. ": ")
    end
  end
  return graph.fan_in(made)
end

-- An input as given: a wire, a list with wires in it, or a literal (checked).
local function check_input(spec, port, v)
  if graph.is_wire(v) then
    check_wire(spec, port, v)
    return v
  end
  local handle = external.of(v)
  if handle then return check_external(spec, port, port.type, handle, "") end
  local is_list = type(v) == "table" and not debug.getmetatable(v)
  -- each of a list is an artifact of its own
  if is_list and (has_wire(v) or port.type.element and types.takes_artifact(port.type)) then
    if port.type.element then return check_fan_in(spec, port, v) end
    errors.raise('%s: input "%s" expects %s, found a table with nodes in it; only t.list(T) takes a list of nodes', label(spec.name), port.name,
      port.type.name)
  end
  return check_literal(spec, port, port.type, v, "")
end

step.check_input = check_input

local function unknown_name(spec, k)
  local names = {}
  for name in next, spec.index.input do names[#names + 1] = name end
  for name in next, spec.index.param do names[#names + 1] = name end
  if k == "id" or OPTIONS[k] then
    errors.raise('%s: "%s" is an option; write %s:with { %s = ... } { ... }', label(spec.name), k, spec.name, k)
  end
  errors.raise('%s: unknown input or parameter "%s"%s', label(spec.name), tostring(k), suggest.hint(k, names))
end

-- One table by name, or the inputs by position (a last plain table may then
-- carry the parameters).
local function is_named(spec, n, first)
  if n ~= 1 or type(first) ~= "table" or graph.is_wire(first) or debug.getmetatable(first) then return false end
  if #spec.inputs == 0 or next(first) == nil then return true end
  return first[1] == nil
end

local function by_position(spec, n, ...)
  local given, args = {}, { ... }
  local last = args[n]
  if n > 0 and type(last) == "table" and not graph.is_wire(last) and not debug.getmetatable(last) and last[1] == nil
    and n == #spec.inputs + 1 then
    for k, v in next, last do given[k] = v end
    n = n - 1
  end
  local want = #spec.inputs
  if n > want then
    errors.raise("%s: takes %d input%s%s, found %d", label(spec.name), want, want == 1 and "" or "s",
      want > 0 and " (" .. definition.port_names(spec.inputs) .. ")" or "", n)
  end
  for i = 1, n do given[spec.inputs[i].name] = args[i] end
  return given
end

-- The arguments of a call: inputs (a list in declared order) and parameters.
-- check(spec, port, value) -> input
function step.arguments_by(check, spec, n, ...)
  local first = ...
  local given
  if n == 0 then given = {} elseif is_named(spec, n, first) then given = first else given = by_position(spec, n, ...) end
  local index = spec.index
  for k in next, given do
    if not index.input[k] and not index.param[k] then unknown_name(spec, k) end
  end
  local inputs = {}
  for i, port in ipairs(spec.inputs) do
    local v = given[port.name]
    if v == nil and port.type.name ~= "nil" and port.type.name ~= "any" then
      errors.raise('%s: input "%s" (%s) is missing%s', label(spec.name), port.name, port.type.name,
        n > 0 and given ~= first and string.format("; it takes %d inputs (%s)", #spec.inputs, definition.port_names(spec.inputs)) or "")
    end
    inputs[i] = check(spec, port, v)
  end
  return inputs, fill_params(spec, given)
end

function step.arguments(spec, n, ...) return step.arguments_by(check_input, spec, n, ...) end

function Step.__call(self, ...)
  if rawget(self, "open") and not running.is_step() and class.complete(self, (...), make_class, CLASS_FIELDS) then return self end
  if running.is_step() then
    if type((...)) == "table" and select("#", ...) == 1 then require("rille.script.argument_hints").plain_call(self, (...)) end
    return self.fn(...)
  end
  -- the body may be the parent's, and another one by now
  if rawget(self, "members") and not rawget(self, "view") then settle(self) end
  local inputs, params = step.arguments(self, select("#", ...), ...)
  if graph.current then return graph.add(self, inputs, params) end
  return upcalls.run_step(self, inputs, params)
end

-- What pairs shows of a step: what it was defined with, and what a script put on it.
local HIDDEN <const> = { at = true, bound = true, declared = true, fn = true, given = true, index = true, like = true, members = true, open = true, options = true,
  parent = true, receiver = true, view = true, body = true }
Step.__pairs = definition.shows(HIDDEN)

local SETTLED = { run = true, fn = true, receiver = true }

function Step.__index(self, k)
  local v = Step[k]
  if v ~= nil or type(k) ~= "string" then return v end
  local members = rawget(self, "members")
  if members then
    if SETTLED[k] then
      settle(self)
      return rawget(self, k)
    end
    if k == "entrypoint" then return class.body(self) end
    if members[k] ~= nil then return members[k] end
  end
  if k == "doc" or k:match "^_" then return nil end
  local hint = require("rille.base.usage_hints").hint("step", k, { "with", "test", "map", "extend", "fn", "name", "doc", "inputs", "params", "outputs", "options", "version" })
  errors.raise('%s has no field "%s"%s', label(rawget(self, "name")), k, hint:find "^; there is" and "; to wire its output call it inside define" or hint)
end

function Step.__newindex(self, k, v)
  if rawget(self, "members") then set_field(self, k, v) else rawset(self, k, v) end
end

function Step:__tostring() return label(self.name) end

return step
