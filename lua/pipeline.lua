-- pipeline: a recipe that builds a graph.
--
-- A pipeline is { name, doc, params, slots, define, at, bound }: params a list
-- as a step's, slots a list of names or nil, bound the steps given for them.
-- Calling one with a table of steps gives a bound copy.

local graph = require "rille.graph"
local mistake = require "rille.mistake"
local step = require "rille.step"
local suggest = require "rille.suggest"
local types = require "rille.types"

local pipeline = { pipelines = {} }

local Pipeline = { __name = "pipeline" }
Pipeline.__index = Pipeline
pipeline.Pipeline = Pipeline

local FIELDS = { doc = true, params = true, slots = true, define = true, cache = true, after = nil }
local RUN_FIELDS = { run_name = true, params = true, unlisted = true, cache = true, jobs = true, tags = true, raise = true }

function pipeline.is_pipeline(v) return getmetatable(v) == Pipeline end

local function label(name) return 'pipeline "' .. name .. '"' end

local function check_slots(name, slots)
  if type(slots) ~= "table" then mistake.raise("%s: slots is a list of names, found %s", label(name), mistake.describe(slots)) end
  local seen = {}
  for i, slot in ipairs(slots) do
    if type(slot) ~= "string" then mistake.raise("%s: slot %d is %s, expected a name", label(name), i, mistake.describe(slot)) end
    if seen[slot] then mistake.raise('%s: the slot "%s" is named twice', label(name), slot) end
    seen[slot] = true
  end
  return slots
end

