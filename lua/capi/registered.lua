-- registered: makes real steps and types of those that a host registered in C (rille_register_step and
-- rille_register_type), so that the cache, maps, retries, logs and lineage treat them as those of scripts.
--
-- The body of such a step hands its inputs and parameters to C by name and takes the outputs back by name.  What keys
-- have of its code is its name and version: that is the same in every process that registers the same definition.  A
-- type is a materializer whose save and load are in C, with a class (metatable) of its own for the objects.

local call = require "rille.script.call"
local context = require "rille.execute.context"
local failure = require "rille.capi.failure"
local fingerprint = require "rille.host.fingerprint"
local host = require "rille.host.registered"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local registry = require "rille.artifact.registry"
local running = require "rille.project.running"
local steps = require "rille.script.step"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"
local types = require "rille.script.types"
local value = require "rille.host.value"

local registered = {}

---@class rille.c_step
---@field handle userdata host/library/registeredlib.c
---@field name string
---@field version string?
---@field names string[] of inputs, then of parameters
---@field inputs Port[]
---@field outputs Port[]

-- What a step's or type's code counts as in keys.
local StepCode, TypeCode, ClassCode = {}, {}, {}
fingerprint.kind(StepCode, function(code) return { "step in C", code.name, code.version or false } end)
fingerprint.kind(TypeCode, function(code) return { "type in C", code.name, code.version } end)
fingerprint.kind(ClassCode, function(class) return { "class of a type in C", class.__name } end)

-- Signatures -----------------------------------------------------------------------------

-- Raises the message with the place in the signature.
local function raise_at(definition, at, fmt, ...)
  local message = select("#", ...) > 0 and string.format(fmt, ...) or fmt
  error(string.format('step "%s": %s', definition.name, host.caret(definition.signature, at, message)), 0)
end

-- What f gives; what it raises is raised with the place.
local function at_place(definition, at, f, ...)
  local ok, result = pcall(f, ...)
  if not ok then raise_at(definition, at, "%s", tostring(result)) end
  return result
end

local function literal(definition, text, at)
  local ok, v = pcall(json.decode, text)
  if not ok then raise_at(definition, at, "not a value in JSON: %s", (tostring(v):gsub("^[^:]*:%d+:%d+: ", ""))) end
  return v
end

local MAKERS <const> = { list = true, enum = true, any_of = true }
local resolve

local function type_in(definition, term)
  if term.literal then raise_at(definition, term.at, "expected a type, found %s", term.literal) end
  return resolve(definition, term)
end

local makers = {}

function makers.list(definition, term)
  if #term ~= 1 then raise_at(definition, term.at, "write the type of the elements, as in list(number)") end
  return types.list(type_in(definition, term[1]))
end

function makers.any_of(definition, term)
  local list = {}
  for i, one in ipairs(term) do list[i] = type_in(definition, one) end
  return at_place(definition, term.at, types.any_of, list)
end

function makers.enum(definition, term)
  local values = {}
  for i, one in ipairs(term) do
    if not one.literal then raise_at(definition, one.at, 'expected a value, as in enum("a", "b")') end
    values[i] = literal(definition, one.literal, one.at)
  end
  return at_place(definition, term.at, types.enum, values)
end

local function type_names()
  local names = {}
  for name in next, types.registered do names[#names + 1] = name end
  for name in next, MAKERS do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The type that a term of a signature names.
function resolve(definition, term)
  if MAKERS[term.name] then return makers[term.name](definition, term) end
  local typ = types.registered[term.name]
  if not typ then
    raise_at(definition, term.at, 'unknown type "%s"%s', term.name, suggest.hint(term.name, type_names()))
  end
  if term[1] then raise_at(definition, term.at, "%s takes nothing in parentheses", term.name) end
  return typ
end

-- The type of a parameter, with its default.
local function parameter(definition, port, typ)
  local default = literal(definition, port.default, port.default_at)
  if value.is_null(default) then raise_at(definition, port.default_at, "null cannot be a default") end
  return at_place(definition, port.default_at, typ, { default = default })
end

-- The fields of rille.step that a signature stands for.
local function fields_of(definition)
  local fields, taken = { inputs = {}, params = {}, outputs = {} }, {}
  for _, port in ipairs(definition.ports) do
    local typ, key = resolve(definition, port.type), (port.output and "->" or "") .. port.name
    if taken[key] then raise_at(definition, port.at, 'the name "%s" is used twice', port.name) end
    taken[key] = true
    if port.default then
      fields.params[port.name] = parameter(definition, port, typ)
    else
      local list = port.output and fields.outputs or fields.inputs
      list[#list + 1] = at_place(definition, port.at, typ, port.name)
    end
  end
  return fields
end

-- Steps ----------------------------------------------------------------------------------

local function tick(fraction) context.tick(running.context(), fraction > 1 and 1.0 or fraction) end

local function metric(number, name)
  local ctx = running.context()
  if not ctx then error("rille_metric: no step of a run is running", 0) end
  ctx:log_metric { [name] = number }
end

local function log(_, text)
  local ctx = running.context()
  if ctx then ctx:log("%s", text) else terminal.put(text, "\n") end
end

-- What a running step calls, by the numbers of host/library/step.c.
local SERVICES <const> = { tick, metric, log }

-- A value of these types may be nil.
local MAY_LACK <const> = { ["nil"] = true, any = true }

local function in_order(code, outputs)
  local list, names = {}, {}
  for i, port in ipairs(code.outputs) do
    names[i], list[i] = port.name, outputs[port.name]
    if list[i] == nil and not MAY_LACK[port.type.name] then
      error(string.format('the output "%s" (%s) is missing; put it into rille_outputs', port.name,
        tostring(port.type)), 0)
    end
    outputs[port.name] = nil
  end
  local surplus
  for name in next, outputs do if not surplus or name < surplus then surplus = name end end
  if surplus then
    error(string.format('the step put "%s" into rille_outputs, which its signature does not have%s', surplus,
      suggest.hint(surplus, names)), 0)
  end
  return table.unpack(list, 1, #names)
end

-- Calls the function of a step with its inputs, parameters (in full) and context.
---@param code rille.c_step
function registered.carry_out(code, ...)
  local args, n = table.pack(...), #code.inputs
  local params = args[n + 1]
  for i = n + 1, #code.names do args[i] = params[code.names[i]] end
  local outputs, message, status = host.call(code.handle, SERVICES, code.names, table.unpack(args, 1, #code.names))
  if outputs then return in_order(code, outputs) end
  context.set_status(running.context(), status)
  error(message, 0)
end

local carry_out = registered.carry_out

local function body_of(code)
  return function(...) return carry_out(code, ...) end
end

-- The body for calls by hand and in a running step: parameters that are left off have their defaults.
local function with_defaults(step)
  local run, n = step.run, #step.inputs
  return function(...)
    local args = table.pack(...)
    args[n + 1] = call.fill_params(step, args[n + 1] or {})
    return run(table.unpack(args, 1, n + 1))
  end
end

-- Defines a step.
---@param handle userdata
---@param definition { name: string, version: string?, doc: string?, signature: string, cached: boolean,
---  ports: table[] } see host/library/step.c
function registered.step(handle, definition)
  local fields = fields_of(definition)
  local code = setmetatable({ handle = handle, name = definition.name, version = definition.version, names = {},
    inputs = fields.inputs, outputs = fields.outputs }, StepCode)
  fields.doc, fields.version, fields.run = definition.doc, definition.version, body_of(code)
  if not definition.cached then fields.cache = false end
  local step = steps.define(definition.name, fields)
  for _, list in ipairs { step.inputs, step.params } do
    for _, one in ipairs(list) do code.names[#code.names + 1] = one.name end
  end
  rawset(step, "fn", with_defaults(step))
  return true
end

-- Types ----------------------------------------------------------------------------------

-- Writes an object's members; the metadata are one of them.
---@param _ table the code of the type, which keys have
function registered.save(_, v, art)
  local notes = {}
  host.save(v, art, notes)
  if next(notes) == nil then return end
  art:write("meta.json", json.pack(notes))
  art:meta(notes)
end

function registered.load(code, art) return host.load(code.handle, art, art.version) end

local save, load = registered.save, registered.load

-- What keys have of an object that a step captures.
local function object_parts(materializer)
  return function(v)
    local ok, artifact = pcall(materialize.save, v, types.registered[materializer.type], {})
    if not ok then return nil, "is of a type in C: " .. tostring(artifact) end
    return { "object of a type in C", artifact.digest }
  end
end

-- Defines a type.
---@param handle userdata
---@param name string
---@param version integer of its format
function registered.type(handle, name, version)
  local there, own = types.registered[name], registry.own[name]
  if host.has_type(name) then
    failure.raise(failure.EXISTS, 'type "%s": it is registered already, and cannot be replaced', name)
  end
  -- what is left of one that memory ended in is replaced
  if own and own.native then there = nil end
  types.check_name("a type", name)
  if there then
    failure.raise(failure.EXISTS, 'type "%s": there is one of that name, of a script or in rille', name)
  end
  local code = setmetatable({ handle = handle, name = name, version = version }, TypeCode)
  local class = setmetatable(host.class(handle), ClassCode)
  local materializer = { type = name, version = version, custom = true, at = "C", native = true,
    save = function(v, art) return save(code, v, art) end,
    load = function(art) return load(code, art) end }
  fingerprint.kind(class, object_parts(materializer))
  registry.add_native(materializer, class)
  return true
end

return registered