local function param_list(name, params)
  local list = {}
  for key, v in next, params do
    if type(key) ~= "string" then mistake.raise("%s: params are written { name = type or default }, found the key %s", label(name), tostring(key)) end
    local typ = types.is_type(v) and v or types.of_default(v)
    if not typ then mistake.raise('%s: parameter "%s": %s cannot be a default; give a type such as t.any', label(name), key, mistake.describe(v)) end
    list[#list + 1] = { name = key, type = typ, default = typ.options.default }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- pipeline "name" { fields } -> a pipeline.
---@param name string
---@return fun(fields: table): table
function pipeline.define(name)
  if type(name) ~= "string" or not name:match "^[%a_][%w_%-%.]*$" then
    mistake.raise("a pipeline's name is a string of letters, digits, _, - and ., found %s", mistake.describe(name))
  end
  return function(fields)
    if type(fields) ~= "table" then mistake.raise("%s: expected a table of fields, found %s", label(name), mistake.describe(fields)) end
    mistake.check_fields(label(name), fields, FIELDS)
    if type(fields.define) ~= "function" then
      mistake.raise("%s: define is the function that wires the steps, found %s", label(name), mistake.describe(fields.define))
    end
    if fields.cache ~= nil and type(fields.cache) ~= "boolean" then
      mistake.raise("%s: cache is true or false, found %s", label(name), mistake.describe(fields.cache))
    end
    local made = setmetatable({
      name = name, doc = fields.doc, params = param_list(name, fields.params or {}), define = fields.define,
      slots = fields.slots and check_slots(name, fields.slots), cache = fields.cache, at = mistake.where(),
    }, Pipeline)
    pipeline.pipelines[name] = made
    pipeline.newest = made
    return made
  end
end

local function slot_error(self, slot)
  mistake.raise('%s: there is no slot "%s"%s', label(self.name), tostring(slot), suggest.hint(slot, self.slots))
end

-- Gives steps to the slots.
function Pipeline:__call(steps)
  if not self.slots then mistake.raise('%s has no slots to be given steps; run it by :run {}', label(self.name)) end
  if type(steps) ~= "table" then mistake.raise("%s: expected { SLOT = step, ... }, found %s", label(self.name), mistake.describe(steps)) end
  local known, bound = {}, {}
  for _, slot in ipairs(self.slots) do known[slot] = true end
  for slot, s in next, steps do
    if not known[slot] then slot_error(self, slot) end
    if not step.is_step(s) then mistake.raise('%s: slot "%s" expects a step, found %s', label(self.name), slot, mistake.describe(s)) end
    bound[slot] = s:with { id = s.options.id or slot }
  end
  for _, slot in ipairs(self.slots) do
    if not bound[slot] then mistake.raise('%s: slot "%s" is given no step', label(self.name), slot) end
  end
  local copy = {}
  for k, v in next, self do copy[k] = v end
  copy.bound = bound
  return setmetatable(copy, Pipeline)
end

-- The pipeline's parameters in full.
local function fill(self, given)
  local index, out = {}, {}
  for _, p in ipairs(self.params) do index[p.name] = p end
  for k, v in next, given do
    local p = index[k]
    if not p then
      local names = {}
      for name in next, index do names[#names + 1] = name end
      mistake.raise('%s: unknown parameter "%s"%s', label(self.name), tostring(k), suggest.hint(k, names))
    end
    local value, expected = types.admit(p.type, v)
    if value == types.REFUSED then
      mistake.raise('%s: parameter "%s": expected %s, found %s', label(self.name), k, expected, mistake.describe(v))
    end
    out[k] = value
  end
  for _, p in ipairs(self.params) do
    if out[p.name] == nil then
      if p.default == nil then mistake.raise('%s: parameter "%s" is missing (%s)', label(self.name), p.name, p.type.name) end
      out[p.name] = p.default
    end
  end
  return out
end

-- A copy of the parameters for define, in which a name that does not exist is a
-- mistake instead of nil.
local function guarded(self, params)
  local copy = {}
  for k, v in next, params do copy[k] = v end
  return setmetatable(copy, {
    __index = function(_, k)
      local names = {}
      for name in next, params do names[#names + 1] = name end
      mistake.raise('%s: there is no parameter "%s"%s', label(self.name), tostring(k), suggest.hint(k, names))
    end,
  })
end

local function guarded_slots(self)
  return setmetatable({}, {
    __index = function(_, slot) return self.bound[slot] or slot_error(self, slot) end,
  })
end

-- Checks a run's arguments and builds its graph: graph, params, overrides left.
---@param self table
---@param params table? values by name
---@param overrides table? { ["STEP.NAME"] = text } from the command line
function pipeline.build(self, params, overrides)
  if self.slots and not self.bound then
    mistake.raise("%s: its slots (%s) are given no steps; call it with { SLOT = step, ... } first", label(self.name),
      table.concat(self.slots, ", "))
  end
  local full = fill(self, params or {})
  local g = graph.build(self.at, nil, self.define, guarded(self, full), self.slots and guarded_slots(self) or nil)
  if #g.nodes == 0 then mistake.at(self.at, "%s: define called no step", label(self.name)) end
  for name, v in next, overrides or {} do
    local id, param = name:match "^(.*)%.([^.]+)$"
    local node = g.by_id[id]
    if not node then
      local ids = {}
      for other in next, g.by_id do ids[#ids + 1] = other end
      mistake.raise('%s: there is no step "%s"%s', label(self.name), id, suggest.hint(id, ids))
    end
    local spec = node[graph.STEP]
    local i = spec.index.param[param]
    if not i then
      local names = {}
      for _, p in ipairs(spec.params) do names[#names + 1] = p.name end
      mistake.raise('step "%s": unknown parameter "%s"%s', id, param, suggest.hint(param, names))
    end
    local declared = spec.params[i]
    node[graph.PARAMS][param] = require("rille.settings").parse(declared.type, v, string.format('step "%s": parameter "%s"', id, param))
  end
  return g, full
end

-- Set by rille.lua, which knows the session: run(pipeline, options), plan(...).
pipeline.run, pipeline.plan = nil, nil

function Pipeline:run(options)
  options = options or {}
  if type(options) ~= "table" then mistake.raise("%s: run takes a table of options, found %s", label(self.name), mistake.describe(options)) end
  mistake.check_fields(label(self.name) .. ": run", options, RUN_FIELDS)
  return pipeline.run(self, options)
end

function Pipeline:plan(options)
  options = options or {}
  mistake.check_fields(label(self.name) .. ": plan", options, { params = true, cache = true })
  return pipeline.plan(self, options)
end

-- The wiring: { hash = hex, nodes = { { id, step, inputs = { port = source } } } }
function Pipeline:spec(options)
  local g = pipeline.build(self, options and options.params)
  local bytes, hash = graph.spec(g)
  return { hash = require("rille.host.hash").hex(hash), nodes = require("rille.host.graph").read(bytes) }
end

function Pipeline:__tostring() return label(self.name) end

return pipeline
